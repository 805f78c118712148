//! Signing in in two steps: beginning it, and finishing it later, perhaps in another process.

use std::time::Duration;

use doorkey_manifest::manifest::Way;

use super::{Given, LoginOptions, SignedIn};
use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Error;
use crate::exit::Exit;
use crate::profile::ChosenBy;
use crate::progress::{Event, Progress};
use crate::server::{Server, ServerSource};
use crate::sign_in::begun::{BegunError, Kept, Shelf};
use crate::sign_in::choose::{Choice, Reason, Wish};
use crate::sign_in::waiting::Waiting;
use crate::sign_in::{SignInError, poll};

/// A sign-in that is begun and waits for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// What it is called on this machine.
    pub id: String,
    /// At which service.
    pub server: Server,
    /// When it ends, in milliseconds since 1970.
    pub expires_at: i64,
    /// How long that is from now.
    pub left: Duration,
}

/// How to go on with a sign-in that was begun.
#[derive(Clone, Debug, Default)]
pub struct Resume {
    /// Which; without it, the only one of the product.
    pub id: Option<String>,
    /// Whether the service is only asked once.
    pub ask_once: bool,
}

/// What came of going on.
#[derive(Clone, Debug)]
pub enum Resumed {
    /// Somebody is signed in.
    SignedIn(Box<SignedIn>),
    /// Nobody has decided yet.
    Pending(Begun),
}

impl Client {
    /// Begins a sign-in with a code or a link and doesn't wait for the person: the page is shown through `progress`, and
    /// [`resume_login`](Client::resume_login) finishes it, also in another process. What that takes is kept in a private
    /// file until then, or until the time is over.
    pub fn begin_login(
        &self,
        options: &LoginOptions,
        progress: &mut dyn Progress,
        cancel: &Cancel,
    ) -> Result<Begun, Error> {
        let kept = Shelf::of(self)?;
        kept.sweep();
        let choice = self.way_to_begin(options)?;
        progress.report(Event::Way(choice.clone()));
        self.check_scopes(options)?;
        self.check_wishes(options, choice.way)?;
        let server = self.server_for_login()?;
        self.store()?.prepare()?;
        let work = self.anonymous_work(&server);
        self.before_leaving(work.as_ref(), options, progress)?;
        let started = poll::begin(self, &server, options, choice.way, None, cancel)?;
        let (id, expires_at) = kept.keep(&server, options.organization.as_deref(), &started)?;
        let mut waiting = Waiting::new(&*self.system().clock, progress, started.lives);
        poll::show(self, &started, options, (false, started.lives), &mut waiting)?;
        Ok(Begun { id, server, expires_at, left: started.lives })
    }

    /// Goes on with a sign-in that [`begin_login`](Client::begin_login) began, for the same product and profile and at the same server:
    /// waits for the person, at most until it ends, or asks once. Once there is a decision, what was kept of it is gone.
    pub fn resume_login(
        &self,
        resume: &Resume,
        options: &LoginOptions,
        progress: &mut dyn Progress,
        cancel: &Cancel,
    ) -> Result<Resumed, Error> {
        let kept = Shelf::of(self)?.find(resume.id.as_deref())?;
        let own = self.of_begun(&kept)?;
        own.as_ref().unwrap_or(self).resume_kept(kept, resume, options, progress, cancel)
    }

    fn resume_kept(
        &self,
        kept: Kept<'_>,
        resume: &Resume,
        options: &LoginOptions,
        progress: &mut dyn Progress,
        cancel: &Cancel,
    ) -> Result<Resumed, Error> {
        let server = self.server_of_begun(&kept)?;
        let lock = kept.lock()?;
        let left = kept.left(self.system().clock.now_ms());
        if left.is_zero() {
            kept.remove();
            return Err(SignInError::Expired.into());
        }
        self.store()?.prepare()?;
        let given = self.ask_begun(&kept, (&server, left), resume, options, progress, cancel);
        let values = match given {
            Ok(Some(values)) => values,
            Ok(None) => {
                let Kept { id, expires_at, .. } = kept;
                return Ok(Resumed::Pending(Begun { id, server, expires_at, left }));
            }
            Err(Error::SignIn(SignInError::TimedOut { after })) => {
                return Err(SignInError::from(BegunError::StillOpen { id: kept.id, after }).into());
            }
            Err(error) => {
                if is_final(&error) {
                    kept.remove();
                }
                return Err(error);
            }
        };
        let work = self.anonymous_work(&server);
        let way = kept.started.way;
        let given = Given { server: &server, values, way, work: work.as_ref() };
        let options = LoginOptions { organization: kept.org.clone(), ..options.clone() };
        let done = self.finish(given, &options, progress, cancel);
        // The code has been redeemed, whatever came of it.
        kept.remove();
        drop(lock);
        Ok(Resumed::SignedIn(Box::new(done?)))
    }

