//! Signing a tool in: one state machine for every way of doing it.
//!
//! ```text
//! pending ──► approved ──► redeemed
//!    │            │
//!    ├──► denied  │
//!    └────────────┴──► expired
//! ```
//!
//! Only this module changes the state of a sign-in. Every change is one statement that changes the row only from the
//! state it must be in; the number of rows says who won, and the audit event is written in the same transaction. What
//! differs from way to way is the proof that the one who ends it is the one who began it, and the way home.

mod decide;
mod open;
mod pace;
mod poll;
mod redeem;
mod release;
mod start;
mod waiting;

#[cfg(test)]
mod tests;

use std::time::Duration;

use doorkey_manifest::Secret;
use sha2::{Digest, Sha256};

pub(crate) use self::pace::PaceBook;
pub use self::{
    decide::{DecideError, Decided, WayHome},
    open::{CodeError, OpenError, SignInView},
    poll::{Poll, PollProof},
    redeem::{RedeemCode, RedeemError},
    start::{NewProof, NewSignIn, StartError, Started},
    waiting::{WaitKey, WaitingRoom, Watch},
};

/// How a tool signs in: where the answer goes when the person has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// The browser is sent to a listener on the same machine, with a code (RFC 8252).
    Loopback,
    /// The tool polls; the person types a code or follows a link (RFC 8628).
    Device,
    /// The tool polls; the person follows a link.
    Session,
}

impl Way {
    /// Its name in the database and in manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Device => "device",
            Self::Session => "session",
        }
    }

    /// The way of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Loopback, Self::Device, Self::Session].into_iter().find(|w| w.as_str() == name)
    }
}

/// Where a sign-in stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Nobody has decided.
    Pending,
    /// Approved; the tool hasn't got its credential yet.
    Approved,
    /// The tool got its credential.
    Redeemed,
    /// Denied.
    Denied,
    /// Nobody decided in time, or the tool didn't come back in time.
    Expired,
}

impl State {
    /// Its name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Redeemed => "redeemed",
            Self::Denied => "denied",
            Self::Expired => "expired",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Pending, Self::Approved, Self::Redeemed, Self::Denied, Self::Expired];
        all.into_iter().find(|s| s.as_str() == name)
    }
}

/// How long an authorization code lives (RFC 9700 and ASVS: a minute at most).
pub const CODE_LIFETIME: Duration = Duration::from_mins(1);

/// How long an approved sign-in waits for a tool that polls, when it was approved in its last moments.
pub const REDEMPTION_TIME: Duration = Duration::from_mins(1);

/// What is stored of a secret of enough bits that it needs no salt.
pub(crate) fn hash(secret: &Secret) -> [u8; 32] {
    Sha256::digest(secret.expose().as_bytes()).into()
}
