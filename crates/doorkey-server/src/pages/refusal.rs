//! How the domain's no is said to a person, and what was done, in one place.

use axum::http::StatusCode;

use super::words;
use crate::{asker::Refusal, org::Role};

/// The status and the sentence for a refusal.
pub fn said(refusal: &Refusal) -> (StatusCode, String) {
    match refusal {
        Refusal::StepUp => (StatusCode::FORBIDDEN, "Type your password again first.".to_owned()),
        Refusal::NotFound(what) => (StatusCode::NOT_FOUND, format!("There is no such {what}.")),
        Refusal::Role(role) => (
            StatusCode::FORBIDDEN,
            match role {
                Role::Owner => "Only an owner of the organization may do this.".to_owned(),
                Role::Admin | Role::Member => {
                    "Only an admin or an owner of the organization may do this.".to_owned()
                }
            },
        ),
        Refusal::LastOwner => (
            StatusCode::CONFLICT,
            "This is the last owner, and an organization always has one. Make somebody else an owner first."
                .to_owned(),
        ),
        Refusal::Personal => (
            StatusCode::CONFLICT,
            "This is a personal organization, which nobody else can join. Make another one to work with others."
                .to_owned(),
        ),
        Refusal::Invalid { field, message } => {
            (StatusCode::UNPROCESSABLE_ENTITY, format!("{}: {message}.", label(field)))
        }
        Refusal::Conflict(what) => (StatusCode::CONFLICT, format!("{}.", capital(what))),
        Refusal::Invitation(why) => {
            (StatusCode::GONE, format!("This invitation {why}. Ask whoever invited you for a new one."))
        }
        Refusal::Throttled(throttled) => {
            let wait = words::duration(throttled.retry_after);
            (StatusCode::TOO_MANY_REQUESTS, format!("That was too often. Try again in {wait}."))
        }
        Refusal::Store(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The server can't reach its data right now. Try again in a moment.".to_owned(),
        ),
    }
}

/// What a field is called on the page.
fn label(field: &str) -> String {
    match field {
        "slug" => "Short name".to_owned(),
        "expires_in" => "Expires".to_owned(),
        "scopes" => "What it may do".to_owned(),
        "rate_limit" => "Requests a minute".to_owned(),
        "longest_token" => "Longest lifetime".to_owned(),
        "overlap" => "How long the old one works on".to_owned(),
        "to" => "New owner".to_owned(),
        other => capital(&other.replace('_', " ")),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What a page says was done just now.
pub fn done(what: &str) -> Option<&'static str> {
    Some(match what {
        "revoked" => "It was revoked and doesn't work any more.",
        "saved" => "The changes were saved.",
        "role" => "The role was changed. It holds from now on.",
        "removed" => "They are no longer in the organization.",
        "left" => "You left the organization.",
        "transferred" => "The organization has another owner now, and you are an admin.",
        "taken-back" => "The invitation was taken back.",
        "joined" => "Welcome! You are a member now.",
        "made" => "It was made.",
        "ended" => "The service account and its keys were ended.",
        "signed-out" => "That device was signed out.",
        "claimed" => "Your anonymous work is here now. Its token works on, as yours.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_called_what_the_page_calls_it() {
        let (status, sentence) = said(&Refusal::invalid("expires_in", "it must end within 30 days"));
        assert_eq!((status.as_u16(), sentence.as_str()), (422, "Expires: it must end within 30 days."));
        assert_eq!(said(&Refusal::invalid("name", "give it a name")).1, "Name: give it a name.");
        assert_eq!(said(&Refusal::Conflict("there are 5".to_owned())).1, "There are 5.");
    }
}
