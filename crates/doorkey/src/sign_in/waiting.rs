//! Waiting for a person: how long still, and telling about it once a second.

use std::time::Duration;

use crate::cancel::Cancel;
use crate::error::Error;
use crate::progress::{Event, Progress};
use crate::system::Clock;

/// The wait for a decision, measured on the monotonic clock.
pub(crate) struct Waiting<'a> {
    clock: &'a dyn Clock,
    progress: &'a mut dyn Progress,
    end: Duration,
    told: Option<Duration>,
}

impl<'a> Waiting<'a> {
    /// Waits from now for `time`.
    pub(crate) fn new(clock: &'a dyn Clock, progress: &'a mut dyn Progress, time: Duration) -> Waiting<'a> {
        let end = clock.monotonic().saturating_add(time);
        Waiting { clock, progress, end, told: None }
    }

    /// How long still; zero when the time is over.
    pub(crate) fn left(&self) -> Duration {
        self.end.saturating_sub(self.clock.monotonic())
    }

    /// Time on the monotonic clock.
    pub(crate) fn now(&self) -> Duration {
        self.clock.monotonic()
    }

    /// Tells how long still, if that wasn't told within the last second.
    pub(crate) fn tick(&mut self) {
        let now = self.clock.monotonic();
        if self.told.is_none_or(|told| now.saturating_sub(told) >= Duration::from_secs(1)) {
            self.told = Some(now);
            self.progress.report(Event::Waiting { left: self.left() });
        }
    }

    /// Tells something else.
    pub(crate) fn report(&mut self, event: Event<'_>) {
        self.progress.report(event);
    }

    /// Pauses, but not beyond the end of the wait.
    pub(crate) fn pause(&mut self, time: Duration, cancel: &Cancel) -> Result<(), Error> {
        let end = self.clock.monotonic().saturating_add(time).min(self.end);
        loop {
            let left = end.saturating_sub(self.clock.monotonic());
            if left.is_zero() {
                return Ok(());
            }
            self.tick();
            if self.clock.wait(left.min(Duration::from_secs(1)), cancel) {
                return Err(Error::Cancelled);
            }
        }
    }
}
