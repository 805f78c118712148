//! Every wait of this library can be ended from outside: by Ctrl-C, by a closed window, by a test.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A wish to stop, shared between whoever waits and whoever may end the wait.
///
/// Clones share one state; once cancelled it stays so. [`Cancel::never`] can't be cancelled, which lets requests
/// run on the calling thread instead of on a helper thread that can be abandoned.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Option<Arc<Shared>>);

#[derive(Debug, Default)]
struct Shared {
    cancelled: Mutex<bool>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, bool> {
        self.cancelled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cancel {
    /// A wish that nobody has yet.
    pub fn new() -> Cancel {
        Cancel(Some(Arc::default()))
    }

    /// One that will never be wished: for callers that have nothing to cancel with.
    pub fn never() -> Cancel {
        Cancel(None)
    }

    /// Ends every wait that looks at this wish, now and later.
    pub fn cancel(&self) {
        if let Some(shared) = &self.0 {
            *shared.lock() = true;
            shared.changed.notify_all();
        }
    }

    /// Whether somebody wished to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.as_ref().is_some_and(|shared| *shared.lock())
    }

    /// Whether anybody could wish to stop at all.
    pub fn can_be_cancelled(&self) -> bool {
        self.0.is_some()
    }

    /// Waits for `time`, or less when cancelled. Says whether it was cancelled.
    pub fn wait(&self, time: Duration) -> bool {
        let Some(shared) = &self.0 else {
            std::thread::sleep(time);
            return false;
        };
        let end = Instant::now() + time;
        let mut cancelled = shared.lock();
        while !*cancelled {
            let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) else {
                return false;
            };
            cancelled =
                shared.changed.wait_timeout(cancelled, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_ends_when_somebody_else_cancels() {
        let cancel = Cancel::new();
        let other = cancel.clone();
        let waiter = std::thread::spawn(move || other.wait(Duration::from_mins(1)));
        cancel.cancel();
        assert!(waiter.join().is_ok_and(|cancelled| cancelled));
        assert!(cancel.is_cancelled());
    }

    #[test]
    fn never_is_not_cancelled_by_cancelling() {
        let never = Cancel::never();
        never.cancel();
        assert!(!never.is_cancelled() && !never.wait(Duration::ZERO));
    }
}
