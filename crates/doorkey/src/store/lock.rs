//! One writer at a time: a lock on a file of its own beside the credentials, so that whoever shares the file shares it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::StoreError;
use crate::cancel::Cancel;
use crate::error::Error;
use crate::system::Clock;

/// Longer than a renewal under the lock may take with all its time-outs, so that nobody gives up on one that works.
pub(crate) const PATIENCE: Duration = Duration::from_secs(45);

/// Held until it is dropped; the operating system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock(Held);

#[derive(Debug)]
enum Held {
    File(File),
    Gate(Gate),
}

impl Lock {
    /// A number that whoever held the lock before has left for those who come after.
    pub(super) fn noted(&self) -> Option<i64> {
        let Held::File(file) = &self.0 else { return None };
        let mut text = String::new();
        file.take(32).read_to_string(&mut text).ok()?;
        text.trim().parse().ok()
    }

    /// Leaves a number for those who come after. Where that can't be written they find out for themselves.
    pub(super) fn note(&self, number: i64) {
        if let Held::File(file) = &self.0 {
            let mut file = file;
            let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "{number}"));
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        match &self.0 {
            // Closing alone wouldn't do: a program that is just being started may still have the file open.
            Held::File(file) => drop(file.unlock()),
            Held::Gate(gate) => gate.0.store(false, Ordering::Release),
        }
    }
}

/// What stands in for the lock's file where the credential lives in one process alone.
#[derive(Clone, Debug, Default)]
pub(super) struct Gate(Arc<AtomicBool>);

impl Gate {
    /// Takes the lock, waiting for whoever holds it, but not longer than `patience`.
    pub fn lock(&self, patience: Duration, clock: &dyn Clock, cancel: &Cancel) -> Result<Lock, Error> {
        let enter = || self.0.compare_exchange(false, true, Ordering::AcqRel, Ordering::Acquire).is_ok();
        wait_for(Path::new("memory"), patience, clock, cancel, || Ok(enter()))?;
        Ok(Lock(Held::Gate(self.clone())))
    }
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
    wait_for(credentials, patience, clock, cancel, || match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(source)) => Err(unwritable(source)),
    })?;
    Ok(Lock(Held::File(file)))
}

/// Tries again and again, ever more slowly, until the lock is had.
fn wait_for(
    what: &Path,
    patience: Duration,
    clock: &dyn Clock,
    cancel: &Cancel,
    mut take: impl FnMut() -> Result<bool, StoreError>,
) -> Result<(), Error> {
    let begun = clock.monotonic();
    let mut pause = Duration::from_millis(2);
    loop {
        if take()? {
            return Ok(());
        }
        let waited = clock.monotonic().saturating_sub(begun);
        if waited >= patience {
            return Err(StoreError::Busy { path: what.to_owned(), waited }.into());
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
