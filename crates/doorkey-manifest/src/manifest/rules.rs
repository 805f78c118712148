//! What has to hold in a manifest beyond its types. All problems are found in one go.

use std::collections::BTreeMap;

use super::{Manifest, Way};
use crate::names::{self, Group};
use crate::template::Path;
use crate::wire::{Errors, Exchange, Meaning, Operation, Outcome, Wires};
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

/// Where Doorkey's own routes live; a product that is served at the root of a host can't have them.
const RESERVED: &[&str] = &[
    "/.well-known",
    "/apps",
    "/approve",
    "/assets",
    "/device",
    "/done",
    "/healthz",
    "/oauth2",
    "/openapi.json",
    "/readyz",
    "/sign-in",
    "/sign-out",
    "/sign-up",
    "/verify",
];

/// Checks a whole manifest.
pub(super) fn check(manifest: &Manifest, complaints: &mut Complaints) {
    let mut rules = Rules { complaints };
    rules.app(manifest);
    rules.server(manifest);
    rules.tokens(manifest);
    rules.sign_in(manifest);
    rules.credentials(manifest);
    rules.messages(manifest);
    rules.wires(&manifest.wire, &["wire"], manifest.sign_in.loopback.legacy);
}

/// Checks a wire that stands at these keys.
pub(super) fn check_wires(wires: &Wires, at: &[&str], legacy: bool, complaints: &mut Complaints) {
    Rules { complaints }.wires(wires, at, legacy);
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

    fn app(&mut self, manifest: &Manifest) {
        let app = &manifest.app;
        let plain = |character: char| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
        };
        let begins = app.name.starts_with(|character: char| character.is_ascii_lowercase());
        if !begins || !app.name.chars().all(plain) || app.name.len() > 40 {
            self.report(
                &["app", "name"],
                format!("`{}` can't be an app's name", app.name),
                "a name is lower-case letters, digits and `-`, begins with a letter and has at most 40 characters".to_owned(),
            );
        }
        if app.title.trim().is_empty() {
            self.report(
                &["app", "title"],
                "the title is empty",
                "people read it on the approval page".to_owned(),
            );
        }
        if let Some(color) = &app.color {
            let digits = color.strip_prefix('#').unwrap_or_default();
            if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                self.report(
                    &["app", "color"],
                    format!("`{color}` isn't a colour"),
                    "write it as `#rrggbb`".to_owned(),
                );
            }
        }
        let links = [("homepage", app.homepage.clone()), ("logo", app.logo.clone())];
        for (key, address) in links {
            if address.is_some_and(|address| !address.starts_with("https://")) {
                self.report(&["app", key], "the address doesn't begin with `https://`", None);
            }
        }
    }

    fn server(&mut self, manifest: &Manifest) {
        let server = &manifest.server;
        let mut addresses = vec![(vec!["server", "url"], server.url.clone())];
        if let Some(frontend) = &server.frontend {
            addresses.push((vec!["server", "frontend"], frontend.clone()));
        }
        for (name, place) in server.environments.iter() {
            addresses.push((vec!["server", "environments", name, "url"], place.url.clone()));
            if let Some(frontend) = &place.frontend {
                addresses.push((vec!["server", "environments", name, "frontend"], frontend.clone()));
            }
        }
        for (path, address) in addresses {
            if let Err(problem) = server_address(&address) {
                self.report(
                    &path,
                    problem,
                    "https, or http on this machine: `http://127.0.0.1:7700`".to_owned(),
                );
            }
        }
        let environment = &manifest.environment;
        if !environment.select.is_empty() && server.environments.is_empty() {
            self.report(
                &["environment", "select"],
                "there are no environments to select from",
                "add `[server.environments.NAME]` with a `url`".to_owned(),
            );
        }
        let variables = [
            ("token", &environment.token),
            ("server", &environment.server),
            ("frontend", &environment.frontend),
            ("select", &environment.select),
            ("profile", &environment.profile),
        ];
        let mut wrong = Vec::new();
        for (key, names) in variables {
            for name in names {
                let good = !name.is_empty()
                    && name
                        .bytes()
                        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
                if !good {
                    wrong.push((key, format!("`{name}` can't be a variable's name")));
                }
            }
        }
        for (key, message) in wrong {
            self.report(
                &["environment", key],
                message,
                "variables are capital letters, digits and `_`".to_owned(),
            );
        }
    }

    fn tokens(&mut self, manifest: &Manifest) {
        let mut prefixes: BTreeMap<&str, &str> = BTreeMap::new();
        let mut wrong = Vec::new();
        for (kind, token) in manifest.tokens.iter() {
            let plain = token.prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if token.prefix.is_empty() || !token.prefix.ends_with('_') || !plain {
                let help = format!(
                    "a prefix is letters, digits and `_` and ends in `_`, such as `{}_`",
                    manifest.app.name
                );
                wrong.push((kind, format!("`{}` can't be a token's prefix", token.prefix), help));
            }
            if let Some(other) = prefixes.insert(&token.prefix, kind) {
                let help = "give each kind a prefix of its own, so that a token says what it is".to_owned();
                wrong.push((kind, format!("`{}` is the prefix of `{other}` already", token.prefix), help));
            }
        }
        for (kind, message, help) in wrong {
            self.report(&["tokens", kind, "prefix"], message, help);
        }
    }

    fn sign_in(&mut self, manifest: &Manifest) {
        let sign_in = &manifest.sign_in;
        if sign_in.ways.is_empty() {
            self.report(
                &["sign_in", "ways"],
                "there is no way of signing in",
                "name at least one of loopback, device, session, paste, anonymous".to_owned(),
            );
        }
        for (index, way) in sign_in.ways.iter().enumerate() {
            let place = index.to_string();
            if sign_in.ways[..index].contains(way) {
                self.report(&["sign_in", "ways", &place], format!("`{}` is there twice", way.name()), None);
            }
            let needed: &[Operation] = match way {
                Way::Session => &[Operation::Start, Operation::Poll],
                Way::Anonymous => &[Operation::Anonymous],
                Way::Loopback | Way::Device | Way::Paste => &[],
            };
            for operation in needed.iter().filter(|operation| manifest.own_exchange(**operation).is_none()) {
                self.report(
                    &["sign_in", "ways", &place],
                    format!("the way `{}` needs `[wire.{}]`", way.name(), operation.name()),
                    "say which request it sends and what the answers mean".to_owned(),
                );
            }
            if *way == Way::Paste && sign_in.paste.page.is_none() {
                self.report(
                    &["sign_in", "ways", &place],
                    "the way `paste` needs a page where tokens are made",
                    "add `[sign_in.paste]` with `page = \"…\"`".to_owned(),
                );
            }
        }
        for (index, scope) in sign_in.scopes.iter().enumerate() {
            if manifest.scopes.get(scope).is_none() {
                let known = manifest.scopes.keys();
                let help = match names::nearest(scope, known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => {
                        "say in `[scopes]` what it allows, in the words that people read before they approve"
                            .to_owned()
                    }
                };
                self.report(
                    &["sign_in", "scopes", &index.to_string()],
                    format!("the scope `{scope}` isn't declared"),
                    help,
                );
            }
        }
        for (scope, _) in manifest.scopes.iter() {
            // RFC 6749, section 3.3.
            let good = !scope.is_empty()
                && scope.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
            if !good {
                self.report(
                    &["scopes", scope],
                    format!("`{scope}` can't be a scope"),
                    "a scope has no spaces and no quotes".to_owned(),
                );
            }
        }
        if sign_in.expires_in.as_secs() > 600 {
            self.report(
                &["sign_in", "expires_in"],
                "a sign-in may stay open for ten minutes at most",
                "the longer a link works, the easier it is to trick somebody into opening it".to_owned(),
            );
        }
        for (key, path) in
            [("path", Some(&sign_in.loopback.path)), ("done_path", sign_in.loopback.done_path.as_ref())]
        {
            if path.is_some_and(|path| !path.starts_with('/')) {
                self.report(&["sign_in", "loopback", key], "the path doesn't begin with `/`", None);
            }
        }
    }

    fn wires(&mut self, wires: &Wires, at: &[&str], legacy: bool) {
        let mut routes: BTreeMap<(String, String), &str> = BTreeMap::new();
        for (operation, exchange) in wires.iter() {
            let at = [at, &[operation.name()]].concat();
            self.exchange(&at, operation, exchange, legacy);
            let Some((method, path)) = exchange.route() else { continue };
            let request = [at.as_slice(), &["request"]].concat();
            let own = RESERVED.iter().find(|own| {
                path.strip_prefix(**own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            });
            if let Some(own) = own {
                let help = format!("reserved are {}", RESERVED.join(", "));
                self.report(&request, format!("`{own}` belongs to Doorkey's own routes"), help);
            }
            if let Some(other) = routes.insert((method.to_owned(), shape(path)), operation.name()) {
                self.report(&request, format!("`{method} {path}` is the route of `{other}` already"), None);
            }
        }
        for (name, text) in wires.headers.iter() {
            self.text(&[at, &["headers", name]].concat(), text);
        }
        if let Some(envelope) = &wires.envelope {
            self.template(&[at, &["envelope", "body"]].concat(), &envelope.body);
        }
        if let Some(gate) = &wires.gate {
            self.template(&[at, &["gate", "body"]].concat(), &gate.body);
            self.text(&[at, &["gate", "value"]].concat(), &gate.value);
        }
        if let Some(errors) = &wires.errors {
            self.errors(&[at, &["errors"]].concat(), errors);
        }
    }

    fn errors(&mut self, at: &[&str], errors: &Errors) {
        self.template(&[at, &["body"]].concat(), &errors.body);
        for means in Meaning::ALL {
            let Some(row) = errors.table.get(*means) else { continue };
            if !(400..600).contains(&row.status) {
                self.report(
                    &[at, &["table", means.name(), "status"]].concat(),
                    format!("{} isn't the status of a failure", row.status),
                    "it is between 400 and 599".to_owned(),
                );
            }
        }
    }

    fn exchange(&mut self, at: &[&str], operation: Operation, exchange: &Exchange, legacy: bool) {
        let groups = operation.request_groups();
        let target = [at, &["request"]].concat();
        self.text(&target, exchange.request.text());
        self.no_secret(&target, exchange.request.text());
        self.known(&target, exchange.request.text().names(), groups, "the request");
        for (name, text) in exchange.query.iter() {
            let at = [at, &["query", name]].concat();
            self.text(&at, text);
            self.known(&at, text.names(), groups, "the request");
            self.no_secret(&at, text);
        }
        for (name, text) in exchange.headers.iter() {
            let at = [at, &["headers", name]].concat();
            self.text(&at, text);
            self.known(&at, text.names(), groups, "the request");
        }
        let bodies = exchange.body.iter().map(|body| (vec!["body".to_owned()], body));
        let others = exchange.accepts.iter().enumerate();
        let others = others.map(|(index, body)| (vec!["accepts".to_owned(), index.to_string()], body));
        for (key, body) in bodies.chain(others) {
            let at: Vec<&str> = at.iter().copied().chain(key.iter().map(String::as_str)).collect();
            self.template(&at, body);
            self.known(&at, body.names(), groups, "the request");
        }
        if exchange.outcome.is_empty() && operation != Operation::Authorize {
            self.report(
                at,
                format!("`{}` says nothing about its answers", operation.name()),
                format!("add `[[{}.outcome]]`", at.join(".")),
            );
        }
        for (index, outcome) in exchange.outcome.iter().enumerate() {
            let index = index.to_string();
            self.outcome(&[at, &["outcome", &index]].concat(), operation, outcome, legacy);
        }
    }

    /// Addresses end up in logs and histories.
    fn no_secret(&mut self, at: &[&str], text: &Text) {
        let secret = text.names().find(|name| names::lookup(name).is_some_and(|name| name.secret));
        if let Some(secret) = secret {
            self.report(
                at,
                format!("`{{{secret}}}` is secret and can't travel in an address"),
                "addresses end up in logs and histories; put it in the body or in a header".to_owned(),
            );
        }
    }

    fn outcome(&mut self, at: &[&str], operation: Operation, outcome: &Outcome, legacy: bool) {
        let means = outcome.means;
        if !operation.meanings().contains(&means) {
            let possible: Vec<&str> = operation.meanings().iter().map(|means| means.name()).collect();
            self.report(
                &[at, &["means"]].concat(),
                format!("an answer to `{}` can't mean `{}`", operation.name(), means.name()),
                format!("it can mean {}", possible.join(", ")),
            );
        }
        let groups = [operation.answer_groups(), &[Group::Failure]].concat();
        let bodies =
            [(vec!["body"], outcome.body.as_ref()), (vec!["emit", "body"], outcome.emit.body.as_ref())];
        let mut given: Vec<&str> = Vec::new();
        for (key, body) in bodies.into_iter().filter_map(|(key, body)| Some((key, body?))) {
            let at = [at, key.as_slice()].concat();
            self.template(&at, body);
            self.known(&at, body.names(), &groups, "an answer");
            given.extend(body.names());
        }
        for (key, texts) in
            [("headers", &outcome.headers), ("query", &outcome.query), ("fragment", &outcome.fragment)]
        {
            for (name, text) in texts.iter() {
                let at = [at, &[key, name]].concat();
                self.text(&at, text);
                self.known(&at, text.names(), &groups, "an answer");
                given.extend(text.names());
            }
        }
        given.extend(outcome.with.keys());
        if !outcome.fragment.is_empty() && !legacy {
            self.report(
                &[at, &["fragment"]].concat(),
                "nothing may travel in a fragment unless old clients need it",
                "say `legacy = true` in `[sign_in.loopback]` if published clients take nothing else"
                    .to_owned(),
            );
        }
        let key_in_query = outcome.query.iter().find(|(_, text)| text.names().any(|name| name == "token"));
        if let Some((name, _)) = key_in_query.filter(|_| !legacy) {
            self.report(
                &[at, &["query", name]].concat(),
                "a code travels home, never a key",
                "say `legacy = true` in `[sign_in.loopback]` if published clients take nothing else"
                    .to_owned(),
            );
        }
        for alternatives in operation.gives(means) {
            if !alternatives.iter().any(|name| given.contains(name)) {
                self.report(
                    at,
                    format!(
                        "the answer that means `{}` doesn't say `{}`",
                        means.name(),
                        alternatives.join("` or `")
                    ),
                    "without it the command can't go on".to_owned(),
                );
            }
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

    fn credentials(&mut self, manifest: &Manifest) {
        let credentials = &manifest.credentials;
        if credentials.path.starts_with('/')
            || !(credentials.path.starts_with("~/") || credentials.path.starts_with("{config}/"))
        {
            self.report(
                &["credentials", "path"],
                format!("`{}` isn't below a person's own folders", credentials.path),
                "begin it with `~/` or `{config}/`".to_owned(),
            );
        } else if credentials.path.split('/').any(|part| part == ".." || part.is_empty()) {
            self.report(&["credentials", "path"], "the path has `..` or an empty part", None);
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
        self.known(path, json.names(), &groups, "the credentials file");
        if !json.names().any(|name| name == "token") {
            self.report(
                path,
                "the file doesn't hold `{token}`",
                "a credentials file without the credential is none".to_owned(),
            );
        }
    }

    fn messages(&mut self, manifest: &Manifest) {
        for event in super::Event::ALL {
            let Some(message) = manifest.messages.get(*event) else { continue };
            self.text(&["messages", event.name()], &message.text);
            let secret =
                message.text.names().find(|name| names::lookup(name).is_some_and(|name| name.secret));
            let shown_whole = secret.filter(|name| message.text.source().contains(&format!("{{{name}}}")));
            if let Some(name) = shown_whole {
                self.report(
                    &["messages", event.name()],
                    format!("`{{{name}}}` is secret and can't be shown whole"),
                    format!("show a part of it, such as `{{{name}:first(8)}}`"),
                );
            }
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

/// What is wrong with a server's address.
fn server_address(address: &str) -> Result<(), String> {
    let parsed =
        url::Url::parse(address).map_err(|error| format!("`{address}` isn't an address: {error}"))?;
    let loopback = match parsed.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    match parsed.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => return Err(format!("`{address}` would send credentials unencrypted")),
        _ => return Err(format!("`{address}` isn't a web address")),
    }
    if parsed.query().is_some() || parsed.fragment().is_some() || !parsed.username().is_empty() {
        return Err(format!("`{address}` has more than a host and a path"));
    }
    Ok(())
}

/// A path with every placeholder the same, so that two routes can be compared.
fn shape(path: &str) -> String {
    let mut shape = String::new();
    let mut inside = false;
    for character in path.chars() {
        match character {
            '{' => {
                inside = true;
                shape.push_str("{}");
            }
            '}' => inside = false,
            _ if inside => {}
            _ => shape.push(character),
        }
    }
    shape
}
