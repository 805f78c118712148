//! Grants and their tokens.

use std::sync::Arc;

use super::{
    Forget, Store, StoreError, Tx, both,
    orgs::rate,
    rows::{id, list, some_org, time, words},
};
use crate::{
    clock::Time,
    id::{AccountId, GrantId, OrgId, SignInId},
    network::Network,
    token::{Holder, Identity, TokenKind},
};

/// What one sign-in gave.
#[derive(Debug)]
pub(crate) struct NewGrantRow<'a> {
    pub id: GrantId,
    /// The sign-in, unless it is a further key of one who has signed in.
    pub sign_in: Option<SignInId>,
    pub app: &'a str,
    pub account: AccountId,
    pub org: Option<OrgId>,
    pub scopes: &'a [String],
    pub host_name: Option<&'a str>,
    /// What it is called, where somebody has called it something.
    pub name: Option<&'a str>,
    pub expires_at: Option<Time>,
    pub now: Time,
}

/// A token as it is written.
#[derive(Debug)]
pub(crate) struct NewTokenRow<'a> {
    pub hash: [u8; 32],
    pub grant: GrantId,
    pub kind: TokenKind,
    /// What it begins with, as far as it may be shown.
    pub start: &'a str,
    pub last_four: &'a str,
    pub scopes: &'a [String],
    pub expires_at: Option<Time>,
    pub now: Time,
}

/// A token with all that is asked about one.
#[derive(Debug, Clone)]
pub(crate) struct TokenRow {
    pub kind: TokenKind,
    pub last_four: String,
    pub scopes: Vec<String>,
    pub created_at: Time,
    pub expires_at: Option<Time>,
    /// When it was exchanged for its successor.
    pub rotated_at: Option<Time>,
    /// Whether it, or its family, was revoked.
    pub revoked: bool,
    pub grant: GrantId,
    pub grant_expires_at: Option<Time>,
    /// Whether a person's sign-in gave it, rather than a page or an interface where tokens are made.
    pub from_sign_in: bool,
    /// What its maker called it.
    pub name: Option<String>,
    pub app: String,
    pub identity: Identity,
    /// The plan of the organization that it acts for.
    pub plan: Option<String>,
    /// How many requests a minute it may make.
    pub rate_limit: Option<u32>,
    /// How many requests a minute all of its organization's tokens together may make.
    pub org_rate_limit: Option<u32>,
    /// From where it may be used; from anywhere if there is none.
    pub allow: Vec<Network>,
}

#[derive(sqlx::FromRow)]
struct Columns {
    kind: String,
    last_four: String,
    scopes: String,
    created_at: i64,
    expires_at: Option<i64>,
    rotated_at: Option<i64>,
    revoked_at: Option<i64>,
    grant_id: Vec<u8>,
    grant_expires_at: Option<i64>,
    grant_revoked_at: Option<i64>,
    grant_kind: String,
    grant_name: Option<String>,
    rate_limit: Option<i64>,
    allow_list: String,
    account_ended_at: Option<i64>,
    plan: Option<String>,
    org_rate_limit: Option<i64>,
    app: String,
    #[sqlx(flatten)]
    identity: IdentityColumns,
}

#[derive(sqlx::FromRow)]
struct IdentityColumns {
    account_id: Vec<u8>,
    account_kind: String,
    email: String,
    email_verified_at: Option<i64>,
    account_name: String,
    org_id: Option<Vec<u8>>,
    org_slug: Option<String>,
    org_name: Option<String>,
}

impl TryFrom<IdentityColumns> for Identity {
    type Error = StoreError;

    fn try_from(row: IdentityColumns) -> Result<Self, StoreError> {
        Ok(Self {
            account: id(row.account_id)?,
            holder: holder(&row.account_kind)?,
            email: (!row.email.is_empty()).then_some(row.email),
            email_verified: row.email_verified_at.is_some(),
            name: row.account_name,
            org: some_org(row.org_id, row.org_slug, row.org_name)?,
        })
    }
}

impl TryFrom<Columns> for TokenRow {
    type Error = StoreError;

