//! How fast a tool polls (RFC 8628, section 3.5).
//!
//! Polls are counted from start to start, so that a poll that was held costs nothing. A poll that comes up to a second
//! or a fifth of the interval early is nobody's fault and isn't punished; at an interval of one second that would allow
//! anything, so a burst is counted as well. Each replica counts for itself and forgets a sign-in when it ends.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::WaitKey;
use crate::clock::{Time, millis};

/// What a tool that polls too fast has to wait longer.
const PENALTY: Duration = Duration::from_secs(5);
/// How early a poll may come, whatever the interval.
const TOLERANCE: Duration = Duration::from_secs(1);
/// How many intervals ahead a burst may run.
const BURST: i64 = 2;
/// From how many entries on the outdated ones are looked for.
const SWEEP_FROM: usize = 1024;

/// Whether a poll came too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// It didn't; the interval stays as it is.
    Fits(Duration),
    /// It did; this is the interval from now on.
    TooFast(Duration),
}

/// How one sign-in has been polled.
#[derive(Debug, Clone, Copy)]
struct Polled {
    /// When the last poll began, in milliseconds.
    last: i64,
    /// How far the polls have run ahead of half the pace that is asked for, as a moment in milliseconds.
    ahead: i64,
    /// When the sign-in ends and this can be forgotten.
    until: i64,
    /// The interval, grown by every penalty, in milliseconds.
    interval: u32,
}

/// Remembers how sign-ins have been polled.
#[derive(Debug, Default)]
pub(crate) struct PaceBook {
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    polled: HashMap<WaitKey, Polled>,
    /// At how many entries the outdated ones are looked for next.
    sweep_at: usize,
}

impl PaceBook {
    /// A poll begins `now`.
    pub(super) fn poll(&self, key: WaitKey, now: Time, interval: Duration, until: Time) -> Pace {
        let now = now.unix_ms();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(polled) = entries.polled.get_mut(&key) else {
            entries.add(key, Polled::first(now, interval, until), now);
            return Pace::Fits(interval);
        };
        polled.again(now)
    }

    /// The interval as it has grown.
    pub(super) fn interval(&self, key: WaitKey, interval: Duration) -> Duration {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.polled.get(&key).map_or(interval, |p| Duration::from_millis(p.interval.into()))
    }

    /// The sign-in has ended.
    pub(super) fn forget(&self, key: WaitKey) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.polled.remove(&key);
    }
}

impl Entries {
    fn add(&mut self, key: WaitKey, polled: Polled, now: i64) {
        if self.polled.len() >= self.sweep_at.max(SWEEP_FROM) {
            self.polled.retain(|_, p| p.until > now);
            // As many may come again as are left, so that looking costs little for each.
            self.sweep_at = self.polled.len() * 2;
            self.polled.shrink_to(self.sweep_at);
        }
        self.polled.insert(key, polled);
    }
}

impl Polled {
    fn first(now: i64, interval: Duration, until: Time) -> Self {
        let interval = u32::try_from(millis(interval)).unwrap_or(u32::MAX);
        Self { last: now, ahead: now + i64::from(interval) / 2, until: until.unix_ms(), interval }
    }

    fn again(&mut self, now: i64) -> Pace {
        let interval = i64::from(self.interval);
        let least = interval - (interval / 5).max(millis(TOLERANCE));
        let early = now - self.last < least;
        let burst = self.ahead > now + BURST * interval;
        self.last = now;
        if early || burst {
            self.interval = self.interval.saturating_add(u32::try_from(millis(PENALTY)).unwrap_or(u32::MAX));
            self.ahead = now;
            return Pace::TooFast(self.interval());
        }
        self.ahead = self.ahead.max(now) + interval / 2;
        Pace::Fits(self.interval())
    }

    fn interval(self) -> Duration {
        Duration::from_millis(self.interval.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_767_225_600_000;

    /// What each of the polls that begin at these milliseconds gets.
    fn polls(interval_s: u64, at_ms: &[i64]) -> Vec<Pace> {
        let (book, key) = (PaceBook::default(), WaitKey::of_hash([7; 32]));
        let interval = Duration::from_secs(interval_s);
        let until = Time::from_unix_ms(START + 600_000);
        at_ms.iter().map(|at| book.poll(key, Time::from_unix_ms(START + at), interval, until)).collect()
    }

    fn fits(seconds: u64) -> Pace {
        Pace::Fits(Duration::from_secs(seconds))
    }

    fn too_fast(seconds: u64) -> Pace {
        Pace::TooFast(Duration::from_secs(seconds))
    }

    #[test]
    fn a_second_or_a_fifth_early_is_not_punished_however_often() {
        let every_4_2_seconds: Vec<i64> = (0..50).map(|n| n * 4_200).collect();
        assert!(polls(5, &every_4_2_seconds).iter().all(|p| *p == fits(5)));
        let every_24_seconds: Vec<i64> = (0..50).map(|n| n * 24_000).collect();
        assert!(polls(30, &every_24_seconds).iter().all(|p| *p == fits(30)));
    }

    #[test]
    fn too_early_costs_five_seconds_more_each_time() {
        assert_eq!(
            polls(5, &[0, 3_900, 10_000, 15_000]),
            [fits(5), too_fast(10), too_fast(15), too_fast(20)]
        );
        assert_eq!(polls(5, &[0, 3_900, 13_900, 23_900]), [fits(5), too_fast(10), fits(10), fits(10)]);
    }

    #[test]
    fn at_one_second_a_few_polls_at_once_are_jitter_and_many_are_not() {
        let mut expected = vec![fits(1); 5];
        expected.push(too_fast(6));
        assert_eq!(polls(1, &[0; 6]), expected);
        let twice_a_second: Vec<i64> = (0..100).map(|n| n * 500).collect();
        assert!(polls(1, &twice_a_second).iter().all(|p| *p == fits(1)));
    }

    #[test]
    fn a_held_poll_is_followed_by_the_next_at_once() {
        assert_eq!(polls(1, &[0, 20_000, 40_000, 60_000]), [fits(1); 4]);
    }

    #[test]
    fn what_has_ended_is_forgotten() {
        let (book, interval) = (PaceBook::default(), Duration::from_secs(5));
        for n in 0..5_000_i64 {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&n.to_be_bytes());
            let now = Time::from_unix_ms(START + n * 1_000);
            book.poll(WaitKey::of_hash(hash), now, interval, now.plus(Duration::from_secs(10)));
        }
        assert!(book.entries.lock().is_ok_and(|e| e.polled.len() <= SWEEP_FROM));
        let key = WaitKey::of_hash([7; 32]);
        let now = Time::from_unix_ms(START);
        book.poll(key, now, interval, now);
        book.poll(key, now, interval, now);
        assert_eq!(book.interval(key, interval), Duration::from_secs(10));
        book.forget(key);
        assert_eq!(book.interval(key, interval), interval);
    }
}
