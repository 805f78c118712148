//! A token for a tool's own command, and the offer to sign in where there is none.

use std::sync::Arc;
use std::time::Duration;

use doorkey::{Client, Error, Secret};
use doorkey_manifest::Values;

use crate::arguments::Login;
use crate::catalogue::Word;
use crate::commands;
use crate::failure::Failure;
use crate::prompt::{self, Asking};
use crate::voice::Voice;

/// Why a tool's own command doesn't get what it needs.
#[derive(Debug)]
pub enum Stop {
    /// This has to be told.
    Failed(Failure),
    /// It was told, and this is what to exit with.
    Told(u8),
}

impl<F: Into<Failure>> From<F> for Stop {
    fn from(failure: F) -> Stop {
        Stop::Failed(failure.into())
    }
}

/// The token, after a sign-in where there was none and somebody wanted it.
pub fn token(client: &Client, min_ttl: Duration, voice: &mut Voice) -> Result<Secret, Stop> {
    match client.token(min_ttl, &voice.cancel()) {
        Ok(token) => Ok(token),
        Err(error) => {
            sign_in(client, error, voice)?;
            Ok(client.token(min_ttl, &voice.cancel())?)
        }
    }
}

/// Signs in right here, if that would help, if there is somebody to ask, and if they say yes.
fn sign_in(client: &Client, error: Error, voice: &mut Voice) -> Result<(), Stop> {
    let helps = matches!(error, Error::SignedOut { .. } | Error::Expired { .. } | Error::Revoked { .. });
    let wins = client.overriding_variable().is_some();
    let failure = Failure::from(error);
    if !helps || wins || voice.json() || !prompt::is_possible() || !wanted(&failure, voice)? {
        return Err(failure.into());
    }
    // What the command prints is data, and this isn't.
    voice.talk_only(true);
    let done = commands::login::run(client, Login::default(), None, voice);
    voice.talk_only(false);
    match done? {
        0 => Ok(()),
        code => Err(Stop::Told(code)),
    }
}

fn wanted(failure: &Failure, voice: &Voice) -> Result<bool, Failure> {
    let asking = Arc::new(Asking::default());
    let _watch = voice.watch(&asking, voice.word(Word::Interrupted, &Values::new()));
    let question = voice.word(Word::SignInNow, &Values::new().with("detail", failure.to_string()));
    asking.confirm(&question, true)
}
