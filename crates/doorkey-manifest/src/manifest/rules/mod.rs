//! What has to hold in a manifest beyond its types. All problems are found in one go.
//!
//! One file for each section of a manifest, in the order in which they stand there.

mod app;
mod commands;
mod credentials;
mod helpers;
mod messages;
mod oauth;
mod options;
mod pages;
mod paths;
mod plans;
mod scopes;
mod server;
mod sign_in;
mod tokens;
mod wire;

use self::paths::{RESERVED, reserved};
use super::Manifest;
use crate::names::{self, Group};
use crate::template::Path;
use crate::wire::Wires;
use crate::{Template, Text};

/// Something that breaks a rule, and the keys that lead to it.
pub(super) struct Complaint {
    pub(super) path: Path,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Complaint {
    /// Whether it is about something that had to be taken out, or what is around it.
    pub(super) fn concerns(&self, removed: &[Path]) -> bool {
        removed.iter().any(|gone| gone.starts_with(&self.path) || self.path.starts_with(gone))
    }
}

/// Everything that breaks a rule.
pub(super) type Complaints = Vec<Complaint>;

/// Checks a whole manifest.
pub(super) fn check(manifest: &Manifest, complaints: &mut Complaints) {
    let mut rules = Rules { complaints };
    rules.app(manifest);
    rules.server(manifest);
    rules.tokens(manifest);
    rules.scopes(manifest);
    rules.plans(manifest);
    rules.sign_in(manifest);
    rules.oauth(manifest);
    rules.credentials(manifest);
    rules.helpers(manifest);
    rules.pages(manifest);
    rules.options(manifest);
    rules.commands(manifest);
    rules.messages(manifest);
    let sign_in = &manifest.sign_in;
    let legacy = Legacy { fragment: sign_in.loopback.legacy, session: sign_in.session.legacy };
    rules.wires(&manifest.wire, &["wire"], legacy);
}

/// Checks a wire that stands at these keys.
pub(super) fn check_wires(wires: &Wires, at: &[&str], complaints: &mut Complaints) {
    Rules { complaints }.wires(wires, at, Legacy::default());
}

/// What a manifest allows for the sake of published clients.
#[derive(Clone, Copy, Default)]
struct Legacy {
    /// A credential in a fragment, or in the query of the way home.
    fragment: bool,
    /// The session code in an address.
    session: bool,
}

struct Rules<'a> {
    complaints: &'a mut Complaints,
}

impl Rules<'_> {
    fn report(&mut self, path: &[&str], message: impl Into<String>, help: impl Into<Option<String>>) {
        let path = path.iter().map(|key| (*key).to_owned()).collect();
        self.complaints.push(Complaint { path, message: message.into(), help: help.into() });
    }

    /// What is wrong with the templates themselves.
    fn template(&mut self, at: &[&str], template: &Template) {
        for (path, problem) in template.problems() {
            let path: Vec<&str> = at.iter().copied().chain(path.iter().map(String::as_str)).collect();
            self.report(&path, problem.to_string(), problem.help());
        }
    }

    fn text(&mut self, at: &[&str], text: &Text) {
        if let Some(problem) = text.problem() {
            self.report(at, problem.to_string(), problem.help());
        }
    }

    /// Reports names that aren't known at this point.
    fn known<'n>(&mut self, path: &[&str], used: impl Iterator<Item = &'n str>, groups: &[Group], at: &str) {
        for name in used {
            let base = names::url_part(name).map_or(name, |(base, _)| base);
            let Some(entry) = names::lookup(base) else { continue };
            if !groups.contains(&entry.group) {
                self.report(
                    path,
                    format!("`{{{name}}}` isn't known in {at}"),
                    format!("it is {}", entry.about),
                );
            }
        }
    }

    /// Reports a path that belongs to Doorkey's own routes.
    fn free(&mut self, at: &[&str], path: &str) {
        if let Some(own) = reserved(path) {
            let help = format!("reserved are {}", RESERVED.join(", "));
            self.report(at, format!("`{own}` belongs to Doorkey's own routes"), help);
        }
    }

    /// Addresses end up in logs and histories. `allowed` is what a manifest asks for all the same.
    fn no_secret(&mut self, at: &[&str], text: &Text, allowed: Option<&str>) {
        let is_secret = |name: &&str| names::lookup(name).is_some_and(|name| name.secret);
        if let Some(secret) = text.names().filter(|name| allowed != Some(name)).find(is_secret) {
            self.secret_in_address(at, secret);
        }
    }

    fn secret_in_address(&mut self, at: &[&str], secret: &str) {
        self.report(
            at,
            format!("`{{{secret}}}` is secret and can't travel in an address"),
            "addresses end up in logs and histories; put it in the body or in a header".to_owned(),
        );
    }
}
