//! Renewing a stored credential: under the lock, once for everybody, and without ever signing anybody out by mistake.

use std::time::Duration;

use doorkey_manifest::{Meaning, Operation, Values};

use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Error;
use crate::http::Limits;
use crate::resolve::{Credential, Resolution, Source, is_sendable};
use crate::service::{Answer, Asking, LOOK_UP, shown};
use crate::sign_in::SignInError;
use crate::store::{LOCK_PATIENCE, Store, StoreError, Stored};
use crate::who_am_i::{Truth, WhyNot};

/// By how much an end may lie further ahead than a token's whole life before the clock must have moved.
const TOLERANCE_MS: i64 = 5 * 60 * 1000;

/// In seconds: longer than anything is issued for.
const CENTURY: i64 = 100 * 365 * 24 * 60 * 60;

/// Clocks that differ by less than this are taken as equal: the header counts whole seconds, and answers travel.
const SAME_CLOCK_MS: i64 = 60 * 1000;

/// How long the service may take to give a successor, while others wait for the lock.
const RENEWAL: Duration = Duration::from_secs(20);

// Nobody gives up waiting for somebody who is still at it.
const _: () = assert!(2 * LOOK_UP.as_secs() + RENEWAL.as_secs() < LOCK_PATIENCE.as_secs());

impl Client {
    /// The credential to use, renewed if it ends within `min_ttl`.
    pub fn credential(&self, min_ttl: Duration, cancel: &Cancel) -> Result<Credential, Error> {
        let Resolution::Found(found) = self.resolve()? else { return Err(self.signed_out()) };
        if !self.is_due(&found, min_ttl) {
            return Ok(*found);
        }
        if found.refreshable {
            return self.renew(&found, Some(min_ttl), cancel);
        }
        if found.time_left(self.system().clock.now_ms()) != Some(Duration::ZERO) {
            return Ok(*found);
        }
        // By this machine's clock it is over. The clock may be wrong; only the service knows.
        match self.check(&found, cancel)?.truth {
            Truth::Valid | Truth::Forbidden { .. } | Truth::NeedsPlan { .. } => Ok(*found),
            Truth::CannotCheck { why: WhyNot::Service(error) } => Err(error.into()),
            _ => Err(self.expired()),
        }
    }

    /// The credential to use, good for all of `ttl` where its end is known, or an error.
    pub fn credential_that_lasts(&self, ttl: Duration, cancel: &Cancel) -> Result<Credential, Error> {
        let credential = self.credential(ttl, cancel)?;
        match credential.time_left(self.system().clock.now_ms()) {
            Some(left) if left < ttl => Err(self.ends_too_soon(left, ttl)),
            _ => Ok(credential),
        }
    }

    /// The credential as it is: nothing is renewed and nobody is asked.
    pub fn credential_as_it_is(&self) -> Result<Credential, Error> {
        let Resolution::Found(found) = self.resolve()? else { return Err(self.signed_out()) };
        if found.time_left(self.system().clock.now_ms()) == Some(Duration::ZERO) {
            return Err(self.expired());
        }
        Ok(*found)
    }

    /// Whether a credential should be renewed before it is used.
    fn is_due(&self, credential: &Credential, min_ttl: Duration) -> bool {
        let Some(expires_at) = credential.expires_at else { return false };
        let left = expires_at.saturating_sub(self.system().clock.now_ms());
        let lifetime_ms = self.lifetime_ms(credential);
        // A wish for more than half a life would renew at every use.
        let wanted = i64::try_from(min_ttl.as_millis()).unwrap_or(i64::MAX);
        let wanted = lifetime_ms.map_or(wanted, |life| wanted.min(life / 2));
        // Further ahead than a whole life: the clock was set back since, and the end says nothing.
        let clock_moved = lifetime_ms.is_some_and(|life| left > life + TOLERANCE_MS);
        left <= wanted || (clock_moved && credential.refreshable)
    }

