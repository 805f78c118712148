//! Text with placeholders in it.

use std::fmt;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::format::plain;
use super::placeholder::{Placeholder, kind};
use super::scope::{Bindings, Scope};
use super::{TemplateError, web_address};
use crate::names::Kind;
use crate::{FillError, Values};

/// A string that works in both directions. See the [module](super).
#[derive(Clone, PartialEq)]
pub struct Text {
    source: String,
    parts: Vec<Part>,
    problem: Option<TemplateError>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    Literal(String),
    Hole(Box<Placeholder>),
}

impl Text {
    /// Reads a text with placeholders.
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        Ok(Self { source: source.to_owned(), parts: split(source)?, problem: None })
    }

    /// The text with its values.
    pub fn fill(&self, values: &Values) -> Result<String, FillError> {
        self.fill_in(&Scope::new(values))
    }

    /// The text with its values, or `None` when it is one optional placeholder alone and there is no value.
    pub fn fill_or_omit(&self, values: &Values) -> Result<Option<String>, FillError> {
        self.fill_optional(&Scope::new(values))
    }

    /// The text with its values, without the lines that hold an optional placeholder which has none.
    pub fn fill_lines(&self, values: &Values) -> Result<String, FillError> {
        let scope = Scope::new(values);
        let mut filled = String::new();
        let mut line = String::new();
        let mut dropped = false;
        for part in &self.parts {
            match part {
                Part::Literal(literal) => {
                    let mut pieces = literal.split('\n');
                    line.push_str(pieces.next().unwrap_or_default());
                    for piece in pieces {
                        if !std::mem::take(&mut dropped) {
                            filled.push_str(&line);
                            filled.push('\n');
                        }
                        line.clear();
                        line.push_str(piece);
                    }
                }
                Part::Hole(placeholder) => match fill_hole(placeholder, &scope)? {
                    Some(value) => line.push_str(&value),
                    None => dropped = true,
                },
            }
        }
        if dropped {
            filled.truncate(filled.trim_end_matches('\n').len());
        } else {
            filled.push_str(&line);
        }
        Ok(filled)
    }

    /// The values that stand in a text, or `None` when it isn't of this shape.
    pub fn read(&self, text: &str) -> Option<Values> {
        let mut bindings = Bindings::strict();
        self.read_into(text, &mut bindings).then(|| bindings.into_values())
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Every name that stands in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.placeholders().flat_map(Placeholder::names)
    }

    /// Every placeholder in it.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.parts.iter().filter_map(|part| match part {
            Part::Hole(placeholder) => Some(placeholder.as_ref()),
            Part::Literal(_) => None,
        })
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    pub(crate) fn problem(&self) -> Option<&TemplateError> {
        self.problem.as_ref()
    }

    /// The one placeholder, when there is nothing else.
    pub(crate) fn single(&self) -> Option<&Placeholder> {
        match self.parts.as_slice() {
            [Part::Hole(placeholder)] => Some(placeholder),
            _ => None,
        }
    }

    /// The text itself, when there is no placeholder.
    pub(crate) fn literal(&self) -> Option<String> {
        match self.parts.as_slice() {
            [] => Some(String::new()),
            [Part::Literal(literal)] => Some(literal.clone()),
            _ => None,
        }
    }

    pub(super) fn fill_optional(&self, scope: &Scope<'_>) -> Result<Option<String>, FillError> {
        match self.single() {
            Some(placeholder) => fill_hole(placeholder, scope),
            None => self.fill_in(scope).map(Some),
        }
    }

    pub(super) fn fill_in(&self, scope: &Scope<'_>) -> Result<String, FillError> {
        let mut filled = String::with_capacity(self.source.len());
        for part in &self.parts {
            match part {
                Part::Literal(literal) => filled.push_str(literal),
                Part::Hole(placeholder) => {
                    filled.push_str(&fill_hole(placeholder, scope)?.unwrap_or_default());
                }
            }
        }
        Ok(filled)
    }

    /// Fills an address: what isn't an address itself is encoded where it stands in a path.
    pub(crate) fn fill_address(&self, values: &Values) -> Result<String, FillError> {
        let scope = Scope::new(values);
        let mut filled = String::with_capacity(self.source.len());
        for (index, part) in self.parts.iter().enumerate() {
            match part {
                Part::Literal(literal) => filled.push_str(literal),
                Part::Hole(placeholder) => {
                    let value = fill_hole(placeholder, &scope)?.unwrap_or_default();
                    if placeholder.names().any(|name| kind(name) == Kind::Url) {
                        // At the end it is the address's own: there are servers with nothing where it is missing.
                        let goes_on = index + 1 < self.parts.len();
                        filled.push_str(if goes_on { value.trim_end_matches('/') } else { &value });
                    } else if filled.ends_with("://") {
                        filled.push_str(&value);
                    } else {
                        filled.extend(encoded(&value));
                    }
                }
            }
        }
        Ok(filled)
    }

    /// Reads what stands in a text. Each placeholder takes as little as it can, the last one the rest: no text makes
    /// this slow.
    pub(super) fn read_into(&self, text: &str, bindings: &mut Bindings) -> bool {
        self.read_parts(text, bindings, |value| Some(value.to_owned()))
    }

    /// Reads a path: a placeholder stands for one segment, decoded.
    pub(crate) fn read_path(parts: &[Part], path: &str) -> Option<Values> {
        let mut bindings = Bindings::strict();
        let segment =
            |value: &str| (!value.is_empty() && !value.contains('/')).then(|| decoded(value)).flatten();
        read_parts(parts, path, &mut bindings, segment).then(|| bindings.into_values())
    }

    fn read_parts(
        &self,
        text: &str,
        bindings: &mut Bindings,
        decode: impl Fn(&str) -> Option<String>,
    ) -> bool {
        read_parts(&self.parts, text, bindings, decode)
    }
}

