//! Personal access tokens and keys: what somebody made on purpose. Each is a family like any other, whose one good token
//! may be replaced by a successor; for a time that its owner chooses, both work.

use std::time::Duration;

use serde_json::json;

use super::{Holder, TokenKind};
use crate::{
    Domain,
    asker::{Asker, Refusal},
    audit::{Action, Actor, Event},
    clock::Time,
    id::{AccountId, GrantId},
    network::Network,
    org::{Membership, Org, Role},
    store::StoreError,
};

/// A token that somebody made on purpose, as its owner sees it. The secret isn't in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongLived {
    /// Its name for programs. It stays the same when the token is replaced.
    pub id: GrantId,
    /// The app it is for.
    pub app: String,
    /// A personal access token or a key.
    pub kind: TokenKind,
    /// Whether a sign-in gave it, as some apps do it.
    pub from_sign_in: bool,
    /// What its maker called it.
    pub name: String,
    /// Which of the app's kinds of keys it is, such as `live` or `test`.
    pub key_kind: Option<String>,
    /// What it begins with, as far as it may be shown.
    pub start: String,
    /// Its last four characters.
    pub last_four: String,
    /// What it allows.
    pub scopes: Vec<String>,
    /// The organization that it acts for.
    pub org: Option<Org>,
    /// Whose it is.
    pub kept_by: KeptBy,
    /// When the first of its line was made.
    pub created_at: Time,
    /// Who made it.
    pub created_by: Option<(AccountId, String)>,
    /// When the present one was made.
    pub issued_at: Time,
    /// Until when it is good; without it, until it is revoked.
    pub expires_at: Option<Time>,
    /// What it was last used for, to about ten seconds.
    pub last_used: Option<Use>,
    /// Whether it works.
    pub status: Status,
    /// Until when the one that was replaced still works.
    pub overlap_ends_at: Option<Time>,
    /// How many requests a minute it may make.
    pub rate_limit: Option<u32>,
    /// From where it may be used; from anywhere if there is none.
    pub allow: Vec<Network>,
}

impl LongLived {
    /// Whether a member sees this key of an organization: what acts for somebody else is shown to admins, who may end it,
    /// and what a sign-in gave to nobody else at all.
    fn is_shown_to(&self, asker: &Asker, membership: &Membership) -> bool {
        self.kept_by.account == asker.account
            || !(self.from_sign_in
                || (self.kept_by.holder == Holder::Person && membership.role < Role::Admin))
    }
}

/// Whose a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptBy {
    /// The account.
    pub account: AccountId,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub holder: Holder,
}

/// When, from where and by what something was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// When.
    pub at: Time,
    /// From which address.
    pub address: String,
    /// By which program.
    pub agent: Option<String>,
}

/// Whether a token works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It does.
    Active,
    /// Its time ran out.
    Expired,
    /// It was ended.
    Revoked,
}

impl Status {
    /// Its name in JSON and on pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// How long something shall live.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Lifetime {
    /// As long as is usual.
    #[default]
    Usual,
    /// Until it is revoked.
    Unending,
    /// This long.
    For(Duration),
}

impl Domain {
    /// The personal access tokens of the asker, the newest first.
    pub async fn personal_tokens(&self, asker: &Asker) -> Result<Vec<LongLived>, Refusal> {
        Ok(self.store.personal_tokens(asker.account, self.now()).await?)
    }

    /// The keys of an organization, the newest first; with them those that the asker's own sign-ins gave.
    pub async fn keys(&self, asker: &Asker, org: &str) -> Result<Vec<LongLived>, Refusal> {
        let membership = self.membership(asker, org).await?;
        let mut all = self.store.keys(membership.org.id, asker.account, self.now()).await?;
        all.retain(|key| key.is_shown_to(asker, &membership));
        Ok(all)
    }