    /// How long such a token lives altogether: by the manifest, else by when it was stored and when it ends.
    fn lifetime_ms(&self, credential: &Credential) -> Option<i64> {
        let said = self.manifest().tokens.access.as_ref().and_then(|access| access.lifetime);
        if let Some(life) = said {
            return i64::try_from(life.duration().as_millis()).ok();
        }
        let stored = credential.expires_at?.checked_sub(credential.values.number("saved_at")?)?;
        (stored > 0).then_some(stored)
    }

    /// Lock → read again → still needed? → renew → write → unlock. `docs/lock.md` says the same for other programs.
    ///
    /// A credential that another process has renewed meanwhile is taken: it is as fresh as any. With `min_ttl` it has to last,
    /// too; without, the service has just refused the one that was seen, so any other will do.
    pub(crate) fn renew(
        &self,
        seen: &Credential,
        min_ttl: Option<Duration>,
        cancel: &Cancel,
    ) -> Result<Credential, Error> {
        if !matches!(seen.source, Source::Stored { .. }) {
            return Ok(seen.clone());
        }
        let store = self.store()?;
        let lock = store.lock(cancel)?;
        let Some(stored) = store.read()? else { return Err(self.signed_out()) };
        let Resolution::Found(now) = self.stored_credential(&stored, &store)? else {
            return Err(self.signed_out());
        };
        let replaced = now.token != seen.token;
        let renewed_meanwhile = match min_ttl {
            Some(min_ttl) => !self.is_due(&now, min_ttl) || (replaced && self.lasts(&now)),
            None => replaced,
        };
        if renewed_meanwhile || !now.refreshable {
            return Ok(*now);
        }
        // Whoever is asked to replace the token must not be asked while the new one couldn't be kept.
        let room = match store.reserve(&lock, &stored) {
            Ok(room) => room,
            Err(error) => return self.make_do(*now, min_ttl.is_some(), error.into()),
        };
        // Not to be cancelled: the service would have replaced the token and nobody would know the new one.
        let never = Cancel::never();
        let asking = Asking { limits: Limits::within(RENEWAL), ..Asking::simply(&never) };
        let answer = match self.ask(Operation::Refresh, &now.server, &now.values, asking) {
            Ok(answer) => answer,
            // The service can't be asked. What still works is used; nobody is signed out.
            Err(Error::Service(error)) => return self.make_do(*now, min_ttl.is_some(), error.into()),
            Err(error) => return Err(error),
        };
        match answer.means {
            Meaning::Ok => {
                let mut values = stored.values.clone();
                // Without a word about its end, the new one doesn't have the old one's.
                values.remove("expires_at");
                // It was that of the token that is spent now.
                values.remove("refresh_expires_at");
                values.merge(self.received(answer));
                drop(room);
                store.update(&lock, &stored, &values)?;
                let renewed = store.read()?.ok_or_else(|| self.signed_out())?;
                match self.stored_credential(&renewed, &store)? {
                    Resolution::Found(credential) => Ok(*credential),
                    Resolution::SignedOut => Err(self.signed_out()),
                }
            }
            Meaning::Invalid | Meaning::Expired => {
                let still = store.read()?;
                let presented = now.values.secret("refresh_token");
                if still.as_ref().and_then(|stored| stored.values.secret("refresh_token")) == presented {
                    store.clear(&lock)?;
                } else if let Some(newer) = still
                    && let Resolution::Found(newer) = self.stored_credential(&newer, &store)?
                    && newer.token != now.token
                    && self.lasts(&newer)
                {
                    // A program that doesn't know our lock has been faster.
                    return Ok(*newer);
                }
                Err(self.revoked(&now.server.url))
            }
            // The service knows who this is and says no; the credential stays for the day on which it says yes.
            Meaning::Forbidden => Err(self.forbidden(&now.server.url, &answer.values)),
            Meaning::NeedsPlan => Err(self.needs_plan(&now.server.url, &answer.values)),
            _ => {
                let error = Client::unexpected(Operation::Refresh, &now.server, &answer);
                self.make_do(*now, min_ttl.is_some(), error.into())
            }
        }
    }