    fn try_from(row: Columns) -> Result<Self, StoreError> {
        Ok(Self {
            kind: TokenKind::from_name(&row.kind)
                .ok_or(StoreError::Corrupt("a token has an unknown kind"))?,
            last_four: row.last_four,
            scopes: list(&row.scopes),
            created_at: Time::from_unix_ms(row.created_at),
            expires_at: time(row.expires_at),
            rotated_at: time(row.rotated_at),
            revoked: row.revoked_at.is_some()
                || row.grant_revoked_at.is_some()
                || row.account_ended_at.is_some(),
            grant: id(row.grant_id)?,
            grant_expires_at: time(row.grant_expires_at),
            from_sign_in: row.grant_kind == "sign_in",
            name: row.grant_name,
            app: row.app,
            identity: row.identity.try_into()?,
            plan: row.plan,
            rate_limit: rate(row.rate_limit),
            org_rate_limit: rate(row.org_rate_limit),
            allow: networks(&row.allow_list)?,
        })
    }
}

pub(super) fn holder(name: &str) -> Result<Holder, StoreError> {
    Holder::from_name(name).ok_or(StoreError::Corrupt("an account has an unknown kind"))
}

/// The networks in a column.
pub(super) fn networks(words: &str) -> Result<Vec<Network>, StoreError> {
    let read = list(words).iter().map(|network| network.parse()).collect::<Result<_, _>>();
    read.map_err(|_| StoreError::Corrupt("an allow list holds what isn't a network"))
}

/// One look-up by the token's hash; everything else is found by its id.
const BY_HASH: &str = "SELECT t.kind, t.last_four, t.scopes, t.created_at, t.expires_at, t.rotated_at, t.revoked_at, \
    g.id AS grant_id, g.expires_at AS grant_expires_at, g.revoked_at AS grant_revoked_at, g.app, \
    g.kind AS grant_kind, g.name AS grant_name, g.rate_limit, g.allow_list, a.ended_at AS account_ended_at, \
    o.plan, o.rate_limit AS org_rate_limit, a.id AS account_id, a.kind AS account_kind, a.email, a.email_verified_at, a.name AS account_name, \
    o.id AS org_id, o.slug AS org_slug, o.name AS org_name \
    FROM tokens t JOIN grants g ON g.id = t.grant_id JOIN accounts a ON a.id = g.account_id \
    LEFT JOIN organizations o ON o.id = g.org_id WHERE t.hash = $1";

impl Store {
    /// The token with this hash, as it stands or stood less than a second ago. A change that was made here counts at once.
    pub(crate) async fn token(&self, hash: [u8; 32], now: Time) -> Result<Option<Arc<TokenRow>>, StoreError> {
        if let Some(row) = self.cache.get(&hash, now) {
            return Ok(Some(row));
        }
        let begun = self.cache.begin();
        let row = both!(&self.reader, pool => {
            sqlx::query_as::<_, Columns>(BY_HASH).bind(&hash[..]).fetch_optional(pool).await
        })?;
        let Some(row) = row.map(TokenRow::try_from).transpose()?.map(Arc::new) else { return Ok(None) };
        self.cache.keep(begun, hash, &row, now);
        Ok(Some(row))
    }
}

impl Tx {
    /// The token with this hash, as it stands in this change.
    pub async fn token(&mut self, hash: [u8; 32]) -> Result<Option<TokenRow>, StoreError> {
        let row = both!(&mut self.0, tx => {
            sqlx::query_as::<_, Columns>(BY_HASH).bind(&hash[..]).fetch_optional(&mut **tx).await
        })?;
        row.map(TokenRow::try_from).transpose()
    }

    /// An account, acting for an organization.
    pub async fn identity(
        &mut self,
        account: AccountId,
        org: Option<OrgId>,
    ) -> Result<Option<Identity>, StoreError> {
        const SQL: &str = "SELECT a.id AS account_id, a.kind AS account_kind, a.email, a.email_verified_at, a.name AS account_name, \
            o.id AS org_id, o.slug AS org_slug, o.name AS org_name \
            FROM accounts a LEFT JOIN organizations o ON o.id = $2 WHERE a.id = $1";
        let row = both!(&mut self.0, tx => {
            sqlx::query_as::<_, IdentityColumns>(SQL)
                .bind(&account.as_bytes()[..])
                .bind(org.as_ref().map(|o| &o.as_bytes()[..]))
                .fetch_optional(&mut **tx).await
        })?;
        row.map(Identity::try_from).transpose()
    }

