//! Two clocks: the wall clock, which may be wrong or jump, and the monotonic one, which waits are measured on.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::cancel::Cancel;

/// Tells the time and waits.
pub trait Clock: Send + Sync {
    /// Wall clock, milliseconds since 1970. Never used to measure a wait.
    fn now_ms(&self) -> i64;

    /// Time since some fixed moment; never goes backwards.
    fn monotonic(&self) -> Duration;

    /// Waits for `time`, or less when cancelled. Says whether it was cancelled.
    fn wait(&self, time: Duration, cancel: &Cancel) -> bool;
}

/// The machine's clocks.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// The monotonic clock counts from now.
    #[expect(clippy::new_without_default, reason = "a clock that starts is not a default value")]
    pub fn new() -> SystemClock {
        SystemClock { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that is passed in")]
    fn now_ms(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        }
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    fn wait(&self, time: Duration, cancel: &Cancel) -> bool {
        cancel.wait(time)
    }
}
