//! Which variables change what is done here. Their values aren't shown: some are secrets.

use super::{Finding, Patient};
use crate::http::CA_FILE;

const NAME: &str = "environment";

/// What any tool's commands look at.
const COMMON: [&str; 8] = [
    "DOORKEY_APP",
    "DOORKEY_APPS",
    "DOORKEY_PROFILE",
    CA_FILE,
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "BROWSER",
    "NO_COLOR",
];

pub(super) fn check(patient: &Patient<'_>) -> Finding {
    let mut names: Vec<&str> = COMMON.to_vec();
    if let Some(client) = patient.client {
        let variables = &client.manifest().environment;
        names.extend(
            [
                &variables.token,
                &variables.server,
                &variables.default_server,
                &variables.frontend,
                &variables.select,
            ]
            .into_iter()
            .flatten()
            .map(String::as_str),
        );
    }
    let set: Vec<&str> = names.into_iter().filter(|name| patient.system.variable(name).is_some()).collect();
    if let Some(variable) = patient.client.and_then(hiding) {
        return Finding::note(
            NAME,
            format!("{variable} overrides the stored sign-in (set: {})", set.join(", ")),
        )
        .remedy(format!("Unset {variable} to use your own sign-in."));
    }
    match set.as_slice() {
        [] => Finding::ok(NAME, "no variable changes anything"),
        set => Finding::ok(NAME, format!("set: {}", set.join(", "))),
    }
}

/// The variable whose token is used though a credential is stored.
fn hiding(client: &crate::Client) -> Option<String> {
    let variable = client.overriding_variable()?;
    let is_stored = client.store().ok()?.path().exists();
    is_stored.then_some(variable)
}
