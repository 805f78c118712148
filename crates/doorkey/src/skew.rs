//! How far this machine's clock is from the service's, by the `Date` header of its answers.
//!
//! Nothing is decided by it but what is said: credentials end when their time is over as the service counted it from its
//! own answer, and a wrong clock costs a renewal at worst.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use doorkey_manifest::Response;

use crate::client::Client;

/// Clocks that differ by less than this are taken as right: the header counts whole seconds, and answers travel.
const RIGHT: Duration = Duration::from_mins(2);

/// How a clock is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockSkew {
    /// By how much.
    pub by: Duration,
    /// Whether this machine's clock is ahead of the service's; else it is behind.
    pub ahead: bool,
}

impl ClockSkew {
    /// Seconds that this machine's clock is ahead; negative where it is behind.
    pub fn seconds(self) -> i64 {
        let seconds = i64::try_from(self.by.as_secs()).unwrap_or(i64::MAX);
        if self.ahead { seconds } else { -seconds }
    }
}

/// What the latest answer with a date said, in milliseconds that the service is ahead of us.
#[derive(Debug, Default)]
pub(crate) struct Skew(Mutex<Option<i64>>);

impl Skew {
    /// Looks at the date of an answer that just came, and says how far the service is ahead.
    pub(crate) fn note(&self, response: &Response, now_ms: i64) -> Option<i64> {
        let ahead = server_clock(response)?.saturating_sub(now_ms);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
        Some(ahead)
    }
}

impl Client {
    /// How far this machine's clock is from the service's, where the service was asked and that is far enough to matter.
    pub fn clock_skew(&self) -> Option<ClockSkew> {
        self.measured_skew().filter(|skew| skew.by > RIGHT)
    }

    /// The same, however small.
    pub(crate) fn measured_skew(&self) -> Option<ClockSkew> {
        let theirs_ahead = (*self.skew.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        Some(ClockSkew { by: Duration::from_millis(theirs_ahead.unsigned_abs()), ahead: theirs_ahead < 0 })
    }
}

/// The `Date` header in milliseconds since 1970.
fn server_clock(response: &Response) -> Option<i64> {
    let date = jiff::fmt::rfc2822::parse(response.header("date")?).ok()?;
    Some(date.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dated(date: &str) -> Response {
        let mut response = Response::json(200, serde_json::json!({}));
        response.headers.push(("Date".to_owned(), date.to_owned()));
        response
    }

    #[test]
    fn the_date_header_is_understood() {
        assert_eq!(server_clock(&dated("Sun, 06 Nov 1994 08:49:37 GMT")), Some(784_111_777_000));
        for nonsense in ["", "now", "Sun, 99 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"] {
            assert_eq!(server_clock(&dated(nonsense)), None, "{nonsense}");
        }
    }

    #[test]
    fn a_small_difference_is_none() {
        let client = crate::testing::World::new().demo("http://127.0.0.1:9");
        assert_eq!(client.clock_skew(), None);
        let theirs = 784_111_777_000;
        for (ours, wrong_by) in [
            (theirs + 60_000, None),
            (theirs - 60_000, None),
            (theirs + 14 * 3_600_000, Some(14 * 3600)),
            (theirs - 600_000, Some(-600)),
        ] {
            client.skew.note(&dated("Sun, 06 Nov 1994 08:49:37 GMT"), ours);
            assert_eq!(client.clock_skew().map(ClockSkew::seconds), wrong_by, "{ours}");
        }
    }
}
