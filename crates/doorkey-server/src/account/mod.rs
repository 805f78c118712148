//! Accounts: who holds tokens. Sign-up asks for an e-mail address and a password and nothing else; the address counts as
//! unverified until mail has been sent to it. Signing in tells nobody who has an account, neither by words nor by time.

mod anonymous;
mod common;
mod device;
mod disable;
pub(crate) mod email;
mod enter;
pub(crate) mod password;
mod session;

#[cfg(test)]
mod tests;

use doorkey_manifest::Secret;

pub(crate) use self::device::browser_name;
pub use self::{
    anonymous::AnonymousError,
    device::{Device, DeviceId},
    enter::{AuthenticateError, Credentials, SignUpError},
    password::HasherBusy,
    session::{SESSION_IDLE, SESSION_LIFETIME},
};
use crate::{
    clock::Time,
    id::{AccountId, SessionId},
};

/// A person's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name for programs that never changes.
    pub id: AccountId,
    /// Its e-mail address.
    pub email: String,
    /// Whether the address is known to be theirs.
    pub email_verified: bool,
    /// What the person is called.
    pub name: String,
}

/// A browser in which a person is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its name, which stays the same when its secret changes.
    pub id: SessionId,
    /// Whose it is.
    pub account: Account,
    /// From which address it began.
    pub address: String,
    /// In which browser it began.
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: Time,
    /// When it was last used, to the minute.
    pub seen_at: Time,
    /// When the password was last typed in it.
    pub authenticated_at: Time,
    /// When it ends at the latest.
    pub expires_at: Time,
}

/// A person who has just signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session that began or went on.
    pub session: Session,
    /// The new secret for the browser's cookie.
    pub cookie: Secret,
}

/// The shortest password.
pub const SHORTEST_PASSWORD: usize = 8;
/// The longest password, in characters.
pub const LONGEST_PASSWORD: usize = 256;
