//! Signing in: the way that fits, then the credential on disk, then who it is.

use std::path::PathBuf;
use std::time::Duration;

use doorkey_manifest::manifest::Way;
use doorkey_manifest::{Meaning, Operation, Secret, Values};

use crate::account::MANAGE;
use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Error;
use crate::identity::Identity;
use crate::progress::{Event, Progress};
use crate::resolve::{Credential, Source};
use crate::server::Server;
use crate::service::Asking;
use crate::sign_in::{self, SignInError, choose};
use crate::who_am_i::Truth;

/// What the person wishes.
#[derive(Clone, Debug)]
pub struct LoginOptions {
    /// Which way.
    pub wish: choose::Wish,
    /// Whether a browser may be opened.
    pub open_browser: bool,
    /// How long to wait for the person; without it, as long as the manifest says.
    pub timeout: Option<Duration>,
    /// How long to wait between polls; without it, as long as the service says.
    pub poll_interval: Option<Duration>,
    /// The scopes to ask for; without it, those of the manifest.
    pub scopes: Option<Vec<String>>,
    /// The organization to act for, by id or short name; without it, the service and the person choose.
    pub organization: Option<String>,
}

impl Default for LoginOptions {
    fn default() -> LoginOptions {
        LoginOptions {
            wish: choose::Wish::Auto,
            open_browser: true,
            timeout: None,
            poll_interval: None,
            scopes: None,
            organization: None,
        }
    }
}

/// A sign-in that worked: the credential is on disk.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who is signed in, as far as the service said.
    pub identity: Identity,
    /// At which service.
    pub server: Server,
    /// By which way; `None` for a token that was given.
    pub way: Option<Way>,
    /// Where the credential lies.
    pub path: PathBuf,
    /// When it ends, in milliseconds since 1970.
    pub expires_at: Option<i64>,
    /// The environment variable whose token is used instead, as long as it is set.
    pub overridden_by: Option<String>,
    /// Whether the service was asked about the credential.
    pub checked: Checked,
}

/// Whether the service was asked about a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// It was, and accepts it.
    Yes,
    /// It couldn't be asked.
    No {
        /// Why, in a sentence.
        why: String,
    },
}

impl Client {
    /// Signs a person in: chooses the way, shows the page through `progress`, waits for the decision and keeps the
    /// credential. It is on disk before anything else is asked.
    pub fn login(
        &self,
        options: &LoginOptions,
        progress: &mut dyn Progress,
        cancel: &Cancel,
    ) -> Result<SignedIn, Error> {
        let choice = self.choose_way(options)?;
        progress.report(Event::Way(choice.clone()));
        self.check_scopes(options)?;
        let server = self.server_for_login()?;
        self.store()?.prepare()?;
        let values = self.sign_in(&server, options, &choice, progress, cancel)?;
        let path = self.keep(&server, &values, progress)?;
        let credential = self.credential_of(&server, values, path.clone())?;
        let (truth, identity) = match self.check(&credential, cancel) {
            Ok(found) => found,
            Err(Error::NotOffered { .. }) => (Truth::Valid, credential.identity.clone()),
            Err(error) => {
                (Truth::CannotCheck { why: crate::who_am_i::WhyNot::of(&error) }, credential.identity.clone())
            }
        };
        if !identity.is_empty() && identity != credential.identity {
            self.remember(&credential, &identity)?;
        }
        let checked = match truth {
            Truth::Valid | Truth::Forbidden { .. } | Truth::NeedsPlan { .. } => Checked::Yes,
            Truth::CannotCheck { why } => Checked::No { why: why.to_string() },
            Truth::SignedOut | Truth::Expired | Truth::Rejected => {
                Checked::No { why: format!("{} doesn't say who this is.", server.url) }
            }
        };
        Ok(self.signed_in(&credential, identity, Some(choice.way), path, checked))
    }

    /// The sign-in alone: what the service gave. Nothing of it is kept yet.
    pub(crate) fn sign_in(
        &self,
        server: &Server,
        options: &LoginOptions,
        choice: &choose::Choice,
        progress: &mut dyn Progress,
        cancel: &Cancel,
    ) -> Result<Values, Error> {
        match choice.way {
            Way::Loopback => sign_in::loopback::run(self, server, options, choice, progress, cancel),
            Way::Device | Way::Session => sign_in::poll::run(self, server, options, choice, progress, cancel),
            Way::Paste => Err(self.paste_needed(server)?),
            Way::Anonymous => self.anonymous(server, cancel),
        }
    }

