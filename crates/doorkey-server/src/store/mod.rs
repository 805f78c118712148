//! What is kept, in SQLite or in PostgreSQL. This is the only place that knows SQL.
//!
//! Both engines get the same statements: `$1` is a placeholder in both, and the columns have the plainest types there
//! are. [`both!`] writes a statement's call once and compiles it for each engine. What changes something goes through a
//! [`Tx`]; what only looks doesn't need one.
//!
//! The library is sqlx: one set of statements in plain SQL over both engines, where an object mapper would hide them and
//! two drivers would double them; a pool, cancellation that rolls back, and LISTEN. Its compile-time checks would need
//! both databases at hand for every build, so every statement is run by a test on both engines instead.
//!
//! SQLite has one connection that writes and several that read, in write-ahead mode: readers never wait for the writer,
//! and a write that was acknowledged survives the death of the process at any moment.

mod accounts;
mod anonymous;
mod cache;
mod decisions;
mod error;
mod events;
mod invitations;
mod location;
mod long_lived;
mod migrate;
mod orgs;
mod rows;
mod sign_ins;
mod sweep;
mod throttles;
mod tokens;

#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc, time::Duration};

use sqlx::{
    Connection, PgConnection, PgPool, Postgres, Sqlite, SqlitePool, Transaction,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use self::cache::{Changed, TokenCache};
pub(crate) use self::{
    accounts::{NewAccountRow, NewSessionRow},
    anonymous::NewAnonymousRow,
    cache::Forget,
    invitations::NewInvitationRow,
    long_lived::{NewLongLivedRow, Seen, Successor},
    sign_ins::{Approval, DecidedRow, NewSignInRow, SignInRow},
    tokens::{NewGrantRow, NewTokenRow, TokenRow},
};
pub use self::{
    error::StoreError,
    location::{Location, LocationError},
    orgs::OrgChange,
    sweep::Swept,
};

/// One thing for SQLite or one for PostgreSQL.
enum Engine<S, P> {
    Sqlite(S),
    Postgres(P),
}

/// Runs one body on whichever engine it is.
macro_rules! both {
    ($on:expr, $db:ident => $body:expr) => {
        match $on {
            $crate::store::Engine::Sqlite($db) => $body,
            $crate::store::Engine::Postgres($db) => $body,
        }
    };
}
pub(crate) use both;

/// How many connections read from SQLite at once.
const SQLITE_READERS: u32 = 4;
/// How many connections there are to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 16;
/// How long a request waits for a connection or a lock before it is told to come again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where everything is kept.
pub struct Store {
    reader: Engine<SqlitePool, PgPool>,
    writer: Engine<SqlitePool, PgPool>,
    cache: Arc<TokenCache>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.writer {
            Engine::Sqlite(_) => "Store(SQLite)",
            Engine::Postgres(_) => "Store(PostgreSQL)",
        })
    }
}

impl Store {
    /// Opens the database, makes it if it is a file that isn't there, and brings its schema up to date. Several replicas
    /// may do that at once.
    pub async fn open(location: &Location) -> Result<Self, StoreError> {
        Self::open_patiently(location, PATIENCE).await
    }

    async fn open_patiently(location: &Location, patience: Duration) -> Result<Self, StoreError> {
        let store = match location.connect_options()? {
            Engine::Sqlite(options) => Self::open_sqlite(options, patience).await?,
            Engine::Postgres(options) => {
                // The pool would only say that it waited in vain; one connection says why.
                let first = tokio::time::timeout(patience, PgConnection::connect_with(&options));
                first.await.map_err(|_| StoreError::Unreachable)??.close().await?;
                let pool = PgPoolOptions::new()
                    .max_connections(POSTGRES_CONNECTIONS)
                    .acquire_timeout(patience)
                    .connect_with(options)
                    .await?;
                Self::over(Engine::Postgres(pool.clone()), Engine::Postgres(pool))
            }
        };
        store.migrate(migrate::MIGRATIONS).await?;
        Ok(store)
    }

    async fn open_sqlite(options: SqliteConnectOptions, patience: Duration) -> Result<Self, StoreError> {
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(patience);
        let pool =
            || SqlitePoolOptions::new().acquire_timeout(patience).max_lifetime(None).idle_timeout(None);
        let writer = pool().max_connections(1).connect_with(options.clone()).await?;
        let reader =
            pool().max_connections(SQLITE_READERS).connect_with(options.pragma("query_only", "ON")).await?;
        Ok(Self::over(Engine::Sqlite(reader), Engine::Sqlite(writer)))
    }

    fn over(reader: Engine<SqlitePool, PgPool>, writer: Engine<SqlitePool, PgPool>) -> Self {
        Self { reader, writer, cache: Arc::default() }
    }

    /// Begins a change. It lasts when it is committed; dropped before that, it never was.
    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        let engine = match &self.writer {
            // Taking the writer's lock at once: a change that began by looking couldn't take it later.
            Engine::Sqlite(pool) => Engine::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?),
            Engine::Postgres(pool) => Engine::Postgres(pool.begin().await?),
        };
        Ok(Tx(engine, Changed::new(Arc::clone(&self.cache))))
    }

    /// Whether the database answers.
    pub async fn is_ready(&self) -> Result<(), StoreError> {
        both!(&self.reader, pool => sqlx::query("SELECT count(*) FROM schema_migrations").execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Finishes what has begun and closes all connections.
    pub async fn close(&self) {
        both!(&self.writer, pool => pool.close().await);
        both!(&self.reader, pool => pool.close().await);
    }
}

/// A change that hasn't been committed, and what it makes others forget.
pub(crate) struct Tx(Engine<Transaction<'static, Sqlite>, Transaction<'static, Postgres>>, Changed);

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tx")
    }
}

impl Tx {
    /// Notes that this change concerns what may have been looked up.
    fn forget(&mut self, forget: Forget) {
        self.1.note(forget);
    }

    /// Makes the change last.
    pub async fn commit(self) -> Result<(), StoreError> {
        let Self(engine, changed) = self;
        if changed.is_empty() {
            return Ok(both!(engine, tx => tx.commit().await)?);
        }
        // In a task of its own: when the one who asked goes away in the middle, what was revoked is forgotten all the same,
        // and only after the change lasts.
        let commit = tokio::spawn(async move {
            let done = both!(engine, tx => tx.commit().await);
            drop(changed);
            done
        });
        Ok(commit.await.map_err(|_| StoreError::Busy)??)
    }

    /// Forgets the change.
    pub async fn rollback(self) -> Result<(), StoreError> {
        Ok(both!(self.0, tx => tx.rollback().await)?)
    }
}
