//! Tokens: what a sign-in gives, and what comes of it.
//!
//! A *grant* is what one person allowed one tool by one sign-in; all its tokens are one family and end together. A
//! token is shown once and kept as a hash. What is mistyped, cut off or somebody else's is recognized by its prefix
//! and its checksum and never reaches the database.

mod another_key;
mod check;
mod hand_out;
mod issue;
mod leak;
mod long_lived;
mod rate;
mod refresh;
mod revoke;
mod usage;
mod verify;

#[cfg(test)]
mod tests;

use std::time::Duration;

use doorkey_manifest::Secret;

pub use self::{
    check::{CheckError, Checked, Demand},
    hand_out::{HandedOut, LONGEST_OVERLAP, NewKey, NewToken, Rotation},
    long_lived::{KeptBy, Lifetime, LongLived, Status, Use},
    rate::RateState,
    refresh::{Refresh, RefreshError},
    revoke::RevokeError,
    verify::{NotGood, Verified},
};
pub(crate) use self::{issue::shown, rate::Rates, usage::Uses};
use crate::{
    clock::Time,
    id::{AccountId, GrantId},
    org::Org,
};

/// For how long a refresh token that was just exchanged still gives the same answer (RFC 9700 asks for none; a tool
/// that lost the answer, or that refreshes in several processes at once, would lose its sign-in).
pub const REFRESH_GRACE: Duration = Duration::from_secs(30);

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Short-lived, for requests.
    Access,
    /// Gets the next access token.
    Refresh,
    /// Long-lived, for a program that acts for an account.
    ApiKey,
    /// Long-lived, made by a person for themselves.
    Personal,
    /// For somebody who has no account yet.
    Anonymous,
}

impl TokenKind {
    /// Its name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
            Self::ApiKey => "api_key",
            Self::Personal => "personal",
            Self::Anonymous => "anonymous",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Access, Self::Refresh, Self::ApiKey, Self::Personal, Self::Anonymous];
        all.into_iter().find(|k| k.as_str() == name)
    }
}

/// What holds a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A person.
    Person,
    /// A program of an organization.
    Service,
    /// An organization itself.
    Organization,
    /// Somebody who has no account yet.
    Anonymous,
}

impl Holder {
    /// Its name in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Service => "service",
            Self::Organization => "organization",
            Self::Anonymous => "anonymous",
        }
    }

    /// The holder of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Person, Self::Service, Self::Organization, Self::Anonymous];
        all.into_iter().find(|holder| holder.as_str() == name)
    }
}

/// Whose a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account. OAuth calls it `sub`.
    pub account: AccountId,
    /// What it is.
    pub holder: Holder,
    /// Its e-mail address; only a person has one.
    pub email: Option<String>,
    /// Whether the address is known to be theirs.
    pub email_verified: bool,
    /// What the person is called.
    pub name: String,
    /// For which organization the token acts.
    pub org: Option<Org>,
}

/// What a tool gets at the end of a sign-in, and again whenever it refreshes.
#[derive(Debug, Clone)]
pub struct IssuedTokens {
    /// The app they are for.
    pub app: String,
    /// The grant they belong to.
    pub grant: GrantId,
    /// Whose they are.
    pub identity: Identity,
    /// What the access token allows.
    pub scopes: Vec<String>,
    /// What kind of token the access token is.
    pub kind: TokenKind,
    /// The token for requests.
    pub access_token: Secret,
    /// When these were issued.
    pub issued_at: Time,
    /// Until when the access token is good; without it, until it is revoked.
    pub expires_at: Option<Time>,
    /// What gets the next one.
    pub refresh_token: Option<Secret>,
    /// Until when the refresh token is good if it isn't used.
    pub refresh_expires_at: Option<Time>,
    /// Until when the whole sign-in is good, however much it is used.
    pub session_expires_at: Option<Time>,
}

impl IssuedTokens {
    /// How long the refresh token is good if it isn't used, in whole seconds from when it was issued.
    pub fn refresh_expires_in(&self) -> Option<u64> {
        self.refresh_expires_at.map(|at| self.issued_at.until(at).as_secs())
    }

    /// How long the whole sign-in is good, in whole seconds from when these tokens were issued.
    pub fn session_expires_in(&self) -> Option<u64> {
        self.session_expires_at.map(|at| self.issued_at.until(at).as_secs())
    }

    /// How long the access token is good from `now` on, in whole seconds (OAuth's `expires_in`).
    pub fn expires_in(&self, now: Time) -> Option<u64> {
        self.expires_at.map(|at| now.until(at).as_secs())
    }
}
