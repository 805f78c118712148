//! The trail. There is no statement that changes or removes an event, and the database refuses any.

use super::{
    Store, StoreError, Tx, both,
    rows::{id, some_id},
};
use crate::{
    audit::{Event, MOST_EVENTS, Recorded, Wanted},
    clock::Time,
    id::{AccountId, EventId, OrgId, SignInId},
};

#[derive(sqlx::FromRow)]
struct Columns {
    id: Vec<u8>,
    at: i64,
    action: String,
    outcome: String,
    actor: String,
    app: Option<String>,
    account_id: Option<Vec<u8>>,
    org_id: Option<Vec<u8>>,
    subject: Option<String>,
    address: Option<String>,
    user_agent: Option<String>,
    detail: Option<String>,
}

impl TryFrom<Columns> for Recorded {
    type Error = StoreError;

    fn try_from(row: Columns) -> Result<Self, StoreError> {
        Ok(Self {
            id: id(row.id)?,
            at: Time::from_unix_ms(row.at),
            action: row.action,
            outcome: row.outcome,
            actor: row.actor,
            app: row.app,
            account: some_id(row.account_id)?,
            org: some_id(row.org_id)?,
            subject: row.subject,
            address: row.address,
            user_agent: row.user_agent,
            detail: row.detail,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, at, action, outcome, actor, app, account_id, org_id, subject, address, user_agent, detail ",
            "FROM events WHERE ",
            $rest
        )
    };
}

/// A page of what happened to somebody, with a search.
macro_rules! history {
    ($whose:literal) => {
        concat!(
            select!(""),
            $whose,
            " AND ($2 IS NULL OR id < $2) AND ($3 IS NULL OR lower(action || ' ' || coalesce(app, '') || ' ' || ",
            "coalesce(address, '') || ' ' || coalesce(user_agent, '') || ' ' || coalesce(detail, '')) LIKE $3 ESCAPE '!') ",
            "ORDER BY id DESC LIMIT $4"
        )
    };
}

impl Store {
    /// What happened to an account, the latest first.
    pub(crate) async fn events_of(
        &self,
        account: AccountId,
        at_most: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        const SQL: &str = select!("account_id = $1 ORDER BY id DESC LIMIT $2");
        let rows = both!(&self.reader, pool => {
            sqlx::query_as::<_, Columns>(SQL).bind(&account.as_bytes()[..]).bind(i64::from(at_most)).fetch_all(pool).await
        })?;
        rows.into_iter().map(Recorded::try_from).collect()
    }

    /// What happened to an account and to what it has claimed, the latest first.
    pub(crate) async fn account_history(
        &self,
        account: AccountId,
        wanted: &Wanted<'_>,
    ) -> Result<Vec<Recorded>, StoreError> {
        const SQL: &str =
            history!("account_id IN (SELECT id FROM accounts WHERE id = $1 OR claimed_by = $1)");
        self.history(SQL, *account.as_bytes(), wanted).await
    }

    /// What happened to an organization, the latest first.
    pub(crate) async fn org_history(
        &self,
        org: OrgId,
        wanted: &Wanted<'_>,
    ) -> Result<Vec<Recorded>, StoreError> {
        const SQL: &str = history!("org_id = $1");
        self.history(SQL, *org.as_bytes(), wanted).await
    }

    async fn history(
        &self,
        sql: &'static str,
        of: [u8; 16],
        wanted: &Wanted<'_>,
    ) -> Result<Vec<Recorded>, StoreError> {
        let escaped = |text: &str| {
            let text = text.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
            format!("%{text}%")
        };
        let rows = both!(&self.reader, pool => {
            sqlx::query_as::<_, Columns>(sql)
                .bind(&of[..])
                .bind(wanted.before.as_ref().map(|id| &id.as_bytes()[..]))
                .bind(wanted.search.map(escaped))
                .bind(i64::from(wanted.limit.min(MOST_EVENTS)))
                .fetch_all(pool).await
        })?;
        rows.into_iter().map(Recorded::try_from).collect()
    }

    /// What happened to a sign-in, the earliest first.
    pub(crate) async fn events_of_sign_in(&self, sign_in: SignInId) -> Result<Vec<Recorded>, StoreError> {
        const SQL: &str = select!("subject = $1 ORDER BY id");
        let rows = both!(&self.reader, pool => {
            sqlx::query_as::<_, Columns>(SQL).bind(format!("sign_in:{sign_in}")).fetch_all(pool).await
        })?;
        rows.into_iter().map(Recorded::try_from).collect()
    }
}

impl Tx {
    /// Adds an event.
    pub async fn insert_event(
        &mut self,
        event_id: EventId,
        event: &Event,
        now: Time,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO events (id, at, action, outcome, actor, app, account_id, org_id, subject, \
            address, user_agent, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        let origin = event.origin.as_ref();
        both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&event_id.as_bytes()[..])
                .bind(now.unix_ms())
                .bind(event.action.as_str())
                .bind(event.outcome.as_str())
                .bind(event.actor.describe())
                .bind(event.app.as_deref())
                .bind(event.account.as_ref().map(|a| &a.as_bytes()[..]))
                .bind(event.org.as_ref().map(|o| &o.as_bytes()[..]))
                .bind(event.subject.as_deref())
                .bind(origin.map(|o| o.address.to_string()))
                .bind(origin.and_then(|o| o.user_agent.as_deref()))
                .bind(event.detail.as_ref().map(ToString::to_string))
                .execute(&mut **tx).await.map(drop)
        })?;
        Ok(())
    }
}