fn read_parts(
    mut parts: &[Part],
    mut text: &str,
    bindings: &mut Bindings,
    decode: impl Fn(&str) -> Option<String>,
) -> bool {
    loop {
        let (placeholder, found) = match parts {
            [] => return text.is_empty(),
            [Part::Literal(literal), rest @ ..] => {
                let Some(after) = text.strip_prefix(literal.as_str()) else { return false };
                (parts, text) = (rest, after);
                continue;
            }
            [Part::Hole(placeholder), Part::Literal(last)] => {
                let Some(found) = text.strip_suffix(last.as_str()) else { return false };
                (parts, text) = (&[], "");
                (placeholder, found)
            }
            [Part::Hole(placeholder), Part::Literal(next), rest @ ..] => {
                let Some((found, after)) = text.split_once(next.as_str()) else { return false };
                (parts, text) = (rest, after);
                (placeholder, found)
            }
            // Two in a row are refused when a template is made; the first would take everything.
            [Part::Hole(placeholder), rest @ ..] => {
                let found = text;
                (parts, text) = (rest, "");
                (placeholder, found)
            }
        };
        let Some(found) = decode(found) else { return false };
        // Nothing at all is what filling writes for an optional placeholder that has no value.
        let found = (!found.is_empty() || !placeholder.is_optional()).then_some(Value::String(found));
        if !bindings.bind_placeholder(placeholder, found.as_ref()) {
            return false;
        }
    }
}

fn fill_hole(placeholder: &Placeholder, scope: &Scope<'_>) -> Result<Option<String>, FillError> {
    match scope.resolve(placeholder)? {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(String::new())),
        Some(value) => plain(&value)
            .map(Some)
            .ok_or_else(|| FillError::WrongKind(placeholder.names().next().unwrap_or_default().to_owned())),
    }
}

/// Parameters by name, filled.
pub(crate) fn fill_parameters<'a>(
    parameters: impl Iterator<Item = (&'a str, &'a Text)>,
    values: &Values,
) -> Result<Vec<(String, String)>, FillError> {
    let parameters: Vec<_> = parameters.map(|(key, text)| (key.to_owned(), text.clone())).collect();
    web_address::fill_parameters(&parameters, &Scope::new(values))
}

/// The values of parameters by name; `None` when one that has to be there isn't.
pub(crate) fn read_parameters<'a>(
    parameters: impl Iterator<Item = (&'a str, &'a Text)>,
    found: &[(String, String)],
    lenient: bool,
) -> Option<Values> {
    let parameters: Vec<_> = parameters.map(|(key, text)| (key.to_owned(), text.clone())).collect();
    let mut bindings = if lenient { Bindings::lenient() } else { Bindings::strict() };
    (web_address::read_parameters(&parameters, found, &mut bindings) || lenient)
        .then(|| bindings.into_values())
}

/// Percent-encodes everything that isn't unreserved (RFC 3986), so that a value stays one segment of a path.
fn encoded(value: &str) -> impl Iterator<Item = char> {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    value.bytes().flat_map(|byte| {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let escape = [b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
        let (bytes, count) = if plain { ([byte, 0, 0], 1) } else { (escape, 3) };
        bytes.into_iter().take(count).map(char::from)
    })
}

/// Undoes percent-encoding. `None` when what comes out isn't text.
fn decoded(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?].map(|digit| char::from(digit).to_digit(16));
            let [Some(high), Some(low)] = digits else { return None };
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Splits a text at its placeholders.
fn split(source: &str) -> Result<Vec<Part>, TemplateError> {
    let mut parts: Vec<Part> = Vec::new();
    let mut literal = String::new();
    let mut rest = source;
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        let tail = &rest[at..];
        if let Some(after) = tail.strip_prefix("{{") {
            literal.push('{');
            rest = after;
        } else if let Some(after) = tail.strip_prefix("}}") {
            literal.push('}');
            rest = after;
        } else if tail.starts_with('}') {
            return Err(TemplateError::Unopened);
        } else {
            let end = closing_brace(tail).ok_or(TemplateError::Unclosed)?;
            let placeholder = Placeholder::parse(&tail[1..end])?;
            if literal.is_empty() {
                if let Some(Part::Hole(before)) = parts.last()
                    && !(before.is_one_way() && placeholder.is_one_way())
                {
                    return Err(TemplateError::Adjacent);
                }
            } else {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            parts.push(Part::Hole(Box::new(placeholder)));
            rest = &tail[end + 1..];
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

/// Where the brace that opens the text is closed; quotes may hold braces.
fn closing_brace(text: &str) -> Option<usize> {
    let mut quoted = false;
    for (index, character) in text.char_indices() {
        match character {
            '\'' => quoted = !quoted,
            '}' if !quoted => return Some(index),
            '{' if index > 0 && !quoted => return None,
            _ => {}
        }
    }
    None
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.source, f)
    }
}

/// A wrong text is kept with its problem, so that a manifest's can all be reported at once; `Manifest::parse` lets
/// none through.
impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let source = String::deserialize(deserializer)?;
        Ok(match split(&source) {
            Ok(parts) => Self { source, parts, problem: None },
            Err(problem) => Self { source, parts: Vec::new(), problem: Some(problem) },
        })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Text {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Text that may hold placeholders such as `{server}`; `{{` and `}}` stand for braces.",
            "type": "string"
        })
    }
}
