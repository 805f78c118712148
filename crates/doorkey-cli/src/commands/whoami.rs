//! `whoami`: who is signed in, at which server, from which source.

use doorkey::{Client, ServiceError, Source, Truth, WhyNot};
use doorkey_manifest::manifest::Event;
use serde_json::json;

use super::{source_in_words, truth};
use crate::failure::Failure;
use crate::json;
use crate::voice::Voice;

pub fn run(client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    let offline = client.app().manifest().commands.get("whoami").is_some_and(|whoami| whoami.offline);
    let found = if offline { client.who_am_i_offline()? } else { client.who_am_i(&voice.cancel())? };
    let exit = found.truth.exit().code();
    if voice.json() {
        voice.result(&json!({
            "status": if offline && found.truth == Truth::Valid { "unchecked" } else { found.truth.name() },
            "app": client.app().name(),
            "profile": client.profile()?.name.as_str(),
            "server": found.server.url,
            "user": json::user(&found.identity),
            "organization": json::organization(&found.identity),
            "source": json::source(found.source.as_ref()),
            "message": truth::message(&found.truth),
            "checked": !offline,
        }))?;
        return Ok(exit);
    }
    // A version that isn't served any more says so, whatever it was asked.
    if let Truth::CannotCheck { why: WhyNot::Service(error @ ServiceError::Upgrade { .. }) } = &found.truth {
        return Err(doorkey::Error::from(error.clone()).into());
    }
    let mut values = truth::values(&found);
    if let Some(source) = &found.source {
        values.set("source", source_in_words(source, voice));
        if let Source::Environment { variable } = source {
            values.set("variable", variable.as_str());
        }
    }
    let known = super::who(&found.identity).is_some() || found.answer.get("user").is_some();
    if let Truth::CannotCheck { why } = &found.truth
        && known
    {
        let event = if why.is_offline() { Event::WhoamiOffline } else { Event::WhoamiUnchecked };
        let wanted = voice.say(event, &values)?;
        // Where the product has words for this they say all there is to say; else it is said that nobody could be asked.
        if voice.speaks_of(event) {
            return Ok(wanted.unwrap_or(exit));
        }
    }
    // Without having asked, only the product's own words can say what there is.
    let told = known || (offline && voice.has_own(Event::Whoami));
    let event = match &found.truth {
        Truth::SignedOut => voice.signed_out(&mut values),
        _ => truth::event(&found, told),
    };
    let wanted = voice.say(event, &values)?;
    Ok(wanted.unwrap_or(exit))
}
