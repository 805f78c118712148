//! Times as people write and read them.

use std::time::Duration;

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

    use super::{countdown, for_people, in_words, parse, rfc3339};

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
}
