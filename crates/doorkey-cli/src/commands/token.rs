//! `token`: the token alone, for scripts.

use std::time::Duration;

use doorkey::{Cancel, Client, Credential, Error};
use doorkey_manifest::manifest::Event;
use serde_json::json;

use crate::arguments::Token;
use crate::failure::Failure;
use crate::voice::Voice;
use crate::{json, time};

/// A script that asks for a token uses it within this time; one that ends sooner is renewed first.
const GOOD_FOR: Duration = Duration::from_mins(1);

pub fn run(client: &Client, wishes: &Token, voice: &mut Voice) -> Result<u8, Failure> {
    voice.needs(Event::TokenNeeded);
    // Ctrl-C ends the process at once: whatever is written meanwhile is whole.
    let credential = if wishes.no_refresh {
        client.credential_as_it_is()?
    } else {
        good_for(client, wishes.min_ttl, GOOD_FOR, &voice.cancel())?
    };
    let token = credential.token.expose();
    if voice.json() {
        let mut result = json!({
            "token": token,
            "app": client.app().name(),
            "profile": client.profile()?.name.as_str(),
            "server": credential.server.url,
            "source": json::source(Some(&credential.source)),
            "expires_at": credential.expires_at.and_then(time::rfc3339),
        });
        if let (true, Some(result)) = (wishes.header, result.as_object_mut()) {
            result.insert("header".to_owned(), header(token).into());
        }
        voice.result(&result)?;
    } else if wishes.header {
        voice.data(&header(token))?;
    } else {
        voice.data(token)?;
    }
    Ok(0)
}

fn header(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

/// The credential, good for as long as somebody asks in so many words, else for the usual time as far as it can be had.
pub(super) fn good_for(
    client: &Client,
    asked: Option<Duration>,
    usual: Duration,
    cancel: &Cancel,
) -> Result<Credential, Error> {
    match asked {
        Some(asked) => client.credential_that_lasts(asked, cancel),
        None => client.credential(usual, cancel),
    }
}
