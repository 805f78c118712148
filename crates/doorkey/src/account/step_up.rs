//! A sign-in for one change: asked for by the person, used once, kept nowhere, ended afterwards.

use std::time::Duration;

use doorkey_manifest::Values;

use super::{Account, AccountError, MANAGE, Me};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::identity::Identity;
use crate::login::LoginOptions;
use crate::logout::Revocation;
use crate::progress::{Event, Progress};
use crate::resolve::{Credential, Source};
use crate::sign_in::choose::Choice;

/// How long the service may take to end the sign-in; without its help it ends by itself ten minutes later.
const PATIENCE: Duration = Duration::from_secs(5);

impl<'a> Account<'a> {
    /// Does something that needs [`MANAGE`]: signs the person in for it, in the same ways and with the same pages as
    /// [`Client::login`](crate::Client::login), does it, and ends that sign-in, whether or not it worked.
    ///
    /// The stored credential stays as it is. A person who approves as somebody else than `me` changes nothing. The
    /// options' scopes and organization don't count.
    pub fn managing<T>(
        &self,
        me: &Me,
        options: &LoginOptions,
        progress: &mut dyn Progress,
        cancel: &Cancel,
        act: impl FnOnce(&Account<'a>) -> Result<T, Error>,
    ) -> Result<(T, Revocation), Error> {
        let options =
            LoginOptions { scopes: Some(vec![MANAGE.to_owned()]), organization: None, ..options.clone() };
        let choice = self.step_up_way(&options)?;
        progress.report(Event::Way(choice.clone()));
        let (values, _) = self.client.sign_in(&self.server, &options, &choice, progress, cancel)?;
        let credential = self.for_once(values)?;
        let account = Account {
            client: self.client,
            server: self.server.clone(),
            origin: self.origin.clone(),
            token: Some(credential.token.clone()),
        };
        let result = account.check_person(me, cancel).and_then(|()| act(&account));
        // Whatever came of it, nobody may use this sign-in again.
        let ended = self.client.revoke(&credential, PATIENCE, &Cancel::never());
        result.map(|result| (result, ended))
    }

    /// Whether [`managing`](Account::managing) can sign anybody in for a change; the error says where else it can be done.
    pub fn check_step_up(&self, options: &LoginOptions) -> Result<(), Error> {
        self.step_up_way(options).map(drop)
    }

    fn step_up_way(&self, options: &LoginOptions) -> Result<Choice, Error> {
        let choice = self.client.choose_way(options)?;
        if self.client.can_ask_for_scopes(choice.way) {
            return Ok(choice);
        }
        let app = self.client.app().title().to_owned();
        Err(AccountError::NoStepUp { app, page: self.origin.clone() }.into())
    }

    /// The person at the browser is the one at the terminal.
    fn check_person(&self, expected: &Me, cancel: &Cancel) -> Result<(), Error> {
        let found = self.me(cancel)?;
        match (&expected.account, &found.account) {
            (Some(expected), Some(found)) if expected.id != found.id => Err(AccountError::OtherAccount {
                expected: crate::service::shown(expected.label()),
                found: crate::service::shown(found.label()),
            }
            .into()),
            _ => Ok(()),
        }
    }

    fn for_once(&self, values: Values) -> Result<Credential, Error> {
        let mut all = self.server.values();
        all.merge(values);
        Ok(Credential {
            token: all.secret("token").ok_or_else(|| self.client.signed_out())?,
            source: Source::Explicit,
            server: self.server.clone(),
            expires_at: all.number("expires_at"),
            refreshable: false,
            identity: Identity::default(),
            values: all,
        })
    }
}
