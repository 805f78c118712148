//! Requests to services, behind a trait: tests answer them, and the real transport is built when the first is sent.

mod authority;
mod proxy;
mod tls;
mod transport;

use std::time::Duration;

use doorkey_manifest::{Request, Response};
use thiserror::Error;

pub use authority::{Authorities, CA_FILE};
pub use proxy::{Direct, Proxy, ProxyProblem, Route, route};
pub use tls::TlsProblem;
pub use transport::UreqHttp;
#[cfg(test)]
pub(crate) use transport::body_of;

/// Sends requests.
pub trait Http: Send + Sync {
    /// Sends one request and reads its whole answer. Follows no redirects; every status is an answer.
    fn send(&self, request: &Request, limits: &Limits) -> Result<Response, Failure>;
}

/// How long and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Until a connection stands, TLS included.
    pub connect: Duration,
    /// For the whole request, connecting and reading included.
    pub total: Duration,
    /// The largest body that is read, in bytes.
    pub body: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { connect: Duration::from_secs(10), total: Duration::from_secs(30), body: 1024 * 1024 }
    }
}

impl Limits {
    /// The usual limits for a request that the service may hold for `wait` before it answers.
    pub fn holding(wait: Duration) -> Limits {
        let usual = Limits::default();
        Limits { total: usual.total + wait, ..usual }
    }

    /// The usual limits, and no more than `total` altogether.
    pub fn within(total: Duration) -> Limits {
        Limits { total, ..Limits::default() }.and_within(total)
    }

    /// These limits, and no more than `total` altogether.
    #[must_use]
    pub fn and_within(self, total: Duration) -> Limits {
        Limits { connect: self.connect.min(total), total: self.total.min(total), ..self }
    }
}

/// Why there is no answer. The texts name no secrets: the transport's own errors may, so they are not passed on whole.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Failure {
    /// No connection: no such host, refused, reset.
    #[error("{0}")]
    Unreachable(String),
    /// The time ran out.
    #[error("there was no answer in time")]
    TimedOut,
    /// The certificate or the handshake.
    #[error("a secure connection couldn't be made: {0}")]
    Tls(TlsProblem),
    /// The proxy in between.
    #[error("{0}")]
    Proxy(ProxyProblem),
    /// The answer is larger than [`Limits::body`].
    #[error("the answer is too large")]
    TooLarge,
    /// What came isn't HTTP, or stopped in the middle.
    #[error("the answer couldn't be read: {0}")]
    Broken(String),
    /// The request can't be sent as it is.
    #[error("the request can't be sent: {0}")]
    BadRequest(String),
}
