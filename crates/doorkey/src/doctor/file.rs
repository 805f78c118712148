//! Where the credential lies: whether it can be read and written, is private, and nobody holds its lock for long.

use std::time::Duration;

use super::{Finding, Patient};
use crate::store::StoreError;

const NAME: &str = "file";

pub(super) fn check(patient: &Patient<'_>) -> Option<Finding> {
    let client = patient.client?;
    let unusable = |error: StoreError| Finding::broken(NAME, error.to_string()).maybe_remedy(error.hint());
    let store = match crate::store::JsonFile::of(client.manifest(), patient.system) {
        Ok(store) => store,
        Err(error) => return Some(unusable(error)),
    };
    let path = store.path().display().to_string();
    Some(match store.read().and_then(|stored| Ok((stored.is_some(), store.look()?))) {
        Err(error) => unusable(error),
        Ok((_, look)) if look.locked => {
            Finding::note(NAME, format!("{path}: another command holds its lock"))
                .remedy(format!("If that lasts longer than {} seconds, end that command.", LOCKED_FOR.as_secs()))
        }
        Ok((false, look)) if look.mode.is_none() => Finding::ok(NAME, format!("{path} isn't there yet")),
        Ok((holds, look)) => {
            let mode = look.mode.map(|mode| format!(", mode {mode:04o}")).unwrap_or_default();
            let holds = if holds { "a credential" } else { "no credential" };
            Finding::ok(NAME, format!("{path} holds {holds}{mode}"))
        }
    })
}

/// No renewal takes longer.
const LOCKED_FOR: Duration = Duration::from_secs(45);
