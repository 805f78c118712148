//! Saying times, durations and what strangers wrote, in words that are safe to show.

use std::{fmt, time::Duration};

use crate::{account::browser_name, clock::Time, text::disturbs};

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

/// The longest name of a program that is shown whole.
const LONGEST_AGENT: usize = 60;

/// What a program calls itself; a browser, which calls itself everything, by its name.
pub fn agent(text: &str) -> String {
    if text.starts_with("Mozilla/") { browser_name(Some(text)) } else { shown(text, LONGEST_AGENT) }
}

/// How long ago something was, roughly.
pub fn ago(then: Time, now: Time) -> String {
    match then.until(now).as_secs() {
        0..10 => "just now".to_owned(),
        seconds @ 10..60 => format!("{seconds} seconds ago"),
        60..120 => "a minute ago".to_owned(),
        seconds @ 120..3_600 => format!("{} minutes ago", seconds / 60),
        3_600..7_200 => "an hour ago".to_owned(),
        seconds @ 7_200..86_400 => format!("{} hours ago", seconds / 3_600),
        86_400..172_800 => "a day ago".to_owned(),
        seconds @ 172_800..LONG_AGO => format!("{} days ago", seconds / 86_400),
        _ => format!("on {}", day(then)),
    }
}

/// From here on a date says more than a number of days.
const LONG_AGO: u64 = 60 * 86_400;

/// In how long something will be. What is nearly two days off is in two days.
fn ahead(then: Time, now: Time) -> String {
    let seconds = now.until(then).as_secs();
    let rounded = |unit: u64| (seconds + unit / 2) / unit;
    match seconds {
        0..90 => "in a minute".to_owned(),
        90..3_570 => format!("in {} minutes", rounded(60)),
        3_570..5_400 => "in an hour".to_owned(),
        5_400..129_600 => format!("in {} hours", rounded(3_600)),
        129_600..63_072_000 => format!("in {} days", rounded(86_400)),
        _ => format!("on {}", day(then)),
    }
}

/// A moment on a page: in words, and exactly for those who want to know.
#[derive(Debug, Clone)]
pub struct When {
    words: String,
    machine: String,
    exact: String,
}

impl When {
    pub fn of(time: Time, now: Time) -> Self {
        Self {
            words: if time > now { ahead(time, now) } else { ago(time, now) },
            machine: time.rfc3339(),
            exact: time.timestamp().strftime("%-d %B %Y, %H:%M:%S UTC").to_string(),
        }
    }

    /// In words only.
    pub fn words(&self) -> &str {
        &self.words
    }
}

/// As HTML. Nothing in it comes from outside.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, r#"<time datetime="{}" title="{}">{}</time>"#, self.machine, self.exact, self.words)
    }
}

impl askama::filters::HtmlSafe for When {}

/// A day as people write it.
pub fn day(time: Time) -> String {
    time.timestamp().strftime("%-d %b %Y").to_string()
}

/// A day as a field for dates has it.
pub fn date(time: Time) -> String {
    time.timestamp().strftime("%Y-%m-%d").to_string()
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

/// A moment as a clock shows it. The server doesn't know where the person is, so it says its own zone.
pub fn clock(time: Time) -> String {
    time.timestamp().strftime("%H:%M:%S UTC").to_string()
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
        assert_eq!(before(3 * 86_400), "3 days ago");
        assert_eq!(before(90_000), "a day ago");
        assert_eq!(before(100 * 86_400), "on 23 Sep 2025");
        let after = |seconds| When::of(now.plus(Duration::from_secs(seconds)), now).words().to_owned();
        assert_eq!(after(27 * 86_400 - 5), "in 27 days");
        assert_eq!(after(86_400), "in 24 hours");
        assert_eq!(after(600), "in 10 minutes");
        let html = When::of(now, now).to_string();
        assert_eq!(
            html,
            r#"<time datetime="2026-01-01T00:00:00Z" title="1 January 2026, 00:00:00 UTC">just now</time>"#
        );
        assert_eq!(ago(now.plus(Duration::from_secs(5)), now), "just now", "clocks differ");
        assert_eq!(now.rfc3339(), "2026-01-01T00:00:00Z");
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
