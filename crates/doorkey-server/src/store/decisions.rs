//! A decision made on one replica wakes the polls that wait on another: PostgreSQL carries the word (LISTEN and NOTIFY).
//! Over SQLite there is one process, which wakes its own.

use std::{sync::Arc, time::Duration};

use sqlx::{PgPool, postgres::PgListener};

use super::{Engine, Store, StoreError, Tx};
use crate::sign_in::{WaitKey, WaitingRoom};

const CHANNEL: &str = "doorkey_decisions";
/// How long to wait before trying to listen again.
const PAUSE: Duration = Duration::from_secs(1);

impl Tx {
    /// Tells the other replicas, as soon as this change lasts.
    pub async fn announce(&mut self, key: WaitKey) -> Result<(), StoreError> {
        if let Engine::Postgres(tx) = &mut self.0 {
            let announce = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(key.to_string());
            announce.execute(&mut **tx).await?;
        }
        Ok(())
    }
}

impl Store {
    /// Wakes what waits in the room whenever another replica says so, until the room or the store is gone.
    pub(crate) fn forward_decisions(&self, room: &Arc<WaitingRoom>) {
        if let Engine::Postgres(pool) = &self.writer {
            tokio::spawn(forward(pool.clone(), Arc::downgrade(room)));
        }
    }
}

async fn forward(pool: PgPool, room: std::sync::Weak<WaitingRoom>) {
    while room.strong_count() > 0 && !pool.is_closed() {
        let stopped = tokio::select! {
            () = pool.close_event() => return,
            stopped = listen(&pool, &room) => stopped,
        };
        if let Err(error) = stopped {
            tracing::warn!(%error, "not listening for the decisions of other replicas; trying again");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Listens until something breaks.
async fn listen(pool: &PgPool, room: &std::sync::Weak<WaitingRoom>) -> Result<(), StoreError> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.ignore_pool_close_event(true);
    listener.listen(CHANNEL).await?;
    // Whatever was decided before we listened, nobody told us.
    let mut missed = true;
    loop {
        if missed {
            room.upgrade().inspect(|room| room.wake_all());
        }
        let heard = listener.try_recv().await?;
        missed = heard.is_none();
        let Some(room) = room.upgrade() else { return Ok(()) };
        match heard.map(|heard| WaitKey::read(heard.payload())) {
            Some(Some(key)) => room.wake(key),
            Some(None) => tracing::warn!("another replica said something that isn't a decision"),
            None => {}
        }
    }
}
