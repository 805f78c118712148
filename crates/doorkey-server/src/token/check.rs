//! May this request pass? What an interface in front of an API asks for each request (`/verify`): one hash, one look-up,
//! no write. That a token was used is noted in memory and written down now and then.

use std::{net::IpAddr, sync::Arc};

use doorkey_manifest::Secret;

use super::{Holder, NotGood, RateState, TokenKind, Verified, rate::Counter};
use crate::{
    Domain,
    audit::Origin,
    id::AccountId,
    plan::{self, PlanNeeded},
    store::{StoreError, TokenRow},
};

/// How many requests a minute a token of somebody without an account may make.
const ANONYMOUS_RATE: u32 = 60;
/// How many changes a minute an account may make with its tools.
const CHANGES_RATE: u32 = 600;

/// What a request has to bring.
#[derive(Debug, Clone, Default)]
pub struct Demand<'a> {
    /// The app that it must be for; without it, any.
    pub app: Option<&'a str>,
    /// The scopes that it must have, all of them.
    pub scopes: Vec<&'a str>,
    /// The plan that its organization must have at least, beyond what the app needs anyway.
    pub plan: Option<&'a str>,
}

/// A token whose request may pass.
#[derive(Debug, Clone)]
pub struct Checked {
    /// What it stands for.
    pub token: Verified,
    /// What its maker called it.
    pub name: Option<String>,
    /// How many requests it may make still, where that is limited.
    pub rate: Option<RateState>,
}

/// Why a request may not pass.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The token isn't good.
    #[error(transparent)]
    NotGood(#[from] NotGood),
    /// The token may not be used from this address.
    #[error("the token may not be used from {0}")]
    Address(IpAddr),
    /// It doesn't allow what is asked for.
    #[error("the token doesn't have the scope `{0}`")]
    Scope(String),
    /// The plan doesn't reach.
    #[error("this needs the plan {}", .0.plan)]
    Plan(PlanNeeded),
    /// There were too many requests.
    #[error("too many requests; try again in {} seconds", .0.retry_after().as_secs())]
    Limited(RateState),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Domain {
    /// Whether a request with this token may pass.
    pub async fn check(
        &self,
        token: &Secret,
        demand: &Demand<'_>,
        origin: &Origin,
    ) -> Result<Checked, CheckError> {
        let row = self.admit(token, demand.app, origin).await?;
        if let Some(missing) = demand.scopes.iter().find(|scope| !row.scopes.iter().any(|own| own == *scope))
        {
            return Err(CheckError::Scope((*missing).to_owned()));
        }
        if let Some(app) = self.apps.get(&row.app) {
            let scopes = demand.scopes.iter().copied();
            let needed = plan::missing(app, row.plan.as_deref(), scopes, demand.plan);
            if let Some(needed) = needed {
                return Err(CheckError::Plan(needed));
            }
        }
        let rate = self.count(&row)?;
        self.uses.note(row.grant, origin, self.now());
        Ok(Checked { name: row.name.clone(), token: row.verified(), rate })
    }

    /// Whose a request is that asks about its own account: the plan and the scopes don't matter for that. It is a use like
    /// any other.
    pub async fn holder(&self, token: &Secret, app: &str, origin: &Origin) -> Result<Verified, CheckError> {
        let row = self.admit(token, Some(app), origin).await?;
        self.count(&row)?;
        self.uses.note(row.grant, origin, self.now());
        Ok(row.verified())
    }

    /// The row of a token that is good, for the app, and comes from where it may be used.
    async fn admit(
        &self,
        token: &Secret,
        app: Option<&str>,
        origin: &Origin,
    ) -> Result<Arc<TokenRow>, CheckError> {
        let row = self.look_up(token).await??;
        if row.kind == TokenKind::Refresh || app.is_some_and(|app| app != row.app) {
            return Err(NotGood::Unknown.into());
        }
        if !row.allow.is_empty() && !row.allow.iter().any(|network| network.contains(origin.address)) {
            return Err(CheckError::Address(origin.address));
        }
        Ok(row)
    }

    /// Counts a change that an account makes with a tool, or says how long to wait.
    pub fn count_change(&self, account: AccountId) -> Result<(), RateState> {
        self.rates.count(&[(Counter::Changes(account), CHANGES_RATE)], self.now()).map(drop)
    }

    /// Counts a request where requests are limited: for the token, and for its organization, which all its tokens share.
    fn count(&self, row: &TokenRow) -> Result<Option<RateState>, CheckError> {
        let anonymous = (row.identity.holder == Holder::Anonymous).then_some(ANONYMOUS_RATE);
        let own = row.rate_limit.or(anonymous).map(|limit| (Counter::Grant(row.grant), limit));
        let org = row.identity.org.as_ref().zip(row.org_rate_limit);
        let org = org.map(|(org, limit)| (Counter::Org(org.id), limit));
        let counters: Vec<_> = own.into_iter().chain(org).collect();
        self.rates.count(&counters, self.now()).map_err(CheckError::Limited)
    }
}
