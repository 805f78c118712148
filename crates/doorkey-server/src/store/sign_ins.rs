//! Sign-ins. Every change is one statement that changes the row only from the state it must be in.

use super::{
    Store, StoreError, Tx, both,
    rows::{id, list, some_id, words},
};
use crate::{
    clock::Time,
    id::{AccountId, OrgId, SessionId, SignInId},
    sign_in::{NewSignIn, State, Way},
};

/// What is written of a new sign-in besides what was asked for.
#[derive(Debug)]
pub(crate) struct NewSignInRow<'a> {
    pub id: SignInId,
    pub code_challenge: Option<&'a str>,
    pub state_hash: Option<[u8; 32]>,
    pub poll_hash: Option<[u8; 32]>,
    pub user_code_hash: Option<[u8; 32]>,
    pub comparison: Option<&'a str>,
    pub scopes: &'a [String],
    pub expires_at: Time,
}

/// A sign-in as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct SignInRow {
    pub id: SignInId,
    pub app: String,
    pub way: Way,
    pub state: State,
    pub code_challenge: Option<String>,
    pub state_hash: Option<Vec<u8>>,
    pub comparison: Option<String>,
    pub redirect_uri: Option<String>,
    pub legacy: bool,
    pub scopes: Vec<String>,
    pub host_name: Option<String>,
    pub address: String,
    pub user_agent: Option<String>,
    pub session: Option<SessionId>,
    pub account: Option<AccountId>,
    pub org: Option<OrgId>,
    pub org_wanted: Option<String>,
    pub created_at: Time,
    pub expires_at: Time,
}

#[derive(sqlx::FromRow)]
struct Columns {
    id: Vec<u8>,
    app: String,
    way: String,
    state: String,
    code_challenge: Option<String>,
    state_hash: Option<Vec<u8>>,
    comparison: Option<String>,
    redirect_uri: Option<String>,
    legacy: i64,
    scopes: String,
    host_name: Option<String>,
    address: String,
    user_agent: Option<String>,
    session_id: Option<Vec<u8>>,
    account_id: Option<Vec<u8>>,
    org_id: Option<Vec<u8>>,
    org_wanted: Option<String>,
    created_at: i64,
    expires_at: i64,
}

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT id, app, way, state, code_challenge, state_hash, comparison, redirect_uri, legacy, scopes, host_name, ",
            "address, user_agent, session_id, account_id, org_id, org_wanted, created_at, expires_at FROM sign_ins WHERE ",
            $condition
        )
    };
}

impl TryFrom<Columns> for SignInRow {
    type Error = StoreError;

    fn try_from(row: Columns) -> Result<Self, StoreError> {
        Ok(Self {
            id: id(row.id)?,
            app: row.app,
            way: way(&row.way)?,
            state: state(&row.state)?,
            code_challenge: row.code_challenge,
            state_hash: row.state_hash,
            comparison: row.comparison,
            redirect_uri: row.redirect_uri,
            legacy: row.legacy != 0,
            scopes: list(&row.scopes),
            host_name: row.host_name,
            address: row.address,
            user_agent: row.user_agent,
            session: some_id(row.session_id)?,
            account: some_id(row.account_id)?,
            org: some_id(row.org_id)?,
            org_wanted: row.org_wanted,
            created_at: Time::from_unix_ms(row.created_at),
            expires_at: Time::from_unix_ms(row.expires_at),
        })
    }
}

fn way(name: &str) -> Result<Way, StoreError> {
    Way::from_name(name).ok_or(StoreError::Corrupt("a sign-in has an unknown way"))
}

fn state(name: &str) -> Result<State, StoreError> {
    State::from_name(name).ok_or(StoreError::Corrupt("a sign-in has an unknown state"))
}

/// What an approval changes.
#[derive(Debug)]
pub(crate) struct Approval {
    pub id: SignInId,
    pub session: SessionId,
    pub account: AccountId,
    pub org: OrgId,
    /// What the browser will carry home, if it goes home that way.
    pub code_hash: [u8; 32],
    /// Until when that can be redeemed.
    pub code_until: Time,
    /// Until when a tool that polls has time at least.
    pub poll_until: Time,
    pub now: Time,
}

/// What a decision has to tell.
#[derive(Debug)]
pub(crate) struct DecidedRow {
    pub app: String,
    pub way: Way,
    pub legacy: bool,
    pub redirect_uri: Option<String>,
    pub client_state: Option<String>,
    pub poll_hash: Option<[u8; 32]>,
}

type DecidedColumns = (String, String, i64, Option<String>, Option<String>, Option<Vec<u8>>);

impl TryFrom<DecidedColumns> for DecidedRow {
    type Error = StoreError;

    fn try_from(columns: DecidedColumns) -> Result<Self, StoreError> {
        let (app, way, legacy, redirect_uri, client_state, poll_hash) = columns;
        let poll_hash = poll_hash.map(|hash| {
            <[u8; 32]>::try_from(hash).map_err(|_| StoreError::Corrupt("a hash doesn't have 32 bytes"))
        });
        let (way, legacy) = (self::way(&way)?, legacy != 0);
        Ok(Self { app, way, legacy, redirect_uri, client_state, poll_hash: poll_hash.transpose()? })
    }
}

