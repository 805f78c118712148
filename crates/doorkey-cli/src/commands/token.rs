//! `token`: the token alone, for scripts.

use std::time::Duration;

use doorkey::{Cancel, Client};
use doorkey_manifest::manifest::Event;
use serde_json::json;

use crate::failure::Failure;
use crate::voice::Voice;
use crate::{json, time};

/// A script that asks for a token uses it within this time; one that ends sooner is renewed first.
const GOOD_FOR: Duration = Duration::from_mins(1);

pub fn run(client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    voice.needs(Event::TokenNeeded);
    // Ctrl-C ends the process at once: whatever is written meanwhile is whole.
    let credential = client.credential(GOOD_FOR, &Cancel::never())?;
    if voice.json() {
        voice.result(&json!({
            "token": credential.token.expose(),
            "app": client.app().name(),
            "profile": client.profile()?.name.as_str(),
            "server": credential.server.url,
            "source": json::source(Some(&credential.source)),
            "expires_at": credential.expires_at.and_then(time::rfc3339),
        }))?;
    } else {
        voice.data(credential.token.expose())?;
    }
    Ok(0)
}
