//! What goes over the wire.

use std::collections::BTreeMap;

use serde_json::Value;

use super::paths::shape;
use super::{Legacy, Rules};
use crate::Text;
use crate::names::Group;
use crate::template::has_placeholder;
use crate::wire::{Auth, Errors, Exchange, Meaning, Operation, Outcome, Wires};

impl Rules<'_> {
    pub(super) fn wires(&mut self, wires: &Wires, at: &[&str], legacy: Legacy) {
        let mut routes: BTreeMap<(String, String), Vec<(&str, &Exchange)>> = BTreeMap::new();
        for (operation, exchange) in wires.iter() {
            let at = [at, &[operation.name()]].concat();
            self.exchange(&at, operation, exchange, legacy);
            let Some((method, path)) = exchange.route() else { continue };
            let request = [at.as_slice(), &["request"]].concat();
            self.free(&request, path);
            let taken = routes.entry((method.to_owned(), shape(path))).or_default();
            let twin = taken.iter().find(|(_, other)| !bodies_differ(other, exchange));
            if let Some((other, _)) = twin {
                self.report(
                    &request,
                    format!("`{method} {path}` is the route of `{other}` already"),
                    "two operations share a route where a fixed field of their bodies tells them apart"
                        .to_owned(),
                );
            }
            taken.push((operation.name(), exchange));
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

    fn exchange(&mut self, at: &[&str], operation: Operation, exchange: &Exchange, legacy: Legacy) {
        let groups = operation.request_groups();
        let target = [at, &["request"]].concat();
        self.text(&target, exchange.request.text());
        let allowed = legacy.session.then_some("sign_in");
        self.no_secret(&target, exchange.request.text(), allowed);
        self.known(&target, exchange.request.text().names(), groups, "the request");
        for (name, text) in exchange.query.iter() {
            let at = [at, &["query", name]].concat();
            self.text(&at, text);
            self.known(&at, text.names(), groups, "the request");
            self.no_secret(&at, text, allowed);
        }
        self.legacy_query(at, operation, exchange, legacy);
        // Of a list, the command uses the first; the others are what the server takes beside it.
        let signs = exchange.auth.first().is_some_and(|first| *first != Auth::None);
        if signs && operation.is_before_credential() {
            self.report(
                &[at, &["auth"]].concat(),
                format!("`{}` comes before there is a credential that it could send", operation.name()),
                "leave `auth` out here".to_owned(),
            );
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
        self.say(at, operation, &exchange.say);
        for (index, outcome) in exchange.outcome.iter().enumerate() {
            let index = index.to_string();
            self.outcome(&[at, &["outcome", &index]].concat(), operation, outcome, legacy);
        }
    }

    fn legacy_query(&mut self, at: &[&str], operation: Operation, exchange: &Exchange, legacy: Legacy) {
        if exchange.legacy_query.is_empty() {
            return;
        }
        let at = [at, &["legacy_query"]].concat();
        for (name, text) in exchange.legacy_query.iter() {
            let at = [at.as_slice(), &[name]].concat();
            self.text(&at, text);
            self.known(&at, text.names(), operation.request_groups(), "the request");
            self.no_secret(&at, text, None);
        }
        if operation != Operation::Authorize {
            self.report(&at, format!("`{}` has no `legacy_query`", operation.name()), None);
        } else if !legacy.fragment {
            self.report(
                &at,
                "nothing may travel in a fragment unless old clients need it",
                "say `legacy = true` in `[sign_in.loopback]` if published clients take nothing else"
                    .to_owned(),
            );
        }
    }

    /// What a command says about an answer.
    fn say(&mut self, at: &[&str], operation: Operation, texts: &[Text]) {
        let at = [at, &["say"]].concat();
        let groups = [operation.answer_groups(), &[Group::Failure, Group::Command]].concat();
        for say in texts {
            self.text(&at, say);
            self.known(&at, say.names(), &groups, "an answer");
            self.no_secret(&at, say, None);
        }
    }

    fn outcome(&mut self, at: &[&str], operation: Operation, outcome: &Outcome, legacy: Legacy) {
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
        self.say(at, operation, &outcome.say);
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
        for (name, value) in outcome.with.iter() {
            if holds_placeholder(value) {
                self.report(
                    &[at, &["with", name]].concat(),
                    "what stands in `with` is a constant, and nothing in it is filled in",
                    "write the placeholder where the answer has it, in `body`, `headers` or `query`"
                        .to_owned(),
                );
            }
        }
        if !outcome.fragment.is_empty() && !legacy.fragment {
            self.report(
                &[at, &["fragment"]].concat(),
                "nothing may travel in a fragment unless old clients need it",
                "say `legacy = true` in `[sign_in.loopback]` if published clients take nothing else"
                    .to_owned(),
            );
        }
        let key_in_query = outcome.query.iter().find(|(_, text)| text.names().any(|name| name == "token"));
        if let Some((name, _)) = key_in_query.filter(|_| !legacy.fragment) {
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
}

/// Whether a request of one can't be taken for one of the other: a field that is fixed in both has other values.
fn bodies_differ(one: &Exchange, other: &Exchange) -> bool {
    let bodies = |exchange: &'_ Exchange| -> Vec<_> {
        exchange.body.iter().chain(&exchange.accepts).map(crate::Template::literals).map(own).collect()
    };
    let (one, other) = (bodies(one), bodies(other));
    let apart = |a: &Literals, b: &Literals| {
        a.iter().any(|(path, value)| b.iter().any(|(other, theirs)| path == other && value != theirs))
    };
    !one.is_empty() && !other.is_empty() && one.iter().all(|a| other.iter().all(|b| apart(a, b)))
}

/// Whether a text of it looks as if it were a template.
fn holds_placeholder(value: &Value) -> bool {
    match value {
        Value::String(text) => has_placeholder(text),
        Value::Array(items) => items.iter().any(holds_placeholder),
        Value::Object(fields) => fields.values().any(holds_placeholder),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

type Literals = Vec<(crate::template::Path, Value)>;

fn own(literals: Vec<(crate::template::Path, &Value)>) -> Literals {
    literals.into_iter().map(|(path, value)| (path, value.clone())).collect()
}
