//! What a command should exit with, decided where the fact is known.

/// How a command that ran into a fact or an error ends.
///
/// The numbers are documented and stable; scripts branch on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// It worked.
    Ok,
    /// It failed for a reason that has no number of its own.
    Failed,
    /// It was asked for wrongly: an option, a manifest, a variable.
    Usage,
    /// It can't be said now: offline, the service is broken or busy.
    CannotCheck,
    /// Somebody has to sign in first: signed out, expired, revoked.
    SignInRequired,
    /// Signed in, and not allowed to: forbidden, or needs a plan.
    Forbidden,
    /// The person ended it.
    Cancelled,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Exit::Ok => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::CannotCheck => 3,
            Exit::SignInRequired => 4,
            Exit::Forbidden => 5,
            Exit::Cancelled => 130,
        }
    }
}
