//! Invitations. Accepting one is a single statement, so that it counts once.

use super::{Store, StoreError, Tx, both, orgs::role, rows::id};
use crate::{
    clock::Time,
    id::{AccountId, InvitationId, OrgId},
    org::{Invitation, InvitationView, Org, Role},
};

/// An invitation as it is written.
#[derive(Debug)]
pub(crate) struct NewInvitationRow {
    pub id: InvitationId,
    pub org: OrgId,
    pub secret_hash: [u8; 32],
    pub role: Role,
    pub created_by: AccountId,
    pub now: Time,
    pub expires_at: Time,
}

#[derive(sqlx::FromRow)]
struct View {
    org_id: Vec<u8>,
    slug: String,
    org_name: String,
    role: String,
    invited_by: String,
    expires_at: i64,
    accepted_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl Store {
    /// The invitations to an organization that can still be accepted, the newest first.
    pub(crate) async fn invitations(&self, org: OrgId, now: Time) -> Result<Vec<Invitation>, StoreError> {
        const SQL: &str = "SELECT i.id, i.role, i.created_by, a.name, i.created_at, i.expires_at FROM invitations i \
            JOIN accounts a ON a.id = i.created_by WHERE i.org_id = $1 AND i.accepted_at IS NULL \
            AND i.revoked_at IS NULL AND i.expires_at > $2 ORDER BY i.id DESC";
        type Row = (Vec<u8>, String, Vec<u8>, String, i64, i64);
        let rows: Vec<Row> = both!(&self.reader, pool => {
            sqlx::query_as(SQL).bind(&org.as_bytes()[..]).bind(now.unix_ms()).fetch_all(pool).await
        })?;
        rows.into_iter()
            .map(|(invitation, as_what, maker, name, created_at, expires_at)| {
                Ok(Invitation {
                    id: id(invitation)?,
                    role: role(&as_what)?,
                    created_by: (id(maker)?, name),
                    created_at: Time::from_unix_ms(created_at),
                    expires_at: Time::from_unix_ms(expires_at),
                })
            })
            .collect()
    }

    /// What the link with this secret leads to.
    pub(crate) async fn invitation(
        &self,
        secret_hash: [u8; 32],
        now: Time,
    ) -> Result<Option<InvitationView>, StoreError> {
        const SQL: &str = "SELECT i.org_id, o.slug, o.name AS org_name, i.role, a.name AS invited_by, i.expires_at, \
            i.accepted_at, i.revoked_at FROM invitations i JOIN organizations o ON o.id = i.org_id \
            JOIN accounts a ON a.id = i.created_by WHERE i.secret_hash = $1";
        let row = both!(&self.reader, pool => {
            sqlx::query_as::<_, View>(SQL).bind(&secret_hash[..]).fetch_optional(pool).await
        })?;
        row.map(|row| {
            let over = match (row.accepted_at, row.revoked_at) {
                (Some(_), _) => Some("has been accepted already"),
                (None, Some(_)) => Some("was taken back"),
                (None, None) => (row.expires_at <= now.unix_ms()).then_some("has expired"),
            };
            Ok(InvitationView {
                org: Org { id: id(row.org_id)?, slug: row.slug, name: row.org_name },
                role: role(&row.role)?,
                invited_by: row.invited_by,
                expires_at: Time::from_unix_ms(row.expires_at),
                over,
            })
        })
        .transpose()
    }
}

impl Tx {
    /// How many invitations to an organization are open.
    pub async fn open_invitations(&mut self, org: OrgId, now: Time) -> Result<usize, StoreError> {
        const SQL: &str = "SELECT count(*) FROM invitations WHERE org_id = $1 AND accepted_at IS NULL \
            AND revoked_at IS NULL AND expires_at > $2";
        let count: i64 = both!(&mut self.0, tx => {
            sqlx::query_scalar(SQL).bind(&org.as_bytes()[..]).bind(now.unix_ms()).fetch_one(&mut **tx).await
        })?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// A new invitation.
    pub async fn insert_invitation(&mut self, new: NewInvitationRow) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO invitations (id, org_id, secret_hash, role, created_by, created_at, expires_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7)";
        both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&new.id.as_bytes()[..])
                .bind(&new.org.as_bytes()[..])
                .bind(&new.secret_hash[..])
                .bind(new.role.as_str())
                .bind(&new.created_by.as_bytes()[..])
                .bind(new.now.unix_ms())
                .bind(new.expires_at.unix_ms())
                .execute(&mut **tx).await.map(drop)
        })?;
        Ok(())
    }

    /// Takes an invitation back. Says whether it was open.
    pub async fn revoke_invitation(
        &mut self,
        org: OrgId,
        invitation: InvitationId,
        now: Time,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE invitations SET revoked_at = $3 WHERE id = $2 AND org_id = $1 AND accepted_at IS NULL \
            AND revoked_at IS NULL AND expires_at > $3";
        let done = both!(&mut self.0, tx => {
            sqlx::query(SQL)
                .bind(&org.as_bytes()[..]).bind(&invitation.as_bytes()[..]).bind(now.unix_ms())
                .execute(&mut **tx).await.map(|d| d.rows_affected())
        })?;
        Ok(done == 1)
    }

    /// Accepts an open invitation. Done for one of all who try.
    pub async fn accept_invitation(
        &mut self,
        secret_hash: [u8; 32],
        account: AccountId,
        now: Time,
    ) -> Result<Option<(InvitationId, OrgId, Role)>, StoreError> {
        const SQL: &str = "UPDATE invitations SET accepted_by = $2, accepted_at = $3 WHERE secret_hash = $1 \
            AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $3 RETURNING id, org_id, role";
        let row: Option<(Vec<u8>, Vec<u8>, String)> = both!(&mut self.0, tx => {
            sqlx::query_as(SQL)
                .bind(&secret_hash[..]).bind(&account.as_bytes()[..]).bind(now.unix_ms())
                .fetch_optional(&mut **tx).await
        })?;
        row.map(|(invitation, org, as_what)| Ok((id(invitation)?, id(org)?, role(&as_what)?))).transpose()
    }
}