    /// Keeps a token that somebody pasted, piped or was given: its format is checked here where the manifest declares
    /// one, then the service is asked. One that it refuses isn't kept; where it can't be asked the token is kept
    /// unchecked, and [`SignedIn::checked`] says so.
    pub fn save_token(
        &self,
        token: Secret,
        progress: &mut dyn Progress,
        cancel: &Cancel,
    ) -> Result<SignedIn, Error> {
        let token = Secret::from(token.expose().trim());
        let app = || self.app().title().to_owned();
        let check = self.manifest().tokens.check_credential(token.expose());
        check.map_err(|problem| Error::MalformedToken { app: app(), problem })?;
        if token.is_empty() || token.expose().chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(Error::MalformedToken {
                app: app(),
                problem: doorkey_manifest::TokenProblem::Alphabet,
            });
        }
        let server = self.server_for_login()?;
        self.store()?.prepare()?;
        let mut values = Values::new();
        values.set_secret("token", &token);
        values.set("saved_at", self.system().clock.now_ms());
        let path = self.credentials_path()?;
        let credential = self.credential_of(&server, values, path)?;
        let (truth, identity) = match self.check(&credential, cancel) {
            Err(Error::NotOffered { .. }) => {
                let why = crate::who_am_i::WhyNot::NotOffered { app: app() };
                (Truth::CannotCheck { why }, Identity::default())
            }
            other => other?,
        };
        let checked = match truth {
            Truth::Valid | Truth::Forbidden { .. } | Truth::NeedsPlan { .. } => Checked::Yes,
            Truth::CannotCheck { why } => Checked::No { why: why.to_string() },
            Truth::SignedOut | Truth::Expired | Truth::Rejected => {
                return Err(Error::TokenRefused { server: server.url });
            }
        };
        let mut values = credential.values.clone();
        values.merge(identity.values().clone());
        let path = self.keep(&server, &values, progress)?;
        Ok(self.signed_in(&credential, identity, None, path, checked))
    }

    /// The way that [`login`](Client::login) would take, and why.
    pub fn choose_way(&self, options: &LoginOptions) -> Result<choose::Choice, Error> {
        let ways = &self.manifest().sign_in.ways;
        let choice =
            choose::choose(ways, options.wish, options.open_browser, self.app().title(), self.system())?;
        Ok(choice)
    }

    /// Writes a new credential, under the lock. From here on nothing is cancelled: the service has given the token.
    fn keep(&self, server: &Server, values: &Values, progress: &mut dyn Progress) -> Result<PathBuf, Error> {
        let store = self.store()?;
        let mut all = self.base_values(server)?;
        all.merge(values.clone());
        let lock = store.lock(&Cancel::never())?;
        store.write(&lock, &all, progress)?;
        Ok(store.path().to_owned())
    }

    /// Adds to the stored credential whose it is, if it is still this one.
    pub(crate) fn remember(&self, credential: &Credential, identity: &Identity) -> Result<(), Error> {
        let store = self.store()?;
        let lock = store.lock(&Cancel::never())?;
        if let Some(stored) = store.read()?
            && stored.values.secret("token").as_ref() == Some(&credential.token)
        {
            let mut values = stored.values.clone();
            values.merge(identity.values().clone());
            store.update(&lock, &stored, &values)?;
        }
        Ok(())
    }

    fn credential_of(&self, server: &Server, values: Values, path: PathBuf) -> Result<Credential, Error> {
        let mut all = server.values();
        all.merge(values);
        Ok(Credential {
            token: all.secret("token").ok_or_else(|| self.signed_out())?,
            source: Source::Stored { path },
            server: server.clone(),
            expires_at: all.number("expires_at"),
            refreshable: all.text("refresh_token").is_some(),
            identity: Identity::from_values(&all),
            values: all,
        })
    }

    fn signed_in(
        &self,
        credential: &Credential,
        identity: Identity,
        way: Option<Way>,
        path: PathBuf,
        checked: Checked,
    ) -> SignedIn {
        SignedIn {
            identity,
            server: credential.server.clone(),
            way,
            path,
            expires_at: credential.expires_at,
            overridden_by: self.overriding_variable(),
            checked,
        }
    }

    fn check_scopes(&self, options: &LoginOptions) -> Result<(), Error> {
        let known = &self.manifest().scopes;
        // Every service of ours knows the one for managing the account, whatever the product's own are.
        let is_known = |scope: &str| scope == MANAGE || known.get(scope).is_some();
        let unknown = options.scopes.iter().flatten().find(|scope| !is_known(scope));
        match unknown {
            Some(scope) => Err(Error::NotOffered {
                app: self.app().title().to_owned(),
                what: format!("the scope `{}`", crate::service::shown(scope)),
            }),
            None => Ok(()),
        }
    }

    fn paste_needed(&self, server: &Server) -> Result<Error, Error> {
        let page = match &self.manifest().sign_in.paste.page {
            Some(page) => {
                let values = self.base_values(server)?;
                Some(
                    page.fill(&values)
                        .map_err(|source| crate::service::unfillable("sign_in.paste.page", source))?,
                )
            }
            None => None,
        };
        Ok(SignInError::PasteNeeded { app: self.app().title().to_owned(), page }.into())
    }

    fn anonymous(&self, server: &Server, cancel: &Cancel) -> Result<Values, Error> {
        let answer = self.ask(Operation::Anonymous, server, &Values::new(), Asking::simply(cancel))?;
        match answer.means {
            Meaning::Ok => Ok(self.received(answer)),
            _ => Err(Client::unexpected(Operation::Anonymous, server, &answer).into()),
        }
    }
}

#[cfg(test)]
mod tests;
