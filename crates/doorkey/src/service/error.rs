//! What the service does instead of answering, told apart as far as the person can do something about it.

use std::time::Duration;

use thiserror::Error;

use crate::exit::Exit;
use crate::http::{Failure, ProxyProblem, TlsProblem};

/// What the service did instead of answering.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// There is no connection to it.
    #[error("{server} can't be reached: {why}.")]
    Unreachable {
        /// Its address.
        server: String,
        /// Why, in words.
        why: String,
    },
    /// It doesn't answer.
    #[error("{server} didn't answer in time.")]
    TimedOut {
        /// Its address.
        server: String,
    },
    /// It can't be spoken to safely.
    #[error("There is no safe connection to {server}: {why}.")]
    Unsafe {
        /// Its address.
        server: String,
        /// What is wrong with the certificate or the handshake.
        why: TlsProblem,
    },
    /// The proxy in between doesn't let anything through.
    #[error("{server} can't be reached: {why}.")]
    Proxy {
        /// Its address.
        server: String,
        /// What is wrong with the proxy.
        why: ProxyProblem,
    },
    /// It is busy or broken.
    #[error("{server} can't answer now (status {status}).")]
    TryLater {
        /// Its address.
        server: String,
        /// The HTTP status.
        status: u16,
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
        /// What it says about that, or the manifest in its place.
        message: Option<String>,
    },
    /// It answers with a page for people.
    #[error(
        "{server} answered with a web page where data was expected (status {status}); a captive portal or a proxy may have answered instead."
    )]
    WebPage {
        /// Its address.
        server: String,
        /// The HTTP status.
        status: u16,
    },
    /// It sends the request elsewhere, where no secret may follow.
    #[error("{server} sends requests elsewhere (status {status}), which isn't followed.")]
    Redirected {
        /// Its address.
        server: String,
        /// The HTTP status.
        status: u16,
    },
    /// A network that wants a sign-in of its own first answered: it says so, or sends the request to another host.
    #[error("A captive portal or a proxy seems to have answered instead of {server} (status {status}){}", to(.portal.as_deref()))]
    Intercepted {
        /// The service's address.
        server: String,
        /// The HTTP status.
        status: u16,
        /// The host that the request was sent to.
        portal: Option<String>,
    },
    /// It says something that the manifest doesn't speak of.
    #[error("{server} gave an answer to `{operation}` that isn't understood (status {status}){}", said(.message.as_deref()))]
    Unexpected {
        /// Its address.
        server: String,
        /// What was asked.
        operation: &'static str,
        /// The HTTP status.
        status: u16,
        /// What it said, where it said something.
        message: Option<String>,
    },
    /// It says that it worked, and leaves out what belongs to a credential.
    #[error(
        "{server} answered `{operation}` with success, but not with a whole credential (status {status})."
    )]
    NoCredential {
        /// Its address.
        server: String,
        /// What was asked.
        operation: &'static str,
        /// The HTTP status.
        status: u16,
    },
    /// The answer is too large or breaks off.
    #[error("The answer of {server} couldn't be read: {why}.")]
    Broken {
        /// Its address.
        server: String,
        /// What is wrong with it.
        why: String,
    },
    /// Its metadata belongs to another issuer (RFC 8414, section 3.3).
    #[error("{server} says that it is {found}, but {expected} was expected, so it isn't trusted.")]
    WrongIssuer {
        /// Its address.
        server: String,
        /// The configured issuer.
        expected: String,
        /// The one in the metadata.
        found: String,
    },
    /// It names an address that no secret may be sent to and no browser may open.
    #[error(
        "{server} names an address for `{name}` that is neither https nor on this machine, so it isn't used."
    )]
    UntrustedAddress {
        /// Its address.
        server: String,
        /// What the address is for.
        name: &'static str,
    },
    /// It doesn't serve this version of the tool any more.
    #[error("{server} doesn't serve this version any more{}", said(.about.message.as_deref()))]
    Upgrade {
        /// Its address.
        server: String,
        /// What it says about that.
        about: Box<Unserved>,
    },
}

/// What a service says to a version that it doesn't serve any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unserved {
    /// Its words.
    pub message: Option<String>,
    /// The versions that it serves, as it writes them.
    pub supported: Option<String>,
    /// What is wrong with the version that was sent, such as `missing`.
    pub reason: Option<String>,
}

/// What the service said, as the end of a sentence.
fn said(message: Option<&str>) -> String {
    match message {
        Some(message) => format!(": {}", message.trim_end()),
        None => ".".to_owned(),
    }
}

/// Where a request was sent, as the end of a sentence.
fn to(portal: Option<&str>) -> String {
    portal.map_or_else(|| ".".to_owned(), |host| format!(": it sends requests to {host}."))
}

