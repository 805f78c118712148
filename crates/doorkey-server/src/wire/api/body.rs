//! Bodies: JSON, in strict form. A field that isn't known is refused, so that nobody believes to have set what they
//! haven't; what comes twice, what holds NUL and what is out of range is refused, too.

use axum::{
    body::{Body, Bytes},
    http::HeaderMap,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error as _};
use serde_json::{Value, error::Category};

use super::error::ApiError;
use crate::wire::body;

/// The longest text that is repeated in an error.
const LONGEST: usize = 200;

/// Reads a body that says it is JSON. One that may be missing counts as an object without fields.
pub(super) async fn read(headers: &HeaderMap, body: Body, required: bool) -> Result<Bytes, ApiError> {
    let media_type = body::media_type(headers);
    if media_type.is_some() || required {
        if media_type.as_deref() != Some("application/json") {
            return Err(ApiError::MediaType);
        }
        return Ok(body::read(body).await?);
    }
    let bytes = body::read(body).await?;
    if bytes.is_empty() { Ok(Bytes::from_static(b"{}")) } else { Err(ApiError::MediaType) }
}

/// Reads what a body says.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // A list would do for a struct, too.
    match serde_json::from_slice::<Value>(bytes) {
        Ok(value) if holds_nul(&value) => return Err(ApiError::invalid("the body holds a NUL character")),
        Ok(value) if !value.is_object() => return Err(ApiError::invalid("the body must be a JSON object")),
        Ok(_) => {}
        Err(error) => return Err(ApiError::invalid(in_words(&error))),
    }
    serde_json::from_slice(bytes).map_err(|error| ApiError::invalid(in_words(&error)))
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

/// What is wrong with a body, without what was sent: it may be a secret.
fn in_words(error: &serde_json::Error) -> String {
    let at = format!("line {}, column {}", error.line(), error.column());
    if error.classify() != Category::Data {
        return format!("the body is not JSON ({at})");
    }
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    let wrong_value = text.starts_with("invalid") || text.starts_with("unknown variant");
    let text = match text.split_once(", expected ") {
        Some((_, expected)) if wrong_value => format!("expected {expected}"),
        _ => text.chars().filter(|c| !crate::text::disturbs(*c)).take(LONGEST).collect(),
    };
    format!("{text} ({at})")
}

/// A field for which "not said" and "none at all" are two things.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Choice<T> {
    /// The field is missing.
    #[default]
    Unsaid,
    /// It is null.
    Without,
    /// It has a value.
    Of(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Choice<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<T>::deserialize(deserializer)?.map_or(Self::Without, Self::Of))
    }
}

impl<T: JsonSchema> JsonSchema for Choice<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}

/// A whole number within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Whole<const LEAST: u64, const MOST: u64>(pub u64);

impl<'de, const LEAST: u64, const MOST: u64> Deserialize<'de> for Whole<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u64::deserialize(deserializer)?;
        if (LEAST..=MOST).contains(&number) {
            return Ok(Self(number));
        }
        Err(D::Error::custom(format!("invalid value, expected a whole number from {LEAST} to {MOST}")))
    }
}

impl<const LEAST: u64, const MOST: u64> JsonSchema for Whole<LEAST, MOST> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("From{LEAST}To{MOST}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": LEAST, "maximum": MOST })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Example {
        name: String,
        #[serde(default)]
        many: Choice<Whole<1, 10>>,
    }

    fn words(body: &str) -> String {
        parse::<Example>(body.as_bytes()).map_or_else(|error| error.to_string(), |ok| format!("{ok:?}"))
    }

    #[test]
    fn what_is_missing_null_and_there_are_three_things() {
        let many = |body: &str| parse::<Example>(body.as_bytes()).ok().map(|example| example.many);
        assert_eq!(many(r#"{"name":"x"}"#), Some(Choice::Unsaid));
        assert_eq!(many(r#"{"name":"x","many":null}"#), Some(Choice::Without));
        assert_eq!(many(r#"{"name":"x","many":10}"#), Some(Choice::Of(Whole(10))));
    }

    #[test]
    fn a_body_that_is_wrong_is_told_so_without_its_values() {
        for (body, expected) in [
            ("", "the body is not JSON (line 1, column 0)"),
            ("[\"x\"]", "the body must be a JSON object"),
            (r#"{"name":"x","name":"y"}"#, "duplicate field `name` (line 1, column 18)"),
            (
                r#"{"name":"x","role":1}"#,
                "unknown field `role`, expected `name` or `many` (line 1, column 18)",
            ),
            (r#"{"name":"a\u0000b"}"#, "the body holds a NUL character"),
            (r#"{"name":{"hunter2":1}}"#, "expected a string (line 1, column 8)"),
            (r#"{"name":"x","many":"hunter2"}"#, "expected u64 (line 1, column 28)"),
            (r#"{"name":"x","many":11}"#, "expected a whole number from 1 to 10 (line 1, column 22)"),
            (r#"{"name":"x","many":-1}"#, "expected u64 (line 1, column 21)"),
            (r#"{"name":"x","many":1e999}"#, "the body is not JSON (line 1, column 24)"),
        ] {
            assert_eq!(words(body), expected, "{body}");
        }
        assert!(words(&format!("{}1", "[".repeat(30_000))).starts_with("the body is not JSON"));
    }
}
