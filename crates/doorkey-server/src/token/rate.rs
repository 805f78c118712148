//! Rates: how many requests a minute a token, or all tokens of an organization together, may make.
//!
//! Each counter is one moment, until which its requests have been paid for (the generic cell rate algorithm): a whole
//! minute's worth may come at once, and then they come at the rate. The counters are in memory: each node counts for
//! itself, and a restart forgives at most a minute's worth.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::{
    clock::Time,
    id::{AccountId, GrantId, OrgId},
};

const MINUTE_MICROSECONDS: i64 = 60_000_000;

/// How many counters there are at most. Those that are paid off need none.
const MOST: usize = 100_000;

/// Whose requests are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Counter {
    /// A token's, with those that it replaced.
    Grant(GrantId),
    /// All of an organization's.
    Org(OrgId),
    /// The changes that an account makes with its tools.
    Changes(AccountId),
}

/// How a counter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateState {
    /// How many requests a minute there may be.
    pub limit: u32,
    /// How many more may come at once.
    pub remaining: u32,
    /// How long until all of them may come at once again.
    pub reset_after: Duration,
    /// How long until the next may come; nothing if it may at once.
    wait: Duration,
}

impl RateState {
    /// How long to wait before the next request, at least a second.
    pub fn retry_after(&self) -> Duration {
        Duration::from_secs(self.wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).max(1))
    }
}

/// All counters.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    /// In microseconds since 1970: a high rate has less than a millisecond for each request.
    paid_until: Mutex<HashMap<Counter, i64>>,
}

impl Rates {
    /// Counts a request with all of these, or with none when one of them is exhausted. Gives the one that has the least
    /// left, or the one that is exhausted.
    pub(super) fn count(
        &self,
        counters: &[(Counter, u32)],
        now: Time,
    ) -> Result<Option<RateState>, RateState> {
        if counters.is_empty() {
            return Ok(None);
        }
        let now = now.unix_ms().saturating_mul(1000);
        let mut all = self.paid_until.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.retain(|_, until| *until > now);
        }
        let mut tightest: Option<RateState> = None;
        let mut paid = Vec::with_capacity(counters.len());
        for (counter, limit) in counters {
            // Further ahead than a minute's worth it was only before the clock was set back: then it counts anew.
            let known = all.get(counter).copied().filter(|until| *until <= now + MINUTE_MICROSECONDS);
            let until = known.unwrap_or(now).max(now);
            let price = MINUTE_MICROSECONDS / i64::from(*limit).max(1);
            let state = state(*limit, price, until + price - now);
            if until + price > now + MINUTE_MICROSECONDS {
                return Err(state);
            }
            paid.push((*counter, until + price));
            if tightest.is_none_or(|other| state.remaining < other.remaining) {
                tightest = Some(state);
            }
        }
        all.extend(paid);
        Ok(tightest)
    }
}

/// How a counter stands that has been paid for until `ahead` microseconds from now.
fn state(limit: u32, price: i64, ahead: i64) -> RateState {
    let micros = |count: i64| Duration::from_micros(u64::try_from(count).unwrap_or(0));
    RateState {
        limit,
        remaining: u32::try_from((MINUTE_MICROSECONDS - ahead) / price).unwrap_or(0),
        reset_after: micros(ahead),
        wait: micros(ahead - MINUTE_MICROSECONDS),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use proptest::prelude::*;

    use super::*;
    use crate::entropy::SeededEntropy;

    fn counter() -> Counter {
        Counter::Grant(GrantId::fresh(Time::from_unix_ms(0), &SeededEntropy::new(1)))
    }

    fn org() -> Counter {
        Counter::Org(OrgId::fresh(Time::from_unix_ms(0), &SeededEntropy::new(1)))
    }

    #[test]
    fn a_minutes_worth_may_come_at_once_and_then_at_the_rate() {
        let (rates, start) = (Rates::default(), Time::from_unix_ms(1_767_225_600_000));
        for n in (0..60).rev() {
            assert_eq!(rates.count(&[(counter(), 60)], start).unwrap().unwrap().remaining, n);
        }
        let refused = rates.count(&[(counter(), 60)], start).unwrap_err();
        assert_eq!((refused.remaining, refused.retry_after()), (0, Duration::from_secs(1)));
        let later = start.plus(Duration::from_secs(1));
        assert!(rates.count(&[(counter(), 60)], later).is_ok());
        assert!(rates.count(&[(counter(), 60)], later).is_err());
    }

    #[test]
    fn a_request_that_one_counter_refuses_costs_the_other_nothing() {
        let (rates, now) = (Rates::default(), Time::from_unix_ms(1_767_225_600_000));
        assert!(rates.count(&[(org(), 1)], now).is_ok());
        for _ in 0..5 {
            assert!(rates.count(&[(counter(), 2), (org(), 1)], now).is_err());
        }
        assert_eq!(rates.count(&[(counter(), 2)], now).unwrap().unwrap().remaining, 1);
    }

    #[test]
    fn a_clock_that_is_set_back_blocks_nobody() {
        let (rates, now) = (Rates::default(), Time::from_unix_ms(1_767_225_600_000));
        rates.count(&[(counter(), 1)], now.plus(Duration::from_hours(14))).unwrap();
        assert!(rates.count(&[(counter(), 1)], now).is_ok());
        assert!(rates.count(&[(counter(), 1)], now).is_err());
    }

    proptest! {
        #[test]
        fn no_minute_ever_has_more_than_twice_the_rate(
            limit in 1_u32..200,
            gaps in prop::collection::vec(0_u64..3_000, 1..400),
        ) {
            let (rates, mut now) = (Rates::default(), Time::from_unix_ms(1_767_225_600_000));
            let mut passed: Vec<Time> = Vec::new();
            for gap in gaps {
                now = now.plus(Duration::from_millis(gap));
                if rates.count(&[(counter(), limit)], now).is_ok() {
                    passed.push(now);
                }
                let minute = passed.iter().filter(|at| at.until(now) < Duration::from_mins(1)).count();
                prop_assert!(minute <= 2 * limit as usize);
            }
        }
    }
}
