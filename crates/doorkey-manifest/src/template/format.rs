//! The closed set of ways in which a value is written.

use jiff::Timestamp;
use serde_json::Value;

use super::TemplateError;
use super::placeholder::kind;
use crate::names::Kind;

/// What there is, for people.
pub(super) const LIST: &str = "unix, unix_ms, rfc3339, rfc3339_ms, rfc3339_offset, date, first(N), last(N), join('…'), json, json(N) and text";

/// How a value is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// A time as Unix seconds.
    Unix,
    /// A time as Unix milliseconds.
    UnixMs,
    /// A time as RFC 3339 with whole seconds, in UTC.
    Rfc3339,
    /// A time as RFC 3339 with milliseconds, in UTC.
    Rfc3339Ms,
    /// A time as RFC 3339 with whole seconds, in UTC, with `+00:00` in place of `Z`.
    Rfc3339Offset,
    /// The day of a time, in UTC. Can't be read back.
    Date,
    /// The first characters of a text. Can't be read back.
    First(usize),
    /// The last characters of a text. Can't be read back.
    Last(usize),
    /// A list as one text. A list of objects is joined by the first of the given fields that each has, without those
    /// that have none, and can't be read back.
    Join {
        /// What stands between two items.
        separator: String,
        /// Which field of an object to take, the first that it has.
        fields: Vec<String>,
    },
    /// Any value as JSON text, indented by so many spaces, or on one line.
    Json(usize),
    /// A number or a truth value as text.
    Text,
}

impl Format {
    pub(super) fn parse(source: &str) -> Result<Self, TemplateError> {
        let unknown = || TemplateError::UnknownFormat(source.to_owned());
        let (name, arguments) = match source.split_once('(') {
            None => (source, None),
            Some((name, rest)) => (name, Some(rest.strip_suffix(')').ok_or_else(unknown)?)),
        };
        Ok(match (name, arguments) {
            ("unix", None) => Self::Unix,
            ("unix_ms", None) => Self::UnixMs,
            ("rfc3339", None) => Self::Rfc3339,
            ("rfc3339_ms", None) => Self::Rfc3339Ms,
            ("rfc3339_offset", None) => Self::Rfc3339Offset,
            ("date", None) => Self::Date,
            ("text", None) => Self::Text,
            ("json", None) => Self::Json(0),
            ("json", Some(indent)) => {
                Self::Json(indent.trim().parse().ok().filter(|n| *n <= 8).ok_or_else(unknown)?)
            }
            ("first", Some(count)) => Self::First(count.trim().parse().map_err(|_| unknown())?),
            ("last", Some(count)) => Self::Last(count.trim().parse().map_err(|_| unknown())?),
            ("join", Some(arguments)) => {
                let (separator, rest) = arguments
                    .trim()
                    .strip_prefix('\'')
                    .and_then(|rest| rest.split_once('\''))
                    .ok_or_else(unknown)?;
                let fields =
                    rest.split(',').map(str::trim).filter(|field| !field.is_empty()).map(str::to_owned);
                Self::Join { separator: separator.to_owned(), fields: fields.collect() }
            }
            _ => return Err(unknown()),
        })
    }

    /// Whether the format fits a name.
    pub(super) fn check(&self, name: &str) -> Result<(), TemplateError> {
        let kind = kind(name);
        let (fits, expected) = match self {
            Self::Unix
            | Self::UnixMs
            | Self::Rfc3339
            | Self::Rfc3339Ms
            | Self::Rfc3339Offset
            | Self::Date => (matches!(kind, Kind::Time | Kind::Any), "that is for times"),
            Self::First(_) | Self::Last(_) => {
                (matches!(kind, Kind::Text | Kind::Url | Kind::Id), "that is for text")
            }
            Self::Join { .. } => {
                (matches!(kind, Kind::List | Kind::Items(_) | Kind::Any), "that is for lists")
            }
            Self::Text => (
                matches!(kind, Kind::Number | Kind::Flag | Kind::Id | Kind::Time | Kind::Any),
                "it is text already",
            ),
            Self::Json(_) => (true, ""),
        };
        if fits {
            return Ok(());
        }
        Err(TemplateError::WrongFormat { name: name.to_owned(), format: self.to_string(), expected })
    }

    /// Whether what is written can't be read back.
    pub(super) fn is_one_way(&self) -> bool {
        match self {
            Self::Date | Self::First(_) | Self::Last(_) => true,
            Self::Join { fields, .. } => !fields.is_empty(),
            _ => false,
        }
    }

