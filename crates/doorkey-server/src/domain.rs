//! The domain: everything that the service decides. It is given its store, its clock, its randomness, its keys and its
//! apps, knows no HTTP and no SQL, and is what both the wire and the pages ask.

use std::sync::Arc;

use crate::{
    account::password::PasswordHasher,
    app::Apps,
    audit::{Event, Recorded},
    clock::{Clock, Time},
    entropy::Entropy,
    id::{AccountId, EventIds, SignInId},
    keys::ServerKeys,
    sign_in::{PaceBook, WaitingRoom},
    store::{Store, StoreError, Swept, Tx},
    token::{Rates, Uses},
};

/// How many polls are held at most; those beyond are answered at once.
pub const MOST_WAITING: usize = 250_000;

/// What the domain is made of.
#[derive(Debug)]
pub struct Parts {
    /// Where everything is kept.
    pub store: Store,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// What nobody can guess.
    pub entropy: Arc<dyn Entropy>,
    /// The server's own keys.
    pub keys: ServerKeys,
    /// The apps that are served.
    pub apps: Apps,
    /// How many passwords are hashed at once: each takes a processor and 19 MiB.
    pub hash_at_once: usize,
}

/// Everything that the service decides.
#[derive(Debug)]
pub struct Domain {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) keys: ServerKeys,
    pub(crate) apps: Apps,
    pub(crate) passwords: PasswordHasher,
    pub(crate) waiting: Arc<WaitingRoom>,
    pub(crate) pace: PaceBook,
    pub(crate) rates: Rates,
    pub(crate) uses: Uses,
    event_ids: EventIds,
}

impl Domain {
    /// Puts the parts together. Call it inside a Tokio runtime: on PostgreSQL, one task listens for what other replicas
    /// decide.
    pub fn new(parts: Parts) -> Self {
        let waiting = Arc::new(WaitingRoom::new(MOST_WAITING));
        parts.store.forward_decisions(&waiting);
        Self {
            passwords: PasswordHasher::new(parts.hash_at_once, &*parts.entropy),
            store: parts.store,
            clock: parts.clock,
            entropy: parts.entropy,
            keys: parts.keys,
            apps: parts.apps,
            waiting,
            pace: PaceBook::default(),
            rates: Rates::default(),
            uses: Uses::default(),
            event_ids: EventIds::default(),
        }
    }

    /// What time it is.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// The apps that are served.
    pub const fn apps(&self) -> &Apps {
        &self.apps
    }

    /// Where held polls wait.
    pub const fn waiting_room(&self) -> &Arc<WaitingRoom> {
        &self.waiting
    }

    /// Whether the store answers (for `/readyz`).
    pub async fn is_ready(&self) -> Result<(), StoreError> {
        self.store.is_ready().await
    }

    /// Lets all held polls go; they are answered as they stand, and no further ones are held.
    pub fn stop_waiting(&self) {
        self.waiting.close();
    }

    /// Finishes what the store has begun and closes it.
    pub async fn close(&self) {
        self.stop_waiting();
        if let Err(error) = self.write_uses().await {
            tracing::warn!(%error, "what tokens were last used for could not be written down");
        }
        self.store.close().await;
    }

    /// Writes down which sign-ins have expired and removes what is of no use any more. Run it every minute or so; any
    /// number of replicas may.
    pub async fn sweep(&self) -> Result<Swept, StoreError> {
        for id in self.store.overdue_sign_ins(self.now()).await? {
            self.expire(id).await?;
        }
        self.end_unclaimed().await?;
        self.store.sweep(self.now()).await
    }

    /// What happened to an account, the latest first.
    pub async fn events_of(&self, account: AccountId, at_most: u32) -> Result<Vec<Recorded>, StoreError> {
        self.store.events_of(account, at_most).await
    }

    /// What happened to a sign-in, the earliest first.
    pub async fn events_of_sign_in(&self, sign_in: SignInId) -> Result<Vec<Recorded>, StoreError> {
        self.store.events_of_sign_in(sign_in).await
    }

    /// Adds to the trail, in the transaction of what it tells of.
    pub(crate) async fn record(&self, tx: &mut Tx, event: Event) -> Result<(), StoreError> {
        let now = self.now();
        tx.insert_event(self.event_ids.next(now, &*self.entropy), &event, now).await
    }

    /// Adds to the trail what changed nothing.
    pub(crate) async fn record_alone(&self, event: Event) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        self.record(&mut tx, event).await?;
        tx.commit().await
    }

    pub(crate) fn random_number(&self) -> u32 {
        let mut bytes = [0; 4];
        self.entropy.fill(&mut bytes);
        u32::from_be_bytes(bytes)
    }
}
