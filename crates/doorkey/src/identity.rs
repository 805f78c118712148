//! Who somebody is, as far as the service said.

use doorkey_manifest::{Values, names};
use serde_json::Value;

use crate::service::shown;

/// What is known about a person or a program behind a credential: the manifest's `user.*` and `org.*` names.
///
/// It holds no secrets: names that the catalogue calls secret are left out when it is made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identity(Values);

/// A text that a service says of somebody, harmless and on one line: it is shown among lines of ours.
fn in_one_line(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| shown(text).into())
}

impl Identity {
    /// Takes what describes an identity out of `values` and leaves the rest, secrets above all.
    pub fn from_values(values: &Values) -> Identity {
        let mut kept = Values::new();
        for (name, value) in values.iter() {
            let describes = ["user.", "org.", "plan", "account."].iter().any(|root| name.starts_with(root));
            let secret = names::lookup(name).is_some_and(|name| name.secret);
            if describes && !secret && !value.is_null() {
                kept.set(name, in_one_line(value));
            }
        }
        // A person who comes as a whole object is known by the fields that everybody has.
        for field in ["id", "name", "email"] {
            let name = format!("user.{field}");
            let inner = values.get("user").and_then(|user| user.get(field));
            if let Some(value) = inner.filter(|value| value.is_string() && kept.get(&name).is_none()) {
                kept.set(&name, in_one_line(value));
            }
        }
        Identity(kept)
    }

    /// The person's name.
    pub fn name(&self) -> Option<&str> {
        self.0.text("user.name").filter(|text| !text.is_empty())
    }

    /// The person's e-mail address.
    pub fn email(&self) -> Option<&str> {
        self.0.text("user.email").filter(|text| !text.is_empty())
    }

    /// What to call them in one line: the name, else the e-mail address.
    pub fn label(&self) -> Option<&str> {
        self.name().or_else(|| self.email())
    }

    /// Nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.iter().next().is_none()
    }

    /// Any of the names, such as `org.slug`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Everything, for templates of a manifest's messages.
    pub fn values(&self) -> &Values {
        &self.0
    }
}