    /// The value, written.
    pub(super) fn write(&self, value: &Value) -> Option<Value> {
        Some(match self {
            Self::Unix => Value::from(milliseconds(value)?.div_euclid(1000)),
            Self::UnixMs => Value::from(milliseconds(value)?),
            Self::Rfc3339 => Value::from(format!("{:.0}", timestamp(value)?)),
            Self::Rfc3339Ms => Value::from(format!("{:.3}", timestamp(value)?)),
            Self::Rfc3339Offset => {
                Value::from(timestamp(value)?.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string())
            }
            Self::Date => Value::from(timestamp(value)?.strftime("%Y-%m-%d").to_string()),
            Self::First(count) => {
                let text = plain(value)?;
                Value::from(text.chars().take(*count).collect::<String>())
            }
            Self::Last(count) => {
                let text = plain(value)?;
                let skipped = text.chars().count().saturating_sub(*count);
                Value::from(text.chars().skip(skipped).collect::<String>())
            }
            Self::Join { separator, fields } => Value::from(join(value, separator, fields)?),
            Self::Json(0) => Value::from(value.to_string()),
            Self::Json(indent) => Value::from(indented(value, &" ".repeat(*indent))),
            Self::Text => Value::from(plain(value)?),
        })
    }

    /// The value that was written, for a name of this kind.
    pub(super) fn read(&self, written: &Value, kind: Kind) -> Option<Value> {
        match self {
            Self::Unix => {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "saturates, and a time that far away is as good as never"
                )]
                let milliseconds = (number(written)? * 1000.0).round() as i64;
                Some(Value::from(milliseconds))
            }
            Self::UnixMs => milliseconds(written).map(Value::from),
            Self::Rfc3339 | Self::Rfc3339Ms | Self::Rfc3339Offset => {
                let timestamp: Timestamp = written.as_str()?.trim().parse().ok()?;
                Some(Value::from(timestamp.as_millisecond()))
            }
            Self::Join { separator, .. } => match written {
                Value::Array(_) => Some(written.clone()),
                Value::String(text) if text.is_empty() => Some(Value::Array(Vec::new())),
                Value::String(text) if separator.is_empty() => {
                    Some(Value::Array(vec![Value::from(text.as_str())]))
                }
                Value::String(text) => Some(text.split(separator.as_str()).map(Value::from).collect()),
                _ => None,
            },
            Self::Json(_) => serde_json::from_str(written.as_str()?).ok(),
            Self::Text => {
                let text = written.as_str()?;
                match kind {
                    Kind::Number | Kind::Flag | Kind::Time => serde_json::from_str(text).ok(),
                    _ => Some(Value::from(text)),
                }
            }
            Self::Date | Self::First(_) | Self::Last(_) => written.as_str().map(Value::from),
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix => f.write_str("unix"),
            Self::UnixMs => f.write_str("unix_ms"),
            Self::Rfc3339 => f.write_str("rfc3339"),
            Self::Rfc3339Ms => f.write_str("rfc3339_ms"),
            Self::Rfc3339Offset => f.write_str("rfc3339_offset"),
            Self::Date => f.write_str("date"),
            Self::First(count) => write!(f, "first({count})"),
            Self::Last(count) => write!(f, "last({count})"),
            Self::Join { separator, .. } => write!(f, "join('{separator}')"),
            Self::Json(0) => f.write_str("json"),
            Self::Json(indent) => write!(f, "json({indent})"),
            Self::Text => f.write_str("text"),
        }
    }
}

/// Text, numbers and truth values as they stand in the middle of a text.
pub(super) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

fn milliseconds(value: &Value) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates, and a time that far away is as good as never"
    )]
    value.as_i64().or_else(|| number(value).map(|number| number.round() as i64))
}

fn timestamp(value: &Value) -> Option<Timestamp> {
    Timestamp::from_millisecond(milliseconds(value)?).ok()
}

fn join(value: &Value, separator: &str, fields: &[String]) -> Option<String> {
    let mut texts = Vec::new();
    for item in value.as_array()? {
        match item {
            Value::Object(object) => {
                texts.extend(fields.iter().find_map(|field| object.get(field).and_then(plain)));
            }
            other => texts.push(plain(other)?),
        }
    }
    Some(texts.join(separator))
}

/// JSON with every level indented, keys in their order.
pub(crate) fn indented(value: &Value, indent: &str) -> String {
    use serde::Serialize as _;

    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes());
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    // Neither a value in memory nor a vector can fail; an empty text would be noticed by every caller's tests.
    if value.serialize(&mut serializer).is_err() {
        return String::new();
    }
    String::from_utf8(bytes).unwrap_or_default()
}
