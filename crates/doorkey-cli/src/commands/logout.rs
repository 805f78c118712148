//! `logout`: forgets the credential on this machine, and ends it on the server where that is asked for.

use std::sync::Arc;

use doorkey::{Cancel, Client, LoggedOut, LogoutOptions, Revocation};
use doorkey_manifest::Values;
use doorkey_manifest::manifest::{Confirm, Event, Unasked};
use serde_json::{Value, json};

use super::identity_values;
use crate::arguments::Logout;
use crate::failure::{Failure, Question};
use crate::interrupt;
use crate::prompt::{self, Asking};
use crate::voice::Voice;

const QUESTION: Question =
    Question { command: "logout", does: "removes the credential", verb: "remove", json: false };

pub fn run(client: &Client, wishes: &Logout, voice: &mut Voice) -> Result<u8, Failure> {
    let path = client.credentials_path()?;
    let mut values = Values::new().with("path", path.display().to_string());
    let cancel = Cancel::new();
    let asking = Arc::new(Asking::default());
    interrupt::watch(&cancel, &asking, voice.text(Event::LoginCancelled, &Values::new()));
    if !wishes.yes && client.may_log_out() {
        let question = voice.text(Event::LogoutConfirm, &values);
        if !may_remove(client, &question, &asking, voice.json())? {
            return Ok(voice.say(Event::LogoutAborted, &values)?.unwrap_or(0));
        }
    }
    let options = LogoutOptions { revoke: wishes.revoke, ..LogoutOptions::default() };
    let done = client.logout(&options, &cancel)?;
    if voice.json() {
        voice.result(&result(client, &done))?;
        return Ok(0);
    }
    values.merge(identity_values(&done.identity));
    if let Some(server) = &done.server {
        values.set("server", server.as_str());
    }
    let said = if done.removed { Event::LoggedOut } else { Event::NothingToRemove };
    let exit = voice.say(said, &values)?.unwrap_or(0);
    match &done.revocation {
        Revocation::Done => {
            voice.say(Event::Revoked, &values)?;
        }
        Revocation::Failed { why } => {
            voice.say(Event::RevokeFailed, &values.clone().with("why", why.as_str()))?;
        }
        Revocation::NotAsked | Revocation::Nothing => {}
    }
    if let Some(variable) = &done.overridden_by {
        voice.say(Event::EnvironmentWins, &values.clone().with("variable", variable.as_str()))?;
    }
    Ok(exit)
}

fn result(client: &Client, done: &LoggedOut) -> Value {
    let (revocation, why) = match &done.revocation {
        Revocation::NotAsked => ("not_asked", None),
        Revocation::Done => ("done", None),
        Revocation::Nothing => ("nothing", None),
        Revocation::Failed { why } => ("failed", Some(why.as_str())),
    };
    json!({
        "status": "signed_out",
        "app": client.app().name(),
        "removed": done.removed,
        "credentials": done.path.display().to_string(),
        "revocation": revocation,
        "message": why,
        "overridden_by": done.overridden_by,
    })
}

/// Whether the person wants it, as the product asks.
fn may_remove(client: &Client, question: &str, asking: &Asking, json: bool) -> Result<bool, Failure> {
    let own = client.app().manifest().commands.get("logout");
    let confirm = own.map(|logout| logout.confirm).unwrap_or_default();
    if confirm == Confirm::Never {
        return Ok(true);
    }
    if prompt::is_possible() && !json {
        return asking.confirm(question, confirm == Confirm::Yes);
    }
    match own.map(|logout| logout.unasked).unwrap_or_default() {
        Unasked::Proceed => Ok(true),
        Unasked::Refuse => Err(Failure::NobodyToAsk(Question { json, ..QUESTION })),
    }
}
