//! Signing a person in: which way, and how each of them runs.

pub mod begun;
mod callback;
pub mod choose;
mod head;
mod home;
mod listener;
pub(crate) mod loopback;
pub(crate) mod poll;
mod proof;
pub(crate) mod waiting;

use std::time::Duration;

use thiserror::Error;

use self::begun::BegunError;
use crate::error::Error;
use crate::exit::Exit;
use crate::service::ServiceError;

/// Why nobody is signed in after all.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignInError {
    /// The manifest doesn't offer the way that was asked for.
    #[error("{app} doesn't offer signing in by `{wanted}`.")]
    WayNotOffered {
        /// The product.
        app: String,
        /// The way.
        wanted: &'static str,
        /// The ways that it offers.
        offered: Vec<String>,
    },
    /// The product is signed in to with a token that the person makes on a page.
    #[error("{app} is signed in to with a token.")]
    PasteNeeded {
        /// The product.
        app: String,
        /// The page where tokens are made.
        page: Option<String>,
    },
    /// The person, or the service, said no.
    #[error("The sign-in was denied.")]
    Denied {
        /// What the service says about that.
        message: Option<String>,
    },
    /// The link or code ran out before anybody decided.
    #[error("The sign-in expired before it was approved.")]
    Expired,
    /// Nobody decided in the time that the command waits.
    #[error("Nobody approved the sign-in within {} seconds.", after.as_secs())]
    TimedOut {
        /// How long it was waited.
        after: Duration,
    },
    /// Work that was done without an account would have been left behind, and the person didn't want that.
    #[error("What you did without an account can't be taken along here, so everything stays as it is.")]
    AnonymousWorkKept,
    /// Somebody brought a state that isn't ours, and the manifest says that this ends the sign-in.
    #[error("A browser came back with a state that isn't from this sign-in, so it was ended.")]
    ForeignState,
    /// The service doesn't begin the sign-in.
    #[error("The service didn't begin the sign-in{}", said(.message.as_deref()))]
    NotStarted {
        /// What it says about that.
        message: Option<String>,
    },
    /// The service doesn't accept the sign-in.
    #[error("The service didn't accept the sign-in{}", said(.message.as_deref()))]
    Refused {
        /// What it says about that.
        message: Option<String>,
    },
    /// The browser came back from another service than the one it was sent to (RFC 9207).
    #[error(
        "The browser came back from another service than it was sent to ({found}), so the sign-in was ended."
    )]
    WrongIssuer {
        /// Where it says that it comes from.
        found: String,
    },
    /// The browser came back with our state and with nothing else: neither a code nor an error.
    #[error(
        "The browser came back without a code and without an error, so there is nothing to sign in with."
    )]
    NoAnswer,
    /// The credential isn't one that is sent as it is (RFC 6749, section 7.1).
    #[error("The service gives credentials of the type `{found}`, which this command can't use.")]
    UnknownTokenType {
        /// The type that it names.
        found: String,
    },
    /// The page to open isn't one that may be opened.
    #[error("The service names a page that is neither https nor on this machine, so it isn't opened.")]
    UntrustedPage,
    /// The service couldn't be asked for the credential, or gave no usable answer to that.
    #[error(transparent)]
    Unfinished(ServiceError),
    /// No port for the way home could be opened.
    #[error(
        "No port on this machine could be opened for the browser to come back to ({}): {why}.",
        listed(ports)
    )]
    NoPort {
        /// The ports that were tried; none for any.
        ports: Vec<u16>,
        /// Why the last one couldn't be opened.
        why: String,
    },
    /// The one port that the person named for the way home couldn't be opened.
    #[error(
        "Port {port} on this machine, which you named, couldn't be opened for the browser to come back to: {why}."
    )]
    NamedPort {
        /// The port.
        port: u16,
        /// Why it couldn't be opened.
        why: String,
    },
    /// A sign-in that was begun isn't there to go on with.
    #[error(transparent)]
    Begun(#[from] BegunError),
}

fn listed(ports: &[u16]) -> String {
    match ports {
        [] => "any port".to_owned(),
        ports => ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", "),
    }
}

