//! What somebody did without an account, and how it comes along when they sign in.
//!
//! The credential without an account is replaced only when the service has handed the work over, or when the person
//! doesn't mind leaving it behind.

use std::time::Duration;

use doorkey_manifest::manifest::Way;
use doorkey_manifest::{Meaning, Operation, Secret, Values};

use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Error;
use crate::login::LoginOptions;
use crate::progress::{Event, Progress};
use crate::resolve::Resolution;
use crate::server::Server;
use crate::service::Asking;
use crate::sign_in::{SignInError, choose::Choice};

/// How long the service may take to end a sign-in that nobody wants any more.
const PATIENCE: Duration = Duration::from_secs(5);

impl Client {
    /// The way that is really taken: where the service says that signing in with a browser isn't configured, it is done
    /// without an account if the product has that.
    pub(crate) fn configured_way(
        &self,
        server: &Server,
        choice: Choice,
        progress: &mut dyn Progress,
        cancel: &Cancel,
    ) -> Result<Choice, Error> {
        let manifest = self.manifest();
        if manifest.own_exchange(Operation::Config).is_none() {
            return Ok(choice);
        }
        // Every sign-in begins with this question; one without an account doesn't depend on the answer.
        if choice.way == Way::Anonymous {
            return match self.endpoints(server, cancel) {
                Err(Error::Cancelled) => Err(Error::Cancelled),
                _ => Ok(choice),
            };
        }
        if choice.way != Way::Loopback || self.endpoints(server, cancel)?.flag("configured") != Some(false) {
            return Ok(choice);
        }
        let asked_for = choice.reason == crate::sign_in::choose::Reason::Asked;
        if asked_for || !manifest.sign_in.ways.contains(&Way::Anonymous) {
            return Err(Error::NotOffered {
                app: self.app().title().to_owned(),
                what: "signing in with a browser on this server".to_owned(),
            });
        }
        progress.report(Event::NotConfigured);
        Ok(Choice { way: Way::Anonymous, open_browser: false, ..choice })
    }

    /// A credential for an account that nobody has yet.
    pub(crate) fn begin_anonymous(
        &self,
        server: &Server,
        progress: &mut dyn Progress,
        cancel: &Cancel,
    ) -> Result<Values, Error> {
        progress.report(Event::Anonymous);
        let answer = self
            .ask(Operation::Anonymous, server, &Values::new(), Asking::simply(cancel))
            .map_err(crate::sign_in::unfinished)?;
        match answer.means {
            Meaning::Ok => Ok(self.received(answer)),
            _ => Err(SignInError::Refused { message: crate::service::message_of(&answer.values) }.into()),
        }
    }

    /// The stored credential, if it is one without an account and for this server.
    pub(crate) fn anonymous_work(&self, server: &Server) -> Option<Secret> {
        // A file that can't be used is dealt with when it is written.
        let Ok(Resolution::Found(found)) = self.stored() else { return None };
        let anonymous = found.values.text("anonymous_id").is_some() && server.is_same(&found.server.url);
        anonymous.then_some(found.token)
    }

    /// Asks before a sign-in begins that can't take along what was done without an account.
    pub(crate) fn before_leaving(
        &self,
        work: Option<&Secret>,
        options: &LoginOptions,
        progress: &mut dyn Progress,
    ) -> Result<(), Error> {
        let comes_along = self.manifest().exchange(Operation::Claim).is_some();
        if work.is_none() || comes_along || may_stay(options, progress) {
            return Ok(());
        }
        Err(SignInError::AnonymousWorkKept.into())
    }

    /// Hands over what was done without an account to the account that has just signed in. A service that can't do that
    /// leaves the decision to the person; where they would rather keep the work, the new sign-in is ended again.
    pub(crate) fn bring_along(
        &self,
        server: &Server,
        work: &Secret,
        values: &Values,
        options: &LoginOptions,
        progress: &mut dyn Progress,
        cancel: &Cancel,
    ) -> Result<(), Error> {
        if self.manifest().exchange(Operation::Claim).is_none() {
            return Ok(());
        }
        let mut all = values.clone();
        all.set_secret("anonymous_token", work);
        let claimed = self.ask(Operation::Claim, server, &all, Asking::simply(cancel));
        let result = match claimed {
            Ok(answer) if answer.means == Meaning::Ok => {
                let organization = answer.values.text("org.name").or(answer.values.text("org.slug"));
                progress.report(Event::Claimed { organization });
                return Ok(());
            }
            // No such route, or no such work any more.
            Ok(answer) if answer.means == Meaning::NotFound => {
                if may_stay(options, progress) {
                    return Ok(());
                }
                Err(SignInError::AnonymousWorkKept.into())
            }
            Ok(answer) => Err(Client::unexpected(Operation::Claim, server, &answer).into()),
            Err(error) => Err(error),
        };
        self.end_unwanted(server, values);
        result
    }

    /// Ends a sign-in that won't be kept. It ends by itself, too, where that doesn't work.
    fn end_unwanted(&self, server: &Server, values: &Values) {
        if let Ok(credential) = self.fresh_credential(server, values.clone()) {
            self.revoke(&credential, PATIENCE, &Cancel::never());
        }
    }
}

fn may_stay(options: &LoginOptions, progress: &mut dyn Progress) -> bool {
    options.leave_anonymous_work || progress.may_leave_anonymous_work()
}
