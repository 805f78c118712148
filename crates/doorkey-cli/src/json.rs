//! The shapes that `--json` prints. They are documented in `docs/command.md` and only ever grow.
//!
//! No shape but that of `token` holds a secret.

use doorkey::{ChosenBy, Identity, Profile, Server, ServerSource, Source, Values};
use serde_json::{Map, Value, json};

/// Who it is: `id`, `name` and `email` are always there, and whatever else the server says; null when nothing is known.
pub fn user(identity: &Identity) -> Value {
    fields(identity, "user.", &["id", "name", "email"])
}

/// For which organization: `id`, `slug` and `name` are always there; null when there is none.
pub fn organization(identity: &Identity) -> Value {
    fields(identity, "org.", &["id", "slug", "name"])
}

/// The same of an organization that somebody just switched to.
pub fn organization_of(values: &Values) -> Value {
    organization(&Identity::from_values(values))
}

fn fields(identity: &Identity, root: &str, always: &[&str]) -> Value {
    let known: Map<String, Value> = identity
        .values()
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(root)?.to_owned(), value.clone())))
        .collect();
    if known.is_empty() {
        return Value::Null;
    }
    let mut all = Map::new();
    for name in always {
        all.insert((*name).to_owned(), known.get(*name).cloned().unwrap_or_default());
    }
    for (name, value) in known {
        all.entry(name).or_insert(value);
    }
    Value::Object(all)
}

/// Where the credential was found.
pub fn source(source: Option<&Source>) -> Value {
    match source {
        None => Value::Null,
        Some(Source::Explicit) => json!({ "kind": "explicit" }),
        Some(Source::Environment { variable }) => json!({ "kind": "environment", "variable": variable }),
        Some(Source::Stored { path }) => json!({ "kind": "stored", "path": path.display().to_string() }),
    }
}

/// Which profile counts, and which rule chose it.
pub fn profile(profile: &Profile) -> Value {
    let name = profile.name.as_str();
    match &profile.chosen_by {
        ChosenBy::Explicit => json!({ "name": name, "chosen_by": "explicit" }),
        ChosenBy::Environment { variable } => {
            json!({ "name": name, "chosen_by": "environment", "variable": variable })
        }
        ChosenBy::Folder { folder } => {
            json!({ "name": name, "chosen_by": "folder", "folder": folder.display().to_string() })
        }
        ChosenBy::Setting => json!({ "name": name, "chosen_by": "setting" }),
        ChosenBy::Nothing => json!({ "name": name, "chosen_by": "nothing" }),
    }
}

/// Who named the server.
pub fn server_source(server: &Server) -> Value {
    match &server.source {
        ServerSource::Explicit => json!({ "kind": "explicit" }),
        ServerSource::Environment { variable } => json!({ "kind": "environment", "variable": variable }),
        ServerSource::Profile => json!({ "kind": "profile" }),
        ServerSource::Stored => json!({ "kind": "stored" }),
        ServerSource::Manifest => json!({ "kind": "manifest" }),
    }
}
