//! The schema and how it came to be. Steps are only ever added; a step that was released is never changed.
//!
//! All steps that are missing are taken in one change under a lock, so that of several replicas that start at once one
//! takes them and the others find them taken. A schema that is newer than this program, or that came to be in another
//! way, is left alone.

use sha2::{Digest, Sha256};

use super::{Engine, Store, StoreError, Tx, both};

/// One step, in the words of each engine.
pub(super) struct Migration {
    pub name: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

macro_rules! migrations {
    ($($name:literal),*) => {&[$(Migration {
        name: $name,
        sqlite: include_str!(concat!("../../migrations/sqlite/", $name, ".sql")),
        postgres: include_str!(concat!("../../migrations/postgres/", $name, ".sql")),
    }),*]};
}

/// All steps, the oldest first. The first has number 1.
pub(super) const MIGRATIONS: &[Migration] = migrations!["0001_foundation", "0002_vendor", "0003_products"];

const TABLE_SQLITE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations \
    (version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum BLOB NOT NULL) STRICT";
const TABLE_POSTGRES: &str = "CREATE TABLE IF NOT EXISTS schema_migrations \
    (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum BYTEA NOT NULL)";
/// Any number; everybody who migrates a database of ours takes the lock of this one.
const LOCK: &str = "SELECT pg_advisory_xact_lock(4964381022171)";

impl Store {
    /// Takes the steps that are missing.
    pub(super) async fn migrate(&self, all: &'static [Migration]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        match &mut tx.0 {
            Engine::Sqlite(tx) => {
                sqlx::query(TABLE_SQLITE).execute(&mut **tx).await?;
            }
            Engine::Postgres(tx) => {
                sqlx::query(LOCK).execute(&mut **tx).await?;
                sqlx::query(TABLE_POSTGRES).execute(&mut **tx).await?;
            }
        }
        let taken = tx.taken().await?;
        let numbered = || (1_i64..).zip(all);
        let known = numbered().last().map_or(0, |(version, _)| version);
        for (version, checksum) in &taken {
            match numbered().find(|(number, _)| number == version) {
                None => return Err(StoreError::TooNew { found: *version, known }),
                Some((_, step)) if tx.words(step).1 != checksum[..] => {
                    return Err(StoreError::OtherHistory { version: *version });
                }
                Some(_) => {}
            }
        }
        for (version, step) in numbered().filter(|(number, _)| !taken.iter().any(|(t, _)| t == number)) {
            tx.take(version, step).await?;
        }
        tx.commit().await
    }
}

impl Tx {
    /// The steps that were taken, the newest first.
    async fn taken(&mut self) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        const SQL: &str = "SELECT version, checksum FROM schema_migrations ORDER BY version DESC";
        Ok(both!(&mut self.0, tx => sqlx::query_as(SQL).fetch_all(&mut **tx).await)?)
    }

    /// A step in this engine's words, with what tells it from any other.
    fn words(&self, step: &Migration) -> (&'static str, [u8; 32]) {
        let words = match self.0 {
            Engine::Sqlite(_) => step.sqlite,
            Engine::Postgres(_) => step.postgres,
        };
        (words, Sha256::digest(words).into())
    }

    async fn take(&mut self, version: i64, step: &Migration) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)";
        let (words, checksum) = self.words(step);
        both!(&mut self.0, tx => {
            sqlx::raw_sql(words).execute(&mut **tx).await?;
            sqlx::query(SQL).bind(version).bind(step.name).bind(&checksum[..]).execute(&mut **tx).await?;
        });
        Ok(())
    }
}
