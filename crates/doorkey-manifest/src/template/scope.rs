//! Where names find their values while filling, and where reading puts them.

use std::borrow::Cow;

use serde_json::{Map, Value};
use url::Url;

use super::format::Format;
use super::placeholder::{Placeholder, kind};
use crate::names::{self, Kind};
use crate::{FillError, Values};

/// Where names find their values: the item that is being gone through, then everything else.
pub(super) struct Scope<'a> {
    values: &'a Values,
    item: Option<(&'static str, &'a Value)>,
}

impl<'a> Scope<'a> {
    pub fn new(values: &'a Values) -> Self {
        Self { values, item: None }
    }

    /// The same, with the fields of one item under the list's prefix.
    pub fn of_item(&self, prefix: &'static str, item: &'a Value) -> Self {
        Self { values: self.values, item: Some((prefix, item)) }
    }

    pub fn get(&self, name: &str) -> Option<Cow<'a, Value>> {
        if let Some((prefix, item)) = self.item
            && let Some(rest) = name.strip_prefix(prefix)
        {
            if rest.is_empty() {
                return Some(Cow::Borrowed(item));
            }
            if let Some(field) = rest.strip_prefix('.') {
                return item.get(field).filter(|value| !value.is_null()).map(Cow::Borrowed);
            }
        }
        if let Some(value) = self.values.get(name) {
            return Some(Cow::Borrowed(value));
        }
        let (base, part) = names::url_part(name)?;
        url_part(self.values.text(base)?, part).map(|part| Cow::Owned(Value::String(part)))
    }

    /// What a placeholder stands for: a value, a literal, or nothing where that is allowed.
    pub fn resolve(&self, placeholder: &Placeholder) -> Result<Option<Value>, FillError> {
        // An empty list, joined, would be no text at all: that counts as nothing where something is said about nothing.
        let joins = matches!(placeholder.format(), Some(Format::Join { .. })) && !placeholder.is_required();
        let says_nothing = |value: &Value| joins && value.as_array().is_some_and(Vec::is_empty);
        for name in placeholder.names() {
            let Some(value) = self.get(name).filter(|value| !says_nothing(value)) else { continue };
            return match placeholder.format() {
                None => Ok(Some(value.into_owned())),
                Some(format) => match format.write(&value) {
                    Some(written) => Ok(Some(written)),
                    None => Err(FillError::WrongKind(name.to_owned())),
                },
            };
        }
        match placeholder.fallback() {
            Some(fallback) => Ok(Some(fallback.to_value())),
            None if placeholder.is_optional() => Ok(None),
            None => Err(FillError::Missing(placeholder.names().next().unwrap_or_default().to_owned())),
        }
    }
}

/// One part of an address, under the names that browsers use.
fn url_part(address: &str, part: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?;
    Some(match part {
        "scheme" => url.scheme().to_owned(),
        "host" => host.to_owned(),
        "port" => url.port_or_known_default()?.to_string(),
        "authority" => url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
        "origin" => url.origin().ascii_serialization(),
        "path" => url.path().to_owned(),
        _ => return None,
    })
}

/// Where reading puts what it finds.
pub(super) struct Bindings {
    values: Values,
    lenient: bool,
}

impl Bindings {
    pub fn strict() -> Self {
        Self { values: Values::new(), lenient: false }
    }

    pub fn lenient() -> Self {
        Self { values: Values::new(), lenient: true }
    }

    /// An empty one of the same strictness.
    pub fn fresh(&self) -> Self {
        Self { values: Values::new(), lenient: self.lenient }
    }

    pub fn is_lenient(&self) -> bool {
        self.lenient
    }

    pub fn into_values(self) -> Values {
        self.values
    }

    /// Adds what another reading found; what was found first stays.
    pub fn absorb(&mut self, other: Self) {
        self.values.add_missing(&other.values);
    }

    pub fn bind(&mut self, name: &str, value: Value) {
        if self.values.get(name).is_none() {
            self.values.set(name, value);
        }
    }

    /// Binds what stands in a placeholder's place. `false` when it can't stand there.
    pub fn bind_placeholder(&mut self, placeholder: &Placeholder, found: Option<&Value>) -> bool {
        let Some(found) = found.filter(|value| !value.is_null()) else {
            return !placeholder.is_required();
        };
        if placeholder.fallback().is_some_and(|fallback| fallback.to_value() == *found) {
            return true;
        }
        let Some(name) = placeholder.bound_name() else {
            return placeholder.is_one_way() && matches!(found, Value::String(_));
        };
        let kind = kind(name);
        let value = match placeholder.format() {
            Some(format) => read_formatted(format, found, kind),
            None => of_kind(found, kind, names::lookup(name).is_some_and(|name| name.secret)),
        };
        match value {
            Some(value) => {
                self.bind(name, value);
                true
            }
            None => false,
        }
    }

    /// Moves the fields of one item out: those with the prefix become the item, all others belong to the outside.
    pub fn take_item(&mut self, prefix: &str, item: Self) -> Value {
        let mut object = Map::new();
        for (name, value) in item.values.iter() {
            match name.strip_prefix(prefix) {
                // The whole object: its fields are those that it came with, and what was read from them adds to it.
                Some("") => {
                    if let Value::Object(whole) = value {
                        for (key, value) in whole {
                            object.entry(key.as_str()).or_insert_with(|| value.clone());
                        }
                    }
                }
                Some(rest) if rest.starts_with('.') => {
                    object.insert(rest[1..].to_owned(), value.clone());
                }
                _ => self.bind(name, value.clone()),
            }
        }
        Value::Object(object)
    }
}

fn read_formatted(format: &Format, found: &Value, kind: Kind) -> Option<Value> {
    format.read(found, kind).filter(|value| !value.is_null())
}

/// The value, if it is of the kind that the name has.
fn of_kind(found: &Value, kind: Kind, secret: bool) -> Option<Value> {
    let fits = match kind {
        Kind::Text | Kind::Url => found.as_str().is_some_and(|text| !(secret && text.is_empty())),
        Kind::Flag => found.is_boolean(),
        Kind::Id => found.is_string() || found.is_number(),
        Kind::List | Kind::Items(_) => found.is_array(),
        Kind::Any => true,
        Kind::Number | Kind::Time => {
            // Forms have only text, and some servers write numbers as text.
            if let Some(text) = found.as_str() {
                return serde_json::from_str(text).ok().filter(Value::is_number);
            }
            found.is_number()
        }
    };
    fits.then(|| found.clone())
}