    /// The keys of one app, as its own commands list them: an organization's, or where keys act for people, the asker's own.
    /// What a command prunes is this list.
    pub async fn keys_of_app(&self, asker: &Asker, org: &str, app: &str) -> Result<Vec<LongLived>, Refusal> {
        let own = self.apps.get(app).is_some_and(|app| app.keys_of_people);
        let mut all = self.keys(asker, org).await?;
        all.retain(|key| key.app == app && (!own || key.kept_by.account == asker.account));
        Ok(all)
    }

    /// One of the asker's personal access tokens, to look at.
    pub async fn personal_token(&self, asker: &Asker, id: GrantId) -> Result<LongLived, Refusal> {
        self.own_token(asker, id, Action::OrgRead).await
    }

    /// One of the keys of an organization that the asker belongs to, to look at.
    pub async fn key(
        &self,
        asker: &Asker,
        membership: &Membership,
        id: GrantId,
    ) -> Result<LongLived, Refusal> {
        self.org_key(asker, membership, id, Action::OrgRead).await
    }

    /// One of the asker's personal access tokens. `action` is what was wanted with it, for the trail.
    pub(super) async fn own_token(
        &self,
        asker: &Asker,
        id: GrantId,
        action: Action,
    ) -> Result<LongLived, Refusal> {
        let found = self.store.long_lived(id, self.now()).await?;
        let own = |token: &LongLived| {
            token.kind == TokenKind::Personal && !token.from_sign_in && token.kept_by.account == asker.account
        };
        match found.filter(own) {
            Some(token) => Ok(token),
            None => self.refuse(asker, action, None, Refusal::NotFound("token")).await,
        }
    }

    /// One of the keys of an organization that the asker belongs to.
    pub(super) async fn org_key(
        &self,
        asker: &Asker,
        membership: &Membership,
        id: GrantId,
        action: Action,
    ) -> Result<LongLived, Refusal> {
        let org = membership.org.id;
        let found = self.store.long_lived(id, self.now()).await?;
        let its = |key: &LongLived| {
            key.kind == TokenKind::ApiKey
                && key.org.as_ref().is_some_and(|own| own.id == org)
                && key.is_shown_to(asker, membership)
        };
        match found.filter(its) {
            Some(key) => Ok(key),
            None => self.refuse(asker, action, Some(org), Refusal::NotFound("key")).await,
        }
    }

    /// Ends one of the asker's personal access tokens, with what it replaced, at once and for good.
    pub async fn revoke_personal_token(&self, asker: &Asker, id: GrantId) -> Result<(), Refusal> {
        let token = self.own_token(asker, id, Action::TokenRevoked).await?;
        Ok(self.end_long_lived(asker, &token, Action::TokenRevoked).await?)
    }

    /// Ends one of an organization's keys, with what it replaced, at once and for good. It takes an admin, or the one whose
    /// sign-in gave it.
    pub async fn revoke_key(&self, asker: &Asker, org: &str, id: GrantId) -> Result<(), Refusal> {
        let membership = self.membership(asker, org).await?;
        let key = self.org_key(asker, &membership, id, Action::KeyRevoked).await?;
        if key.kept_by.account != asker.account && membership.role < Role::Admin {
            let org = Some(membership.org.id);
            return self.refuse(asker, Action::KeyRevoked, org, Refusal::Role(Role::Admin)).await;
        }
        Ok(self.end_long_lived(asker, &key, Action::KeyRevoked).await?)
    }

    async fn end_long_lived(
        &self,
        asker: &Asker,
        token: &LongLived,
        action: Action,
    ) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        if !tx.revoke_grant(token.id, self.now()).await? {
            return tx.rollback().await;
        }
        let event = Event::done(action, Actor::Account(asker.account)).app(&token.app).account(asker.account);
        let event = event.org(token.org.as_ref().map(|org| org.id)).subject("grant", token.id);
        let detail = json!({ "name": token.name, "last_four": token.last_four });
        self.record(&mut tx, event.from(&asker.origin).detail(detail)).await?;
        tx.commit().await
    }
}
