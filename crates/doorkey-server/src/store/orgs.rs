//! Organizations, their members and their service accounts.

use std::time::Duration;

use super::{
    Forget, Store, StoreError, Tx, both,
    rows::{id, some_id},
};
use crate::{
    clock::{Time, millis},
    id::{AccountId, GrantId, OrgId},
    org::{Member, Membership, Org, Role, ServiceAccount},
};

/// What changes in an organization; what is none stays, and an inner none takes a limit away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrgChange {
    /// Its name for people.
    pub name: Option<String>,
    /// The longest that a token or key of it may live.
    pub longest_token: Option<Option<Duration>>,
    /// How many requests a minute all its tokens and keys together may make.
    pub rate_limit: Option<Option<u32>>,
}

#[derive(sqlx::FromRow)]
struct MembershipColumns {
    id: Vec<u8>,
    slug: String,
    name: String,
    personal_for: Option<Vec<u8>>,
    plan: Option<String>,
    longest_token: Option<i64>,
    rate_limit: Option<i64>,
    role: String,
    joined_at: i64,
    members: i64,
}

impl TryFrom<MembershipColumns> for Membership {
    type Error = StoreError;

    fn try_from(row: MembershipColumns) -> Result<Self, StoreError> {
        Ok(Self {
            org: Org { id: id(row.id)?, slug: row.slug, name: row.name },
            role: role(&row.role)?,
            personal: row.personal_for.is_some(),
            plan: row.plan,
            members: u32::try_from(row.members).unwrap_or(u32::MAX),
            joined_at: Time::from_unix_ms(row.joined_at),
            longest_token: duration(row.longest_token),
            rate_limit: rate(row.rate_limit),
        })
    }
}

pub(super) fn role(name: &str) -> Result<Role, StoreError> {
    Role::from_name(name).ok_or(StoreError::Corrupt("a member has an unknown role"))
}

/// A number of requests a minute in a column.
pub(super) fn rate(column: Option<i64>) -> Option<u32> {
    column.and_then(|rate| u32::try_from(rate).ok())
}

fn duration(column: Option<i64>) -> Option<Duration> {
    column.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis)
}

macro_rules! memberships {
    ($rest:literal) => {
        concat!(
            "SELECT o.id, o.slug, o.name, o.personal_for, o.plan, o.longest_token, o.rate_limit, m.role, ",
            "m.created_at AS joined_at, (SELECT count(*) FROM members n WHERE n.org_id = o.id) AS members ",
            "FROM organizations o JOIN members m ON m.org_id = o.id WHERE m.account_id = $1 ",
            $rest
        )
    };
}

/// By its id, or where there is none by its slug.
const MEMBERSHIP: &str = memberships!("AND (o.id = $2 OR ($2 IS NULL AND o.slug = $3))");

impl Store {
    /// The organizations of an account, its personal one first.
    pub(crate) async fn memberships(&self, account: AccountId) -> Result<Vec<Membership>, StoreError> {
        const SQL: &str = memberships!("ORDER BY CASE WHEN o.personal_for = $1 THEN 0 ELSE 1 END, o.slug");
        let rows = both!(&self.reader, pool => {
            sqlx::query_as::<_, MembershipColumns>(SQL).bind(&account.as_bytes()[..]).fetch_all(pool).await
        })?;
        rows.into_iter().map(Membership::try_from).collect()
    }

    /// One of them, by its id or else by its slug.
    pub(crate) async fn membership(
        &self,
        account: AccountId,
        org: Option<OrgId>,
        slug: &str,
    ) -> Result<Option<Membership>, StoreError> {
        let row = both!(&self.reader, pool => {
            sqlx::query_as::<_, MembershipColumns>(MEMBERSHIP)
                .bind(&account.as_bytes()[..])
                .bind(org.as_ref().map(|o| &o.as_bytes()[..]))
                .bind(slug)
                .fetch_optional(pool).await
        })?;
        row.map(Membership::try_from).transpose()
    }

    /// Who is in an organization, the owners first.
    pub(crate) async fn members(&self, org: OrgId) -> Result<Vec<Member>, StoreError> {
        const SQL: &str = "SELECT a.id, a.name, a.email, m.role, m.created_at FROM members m \
            JOIN accounts a ON a.id = m.account_id WHERE m.org_id = $1 \
            ORDER BY CASE m.role WHEN 'owner' THEN 0 WHEN 'admin' THEN 1 ELSE 2 END, a.name, a.id";
        let rows: Vec<(Vec<u8>, String, String, String, i64)> =
            both!(&self.reader, pool => sqlx::query_as(SQL).bind(&org.as_bytes()[..]).fetch_all(pool).await)?;
        rows.into_iter()
            .map(|(account, name, email, member, joined_at)| {
                Ok(Member {
                    account: id(account)?,
                    name,
                    email: (!email.is_empty()).then_some(email),
                    role: role(&member)?,
                    joined_at: Time::from_unix_ms(joined_at),
                })
            })
            .collect()
    }

