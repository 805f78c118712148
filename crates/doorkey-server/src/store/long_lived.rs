//! Personal access tokens and keys: families that somebody made on purpose, gave a name, and may rotate. And what every
//! family was last used for.

use super::{
    Forget, Store, StoreError, Tx, both,
    orgs::rate,
    rows::{id, list, some_id, some_org, time, words},
    tokens::{holder, networks},
};
use crate::{
    clock::Time,
    id::{AccountId, GrantId, OrgId},
    network::Network,
    token::{KeptBy, LongLived, Status, TokenKind, Use},
};

/// A family of this kind as it is written, with its first token.
#[derive(Debug)]
pub(crate) struct NewLongLivedRow<'a> {
    pub id: GrantId,
    pub app: &'a str,
    pub kind: TokenKind,
    pub holder: AccountId,
    pub org: Option<OrgId>,
    pub name: &'a str,
    pub key_kind: Option<&'a str>,
    pub scopes: &'a [String],
    pub created_by: AccountId,
    pub rate_limit: Option<u32>,
    pub allow: &'a [Network],
    pub token: Successor<'a>,
    pub now: Time,
}

/// A token of such a family as it is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Successor<'a> {
    pub hash: [u8; 32],
    pub start: &'a str,
    pub last_four: &'a str,
    pub expires_at: Option<Time>,
}

/// When and from where a family was last used.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub grant: GrantId,
    pub last: Use,
}

#[derive(sqlx::FromRow)]
struct Columns {
    id: Vec<u8>,
    app: String,
    kind: String,
    grant_kind: String,
    name: Option<String>,
    host_name: Option<String>,
    key_kind: Option<String>,
    scopes: String,
    created_at: i64,
    revoked_at: Option<i64>,
    rate_limit: Option<i64>,
    allow_list: String,
    used_at: Option<i64>,
    used_address: Option<String>,
    used_agent: Option<String>,
    created_by: Option<Vec<u8>>,
    creator: Option<String>,
    holder_id: Vec<u8>,
    holder_name: String,
    holder_kind: String,
    org_id: Option<Vec<u8>>,
    org_slug: Option<String>,
    org_name: Option<String>,
    start: Option<String>,
    last_four: String,
    issued_at: i64,
    expires_at: Option<i64>,
    overlap_ends_at: Option<i64>,
}

impl Columns {
    fn read(self, now: Time) -> Result<LongLived, StoreError> {
        let expires_at = time(self.expires_at);
        let status = match (self.revoked_at, expires_at) {
            (Some(_), _) => Status::Revoked,
            (None, Some(at)) if at <= now => Status::Expired,
            _ => Status::Active,
        };
        Ok(LongLived {
            id: id(self.id)?,
            app: self.app,
            kind: TokenKind::from_name(&self.kind)
                .ok_or(StoreError::Corrupt("a token has an unknown kind"))?,
            from_sign_in: self.grant_kind == "sign_in",
            name: self.name.or(self.host_name).unwrap_or_else(|| "a terminal".to_owned()),
            key_kind: self.key_kind,
            start: self.start.unwrap_or_default(),
            last_four: self.last_four,
            scopes: list(&self.scopes),
            org: some_org(self.org_id, self.org_slug, self.org_name)?,
            kept_by: KeptBy {
                account: id(self.holder_id)?,
                name: self.holder_name,
                holder: holder(&self.holder_kind)?,
            },
            created_at: Time::from_unix_ms(self.created_at),
            created_by: some_id(self.created_by)?.zip(self.creator),
            issued_at: Time::from_unix_ms(self.issued_at),
            expires_at,
            last_used: self.used_at.map(|at| Use {
                at: Time::from_unix_ms(at),
                address: self.used_address.unwrap_or_default(),
                agent: self.used_agent,
            }),
            status,
            overlap_ends_at: time(self.overlap_ends_at).filter(|at| *at > now && self.revoked_at.is_none()),
            rate_limit: rate(self.rate_limit),
            allow: networks(&self.allow_list)?,
        })
    }
}

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT g.id, g.app, t.kind, g.kind AS grant_kind, g.name, ",
            "g.host_name, g.key_kind, t.scopes, g.created_at, coalesce(g.revoked_at, t.revoked_at) AS revoked_at, ",
            "g.rate_limit, g.allow_list, g.used_at, g.used_address, g.used_agent, g.created_by, c.name AS creator, ",
            "a.id AS holder_id, a.name AS holder_name, a.kind AS holder_kind, o.id AS org_id, o.slug AS org_slug, ",
            "o.name AS org_name, t.start, t.last_four, t.created_at AS issued_at, t.expires_at, ",
            "(SELECT max(r.expires_at) FROM tokens r WHERE r.grant_id = g.id AND r.replaced_at IS NOT NULL ",
            "AND r.revoked_at IS NULL) AS overlap_ends_at ",
            "FROM grants g JOIN tokens t ON t.grant_id = g.id AND t.replaced_at IS NULL ",
            "JOIN accounts a ON a.id = g.account_id LEFT JOIN accounts c ON c.id = g.created_by ",
            "LEFT JOIN organizations o ON o.id = g.org_id WHERE ",
            $condition,
            // What works stands first: what was revoked lately must not push it out.
            " ORDER BY CASE WHEN g.revoked_at IS NULL THEN 0 ELSE 1 END, g.id DESC LIMIT 1000"
        )
    };
}

