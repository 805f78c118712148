//! What is the product's own about its commands.

use super::super::{Command, File, List, Manifest, Program};
use super::Rules;
use crate::names::{self, Group};
use crate::{Text, wire::Operation};

/// What a list or a file may speak of.
const SHOWN: [Group; 8] = [
    Group::Always,
    Group::Token,
    Group::User,
    Group::Org,
    Group::Key,
    Group::Failure,
    Group::Command,
    Group::Extra,
];

impl Rules<'_> {
    pub(super) fn commands(&mut self, manifest: &Manifest) {
        for (name, command) in manifest.commands.iter() {
            let at = ["commands", name];
            self.command_name(&at, name);
            self.settings(&at, name, command);
            if let Some(list) = &command.list {
                self.list(&[at.as_slice(), &["list"]].concat(), list);
                let operation = if name == "orgs" { Operation::Orgs } else { Operation::ListKeys };
                if manifest.own_exchange(operation).is_none() {
                    self.report(
                        &[at.as_slice(), &["list"]].concat(),
                        format!("`{name}` has nothing to list"),
                        format!("add `[wire.{}]`", operation.name()),
                    );
                }
            }
            if let Some(program) = &command.program {
                self.program(&[at.as_slice(), &["program"]].concat(), program);
            }
            if let Some(file) = &command.file {
                self.file(&[at.as_slice(), &["file"]].concat(), file);
            }
            for (index, path) in command.removes.iter().enumerate() {
                self.own_file(&[at.as_slice(), &["removes", &index.to_string()]].concat(), path);
            }
        }
    }

    fn command_name(&mut self, at: &[&str], name: &str) {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !name.starts_with(|first: char| first.is_ascii_lowercase()) || !name.bytes().all(plain) {
            self.report(
                at,
                format!("`{name}` can't be the name of a command"),
                "a name is lower-case letters, digits and `-`, and begins with a letter".to_owned(),
            );
        }
    }

    /// A usual command has its own settings; one that only the product has is a program or shows a file.
    fn settings(&mut self, at: &[&str], name: &str, command: &Command) {
        let replaces = command.program.is_some() || command.file.is_some();
        let known = match Command::settings_of(name) {
            Some(known) if !replaces => known,
            _ => &["about", "program", "file"],
        };
        for key in command.given().filter(|key| !known.contains(key)) {
            let known: Vec<_> = known.iter().map(|key| format!("`{key}`")).collect();
            self.report(
                &[at, &[key]].concat(),
                format!("the command `{name}` has no `{key}`"),
                format!("it has {}", known.join(", ")),
            );
        }
        let signs = matches!(name, "login" | "logout" | "whoami" | "token" | "exec" | "account" | "app");
        if replaces && signs {
            self.report(at, format!("`{name}` is Doorkey's own"), None);
        } else if !replaces && !matches!(name, "status" | "logs") && Command::settings_of(name).is_none() {
            self.report(
                at,
                format!("nothing says what `{name}` does"),
                "add `program`, for a program of the product's own, or `file`, for a file to show".to_owned(),
            );
        } else if command.program.is_some() && command.file.is_some() {
            self.report(at, "`program` and `file` can't stand side by side", None);
        }
    }

    fn list(&mut self, at: &[&str], list: &List) {
        if list.columns.is_empty() {
            self.report(&[at, &["columns"]].concat(), "a list has at least one column", None);
        }
        for (index, column) in list.columns.iter().enumerate() {
            let place = index.to_string();
            let at = [at, &["columns", &place, "value"]].concat();
            self.shown(&at, &column.value);
        }
        let texts = [("after", list.after.as_ref()), ("many", list.many.as_ref().map(|many| &many.text))];
        for (key, text) in texts.into_iter().filter_map(|(key, text)| Some((key, text?))) {
            self.shown(&[at, &[key]].concat(), text);
        }
    }

    fn program(&mut self, at: &[&str], program: &Program) {
        let is_plain = |name: &String| !name.is_empty() && !name.contains(['/', '\\', ' ']);
        if program.name.is_empty() || !program.name.iter().all(is_plain) {
            self.report(
                &[at, &["name"]].concat(),
                "this can't be the name of a program",
                "a program is found on the path by its name alone".to_owned(),
            );
        }
    }

    fn file(&mut self, at: &[&str], file: &File) {
        self.own_file(&[at, &["path"]].concat(), &file.path);
        self.template(&[at, &["json"]].concat(), &file.json);
        self.known(&[at, &["json"]].concat(), file.json.names(), &SHOWN, "a file");
        self.shown(&[at, &["text"]].concat(), &file.text);
        for text in &file.missing.text {
            self.shown(&[at, &["missing"]].concat(), text);
        }
    }

    /// A text that a person sees.
    fn shown(&mut self, at: &[&str], text: &Text) {
        self.text(at, text);
        self.known(at, text.names(), &SHOWN, "what is shown");
        if let Some(name) = text.names().find(|name| names::lookup(name).is_some_and(|name| name.secret)) {
            self.report(at, format!("`{{{name}}}` is secret and can't be shown"), None);
        }
    }
}
