//! Where the credential lies: whether it can be read, is private, and nobody holds its lock for long.

use std::fs::TryLockError;
use std::path::Path;

use super::{Finding, Patient};
use crate::store::lock_path;
use crate::system::open_file;

const NAME: &str = "file";

pub(super) fn check(patient: &Patient<'_>) -> Option<Finding> {
    let client = patient.client?;
    let stored = client.store().and_then(|store| {
        let path = store.path().to_owned();
        store.check_folder()?;
        Ok((path, store.read()?.is_some()))
    });
    let (path, holds) = match stored {
        Ok(stored) => stored,
        Err(error) => return Some(Finding::broken(NAME, error.to_string()).maybe_remedy(error.hint())),
    };
    let shown = path.display();
    // The lock stands beside the file that the manifest names, whatever kind of place keeps the credential.
    let beside = client.profile().and_then(|profile| client.path_of_profile(&profile.name));
    if let Some(lock) = beside.as_ref().ok().map(|path| lock_path(path)).filter(|lock| is_no_lock(lock)) {
        let what = format!("{} stands where the lock should be, and isn't a file of its own", lock.display());
        return Some(Finding::broken(NAME, what).remedy("Remove it: the next command makes another."));
    }
    Some(if beside.is_ok_and(|path| is_locked(&lock_path(&path))) {
        Finding::note(NAME, format!("{shown}: another command holds its lock"))
            .remedy("If that lasts longer than a minute, end that command.")
    } else if holds {
        Finding::ok(NAME, format!("{shown} holds a credential{}", mode_in_words(&path)))
    } else if path.exists() {
        Finding::ok(NAME, format!("{shown} holds no credential{}", mode_in_words(&path)))
    } else {
        Finding::ok(NAME, format!("{shown} isn't there yet"))
    })
}

/// Whether something else than a file stands there, a link above all: no command takes a lock through it.
fn is_no_lock(lock: &Path) -> bool {
    std::fs::symlink_metadata(lock).is_ok_and(|metadata| !metadata.is_file())
}

/// Whether somebody is about to change it. Makes no file.
fn is_locked(lock: &Path) -> bool {
    let Ok(file) = open_file(lock) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// Its permissions, as `ls` counts them, where there are any.
#[cfg(unix)]
fn mode_in_words(path: &Path) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(metadata) = std::fs::metadata(path) else { return String::new() };
    format!(", mode {:04o}", metadata.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode_in_words(_path: &Path) -> String {
    String::new()
}
