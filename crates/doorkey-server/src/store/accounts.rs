//! Accounts, their organizations and their browser sessions.

use std::net::IpAddr;

use super::{
    Store, StoreError, Tx, both,
    rows::{id, some_org},
};
use crate::{
    account::{Account, Device, DeviceId, Session, email::Email},
    audit::Origin,
    clock::Time,
    id::{AccountId, OrgId, SessionId},
    token::Use,
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
    authenticated_at: i64,
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
            authenticated_at: Time::from_unix_ms(row.authenticated_at),
            expires_at: Time::from_unix_ms(row.expires_at),
        })
    }
}

#[derive(sqlx::FromRow)]
struct TerminalColumns {
    id: Vec<u8>,
    app: String,
    host_name: Option<String>,
    created_at: i64,
    used_at: Option<i64>,
    used_address: Option<String>,
    used_agent: Option<String>,
    org_id: Option<Vec<u8>>,
    org_slug: Option<String>,
    org_name: Option<String>,
}

impl TryFrom<TerminalColumns> for Device {
    type Error = StoreError;

    fn try_from(row: TerminalColumns) -> Result<Self, StoreError> {
        Ok(Self {
            id: DeviceId::Terminal(id(row.id)?),
            name: row.host_name.unwrap_or_else(|| "A terminal".to_owned()),
            app: Some(row.app),
            org: some_org(row.org_id, row.org_slug, row.org_name)?,
            created_at: Time::from_unix_ms(row.created_at),
            last_used: row.used_at.map(|at| Use {
                at: Time::from_unix_ms(at),
                address: row.used_address.unwrap_or_default(),
                agent: row.used_agent,
            }),
            current: false,
        })
    }
}

macro_rules! sessions {
    ($condition:literal) => {
        concat!(
            "SELECT s.id, s.account_id, a.email, a.email_verified_at, a.name, s.address, s.user_agent, s.created_at, ",
            "s.seen_at, coalesce(s.authenticated_at, s.created_at) AS authenticated_at, s.expires_at FROM sessions s JOIN accounts a ON a.id = s.account_id ",
            "WHERE s.ended_at IS NULL AND a.ended_at IS NULL AND ",
            $condition
        )
    };
}

impl Store {
    /// The account with this address, and its password's hash.
    pub(crate) async fn password_of(&self, email_key: &str) -> Result<Option<PasswordRow>, StoreError> {
        const SQL: &str =
            "SELECT id, password FROM accounts WHERE email_key = $1 AND kind = 'person' AND ended_at IS NULL";
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

    /// What sign-ins gave to this account's tools and still works.
    pub(crate) async fn terminals(&self, account: AccountId, now: Time) -> Result<Vec<Device>, StoreError> {
        const SQL: &str = "SELECT g.id, g.app, g.host_name, g.created_at, g.used_at, g.used_address, g.used_agent, o.id AS org_id, \
            o.slug AS org_slug, o.name AS org_name FROM grants g LEFT JOIN organizations o ON o.id = g.org_id \
            WHERE g.account_id = $1 AND g.kind = 'sign_in' AND g.revoked_at IS NULL \
            AND (g.expires_at IS NULL OR g.expires_at > $2) \
            AND EXISTS (SELECT 1 FROM tokens t WHERE t.grant_id = g.id AND t.revoked_at IS NULL AND t.rotated_at IS NULL \
            AND (t.expires_at IS NULL OR t.expires_at > $2)) ORDER BY g.id DESC LIMIT 1000";
        let rows = both!(&self.reader, pool => {
            sqlx::query_as::<_, TerminalColumns>(SQL)
                .bind(&account.as_bytes()[..]).bind(now.unix_ms())
                .fetch_all(pool).await
        })?;
        rows.into_iter().map(Device::try_from).collect()
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
            authenticated_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $6, $6, $7)";
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
        const SQL: &str = "UPDATE sessions SET secret_hash = $2, seen_at = $3, authenticated_at = $3, expires_at = $4 \
            WHERE id = $1 AND ended_at IS NULL";
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

    /// The person's account with this address, whether it is in use or not.
    pub async fn account_with(&mut self, email_key: &str) -> Result<Option<AccountId>, StoreError> {
        const SQL: &str = "SELECT id FROM accounts WHERE email_key = $1 AND kind = 'person'";
        let row: Option<(Vec<u8>,)> =
            both!(&mut self.0, tx => sqlx::query_as(SQL).bind(email_key).fetch_optional(&mut **tx).await)?;
        row.map(|(bytes,)| id(bytes)).transpose()
    }

    /// The account is in use again.
    pub async fn enable_account(&mut self, account: AccountId) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE accounts SET ended_at = NULL WHERE id = $1 AND kind = 'person'";
        both!(&mut self.0, tx => {
            sqlx::query(SQL).bind(&account.as_bytes()[..]).execute(&mut **tx).await.map(drop)
        })?;
        Ok(())
    }

    /// Ends all of an account's sessions.
    pub async fn end_sessions_of(&mut self, account: AccountId, now: Time) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE sessions SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL";
        both!(&mut self.0, tx => {
            sqlx::query(SQL).bind(&account.as_bytes()[..]).bind(now.unix_ms()).execute(&mut **tx).await.map(drop)
        })?;
        Ok(())
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
