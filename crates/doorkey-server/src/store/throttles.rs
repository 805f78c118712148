//! Counted failures.

use super::{Store, StoreError, Tx, both};
use crate::{clock::Time, throttle::Charge};

impl Store {
    /// Until when the failures of this count have been paid off; none when there were none.
    pub(crate) async fn throttled_until(&self, key: [u8; 32]) -> Result<Option<Time>, StoreError> {
        const SQL: &str = "SELECT until FROM throttles WHERE key = $1";
        let row: Option<(i64,)> =
            both!(&self.reader, pool => sqlx::query_as(SQL).bind(&key[..]).fetch_optional(pool).await)?;
        Ok(row.map(|(until,)| Time::from_unix_ms(until)))
    }
}

impl Tx {
    /// Counts a failure. Not done when the allowance is used up.
    pub async fn charge(&mut self, charge: &Charge, now: Time) -> Result<bool, StoreError> {
        const SQL: &str = "INSERT INTO throttles (key, until) VALUES ($1, $2 + $3) ON CONFLICT (key) DO UPDATE \
            SET until = CASE WHEN throttles.until > $2 THEN throttles.until ELSE $2 END + $3 \
            WHERE throttles.until <= $2 + $4";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&charge.key[..])
                .bind(now.unix_ms())
                .bind(charge.price())
                .bind(charge.allowance())
                .execute(&mut **tx).await.map(|d| d.rows_affected())
        })?;
        Ok(done == 1)
    }

    /// Takes a failure back.
    pub async fn refund(&mut self, charge: &Charge) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE throttles SET until = until - $2 WHERE key = $1";
        both!(&mut self.0, tx => {
            sqlx::query(SQL).bind(&charge.key[..]).bind(charge.price()).execute(&mut **tx).await.map(drop)
        })?;
        Ok(())
    }
}
