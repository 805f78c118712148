//! Signing in: the way that fits, then the credential on disk, then who it is.

mod begun;
mod nudge;
mod wishes;

use std::path::PathBuf;
use std::time::Duration;

use doorkey_manifest::manifest::{LoopbackHost, Way};
use doorkey_manifest::{Secret, TokenProblem, Values};

pub use begun::{Begun, Resume, Resumed};
pub use nudge::Nudge;
pub(crate) use nudge::Push;

use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Error;
use crate::identity::Identity;
use crate::profile::ProfileName;
use crate::progress::{Event, Progress};
use crate::resolve::{Credential, Source, is_sendable};
use crate::server::Server;
use crate::sign_in::{self, SignInError, choose};
use crate::system::{BrowserFailure, System};
use crate::who_am_i::Truth;

/// What the person wishes.
#[derive(Clone, Debug)]
pub struct LoginOptions {
    /// Which way.
    pub wish: choose::Wish,
    /// Whether a browser may be opened.
    pub open_browser: bool,
    /// The command that opens pages, instead of the one that the environment or the machine has.
    pub browser: Option<String>,
    /// The port on this machine that the browser comes back to, instead of the manifest's, or of a free one.
    pub callback_port: Option<u16>,
    /// What the address that the browser comes back to says instead of the manifest's host. All of them mean this machine.
    pub callback_host: Option<LoopbackHost>,
    /// What the person does while the sign-in waits.
    pub nudge: Nudge,
    /// How long to wait for the person; without it, as long as the manifest says.
    pub timeout: Option<Duration>,
    /// How long to wait between polls; without it, as long as the service says.
    pub poll_interval: Option<Duration>,
    /// The scopes to ask for; without it, those of the manifest.
    pub scopes: Option<Vec<String>>,
    /// The organization to act for, by id or short name; without it, the service and the person choose.
    pub organization: Option<String>,
    /// Which of a family of tools it is for; without it, the one that the environment names.
    pub product: Option<String>,
    /// Whether what was done without an account may stay behind where the service can't take it along. Without it,
    /// [`Progress::may_leave_anonymous_work`] is asked.
    pub leave_anonymous_work: bool,
}

impl Default for LoginOptions {
    fn default() -> LoginOptions {
        LoginOptions {
            wish: choose::Wish::Auto,
            open_browser: true,
            browser: None,
            callback_port: None,
            callback_host: None,
            nudge: Nudge::default(),
            timeout: None,
            poll_interval: None,
            scopes: None,
            organization: None,
            product: None,
            leave_anonymous_work: false,
        }
    }
}

/// A sign-in that worked: the credential is on disk.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who is signed in, as far as the service said.
    pub identity: Identity,
    /// The profile that was signed in to.
    pub profile: ProfileName,
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
    /// The organization that was asked for, where the credential acts for another one.
    pub missed_organization: Option<String>,
    /// Whether the service was asked about the credential.
    pub checked: Checked,
    /// What else the service said, as the manifest reads it. Nothing secret.
    pub answer: Values,
}

/// What the service gave, before it is kept.
struct Given<'a> {
    server: &'a Server,
    values: Values,
    way: Way,
    /// What was done without an account.
    work: Option<&'a Secret>,
}

/// Whether the service says of what was signed in to that it is another organization than the wanted one.
fn acts_for_another(identity: &Identity, wanted: &str) -> bool {
    let said: Vec<&str> = ["org.id", "org.slug", "org.name"]
        .iter()
        .filter_map(|name| identity.get(name).and_then(serde_json::Value::as_str))
        .collect();
    !said.is_empty() && !said.contains(&wanted)
}

