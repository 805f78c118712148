//! The file that a credential lives in.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Storage;
use crate::{FillError, Template, Values};

/// The file that the credential lives in.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// Where it is.
    pub path: Location,
    /// Where the credential is kept when nobody chooses: in this file, or in another kind of place instead of it.
    #[serde(default)]
    pub storage: Option<Storage>,
    /// What stands in it, where there is only one shape.
    #[serde(default)]
    pub json: Option<Template>,
    /// The shapes it may have, told apart by a tag such as `mode = "anon"`. The first that fits is read.
    #[serde(default)]
    pub variant: Vec<Variant>,
    /// How each level is indented.
    #[serde(default)]
    pub indent: Indent,
    /// Whether the file ends with a line break.
    #[serde(default = "yes")]
    pub newline: bool,
    /// What `logout` does with the file.
    #[serde(default)]
    pub logout: Logout,
    /// The values that `logout` leaves in the file, such as `server`.
    #[serde(default)]
    pub keep: Vec<String>,
}

fn yes() -> bool {
    true
}

/// Where a file is, on every operating system or on each: `~/…` is below the home folder, `{config}/…` below the operating
/// system's folder for settings (`$XDG_CONFIG_HOME`, on macOS `~/Library/Preferences`, on Windows `%APPDATA%`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "a path, or a table with `linux`, `macos` and `windows`")]
pub enum Location {
    /// The same everywhere.
    Everywhere(String),
    /// One for each operating system.
    Each {
        /// On Linux and other systems.
        linux: String,
        /// On macOS.
        macos: String,
        /// On Windows.
        windows: String,
    },
}

impl Location {
    /// As it is written for an operating system (`std::env::consts::OS`).
    pub fn on(&self, system: &str) -> &str {
        match (self, system) {
            (Self::Everywhere(path), _) => path,
            (Self::Each { macos, .. }, "macos") => macos,
            (Self::Each { windows, .. }, "windows") => windows,
            (Self::Each { linux, .. }, _) => linux,
        }
    }

    /// As it is written, with the key that leads there in a table.
    pub(super) fn all(&self) -> Vec<(Option<&'static str>, &str)> {
        match self {
            Self::Everywhere(path) => vec![(None, path)],
            Self::Each { linux, macos, windows } => {
                vec![(Some("linux"), linux), (Some("macos"), macos), (Some("windows"), windows)]
            }
        }
    }
}

/// One shape of the credentials file.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// What the shape is called.
    pub name: String,
    /// What stands in it.
    pub json: Template,
    /// Whether it is only read: what other versions of the product wrote.
    #[serde(default)]
    pub read_only: bool,
}

/// How each level of a JSON file is indented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indent {
    /// By so many spaces.
    Spaces(u8),
    /// By a tab.
    Tab,
}

/// What `logout` does with the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Logout {
    /// Removes what the manifest names and keeps everything else; deletes the file when nothing is left.
    #[default]
    Clear,
    /// Deletes the file.
    Delete,
}

impl Default for Indent {
    fn default() -> Self {
        Self::Spaces(2)
    }
}

/// The name of the one variant that `[credentials.json]` is.
const ONLY: &str = "default";

impl Credentials {
    /// The shapes of the file, by name.
    pub fn variants(&self) -> impl Iterator<Item = (&str, &Template, bool)> {
        let only = self.json.iter().map(|json| (ONLY, json, false));
        only.chain(
            self.variant.iter().map(|variant| (variant.name.as_str(), &variant.json, variant.read_only)),
        )
    }

    /// Reads a credentials file: the name of the first variant that fits, and what stands in it.
    pub fn read(&self, file: &Value) -> Option<(&str, Values)> {
        self.variants().find_map(|(name, json, _)| Some((name, json.read(file)?)))
    }

    /// What stands in a file that holds no credential (any more): of the values that `logout` leaves, those that are there.
    pub fn read_kept(&self, file: &Value) -> Values {
        let mut kept = Values::new();
        for (_, json, _) in self.variants() {
            let read = json.read_leniently(file);
            for name in &self.keep {
                if let Some(value) = read.get(name) {
                    kept.set(name, value.clone());
                }
            }
        }
        kept
    }

    /// The first variant that may be written and that the values fill.
    pub fn variant_for(&self, values: &Values) -> Option<&str> {
        self.variants()
            .find(|(_, json, read_only)| !read_only && json.fill(values).is_ok())
            .map(|(name, ..)| name)
    }

    /// The file's new contents: the variant with these values, and everything of the old contents that the manifest
    /// doesn't name, in its order. What another variant had is removed.
    pub fn write(&self, existing: Option<Value>, variant: &str, values: &Values) -> Result<Value, FillError> {
        let template = self
            .variants()
            .find(|(name, _, read_only)| *name == variant && !read_only)
            .map(|(_, json, _)| json)
            .ok_or_else(|| FillError::NoVariant(variant.to_owned()))?;
        let filled = template.fill(values)?;
        let mut file = match existing {
            Some(object @ Value::Object(_)) => object,
            _ => Value::Object(Map::new()),
        };
        for (_, json, _) in self.variants().filter(|(name, ..)| *name != variant) {
            remove_others(json, &mut file, &filled);
        }
        remove_others(template, &mut file, &filled);
        merge(&mut file, filled);
        Ok(file)
    }

