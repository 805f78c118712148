//! Which version this is, which of the tool, and what its server says about that.

use super::{Finding, Patient, State};

const NAME: &str = "version";

pub(super) fn check(patient: &Patient<'_>) -> Finding {
    let own = format!(
        "doorkey {} on {} {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    let Some(client) = patient.client else { return Finding::ok(NAME, own) };
    let app = client.manifest();
    let both = format!("{own}, {} {}", app.app.title, app.app.version);
    let Some(notice) = client.notice() else { return Finding::ok(NAME, both) };
    let said = notice.message.as_deref().map(crate::service::shown).unwrap_or_default();
    let until = notice.sunset.as_deref().map(crate::service::shown);
    let until = until.map(|until| format!(" until {until}")).unwrap_or_default();
    let what = format!("{both}, which the server still serves{until}. {said}");
    let remedy = client.upgrade_command().map(|command| format!("Run `{command}`."));
    Finding::new(NAME, State::Note, what.trim_end())
        .remedy(remedy.unwrap_or_else(|| "Bring the tool up to date.".to_owned()))
}