    /// A credential that couldn't be renewed is still used while it lasts, unless the service has just refused it.
    fn make_do(&self, credential: Credential, usable: bool, error: Error) -> Result<Credential, Error> {
        let ends = credential.expires_at.is_some();
        if usable && ends && self.lasts(&credential) { Ok(credential) } else { Err(error) }
    }

    /// Whether this machine's clock knows nothing against using a credential now.
    fn lasts(&self, credential: &Credential) -> bool {
        credential.time_left(self.system().clock.now_ms()).is_none_or(|left| !left.is_zero())
    }

    /// What a sign-in has given, if it is something that can be sent as it is.
    pub(crate) fn signed_in_with(&self, operation: Operation, answer: Answer) -> Result<Values, Error> {
        let standard = self.manifest().own_exchange(operation).is_none();
        match answer.values.text("token_type").filter(|_| standard) {
            // RFC 6749, section 5.1: the case doesn't matter.
            Some(kind) if !kind.eq_ignore_ascii_case("bearer") => {
                Err(SignInError::UnknownTokenType { found: shown(kind) }.into())
            }
            _ => Ok(self.received(answer)),
        }
    }

    /// What an answer that carries a credential says, with its end as this machine's clock will count it.
    pub(crate) fn received(&self, answer: Answer) -> Values {
        let now = self.system().clock.now_ms();
        let mut values = answer.values;
        // An end beyond all reason is written as one that a file can hold: what was given is never lost for it.
        let later = |seconds: i64| now.saturating_add(seconds.clamp(0, CENTURY).saturating_mul(1000));
        let end = match (values.number("expires_in"), values.number("expires_at")) {
            (Some(seconds), _) => Some(later(seconds)),
            (None, Some(at)) => Some(match answer.ahead_ms {
                Some(ahead) if ahead.abs() > SAME_CLOCK_MS => at.saturating_sub(ahead),
                _ => at,
            }),
            (None, None) => None,
        };
        if let Some(end) = end {
            values.set("expires_at", end.clamp(0, now.saturating_add(CENTURY * 1000)));
        }
        for (seconds, end) in
            [("refresh_expires_in", "refresh_expires_at"), ("session_expires_in", "session_expires_at")]
        {
            if let Some(at) = values.number(seconds).map(later) {
                values.set(end, at);
            }
        }
        values.set("saved_at", now);
        for name in ["status", "message", "error", "retry_after"] {
            values.remove(name);
        }
        values
    }

    /// The credential that is stored, if it is for the server that counts.
    pub(crate) fn stored(&self) -> Result<Resolution, Error> {
        self.known_profile()?;
        let store = self.store()?;
        match store.read()? {
            Some(stored) => self.stored_credential(&stored, &store),
            None => Ok(Resolution::SignedOut),
        }
    }

    pub(crate) fn stored_credential(&self, stored: &Stored, store: &Store<'_>) -> Result<Resolution, Error> {
        let values = &stored.values;
        let Some(token) = values.secret("token").filter(|token| !token.is_empty()) else {
            return Ok(Resolution::SignedOut);
        };
        if !is_sendable(&token) {
            return Err(StoreError::Misshapen { path: store.path().to_owned() }.into());
        }
        let Some(server) = self.server_of_stored(values)? else { return Ok(Resolution::SignedOut) };
        Ok(Resolution::Found(Box::new(Credential {
            token,
            source: Source::Stored { path: store.path().to_owned() },
            server,
            expires_at: values.number("expires_at"),
            refreshable: values.text("refresh_token").is_some_and(|token| !token.is_empty()),
            identity: crate::identity::Identity::from_values(values),
            values: values.clone(),
        })))
    }
}

#[cfg(test)]
mod tests;
