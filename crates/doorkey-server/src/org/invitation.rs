//! Invitations: a link that makes whoever opens it, signed in, a member. It works once and not for ever.

use std::time::Duration;

use doorkey_manifest::Secret;
use serde_json::json;

use super::{Membership, Org, Role};
use crate::{
    Domain,
    asker::{Asker, Refusal},
    audit::{Action, Actor, Event},
    clock::Time,
    entropy::random_secret,
    id::{AccountId, InvitationId},
    sign_in::hash,
    store::{NewInvitationRow, StoreError},
};

/// The longest that an invitation may wait.
pub const LONGEST_INVITATION: Duration = Duration::from_hours(24 * 30);
/// How long it waits when nothing is said.
const USUAL_INVITATION: Duration = Duration::from_hours(24 * 7);
/// How many may be open at once.
const MOST: usize = 100;

/// An invitation that nobody has accepted yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its name. It isn't what the link holds.
    pub id: InvitationId,
    /// What whoever accepts it becomes.
    pub role: Role,
    /// Who made it.
    pub created_by: (AccountId, String),
    /// When.
    pub created_at: Time,
    /// Until when it can be accepted.
    pub expires_at: Time,
}

/// An invitation as whoever holds the link sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationView {
    /// Where to.
    pub org: Org,
    /// As what.
    pub role: Role,
    /// By whom.
    pub invited_by: String,
    /// Until when it can be accepted.
    pub expires_at: Time,
    /// Why it can't be accepted, if it can't.
    pub over: Option<&'static str>,
}

impl Domain {
    /// Makes an invitation and the secret that its link holds. An admin invites members and admins, an owner also owners.
    pub async fn invite(
        &self,
        asker: &Asker,
        org: &str,
        role: Role,
        expires_in: Option<Duration>,
    ) -> Result<(Secret, Invitation), Refusal> {
        let expires_in = expires_in.unwrap_or(USUAL_INVITATION);
        if expires_in > LONGEST_INVITATION || expires_in < Duration::from_mins(1) {
            return Err(Refusal::invalid("expires_in", "an invitation waits from a minute to 30 days"));
        }
        asker.must_manage()?;
        let (mut tx, own) = self.enter(asker, org, Role::Admin.max(role), Action::InvitationCreated).await?;
        let now = self.now();
        let refusal = if own.personal {
            Some(Refusal::Personal)
        } else if tx.open_invitations(own.org.id, now).await? >= MOST {
            Some(Refusal::Conflict(format!("there are {MOST} open invitations; take some back first")))
        } else {
            None
        };
        if let Some(refusal) = refusal {
            tx.rollback().await?;
            return self.refuse(asker, Action::InvitationCreated, Some(own.org.id), refusal).await;
        }
        let (id, secret) = (InvitationId::fresh(now, &*self.entropy), random_secret(&*self.entropy));
        let expires_at = now.plus(expires_in);
        tx.insert_invitation(NewInvitationRow {
            id,
            org: own.org.id,
            secret_hash: hash(&secret),
            role,
            created_by: asker.account,
            now,
            expires_at,
        })
        .await?;
        let event = Event::done(Action::InvitationCreated, Actor::Account(asker.account));
        let event = event.account(asker.account).org(own.org.id).subject("invitation", id);
        self.record(&mut tx, event.from(&asker.origin).detail(json!({ "role": role.as_str() }))).await?;
        tx.commit().await?;
        let open = self.store.invitations(own.org.id, now).await?;
        let invitation = open.into_iter().find(|invitation| invitation.id == id);
        Ok((secret, invitation.ok_or(StoreError::Corrupt("an invitation that was just made is missing"))?))
    }

    /// The invitations to an organization that can still be accepted.
    pub async fn invitations(&self, asker: &Asker, org: &str) -> Result<Vec<Invitation>, Refusal> {
        let own = self.membership(asker, org).await?;
        if own.role < Role::Admin {
            let refusal = Refusal::Role(Role::Admin);
            return self.refuse(asker, Action::OrgRead, Some(own.org.id), refusal).await;
        }
        Ok(self.store.invitations(own.org.id, self.now()).await?)
    }

    /// Takes an invitation back.
    pub async fn revoke_invitation(
        &self,
        asker: &Asker,
        org: &str,
        invitation: InvitationId,
    ) -> Result<(), Refusal> {
        asker.must_manage()?;
        let (mut tx, own) = self.enter(asker, org, Role::Admin, Action::InvitationRevoked).await?;
        if !tx.revoke_invitation(own.org.id, invitation, self.now()).await? {
            tx.rollback().await?;
            let refusal = Refusal::NotFound("invitation");
            return self.refuse(asker, Action::InvitationRevoked, Some(own.org.id), refusal).await;
        }
        let event = Event::done(Action::InvitationRevoked, Actor::Account(asker.account));
        let event = event.account(asker.account).org(own.org.id).subject("invitation", invitation);
        self.record(&mut tx, event.from(&asker.origin)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What an invitation's link leads to; none when no link is like that.
    pub async fn look_at_invitation(&self, secret: &Secret) -> Result<Option<InvitationView>, StoreError> {
        self.store.invitation(hash(secret), self.now()).await
    }

    /// Makes the asker a member. One of all who try at once gets in.
    pub async fn accept_invitation(&self, asker: &Asker, secret: &Secret) -> Result<Membership, Refusal> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let Some((id, org, role)) = tx.accept_invitation(hash(secret), asker.account, now).await? else {
            tx.rollback().await?;
            let refusal = match self.look_at_invitation(secret).await? {
                Some(InvitationView { over: Some(over), .. }) => Refusal::Invitation(over),
                _ => Refusal::NotFound("invitation"),
            };
            return self.refuse(asker, Action::InvitationAccepted, None, refusal).await;
        };
        if !tx.insert_member(org, asker.account, role, now).await? {
            tx.rollback().await?;
            return Err(Refusal::Conflict("this account is in the organization already".to_owned()));
        }
        let event = Event::done(Action::InvitationAccepted, Actor::Account(asker.account));
        let event = event.account(asker.account).org(org).subject("invitation", id).from(&asker.origin);
        self.record(&mut tx, event.detail(json!({ "role": role.as_str() }))).await?;
        let made = tx.membership(asker.account, Some(org), "").await?;
        tx.commit().await?;
        Ok(made.ok_or(StoreError::Corrupt("a member who was just let in is missing"))?)
    }
}
