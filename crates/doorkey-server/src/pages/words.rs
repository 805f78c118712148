//! Saying times, durations and what strangers wrote, in words that are safe to show.

use std::time::Duration;

use jiff::Timestamp;

use crate::{clock::Time, text::disturbs};

/// A text that somebody else made up, fit to be shown: nothing in it turns the direction of writing, hides or breaks
/// the line, and it isn't longer than a person reads.
pub fn shown(text: &str, longest: usize) -> String {
    let mut safe: String = text.chars().filter(|letter| !hides(*letter)).take(longest + 1).collect();
    if safe.chars().count() > longest {
        safe = safe.chars().take(longest).chain(['…']).collect();
    }
    safe.trim().to_owned()
}

/// What could play tricks, and what is piled up on other letters.
fn hides(letter: char) -> bool {
    disturbs(letter) || matches!(letter, '\u{300}'..='\u{36f}')
}

/// How long ago something was, roughly.
pub fn ago(then: Time, now: Time) -> String {
    match then.until(now).as_secs() {
        0..10 => "just now".to_owned(),
        seconds @ 10..60 => format!("{seconds} seconds ago"),
        60..120 => "a minute ago".to_owned(),
        seconds => format!("{} minutes ago", seconds / 60),
    }
}

/// A duration in the largest unit that says it well.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (count, unit) = match seconds {
        172_800.. => (seconds / 86_400, "day"),
        7_200.. => (seconds / 3_600, "hour"),
        120.. => (seconds / 60, "minute"),
        _ => (seconds, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// A moment as machines write it (RFC 3339).
pub fn exactly(time: Time) -> String {
    timestamp(time).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A moment as a clock shows it. The server doesn't know where the person is, so it says its own zone.
pub fn clock(time: Time) -> String {
    timestamp(time).strftime("%H:%M:%S UTC").to_string()
}

fn timestamp(time: Time) -> Timestamp {
    Timestamp::from_millisecond(time.unix_ms()).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_wrote_cannot_play_tricks() {
        assert_eq!(shown("laptop\u{202e}gnp.exe", 64), "laptopgnp.exe");
        assert_eq!(shown("a\u{200b}b\u{0}c\nd\u{feff}", 64), "abcd");
        assert_eq!(shown("Z\u{300}\u{301}\u{302}algo", 64), "Zalgo");
        assert_eq!(shown(&"x".repeat(300), 10), "xxxxxxxxxx…");
        assert_eq!(shown("exactly10!", 10), "exactly10!");
        assert_eq!(shown("<b>", 10), "<b>", "escaping is the template's business");
    }

    #[test]
    fn times_are_said_in_words() {
        let now = Time::from_unix_ms(1_767_225_600_000);
        let before = |seconds| ago(now.minus(Duration::from_secs(seconds)), now);
        assert_eq!(before(3), "just now");
        assert_eq!(before(42), "42 seconds ago");
        assert_eq!(before(61), "a minute ago");
        assert_eq!(before(300), "5 minutes ago");
        assert_eq!(ago(now.plus(Duration::from_secs(5)), now), "just now", "clocks differ");
        assert_eq!(exactly(now), "2026-01-01T00:00:00Z");
        assert_eq!(clock(now), "00:00:00 UTC");
    }

    #[test]
    fn durations_are_said_in_their_largest_unit() {
        let say = |seconds| duration(Duration::from_secs(seconds));
        assert_eq!(say(7_776_000), "90 days");
        assert_eq!(say(86_400), "24 hours");
        assert_eq!(say(3_600), "60 minutes");
        assert_eq!(say(1), "1 second");
    }
}
