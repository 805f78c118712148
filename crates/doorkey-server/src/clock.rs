//! What time it is, as something that is passed in: a test holds the clock and turns it itself.

use std::{
    fmt::Debug,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use jiff::Timestamp;

/// A moment: milliseconds since 1970-01-01 UTC. It is what the database keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// The moment that lies `milliseconds` after 1970-01-01 UTC.
    pub const fn from_unix_ms(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// Milliseconds since 1970-01-01 UTC.
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01 UTC, as OAuth writes moments (`exp`, `iat`).
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The moment `duration` later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    /// The moment `duration` earlier.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }

    /// As machines write it, to the second (RFC 3339): `2026-01-01T00:00:00Z`.
    pub fn rfc3339(self) -> String {
        self.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// For whoever writes it in another way. What lies beyond the calendar is as far away as it goes.
    pub(crate) fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::MAX)
    }

    /// How long it is from `self` until `later`; nothing when `later` has passed.
    pub fn until(self, later: Self) -> Duration {
        Duration::from_millis(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }
}

/// A duration in milliseconds, as the database counts.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Where the domain learns what time it is.
pub trait Clock: Debug + Send + Sync {
    /// The present moment.
    fn now(&self) -> Time;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that is passed in")]
    fn now(&self) -> Time {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time::from_unix_ms(millis(since))
    }
}

/// A clock that stands still until it is told to go on. Its copies show the same time.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that shows `time`.
    pub fn at(time: Time) -> Self {
        Self(Arc::new(AtomicI64::new(time.unix_ms())))
    }

    /// Goes on by `duration`.
    pub fn advance(&self, duration: Duration) {
        self.0.fetch_add(millis(duration), Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    /// 2026-01-01T00:00:00Z.
    fn default() -> Self {
        Self::at(Time::from_unix_ms(1_767_225_600_000))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Time {
        Time::from_unix_ms(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_that_has_passed_is_no_time_away() {
        let now = Time::from_unix_ms(5_000);
        assert_eq!(now.until(now.plus(Duration::from_secs(3))), Duration::from_secs(3));
        assert_eq!(now.until(now.minus(Duration::from_secs(3))), Duration::ZERO);
    }

    #[test]
    fn seconds_are_rounded_down_also_before_1970() {
        assert_eq!(Time::from_unix_ms(1_999).unix_seconds(), 1);
        assert_eq!(Time::from_unix_ms(-1).unix_seconds(), -1);
    }

    #[test]
    fn the_copies_of_a_manual_clock_show_the_same_time() {
        let clock = ManualClock::default();
        let copy = clock.clone();
        clock.advance(Duration::from_millis(1_500));
        assert_eq!(copy.now(), clock.now());
        assert_eq!(clock.now().unix_ms(), 1_767_225_601_500);
    }
}
