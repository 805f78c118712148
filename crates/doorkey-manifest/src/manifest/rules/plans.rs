//! The plans, and what needs which.

use super::super::{Manifest, Plans};
use super::Rules;
use super::paths::private_address;
use crate::template::Part;
use crate::{Text, names};

impl Rules<'_> {
    pub(super) fn plans(&mut self, manifest: &Manifest) {
        let Some(plans) = &manifest.plans else { return };
        if plans.order.len() < 2 {
            self.report(
                &["plans", "order"],
                "one plan is none: everybody has the first",
                "name at least two, from the least to the most".to_owned(),
            );
        }
        for (index, plan) in plans.order.iter().enumerate() {
            let place = index.to_string();
            if plan.trim().is_empty() {
                self.report(&["plans", "order", &place], "a plan needs a name", None);
            } else if plans.order[..index].contains(plan) {
                self.report(&["plans", "order", &place], format!("`{plan}` is there twice"), None);
            }
        }
        if let Some(plan) = &plans.needs {
            self.plan(&["plans", "needs"], plans, plan);
        }
        for (scope, plan) in plans.scopes.iter() {
            self.declared(&["plans", "scopes", scope], manifest, scope);
            self.plan(&["plans", "scopes", scope], plans, plan);
        }
        self.plan_text(&["plans", "billing"], &plans.billing);
        if plans.billing.problem().is_none()
            && let Err(problem) = billing(&plans.billing)
        {
            self.report(
                &["plans", "billing"],
                problem,
                "https, or http on this machine; `{frontend}` may stand for the address of the web pages"
                    .to_owned(),
            );
        }
        if let Some(required) = &plans.required {
            self.plan_text(&["plans", "required"], required);
            if required.source().trim().is_empty() {
                self.report(
                    &["plans", "required"],
                    "there are no words",
                    "without `required`, the usual ones are said".to_owned(),
                );
            }
        }
    }

    /// Reports a plan that `order` doesn't have.
    fn plan(&mut self, at: &[&str], plans: &Plans, plan: &str) {
        if plans.order.iter().any(|known| known == plan) {
            return;
        }
        let help = match names::nearest(plan, plans.order.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "say in `order` where it stands".to_owned(),
        };
        self.report(at, format!("there is no plan called `{plan}`"), help);
    }

    /// Reports what is wrong with a text about plans: only what is known wherever a plan is spoken of may stand in it.
    fn plan_text(&mut self, at: &[&str], text: &Text) {
        self.text(at, text);
        for name in text.names() {
            let base = names::url_part(name).map_or(name, |(base, _)| base);
            if names::lookup(base).is_some() && !Plans::NAMES.contains(&base) {
                let known: Vec<_> = Plans::NAMES.iter().map(|name| format!("`{{{name}}}`")).collect();
                self.report(
                    at,
                    format!("`{{{name}}}` isn't known where a plan is spoken of"),
                    format!("known there are {}", known.join(", ")),
                );
            }
        }
    }
}

/// What is wrong with the address where plans are bought, whatever stands for its placeholders. Those that it may begin
/// with are addresses that have been looked at where they are written.
fn billing(address: &Text) -> Result<(), String> {
    let mut example = String::new();
    for part in address.parts() {
        match part {
            Part::Literal(literal) => example.push_str(literal),
            Part::Hole(hole) if example.is_empty() => match hole.names().next() {
                Some("server" | "frontend" | "server.origin" | "frontend.origin") => {
                    example.push_str("https://doorkey.example");
                }
                _ => return Err(format!("`{}` doesn't begin with an address", address.source())),
            },
            Part::Hole(_) => example.push('x'),
        }
    }
    match private_address(&example, "payments") {
        Ok(_) => Ok(()),
        Err(problem) => Err(problem.replace(&example, address.source())),
    }
}
