//! Who is signed in, told apart as finely as the truth is: offline is not invalid, forbidden is not signed out.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorkey_manifest::{Meaning, Operation, Secret, Values, names};

use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Error;
use crate::exit::Exit;
use crate::identity::Identity;
use crate::resolve::{Credential, Resolution, Source};
use crate::server::Server;
use crate::service::{Answer, Asking, ServiceError, message_of};

/// Who is signed in, at which service, and how that is known.
#[derive(Clone, Debug)]
pub struct WhoAmI {
    /// What holds.
    pub truth: Truth,
    /// Who it is: as the service says where it was asked, else as it was stored.
    pub identity: Identity,
    /// The service.
    pub server: Server,
    /// Where the credential was found.
    pub source: Option<Source>,
    /// When it ends, in milliseconds since 1970, as far as that is known.
    pub expires_at: Option<i64>,
    /// Whether it renews itself.
    pub refreshable: bool,
    /// The HTTP status that the service answered with, where it was asked and did.
    pub status: Option<u16>,
    /// What the service says about it, where it says more than the truth alone.
    pub message: Option<String>,
    /// Everything that the service said, as the manifest reads it, beyond who it is: `{user}`, `{orgs}`. Nothing secret.
    pub answer: Values,
    /// The credential itself, for texts that show its beginning.
    pub token: Option<Secret>,
}

/// What the service says about one credential.
pub(crate) struct Verdict {
    pub truth: Truth,
    pub identity: Identity,
    pub status: Option<u16>,
    pub message: Option<String>,
    pub answer: Values,
}

impl Verdict {
    fn of(truth: Truth, identity: Identity) -> Verdict {
        let (status, message) = match &truth {
            Truth::CannotCheck { why: WhyNot::Service(error) } => (error.status(), None),
            _ => (None, None),
        };
        Verdict { truth, identity, status, message, answer: Values::new() }
    }
}

/// What holds about a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// There is none.
    SignedOut,
    /// The service accepts it.
    Valid,
    /// It has run out.
    Expired,
    /// The service doesn't accept it: revoked, or never one of its own.
    Rejected,
    /// The service accepts it, but not for this.
    Forbidden {
        /// What the service says about that.
        message: Option<String>,
    },
    /// The service accepts it, but the plan doesn't include this.
    NeedsPlan {
        /// What the service says about that.
        message: Option<String>,
    },
    /// It can't be told now.
    CannotCheck {
        /// Why.
        why: WhyNot,
    },
}

/// Why a credential can't be checked now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhyNot {
    /// The service can't be asked, or gives no usable answer.
    Service(ServiceError),
    /// The service has no such question.
    NotOffered {
        /// The product.
        app: String,
    },
    /// Something else; a sentence.
    Other(String),
}

impl WhyNot {
    /// Whether there was no connection to the service, or none that held, rather than no use in its answer.
    pub fn is_offline(&self) -> bool {
        matches!(
            self,
            WhyNot::Service(
                ServiceError::Unreachable { .. }
                    | ServiceError::TimedOut { .. }
                    | ServiceError::Unsafe { .. }
                    | ServiceError::Proxy { .. }
                    | ServiceError::Intercepted { .. }
                    | ServiceError::Broken { .. }
            )
        )
    }

    pub(crate) fn of(error: &Error) -> WhyNot {
        match error {
            Error::Service(error) => WhyNot::Service(error.clone()),
            Error::NotOffered { app, .. } => WhyNot::NotOffered { app: app.clone() },
            other => WhyNot::Other(other.to_string()),
        }
    }
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // A wish of the service's is told with it; what else there is to do, whoever asked knows.
            WhyNot::Service(error @ ServiceError::TryLater { retry_after: Some(_), .. }) => {
                write!(f, "{error} {}", error.hint().unwrap_or_default())
            }
            WhyNot::Service(error) => error.fmt(f),
            WhyNot::NotOffered { app } => write!(f, "{app} has no way to ask who is signed in."),
            WhyNot::Other(sentence) => f.write_str(sentence),
        }
    }
}

