//! How a request says whose it is.

use serde::{Deserialize, Deserializer};

use super::message::Request;
use crate::{FillError, Values};

/// How a request says whose it is. The client uses the first of a list, the server takes any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// It doesn't have to.
    None,
    /// `Authorization: Bearer …` (RFC 6750).
    Bearer,
    /// A header that holds the credential and nothing else.
    Header(String),
}

impl<'de> Deserialize<'de> for Auth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Word(String),
            Table(Table),
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            header: String,
        }
        match Written::deserialize(deserializer) {
            Ok(Written::Word(word)) if word == "none" => Ok(Self::None),
            Ok(Written::Word(word)) if word == "bearer" => Ok(Self::Bearer),
            Ok(Written::Table(Table { header })) => Ok(Self::Header(header)),
            _ => Err(serde::de::Error::custom(
                "`auth` is \"none\", \"bearer\", { header = \"X-API-Key\" }, or a list of them",
            )),
        }
    }
}

/// Adds the credential to a request in the first of the ways.
pub(super) fn sign(
    ways: &[Auth],
    values: &Values,
    headers: &mut Vec<(String, String)>,
) -> Result<(), FillError> {
    let token = || values.text("token").ok_or_else(|| FillError::Missing("token".to_owned()));
    match ways.first() {
        None | Some(Auth::None) => {}
        Some(Auth::Bearer) => headers.push(("Authorization".to_owned(), format!("Bearer {}", token()?))),
        Some(Auth::Header(name)) => headers.push((name.clone(), token()?.to_owned())),
    }
    Ok(())
}

/// The credential of a request in any of the ways. `Err` when there has to be one and there is none.
pub(super) fn find<'a>(ways: &[Auth], request: &'a Request) -> Result<Option<&'a str>, ()> {
    let found = ways.iter().find_map(|way| match way {
        Auth::None => None,
        Auth::Bearer => bearer(request.header("authorization")?),
        Auth::Header(name) => request.header(name).map(str::trim).filter(|token| !token.is_empty()),
    });
    if found.is_none() && !ways.is_empty() && !ways.contains(&Auth::None) { Err(()) } else { Ok(found) }
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Auth {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Auth".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "How a request says whose it is.",
            "anyOf": [
                { "enum": ["none", "bearer"] },
                {
                    "type": "object",
                    "properties": { "header": { "type": "string" } },
                    "required": ["header"],
                    "additionalProperties": false
                }
            ]
        })
    }
}
