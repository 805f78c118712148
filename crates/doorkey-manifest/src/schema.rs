//! The manifest's JSON Schema, so that editors complete and check it.

use serde_json::Value;

/// The JSON Schema (2020-12) of a manifest, made from the types that read it.
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(crate::Manifest);
    schema.insert("title".to_owned(), "Doorkey manifest".into());
    schema.to_value()
}