impl Truth {
    /// A stable word for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Truth::SignedOut => "signed_out",
            Truth::Valid => "valid",
            Truth::Expired => "expired",
            Truth::Rejected => "rejected",
            Truth::Forbidden { .. } => "forbidden",
            Truth::NeedsPlan { .. } => "needs_plan",
            Truth::CannotCheck { .. } => "cannot_check",
        }
    }

    /// What a command should exit with.
    pub fn exit(&self) -> Exit {
        match self {
            Truth::Valid => Exit::Ok,
            Truth::SignedOut | Truth::Expired | Truth::Rejected => Exit::SignInRequired,
            Truth::Forbidden { .. } | Truth::NeedsPlan { .. } => Exit::Forbidden,
            Truth::CannotCheck { .. } => Exit::CannotCheck,
        }
    }
}

impl Client {
    /// Asks the service whose the credential is. A stored one that has run out is renewed first, and one that the
    /// service refuses is renewed once before the refusal is believed: this machine's clock may be wrong.
    ///
    /// Only what keeps the question from being asked at all is an error; everything else is a [`Truth`].
    pub fn who_am_i(&self, cancel: &Cancel) -> Result<WhoAmI, Error> {
        let Resolution::Found(found) = self.resolve()? else {
            return Ok(nobody(self.server_for_login()?));
        };
        let mut credential = *found;
        let mut renewed = false;
        let over = credential.time_left(self.system().clock.now_ms()) == Some(Duration::ZERO);
        if over && credential.refreshable {
            match self.renewed(&credential, Some(Duration::ZERO), cancel)? {
                Ok(fresh) => credential = fresh,
                Err(truth) => return self.told_by_the_old_one(truth, &credential, cancel),
            }
            renewed = true;
        }
        let mut verdict = self.check(&credential, cancel)?;
        if matches!(verdict.truth, Truth::Rejected | Truth::Expired) && credential.refreshable && !renewed {
            match self.renewed(&credential, None, cancel)? {
                Ok(fresh) => {
                    credential = fresh;
                    verdict = self.check(&credential, cancel)?;
                }
                // What was answered to the question itself stays the answer.
                Err(truth) => verdict.truth = truth,
            }
        }
        Ok(told(verdict, &credential))
    }

    /// A credential that has run out and can't be renewed now is asked about all the same: the clock may be wrong, and what
    /// the service answers says more than that nobody could be asked for another.
    fn told_by_the_old_one(
        &self,
        truth: Truth,
        credential: &Credential,
        cancel: &Cancel,
    ) -> Result<WhoAmI, Error> {
        let silent =
            matches!(truth, Truth::CannotCheck { why: WhyNot::Service(ServiceError::TimedOut { .. }) });
        // Whoever waited for nothing isn't made to wait as long once more.
        if silent || !matches!(truth, Truth::CannotCheck { .. }) {
            return Ok(told(Verdict::of(truth, credential.identity.clone()), credential));
        }
        let mut verdict = self.check(credential, cancel)?;
        if matches!(verdict.truth, Truth::Rejected | Truth::Expired) {
            verdict.truth = truth;
        }
        Ok(told(verdict, credential))
    }

    /// Who is signed in as far as it is known here. Asks nobody.
    pub fn who_am_i_offline(&self) -> Result<WhoAmI, Error> {
        let Resolution::Found(found) = self.resolve()? else {
            return Ok(nobody(self.server_for_login()?));
        };
        let credential = *found;
        let mut verdict = Verdict::of(Truth::Valid, credential.identity.clone());
        verdict.answer = shown_of(&credential.values);
        Ok(told(verdict, &credential))
    }

    /// The renewed credential, or what its absence means.
    fn renewed(
        &self,
        credential: &Credential,
        min_ttl: Option<Duration>,
        cancel: &Cancel,
    ) -> Result<Result<Credential, Truth>, Error> {
        match self.renew(credential, min_ttl, cancel) {
            Ok(fresh) => Ok(Ok(fresh)),
            Err(Error::Revoked { .. }) => Ok(Err(Truth::Rejected)),
            Err(Error::Expired { .. }) => Ok(Err(Truth::Expired)),
            Err(Error::SignedOut { .. }) => Ok(Err(Truth::SignedOut)),
            Err(Error::Forbidden { message, .. }) => Ok(Err(Truth::Forbidden { message })),
            Err(Error::NeedsPlan { message, .. }) => Ok(Err(Truth::NeedsPlan { message })),
            Err(Error::Service(error)) => Ok(Err(Truth::CannotCheck { why: WhyNot::Service(error) })),
            Err(error) => Err(error),
        }
    }

