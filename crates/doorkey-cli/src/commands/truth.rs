//! What is said about a credential that isn't simply good, for `whoami` and `status`.

use doorkey::{Truth, WhoAmI};
use doorkey_manifest::Values;
use doorkey_manifest::manifest::Event;

use super::identity_values;
use crate::catalogue::Word;

/// The words for what holds. Whoever was answered by the server isn't offline, whatever came afterwards.
pub fn event(found: &WhoAmI, known: bool) -> Event {
    match &found.truth {
        Truth::SignedOut => Event::NotSignedIn,
        Truth::Valid if known => Event::Whoami,
        Truth::Valid => Event::WhoamiTokenOnly,
        Truth::Expired => Event::Expired,
        Truth::Rejected => Event::Rejected,
        Truth::Forbidden { .. } => Event::Forbidden,
        Truth::NeedsPlan { .. } => Event::NeedsPlan,
        Truth::CannotCheck { why } if why.is_offline() && found.status.is_none() => Event::Offline,
        Truth::CannotCheck { .. } => Event::CannotCheck,
    }
}

/// The same in one row.
pub fn word(truth: &Truth) -> Word {
    match truth {
        Truth::SignedOut => Word::TruthSignedOut,
        Truth::Valid => Word::TruthValid,
        Truth::Expired => Word::TruthExpired,
        Truth::Rejected => Word::TruthRejected,
        Truth::Forbidden { .. } => Word::TruthForbidden,
        Truth::NeedsPlan { .. } => Word::TruthNeedsPlan,
        Truth::CannotCheck { .. } => Word::TruthCannotCheck,
    }
}

/// What the server, or the lack of one, says about it.
pub fn message(truth: &Truth) -> Option<String> {
    match truth {
        Truth::Forbidden { message } | Truth::NeedsPlan { message } => message.clone(),
        Truth::CannotCheck { why } => Some(why.to_string()),
        Truth::SignedOut | Truth::Valid | Truth::Expired | Truth::Rejected => None,
    }
}

/// Everything that the texts may use.
pub fn values(found: &WhoAmI) -> Values {
    let mut values = found.answer.clone();
    values.merge(identity_values(&found.identity));
    values.set("server", found.server.url.as_str());
    if let Some(token) = &found.token {
        values.set_secret("token", token);
    }
    if let Some(status) = found.status {
        values.set("status", status);
    }
    if let Some(said) = &found.message {
        values.set("message", said.as_str());
    }
    if let Some(message) = message(&found.truth) {
        values.set("message", message.as_str());
        values.set("detail", message.as_str());
        values.set("why", message);
    }
    values
}