    /// The programs of an organization that haven't ended, the newest first, with how many keys each has.
    pub(crate) async fn service_accounts(
        &self,
        org: OrgId,
        now: Time,
    ) -> Result<Vec<ServiceAccount>, StoreError> {
        const SQL: &str = "SELECT a.id, a.name, a.created_at, c.id, c.name, \
            (SELECT count(*) FROM grants g WHERE g.account_id = a.id AND g.revoked_at IS NULL \
            AND (g.expires_at IS NULL OR g.expires_at > $2)) \
            FROM accounts a LEFT JOIN accounts c ON c.id = a.created_by \
            WHERE a.org_id = $1 AND a.kind = 'service' AND a.ended_at IS NULL ORDER BY a.id DESC";
        type Row = (Vec<u8>, String, i64, Option<Vec<u8>>, Option<String>, i64);
        let rows: Vec<Row> = both!(&self.reader, pool => {
            sqlx::query_as(SQL).bind(&org.as_bytes()[..]).bind(now.unix_ms()).fetch_all(pool).await
        })?;
        rows.into_iter()
            .map(|(account, name, created_at, maker, maker_name, keys)| {
                Ok(ServiceAccount {
                    id: id(account)?,
                    name,
                    created_at: Time::from_unix_ms(created_at),
                    created_by: some_id(maker)?.zip(maker_name),
                    keys: u32::try_from(keys).unwrap_or(u32::MAX),
                })
            })
            .collect()
    }

    /// What accounts are called: one row for each that there is.
    pub(crate) async fn name_of(&self, account: AccountId) -> Result<Option<String>, StoreError> {
        const SQL: &str = "SELECT name FROM accounts WHERE id = $1";
        let row: Option<(String,)> = both!(&self.reader, pool => sqlx::query_as(SQL).bind(&account.as_bytes()[..]).fetch_optional(pool).await)?;
        Ok(row.map(|(name,)| name))
    }
}

impl Tx {
    /// An organization of an account as it stands in this change, by its id or else by its slug.
    pub async fn membership(
        &mut self,
        account: AccountId,
        org: Option<OrgId>,
        slug: &str,
    ) -> Result<Option<Membership>, StoreError> {
        let row = both!(&mut self.0, tx => {
            sqlx::query_as::<_, MembershipColumns>(MEMBERSHIP)
                .bind(&account.as_bytes()[..])
                .bind(org.as_ref().map(|o| &o.as_bytes()[..]))
                .bind(slug)
                .fetch_optional(&mut **tx).await
        })?;
        row.map(Membership::try_from).transpose()
    }

