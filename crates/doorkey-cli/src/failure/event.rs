//! What a manifest may have its own words for when something goes wrong, and what these words may use.

use doorkey::{AccountError, Error, ServiceError, SignInError};
use doorkey_manifest::Values;
use doorkey_manifest::manifest::Event;

use super::Failure;
use crate::time;

impl Failure {
    /// What the texts of an event may use: `detail` is the whole sentence, `message` what the service says where it says
    /// something, `status` what it answered with.
    pub fn values(&self) -> Values {
        let sentence = self.to_string();
        let mut values = Values::new().with("detail", sentence.as_str()).with("message", sentence);
        match self {
            Failure::Library(error) => library_values(error, &mut values),
            Failure::Refused(refused) => {
                values.set("status", refused.status);
                values.set("server", refused.server.as_str());
                values.remove("message");
                if let Some(message) = &refused.message {
                    values.set("message", message.as_str());
                }
            }
            Failure::ProgramMissing(missing) => {
                values.set("source", missing.names.join(", "));
                if let Some(install) = &missing.install {
                    values.set("why", install.as_str());
                }
            }
            _ => {}
        }
        values
    }

    /// The event that a manifest may have its own words for.
    pub fn event(&self) -> Option<Event> {
        let error = match self {
            Failure::Library(error) => error,
            Failure::ProgramMissing(_) => return Some(Event::ProgramMissing),
            Failure::Refused(_) => return Some(Event::RequestFailed),
            _ => return None,
        };
        Some(match error {
            Error::SignedOut { .. } => Event::NotSignedIn,
            Error::Expired { .. } | Error::TokenExpired { .. } => Event::Expired,
            Error::Revoked { .. } | Error::TokenRefused { .. } => Event::Rejected,
            Error::MalformedToken { .. } => Event::TokenMalformed,
            Error::Cancelled => Event::LoginCancelled,
            Error::SignIn(SignInError::Denied { .. }) => Event::LoginDenied,
            Error::SignIn(SignInError::Expired) => Event::LoginExpired,
            Error::SignIn(SignInError::TimedOut { .. }) => Event::LoginTimedOut,
            Error::SignIn(SignInError::ForeignState) => Event::StateMismatch,
            Error::Service(error) | Error::SignIn(SignInError::Unfinished(error)) if is_silence(error) => {
                Event::Unreachable
            }
            Error::SignIn(
                SignInError::Refused { .. }
                | SignInError::WrongIssuer { .. }
                | SignInError::NoAnswer
                | SignInError::UnknownTokenType { .. }
                | SignInError::Unfinished(_),
            ) => Event::LoginFailed,
            Error::SignIn(SignInError::NoPort { .. } | SignInError::NamedPort { .. }) => Event::NoPort,
            Error::Service(ServiceError::Upgrade { .. }) => Event::UpgradeRequired,
            Error::Forbidden { .. } | Error::Account(AccountError::Forbidden { .. }) => Event::Forbidden,
            Error::NeedsPlan { .. } | Error::Account(AccountError::PlanRequired { .. }) => Event::NeedsPlan,
            Error::Service(_)
            | Error::SignIn(SignInError::NotStarted { .. } | SignInError::UntrustedPage) => {
                Event::StartFailed
            }
            _ => return None,
        })
    }
}

/// Whether the service wasn't there to say anything.
fn is_silence(error: &ServiceError) -> bool {
    matches!(error, ServiceError::Unreachable { .. } | ServiceError::TimedOut { .. })
}

/// What an error of the library says beside its sentence.
fn library_values(error: &Error, values: &mut Values) {
    let mut say = |message: Option<&String>| {
        if let Some(message) = message {
            values.set("message", message.as_str());
        }
    };
    match error {
        Error::SignIn(
            SignInError::Denied { message }
            | SignInError::NotStarted { message }
            | SignInError::Refused { message },
        ) => say(message.as_ref()),
        Error::SignIn(SignInError::TimedOut { after }) => {
            values.set("timeout", time::in_words(*after));
            values.set("timeout_seconds", after.as_secs());
        }
        Error::TokenRefused { server, message } => {
            values.remove("message");
            values.set("server", server.as_str());
            if let Some(message) = message {
                values.set("message", message.as_str());
            }
        }
        Error::Forbidden { server, message, .. } | Error::NeedsPlan { server, message, .. } => {
            say(message.as_ref());
            values.set("server", server.as_str());
        }
        Error::Account(
            AccountError::Forbidden { server, message } | AccountError::PlanRequired { server, message, .. },
        ) => {
            values.set("server", server.as_str());
            values.set("message", message.as_str());
        }
        Error::SignIn(SignInError::NoPort { ports, why }) => {
            values.set("callback_ports", ports.clone());
            values.set("why", why.as_str());
        }
        Error::SignIn(SignInError::NamedPort { port, why }) => {
            values.set("callback_ports", vec![*port]);
            values.set("why", why.as_str());
        }
        Error::Service(error) | Error::SignIn(SignInError::Unfinished(error)) => {
            service_values(error, values);
        }
        _ => {}
    }
}

fn service_values(error: &ServiceError, values: &mut Values) {
    if let Some(status) = error.status() {
        values.set("status", status);
    }
    values.set("server", error.server());
    match error {
        ServiceError::Unreachable { why, .. } => values.set("why", why.as_str()),
        ServiceError::Unexpected { message: Some(message), .. }
        | ServiceError::TryLater { message: Some(message), .. } => values.set("message", message.as_str()),
        ServiceError::Upgrade { about, .. } => {
            if let Some(supported) = &about.supported {
                values.set("supported_versions", supported.as_str());
            }
            if let Some(reason) = &about.reason {
                values.set("gate_reason", reason.as_str());
            }
        }
        _ => {}
    }
}
