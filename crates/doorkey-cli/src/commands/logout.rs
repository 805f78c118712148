//! `logout`: forgets the credential on this machine, and ends it on the server where that is asked for.

use std::sync::Arc;

use doorkey::{Cancel, Client, Everywhere, Exit, LoggedOut, LogoutOptions, Revocation};
use doorkey_manifest::Values;
use doorkey_manifest::manifest::{Confirm, Event, Unasked};
use serde_json::{Value, json};

use super::identity_values;
use crate::arguments::Logout;
use crate::catalogue::{Look, Word};
use crate::failure::{Failure, Question};
use crate::prompt::{self, Asking};
use crate::voice::Voice;

const QUESTION: Question =
    Question { command: "logout", does: "removes the credential", verb: "remove", json: false };

pub fn run(client: &Client, wishes: &Logout, voice: &mut Voice) -> Result<u8, Failure> {
    let asking = Arc::new(Asking::default());
    let watch = voice.watch(&asking, voice.text(Event::LoginCancelled, &Values::new()));
    if wishes.all {
        return run_for_all(client, wishes, &asking, &watch.cancel, voice);
    }
    let path = client.credentials_path()?;
    let values = Values::new().with("path", path.display().to_string());
    if !wishes.yes && client.may_log_out() {
        let question = if wishes.everywhere {
            voice.word(Word::EverywhereConfirm, &values)
        } else {
            voice.text(Event::LogoutConfirm, &values)
        };
        if !may_remove(client, &question, &asking)? {
            return Ok(voice.say(Event::LogoutAborted, &values)?.unwrap_or(0));
        }
    }
    let done = client.logout(&options(wishes), &watch.cancel)?;
    if voice.json() {
        voice.result(&result(client, &done))?;
        return Ok(0);
    }
    tell(&done, values, voice)
}

fn options(wishes: &Logout) -> LogoutOptions {
    LogoutOptions { revoke: wishes.revoke, everywhere: wishes.everywhere, ..LogoutOptions::default() }
}

fn tell(done: &LoggedOut, mut values: Values, voice: &mut Voice) -> Result<u8, Failure> {
    values.merge(identity_values(&done.identity));
    if let Some(server) = &done.server {
        values.set("server", server.as_str());
    }
    let said = if done.removed { Event::LoggedOut } else { Event::NothingToRemove };
    let exit = voice.say(said, &values)?.unwrap_or(0);
    match &done.everywhere {
        Everywhere::NotAsked => {}
        Everywhere::Done { ended } => {
            voice.tell(Look::Done, Word::EverywhereDone, &values.clone().with("count", *ended));
        }
        Everywhere::Failed { why } => {
            voice.tell(Look::Warn, Word::EverywhereFailed, &values.clone().with("why", why.as_str()));
        }
    }
    tell_revocation(done, &values, voice)?;
    if let Some(variable) = &done.overridden_by {
        voice.say(Event::EnvironmentWins, &values.with("variable", variable.as_str()))?;
    }
    // Whoever asked for an end everywhere has to know that it didn't come.
    let failed = matches!(done.everywhere, Everywhere::Failed { .. });
    Ok(if failed { Exit::Failed.code() } else { exit })
}

/// What became of the credential at the server.
pub(super) fn tell_revocation(done: &LoggedOut, values: &Values, voice: &mut Voice) -> Result<(), Failure> {
    match &done.revocation {
        Revocation::Done => voice.say(Event::Revoked, values)?,
        Revocation::Failed { why } => {
            voice.say(Event::RevokeFailed, &values.clone().with("why", why.as_str()))?
        }
        Revocation::NotAsked | Revocation::Nothing => None,
    };
    Ok(())
}

/// Signs out of every profile that holds a credential.
fn run_for_all(
    client: &Client,
    wishes: &Logout,
    asking: &Asking,
    cancel: &Cancel,
    voice: &mut Voice,
) -> Result<u8, Failure> {
    let clients = client.profiles()?.into_iter().map(|known| (client.with_profile(&known.name), known.name));
    let clients: Vec<_> = clients.filter(|(client, _)| client.may_log_out()).collect();
    let names: Vec<_> = clients.iter().map(|(_, name)| name.as_str()).collect();
    let question = voice.word(Word::LogoutAllConfirm, &Values::new().with("detail", names.join(", ")));
    if !clients.is_empty() && !wishes.yes && !may_remove(client, &question, asking)? {
        return Ok(voice.say(Event::LogoutAborted, &Values::new())?.unwrap_or(0));
    }
    let mut all = Vec::new();
    for (client, name) in &clients {
        let done = client.logout(&options(wishes), cancel)?;
        if voice.json() {
            let mut result = result(client, &done);
            result["profile"] = name.as_str().into();
            all.push(result);
            continue;
        }
        let mut values = Values::new().with("profile", name.as_str());
        if let Some(server) = &done.server {
            values.set("server", server.as_str());
        }
        voice.tell(Look::Done, Word::LoggedOutProfile, &values);
        tell_revocation(&done, &values, voice)?;
    }
    if voice.json() {
        voice.result(&json!({ "status": "signed_out", "app": client.app().name(), "profiles": all }))?;
    } else if clients.is_empty() {
        voice.tell(Look::Plain, Word::NoProfileSignedIn, &Values::new());
    }
    Ok(0)
}

pub(super) fn result(client: &Client, done: &LoggedOut) -> Value {
    let (revocation, why) = match &done.revocation {
        Revocation::NotAsked => ("not_asked", None),
        Revocation::Done => ("done", None),
        Revocation::Nothing => ("nothing", None),
        Revocation::Failed { why } => ("failed", Some(why.as_str())),
    };
    let (everywhere, ended, problem) = match &done.everywhere {
        Everywhere::NotAsked => ("not_asked", None, None),
        Everywhere::Done { ended } => ("done", Some(*ended), None),
        Everywhere::Failed { why } => ("failed", None, Some(why.as_str())),
    };
    json!({
        "status": "signed_out",
        "app": client.app().name(),
        "removed": done.removed,
        "credentials": done.path.display().to_string(),
        "revocation": revocation,
        "everywhere": everywhere,
        "ended": ended,
        "message": why.or(problem),
        "overridden_by": done.overridden_by,
    })
}

/// Whether the person wants it, as the product asks.
fn may_remove(client: &Client, question: &str, asking: &Asking) -> Result<bool, Failure> {
    let own = client.app().manifest().commands.get("logout");
    let confirm = own.map(|logout| logout.confirm).unwrap_or_default();
    if confirm == Confirm::Never {
        return Ok(true);
    }
    if prompt::is_possible() {
        return asking.confirm(question, confirm == Confirm::Yes);
    }
    match own.map(|logout| logout.unasked).unwrap_or_default() {
        Unasked::Proceed => Ok(true),
        Unasked::Refuse => Err(Failure::NobodyToAsk(QUESTION)),
    }
}
