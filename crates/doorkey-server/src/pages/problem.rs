//! The pages for when something goes wrong. Each says what happened and what to do, and none says anything about the
//! inside of the service.

use std::time::Duration;

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};

use super::{Frame, page, words};
use crate::{
    sign_in::{OpenError, State},
    store::StoreError,
    wire::{body::BodyError, edge::RequestId, oauth},
};

#[derive(Template)]
#[template(path = "problem.html")]
struct Problem<'a> {
    frame: Frame,
    title: &'a str,
    sentences: &'a [&'a str],
    /// A link and what it says.
    way_on: Option<(&'a str, &'a str)>,
    reference: Option<String>,
}

fn say(status: StatusCode, title: &str, sentences: &[&str], way_on: Option<(&str, &str)>) -> Response {
    page(status, &Problem { frame: Frame::bare(), title, sentences, way_on, reference: None })
}

const START_AGAIN: &str = "Go back to your terminal and run the command again.";

/// There is no such page.
pub fn not_found() -> Response {
    let sentence = "The address may be mistyped, or the link may be cut off.";
    say(StatusCode::NOT_FOUND, "There is no such page", &[sentence], Some(("/", "Go to the start page")))
}

/// The page exists, but not for this.
pub fn method_not_allowed() -> Response {
    let sentence = "This address takes no such request.";
    say(
        StatusCode::METHOD_NOT_ALLOWED,
        "That doesn't work here",
        &[sentence],
        Some(("/", "Go to the start page")),
    )
}

/// Something that isn't allowed or doesn't go, with the way back.
pub fn refused(status: StatusCode, sentence: &str, back: &str) -> Response {
    let title = if status == StatusCode::FORBIDDEN { "You may not do this" } else { "That didn't work" };
    say(status, title, &[sentence, "Nothing was changed."], Some((back, "Go back")))
}

/// A form with a secret for an answer was sent again, by loading its page again.
pub fn already_made(noun: &str, list: &str) -> Response {
    let made = format!("This {noun} was made already, and nothing was made again.");
    let shown = format!(
        "Its secret was shown once and can't be shown again. If it wasn't copied, revoke the {noun} and make a new one."
    );
    say(StatusCode::CONFLICT, "Already made", &[&made, &shown], Some((list, "Go to the list")))
}

/// A link to an organization that there never was.
pub fn no_invitation() -> Response {
    let sentences = ["The link may be cut off. Copy all of it, or ask whoever invited you for a new one."];
    say(StatusCode::NOT_FOUND, "There is no such invitation", &sentences, Some(("/", "Go to the start page")))
}

/// A mistake in the program.
pub fn broken(id: RequestId) -> Response {
    page(
        StatusCode::INTERNAL_SERVER_ERROR,
        &Problem {
            frame: Frame::bare(),
            title: "The server made a mistake",
            sentences: &[
                "Nothing was approved. Please try again; if it happens again, tell whoever runs this server.",
            ],
            way_on: None,
            reference: Some(id.to_string()),
        },
    )
}

/// The database can't serve right now.
pub fn unavailable(error: &StoreError) -> Response {
    tracing::error!(%error, "the store can't serve a page");
    let mut response =
        busy("The server can't reach its data right now. Nothing was approved and nothing is lost.");
    response.headers_mut().insert(header::RETRY_AFTER, oauth::RETRY_AFTER);
    response
}

/// Too many people at this moment.
pub fn crowded() -> Response {
    busy("Too many people are signing in at this moment.")
}

fn busy(sentence: &str) -> Response {
    let sentences = [sentence, "Wait a few seconds, then reload this page."];
    let mut response = say(StatusCode::SERVICE_UNAVAILABLE, "Please try again in a moment", &sentences, None);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    response
}

/// The link that a tool made is wrong.
pub fn bad_link(sentence: &str) -> Response {
    let sentences = [
        sentence,
        "Nothing happened, and nobody was signed in. Open links for signing in only from a tool that you started yourself.",
    ];
    say(StatusCode::BAD_REQUEST, "This link can't be used", &sentences, None)
}

/// A form that another site's page sent.
pub fn foreign_form() -> Response {
    let sentence = "The form didn't come from a page of this server, so it was not accepted. If you didn't expect this, close the tab.";
    say(StatusCode::FORBIDDEN, "This was not accepted", &[sentence], Some(("/", "Go to the start page")))
}

/// A form whose page is out of date.
pub fn stale_form(again: &str) -> Response {
    let sentence =
        "The page was open for long, or you signed in or out in another tab meanwhile. Nothing was changed.";
    say(StatusCode::FORBIDDEN, "This page is out of date", &[sentence], Some((again, "Open it afresh")))
}

/// A form that isn't one.
pub fn bad_form() -> Response {
    say(
        StatusCode::BAD_REQUEST,
        "The form could not be read",
        &["Go back, reload the page and try again."],
        None,
    )
}

/// A form that is too long or too slow.
pub fn bad_body(error: BodyError) -> Response {
    say(
        error.status(),
        "The form could not be read",
        &["It was too long or didn't arrive in time. Go back and try again."],
        None,
    )
}

/// Too many failed attempts.
pub fn throttled(wait: Duration) -> Response {
    let wait = words::duration(wait);
    let sentence = format!("There were too many attempts that failed. Try again in {wait}.");
    say(StatusCode::TOO_MANY_REQUESTS, "Please wait a little", &[&sentence], None)
}

/// Adds how long to wait to an answer about too many attempts.
pub fn retry_after(mut response: Response, wait: Duration) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
    response
}

/// A sign-in that this person can't decide in this browser.
pub fn not_open(error: &OpenError) -> Response {
    match error {
        OpenError::Unknown => say(
            StatusCode::NOT_FOUND,
            "There is no such sign-in",
            &["The link may be cut off, or the sign-in is long over.", START_AGAIN],
            None,
        ),
        OpenError::Expired => say(
            StatusCode::GONE,
            "This sign-in has expired",
            &["Nobody approved it in time, so nobody was signed in.", START_AGAIN],
            None,
        ),
        OpenError::Decided(State::Denied) => say(
            StatusCode::GONE,
            "You denied this sign-in",
            &["Nobody was signed in. You can close this tab."],
            None,
        ),
        OpenError::Decided(_) => say(
            StatusCode::GONE,
            "You have already approved this sign-in",
            &["It can't be used again. You can close this tab and return to your terminal."],
            None,
        ),
        OpenError::OtherBrowser => say(
            StatusCode::FORBIDDEN,
            "Opened in another browser",
            &[
                "This sign-in was opened in another browser or window first, and only there it can be approved.",
                "Go on there, or run the command in your terminal again.",
            ],
            None,
        ),
        OpenError::OtherAccount => say(
            StatusCode::FORBIDDEN,
            "Opened with another account",
            &[
                "This sign-in was opened with another account first, and only that account can approve it.",
                START_AGAIN,
            ],
            Some(("/", "Go to your account")),
        ),
        OpenError::Store(error) => unavailable(error),
    }
}
