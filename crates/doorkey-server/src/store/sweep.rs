//! Removing what is of no use any more. Everything is kept a while after its end: an authorization code that comes back
//! after an hour must still be recognized as used.

use std::time::Duration;

use super::{Store, StoreError, both};
use crate::clock::Time;

/// How long what has ended is kept.
const KEPT_AFTER_THE_END: Duration = Duration::from_hours(24 * 30);
/// How long an access token is kept after it expired.
const ACCESS_KEPT: Duration = Duration::from_hours(24);

/// How much was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Sign-ins that had ended.
    pub sign_ins: u64,
    /// Sessions that had ended.
    pub sessions: u64,
    /// Access tokens that had expired.
    pub tokens: u64,
    /// Grants that had ended, with all their tokens.
    pub grants: u64,
    /// Invitations that had ended.
    pub invitations: u64,
    /// Messages of billing systems that can't come again.
    pub deliveries: u64,
    /// Counts that were paid off.
    pub throttles: u64,
}

impl Store {
    /// Removes what ended long ago, some of it at a time so that nothing waits long.
    pub(crate) async fn sweep(&self, now: Time) -> Result<Swept, StoreError> {
        let long_ago = now.minus(KEPT_AFTER_THE_END);
        Ok(Swept {
            sign_ins: self
                .remove(
                    "DELETE FROM sign_ins WHERE id IN (SELECT id FROM sign_ins \
                    WHERE state IN ('redeemed', 'denied', 'expired') AND expires_at < $1 LIMIT 1000)",
                    long_ago,
                )
                .await?,
            sessions: self
                .remove(
                    "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1 LIMIT 1000)",
                    long_ago,
                )
                .await?,
            tokens: self
                .remove(
                    "DELETE FROM tokens WHERE hash IN (SELECT hash FROM tokens \
                    WHERE kind = 'access' AND expires_at < $1 LIMIT 1000)",
                    now.minus(ACCESS_KEPT),
                )
                .await?,
            grants: self
                .remove(
                    "DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE expires_at < $1 OR revoked_at < $1 LIMIT 1000)",
                    long_ago,
                )
                .await?,
            invitations: self
                .remove(
                    "DELETE FROM invitations WHERE id IN (SELECT id FROM invitations WHERE expires_at < $1 LIMIT 1000)",
                    long_ago,
                )
                .await?,
            deliveries: self
                .remove(
                    "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE at < $1 LIMIT 1000)",
                    long_ago,
                )
                .await?,
            throttles: self
                .remove(
                    "DELETE FROM throttles WHERE key IN (SELECT key FROM throttles WHERE until < $1 LIMIT 1000)",
                    now,
                )
                .await?,
        })
    }

    async fn remove(&self, sql: &'static str, before: Time) -> Result<u64, StoreError> {
        Ok(both!(&self.writer, pool => {
            sqlx::query(sql).bind(before.unix_ms()).execute(pool).await.map(|d| d.rows_affected())
        })?)
    }
}