/// Whether the service was asked about a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// It was, and accepts it.
    Yes,
    /// It was, and accepts it, but the plan behind it isn't enough for the product.
    NeedsPlan {
        /// What the service says about it.
        message: Option<String>,
    },
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
        self.check_wishes(options, choice.way)?;
        let server = self.server_for_login()?;
        self.store()?.prepare()?;
        let choice = self.configured_way(&server, choice, progress, cancel)?;
        let work = self.anonymous_work(&server).filter(|_| choice.way != Way::Anonymous);
        self.before_leaving(work.as_ref(), options, progress)?;
        let (values, way) = self.sign_in(&server, options, &choice, progress, cancel)?;
        self.finish(Given { server: &server, values, way, work: work.as_ref() }, options, progress, cancel)
    }

    /// What follows when the service has given a credential: it is kept, and then asked whose it is.
    fn finish(
        &self,
        given: Given<'_>,
        options: &LoginOptions,
        progress: &mut dyn Progress,
        cancel: &Cancel,
    ) -> Result<SignedIn, Error> {
        let Given { server, values, way, work } = given;
        if let Some(work) = work {
            self.bring_along(server, work, &values, options, progress, cancel)?;
        }
        let path = self.keep(server, &values, progress)?;
        self.settle_profile(server)?;
        let credential = self.fresh_credential(server, values)?;
        let (identity, checked) = self.introduce(&credential, way, cancel)?;
        let missed = options.organization.clone().filter(|wanted| acts_for_another(&identity, wanted));
        if let (Some(org), None) = (&options.organization, &missed) {
            self.settle_profile_org(org)?;
        }
        let done = self.signed_in(&credential, identity, Some(way), path, checked);
        Ok(SignedIn { missed_organization: missed, ..done })
    }

    /// Who has just signed in. The service is asked where the sign-in itself didn't say so.
    fn introduce(
        &self,
        credential: &Credential,
        way: Way,
        cancel: &Cancel,
    ) -> Result<(Identity, Checked), Error> {
        if way == Way::Anonymous || credential.identity.label().is_some() {
            return Ok((credential.identity.clone(), Checked::Yes));
        }
        let verdict = match self.check(credential, cancel) {
            Ok(found) => found,
            Err(Error::NotOffered { .. }) => return Ok((credential.identity.clone(), Checked::Yes)),
            Err(error) => {
                let why = crate::who_am_i::WhyNot::of(&error).to_string();
                return Ok((credential.identity.clone(), Checked::No { why }));
            }
        };
        if !verdict.identity.is_empty() && verdict.identity != credential.identity {
            self.remember(credential, &verdict.identity)?;
        }
        let checked = match verdict.truth {
            Truth::Valid | Truth::Forbidden { .. } => Checked::Yes,
            Truth::NeedsPlan { message } => Checked::NeedsPlan { message },
            Truth::CannotCheck { why } => Checked::No { why: why.to_string() },
            Truth::SignedOut | Truth::Expired | Truth::Rejected => {
                Checked::No { why: format!("{} doesn't say who this is.", credential.server.url) }
            }
        };
        Ok((verdict.identity, checked))
    }

    /// The sign-in alone: what the service gave, and by which way in the end. Nothing of it is kept yet.
    pub(crate) fn sign_in(
        &self,
        server: &Server,
        options: &LoginOptions,
        choice: &choose::Choice,
        progress: &mut dyn Progress,
        cancel: &Cancel,
    ) -> Result<(Values, Way), Error> {
        let polls = |choice: &choose::Choice, progress: &mut dyn Progress| {
            let values = sign_in::poll::run(self, server, options, choice, progress, cancel)?;
            Ok((values, choice.way))
        };
        match choice.way {
            Way::Loopback => match sign_in::loopback::run(self, server, options, choice, progress, cancel)? {
                sign_in::loopback::Ended::Given(values) => Ok((values, Way::Loopback)),
                sign_in::loopback::Ended::Switched(way) => {
                    let reason = choose::Reason::Switched;
                    let choice = choose::Choice { way, reason, open_browser: false };
                    progress.report(Event::Way(choice.clone()));
                    polls(&choice, progress)
                }
            },
            Way::Device | Way::Session => polls(choice, progress),
            Way::Paste => Err(self.paste_needed(server)?),
            Way::Anonymous => Ok((self.begin_anonymous(server, progress, cancel)?, Way::Anonymous)),
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
        let malformed = |problem| Error::MalformedToken { app: self.app().title().to_owned(), problem };
        self.manifest().tokens.check_credential(token.expose()).map_err(malformed)?;
        if token.is_empty() || !is_sendable(&token) || token.expose().contains(' ') {
            return Err(malformed(TokenProblem::Alphabet));
        }
        let server = self.server_for_login()?;
        self.store()?.prepare()?;
        let mut values = Values::new();
        values.set_secret("token", &token);
        values.set("saved_at", self.system().clock.now_ms());
        let credential = self.fresh_credential(&server, values)?;
        let (checked, identity) = self.check_given(&credential, cancel)?;
        let mut values = credential.values.clone();
        values.merge(identity.values().clone());
        let path = self.keep(&server, &values, progress)?;
        self.settle_profile(&server)?;
        Ok(self.signed_in(&credential, identity, None, path, checked))
    }

    /// Whether the service accepts a token that was given, and whose it is. One that it doesn't accept is an error.
    fn check_given(&self, credential: &Credential, cancel: &Cancel) -> Result<(Checked, Identity), Error> {
        let verdict = match self.check(credential, cancel) {
            Err(Error::NotOffered { app, .. }) => {
                let why = crate::who_am_i::WhyNot::NotOffered { app }.to_string();
                return Ok((Checked::No { why }, Identity::default()));
            }
            other => other?,
        };
        let server = || credential.server.url.clone();
        let message = verdict.message;
        match verdict.truth {
            Truth::Valid | Truth::Forbidden { .. } => Ok((Checked::Yes, verdict.identity)),
            Truth::CannotCheck { why } => Ok((Checked::No { why: why.to_string() }, verdict.identity)),
            Truth::NeedsPlan { message } => Ok((Checked::NeedsPlan { message }, verdict.identity)),
            Truth::Expired => Err(Error::TokenExpired { server: server() }),
            Truth::SignedOut | Truth::Rejected => Err(Error::TokenRefused { server: server(), message }),
        }
    }

    /// The way that [`login`](Client::login) would take, and why.
    pub fn choose_way(&self, options: &LoginOptions) -> Result<choose::Choice, Error> {
        let ways = &self.manifest().sign_in.ways;
        let browser = self.browser_command(options);
        let choice = choose::choose(
            ways,
            options.wish,
            options.open_browser,
            browser.as_deref(),
            self.app().title(),
            self.system(),
        )?;
        Ok(choice)
    }

    /// The command that opens pages, where an option or the product's own variable names one.
    pub(crate) fn browser_command(&self, options: &LoginOptions) -> Option<String> {
        let own = || self.first_variable(&self.manifest().environment.browser).map(|(_, command)| command);
        options.browser.clone().filter(|command| !command.trim().is_empty()).or_else(own)
    }

    /// Opens a page as a sign-in with these options does; `url` is one that [`page_url`](crate::system::page_url) has
    /// accepted.
    pub fn open_page(&self, url: &url::Url, options: &LoginOptions) -> Result<(), BrowserFailure> {
        let named = self.browser_command(options);
        let System { browser, environment, .. } = self.system();
        browser.open_with(url, &**environment, named.as_deref())
    }

    /// Writes a new credential, under the lock. From here on nothing is cancelled: the service has given the token.
    fn keep(&self, server: &Server, values: &Values, progress: &mut dyn Progress) -> Result<PathBuf, Error> {
        let store = self.store()?;
        let mut all = self.base_values(server)?;
        if let Some(known) = self.metadata.get() {
            all.merge(known.clone());
        }
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

    /// A credential that the service has just given, as it will be stored.
    pub(crate) fn fresh_credential(&self, server: &Server, values: Values) -> Result<Credential, Error> {
        let path = self.credentials_path()?;
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
            profile: self.profile().map(|profile| profile.name).unwrap_or_default(),
            server: credential.server.clone(),
            way,
            path,
            expires_at: credential.expires_at,
            missed_organization: None,
            overridden_by: self.overriding_variable(),
            checked,
            answer: crate::who_am_i::shown_of(&credential.values),
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
}

#[cfg(test)]
mod tests;
