//! Who vouches for servers' certificates.

use super::{Finding, Patient, State};
use crate::http::Authorities;

const NAME: &str = "authorities";

pub(super) fn check(patient: &Patient<'_>) -> Finding {
    let authorities = Authorities::of(&*patient.system.environment, patient.ca_file.as_deref());
    let named: Vec<String> = authorities.places().map(ToString::to_string).collect();
    let named = named.join(", ");
    match authorities.count() {
        Ok(count) => Finding::ok(
            NAME,
            match (authorities.include_the_systems(), named.is_empty()) {
                (true, true) => format!("{count}, the system's own"),
                (true, false) => format!("{count}, the system's own and those in {named}"),
                (false, _) => format!("{count}, those in {named} instead of the system's own"),
            },
        ),
        Err(problem) => {
            // A server on this machine is asked without them.
            let needed = patient.server.as_ref().is_none_or(|server| server.url.starts_with("https"));
            let state = if needed { State::Broken } else { State::Note };
            Finding::new(NAME, state, problem.to_string()).remedy(problem.hint())
        }
    }
}
