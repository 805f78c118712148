//! Who asks the domain for something, what that one may, and how the domain says no.

use std::time::Duration;

use crate::{
    audit::Origin,
    id::{AccountId, GrantId, SessionId},
    org::Role,
    store::StoreError,
    text::NameError,
    throttle::Throttled,
};

/// The scope that lets a token make and change things. Plain sign-ins don't get it; one that asks for it lives for
/// [`MANAGE_LIFETIME`].
pub const MANAGE_SCOPE: &str = "doorkey:manage";

/// How long a token with [`MANAGE_SCOPE`] lives, and how long a password that was just typed counts as one.
pub const MANAGE_LIFETIME: Duration = Duration::from_mins(10);

/// Whoever asks: a person in a browser, or a tool with their token.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The account. It always comes from the session or the token, never from what was sent.
    pub account: AccountId,
    /// Whether it may make and change things: its password was just typed, or its token has [`MANAGE_SCOPE`].
    pub manages: bool,
    /// The token's family, when a tool asks.
    pub grant: Option<GrantId>,
    /// The browser's session, when a person asks there.
    pub session: Option<SessionId>,
    /// From where.
    pub origin: Origin,
}

impl Asker {
    /// Refuses whoever may only look.
    pub(crate) fn must_manage(&self) -> Result<(), Refusal> {
        if self.manages { Ok(()) } else { Err(Refusal::StepUp) }
    }
}

/// Why something wasn't done.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It takes the scope [`MANAGE_SCOPE`], or a password typed just now.
    #[error("this takes a fresh sign-in: the scope `{MANAGE_SCOPE}`, or the password typed again")]
    StepUp,
    /// There is no such thing, or none that is theirs to see. Which of the two is nobody's business.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// It takes a higher role in the organization.
    #[error("this takes the role {} in the organization", .0.as_str())]
    Role(Role),
    /// An organization always has an owner.
    #[error("this is the last owner; make somebody else an owner first")]
    LastOwner,
    /// A personal organization has one member for ever.
    #[error("this is a personal organization; make another one to work with others")]
    Personal,
    /// Something that was sent can't be.
    #[error("{field}: {message}")]
    Invalid {
        /// Which of what was sent.
        field: &'static str,
        /// What is wrong with it and what would be right.
        message: String,
    },
    /// It doesn't go together with what there is.
    #[error("{0}")]
    Conflict(String),
    /// An invitation that can't be accepted any more.
    #[error("this invitation {0}; ask for a new one")]
    Invitation(&'static str),
    /// Too often.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Refusal {
    /// What was sent as `field` can't be.
    pub(crate) fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { field, message: message.into() }
    }

    /// The name isn't one.
    pub(crate) fn name(error: NameError) -> Self {
        Self::invalid("name", error.to_string())
    }
}
