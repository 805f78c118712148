//! Which credential counts: the one that was given, else the environment's, else the stored one.

use std::path::PathBuf;
use std::time::Duration;

use doorkey_manifest::{Secret, TokenProblem, Values};

use crate::client::Client;
use crate::error::Error;
use crate::identity::Identity;
use crate::server::Server;

/// Whether there is a credential, as far as that can be told without asking anybody.
#[derive(Clone, Debug)]
pub enum Resolution {
    /// There is one.
    Found(Box<Credential>),
    /// There is none.
    SignedOut,
}

/// A credential that was found.
#[derive(Clone, Debug)]
pub struct Credential {
    /// What is sent to the service.
    pub token: Secret,
    /// Where it was found.
    pub source: Source,
    /// The service it is for.
    pub server: Server,
    /// When it ends, in milliseconds since 1970, as this machine's clock counted when it was stored.
    pub expires_at: Option<i64>,
    /// Whether it can be renewed without a person.
    pub refreshable: bool,
    /// Who it belonged to when it was stored.
    pub identity: Identity,
    /// Everything that was stored with it, secrets included.
    pub(crate) values: Values,
}

/// Where a credential was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It was given explicitly.
    Explicit,
    /// In an environment variable.
    Environment {
        /// The variable's name.
        variable: String,
    },
    /// In the credentials file.
    Stored {
        /// The file.
        path: PathBuf,
    },
}

impl Credential {
    /// How long it is still good for by this machine's clock; `None` when it doesn't say when it ends.
    pub fn time_left(&self, now_ms: i64) -> Option<Duration> {
        let left = self.expires_at?.saturating_sub(now_ms);
        Some(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
    }
}

impl Client {
    /// Finds the credential that counts: explicit → environment → stored. Asks no service.
    ///
    /// A variable that is set to nothing counts as unset. While a variable is set the credentials file isn't even
    /// opened, unless the manifest has a variable for the server that the file goes before. A stored credential is only found for the server it was issued by: a token never travels to another.
    pub fn resolve(&self) -> Result<Resolution, Error> {
        if let Some(token) = self.overrides().token.clone().filter(|token| !token.is_empty()) {
            return self.outside(token, Source::Explicit);
        }
        if let Some((variable, token)) = self.environment_token() {
            return self.outside(token, Source::Environment { variable });
        }
        self.stored()
    }

    /// The environment variable that holds a token now, and the token. Whoever names a profile explicitly wants that one,
    /// whatever the environment holds.
    fn environment_token(&self) -> Option<(String, Secret)> {
        if self.overrides().profile.as_deref().is_some_and(|name| !name.is_empty()) {
            return None;
        }
        self.set_token_variable()
    }

    fn set_token_variable(&self) -> Option<(String, Secret)> {
        self.manifest().environment.token.iter().find_map(|variable| {
            let value = self.system().environment.variable(variable).map(Secret::new)?;
            let token = value.expose().trim();
            (!token.is_empty()).then(|| (variable.clone(), Secret::from(token)))
        })
    }

    /// The environment variable whose token is used instead of the stored one, if one is set.
    pub fn overriding_variable(&self) -> Option<String> {
        self.environment_token().map(|(variable, _)| variable)
    }

    /// The environment variable that holds a token and isn't used, since a profile was named explicitly.
    pub fn overridden_variable(&self) -> Option<String> {
        let unused = self.environment_token().is_none() && self.overrides().token.is_none();
        self.set_token_variable().filter(|_| unused).map(|(variable, _)| variable)
    }

    /// A credential that comes from outside: nothing else is known about it.
    fn outside(&self, token: Secret, source: Source) -> Result<Resolution, Error> {
        if self.manifest().tokens.insist {
            let check = self.manifest().tokens.check_credential(token.expose());
            check.map_err(|problem| Error::MalformedToken { app: self.app().title().to_owned(), problem })?;
        }
        if !is_sendable(&token) {
            let problem = TokenProblem::Alphabet;
            return Err(Error::MalformedToken { app: self.app().title().to_owned(), problem });
        }
        let server = self.server_of_outside()?;
        Ok(Resolution::Found(Box::new(Credential {
            expires_at: None,
            refreshable: false,
            identity: Identity::default(),
            values: Values::new(),
            token,
            source,
            server,
        })))
    }
}

/// Whether a token can be one at all: it stands in headers, and in the protocols of other programs, where a line break would
/// begin something else and what isn't ASCII can't be said.
pub(crate) fn is_sendable(token: &Secret) -> bool {
    token.expose().bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

#[cfg(test)]
mod tests;
