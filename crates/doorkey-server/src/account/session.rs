//! Browser sessions (OWASP ASVS, chapter 7): the cookie holds 256 random bits, the database their hash. A session has a
//! new secret after every sign-in, ends when it isn't used, and ends for good after a while.

use std::time::Duration;

use doorkey_manifest::Secret;

use super::{Session, SignedIn};
use crate::{
    Domain,
    asker::{Asker, MANAGE_LIFETIME},
    audit::{Action, Actor, Event, Origin},
    clock::Time,
    entropy::random_secret,
    id::{AccountId, SessionId},
    sign_in::hash,
    store::{NewSessionRow, StoreError, Tx},
};

/// How long a session lives when it isn't used.
pub const SESSION_IDLE: Duration = Duration::from_hours(24 * 7);
/// How long a session lives at most.
pub const SESSION_LIFETIME: Duration = Duration::from_hours(24 * 30);
/// How exactly it is written down when a session was last used.
const SEEN_EXACTLY: Duration = Duration::from_mins(1);

impl Session {
    /// The person in this browser as one who asks for something. They may change things for a while after they have typed
    /// their password (ASVS 7.5).
    pub fn asker(&self, origin: &Origin, now: Time) -> Asker {
        Asker {
            account: self.account.id,
            manages: now < self.authenticated_at.plus(MANAGE_LIFETIME),
            grant: None,
            session: Some(self.id),
            origin: origin.clone(),
        }
    }
}

impl Domain {
    /// A secret for a browser in which nobody is signed in. It needs no row: it only ties forms to the browser.
    pub fn visitor_cookie(&self) -> Secret {
        random_secret(&*self.entropy)
    }

    /// The token that this browser's forms carry, whether somebody is signed in or not.
    pub fn form_token(&self, cookie: &Secret) -> String {
        self.keys.form_token(cookie.expose())
    }

    /// Whether a form comes from a page that this browser was given.
    pub fn is_form_token(&self, cookie: &Secret, presented: &str) -> bool {
        self.keys.is_form_token(cookie.expose(), presented)
    }

    /// The session that a browser's cookie stands for; none when nobody is signed in, or not any more.
    pub async fn session(&self, cookie: &Secret) -> Result<Option<Session>, StoreError> {
        let now = self.now();
        let Some(session) = self.store.session(hash(cookie), now, now.minus(SESSION_IDLE)).await? else {
            return Ok(None);
        };
        if session.seen_at.plus(SEEN_EXACTLY) <= now {
            // When nothing can be written at this moment, the next request will.
            match self.store.touch_session(session.id, now).await {
                Err(error) if error.is_temporary() => {
                    tracing::debug!(%error, "a session's use wasn't written down");
                }
                done => done?,
            }
        }
        Ok(Some(session))
    }

    /// Where an account is signed in, the last used first.
    pub async fn sessions(&self, account: AccountId) -> Result<Vec<Session>, StoreError> {
        let now = self.now();
        self.store.sessions_of(account, now, now.minus(SESSION_IDLE)).await
    }

    /// Signs a browser out. What it had opened and not decided can be opened again.
    pub async fn sign_out(&self, session: &Session, origin: &Origin) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        self.end_in(&mut tx, session, origin).await?;
        tx.commit().await
    }

    /// Ends one of the account's sessions. Says whether there was one.
    pub async fn end_session(
        &self,
        account: AccountId,
        session: SessionId,
        origin: &Origin,
    ) -> Result<bool, StoreError> {
        let all = self.sessions(account).await?;
        let Some(session) = all.iter().find(|s| s.id == session) else { return Ok(false) };
        self.sign_out(session, origin).await?;
        Ok(true)
    }

    async fn end_in(&self, tx: &mut Tx, session: &Session, origin: &Origin) -> Result<(), StoreError> {
        if tx.end_session(session.id, self.now()).await? {
            self.release(tx, session, origin).await?;
            let event = Event::done(Action::SessionEnded, Actor::Account(session.account.id))
                .account(session.account.id);
            self.record(tx, event.subject("session", session.id).from(origin)).await?;
        }
        Ok(())
    }

    /// Begins a session in a browser, or goes on with the one that the same account has there.
    pub(super) async fn begin_session(
        &self,
        tx: &mut Tx,
        account: AccountId,
        current: Option<&Session>,
        origin: &Origin,
    ) -> Result<SignedIn, StoreError> {
        let now = self.now();
        let cookie = random_secret(&*self.entropy);
        let mut id = SessionId::fresh(now, &*self.entropy);
        let mut goes_on = false;
        match current {
            Some(current) if current.account.id == account => {
                goes_on =
                    tx.renew_session(current.id, hash(&cookie), now, now.plus(SESSION_LIFETIME)).await?;
                if goes_on {
                    id = current.id;
                }
            }
            Some(other) => self.end_in(tx, other, origin).await?,
            None => {}
        }
        if !goes_on {
            let expires_at = now.plus(SESSION_LIFETIME);
            tx.insert_session(NewSessionRow {
                id,
                account,
                secret_hash: hash(&cookie),
                origin,
                now,
                expires_at,
            })
            .await?;
        }
        let event = Event::done(Action::SessionStarted, Actor::Account(account)).account(account);
        self.record(tx, event.subject("session", id).from(origin)).await?;
        let session = tx
            .session(hash(&cookie))
            .await?
            .ok_or(StoreError::Corrupt("a session that was just written is missing"))?;
        Ok(SignedIn { session, cookie })
    }
}
