//! What can go wrong, with what to do about it and what a command should exit with.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use doorkey_manifest::{FillError, Problems, TokenProblem};
use thiserror::Error;

use crate::account::AccountError;
use crate::exit::Exit;
use crate::profile::{BadProfileName, ChosenBy, ProfileName};
use crate::service::ServiceError;
use crate::settings::SettingsError;
use crate::sign_in::SignInError;
use crate::store::StoreError;
use crate::system::EntropyFailure;

/// Anything that keeps an operation from doing what it was asked.
///
/// Every error says in a full sentence what happened, has a stable [`code`](Error::code), usually a
/// [`hint`](Error::hint) that says what to do, and an [`exit`](Error::exit). None of them holds a secret.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// No manifest of this name is built in.
    #[error("There is no app named `{name}`.")]
    UnknownApp {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The manifest's file couldn't be read.
    #[error("The manifest {} couldn't be read.", path.display())]
    ManifestUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The manifest is wrong.
    #[error("The manifest can't be used.\n{0}")]
    ManifestInvalid(#[from] Problems),
    /// Something in the manifest needs a value that isn't there.
    #[error("The manifest's {what} couldn't be filled in: {source}.")]
    Unfillable {
        /// Which part of the manifest.
        what: String,
        /// The missing value.
        source: FillError,
    },
    /// The manifest doesn't describe what was asked for.
    #[error("{app} doesn't offer {what}.")]
    NotOffered {
        /// The product.
        app: String,
        /// What it doesn't offer, as a noun.
        what: String,
    },
    /// A server's address that can't be used.
    #[error("`{address}` can't be used as the server's address: {why}.")]
    BadServer {
        /// The address.
        address: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There is no randomness.
    #[error("A sign-in can't be started safely.")]
    Entropy(#[from] EntropyFailure),
    /// Nobody is signed in.
    #[error("You aren't signed in to {app}.")]
    SignedOut {
        /// The product.
        app: String,
        /// Its command.
        command: String,
    },
    /// The credential is over and can't be renewed.
    #[error("Your sign-in to {app} has expired.")]
    Expired {
        /// The product.
        app: String,
        /// Its command.
        command: String,
    },
    /// The credential can't be had for as long as it was asked for.
    #[error(
        "Your sign-in to {app} is good for {} more seconds, and it was asked for {} seconds.",
        left.as_secs(),
        wanted.as_secs()
    )]
    EndsTooSoon {
        /// The product.
        app: String,
        /// Its command.
        command: String,
        /// How long it is still good for.
        left: Duration,
        /// How long it should be.
        wanted: Duration,
    },
    /// Another program asked for a credential for a place that it doesn't belong to.
    #[error("{origin} gets no token of {app}.")]
    ForeignOrigin {
        /// The product.
        app: String,
        /// The place.
        origin: String,
        /// Where it may go.
        own: Vec<String>,
    },
    /// The service doesn't accept the credential any more.
    #[error("Your sign-in to {app} isn't accepted any more: {server} says it was revoked or has ended.")]
    Revoked {
        /// The product.
        app: String,
        /// Its command.
        command: String,
        /// Who says so.
        server: String,
    },
    /// The service knows the credential and doesn't let it go on.
    #[error("You are signed in to {app}, but {server} doesn't allow this{}", said(message.as_deref()))]
    Forbidden {
        /// The product.
        app: String,
        /// Who says so.
        server: String,
        /// What the service says about it.
        message: Option<String>,
    },
    /// The service knows the credential, and the plan doesn't include this.
    #[error("You are signed in to {app}, but the plan doesn't include this{}", said(message.as_deref()))]
    NeedsPlan {
        /// The product.
        app: String,
        /// Who says so.
        server: String,
        /// What the service says about it.
        message: Option<String>,
    },
    /// Something that can't be one of this product's tokens.
    #[error("This can't be a token of {app}: {problem}.")]
    MalformedToken {
        /// The product.
        app: String,
        /// What is wrong with it.
        problem: TokenProblem,
    },
    /// The service refused a token that was to be saved.
    #[error("{server} doesn't accept this token, so it wasn't saved.")]
    TokenRefused {
        /// Who refused it.
        server: String,
        /// What the service says about it.
        message: Option<String>,
    },
    /// A token that was to be saved has run out.
    #[error("This token has expired, {server} says, so it wasn't saved.")]
    TokenExpired {
        /// Who says so.
        server: String,
    },
    /// The person, or the caller, ended it.
    #[error("Cancelled.")]
    Cancelled,
    /// A profile that nobody has made or signed in to.
    #[error("There is no profile named `{name}`{}.", named_by(chosen_by))]
    UnknownProfile {
        /// What was asked for.
        name: ProfileName,
        /// Who asked for it.
        chosen_by: ChosenBy,
        /// What there is.
        known: Vec<ProfileName>,
    },
    /// Something that can't be what a profile is called.
    #[error("`{name}` ({by}) can't be a profile: {problem}.")]
    BadProfileName {
        /// What was given.
        name: String,
        /// The option or variable that it was given with.
        by: String,
        /// What is wrong with it.
        problem: BadProfileName,
    },
    /// What the person has settled.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Where credentials are kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the service did.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The sign-in itself.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// What the account API said.
    #[error(transparent)]
    Account(#[from] AccountError),
}

/// The same errors, told apart as coarsely as a program that wraps the library needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The manifest, an option or an address.
    Usage,
    /// The place where credentials are kept.
    Store,
    /// The service can't be asked or answers nonsense.
    Service,
    /// Somebody has to sign in first.
    SignInRequired,
    /// Signing in didn't work.
    SignIn,
    /// The account API said no.
    Account,
    /// Cancelled.
    Cancelled,
}

/// What a service said, as the end of a sentence.
fn said(message: Option<&str>) -> String {
    message.map_or_else(|| ".".to_owned(), |message| format!(": {message}"))
}

/// Who named a profile that isn't there, where that isn't plain.
fn named_by(chosen_by: &ChosenBy) -> String {
    match chosen_by {
        ChosenBy::Environment { variable } => format!(", which {variable} names"),
        ChosenBy::Folder { folder } => format!(", which {} is bound to", folder.display()),
        ChosenBy::Setting => ", which is set as the default".to_owned(),
        ChosenBy::Explicit | ChosenBy::Nothing => String::new(),
    }
}

impl Error {
    /// A stable name for programs, such as `store.readable_by_others`.
    pub fn code(&self) -> &'static str {
        match self {
            Error::UnknownApp { .. } => "app.unknown",
            Error::ManifestUnreadable { .. } => "manifest.unreadable",
            Error::ManifestInvalid(_) => "manifest.invalid",
            Error::Unfillable { .. } => "manifest.unfillable",
            Error::NotOffered { .. } => "manifest.not_offered",
            Error::BadServer { .. } => "server.address",
            Error::Entropy(_) => "system.entropy",
            Error::SignedOut { .. } => "credential.signed_out",
            Error::Expired { .. } => "credential.expired",
            Error::Revoked { .. } => "credential.revoked",
            Error::Forbidden { .. } => "credential.forbidden",
            Error::NeedsPlan { .. } => "credential.needs_plan",
            Error::EndsTooSoon { .. } => "credential.ends_too_soon",
            Error::ForeignOrigin { .. } => "credential.foreign_origin",
            Error::MalformedToken { .. } => "token.malformed",
            Error::TokenRefused { .. } => "token.refused",
            Error::TokenExpired { .. } => "token.expired",
            Error::UnknownProfile { .. } => "profile.unknown",
            Error::BadProfileName { .. } => "profile.name",
            Error::Cancelled => "cancelled",
            Error::Settings(error) => error.code(),
            Error::Store(error) => error.code(),
            Error::Service(error) => error.code(),
            Error::SignIn(error) => error.code(),
            Error::Account(error) => error.code(),
        }
    }

    /// What to do about it, in a sentence.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::UnknownApp { known, .. } if known.is_empty() => {
                Some("Name the manifest's file instead, such as `./demo.toml`.".to_owned())
            }
            Error::UnknownApp { known, .. } => Some(format!(
                "There are: {}. A manifest's file can be named, too, such as `./demo.toml`.",
                known.join(", ")
            )),
            Error::ManifestUnreadable { .. } => Some("Check the path and the file's mode.".to_owned()),
            Error::Unfillable { .. } => Some("The manifest's author has to mend this.".to_owned()),
            Error::BadServer { .. } => Some(
                "Give it as https://HOST, or as http://127.0.0.1:PORT for a server on this machine."
                    .to_owned(),
            ),
            Error::SignedOut { command, .. }
            | Error::Expired { command, .. }
            | Error::Revoked { command, .. } => Some(format!("Run `{command} login`.")),
            Error::EndsTooSoon { command, .. } => {
                Some(format!("Ask for less, or run `{command} login` for a fresh one."))
            }
            Error::ForeignOrigin { own, .. } => {
                Some(format!("It may go to {}. The manifest's [helpers] can name more.", own.join(", ")))
            }
            Error::MalformedToken { .. } => {
                Some("Copy it again, from its first to its last character.".to_owned())
            }
            Error::TokenRefused { .. } => Some(
                "It may have expired or been revoked, or belong to another server. Make a new one."
                    .to_owned(),
            ),
            Error::TokenExpired { .. } => Some("Make a new one.".to_owned()),
            Error::Forbidden { .. } => {
                Some("Ask an owner of your organization, or use another account.".to_owned())
            }
            Error::NeedsPlan { .. } => Some("Change the plan, or use another account.".to_owned()),
            Error::UnknownProfile { name, known, .. } => {
                let known = known.iter().map(ProfileName::as_str).collect::<Vec<_>>().join(", ");
                Some(format!("There are: {known}. Signing in with `--profile {name}` makes it."))
            }
            Error::BadProfileName { .. } => Some("Give it another name.".to_owned()),
            Error::Settings(error) => error.hint(),
            Error::ManifestInvalid(_) | Error::NotOffered { .. } | Error::Entropy(_) | Error::Cancelled => {
                None
            }
            Error::Store(error) => error.hint(),
            Error::Service(error) => error.hint(),
            Error::SignIn(error) => error.hint(),
            Error::Account(error) => error.hint(),
        }
    }

    /// What a command should exit with.
    pub fn exit(&self) -> Exit {
        match self {
            Error::UnknownApp { .. }
            | Error::ManifestUnreadable { .. }
            | Error::ManifestInvalid(_)
            | Error::NotOffered { .. }
            | Error::BadServer { .. }
            | Error::UnknownProfile { .. }
            | Error::BadProfileName { .. }
            | Error::MalformedToken { .. } => Exit::Usage,
            Error::Settings(error) => error.exit(),
            Error::Unfillable { .. }
            | Error::Entropy(_)
            | Error::TokenRefused { .. }
            | Error::TokenExpired { .. }
            | Error::ForeignOrigin { .. }
            | Error::Store(_) => Exit::Failed,
            Error::SignedOut { .. }
            | Error::Expired { .. }
            | Error::Revoked { .. }
            | Error::EndsTooSoon { .. } => Exit::SignInRequired,
            Error::Forbidden { .. } | Error::NeedsPlan { .. } => Exit::Forbidden,
            Error::Cancelled => Exit::Cancelled,
            Error::Service(error) => error.exit(),
            Error::SignIn(error) => error.exit(),
            Error::Account(error) => error.exit(),
        }
    }

    /// Which part of the library it is about.
    pub fn kind(&self) -> Kind {
        match self {
            Error::UnknownApp { .. }
            | Error::ManifestUnreadable { .. }
            | Error::ManifestInvalid(_)
            | Error::Unfillable { .. }
            | Error::NotOffered { .. }
            | Error::BadServer { .. }
            | Error::UnknownProfile { .. }
            | Error::BadProfileName { .. }
            | Error::Settings(_)
            | Error::ForeignOrigin { .. }
            | Error::MalformedToken { .. } => Kind::Usage,
            Error::SignedOut { .. }
            | Error::Expired { .. }
            | Error::Revoked { .. }
            | Error::EndsTooSoon { .. } => Kind::SignInRequired,
            Error::Entropy(_)
            | Error::SignIn(_)
            | Error::TokenRefused { .. }
            | Error::TokenExpired { .. } => Kind::SignIn,
            Error::Cancelled => Kind::Cancelled,
            Error::Store(_) => Kind::Store,
            Error::Service(_) | Error::Forbidden { .. } | Error::NeedsPlan { .. } => Kind::Service,
            Error::Account(_) => Kind::Account,
        }
    }
}
