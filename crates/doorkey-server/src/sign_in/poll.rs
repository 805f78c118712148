//! Polling: a tool asks whether it has been decided (RFC 8628, section 3.4).
//!
//! A poll that finds nothing decided can be held: subscribe with [`Domain::watch`] first, then [`Domain::poll`], and if
//! that is pending, wait for the watch (or for as long as the client would wait) and [`Domain::poll_again`]. Because
//! the subscription comes before the look, no decision falls between the two.

use std::{fmt, time::Duration};

use doorkey_manifest::Secret;
use subtle::ConstantTimeEq;

use super::{State, WaitKey, Watch, hash, pace::Pace};
use crate::{
    Domain,
    audit::{Action, Actor, Event, Origin},
    clock::Time,
    id::SignInId,
    store::{SignInRow, StoreError},
    token::IssuedTokens,
};

/// What a tool shows when it polls.
#[derive(Clone, PartialEq, Eq)]
pub enum PollProof {
    /// The device code.
    DeviceSecret {
        /// As it was given at the start.
        device_code: Secret,
    },
    /// The session code and the state that the tool drew.
    State {
        /// As it was given at the start.
        session_code: Secret,
        /// As the tool gave it.
        state: Secret,
    },
}

impl fmt::Debug for PollProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DeviceSecret { .. } => "DeviceSecret",
            Self::State { .. } => "State",
        })
    }
}

impl PollProof {
    /// What is stored of the code that polls.
    fn poll_hash(&self) -> [u8; 32] {
        match self {
            Self::DeviceSecret { device_code: code } | Self::State { session_code: code, .. } => hash(code),
        }
    }

    fn fits(&self, state_hash: Option<&[u8]>) -> bool {
        match (self, state_hash) {
            (Self::DeviceSecret { .. }, None) => true,
            (Self::State { state, .. }, Some(stored)) => hash(state)[..].ct_eq(stored).into(),
            _ => false,
        }
    }
}

/// What a poll finds.
#[derive(Debug, Clone)]
pub enum Poll {
    /// Nobody has decided (`authorization_pending`).
    Pending {
        /// Until when it can be decided.
        expires_at: Time,
        /// How often the tool may poll.
        interval: Duration,
    },
    /// Nobody has decided, and the tool asks too often (`slow_down`).
    SlowDown {
        /// How often it may poll from now on.
        interval: Duration,
    },
    /// It was denied (`access_denied`).
    Denied,
    /// The time ran out (`expired_token`).
    Expired,
    /// There is no such sign-in, it belongs to another app, or it was redeemed before (`invalid_grant`).
    Unknown,
    /// The tool is signed in. Nobody gets this answer twice.
    Redeemed(Box<IssuedTokens>),
}

impl Domain {
    /// Subscribes to the decision, before looking. None when too many are waiting: then the answer isn't held.
    pub fn watch(&self, proof: &PollProof) -> Option<Watch> {
        self.waiting.watch(WaitKey::of_hash(proof.poll_hash()))
    }

    /// Looks whether it has been decided, and redeems it if it was approved. Counts as a poll of the tool's.
    pub async fn poll(&self, app: &str, proof: &PollProof, origin: &Origin) -> Result<Poll, StoreError> {
        self.look(app, proof, origin, true).await
    }

    /// Looks again within the same poll, which was held.
    pub async fn poll_again(
        &self,
        app: &str,
        proof: &PollProof,
        origin: &Origin,
    ) -> Result<Poll, StoreError> {
        self.look(app, proof, origin, false).await
    }

    async fn look(
        &self,
        app: &str,
        proof: &PollProof,
        origin: &Origin,
        counts: bool,
    ) -> Result<Poll, StoreError> {
        let poll_hash = proof.poll_hash();
        let key = WaitKey::of_hash(poll_hash);
        let Some(row) = self.store.sign_in_by_poll(poll_hash).await? else { return Ok(Poll::Unknown) };
        let Some(rules) = self.apps.get(app) else { return Ok(Poll::Unknown) };
        if row.app != app || !proof.fits(row.state_hash.as_deref()) {
            return Ok(Poll::Unknown);
        }
        let now = self.now();
        let ended = match row.state {
            State::Pending if now < row.expires_at => {
                let pace = if counts {
                    self.pace.poll(key, now, rules.poll_interval, row.expires_at)
                } else {
                    Pace::Fits(self.pace.interval(key, rules.poll_interval))
                };
                return Ok(match pace {
                    Pace::Fits(interval) => Poll::Pending { expires_at: row.expires_at, interval },
                    Pace::TooFast(interval) => Poll::SlowDown { interval },
                });
            }
            State::Approved if now < row.expires_at => match self.redeem_polled(&row, origin).await? {
                Some(tokens) => Poll::Redeemed(Box::new(tokens)),
                // Another poll was faster.
                None => Poll::Unknown,
            },
            State::Pending | State::Approved => {
                self.expire(row.id).await?;
                Poll::Expired
            }
            State::Expired => Poll::Expired,
            State::Denied => Poll::Denied,
            State::Redeemed => Poll::Unknown,
        };
        self.pace.forget(key);
        Ok(ended)
    }

    /// Redeems an approved sign-in, unless somebody else did.
    async fn redeem_polled(
        &self,
        row: &SignInRow,
        origin: &Origin,
    ) -> Result<Option<IssuedTokens>, StoreError> {
        let mut tx = self.store.begin().await?;
        if !tx.redeem_sign_in(row.id, self.now()).await? {
            tx.rollback().await?;
            return Ok(None);
        }
        let tokens = self.give(&mut tx, row, origin).await?;
        tx.commit().await?;
        Ok(Some(tokens))
    }

    /// Writes down that the time of a sign-in ran out, if nobody has.
    pub(crate) async fn expire(&self, id: SignInId) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        match tx.expire_sign_in(id, self.now()).await? {
            Some(app) => {
                let event =
                    Event::done(Action::SignInExpired, Actor::Server).app(&app).subject("sign_in", id);
                self.record(&mut tx, event).await?;
                tx.commit().await
            }
            None => tx.rollback().await,
        }
    }
}
