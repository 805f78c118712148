//! Whether this machine's clock agrees with the server's.

use std::time::Duration;

use super::{Finding, Patient};

const NAME: &str = "clock";

pub(super) fn check(patient: &Patient<'_>) -> Finding {
    let now =
        jiff::Timestamp::from_millisecond(patient.system.clock.now_ms()).unwrap_or(jiff::Timestamp::MIN);
    let now = now.strftime("%Y-%m-%d %H:%M UTC");
    let Some(client) = patient.client else {
        return Finding::unknown(NAME, format!("it says {now}; there is no server to compare it with"));
    };
    match (client.measured_skew(), client.clock_skew()) {
        (None, _) => Finding::unknown(NAME, format!("it says {now}; the server hasn't said what time it is")),
        (Some(_), None) => Finding::ok(NAME, format!("it says {now}, as the server's does")),
        (_, Some(skew)) => {
            let direction = if skew.ahead { "ahead of" } else { "behind" };
            let what = format!("it says {now}, {} {direction} the server's", in_words(skew.by));
            // Signing in and renewing don't depend on it; certificates, and what other programs make of times, do.
            Finding::note(NAME, what).remedy(
                "Set this machine's clock, best of all from the network. Signing in works all the same.",
            )
        }
    }
}

/// The two largest units: `14 hours`, `10 minutes`, `3 days 2 hours`.
fn in_words(time: Duration) -> String {
    let minutes = (time.as_secs() + 30) / 60;
    let parts = [(minutes / 1440, "day"), (minutes / 60 % 24, "hour"), (minutes % 60, "minute")];
    let words: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .take(2)
        .map(|(count, unit)| format!("{count} {unit}{}", if count == 1 { "" } else { "s" }))
        .collect();
    words.join(" ")
}