impl Store {
    /// The sign-in of this id.
    pub(crate) async fn sign_in(&self, id: SignInId) -> Result<Option<SignInRow>, StoreError> {
        self.find(select!("id = $1"), id.as_bytes()).await
    }

    /// The sign-in that this code polls.
    pub(crate) async fn sign_in_by_poll(&self, poll_hash: [u8; 32]) -> Result<Option<SignInRow>, StoreError> {
        self.find(select!("poll_hash = $1"), &poll_hash).await
    }

    /// The sign-in that this authorization code ends.
    pub(crate) async fn sign_in_by_code(&self, code_hash: [u8; 32]) -> Result<Option<SignInRow>, StoreError> {
        self.find(select!("code_hash = $1"), &code_hash).await
    }

    /// The sign-in that can be decided and has this user code.
    pub(crate) async fn sign_in_by_user_code(
        &self,
        user_code_hash: [u8; 32],
        now: Time,
    ) -> Result<Option<SignInRow>, StoreError> {
        const SQL: &str = select!("user_code_hash = $1 AND state = 'pending' AND expires_at > $2");
        let row = both!(&self.reader, pool => {
            sqlx::query_as::<_, Columns>(SQL).bind(&user_code_hash[..]).bind(now.unix_ms()).fetch_optional(pool).await
        })?;
        row.map(SignInRow::try_from).transpose()
    }

    async fn find(&self, sql: &'static str, key: &[u8]) -> Result<Option<SignInRow>, StoreError> {
        let row = both!(&self.reader, pool => sqlx::query_as::<_, Columns>(sql).bind(key).fetch_optional(pool).await)?;
        row.map(SignInRow::try_from).transpose()
    }

    /// Sign-ins whose time ran out without anybody having noticed; not too many at once.
    pub(crate) async fn overdue_sign_ins(&self, now: Time) -> Result<Vec<SignInId>, StoreError> {
        const SQL: &str =
            "SELECT id FROM sign_ins WHERE state IN ('pending', 'approved') AND expires_at <= $1 LIMIT 1000";
        let rows: Vec<(Vec<u8>,)> =
            both!(&self.reader, pool => sqlx::query_as(SQL).bind(now.unix_ms()).fetch_all(pool).await)?;
        rows.into_iter().map(|(bytes,)| id(bytes)).collect()
    }
}