    /// Asks about one credential, as it is.
    pub(crate) fn check(&self, credential: &Credential, cancel: &Cancel) -> Result<Verdict, Error> {
        let operation = match self.manifest().exchange(Operation::WhoAmI) {
            None if self.manifest().exchange(Operation::Check).is_some() => Operation::Check,
            _ => Operation::WhoAmI,
        };
        let mut values = credential.values.clone();
        values.set_secret("token", &credential.token);
        let answer = match self.ask(operation, &credential.server, &values, Asking::simply(cancel)) {
            Ok(answer) => answer,
            Err(error @ Error::Service(_)) => {
                let truth = Truth::CannotCheck { why: WhyNot::of(&error) };
                return Ok(Verdict::of(truth, credential.identity.clone()));
            }
            Err(error) => return Err(error),
        };
        let truth = self.truth_of(operation, credential, &answer);
        let mut known = credential.identity.values().clone();
        if truth == Truth::Valid {
            known.merge(answer.values.clone());
        }
        Ok(Verdict {
            truth,
            identity: Identity::from_values(&known),
            status: Some(answer.status),
            message: message_of(&answer.values),
            answer: shown_of(&answer.values),
        })
    }

    fn truth_of(&self, operation: Operation, credential: &Credential, answer: &Answer) -> Truth {
        let message = || message_of(&answer.values);
        match answer.means {
            Meaning::Ok => Truth::Valid,
            Meaning::Expired => Truth::Expired,
            Meaning::Invalid if self.has_run_out(credential) => Truth::Expired,
            Meaning::Invalid => Truth::Rejected,
            Meaning::Forbidden => Truth::Forbidden { message: message() },
            Meaning::NeedsPlan => Truth::NeedsPlan { message: message() },
            _ => {
                let error = Client::unexpected(operation, &credential.server, answer);
                Truth::CannotCheck { why: WhyNot::Service(error) }
            }
        }
    }

    /// Whether a credential that the service refuses has simply run out.
    fn has_run_out(&self, credential: &Credential) -> bool {
        let end = credential.expires_at.or_else(|| end_of_jwt(credential.token.expose()));
        end.is_some_and(|end| end <= self.system().clock.now_ms())
    }
}

fn nobody(server: Server) -> WhoAmI {
    WhoAmI {
        truth: Truth::SignedOut,
        identity: Identity::default(),
        server,
        source: None,
        expires_at: None,
        refreshable: false,
        status: None,
        message: None,
        answer: Values::new(),
        token: None,
    }
}

fn told(verdict: Verdict, credential: &Credential) -> WhoAmI {
    WhoAmI {
        truth: verdict.truth,
        identity: verdict.identity,
        server: credential.server.clone(),
        source: Some(credential.source.clone()),
        expires_at: credential.expires_at.or_else(|| end_of_jwt(credential.token.expose())),
        refreshable: credential.refreshable,
        status: verdict.status,
        message: verdict.message,
        answer: verdict.answer,
        token: Some(credential.token.clone()),
    }
}

/// What may be shown of what was said or stored.
pub(crate) fn shown_of(values: &Values) -> Values {
    let is_secret = |name: &str| names::lookup(name).is_none_or(|entry| entry.secret);
    let shown = values.iter().filter(|(name, _)| !is_secret(name));
    shown.map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

/// When a JWT says that it ends, in milliseconds since 1970. Read for words only: a token is opaque to us and its
/// signature isn't checked.
fn end_of_jwt(token: &str) -> Option<i64> {
    let mut parts = token.split('.');
    let (_, payload, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    let claims: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    claims.get("exp")?.as_i64()?.checked_mul(1000)
}

#[cfg(test)]
mod tests;
