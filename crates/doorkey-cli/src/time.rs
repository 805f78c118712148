//! Times as people write and read them.

use std::time::Duration;

use doorkey::account::Expires;
use doorkey_manifest::manifest::Period;
use jiff::Timestamp;

/// Longer than anybody waits for a person.
const LONGEST: Duration = Duration::from_hours(24);

/// Reads `90s`, `5m`, `1h` or a number of seconds.
pub fn parse(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let written =
        if text.bytes().all(|byte| byte.is_ascii_digit()) { format!("{text}s") } else { text.to_owned() };
    let period: Period = written.parse().map_err(|_| {
        "write a whole number and a unit, such as `90s`, `5m` or `1h`, or a number of seconds above zero"
            .to_owned()
    })?;
    match period.duration() {
        time if time > LONGEST => Err("nobody waits longer than a day (`24h`)".to_owned()),
        time => Ok(time),
    }
}

/// Reads a number of milliseconds, or what [`parse`] reads with a unit.
pub fn parse_milliseconds(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return parse(text).map_err(|_| {
            "write a number of milliseconds above zero, or a whole number and a unit, such as `90s`, `5m` or `1h`"
                .to_owned()
        });
    }
    let time = text.parse().ok().map(Duration::from_millis).filter(|time| !time.is_zero());
    match time {
        Some(time) if time <= LONGEST => Ok(time),
        Some(_) => Err("nobody waits longer than a day (`86400000`)".to_owned()),
        None => Err("write a number of milliseconds above zero".to_owned()),
    }
}

/// Reads how long something lasts: `12h`, `30d`, or `never`.
pub fn expires(text: &str) -> Result<Expires, String> {
    match text.trim() {
        "never" => Ok(Expires::Never),
        text => match text.parse::<Period>() {
            Ok(period) if period.as_secs() > 0 => Ok(Expires::After(period.duration())),
            _ => Err("write a whole number and a unit, such as `12h` or `30d`, or `never`".to_owned()),
        },
    }
}

/// Reads for how long two things work side by side: `90s`, `1h`, `7d`, or `0`.
pub fn overlap(text: &str) -> Result<Duration, String> {
    match text.trim() {
        "0" | "0s" => Ok(Duration::ZERO),
        text => text.parse::<Period>().map(Period::duration).map_err(|_| {
            "write a whole number and a unit, such as `1h` or `7d`, or `0` to end the old one at once"
                .to_owned()
        }),
    }
}

/// How long ago it was: `2 hours ago`, or the day where that was long ago.
pub fn ago(ms: i64, now_ms: i64) -> String {
    match between(ms, now_ms) {
        past if past < Duration::from_mins(1) => "just now".to_owned(),
        past if past > LONG => day(ms),
        past => format!("{} ago", in_words(past)),
    }
}

/// How long until then: `in 29 days`, or the day where that is far off.
pub fn until(ms: i64, now_ms: i64) -> String {
    // What was just made for thirty days lasts thirty days, though a second has gone by.
    match between(now_ms, ms).saturating_add(Duration::from_secs(30)) {
        left if left < Duration::from_mins(1) => "in a moment".to_owned(),
        left if left > LONG => format!("on {}", day(ms)),
        left => format!("in {}", in_words(left)),
    }
}

/// Beyond this nobody counts days.
const LONG: Duration = Duration::from_hours(100 * 24);

fn between(earlier_ms: i64, later_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(later_ms.saturating_sub(earlier_ms)).unwrap_or(0))
}