impl Store {
    /// The personal access tokens of an account, the newest first.
    pub(crate) async fn personal_tokens(
        &self,
        account: AccountId,
        now: Time,
    ) -> Result<Vec<LongLived>, StoreError> {
        const SQL: &str = select!("g.account_id = $1 AND g.kind = 'personal'");
        let rows = both!(&self.reader, pool => {
            sqlx::query_as::<_, Columns>(SQL).bind(&account.as_bytes()[..]).fetch_all(pool).await
        })?;
        rows.into_iter().map(|row| row.read(now)).collect()
    }

    /// The keys of an organization, the newest first: its own, and those that a sign-in gave to this account.
    pub(crate) async fn keys(
        &self,
        org: OrgId,
        account: AccountId,
        now: Time,
    ) -> Result<Vec<LongLived>, StoreError> {
        const SQL: &str =
            select!("g.org_id = $1 AND t.kind = 'api_key' AND (g.kind = 'api_key' OR g.account_id = $2)");
        let rows = both!(&self.reader, pool => {
            sqlx::query_as::<_, Columns>(SQL)
                .bind(&org.as_bytes()[..]).bind(&account.as_bytes()[..])
                .fetch_all(pool).await
        })?;
        rows.into_iter().map(|row| row.read(now)).collect()
    }

    /// One of them, whosever it is.
    pub(crate) async fn long_lived(
        &self,
        grant: GrantId,
        now: Time,
    ) -> Result<Option<LongLived>, StoreError> {
        const SQL: &str = select!("g.id = $1");
        let row = both!(&self.reader, pool => {
            sqlx::query_as::<_, Columns>(SQL).bind(&grant.as_bytes()[..]).fetch_optional(pool).await
        })?;
        row.map(|row| row.read(now)).transpose()
    }

    /// Writes down what families were last used for. What is older than what is written already stays out.
    pub(crate) async fn note_uses(&self, uses: &[Seen]) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE grants SET used_at = $2, used_address = $3, used_agent = $4 \
            WHERE id = $1 AND (used_at IS NULL OR used_at < $2)";
        let mut tx = self.begin().await?;
        both!(&mut tx.0, tx => {
            for seen in uses {
                sqlx::query(SQL)
                    .bind(&seen.grant.as_bytes()[..])
                    .bind(seen.last.at.unix_ms())
                    .bind(&seen.last.address)
                    .bind(seen.last.agent.as_deref())
                    .execute(&mut **tx).await?;
            }
        });
        tx.commit().await
    }
}

