//! JSON or form.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::message::Body;
use crate::FillError;

/// How a body is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

impl Encoding {
    /// The body that a filled template makes.
    pub(super) fn encode(self, filled: Value) -> Result<Body, FillError> {
        match (self, filled) {
            (Self::Json, filled) => Ok(Body::Json(filled)),
            (Self::Form, Value::Object(fields)) => {
                let mut form = Vec::with_capacity(fields.len());
                for (key, value) in fields {
                    let value = match value {
                        Value::String(text) => text,
                        Value::Number(_) | Value::Bool(_) => value.to_string(),
                        _ => return Err(FillError::WrongKind(key)),
                    };
                    form.push((key, value));
                }
                Ok(Body::Form(form))
            }
            (Self::Form, _) => Err(FillError::WrongKind("body".to_owned())),
        }
    }

    /// A body as a JSON tree, if it came in one of the encodings. Of a form, a field that comes twice is refused: it
    /// can't be said which counts.
    pub(super) fn decode(encodings: &[Self], body: &Body) -> Option<Value> {
        match body {
            Body::None => Some(Value::Object(Map::new())),
            Body::Json(value) => encodings.contains(&Self::Json).then(|| value.clone()),
            Body::Form(fields) => {
                if !encodings.contains(&Self::Form) {
                    return None;
                }
                let mut object = Map::new();
                for (key, value) in fields {
                    if object.insert(key.clone(), Value::from(value.as_str())).is_some() {
                        return None;
                    }
                }
                Some(Value::Object(object))
            }
        }
    }
}
