//! What the account API says instead of doing something, told apart as far as the person can do something about it.

use std::time::Duration;

use thiserror::Error;

use crate::exit::Exit;

/// Why something about the account couldn't be done.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AccountError {
    /// The server isn't one that has this API.
    #[error("{server}: this server has no account API.")]
    NoApi {
        /// Its address.
        server: String,
    },
    /// The credential isn't enough.
    #[error("The credential isn't enough for this: {message}")]
    NeedsManage {
        /// What the service says about that.
        message: String,
        /// Whether a sign-in with [`MANAGE`](super::MANAGE) would be enough.
        managing: bool,
    },
    /// Signing in for one change isn't possible with this product.
    #[error("Changing the account takes a sign-in that asks for it, and {app} has none that can.")]
    NoStepUp {
        /// The product.
        app: String,
        /// Where it can be done instead.
        page: String,
    },
    /// The sign-in for one change was approved by somebody else.
    #[error(
        "That was approved by {found}, but you are signed in here as {expected}, so nothing was changed."
    )]
    OtherAccount {
        /// Who is signed in.
        expected: String,
        /// Who approved.
        found: String,
    },
    /// This person may not.
    #[error("{server} doesn't allow this: {message}")]
    Forbidden {
        /// Its address.
        server: String,
        /// What it says about that.
        message: String,
    },
    /// The plan doesn't include it.
    #[error("Your plan doesn't include this: {message}")]
    PlanRequired {
        /// The server's address.
        server: String,
        /// What it says about that.
        message: String,
        /// The plan that would.
        plan: Option<String>,
        /// Where plans are changed.
        billing_url: Option<String>,
    },
    /// It isn't there, or belongs to somebody else.
    #[error("{message}")]
    NotFound {
        /// What the service says about that.
        message: String,
    },
    /// It is in the way of something else.
    #[error("{message}")]
    Conflict {
        /// What the service says about that.
        message: String,
    },
    /// It was asked for wrongly.
    #[error("{message}")]
    Refused {
        /// What the service says about that.
        message: String,
    },
    /// There were too many calls.
    #[error("{server} has had too many requests from you.")]
    RateLimited {
        /// Its address.
        server: String,
        /// How long it wants to be left alone.
        after: Option<Duration>,
    },
    /// Nothing of what there is was meant.
    #[error("There is nothing called `{wanted}`.")]
    NoSuch {
        /// What was named.
        wanted: String,
    },
    /// It has ended already.
    #[error("`{wanted}` has been revoked already.")]
    AlreadyRevoked {
        /// What was named.
        wanted: String,
    },
    /// More than one was meant.
    #[error("`{wanted}` fits {}.", listed(.matches))]
    Ambiguous {
        /// What was named.
        wanted: String,
        /// What it fits.
        matches: Vec<Match>,
    },
    /// The credential acts for no organization, and none was named.
    #[error("This is about an organization, and your sign-in acts for none.")]
    NoOrganization,
    /// What should be the link of an invitation isn't one.
    #[error("This isn't the link of an invitation.")]
    BadLink,
    /// An invitation of another service.
    #[error("This invitation is for {found}, and you are signed in at {expected}.")]
    ForeignLink {
        /// The origin of the service that is signed in to.
        expected: String,
        /// The link's.
        found: String,
    },
}

/// One of several that fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The last characters of its secret.
    pub last_four: String,
}

fn listed(matches: &[Match]) -> String {
    let one = |found: &Match| format!("{} (…{}, {})", found.name, found.last_four, found.id);
    matches.iter().map(one).collect::<Vec<_>>().join(" and ")
}

impl AccountError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            AccountError::NoApi { .. } => "account.no_api",
            AccountError::NeedsManage { .. } => "account.needs_manage",
            AccountError::NoStepUp { .. } => "account.no_step_up",
            AccountError::OtherAccount { .. } => "account.other_account",
            AccountError::Forbidden { .. } => "account.forbidden",
            AccountError::PlanRequired { .. } => "account.plan_required",
            AccountError::NotFound { .. } => "account.not_found",
            AccountError::Conflict { .. } => "account.conflict",
            AccountError::Refused { .. } => "account.refused",
            AccountError::RateLimited { .. } => "account.rate_limited",
            AccountError::NoSuch { .. } => "account.no_such",
            AccountError::AlreadyRevoked { .. } => "account.already_revoked",
            AccountError::Ambiguous { .. } => "account.ambiguous",
            AccountError::NoOrganization => "account.no_organization",
            AccountError::BadLink => "account.bad_link",
            AccountError::ForeignLink { .. } => "account.foreign_link",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            AccountError::NoApi { .. } => {
                "Check the address; the manifest's `server.url` or `--api` names it.".to_owned()
            }
            AccountError::NeedsManage { managing: true, .. } => {
                format!("Sign in with the scope `{}`.", super::MANAGE)
            }
            AccountError::NeedsManage { managing: false, .. } => {
                "Use a sign-in: personal tokens and keys may only say who they are.".to_owned()
            }
            AccountError::NoStepUp { page, .. } => format!("Do it in a browser: {page}"),
            AccountError::OtherAccount { .. } => {
                "Sign out in the browser, or sign in here with the other account.".to_owned()
            }
            AccountError::PlanRequired { billing_url: Some(url), plan: Some(plan), .. } => {
                format!("The plan {plan} does; change yours here: {url}")
            }
            AccountError::PlanRequired { billing_url: Some(url), .. } => {
                format!("Change your plan here: {url}")
            }
            AccountError::PlanRequired { plan: Some(plan), .. } => format!("The plan {plan} does."),
            AccountError::RateLimited { after: Some(after), .. } => {
                format!("Try again in {} seconds.", after.as_secs().max(1))
            }
            AccountError::RateLimited { after: None, .. } => "Try again in a while.".to_owned(),
            AccountError::NoSuch { .. } => {
                "Name it by its id, the beginning of the id, its name or its last four characters.".to_owned()
            }
            AccountError::Ambiguous { .. } => "Name one of them by its id.".to_owned(),
            AccountError::BadLink => "Copy it again, from its first to its last character.".to_owned(),
            AccountError::ForeignLink { .. } => {
                "Name that server with `--api`, and sign in there.".to_owned()
            }
            AccountError::NoOrganization => "Name one.".to_owned(),
            AccountError::Forbidden { .. }
            | AccountError::PlanRequired { .. }
            | AccountError::NotFound { .. }
            | AccountError::Conflict { .. }
            | AccountError::Refused { .. }
            | AccountError::AlreadyRevoked { .. } => return None,
        })
    }

    /// What a command should exit with.
    pub fn exit(&self) -> Exit {
        match self {
            AccountError::NeedsManage { .. } => Exit::SignInRequired,
            AccountError::Forbidden { .. } | AccountError::PlanRequired { .. } => Exit::Forbidden,
            AccountError::RateLimited { .. } => Exit::CannotCheck,
            AccountError::Refused { .. }
            | AccountError::Ambiguous { .. }
            | AccountError::NoOrganization
            | AccountError::BadLink
            | AccountError::ForeignLink { .. } => Exit::Usage,
            AccountError::NoApi { .. }
            | AccountError::NoStepUp { .. }
            | AccountError::OtherAccount { .. }
            | AccountError::NotFound { .. }
            | AccountError::Conflict { .. }
            | AccountError::NoSuch { .. }
            | AccountError::AlreadyRevoked { .. } => Exit::Failed,
        }
    }
}
