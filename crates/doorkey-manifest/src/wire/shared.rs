//! What all exchanges of a product have in common: headers, the envelope, the look of failures.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Meaning;
use crate::manifest::Ordered;
use crate::{Template, Text};

/// Headers with their values, in order.
pub type Headers = Ordered<Text>;

/// What wraps the body of every answer that is a success.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// The field that holds the body. The client also takes an answer without an envelope.
    pub at: String,
    /// What stands beside it.
    #[serde(default)]
    pub with: Option<Template>,
}

impl Envelope {
    /// The body inside an answer.
    pub(super) fn open<'a>(&self, answer: &'a Value) -> &'a Value {
        answer.get(&self.at).unwrap_or(answer)
    }

    /// The answer around a body.
    pub(super) fn close(&self, beside: Option<Value>, body: Value) -> Value {
        let mut answer = match beside {
            Some(Value::Object(beside)) => beside,
            _ => Map::new(),
        };
        answer.insert(self.at.clone(), body);
        Value::Object(answer)
    }
}

/// How failures look that an exchange has no outcome of its own for.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Errors {
    /// The body, with `{error}` for the code, `{message}` for the words and `{status}` for the status.
    pub body: Template,
    /// Status and code by meaning.
    #[serde(default)]
    pub table: Ordered<Failure>,
}

/// Status and code of a failure.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The status.
    pub status: u16,
    /// What `{error}` stands for.
    #[serde(default)]
    pub code: Option<String>,
    /// What `{message}` stands for when nothing better is known.
    #[serde(default)]
    pub message: Option<String>,
}

impl Errors {
    pub(super) fn failure(&self, means: Meaning) -> Option<&Failure> {
        self.table.get(means.name())
    }

    /// What a failure means by its code, or else by its status.
    pub(super) fn meaning(&self, status: u16, code: Option<&str>) -> Option<Meaning> {
        let find = |fits: &dyn Fn(&Failure) -> bool| {
            Meaning::ALL.iter().copied().find(|means| self.failure(*means).is_some_and(fits))
        };
        code.and_then(|code| find(&|failure| failure.status == status && failure.code.as_deref() == Some(code)))
            .or_else(|| find(&|failure| failure.status == status))
    }
}

/// What an exchange takes over from its product.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shared {
    pub(crate) headers: Headers,
    pub(crate) envelope: Option<Envelope>,
    pub(crate) errors: Option<Errors>,
}