fn said(message: Option<&str>) -> String {
    match message {
        Some(message) => format!(": {}", message.trim_end()),
        None => ".".to_owned(),
    }
}

/// What keeps a sign-in that has begun from giving a credential. A version that isn't served any more is that first of all.
pub(crate) fn unfinished(error: Error) -> Error {
    match error {
        Error::Service(error) if !matches!(error, ServiceError::Upgrade { .. }) => {
            SignInError::Unfinished(error).into()
        }
        other => other,
    }
}

impl SignInError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            SignInError::WayNotOffered { .. } => "sign_in.way_not_offered",
            SignInError::PasteNeeded { .. } => "sign_in.paste_needed",
            SignInError::Denied { .. } => "sign_in.denied",
            SignInError::Expired => "sign_in.expired",
            SignInError::TimedOut { .. } => "sign_in.timed_out",
            SignInError::AnonymousWorkKept => "sign_in.anonymous_work_kept",
            SignInError::ForeignState => "sign_in.foreign_state",
            SignInError::NotStarted { .. } => "sign_in.not_started",
            SignInError::Refused { .. } => "sign_in.refused",
            SignInError::WrongIssuer { .. } => "sign_in.wrong_issuer",
            SignInError::NoAnswer => "sign_in.no_answer",
            SignInError::UnknownTokenType { .. } => "sign_in.unknown_token_type",
            SignInError::UntrustedPage => "sign_in.untrusted_page",
            SignInError::Unfinished(error) => error.code(),
            SignInError::NoPort { .. } | SignInError::NamedPort { .. } => "sign_in.no_port",
            SignInError::Begun(error) => error.code(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            SignInError::WayNotOffered { offered, .. } => format!("It offers: {}.", offered.join(", ")),
            SignInError::PasteNeeded { page: Some(page), .. } => {
                format!("Make one at {page} and pass it with `--token -`.")
            }
            SignInError::PasteNeeded { page: None, .. } => "Pass one with `--token -`.".to_owned(),
            // A service that only says the same again says nothing.
            SignInError::Denied { message: Some(message) } => {
                let plain = |text: &str| text.trim_end_matches('.').to_lowercase();
                return Some(message.clone()).filter(|message| plain(message) != plain(&self.to_string()));
            }
            SignInError::Denied { message: None } => return None,
            SignInError::Expired | SignInError::TimedOut { .. } => {
                "Run login again; `--timeout` makes it wait longer.".to_owned()
            }
            SignInError::AnonymousWorkKept => {
                "To sign in all the same and leave it behind, pass `-y`.".to_owned()
            }
            SignInError::ForeignState => {
                "If you didn't open another sign-in yourself, be careful with the page that did. Run login again.".to_owned()
            }
            SignInError::NotStarted { .. }
            | SignInError::Refused { .. }
            | SignInError::WrongIssuer { .. } => "Run login again.".to_owned(),
            SignInError::NoAnswer => {
                "That is a fault of the service. Run login again; with `--device` no browser has to come back."
                    .to_owned()
            }
            SignInError::UnknownTokenType { .. } => {
                "The service has to be set up to give this client bearer tokens.".to_owned()
            }
            SignInError::UntrustedPage => "The service has to be set up for https.".to_owned(),
            SignInError::Unfinished(error) => return error.hint(),
            SignInError::NoPort { .. } => "Use `--device`, which needs no port.".to_owned(),
            SignInError::NamedPort { port, .. } => format!(
                "Another sign-in that still waits may have it, or a tunnel; `lsof -i :{port}` shows which program it is. \
                 End that one, name another port, or use `--device`, which needs none."
            ),
            SignInError::Begun(error) => return error.hint(),
        })
    }

    /// What a command should exit with.
    pub fn exit(&self) -> Exit {
        match self {
            SignInError::WayNotOffered { .. } | SignInError::PasteNeeded { .. } => Exit::Usage,
            SignInError::Unfinished(error) => error.exit(),
            SignInError::Begun(error) => error.exit(),
            _ => Exit::Failed,
        }
    }
}