impl Tx {
    /// How many grants of a kind (`personal`, `sign_in`) an account has for one app that work.
    pub async fn working_grants(
        &mut self,
        account: AccountId,
        app: &str,
        kind: &str,
        now: Time,
    ) -> Result<usize, StoreError> {
        const SQL: &str = "SELECT count(*) FROM grants WHERE account_id = $1 AND app = $2 AND kind = $3 \
            AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $4)";
        let count: i64 = both!(&mut self.0, tx => {
            sqlx::query_scalar(SQL)
                .bind(&account.as_bytes()[..]).bind(app).bind(kind).bind(now.unix_ms())
                .fetch_one(&mut **tx).await
        })?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// How many keys of an organization work.
    pub async fn working_keys(&mut self, org: OrgId, now: Time) -> Result<usize, StoreError> {
        const SQL: &str = "SELECT count(*) FROM grants WHERE org_id = $1 AND kind = 'api_key' \
            AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";
        let count: i64 = both!(&mut self.0, tx => {
            sqlx::query_scalar(SQL).bind(&org.as_bytes()[..]).bind(now.unix_ms()).fetch_one(&mut **tx).await
        })?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// A new personal access token or key.
    pub async fn insert_long_lived(&mut self, new: NewLongLivedRow<'_>) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO grants (id, app, account_id, org_id, scopes, created_at, expires_at, kind, name, key_kind, \
            created_by, rate_limit, allow_list) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
        let allow: Vec<String> = new.allow.iter().map(ToString::to_string).collect();
        let kind = if new.kind == TokenKind::Personal { "personal" } else { "api_key" };
        both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&new.id.as_bytes()[..])
                .bind(new.app)
                .bind(&new.holder.as_bytes()[..])
                .bind(new.org.as_ref().map(|o| &o.as_bytes()[..]))
                .bind(words(new.scopes))
                .bind(new.now.unix_ms())
                .bind(new.token.expires_at.map(Time::unix_ms))
                .bind(kind)
                .bind(new.name)
                .bind(new.key_kind)
                .bind(&new.created_by.as_bytes()[..])
                .bind(new.rate_limit.map(i64::from))
                .bind(words(&allow))
                .execute(&mut **tx).await.map(drop)
        })?;
        self.insert_successor(new.id, new.kind, new.scopes, new.token, new.now).await
    }

    /// A further token of such a family.
    pub async fn insert_successor(
        &mut self,
        grant: GrantId,
        kind: TokenKind,
        scopes: &[String],
        token: Successor<'_>,
        now: Time,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO tokens (hash, grant_id, kind, start, last_four, scopes, created_at, expires_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&token.hash[..])
                .bind(&grant.as_bytes()[..])
                .bind(kind.as_str())
                .bind(token.start)
                .bind(token.last_four)
                .bind(words(scopes))
                .bind(now.unix_ms())
                .bind(token.expires_at.map(Time::unix_ms))
                .execute(&mut **tx).await.map(drop)
        })?;
        Ok(())
    }

    /// The present token of a family gets an end, because it gets a successor; the family's own end is its successor's.
    /// Done for one of all who try, and not for a family that was revoked.
    pub async fn replace_token(
        &mut self,
        grant: GrantId,
        ends_at: Time,
        grant_expires_at: Option<Time>,
        now: Time,
    ) -> Result<bool, StoreError> {
        const TOKEN: &str = "UPDATE tokens SET replaced_at = $2, \
            expires_at = CASE WHEN expires_at IS NULL OR expires_at > $3 THEN $3 ELSE expires_at END \
            WHERE grant_id = $1 AND replaced_at IS NULL AND revoked_at IS NULL \
            AND EXISTS (SELECT 1 FROM grants g WHERE g.id = $1 AND g.revoked_at IS NULL)";
        const GRANT: &str =
            "UPDATE grants SET expires_at = CASE WHEN $2 < $3 THEN $3 ELSE $2 END WHERE id = $1";
        const UNENDING: &str = "UPDATE grants SET expires_at = NULL WHERE id = $1";
        let done = both!(&mut self.0, tx => {
            let id = &grant.as_bytes()[..];
            let done = sqlx::query(TOKEN)
                .bind(id).bind(now.unix_ms()).bind(ends_at.unix_ms())
                .execute(&mut **tx).await?.rows_affected();
            match grant_expires_at {
                // What is replaced may outlive its successor; its family lives as long as either.
                Some(at) => sqlx::query(GRANT).bind(id).bind(at.unix_ms()).bind(ends_at.unix_ms()).execute(&mut **tx).await?,
                None => sqlx::query(UNENDING).bind(id).execute(&mut **tx).await?,
            };
            done
        });
        self.forget(Forget::Grant(grant));
        Ok(done == 1)
    }
}
