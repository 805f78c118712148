//! Reading the trail: what happened to an account or to an organization.

use serde_json::Value;

use super::Recorded;
use crate::{
    Domain,
    asker::{Asker, Refusal},
    audit::Action,
    id::{AccountId, EventId},
    org::Role,
    store::StoreError,
};

/// The most events that are read at once.
pub const MOST_EVENTS: u32 = 1000;

/// Which events.
#[derive(Debug, Clone, Default)]
pub struct Wanted<'a> {
    /// Only those before this one.
    pub before: Option<EventId>,
    /// Only those that have this text in their action, app, address, agent or detail.
    pub search: Option<&'a str>,
    /// How many at most.
    pub limit: u32,
}

impl Domain {
    /// What happened to the asker's account, the latest first; what the account did anonymously before is in it.
    pub async fn account_history(
        &self,
        asker: &Asker,
        wanted: &Wanted<'_>,
    ) -> Result<Vec<Recorded>, Refusal> {
        Ok(self.store.account_history(asker.account, wanted).await?)
    }

    /// What happened to an organization, the latest first. It takes an admin.
    pub async fn org_history(
        &self,
        asker: &Asker,
        org: &str,
        wanted: &Wanted<'_>,
    ) -> Result<Vec<Recorded>, Refusal> {
        let membership = self.membership(asker, org).await?;
        if membership.role < Role::Admin {
            let refusal = Refusal::Role(Role::Admin);
            return self.refuse(asker, Action::OrgRead, Some(membership.org.id), refusal).await;
        }
        Ok(self.store.org_history(membership.org.id, wanted).await?)
    }

    /// What an account is called, for showing who did something.
    pub async fn name_of(&self, account: AccountId) -> Result<Option<String>, StoreError> {
        self.store.name_of(account).await
    }
}

impl Recorded {
    /// The account that did it, if it was one.
    pub fn actor_account(&self) -> Option<AccountId> {
        self.actor.strip_prefix("account:")?.parse().ok()
    }

    /// What there is to add, as JSON.
    pub fn detail_json(&self) -> Option<Value> {
        serde_json::from_str(self.detail.as_deref()?).ok()
    }
}
