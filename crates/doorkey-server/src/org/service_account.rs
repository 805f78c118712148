//! Service accounts: programs of an organization that hold keys of their own. They belong to the organization, not to
//! whoever made them.

use serde_json::json;

use super::Role;
use crate::{
    Domain,
    asker::{Asker, Refusal},
    audit::{Action, Actor, Event},
    clock::Time,
    id::AccountId,
    text,
};

/// How many an organization may have.
const MOST: usize = 200;

/// A program of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Its account.
    pub id: AccountId,
    /// What it is called.
    pub name: String,
    /// When it was made.
    pub created_at: Time,
    /// Who made it.
    pub created_by: Option<(AccountId, String)>,
    /// How many keys of it work.
    pub keys: u32,
}

impl Domain {
    /// The programs of an organization.
    pub async fn service_accounts(&self, asker: &Asker, org: &str) -> Result<Vec<ServiceAccount>, Refusal> {
        let own = self.membership(asker, org).await?;
        Ok(self.store.service_accounts(own.org.id, self.now()).await?)
    }

    /// Makes one. It can do nothing until it has a key.
    pub async fn create_service_account(
        &self,
        asker: &Asker,
        org: &str,
        name: &str,
    ) -> Result<ServiceAccount, Refusal> {
        let name = text::name(name).map_err(Refusal::name)?;
        asker.must_manage()?;
        let others = self.service_accounts(asker, org).await?;
        let (mut tx, own) = self.enter(asker, org, Role::Admin, Action::ServiceAccountCreated).await?;
        let (org, now) = (own.org.id, self.now());
        let refusal = if others.iter().any(|other| other.name == name) {
            Some(Refusal::Conflict(format!("there is a service account `{name}` already")))
        } else if others.len() >= MOST {
            Some(Refusal::Conflict(format!("an organization has at most {MOST} service accounts")))
        } else {
            None
        };
        if let Some(refusal) = refusal {
            tx.rollback().await?;
            return Err(refusal);
        }
        let id = AccountId::fresh(now, &*self.entropy);
        tx.insert_service_account(id, org, &name, asker.account, now).await?;
        let event = Event::done(Action::ServiceAccountCreated, Actor::Account(asker.account));
        let event = event.account(asker.account).org(org).subject("account", id).from(&asker.origin);
        self.record(&mut tx, event.detail(json!({ "name": name }))).await?;
        tx.commit().await?;
        Ok(ServiceAccount { id, name, created_at: now, created_by: None, keys: 0 })
    }

    /// Ends one, and all its keys at once.
    pub async fn end_service_account(
        &self,
        asker: &Asker,
        org: &str,
        account: AccountId,
    ) -> Result<(), Refusal> {
        asker.must_manage()?;
        let (mut tx, own) = self.enter(asker, org, Role::Admin, Action::ServiceAccountEnded).await?;
        let org = own.org.id;
        if !tx.end_service_account(org, account, self.now()).await? {
            tx.rollback().await?;
            let refusal = Refusal::NotFound("service account");
            return self.refuse(asker, Action::ServiceAccountEnded, Some(org), refusal).await;
        }
        let ended = tx.revoke_grants_of(account, self.now()).await?;
        let event = Event::done(Action::ServiceAccountEnded, Actor::Account(asker.account));
        let event = event.account(asker.account).org(org).subject("account", account).from(&asker.origin);
        self.record(&mut tx, event.detail(json!({ "keys_ended": ended }))).await?;
        tx.commit().await?;
        Ok(())
    }
}
