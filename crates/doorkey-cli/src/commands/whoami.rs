//! `whoami`: who is signed in, at which server, from which source.

use doorkey::{Cancel, Client, Truth};
use doorkey_manifest::manifest::Event;
use serde_json::json;

use super::{source_in_words, truth};
use crate::failure::Failure;
use crate::json;
use crate::voice::Voice;

pub fn run(client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    let found = client.who_am_i(&Cancel::never())?;
    let exit = found.truth.exit().code();
    if voice.json() {
        voice.result(&json!({
            "status": found.truth.name(),
            "app": client.app().name(),
            "server": found.server.url,
            "user": json::user(&found.identity),
            "organization": json::organization(&found.identity),
            "source": json::source(found.source.as_ref()),
            "message": truth::message(&found.truth),
        }))?;
        return Ok(exit);
    }
    let known = super::who(&found.identity).is_some();
    let mut values = truth::values(&found);
    if let Some(source) = &found.source {
        values.set("source", source_in_words(source, voice));
    }
    // Who it was, as far as that is known here; then that nobody could be asked.
    if matches!(found.truth, Truth::CannotCheck { .. }) && known {
        voice.say(Event::WhoamiOffline, &values)?;
    }
    let wanted = voice.say(truth::event(&found.truth, known), &values)?;
    Ok(wanted.unwrap_or(exit))
}
