//! The values that fill a template and that reading one gives back.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

use crate::{Secret, names};

/// Values by placeholder name (`user.name`, `token`), in the order in which they were set.
///
/// A JSON null counts as no value. Secret values are never shown by `Debug`.
#[derive(Clone, Default, PartialEq)]
pub struct Values(Map<String, Value>);

impl Values {
    /// No values yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a name; `None` when it isn't set or is null.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// The value of a name, if it is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// The value of a name as text, where a number or a truth value will do too (an `id` that some servers count).
    pub fn as_text(&self, name: &str) -> Option<Cow<'_, str>> {
        match self.get(name)? {
            Value::String(text) => Some(Cow::Borrowed(text)),
            value @ (Value::Number(_) | Value::Bool(_)) => Some(Cow::Owned(value.to_string())),
            _ => None,
        }
    }

    /// The value of a name, if it is a number. Times are Unix milliseconds, lifetimes are seconds; what some servers write
    /// behind the point doesn't count.
    pub fn number(&self, name: &str) -> Option<i64> {
        let value = self.get(name)?;
        #[expect(clippy::cast_possible_truncation, reason = "saturates; that far away is as good as never")]
        value.as_i64().or_else(|| value.as_f64().map(|number| number.floor() as i64))
    }

    /// The value of a name, if it is a truth value.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    /// The value of a name, if it is text, as a secret.
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.text(name).map(Secret::from)
    }

    /// The items of a list, each an object with the item's own field names (`orgs` → `id`, `slug`, `name` …).
    pub fn list(&self, name: &str) -> Option<&[Value]> {
        self.get(name)?.as_array().map(Vec::as_slice)
    }

    /// Sets a value, replacing an earlier one.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Sets a secret value.
    pub fn set_secret(&mut self, name: &str, secret: &Secret) {
        self.set(name, secret.expose());
    }

    /// The same values and one more: for building in one expression.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// Takes the value of a name out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.0.shift_remove(name)
    }

    /// Adds the other's values; where both have one, the other's wins.
    pub fn merge(&mut self, other: Values) {
        for (name, value) in other.0 {
            if !value.is_null() {
                self.0.insert(name, value);
            }
        }
    }

    /// Adds the other's values where there is none yet.
    pub fn add_missing(&mut self, other: &Values) {
        for (name, value) in other.iter() {
            if self.get(name).is_none() {
                self.set(name, value.clone());
            }
        }
    }

    /// All values that are there, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there is no value at all.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in self.iter() {
            if names::is_public(name) {
                map.entry(&name, value);
            } else {
                map.entry(&name, &"Secret");
            }
        }
        map.finish()
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Values {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(values: I) -> Self {
        Self(values.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Values;

    #[test]
    fn null_counts_as_no_value() {
        let values = Values::new().with("user.name", Value::Null);
        assert_eq!(values.get("user.name"), None);
        assert!(values.is_empty());
    }

    #[test]
    fn a_number_is_whole_however_it_is_written() {
        let number = |value: Value| Values::new().with("expires_in", value).number("expires_in");
        assert_eq!(
            (number(json!(3599)), number(json!(3599.9)), number(json!(-0.5))),
            (Some(3599), Some(3599), Some(-1))
        );
        assert_eq!(
            (number(json!(1e300)), number(json!("3599")), number(json!(true))),
            (Some(i64::MAX), None, None)
        );
    }

    #[test]
    fn debug_hides_secrets_and_unknown_objects() {
        let values = Values::new()
            .with("user.email", "ada@example.com")
            .with("token", "demo_at_secret")
            .with("user", json!({"apiToken": "hidden"}));
        let shown = format!("{values:?}");
        assert!(shown.contains("ada@example.com"));
        assert!(!shown.contains("demo_at_secret") && !shown.contains("hidden"), "{shown}");
    }

    #[test]
    fn merging_replaces_and_adding_missing_does_not() {
        let mut values = Values::new().with("state", "a");
        values.add_missing(&Values::new().with("state", "b").with("code", "c"));
        assert_eq!(values.text("state"), Some("a"));
        values.merge(Values::new().with("state", "d").with("code", Value::Null));
        assert_eq!((values.text("state"), values.text("code")), (Some("d"), Some("c")));
    }
}