    /// A new grant.
    pub async fn insert_grant(&mut self, grant: NewGrantRow<'_>) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO grants (id, sign_in_id, app, account_id, org_id, scopes, host_name, created_at, \
            expires_at, name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&grant.id.as_bytes()[..])
                .bind(grant.sign_in.as_ref().map(|id| &id.as_bytes()[..]))
                .bind(grant.app)
                .bind(&grant.account.as_bytes()[..])
                .bind(grant.org.as_ref().map(|o| &o.as_bytes()[..]))
                .bind(words(grant.scopes))
                .bind(grant.host_name)
                .bind(grant.now.unix_ms())
                .bind(grant.expires_at.map(Time::unix_ms))
                .bind(grant.name)
                .execute(&mut **tx).await.map(drop)
        })?;
        Ok(())
    }

    /// A new token.
    pub async fn insert_token(&mut self, token: NewTokenRow<'_>) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO tokens (hash, grant_id, kind, start, last_four, scopes, created_at, expires_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&token.hash[..])
                .bind(&token.grant.as_bytes()[..])
                .bind(token.kind.as_str())
                .bind(token.start)
                .bind(token.last_four)
                .bind(words(token.scopes))
                .bind(token.now.unix_ms())
                .bind(token.expires_at.map(Time::unix_ms))
                .execute(&mut **tx).await.map(drop)
        })?;
        Ok(())
    }

    /// Marks a good refresh token as exchanged. Done for one of all who try.
    pub async fn rotate_token(&mut self, hash: [u8; 32], now: Time) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE tokens SET rotated_at = $2 WHERE hash = $1 AND kind = 'refresh' \
            AND rotated_at IS NULL AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2) \
            AND EXISTS (SELECT 1 FROM grants g WHERE g.id = tokens.grant_id AND g.revoked_at IS NULL \
            AND (g.expires_at IS NULL OR g.expires_at > $2))";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL).bind(&hash[..]).bind(now.unix_ms()).execute(&mut **tx).await.map(|d| d.rows_affected())
        })?;
        self.forget(Forget::Token(hash));
        Ok(done == 1)
    }

    /// Ends one token. Says whether it hadn't ended.
    pub async fn revoke_token(&mut self, hash: [u8; 32], now: Time) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE tokens SET revoked_at = $2 WHERE hash = $1 AND revoked_at IS NULL \
            AND EXISTS (SELECT 1 FROM grants g WHERE g.id = tokens.grant_id AND g.revoked_at IS NULL)";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL).bind(&hash[..]).bind(now.unix_ms()).execute(&mut **tx).await.map(|d| d.rows_affected())
        })?;
        self.forget(Forget::Token(hash));
        Ok(done == 1)
    }

    /// Ends a family. Says whether it hadn't ended.
    pub async fn revoke_grant(&mut self, grant: GrantId, now: Time) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE grants SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL).bind(&grant.as_bytes()[..]).bind(now.unix_ms()).execute(&mut **tx).await
                .map(|d| d.rows_affected())
        })?;
        self.forget(Forget::Grant(grant));
        Ok(done == 1)
    }

    /// Ends what a sign-in gave. Says what that was, if it hadn't ended.
    pub async fn revoke_grant_of_sign_in(
        &mut self,
        sign_in: SignInId,
        now: Time,
    ) -> Result<Option<GrantId>, StoreError> {
        const SQL: &str =
            "UPDATE grants SET revoked_at = $2 WHERE sign_in_id = $1 AND revoked_at IS NULL RETURNING id";
        let row: Option<(Vec<u8>,)> = both!(&mut self.0, tx => {
            sqlx::query_as(SQL).bind(&sign_in.as_bytes()[..]).bind(now.unix_ms()).fetch_optional(&mut **tx).await
        })?;
        let grant = row.map(|(bytes,)| id(bytes)).transpose()?;
        if let Some(grant) = grant {
            self.forget(Forget::Grant(grant));
        }
        Ok(grant)
    }

    /// Ends all that an account holds. Says how many families there were.
    pub async fn revoke_grants_of(&mut self, account: AccountId, now: Time) -> Result<u64, StoreError> {
        const SQL: &str = "UPDATE grants SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL).bind(&account.as_bytes()[..]).bind(now.unix_ms()).execute(&mut **tx).await
                .map(|d| d.rows_affected())
        })?;
        self.forget(Forget::Account(account));
        Ok(done)
    }
}