fn day(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map(|time| time.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}

/// The moment to the second, for lines that follow one another.
pub fn to_the_second(ms: i64) -> String {
    let time = Timestamp::from_millisecond(ms);
    time.map(|time| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string()).unwrap_or_default()
}

/// As on a clock that counts down: `4:05`.
pub fn countdown(time: Duration) -> String {
    // Rounded up, so that the last second shows as 0:01 and not as 0:00.
    let seconds = time.as_millis().div_ceil(1000);
    match seconds / 60 {
        minutes @ 0..60 => format!("{minutes}:{:02}", seconds % 60),
        minutes => format!("{}:{:02}:{:02}", minutes / 60, minutes % 60, seconds % 60),
    }
}

/// In words, in the unit that fits: `52 minutes`.
pub fn in_words(time: Duration) -> String {
    let seconds = time.as_secs();
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// Milliseconds since 1970 as RFC 3339, in whole seconds, for programs.
pub fn rfc3339(ms: i64) -> Option<String> {
    Timestamp::from_second(ms.div_euclid(1000)).ok().map(|time| time.to_string())
}

/// Milliseconds since 1970 for people.
pub fn for_people(ms: i64) -> Option<String> {
    Timestamp::from_millisecond(ms).ok().map(|time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use doorkey::account::Expires;

    use proptest::prelude::*;

    use super::{
        ago, countdown, expires, for_people, in_words, overlap, parse, rfc3339, to_the_second, until,
    };

    proptest! {
        #[test]
        fn whatever_is_typed_is_a_time_within_reason_or_refused(text in "\\PC{0,30}|[0-9]{0,40}[smhdw]?") {
            for read in [parse, super::parse_milliseconds] {
                match read(&text) {
                    Ok(time) => prop_assert!(!time.is_zero() && time <= super::LONGEST, "{}", text),
                    Err(why) => prop_assert!(!why.is_empty()),
                }
            }
            let _ = (expires(&text), overlap(&text));
        }

        #[test]
        fn every_moment_that_a_file_or_server_may_name_can_be_told(ms in any::<i64>(), now in any::<i64>()) {
            let told = [ago(ms, now), until(ms, now), to_the_second(ms)];
            prop_assert!(told.iter().all(|told| told.len() < 60), "{:?}", told);
            let _ = (rfc3339(ms), for_people(ms));
            let long = Duration::from_millis(ms.unsigned_abs());
            prop_assert!(in_words(long).len() < 60 && countdown(long).len() < 60);
        }
    }

    #[test]
    fn a_wait_has_a_unit_or_counts_seconds() {
        for (text, seconds) in [("5m", 300), ("90s", 90), ("45", 45), ("1h", 3_600), (" 7 ", 7)] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse("1500ms"), Ok(Duration::from_millis(1_500)));
        for text in ["", "0", "0s", "-1", "5 m", "five", "25h", "99999999999999999999"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_read_well() {
        let seconds = Duration::from_secs;
        assert_eq!(countdown(seconds(245)), "4:05");
        assert_eq!(countdown(Duration::from_millis(1)), "0:01");
        assert_eq!(countdown(Duration::from_millis(299_800)), "5:00");
        assert_eq!(countdown(seconds(3_725)), "1:02:05");
        assert_eq!(in_words(seconds(1)), "1 second");
        assert_eq!(in_words(seconds(119)), "119 seconds");
        assert_eq!(in_words(seconds(3_130)), "52 minutes");
        assert_eq!(in_words(seconds(86_400)), "24 hours");
        assert_eq!(in_words(seconds(30 * 86_400)), "30 days");
        assert_eq!(rfc3339(1_700_000_000_123).as_deref(), Some("2023-11-14T22:13:20Z"));
        assert_eq!(for_people(1_700_000_000_123).as_deref(), Some("2023-11-14 22:13 UTC"));
        assert_eq!(rfc3339(i64::MAX), None);
    }
    #[test]
    fn a_life_has_a_unit_or_no_end() {
        assert_eq!(expires("never"), Ok(Expires::Never));
        assert_eq!(expires("30d"), Ok(Expires::After(Duration::from_hours(720))));
        for text in ["", "30", "0d", "-1d", "forever", "1w", "5ms"] {
            assert!(expires(text).is_err(), "{text}");
        }
        assert_eq!(overlap("0"), Ok(Duration::ZERO));
        assert_eq!(overlap("1h"), Ok(Duration::from_hours(1)));
        assert!(overlap("soon").is_err());
    }

    #[test]
    fn moments_are_told_from_now() {
        const NOW: i64 = 1_700_000_000_000;
        let hours = |hours: i64| hours * 3_600_000;
        assert_eq!(ago(NOW - 5_000, NOW), "just now");
        assert_eq!(ago(NOW + 5_000, NOW), "just now");
        assert_eq!(ago(NOW - hours(2) - 1, NOW), "2 hours ago");
        assert_eq!(ago(NOW - hours(24 * 200), NOW), "2023-04-28");
        assert_eq!(until(NOW + hours(24 * 30) - 2_000, NOW), "in 30 days");
        assert_eq!(until(NOW + hours(24 * 30) - hours(1), NOW), "in 29 days");
        assert_eq!(until(NOW + 5_000, NOW), "in a moment");
        assert_eq!(until(NOW + hours(24 * 200), NOW), "on 2024-06-01");
        assert_eq!(to_the_second(NOW), "2023-11-14 22:13:20Z");
    }
}