    /// Nobody else changes this organization until this change ends. Counting its owners and then unmaking one is safe
    /// only so.
    pub async fn lock_org(&mut self, org: OrgId) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE organizations SET slug = slug WHERE id = $1";
        both!(&mut self.0, tx => {
            sqlx::query(SQL).bind(&org.as_bytes()[..]).execute(&mut **tx).await.map(drop)
        })?;
        Ok(())
    }

    /// Any organization, by its id or else by its slug.
    pub async fn org(&mut self, org: Option<OrgId>, slug: &str) -> Result<Option<Org>, StoreError> {
        const SQL: &str =
            "SELECT id, slug, name FROM organizations WHERE id = $1 OR ($1 IS NULL AND slug = $2)";
        let row: Option<(Vec<u8>, String, String)> = both!(&mut self.0, tx => {
            sqlx::query_as(SQL).bind(org.as_ref().map(|o| &o.as_bytes()[..])).bind(slug).fetch_optional(&mut **tx).await
        })?;
        row.map(|(bytes, slug, name)| Ok(Org { id: id(bytes)?, slug, name })).transpose()
    }

    /// The personal organization of the account with this address.
    pub async fn personal_org_of(&mut self, email_key: &str) -> Result<Option<Org>, StoreError> {
        const SQL: &str = "SELECT o.id, o.slug, o.name FROM organizations o JOIN accounts a ON a.id = o.personal_for \
            WHERE a.email_key = $1 AND a.kind = 'person'";
        let row: Option<(Vec<u8>, String, String)> =
            both!(&mut self.0, tx => sqlx::query_as(SQL).bind(email_key).fetch_optional(&mut **tx).await)?;
        row.map(|(bytes, slug, name)| Ok(Org { id: id(bytes)?, slug, name })).transpose()
    }

    /// A new organization. Not done when another has the slug.
    pub async fn insert_org(
        &mut self,
        org: OrgId,
        slug: &str,
        name: &str,
        now: Time,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "INSERT INTO organizations (id, slug, name, created_at) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (slug) DO NOTHING";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&org.as_bytes()[..]).bind(slug).bind(name).bind(now.unix_ms())
                .execute(&mut **tx).await.map(|d| d.rows_affected())
        })?;
        Ok(done == 1)
    }

    /// A new member. Not done when the account is in it already.
    pub async fn insert_member(
        &mut self,
        org: OrgId,
        account: AccountId,
        role: Role,
        now: Time,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "INSERT INTO members (org_id, account_id, role, created_at) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (org_id, account_id) DO NOTHING";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&org.as_bytes()[..]).bind(&account.as_bytes()[..]).bind(role.as_str()).bind(now.unix_ms())
                .execute(&mut **tx).await.map(|d| d.rows_affected())
        })?;
        Ok(done == 1)
    }

    /// Changes an organization's name and limits.
    pub async fn change_org(&mut self, org: OrgId, change: &OrgChange) -> Result<(), StoreError> {
        const NAME: &str = "UPDATE organizations SET name = $2 WHERE id = $1";
        const LONGEST: &str = "UPDATE organizations SET longest_token = $2 WHERE id = $1";
        const RATE: &str = "UPDATE organizations SET rate_limit = $2 WHERE id = $1";
        both!(&mut self.0, tx => {
            let id = &org.as_bytes()[..];
            if let Some(name) = &change.name {
                sqlx::query(NAME).bind(id).bind(name).execute(&mut **tx).await?;
            }
            if let Some(longest) = change.longest_token {
                sqlx::query(LONGEST).bind(id).bind(longest.map(millis)).execute(&mut **tx).await?;
            }
            if let Some(rate) = change.rate_limit {
                sqlx::query(RATE).bind(id).bind(rate.map(i64::from)).execute(&mut **tx).await?;
            }
        });
        self.forget(Forget::Org(org));
        Ok(())
    }

    /// Gives an organization a plan, or takes it away.
    pub async fn set_plan(&mut self, org: OrgId, plan: Option<&str>) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE organizations SET plan = $2 WHERE id = $1";
        both!(&mut self.0, tx => {
            sqlx::query(SQL).bind(&org.as_bytes()[..]).bind(plan).execute(&mut **tx).await.map(drop)
        })?;
        self.forget(Forget::Org(org));
        Ok(())
    }

    /// A billing system's message was heard. Not done when it was heard before.
    pub async fn insert_delivery(&mut self, delivery: &str, now: Time) -> Result<bool, StoreError> {
        const SQL: &str = "INSERT INTO deliveries (id, at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL).bind(delivery).bind(now.unix_ms()).execute(&mut **tx).await.map(|d| d.rows_affected())
        })?;
        Ok(done == 1)
    }

    /// What an account may in an organization.
    pub async fn role(&mut self, org: OrgId, account: AccountId) -> Result<Option<Role>, StoreError> {
        const SQL: &str = "SELECT role FROM members WHERE org_id = $1 AND account_id = $2";
        let row: Option<(String,)> = both!(&mut self.0, tx => {
            sqlx::query_as(SQL).bind(&org.as_bytes()[..]).bind(&account.as_bytes()[..]).fetch_optional(&mut **tx).await
        })?;
        row.map(|(name,)| role(&name)).transpose()
    }

    /// Gives a member another role. Not done when the organization would have no owner then.
    pub async fn set_role(&mut self, org: OrgId, account: AccountId, role: Role) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE members SET role = $3 WHERE org_id = $1 AND account_id = $2 AND \
            (role <> 'owner' OR $3 = 'owner' OR (SELECT count(*) FROM members o WHERE o.org_id = $1 AND o.role = 'owner') > 1)";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&org.as_bytes()[..]).bind(&account.as_bytes()[..]).bind(role.as_str())
                .execute(&mut **tx).await.map(|d| d.rows_affected())
        })?;
        Ok(done == 1)
    }

    /// Removes a member. Not done when the organization would have no owner then.
    pub async fn remove_member(&mut self, org: OrgId, account: AccountId) -> Result<bool, StoreError> {
        const SQL: &str = "DELETE FROM members WHERE org_id = $1 AND account_id = $2 AND \
            (role <> 'owner' OR (SELECT count(*) FROM members o WHERE o.org_id = $1 AND o.role = 'owner') > 1)";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&org.as_bytes()[..]).bind(&account.as_bytes()[..])
                .execute(&mut **tx).await.map(|d| d.rows_affected())
        })?;
        Ok(done == 1)
    }

    /// Ends all that an account holds for an organization. Says how many there were.
    pub async fn revoke_grants_of_member(
        &mut self,
        org: OrgId,
        account: AccountId,
        now: Time,
    ) -> Result<u64, StoreError> {
        const SQL: &str =
            "UPDATE grants SET revoked_at = $3 WHERE org_id = $1 AND account_id = $2 AND revoked_at IS NULL";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&org.as_bytes()[..]).bind(&account.as_bytes()[..]).bind(now.unix_ms())
                .execute(&mut **tx).await.map(|d| d.rows_affected())
        })?;
        self.forget(Forget::Account(account));
        Ok(done)
    }

    /// A family acts for another organization of its account from now on.
    pub async fn switch_grant(
        &mut self,
        grant: GrantId,
        account: AccountId,
        org: OrgId,
    ) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE grants SET org_id = $3 WHERE id = $1 AND account_id = $2";
        both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&grant.as_bytes()[..]).bind(&account.as_bytes()[..]).bind(&org.as_bytes()[..])
                .execute(&mut **tx).await.map(drop)
        })?;
        self.forget(Forget::Grant(grant));
        Ok(())
    }

    /// A new program of an organization.
    pub async fn insert_service_account(
        &mut self,
        account: AccountId,
        org: OrgId,
        name: &str,
        created_by: AccountId,
        now: Time,
    ) -> Result<(), StoreError> {
        self.insert_holder(account, "service", Some(org), name, Some(created_by), None, now).await.map(drop)
    }

    /// An account that nobody signs in to. It has no address; what stands in its place can't be typed as one. Not done
    /// when the organization has its own account already.
    #[expect(clippy::too_many_arguments, reason = "a row has as many columns as it has")]
    pub async fn insert_holder(
        &mut self,
        account: AccountId,
        kind: &str,
        org: Option<OrgId>,
        name: &str,
        created_by: Option<AccountId>,
        expires_at: Option<Time>,
        now: Time,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "INSERT INTO accounts (id, email, email_key, name, password, kind, org_id, created_by, expires_at, \
            created_at) VALUES ($1, '', $2, $3, '', $4, $5, $6, $7, $8) ON CONFLICT (email_key) DO NOTHING";
        // One for each organization of itself, any number of the others.
        let key = match org.filter(|_| kind == "organization") {
            Some(org) => format!("organization:{org}"),
            None => format!("{kind}:{account}"),
        };
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&account.as_bytes()[..])
                .bind(&key)
                .bind(name)
                .bind(kind)
                .bind(org.as_ref().map(|o| &o.as_bytes()[..]))
                .bind(created_by.as_ref().map(|a| &a.as_bytes()[..]))
                .bind(expires_at.map(Time::unix_ms))
                .bind(now.unix_ms())
                .execute(&mut **tx).await.map(|d| d.rows_affected())
        })?;
        Ok(done == 1)
    }

    /// The account of an organization itself, which holds its keys.
    pub async fn account_of_org(&mut self, org: OrgId) -> Result<Option<AccountId>, StoreError> {
        const SQL: &str = "SELECT id FROM accounts WHERE org_id = $1 AND kind = 'organization'";
        let row: Option<(Vec<u8>,)> = both!(&mut self.0, tx => {
            sqlx::query_as(SQL).bind(&org.as_bytes()[..]).fetch_optional(&mut **tx).await
        })?;
        row.map(|(bytes,)| id(bytes)).transpose()
    }

    /// Whether an account is a living program of an organization.
    pub async fn is_service_account(&mut self, org: OrgId, account: AccountId) -> Result<bool, StoreError> {
        const SQL: &str =
            "SELECT 1 FROM accounts WHERE id = $2 AND org_id = $1 AND kind = 'service' AND ended_at IS NULL";
        Ok(both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&org.as_bytes()[..]).bind(&account.as_bytes()[..])
                .fetch_optional(&mut **tx).await.map(|row| row.is_some())
        })?)
    }

    /// Ends a program of an organization. Says whether it was living.
    pub async fn end_service_account(
        &mut self,
        org: OrgId,
        account: AccountId,
        now: Time,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE accounts SET ended_at = $3 WHERE id = $2 AND org_id = $1 AND kind = 'service' AND ended_at IS NULL";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&org.as_bytes()[..]).bind(&account.as_bytes()[..]).bind(now.unix_ms())
                .execute(&mut **tx).await.map(|d| d.rows_affected())
        })?;
        self.forget(Forget::Account(account));
        Ok(done == 1)
    }
}