impl ServiceError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            ServiceError::Unreachable { .. } => "service.unreachable",
            ServiceError::TimedOut { .. } => "service.timed_out",
            ServiceError::Unsafe { .. } => "service.unsafe",
            ServiceError::Proxy { .. } => "service.proxy",
            ServiceError::Intercepted { .. } => "service.intercepted",
            ServiceError::TryLater { .. } => "service.try_later",
            ServiceError::WebPage { .. } => "service.web_page",
            ServiceError::Redirected { .. } => "service.redirected",
            ServiceError::Unexpected { .. } => "service.unexpected",
            ServiceError::NoCredential { .. } => "service.no_credential",
            ServiceError::Broken { .. } => "service.broken",
            ServiceError::WrongIssuer { .. } => "service.wrong_issuer",
            ServiceError::UntrustedAddress { .. } => "service.untrusted_address",
            ServiceError::Upgrade { .. } => "service.upgrade",
        }
    }

    /// The address of the service that it is about.
    pub fn server(&self) -> &str {
        match self {
            ServiceError::Unreachable { server, .. }
            | ServiceError::TimedOut { server }
            | ServiceError::Unsafe { server, .. }
            | ServiceError::Proxy { server, .. }
            | ServiceError::Intercepted { server, .. }
            | ServiceError::TryLater { server, .. }
            | ServiceError::WebPage { server, .. }
            | ServiceError::Redirected { server, .. }
            | ServiceError::Unexpected { server, .. }
            | ServiceError::NoCredential { server, .. }
            | ServiceError::Broken { server, .. }
            | ServiceError::WrongIssuer { server, .. }
            | ServiceError::UntrustedAddress { server, .. }
            | ServiceError::Upgrade { server, .. } => server,
        }
    }

    /// The HTTP status that it answered with, where it did.
    pub fn status(&self) -> Option<u16> {
        match self {
            ServiceError::TryLater { status, .. }
            | ServiceError::WebPage { status, .. }
            | ServiceError::Redirected { status, .. }
            | ServiceError::Intercepted { status, .. }
            | ServiceError::Unexpected { status, .. }
            | ServiceError::NoCredential { status, .. } => Some(*status),
            ServiceError::Upgrade { .. } => Some(426),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            ServiceError::Unreachable { .. } | ServiceError::TimedOut { .. } => {
                "Check the address and your connection, then try again.".to_owned()
            }
            ServiceError::Unsafe { why, .. } => why.hint(),
            ServiceError::Proxy { why, .. } => why.hint(),
            ServiceError::Intercepted { .. } => {
                "Open any web page in a browser and sign in to the network, then try again. If the server has moved, name its new address.".to_owned()
            }
            ServiceError::TryLater { retry_after: Some(after), .. } => {
                format!("Try again in {} seconds.", after.as_secs().max(1))
            }
            ServiceError::TryLater { .. } | ServiceError::Broken { .. } => "Try again in a while.".to_owned(),
            ServiceError::WebPage { .. } => {
                "Check the server's address (the manifest's `server.url` or `--api`). On a network that wants a sign-in first, open any web page.".to_owned()
            }
            ServiceError::Redirected { .. }
            | ServiceError::Unexpected { .. } => {
                "Check the server's address; the manifest's `server.url` or `--api` names it.".to_owned()
            }
            ServiceError::NoCredential { .. } => {
                "That is a fault of the service. If it goes on, tell whoever runs it.".to_owned()
            }
            ServiceError::WrongIssuer { found, .. } if found.ends_with('/') => {
                format!("If {found} is the right one, name it in the manifest: `oauth.issuer = \"{found}\"`.")
            }
            ServiceError::WrongIssuer { found, .. } => {
                format!("If {found} is the right one, name it as the server's address.")
            }
            ServiceError::UntrustedAddress { .. } => "The service has to be set up for https.".to_owned(),
            ServiceError::Upgrade { .. } => "Bring the tool up to date.".to_owned(),
        })
    }

    /// What a command should exit with.
    pub fn exit(&self) -> Exit {
        match self {
            ServiceError::WrongIssuer { .. }
            | ServiceError::UntrustedAddress { .. }
            | ServiceError::NoCredential { .. }
            | ServiceError::Upgrade { .. } => Exit::Failed,
            // Nobody who knows has answered.
            _ => Exit::CannotCheck,
        }
    }

    pub(super) fn from_failure(failure: Failure, server: &str) -> ServiceError {
        let server = server.to_owned();
        match failure {
            Failure::Unreachable(why) | Failure::BadRequest(why) => ServiceError::Unreachable { server, why },
            Failure::TimedOut => ServiceError::TimedOut { server },
            Failure::Tls(why) => ServiceError::Unsafe { server, why },
            Failure::Proxy(why) => ServiceError::Proxy { server, why },
            Failure::TooLarge => ServiceError::Broken { server, why: "it is too large".to_owned() },
            Failure::Broken(why) => ServiceError::Broken { server, why },
        }
    }
}
