//! What wraps the bodies of all of an app's successful answers.

use serde::Deserialize;
use serde_json::Value;

use crate::{FillError, Template, Values};

/// What wraps the bodies of all successful answers, such as `{ success = true, data = "{body}" }`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// The wrapping, with `{body}` (or `{body|null}`) where the body goes.
    pub body: Template,
}

impl Envelope {
    pub(super) fn wrap(&self, body: Option<Value>, values: &Values) -> Result<Value, FillError> {
        let mut values = values.clone();
        match body {
            Some(body) => values.set("body", body),
            None => drop(values.remove("body")),
        }
        self.body.fill(&values)
    }

    /// The body, and what else the envelope says. What comes without an envelope is taken as it is.
    pub(super) fn unwrap(&self, wrapped: &Value) -> Option<(Value, Values)> {
        let mut values = self.body.read(wrapped)?;
        let body = values.remove("body").unwrap_or(Value::Null);
        Some((body, values))
    }
}
