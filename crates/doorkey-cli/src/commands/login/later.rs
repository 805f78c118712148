//! `login --no-wait` and `login resume`: beginning a sign-in, and finishing it later, perhaps in another process.

use std::sync::Arc;

use doorkey::{Begun, Cancel, Client, Exit, LoginOptions, Resume, Resumed};
use doorkey_manifest::Values;

use super::Teller;
use super::events::LoginEvent;
use crate::arguments::ResumeArguments;
use crate::catalogue::{Look, Word};
use crate::failure::Failure;
use crate::prompt::Asking;
use crate::time;
use crate::voice::Voice;

/// Begins it, shows the page and says how it is finished.
pub fn begin(
    client: &Client,
    options: &LoginOptions,
    qr: bool,
    asking: &Arc<Asking>,
    cancel: &Cancel,
    voice: &mut Voice,
) -> Result<u8, Failure> {
    let mut teller = Teller::asking(voice, asking, options, qr).leaving();
    let begun = client.begin_login(options, &mut teller, cancel)?;
    drop(teller);
    let resume = format!("{} login resume {}", voice.command(), begun.id);
    voice.event(&LoginEvent::Begun {
        id: begun.id.clone(),
        app: client.app().name().to_owned(),
        server: begun.server.url.clone(),
        expires_at: time::rfc3339(begun.expires_at),
        expires_in: begun.left.as_secs(),
        resume,
    })?;
    voice.tell(Look::Plain, Word::Begun, &values_of(&begun));
    Ok(Exit::Ok.code())
}

/// Goes on with one that was begun.
pub fn resume(
    client: &Client,
    wishes: &ResumeArguments,
    asking: &Arc<Asking>,
    cancel: &Cancel,
    voice: &mut Voice,
) -> Result<u8, Failure> {
    let resume = Resume { id: wishes.id.clone(), ask_once: wishes.no_wait };
    let options =
        LoginOptions { timeout: wishes.timeout, leave_anonymous_work: wishes.yes, ..LoginOptions::default() };
    let mut teller = Teller::asking(voice, asking, &options, false);
    let resumed = client.resume_login(&resume, &options, &mut teller, cancel)?;
    drop(teller);
    match resumed {
        Resumed::SignedIn(done) => {
            voice.end_waiting(true);
            super::tell(client, &done, voice)
        }
        Resumed::Pending(begun) => {
            voice.event(&LoginEvent::Pending {
                id: begun.id.clone(),
                expires_at: time::rfc3339(begun.expires_at),
                expires_in: begun.left.as_secs(),
            })?;
            voice.tell(Look::Plain, Word::StillPending, &values_of(&begun));
            Ok(Exit::CannotCheck.code())
        }
    }
}

fn values_of(begun: &Begun) -> Values {
    Values::new().with("detail", begun.id.as_str()).with("time_left", time::in_words(begun.left))
}
