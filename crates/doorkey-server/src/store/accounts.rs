//! Accounts, their organizations and their browser sessions.

use std::net::IpAddr;

use super::{Store, StoreError, Tx, both, rows::id};
use crate::{
    account::{Account, Session, email::Email},
    audit::Origin,
    clock::Time,
    id::{AccountId, OrgId, SessionId},
    org::Org,
};

/// An account as it is written.
#[derive(Debug)]
pub(crate) struct NewAccountRow<'a> {
    pub id: AccountId,
    pub email: &'a Email,
    pub name: &'a str,
    /// The hash, as a PHC string.
    pub password: &'a str,
    pub now: Time,
}

/// A session as it is written.
#[derive(Debug)]
pub(crate) struct NewSessionRow<'a> {
    pub id: SessionId,
    pub account: AccountId,
    pub secret_hash: [u8; 32],
    pub origin: &'a Origin,
    pub now: Time,
    pub expires_at: Time,
}

/// What a password is compared with.
#[derive(Debug)]
pub(crate) struct PasswordRow {
    pub id: AccountId,
    pub password: String,
}

#[derive(sqlx::FromRow)]
struct SessionColumns {
    id: Vec<u8>,
    account_id: Vec<u8>,
    email: String,
    email_verified_at: Option<i64>,
    name: String,
    address: String,
    user_agent: Option<String>,
    created_at: i64,
    seen_at: i64,
    expires_at: i64,
}

impl TryFrom<SessionColumns> for Session {
    type Error = StoreError;

    fn try_from(row: SessionColumns) -> Result<Self, StoreError> {
        Ok(Self {
            id: id(row.id)?,
            account: Account {
                id: id(row.account_id)?,
                email: row.email,
                email_verified: row.email_verified_at.is_some(),
                name: row.name,
            },
            address: row.address,
            user_agent: row.user_agent,
            created_at: Time::from_unix_ms(row.created_at),
            seen_at: Time::from_unix_ms(row.seen_at),
            expires_at: Time::from_unix_ms(row.expires_at),
        })
    }
}

macro_rules! sessions {
    ($condition:literal) => {
        concat!(
            "SELECT s.id, s.account_id, a.email, a.email_verified_at, a.name, s.address, s.user_agent, s.created_at, ",
            "s.seen_at, s.expires_at FROM sessions s JOIN accounts a ON a.id = s.account_id ",
            "WHERE s.ended_at IS NULL AND ",
            $condition
        )
    };
}

impl Store {
    /// The account with this address, and its password's hash.
    pub(crate) async fn password_of(&self, email_key: &str) -> Result<Option<PasswordRow>, StoreError> {
        const SQL: &str = "SELECT id, password FROM accounts WHERE email_key = $1";
        let row: Option<(Vec<u8>, String)> =
            both!(&self.reader, pool => sqlx::query_as(SQL).bind(email_key).fetch_optional(pool).await)?;
        row.map(|(bytes, password)| Ok(PasswordRow { id: id(bytes)?, password })).transpose()
    }

    /// Whether the account with this e-mail address has been signed in at this address before.
    pub(crate) async fn was_signed_in_from(
        &self,
        email_key: &str,
        address: IpAddr,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT 1 FROM sessions s JOIN accounts a ON a.id = s.account_id \
            WHERE a.email_key = $1 AND s.address = $2 LIMIT 1";
        let row = both!(&self.reader, pool => {
            sqlx::query(SQL).bind(email_key).bind(address.to_string()).fetch_optional(pool).await.map(|row| row.is_some())
        })?;
        Ok(row)
    }

    /// The organizations of an account, its personal one first.
    pub(crate) async fn orgs_of(&self, account: AccountId) -> Result<Vec<Org>, StoreError> {
        const SQL: &str = "SELECT o.id, o.slug, o.name FROM organizations o JOIN members m ON m.org_id = o.id \
            WHERE m.account_id = $1 ORDER BY CASE WHEN o.personal_for = $1 THEN 0 ELSE 1 END, o.slug";
        let rows: Vec<(Vec<u8>, String, String)> = both!(&self.reader, pool => sqlx::query_as(SQL).bind(&account.as_bytes()[..]).fetch_all(pool).await)?;
        rows.into_iter().map(|(bytes, slug, name)| Ok(Org { id: id(bytes)?, slug, name })).collect()
    }

    /// The living session with this secret.
    pub(crate) async fn session(
        &self,
        secret_hash: [u8; 32],
        now: Time,
        idle_since: Time,
    ) -> Result<Option<Session>, StoreError> {
        const SQL: &str = sessions!("s.secret_hash = $1 AND s.expires_at > $2 AND s.seen_at > $3");
        let row = both!(&self.reader, pool => {
            sqlx::query_as::<_, SessionColumns>(SQL)
                .bind(&secret_hash[..]).bind(now.unix_ms()).bind(idle_since.unix_ms())
                .fetch_optional(pool).await
        })?;
        row.map(Session::try_from).transpose()
    }

