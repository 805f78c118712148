//! Accounts that nobody can sign in to yet, and what becomes of them.

use doorkey_manifest::Secret;

use super::{
    Forget, NewTokenRow, Store, StoreError, Tx, both,
    rows::{id, words},
};
use crate::{
    clock::Time,
    id::{AccountId, GrantId, OrgId},
    sign_in::hash,
    token::{TokenKind, shown},
};

/// An anonymous family as it is written, with its token.
#[derive(Debug)]
pub(crate) struct NewAnonymousRow<'a> {
    pub grant: GrantId,
    pub app: &'a str,
    pub account: AccountId,
    pub org: OrgId,
    pub scopes: &'a [String],
    pub token: &'a Secret,
    pub prefix: &'a str,
    pub host_name: Option<&'a str>,
    pub expires_at: Time,
    pub now: Time,
}

impl Store {
    /// Accounts that nobody has claimed in time, some at a time.
    pub(crate) async fn unclaimed_accounts(&self, now: Time) -> Result<Vec<AccountId>, StoreError> {
        const SQL: &str = "SELECT id FROM accounts WHERE expires_at <= $1 AND kind = 'anonymous' AND ended_at IS NULL \
            AND claimed_by IS NULL LIMIT 1000";
        let rows: Vec<(Vec<u8>,)> = both!(&self.reader, pool => {
            sqlx::query_as(SQL).bind(now.unix_ms()).fetch_all(pool).await
        })?;
        rows.into_iter().map(|(bytes,)| id(bytes)).collect()
    }
}

impl Tx {
    /// A new anonymous family with its token.
    pub async fn insert_anonymous(&mut self, new: NewAnonymousRow<'_>) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO grants (id, app, account_id, org_id, scopes, host_name, created_at, expires_at, kind) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'anonymous')";
        both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&new.grant.as_bytes()[..])
                .bind(new.app)
                .bind(&new.account.as_bytes()[..])
                .bind(&new.org.as_bytes()[..])
                .bind(words(new.scopes))
                .bind(new.host_name)
                .bind(new.now.unix_ms())
                .bind(new.expires_at.unix_ms())
                .execute(&mut **tx).await.map(drop)
        })?;
        let (start, last_four) = shown(new.token, new.prefix);
        self.insert_token(NewTokenRow {
            hash: hash(new.token),
            grant: new.grant,
            kind: TokenKind::Anonymous,
            start,
            last_four,
            scopes: new.scopes,
            expires_at: Some(new.expires_at),
            now: new.now,
        })
        .await
    }

    /// An anonymous account becomes somebody's. Done for one of all who try.
    pub async fn claim_account(
        &mut self,
        anonymous: AccountId,
        by: AccountId,
        now: Time,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE accounts SET claimed_by = $2, ended_at = $3 WHERE id = $1 AND kind = 'anonymous' \
            AND claimed_by IS NULL AND ended_at IS NULL";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&anonymous.as_bytes()[..]).bind(&by.as_bytes()[..]).bind(now.unix_ms())
                .execute(&mut **tx).await.map(|d| d.rows_affected())
        })?;
        self.forget(Forget::Account(anonymous));
        Ok(done == 1)
    }

    /// An anonymous organization is nobody's personal one any more, and loses the member that it had.
    pub async fn hand_over_org(&mut self, org: OrgId, from: AccountId) -> Result<(), StoreError> {
        const ORG: &str = "UPDATE organizations SET personal_for = NULL WHERE id = $1 AND personal_for = $2";
        const MEMBER: &str = "DELETE FROM members WHERE org_id = $1 AND account_id = $2";
        both!(&mut self.0, tx => {
            for sql in [ORG, MEMBER] {
                sqlx::query(sql).bind(&org.as_bytes()[..]).bind(&from.as_bytes()[..]).execute(&mut **tx).await?;
            }
        });
        self.forget(Forget::Org(org));
        Ok(())
    }

    /// What one account holds is another's from now on.
    pub async fn hand_over_grants(&mut self, from: AccountId, to: AccountId) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE grants SET account_id = $2 WHERE account_id = $1 AND revoked_at IS NULL";
        both!(&mut self.0, tx => {
            sqlx::query(SQL).bind(&from.as_bytes()[..]).bind(&to.as_bytes()[..]).execute(&mut **tx).await.map(drop)
        })?;
        self.forget(Forget::Account(from));
        Ok(())
    }

    /// Ends an account. Says whether it hadn't ended.
    pub async fn end_account(&mut self, account: AccountId, now: Time) -> Result<bool, StoreError> {
        const SQL: &str =
            "UPDATE accounts SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL AND claimed_by IS NULL";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL).bind(&account.as_bytes()[..]).bind(now.unix_ms()).execute(&mut **tx).await
                .map(|d| d.rows_affected())
        })?;
        self.forget(Forget::Account(account));
        Ok(done == 1)
    }
}
