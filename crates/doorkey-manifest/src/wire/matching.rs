//! By what a client tells the outcomes of an exchange apart.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::message::Response;
use crate::manifest::Ordered;

/// By what an answer is recognized. Everything that is given has to hold; fields are named by their path in the whole
/// body (`data.token`).
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// A status (`400`), a class (`"2xx"`) or a list of them.
    #[serde(deserialize_with = "crate::manifest::one_or_many")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::manifest::one_or_many_schema::<Status>"))]
    pub status: Vec<Status>,
    /// Fields that are there: neither null nor an empty text.
    pub present: Vec<String>,
    /// Fields that aren't there, or are null.
    pub absent: Vec<String>,
    /// Fields with the value that they have.
    pub equal: Ordered<Value>,
}

impl Match {
    pub(super) fn holds(&self, response: &Response) -> bool {
        let status =
            self.status.is_empty() || self.status.iter().any(|status| status.covers(response.status));
        if !status {
            return false;
        }
        let field = |path: &str| {
            response.body_json().and_then(|body| lookup(body, path)).filter(|value| !value.is_null())
        };
        self.present.iter().all(|path| field(path).is_some_and(|value| value != ""))
            && self.absent.iter().all(|path| field(path).is_none())
            && self.equal.iter().all(|(path, value)| field(path) == Some(value))
    }
}

/// The field at a dotted path.
pub(super) fn lookup<'a>(body: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(body, |value, key| value.get(key))
}

/// A status or a class of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// This one.
    Exactly(u16),
    /// All that begin with this digit.
    Class(u16),
}

impl Status {
    /// Whether a status is meant.
    pub const fn covers(self, status: u16) -> bool {
        match self {
            Self::Exactly(exactly) => exactly == status,
            Self::Class(class) => class == status / 100,
        }
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let number = value.as_u64().and_then(|number| u16::try_from(number).ok());
        let class =
            value.as_str().and_then(|text| text.strip_suffix("xx")).and_then(|class| class.parse().ok());
        match (number, class) {
            (Some(status @ 100..=599), _) => Ok(Self::Exactly(status)),
            (_, Some(class @ 1..=5)) => Ok(Self::Class(class)),
            _ => {
                Err(serde::de::Error::custom("a status is a number such as 400, or a class such as \"2xx\""))
            }
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Status {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Status".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A status such as 400, or a class such as \"2xx\".",
            "anyOf": [
                { "type": "integer", "minimum": 100, "maximum": 599 },
                { "enum": ["1xx", "2xx", "3xx", "4xx", "5xx"] }
            ]
        })
    }
}
