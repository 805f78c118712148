//! The file that the credential lives in.

use super::super::Manifest;
use super::Rules;
use crate::Template;
use crate::names::{self, Group};
use crate::template::Path;

impl Rules<'_> {
    pub(super) fn credentials(&mut self, manifest: &Manifest) {
        let credentials = &manifest.credentials;
        for (key, path) in credentials.path.all() {
            let at = ["credentials", "path"].into_iter().chain(key).collect::<Vec<_>>();
            self.own_file(&at, path);
        }
        for (index, name) in credentials.keep.iter().enumerate() {
            let place = index.to_string();
            let secret = names::lookup(name).is_none_or(|name| name.secret);
            if secret || !credentials.variants().any(|(_, json, _)| json.names().any(|other| other == name)) {
                self.report(
                    &["credentials", "keep", &place],
                    format!("`{name}` isn't anything that the file could keep"),
                    "name a value that stands in the file and isn't secret, such as `server`".to_owned(),
                );
            }
        }
        match (&credentials.json, credentials.variant.as_slice()) {
            (None, []) => {
                self.report(
                    &["credentials"],
                    "nothing says what stands in the file",
                    "add `[credentials.json]`, or `[[credentials.variant]]` for several shapes".to_owned(),
                );
            }
            (Some(_), [_, ..]) => {
                self.report(
                    &["credentials", "json"],
                    "`json` and `variant` can't stand side by side",
                    "make the one shape a `[[credentials.variant]]`, too".to_owned(),
                );
            }
            _ => {}
        }
        if let Some(json) = &credentials.json {
            self.variant(&["credentials", "json"], json);
        }
        for (index, variant) in credentials.variant.iter().enumerate() {
            let place = index.to_string();
            self.variant(&["credentials", "variant", &place, "json"], &variant.json);
            let twin = credentials.variant[..index]
                .iter()
                .find(|earlier| cannot_be_told_apart(&earlier.json, &variant.json));
            if let Some(twin) = twin {
                self.report(
                    &["credentials", "variant", &place],
                    format!("`{}` can't be told apart from `{}`", variant.name, twin.name),
                    "give each a tag, such as `mode = \"anon\"`".to_owned(),
                );
            }
        }
    }

    /// A file is below a person's own folders.
    pub(super) fn own_file(&mut self, at: &[&str], path: &str) {
        if !(path.starts_with("~/") || path.starts_with("{config}/")) {
            self.report(
                at,
                format!("`{path}` isn't below a person's own folders"),
                "begin it with `~/` or `{config}/`".to_owned(),
            );
        } else if path.split('/').any(|part| part == ".." || part.is_empty()) {
            self.report(at, "the path has `..` or an empty part", None);
        }
    }

    fn variant(&mut self, path: &[&str], json: &Template) {
        let groups = [
            Group::Always,
            Group::Start,
            Group::Token,
            Group::User,
            Group::Org,
            Group::Anonymous,
            Group::Endpoint,
            Group::Extra,
            Group::Command,
        ];
        self.template(path, json);
        if json.is_object() {
            for list in json.lists_of_objects() {
                let list: Vec<&str> = path.iter().copied().chain(list.iter().map(String::as_str)).collect();
                self.report(
                    &list,
                    "a list of objects would be replaced whole, with all that others keep in it",
                    "give what is kept a key of its own, such as `org = { id = \"{org.id?}\" }`".to_owned(),
                );
            }
        } else if json.problems().is_empty() {
            self.report(
                path,
                "the credentials file has to be an object",
                "give each value a key, such as `json = { token = \"{token}\" }`: fields that others keep in the file stay"
                    .to_owned(),
            );
        }
        self.known(path, json.names(), &groups, "the credentials file");
        if !json.names().any(|name| name == "token") {
            self.report(
                path,
                "the file doesn't hold `{token}`",
                "a credentials file without the credential is none".to_owned(),
            );
        }
    }
}

/// Whether a file of the later shape would be taken for one of the earlier: no fixed value differs, and the earlier
/// needs nothing that the later doesn't have.
fn cannot_be_told_apart(earlier: &Template, later: &Template) -> bool {
    let theirs = earlier.literals();
    let tagged = later
        .literals()
        .into_iter()
        .any(|(key, tag)| theirs.iter().any(|(other, value)| key == *other && tag != *value));
    let keys: Vec<Path> = later.leaves().into_iter().map(|(path, _)| path).collect();
    !tagged && earlier.required_keys().iter().all(|needed| keys.contains(needed))
}