impl Tx {
    /// A new sign-in. Not done when another has the same user code.
    pub async fn insert_sign_in(
        &mut self,
        new: &NewSignIn,
        row: NewSignInRow<'_>,
        now: Time,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "INSERT INTO sign_ins (id, app, way, state, code_challenge, state_hash, poll_hash, \
            user_code_hash, comparison, redirect_uri, client_state, scopes, host_name, address, user_agent, created_at, \
            expires_at, org_wanted, legacy) \
            VALUES ($1, $2, $3, 'pending', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) \
            ON CONFLICT DO NOTHING";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&row.id.as_bytes()[..])
                .bind(&new.app)
                .bind(new.way.as_str())
                .bind(row.code_challenge)
                .bind(row.state_hash.as_ref().map(|h| &h[..]))
                .bind(row.poll_hash.as_ref().map(|h| &h[..]))
                .bind(row.user_code_hash.as_ref().map(|h| &h[..]))
                .bind(row.comparison)
                .bind(new.redirect_uri.as_deref())
                .bind(new.client_state.as_deref())
                .bind(words(row.scopes))
                .bind(new.origin.host_name.as_deref())
                .bind(new.origin.address.to_string())
                .bind(new.origin.user_agent.as_deref())
                .bind(now.unix_ms())
                .bind(row.expires_at.unix_ms())
                .bind(new.org.as_deref())
                .bind(i64::from(new.legacy))
                .execute(&mut **tx).await.map(|d| d.rows_affected())
        })?;
        Ok(done == 1)
    }

    /// Makes a pending sign-in that nobody has opened a living session's.
    pub async fn claim_sign_in(
        &mut self,
        sign_in: SignInId,
        session: SessionId,
        account: AccountId,
        now: Time,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE sign_ins SET session_id = $2, account_id = $3 \
            WHERE id = $1 AND state = 'pending' AND session_id IS NULL AND expires_at > $4 \
            AND EXISTS (SELECT 1 FROM sessions WHERE id = $2 AND account_id = $3 AND ended_at IS NULL)";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&sign_in.as_bytes()[..])
                .bind(&session.as_bytes()[..])
                .bind(&account.as_bytes()[..])
                .bind(now.unix_ms())
                .execute(&mut **tx).await.map(|d| d.rows_affected())
        })?;
        Ok(done == 1)
    }

    /// Gives up the pending sign-ins of a session. Says which they were and whose apps'.
    pub async fn release_sign_ins(
        &mut self,
        session: SessionId,
        now: Time,
    ) -> Result<Vec<(SignInId, String)>, StoreError> {
        const SQL: &str = "UPDATE sign_ins SET session_id = NULL, account_id = NULL \
            WHERE session_id = $1 AND state = 'pending' AND expires_at > $2 RETURNING id, app";
        let rows: Vec<(Vec<u8>, String)> = both!(&mut self.0, tx => {
            sqlx::query_as(SQL).bind(&session.as_bytes()[..]).bind(now.unix_ms()).fetch_all(&mut **tx).await
        })?;
        rows.into_iter().map(|(bytes, app)| Ok((id(bytes)?, app))).collect()
    }

    /// pending → approved, by the living session that opened it, for an organization that the account belongs to.
    pub async fn approve_sign_in(&mut self, approval: Approval) -> Result<Option<DecidedRow>, StoreError> {
        const SQL: &str = "UPDATE sign_ins SET state = 'approved', decided_at = $8, org_id = $4, user_code_hash = NULL, \
            code_hash = CASE WHEN way = 'loopback' THEN $5 ELSE NULL END, \
            expires_at = CASE WHEN way = 'loopback' THEN $6 WHEN expires_at < $7 THEN $7 ELSE expires_at END \
            WHERE id = $1 AND state = 'pending' AND session_id = $2 AND account_id = $3 AND expires_at > $8 \
            AND EXISTS (SELECT 1 FROM sessions WHERE id = $2 AND ended_at IS NULL) \
            AND EXISTS (SELECT 1 FROM members WHERE org_id = $4 AND account_id = $3) \
            RETURNING app, way, legacy, redirect_uri, client_state, poll_hash";
        let row: Option<DecidedColumns> = both!(&mut self.0, tx => {
            sqlx::query_as(SQL)
                .bind(&approval.id.as_bytes()[..])
                .bind(&approval.session.as_bytes()[..])
                .bind(&approval.account.as_bytes()[..])
                .bind(&approval.org.as_bytes()[..])
                .bind(&approval.code_hash[..])
                .bind(approval.code_until.unix_ms())
                .bind(approval.poll_until.unix_ms())
                .bind(approval.now.unix_ms())
                .fetch_optional(&mut **tx).await
        })?;
        row.map(DecidedRow::try_from).transpose()
    }

    /// pending → denied, by the living session that opened it.
    pub async fn deny_sign_in(
        &mut self,
        sign_in: SignInId,
        session: SessionId,
        account: AccountId,
        now: Time,
    ) -> Result<Option<DecidedRow>, StoreError> {
        const SQL: &str = "UPDATE sign_ins SET state = 'denied', decided_at = $4, ended_at = $4, user_code_hash = NULL \
            WHERE id = $1 AND state = 'pending' AND session_id = $2 AND account_id = $3 AND expires_at > $4 \
            AND EXISTS (SELECT 1 FROM sessions WHERE id = $2 AND ended_at IS NULL) \
            RETURNING app, way, legacy, redirect_uri, client_state, poll_hash";
        let row: Option<DecidedColumns> = both!(&mut self.0, tx => {
            sqlx::query_as(SQL)
                .bind(&sign_in.as_bytes()[..])
                .bind(&session.as_bytes()[..])
                .bind(&account.as_bytes()[..])
                .bind(now.unix_ms())
                .fetch_optional(&mut **tx).await
        })?;
        row.map(DecidedRow::try_from).transpose()
    }

    /// approved → redeemed. Done for one of all who try.
    pub async fn redeem_sign_in(&mut self, sign_in: SignInId, now: Time) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE sign_ins SET state = 'redeemed', ended_at = $2 \
            WHERE id = $1 AND state = 'approved' AND expires_at > $2";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL).bind(&sign_in.as_bytes()[..]).bind(now.unix_ms()).execute(&mut **tx).await
                .map(|d| d.rows_affected())
        })?;
        Ok(done == 1)
    }

    /// pending or approved → expired, when the time has run out. Says whose app it is, if it was done.
    pub async fn expire_sign_in(
        &mut self,
        sign_in: SignInId,
        now: Time,
    ) -> Result<Option<String>, StoreError> {
        const SQL: &str = "UPDATE sign_ins SET state = 'expired', ended_at = $2, user_code_hash = NULL \
            WHERE id = $1 AND state IN ('pending', 'approved') AND expires_at <= $2 RETURNING app";
        let app: Option<(String,)> = both!(&mut self.0, tx => {
            sqlx::query_as(SQL).bind(&sign_in.as_bytes()[..]).bind(now.unix_ms()).fetch_optional(&mut **tx).await
        })?;
        Ok(app.map(|(app,)| app))
    }

    /// Where a sign-in stands.
    pub async fn sign_in_state(&mut self, sign_in: SignInId) -> Result<Option<State>, StoreError> {
        const SQL: &str = "SELECT state FROM sign_ins WHERE id = $1";
        let name: Option<(String,)> = both!(&mut self.0, tx => sqlx::query_as(SQL).bind(&sign_in.as_bytes()[..]).fetch_optional(&mut **tx).await)?;
        name.map(|(name,)| state(&name)).transpose()
    }
}
