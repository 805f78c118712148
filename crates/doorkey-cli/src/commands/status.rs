//! `status`: everything about the credential at a glance.

use std::time::Duration;

use doorkey::{ChosenBy, Client, ClockSkew, Server, ServerSource, Source, Status, Truth};
use doorkey_manifest::Values;
use doorkey_manifest::manifest::Event;
use serde_json::json;

use super::{profiles, source_in_words, truth};
use crate::catalogue::Word;
use crate::failure::Failure;
use crate::voice::Voice;
use crate::{json, time};

pub fn run(client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    let status = client.status(&voice.cancel())?;
    let exit = status.who.truth.exit().code();
    if voice.json() {
        voice.result(&json!({
            "status": status.who.truth.name(),
            "app": client.app().name(),
            "profile": json::profile(&status.profile),
            "server": status.who.server.url,
            "server_source": json::server_source(&status.who.server),
            "user": json::user(&status.who.identity),
            "organization": json::organization(&status.who.identity),
            "source": json::source(status.who.source.as_ref()),
            "credentials": status.path.display().to_string(),
            "storage": super::storage::choice(&status.storage),
            "expires_at": status.who.expires_at.and_then(time::rfc3339),
            "expires_in": status.time_left.map(|left| left.as_secs()),
            "refreshable": status.who.refreshable,
            "session_expires_at": status.session.ends_at.and_then(time::rfc3339),
            "unused_until": status.session.unused_until.and_then(time::rfc3339),
            "overridden_by": status.overridden_by,
            "clock_skew": client.clock_skew().map(ClockSkew::seconds),
            "message": truth::message(&status.who.truth),
            "checked": true,
        }))?;
        return Ok(exit);
    }
    let rows = rows(client, &status, voice);
    voice.table(&rows)?;
    Ok(exit)
}

/// The title, and the name where that is another.
fn app_in_words(client: &Client) -> String {
    let (title, name) = (client.app().title(), client.app().name());
    if title == name { name.to_owned() } else { format!("{title} ({name})") }
}

fn rows(client: &Client, status: &Status, voice: &Voice) -> Vec<(String, String)> {
    let who = &status.who;
    let values = truth::values(who);
    let mut rows = vec![
        (Word::StatusApp, app_in_words(client)),
        (Word::StatusSignedIn, voice.word(truth::word(&who.truth), &values)),
    ];
    if let Some(organization) = who.identity.get("org.name").and_then(|name| name.as_str()) {
        rows.push((Word::StatusOrganization, organization.to_owned()));
    }
    if status.profile.chosen_by != ChosenBy::Nothing {
        rows.push((Word::StatusProfile, profiles::in_words(&status.profile, voice)));
    }
    rows.push((Word::StatusServer, server_in_words(&who.server, voice)));
    let path = status.path.display().to_string();
    let credential = match &who.source {
        Some(source) => source_in_words(source, voice),
        None => voice.word(Word::NoCredential, &Values::new().with("path", path)),
    };
    rows.push((Word::StatusCredential, credential));
    rows.push((Word::StatusStorage, super::storage::kind_in_words(status.storage.kind, voice)));
    if let Some(until) = good_until(status, voice) {
        rows.push((Word::StatusGoodUntil, until));
    }
    if let Some(ends) = session_ends(status, client, voice) {
        rows.push((Word::StatusSession, ends));
    }
    if let Some(skew) = client.clock_skew() {
        rows.push((Word::StatusClock, clock_in_words(skew, voice)));
    }
    if let (Some(variable), Some(Source::Environment { .. })) = (&status.overridden_by, &who.source)
        && status.path.exists()
    {
        let values = Values::new().with("variable", variable.as_str());
        rows.push((Word::StatusNote, voice.text(Event::EnvironmentWins, &values)));
    }
    if let Some(variable) = client.overridden_variable() {
        let values = Values::new().with("variable", variable);
        rows.push((Word::StatusNote, voice.word(Word::VariableUnused, &values)));
    }
    rows.into_iter().map(|(label, value)| (voice.word(label, &Values::new()), value)).collect()
}

/// A clock that is wrong, which changes nothing about the sign-in but explains the times above.
pub fn clock_in_words(skew: ClockSkew, voice: &Voice) -> String {
    let word = if skew.ahead { Word::ClockAhead } else { Word::ClockBehind };
    voice.word(word, &Values::new().with("detail", time::in_words(skew.by)))
}

fn server_in_words(server: &Server, voice: &Voice) -> String {
    let values = Values::new().with("server", server.url.as_str());
    match &server.source {
        ServerSource::Explicit => voice.word(Word::ServerExplicit, &values),
        ServerSource::Environment { variable } => {
            voice.word(Word::ServerEnvironment, &values.with("variable", variable.as_str()))
        }
        ServerSource::Profile => voice.word(Word::ServerProfile, &values),
        ServerSource::Stored => voice.word(Word::ServerStored, &values),
        ServerSource::Manifest => voice.word(Word::ServerManifest, &values),
    }
}

/// When the person has to sign in again.
fn session_ends(status: &Status, client: &Client, voice: &Voice) -> Option<String> {
    let now = client.system().clock.now_ms();
    let left = |end: i64| Duration::from_millis(u64::try_from(end.saturating_sub(now)).unwrap_or(0));
    // An end that comes after the other one never comes.
    let unused = |end: &i64| status.session.ends_at.is_none_or(|ends_at| *end < ends_at);
    let (word, at) = match (status.session.unused_until.filter(unused), status.session.ends_at) {
        (Some(_), Some(at)) => (Word::SessionEndsOrUnused, at),
        (Some(at), None) => (Word::SessionEndsUnused, at),
        (None, at) => (Word::SessionEnds, at?),
    };
    let mut values =
        Values::new().with("detail", time::for_people(at)?).with("time_left", time::in_words(left(at)));
    if let Some(unused_until) = status.session.unused_until {
        values.set("why", time::for_people(unused_until)?);
    }
    Some(voice.word(word, &values))
}

fn good_until(status: &Status, voice: &Voice) -> Option<String> {
    // What isn't accepted any more may have years to live.
    if matches!(status.who.truth, Truth::Rejected | Truth::SignedOut) {
        return None;
    }
    let until = time::for_people(status.who.expires_at?)?;
    let left = status.time_left.unwrap_or_default();
    let word = match (left.is_zero(), status.who.refreshable) {
        (false, false) => Word::GoodUntil,
        (false, true) => Word::GoodUntilRenewed,
        (true, false) => Word::GoodUntilPast,
        (true, true) => Word::GoodUntilPastRenewed,
    };
    Some(voice.word(word, &Values::new().with("detail", until).with("time_left", time::in_words(left))))
}
