//! What goes over the wire.

use std::collections::BTreeMap;

use super::Rules;
use super::paths::shape;
use crate::names::Group;
use crate::wire::{Errors, Exchange, Meaning, Operation, Outcome, Wires};

impl Rules<'_> {
    pub(super) fn wires(&mut self, wires: &Wires, at: &[&str], legacy: bool) {
        let mut routes: BTreeMap<(String, String), &str> = BTreeMap::new();
        for (operation, exchange) in wires.iter() {
            let at = [at, &[operation.name()]].concat();
            self.exchange(&at, operation, exchange, legacy);
            let Some((method, path)) = exchange.route() else { continue };
            let request = [at.as_slice(), &["request"]].concat();
            self.free(&request, path);
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
}