    /// What is left of a file when everything that the manifest names is removed.
    pub fn clear(&self, existing: Value) -> Value {
        let mut file = existing;
        for (_, json, _) in self.variants() {
            let goes = |names: &[&str]| !names.iter().any(|name| self.keep.iter().any(|kept| kept == name));
            for (path, _) in json.leaves().iter().filter(|(_, names)| goes(names)) {
                remove_path(&mut file, path);
            }
        }
        file
    }

    /// The file as text: indented, with or without a line break at the end, as the manifest has it.
    pub fn to_text(&self, file: &Value) -> String {
        let indent = match self.indent {
            Indent::Tab => "\t".to_owned(),
            Indent::Spaces(count) => " ".repeat(usize::from(count)),
        };
        let mut text = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes());
        let mut serializer = serde_json::Serializer::with_formatter(&mut text, formatter);
        // Writing JSON to memory has nothing that could fail.
        let _ = serde::Serialize::serialize(file, &mut serializer);
        if self.newline {
            text.push(b'\n');
        }
        String::from_utf8(text).unwrap_or_default()
    }
}

/// The path of a file in a person's own folders. `None` when the environment doesn't say where those are.
pub fn expand(path: &str, environment: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let set = |name: &str| environment(name).filter(|value| !value.is_empty());
    let home = || set("HOME").or_else(|| set("USERPROFILE")).map(PathBuf::from);
    if let Some(rest) = path.strip_prefix("~/") {
        return Some(home()?.join(rest));
    }
    if let Some(rest) = path.strip_prefix("{config}/") {
        let base = if cfg!(windows) {
            set("APPDATA").map(PathBuf::from)?
        } else if cfg!(target_os = "macos") {
            home()?.join("Library/Preferences")
        } else {
            // A relative folder there counts as none (XDG Base Directory Specification).
            set("XDG_CONFIG_HOME")
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
                .or_else(|| Some(home()?.join(".config")))?
        };
        return Some(base.join(rest));
    }
    Some(PathBuf::from(path))
}

/// Removes what a template names, except where the new contents have something: that keeps its place.
fn remove_others(template: &Template, file: &mut Value, filled: &Value) {
    let mut left = file.clone();
    remove(template, &mut left);
    keep_places(file, &left, filled);
}

/// Removes everything that a template names, and the objects that are left empty.
fn remove(template: &Template, file: &mut Value) {
    for (path, _) in template.leaves() {
        remove_path(file, &path);
    }
}

fn remove_path(file: &mut Value, path: &[String]) {
    let (Value::Object(fields), Some((key, rest))) = (file, path.split_first()) else { return };
    if let (Some(inner), false) = (fields.get_mut(key), rest.is_empty()) {
        remove_path(inner, rest);
        if inner.as_object().is_none_or(|fields| !fields.is_empty()) {
            return;
        }
    }
    fields.shift_remove(key);
}

/// Drops from `file` every field that is neither in `left` nor in `filled`.
fn keep_places(file: &mut Value, left: &Value, filled: &Value) {
    let Value::Object(fields) = file else { return };
    fields.retain(|key, value| match (left.get(key), filled.get(key)) {
        (None, None) => false,
        (left, filled) => {
            if value.is_object() {
                keep_places(value, left.unwrap_or(&Value::Null), filled.unwrap_or(&Value::Null));
            }
            true
        }
    });
}

/// Lays the new contents over the old: objects are merged, everything else is replaced in its place.
fn merge(file: &mut Value, filled: Value) {
    match (file, filled) {
        (Value::Object(file), Value::Object(filled)) => {
            for (key, value) in filled {
                match file.get_mut(&key) {
                    Some(old) => merge(old, value),
                    None => {
                        file.insert(key, value);
                    }
                }
            }
        }
        (file, filled) => *file = filled,
    }
}

impl<'de> Deserialize<'de> for Indent {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Spaces(u8),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Spaces(count @ 0..=8) => Ok(Self::Spaces(count)),
            Written::Text(text) if text == "\t" => Ok(Self::Tab),
            _ => Err(serde::de::Error::custom(
                "`indent` is a number of spaces from 0 to 8, or \"\\t\" for a tab",
            )),
        }
    }
}
#[cfg(feature = "schema")]
impl schemars::JsonSchema for Indent {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Indent".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "anyOf": [{ "type": "integer", "minimum": 0, "maximum": 8 }, { "const": "\t" }],
            "description": "A number of spaces, or a tab."
        })
    }
}

#[cfg(test)]
mod tests;
