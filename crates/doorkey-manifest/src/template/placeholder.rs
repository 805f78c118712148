//! What stands between the braces: `{name}`, `{name?}`, `{a|b|'text'|null}`, `{name:format}`.

use serde_json::Value;

use super::TemplateError;
use super::format::Format;
use crate::names::{self, Kind, Name};

/// What stands between the braces.
#[derive(Clone, Debug, PartialEq)]
pub struct Placeholder {
    names: Vec<String>,
    fallback: Option<Fallback>,
    optional: bool,
    format: Option<Format>,
}

/// What is written when none of the names has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// This text.
    Text(String),
    /// A JSON null.
    Null,
}

impl Fallback {
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Text(text) => Value::String(text.clone()),
            Self::Null => Value::Null,
        }
    }
}

impl Placeholder {
    /// Parses what stands between the braces.
    pub(crate) fn parse(source: &str) -> Result<Self, TemplateError> {
        let (alternatives, format) = split_format(source);
        let (alternatives, optional_before) = strip_mark(alternatives);
        let (format, optional_after) = format.map_or((None, false), |format| {
            let (format, optional) = strip_mark(format);
            (Some(format), optional)
        });
        let mut names = Vec::new();
        let mut fallback = None;
        for alternative in split_alternatives(alternatives) {
            if fallback.is_some() {
                return Err(TemplateError::AfterLiteral);
            }
            match alternative {
                "" => return Err(TemplateError::Empty),
                "null" => fallback = Some(Fallback::Null),
                quoted if quoted.len() >= 2 && quoted.starts_with('\'') && quoted.ends_with('\'') => {
                    fallback = Some(Fallback::Text(quoted[1..quoted.len() - 1].to_owned()));
                }
                name => names.push(known(name)?),
            }
        }
        let format = format.map(Format::parse).transpose()?;
        if let Some(format) = &format {
            for name in &names {
                format.check(name)?;
            }
        }
        Ok(Self { names, fallback, optional: optional_before || optional_after, format })
    }

    /// The names that may give the value, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The name that reading binds. `None` when there are only literals, or when what is written can't be read back.
    pub(crate) fn bound_name(&self) -> Option<&str> {
        if self.is_one_way() { None } else { self.names.first().map(String::as_str) }
    }

    /// Whether what is written can't be read back: a shortened token, a part of an address.
    pub(crate) fn is_one_way(&self) -> bool {
        self.format.as_ref().is_some_and(Format::is_one_way)
            || self.names.first().is_some_and(|name| names::url_part(name).is_some())
    }

    /// Whether reading fails when there is nothing.
    pub(crate) fn is_required(&self) -> bool {
        !self.optional && self.fallback.is_none()
    }

    /// Whether filling leaves it out when there is nothing.
    pub fn is_optional(&self) -> bool {
        self.optional
    }

    /// What is written when none of the names has a value.
    pub fn fallback(&self) -> Option<&Fallback> {
        self.fallback.as_ref()
    }

    /// How the value is written.
    pub fn format(&self) -> Option<&Format> {
        self.format.as_ref()
    }
}

/// A name of the catalogue, a part of an address, or the complaint that there is none.
fn known(name: &str) -> Result<String, TemplateError> {
    if names::lookup(name).is_some() || names::url_part(name).is_some() {
        return Ok(name.to_owned());
    }
    let nearest = names::nearest(name, names::all().iter().map(|entry| entry.name));
    Err(TemplateError::UnknownName { name: name.to_owned(), nearest })
}

/// The catalogue's kind of a name; a part of an address is text.
pub(crate) fn kind(name: &str) -> Kind {
    names::lookup(name).map_or(Kind::Text, |entry: Name| entry.kind)
}

fn strip_mark(text: &str) -> (&str, bool) {
    let text = text.trim();
    text.strip_suffix('?').map_or((text, false), |rest| (rest.trim_end(), true))
}

/// Splits at the first colon that isn't inside quotes.
fn split_format(source: &str) -> (&str, Option<&str>) {
    let mut quoted = false;
    for (index, character) in source.char_indices() {
        match character {
            '\'' => quoted = !quoted,
            ':' if !quoted => return (&source[..index], Some(&source[index + 1..])),
            _ => {}
        }
    }
    (source, None)
}

/// Splits at the bars that aren't inside quotes.
fn split_alternatives(source: &str) -> Vec<&str> {
    let mut quoted = false;
    let mut start = 0;
    let mut alternatives = Vec::new();
    for (index, character) in source.char_indices() {
        match character {
            '\'' => quoted = !quoted,
            '|' if !quoted => {
                alternatives.push(source[start..index].trim());
                start = index + 1;
            }
            _ => {}
        }
    }
    alternatives.push(source[start..].trim());
    alternatives
}
