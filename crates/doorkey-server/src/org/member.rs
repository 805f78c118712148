//! Who is in an organization, and who may decide that.

use serde_json::json;

use super::{Membership, Role};
use crate::{
    Domain,
    asker::{Asker, Refusal},
    audit::{Action, Actor, Event},
    clock::Time,
    id::AccountId,
    store::StoreError,
};

/// Somebody who is in an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The account.
    pub account: AccountId,
    /// What the person is called.
    pub name: String,
    /// The person's e-mail address.
    pub email: Option<String>,
    /// What they may.
    pub role: Role,
    /// Since when.
    pub joined_at: Time,
}

impl Domain {
    /// Who is in an organization, the owners first.
    pub async fn members(&self, asker: &Asker, org: &str) -> Result<Vec<Member>, Refusal> {
        let membership = self.membership(asker, org).await?;
        Ok(self.store.members(membership.org.id).await?)
    }

    /// Gives a member another role. Only an owner makes or unmakes owners.
    pub async fn set_role(
        &self,
        asker: &Asker,
        org: &str,
        account: AccountId,
        role: Role,
    ) -> Result<Member, Refusal> {
        asker.must_manage()?;
        let (mut tx, own) = self.enter(asker, org, Role::Admin, Action::RoleChanged).await?;
        let id = own.org.id;
        let refusal = match tx.role(id, account).await? {
            _ if own.personal => Some(Refusal::Personal),
            None => Some(Refusal::NotFound("member")),
            Some(before) if before.max(role) == Role::Owner && own.role < Role::Owner => {
                Some(Refusal::Role(Role::Owner))
            }
            Some(_) if !tx.set_role(id, account, role).await? => Some(Refusal::LastOwner),
            Some(_) => None,
        };
        if let Some(refusal) = refusal {
            tx.rollback().await?;
            return self.refuse(asker, Action::RoleChanged, Some(id), refusal).await;
        }
        let event = Event::done(Action::RoleChanged, Actor::Account(asker.account)).account(account).org(id);
        let event = event.subject("account", account).from(&asker.origin);
        self.record(&mut tx, event.detail(json!({ "role": role.as_str() }))).await?;
        tx.commit().await?;
        let all = self.store.members(id).await?;
        let member = all.into_iter().find(|member| member.account == account);
        member.ok_or(Refusal::NotFound("member"))
    }

    /// Removes a member, or lets the asker leave. What the member's own tokens did for the organization ends with it; the
    /// organization's keys go on.
    pub async fn remove_member(&self, asker: &Asker, org: &str, account: AccountId) -> Result<(), Refusal> {
        asker.must_manage()?;
        let leaves = asker.account == account;
        let needed = if leaves { Role::Member } else { Role::Admin };
        let (mut tx, own) = self.enter(asker, org, needed, Action::MemberRemoved).await?;
        let id = own.org.id;
        let refusal = match tx.role(id, account).await? {
            _ if own.personal => Some(Refusal::Personal),
            None => Some(Refusal::NotFound("member")),
            Some(Role::Owner) if !leaves && own.role < Role::Owner => Some(Refusal::Role(Role::Owner)),
            Some(_) if !tx.remove_member(id, account).await? => Some(Refusal::LastOwner),
            Some(_) => None,
        };
        if let Some(refusal) = refusal {
            tx.rollback().await?;
            return self.refuse(asker, Action::MemberRemoved, Some(id), refusal).await;
        }
        let ended = tx.revoke_grants_of_member(id, account, self.now()).await?;
        let event =
            Event::done(Action::MemberRemoved, Actor::Account(asker.account)).account(account).org(id);
        let event = event.subject("account", account).from(&asker.origin);
        self.record(&mut tx, event.detail(json!({ "left": leaves, "tokens_ended": ended }))).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Makes another member the owner; the asker is an admin from then on.
    pub async fn transfer_org(&self, asker: &Asker, org: &str, to: AccountId) -> Result<Membership, Refusal> {
        asker.must_manage()?;
        let (mut tx, own) = self.enter(asker, org, Role::Owner, Action::OrgTransferred).await?;
        let id = own.org.id;
        let refusal = match tx.role(id, to).await? {
            _ if own.personal => Some(Refusal::Personal),
            None => Some(Refusal::NotFound("member")),
            Some(_) if to == asker.account => {
                Some(Refusal::invalid("to", "choose another member; this is yourself"))
            }
            Some(_) => None,
        };
        if let Some(refusal) = refusal {
            tx.rollback().await?;
            return self.refuse(asker, Action::OrgTransferred, Some(id), refusal).await;
        }
        // In this order there is an owner at every moment.
        tx.set_role(id, to, Role::Owner).await?;
        tx.set_role(id, asker.account, Role::Admin).await?;
        let event = Event::done(Action::OrgTransferred, Actor::Account(asker.account)).account(asker.account);
        let event = event.org(id).subject("account", to).from(&asker.origin);
        self.record(&mut tx, event).await?;
        let after = tx.membership(asker.account, Some(id), "").await?;
        tx.commit().await?;
        Ok(after.ok_or(StoreError::Corrupt("an owner who became an admin is missing"))?)
    }
}