    /// The living sessions of an account, the last used first.
    pub(crate) async fn sessions_of(
        &self,
        account: AccountId,
        now: Time,
        idle_since: Time,
    ) -> Result<Vec<Session>, StoreError> {
        const SQL: &str = sessions!(
            "s.account_id = $1 AND s.expires_at > $2 AND s.seen_at > $3 ORDER BY s.seen_at DESC, s.id DESC"
        );
        let rows = both!(&self.reader, pool => {
            sqlx::query_as::<_, SessionColumns>(SQL)
                .bind(&account.as_bytes()[..]).bind(now.unix_ms()).bind(idle_since.unix_ms())
                .fetch_all(pool).await
        })?;
        rows.into_iter().map(Session::try_from).collect()
    }

    /// The session was used.
    pub(crate) async fn touch_session(&self, session: SessionId, now: Time) -> Result<(), StoreError> {
        const SQL: &str =
            "UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2 AND ended_at IS NULL";
        both!(&self.writer, pool => {
            sqlx::query(SQL).bind(&session.as_bytes()[..]).bind(now.unix_ms()).execute(pool).await.map(drop)
        })?;
        Ok(())
    }
}

impl Tx {
    /// A new account. Not done when there is one with this address.
    pub async fn insert_account(&mut self, new: NewAccountRow<'_>) -> Result<bool, StoreError> {
        const SQL: &str = "INSERT INTO accounts (id, email, email_key, name, password, created_at) \
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (email_key) DO NOTHING";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&new.id.as_bytes()[..])
                .bind(&new.email.address)
                .bind(&new.email.key)
                .bind(new.name)
                .bind(new.password)
                .bind(new.now.unix_ms())
                .execute(&mut **tx).await.map(|d| d.rows_affected())
        })?;
        Ok(done == 1)
    }

    /// An account's own organization. Not done when another has the slug.
    pub async fn insert_personal_org(
        &mut self,
        org: OrgId,
        account: AccountId,
        slug: &str,
        name: &str,
        now: Time,
    ) -> Result<bool, StoreError> {
        const ORG: &str = "INSERT INTO organizations (id, slug, name, personal_for, created_at) \
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (slug) DO NOTHING";
        const MEMBER: &str =
            "INSERT INTO members (org_id, account_id, role, created_at) VALUES ($1, $2, 'owner', $3)";
        both!(&mut self.0, tx => {
            let done = sqlx::query(ORG)
                .bind(&org.as_bytes()[..])
                .bind(slug)
                .bind(name)
                .bind(&account.as_bytes()[..])
                .bind(now.unix_ms())
                .execute(&mut **tx).await?.rows_affected();
            if done == 1 {
                sqlx::query(MEMBER)
                    .bind(&org.as_bytes()[..])
                    .bind(&account.as_bytes()[..])
                    .bind(now.unix_ms())
                    .execute(&mut **tx).await?;
            }
            Ok(done == 1)
        })
    }

    /// A new session.
    pub async fn insert_session(&mut self, new: NewSessionRow<'_>) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO sessions (id, account_id, secret_hash, address, user_agent, created_at, seen_at, \
            expires_at) VALUES ($1, $2, $3, $4, $5, $6, $6, $7)";
        both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&new.id.as_bytes()[..])
                .bind(&new.account.as_bytes()[..])
                .bind(&new.secret_hash[..])
                .bind(new.origin.address.to_string())
                .bind(new.origin.user_agent.as_deref())
                .bind(new.now.unix_ms())
                .bind(new.expires_at.unix_ms())
                .execute(&mut **tx).await.map(drop)
        })?;
        Ok(())
    }

    /// A living session gets a new secret and its full time again. Says whether it was living.
    pub async fn renew_session(
        &mut self,
        session: SessionId,
        secret_hash: [u8; 32],
        now: Time,
        expires_at: Time,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE sessions SET secret_hash = $2, seen_at = $3, expires_at = $4 WHERE id = $1 AND ended_at IS NULL";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&session.as_bytes()[..])
                .bind(&secret_hash[..])
                .bind(now.unix_ms())
                .bind(expires_at.unix_ms())
                .execute(&mut **tx).await.map(|d| d.rows_affected())
        })?;
        Ok(done == 1)
    }

    /// Ends a session. Says whether it was living.
    pub async fn end_session(&mut self, session: SessionId, now: Time) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL).bind(&session.as_bytes()[..]).bind(now.unix_ms()).execute(&mut **tx).await
                .map(|d| d.rows_affected())
        })?;
        Ok(done == 1)
    }

    /// The session with this secret, as it stands in this change.
    pub async fn session(&mut self, secret_hash: [u8; 32]) -> Result<Option<Session>, StoreError> {
        const SQL: &str = sessions!("s.secret_hash = $1");
        let row = both!(&mut self.0, tx => {
            sqlx::query_as::<_, SessionColumns>(SQL).bind(&secret_hash[..]).fetch_optional(&mut **tx).await
        })?;
        row.map(Session::try_from).transpose()
    }
}