    /// What the service gives, if there is a decision.
    fn ask_begun(
        &self,
        kept: &Kept<'_>,
        (server, left): (&Server, Duration),
        resume: &Resume,
        options: &LoginOptions,
        progress: &mut dyn Progress,
        cancel: &Cancel,
    ) -> Result<Option<doorkey_manifest::Values>, Error> {
        if resume.ask_once {
            return poll::ask_once(self, server, &kept.started, cancel);
        }
        let mut started = kept.started.clone();
        started.lives = left;
        started.patience = options.timeout.unwrap_or(left);
        started.interval = options.poll_interval.unwrap_or(started.interval);
        let time = started.patience.min(left);
        let mut waiting = Waiting::new(&*self.system().clock, progress, time);
        poll::show(self, &started, options, (false, time), &mut waiting)?;
        poll::wait(self, server, options, &started, None, &mut waiting, cancel).map(Some)
    }

    /// A way that nobody has to wait by: a browser that came back would find nobody.
    fn way_to_begin(&self, options: &LoginOptions) -> Result<Choice, Error> {
        let options = LoginOptions { open_browser: false, ..options.clone() };
        let polls = |way: &Way| matches!(way, Way::Device | Way::Session);
        let app = || self.app().title().to_owned();
        if options.wish != Wish::Device && !self.manifest().sign_in.ways.iter().any(polls) {
            return Err(SignInError::from(BegunError::NotOffered { app: app() }).into());
        }
        let wish = if options.wish == Wish::Auto { Wish::Auto } else { Wish::Device };
        let choice = self.choose_way(&LoginOptions { wish, ..options })?;
        if polls(&choice.way) {
            let reason = if choice.reason == Reason::Asked { Reason::Asked } else { Reason::FinishedLater };
            return Ok(Choice { reason, ..choice });
        }
        Err(SignInError::from(BegunError::NotOffered { app: app() }).into())
    }

    /// The client for the profile that a sign-in was begun for, where that isn't the one that counts now. Whoever names
    /// another one doesn't mean this sign-in.
    fn of_begun(&self, kept: &Kept<'_>) -> Result<Option<Client>, Error> {
        let now = self.profile()?;
        if now.name == kept.profile {
            return Ok(None);
        }
        if now.chosen_by == ChosenBy::Explicit {
            let (id, profile) = (kept.id.clone(), kept.profile.clone());
            return Err(SignInError::from(BegunError::OtherProfile { id, profile }).into());
        }
        Ok(Some(self.with_profile(&kept.profile)))
    }

    /// The server of a sign-in that was begun. Whoever names another one doesn't mean this sign-in.
    fn server_of_begun(&self, kept: &Kept<'_>) -> Result<Server, Error> {
        let named = self.server_without_file()?;
        if named.is_same(&kept.server.url) {
            return Ok(named);
        }
        if named.source == ServerSource::Manifest {
            return Ok(kept.server.clone());
        }
        let (id, server) = (kept.id.clone(), kept.server.url.clone());
        Err(SignInError::from(BegunError::OtherServer { id, server }).into())
    }
}

/// Whether nobody can go on with the sign-in after this: the service has said no, or doesn't know it any more. A server
/// that can't be asked, a wait that was ended here and a full disk leave it as it is.
fn is_final(error: &Error) -> bool {
    match error {
        Error::SignIn(SignInError::Denied { .. } | SignInError::Expired | SignInError::Refused { .. }) => {
            true
        }
        Error::SignIn(SignInError::Unfinished(error)) => error.exit() != Exit::CannotCheck,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
