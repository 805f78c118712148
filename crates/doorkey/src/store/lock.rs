//! One writer at a time: a lock on a file of its own beside the credentials, so that whoever shares the file shares it.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::StoreError;
use crate::cancel::Cancel;
use crate::error::Error;
use crate::system::Clock;

/// Longer than a renewal under the lock may take with all its time-outs, so that nobody gives up on one that works.
pub(crate) const PATIENCE: Duration = Duration::from_secs(45);

/// Held until it is dropped; the operating system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// The lock's own file.
pub(super) fn path_of(credentials: &Path) -> PathBuf {
    let mut name = credentials.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// Takes the lock, waiting for whoever holds it, but not longer than `patience`.
pub(super) fn take(
    credentials: &Path,
    patience: Duration,
    clock: &dyn Clock,
    cancel: &Cancel,
) -> Result<Lock, Error> {
    let path = path_of(credentials);
    let unwritable = |source| StoreError::Unwritable { path: path.clone(), source };
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // Never through a link: somebody else's file would be created or locked.
        options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    let file = options.open(&path).map_err(unwritable)?;
    let begun = clock.monotonic();
    let mut pause = Duration::from_millis(2);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(source)) => return Err(unwritable(source).into()),
        }
        let waited = clock.monotonic().saturating_sub(begun);
        if waited >= patience {
            return Err(StoreError::Busy { path: credentials.to_owned(), waited }.into());
        }
        if clock.wait(pause, cancel) {
            return Err(Error::Cancelled);
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;
    use crate::testing::World;

    #[test]
    fn a_lock_is_waited_for_and_then_given_up_with_a_clear_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials.json");
        let world = World::new();
        let clock = world.system().clock;
        let held = take(&path, PATIENCE, &*clock, &Cancel::never()).unwrap();
        let refused = take(&path, PATIENCE, &*clock, &Cancel::never()).unwrap_err();
        assert_eq!(refused.code(), "store.busy");
        assert!(clock.monotonic() >= PATIENCE, "the held clock was waited on");
        drop(held);
        take(&path, PATIENCE, &*clock, &Cancel::never()).unwrap();
    }

    #[test]
    fn waiting_for_a_lock_can_be_cancelled() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials.json");
        let clock = World::new().system().clock;
        let _held = take(&path, PATIENCE, &*clock, &Cancel::never()).unwrap();
        let cancel = Cancel::new();
        cancel.cancel();
        assert!(matches!(take(&path, PATIENCE, &*clock, &cancel), Err(Error::Cancelled)));
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_that_is_a_link_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials.json");
        std::os::unix::fs::symlink(folder.path().join("victim"), path_of(&path)).unwrap();
        let clock = World::new().system().clock;
        assert!(take(&path, PATIENCE, &*clock, &Cancel::never()).is_err());
        assert!(!folder.path().join("victim").exists());
    }
}
