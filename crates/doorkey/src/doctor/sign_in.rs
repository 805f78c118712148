//! Whether somebody is signed in, as far as that is known without asking.

use super::{Finding, Patient};
use crate::resolve::{Resolution, Source};

const NAME: &str = "sign_in";

pub(super) fn check(patient: &Patient<'_>) -> Option<Finding> {
    let client = patient.client?;
    let credential = match client.resolve() {
        Ok(Resolution::Found(credential)) => credential,
        Ok(Resolution::SignedOut) => return Some(Finding::ok(NAME, "nobody is signed in")),
        // What is wrong with the file has been said by then.
        Err(crate::Error::Store(_)) => return Some(Finding::unknown(NAME, "the file can't be used")),
        Err(error) => return Some(Finding::broken(NAME, error.to_string()).maybe_remedy(error.hint())),
    };
    let source = match &credential.source {
        Source::Explicit => "given on the command line".to_owned(),
        Source::Environment { variable } => format!("from {variable}"),
        Source::Stored { .. } => "stored".to_owned(),
    };
    let left = credential.time_left(patient.system.clock.now_ms());
    Some(match left {
        Some(left) if left.is_zero() && !credential.refreshable => {
            Finding::note(NAME, format!("a credential, {source}, that has run out by this machine's clock"))
                .remedy("Sign in again.")
        }
        Some(left) if left.is_zero() => {
            Finding::ok(NAME, format!("a credential, {source}, that is renewed at its next use"))
        }
        _ => {
            Finding::ok(NAME, format!("a credential, {source}; `whoami` asks the server whether it is good"))
        }
    })
}
