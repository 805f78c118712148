//! Forgetting the credential, and ending it at the service where that was asked for.

use std::path::PathBuf;
use std::time::Duration;

use doorkey_manifest::manifest::Logout;
use doorkey_manifest::{Meaning, Operation, Values};

use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Error;
use crate::http::Limits;
use crate::identity::Identity;
use crate::resolve::{Credential, Resolution};
use crate::service::Asking;
use crate::store::StoreError;

/// What the person wishes.
#[derive(Clone, Copy, Debug)]
pub struct LogoutOptions {
    /// Whether the service is asked to end the credential, too.
    pub revoke: bool,
    /// Whether the service is asked to end every sign-in of the account, in all terminals and browsers.
    pub everywhere: bool,
    /// How long that may take. The credential is removed here in any case.
    pub patience: Duration,
}

impl Default for LogoutOptions {
    fn default() -> LogoutOptions {
        LogoutOptions { revoke: false, everywhere: false, patience: Duration::from_secs(5) }
    }
}

/// What happened.
#[derive(Clone, Debug)]
pub struct LoggedOut {
    /// Whether there was a credential to remove.
    pub removed: bool,
    /// The file that it lay in.
    pub path: PathBuf,
    /// Whose it was.
    pub identity: Identity,
    /// The address of the service it was for.
    pub server: Option<String>,
    /// What became of it at the service.
    pub revocation: Revocation,
    /// Whether the account was signed out everywhere.
    pub everywhere: Everywhere,
    /// The environment variable whose token is still used, as long as it is set.
    pub overridden_by: Option<String>,
}

/// What became of the other sign-ins of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Everywhere {
    /// Nobody asked for their end.
    NotAsked,
    /// They have ended.
    Done {
        /// How many there were, this one included.
        ended: u64,
    },
    /// The service couldn't be asked, or didn't do it.
    Failed {
        /// Why, in a sentence.
        why: String,
    },
}

/// What became of a credential at the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// It wasn't asked to end it: it stays good there until it runs out.
    NotAsked,
    /// It has ended it.
    Done,
    /// There was nothing to end.
    Nothing,
    /// It couldn't be asked, or didn't: the credential may stay good there until it runs out.
    Failed {
        /// Why, in a sentence.
        why: String,
    },
}

impl Client {
    /// Removes the stored credential, and only then, where that was asked for, ends it at the service.
    ///
    /// Not being signed in isn't an error. A token from the environment isn't touched;
    /// [`overridden_by`](LoggedOut::overridden_by) names its variable.
    pub fn logout(&self, options: &LogoutOptions, cancel: &Cancel) -> Result<LoggedOut, Error> {
        self.known_profile()?;
        let store = self.store()?;
        let mut result = LoggedOut {
            removed: false,
            path: store.path().to_owned(),
            identity: Identity::default(),
            server: None,
            everywhere: Everywhere::NotAsked,
            revocation: if options.revoke { Revocation::Nothing } else { Revocation::NotAsked },
            overridden_by: self.overriding_variable(),
        };
        if options.everywhere {
            // While the credential is still there: it is what asks for it.
            result.everywhere = self.end_everywhere(options.patience, cancel);
        }
        if !store.exists() {
            return Ok(result);
        }
        let lock = store.lock(cancel)?;
        let stored = match store.read_to_remove() {
            // It goes as it is, whatever stands in it.
            Err(StoreError::Malformed { .. }) if self.deletes_whole_file() => None,
            // Whoever can't open a sealed file must still be able to get rid of it.
            Err(error) if error.is_shut() => {
                store.remove(&lock)?;
                result.removed = true;
                if options.revoke {
                    result.revocation = Revocation::Failed { why: error.to_string() };
                }
                return Ok(result);
            }
            other => other?.filter(|stored| stored.values.secret("token").is_some()),
        };
        if stored.is_none() && !self.deletes_whole_file() {
            return Ok(result);
        }
        store.clear(&lock)?;
        drop(lock);
        result.removed = true;
        let Some(stored) = stored else { return Ok(result) };
        result.identity = Identity::from_values(&stored.values);
        result.server = stored.values.text("server").map(str::to_owned);
        if options.revoke {
            result.revocation = match self.credential_to_end(&stored, &store)? {
                Some(credential) => self.revoke(&credential, options.patience, cancel),
                None => Revocation::Failed {
                    why: "It is for another server than the one that is named.".to_owned(),
                },
            };
        }
        Ok(result)
    }

    fn end_everywhere(&self, patience: Duration, cancel: &Cancel) -> Everywhere {
        let ended = self.account(cancel).and_then(|account| account.sign_out_everywhere(patience, cancel));
        match ended {
            Ok(ended) => Everywhere::Done { ended },
            Err(error) => Everywhere::Failed { why: error.to_string() },
        }
    }

    /// Whether [`logout`](Client::logout) would remove something, for whichever server it is. A file that can't be
    /// understood counts: what keeps it from being removed is said then.
    pub fn may_log_out(&self) -> bool {
        let Ok(store) = self.store() else { return false };
        let holds_something = || match store.read_to_remove() {
            Ok(stored) => stored.is_some_and(|stored| stored.values.secret("token").is_some()),
            Err(_) => true,
        };
        store.exists() && (self.deletes_whole_file() || holds_something())
    }

    fn deletes_whole_file(&self) -> bool {
        self.manifest().credentials.logout == Logout::Delete
    }

    fn credential_to_end(
        &self,
        stored: &crate::store::Stored,
        store: &crate::store::Store<'_>,
    ) -> Result<Option<Credential>, Error> {
        match self.stored_credential(stored, store)? {
            Resolution::Found(credential) => Ok(Some(*credential)),
            Resolution::SignedOut => Ok(None),
        }
    }

    /// Ends a credential at the service, within `patience`. A service need only end what it is asked to end (RFC 7009,
    /// section 2.1): after the refresh token, with which nobody gets another one any more, the access token.
    pub(crate) fn revoke(&self, credential: &Credential, patience: Duration, cancel: &Cancel) -> Revocation {
        let begun = self.system().clock.monotonic();
        let first = self.end(credential, &credential.values, patience, cancel);
        let standard = self.manifest().own_exchange(Operation::Revoke).is_none();
        if first != Revocation::Done || !credential.refreshable || !standard {
            return first;
        }
        let mut access = credential.values.clone();
        access.remove("refresh_token");
        let left = patience.saturating_sub(self.system().clock.monotonic().saturating_sub(begun));
        self.end(credential, &access, left, cancel)
    }

    fn end(
        &self,
        credential: &Credential,
        values: &Values,
        patience: Duration,
        cancel: &Cancel,
    ) -> Revocation {
        let asking = Asking { limits: Limits::within(patience), ..Asking::simply(cancel) };
        match self.ask(Operation::Revoke, &credential.server, values, asking) {
            // One that the service doesn't know any more has ended, too (RFC 7009, section 2.2).
            Ok(answer) if matches!(answer.means, Meaning::Ok | Meaning::Invalid | Meaning::Expired) => {
                Revocation::Done
            }
            Ok(answer) => Revocation::Failed {
                why: Client::unexpected(Operation::Revoke, &credential.server, &answer).to_string(),
            },
            Err(error) => Revocation::Failed { why: error.to_string() },
        }
    }
}

#[cfg(test)]
mod tests;
