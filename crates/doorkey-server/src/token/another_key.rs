//! A key for another organization: where signing in gives a key, a tool that acts for another organization gets one more,
//! and the one that it has works on for its own.

use std::sync::Arc;

use serde_json::json;

use super::{
    IssuedTokens, TokenKind, Verified,
    issue::{Family, key_name},
};
use crate::{
    Domain,
    asker::{Asker, Refusal},
    audit::{Action, Actor, Event},
    id::GrantId,
    org::{Membership, Role},
    store::{NewGrantRow, StoreError},
    text,
};

/// How many keys of one account and one app may work that came of signing in.
const MOST: usize = 100;

impl Domain {
    /// Whether signing in to an app gives a key, which belongs to one organization for good.
    pub fn gives_keys(&self, app: &str) -> bool {
        self.apps.get(app).is_some_and(|app| app.credential.kind == TokenKind::ApiKey)
    }

    /// Gives whoever asks with the key of a sign-in another that acts for `org`. It may do what the first may, ends when
    /// that does, and ends with all others when its owner signs out everywhere.
    pub async fn key_for_org(
        &self,
        asker: &Asker,
        held: &Verified,
        org: &str,
        name: Option<&str>,
    ) -> Result<(IssuedTokens, Membership), Refusal> {
        let app = Arc::clone(self.apps.get(&held.app).ok_or(Refusal::NotFound("app"))?);
        let now = self.now();
        let name = match name {
            Some(name) => text::name(name).map_err(Refusal::name)?,
            None => key_name(now),
        };
        let (mut tx, membership) = self.enter(asker, org, Role::Member, Action::OrgSwitched).await?;
        if tx.working_grants(asker.account, &app.name, "sign_in", now).await? >= MOST {
            tx.rollback().await?;
            return Err(Refusal::Conflict(format!(
                "there are {MOST} keys that work already; revoke some first"
            )));
        }
        let (grant, org) = (GrantId::fresh(now, &*self.entropy), membership.org.id);
        tx.insert_grant(NewGrantRow {
            id: grant,
            sign_in: None,
            app: &app.name,
            account: asker.account,
            org: Some(org),
            scopes: &held.scopes,
            host_name: None,
            name: Some(&name),
            expires_at: held.expires_at,
            now,
        })
        .await?;
        let identity = tx.identity(asker.account, Some(org)).await?;
        let identity = identity.ok_or(StoreError::Corrupt("a token without its account"))?;
        let key = app.credential.format.from_entropy(|bytes| self.entropy.fill(bytes));
        let family = Family { app: &app, grant, expires_at: held.expires_at, scopes: &held.scopes };
        let issued = self.keep(&mut tx, &family, &held.scopes, identity, key, None).await?;
        let event = Event::done(Action::OrgSwitched, Actor::Account(asker.account)).account(asker.account);
        let event = event.app(&app.name).org(org).subject("grant", grant).from(&asker.origin);
        self.record(&mut tx, event.detail(json!({ "name": name }))).await?;
        tx.commit().await?;
        Ok((issued, membership))
    }
}
