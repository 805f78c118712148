//! Working without an account, and keeping the work. Whoever is anonymous gets an account that nobody can sign in to, with
//! an organization that holds the work. Claiming makes that organization the claimer's, under the same id; the token
//! works on. What nobody claims ends after a while.

use doorkey_manifest::Secret;
use serde_json::json;

use crate::{
    Domain,
    asker::{Asker, Refusal},
    audit::{Action, Actor, Event, Origin},
    id::{AccountId, GrantId, OrgId},
    org::{Membership, Role, slug},
    store::{NewAnonymousRow, StoreError},
    throttle::{self, Throttled},
    token::{Holder, IssuedTokens, TokenKind},
};

/// How often a slug is drawn until one is free.
const DRAWS: usize = 4;

/// Why there is no anonymous token.
#[derive(Debug, thiserror::Error)]
pub enum AnonymousError {
    /// There is no such app, or one has to sign in to it.
    #[error("this app can't be used without signing in")]
    NotOffered,
    /// Too many from one address.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Domain {
    /// Gives somebody without an account a token, and an organization to work in.
    pub async fn begin_anonymous(&self, app: &str, origin: &Origin) -> Result<IssuedTokens, AnonymousError> {
        let app = self.apps.get(app).ok_or(AnonymousError::NotOffered)?;
        let rules = app.anonymous.as_ref().ok_or(AnonymousError::NotOffered)?;
        if let Some(throttled) = self.charge(&throttle::anonymous(&self.keys, origin.address)).await? {
            return Err(throttled.into());
        }
        let now = self.now();
        let expires_at = now.plus(rules.lifetime);
        let account = AccountId::fresh(now, &*self.entropy);
        let (org, grant) = (OrgId::fresh(now, &*self.entropy), GrantId::fresh(now, &*self.entropy));
        let secret = rules.format.from_entropy(|bytes| self.entropy.fill(bytes));
        let mut tx = self.store.begin().await?;
        let holder = Holder::Anonymous.as_str();
        tx.insert_holder(account, holder, None, "Anonymous", None, Some(expires_at), now).await?;
        let mut draws = 0;
        let name = "Anonymous work";
        while !tx
            .insert_personal_org(org, account, &slug("anon", Some(self.random_number())), name, now)
            .await?
        {
            draws += 1;
            if draws > DRAWS {
                tx.rollback().await?;
                return Err(StoreError::Busy.into());
            }
        }
        let scopes = &app.default_scopes;
        tx.insert_anonymous(NewAnonymousRow {
            grant,
            app: &app.name,
            account,
            org,
            scopes,
            token: &secret,
            prefix: rules.format.prefix(),
            host_name: origin.host_name.as_deref(),
            expires_at,
            now,
        })
        .await?;
        let event = Event::done(Action::AnonymousStarted, Actor::Anyone).app(&app.name).account(account);
        self.record(&mut tx, event.org(org).subject("grant", grant).from(origin)).await?;
        let identity = tx.identity(account, Some(org)).await?;
        tx.commit().await?;
        let identity = identity.ok_or(StoreError::Corrupt("an account that was just made is missing"))?;
        Ok(IssuedTokens {
            app: app.name.clone(),
            grant,
            identity,
            scopes: scopes.clone(),
            kind: TokenKind::Anonymous,
            access_token: secret,
            issued_at: now,
            expires_at: Some(expires_at),
            refresh_token: None,
            refresh_expires_at: None,
            session_expires_at: None,
        })
    }

    /// Makes what was done with an anonymous token the asker's own, once. Its organization keeps its id and becomes one of
    /// the asker's; the token works on, as the asker's.
    pub async fn claim_anonymous(&self, asker: &Asker, token: &Secret) -> Result<Membership, Refusal> {
        let found = self.verify(token).await?.filter(|found| found.identity.holder == Holder::Anonymous);
        let Some(found) = found else {
            let refusal = Refusal::NotFound("anonymous work; the token is wrong, over or claimed already");
            return self.refuse(asker, Action::AnonymousClaimed, None, refusal).await;
        };
        let from = found.identity.account;
        let org = found.identity.org.as_ref().map(|org| org.id).ok_or(Refusal::NotFound("organization"))?;
        let now = self.now();
        let mut tx = self.store.begin().await?;
        if !tx.claim_account(from, asker.account, now).await? {
            tx.rollback().await?;
            let refusal = Refusal::Conflict("this work was claimed already".to_owned());
            return self.refuse(asker, Action::AnonymousClaimed, Some(org), refusal).await;
        }
        tx.hand_over_org(org, from).await?;
        tx.insert_member(org, asker.account, Role::Owner, now).await?;
        tx.hand_over_grants(from, asker.account).await?;
        let event = Event::done(Action::AnonymousClaimed, Actor::Account(asker.account)).app(&found.app);
        let event = event.account(asker.account).org(org).subject("account", from).from(&asker.origin);
        self.record(&mut tx, event.detail(json!({ "grant": found.grant.to_string() }))).await?;
        let membership = tx.membership(asker.account, Some(org), "").await?;
        tx.commit().await?;
        Ok(membership.ok_or(StoreError::Corrupt("an organization that was just claimed is missing"))?)
    }

    /// Ends anonymous work that nobody has claimed in time. Says how much there was.
    pub(crate) async fn end_unclaimed(&self) -> Result<u64, StoreError> {
        let now = self.now();
        let mut count = 0;
        for account in self.store.unclaimed_accounts(now).await? {
            let mut tx = self.store.begin().await?;
            if tx.end_account(account, now).await? {
                tx.revoke_grants_of(account, now).await?;
                let event = Event::done(Action::AnonymousExpired, Actor::Server).account(account);
                self.record(&mut tx, event.subject("account", account)).await?;
                count += 1;
            }
            tx.commit().await?;
        }
        Ok(count)
    }
}
