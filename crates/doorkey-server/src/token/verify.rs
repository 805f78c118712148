//! Is this token good, whose is it, and what may it do?

use std::sync::Arc;

use doorkey_manifest::Secret;

use super::{Holder, Identity, TokenKind};
use crate::{
    Domain,
    asker::{Asker, MANAGE_SCOPE},
    audit::Origin,
    clock::Time,
    id::GrantId,
    sign_in::hash,
    store::{StoreError, TokenRow},
};

/// A token that is good now.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The app it was issued to.
    pub app: String,
    /// Its kind.
    pub kind: TokenKind,
    /// The family it belongs to.
    pub grant: GrantId,
    /// Whether a person's sign-in gave it, rather than a page where tokens are made.
    pub from_sign_in: bool,
    /// Whose it is.
    pub identity: Identity,
    /// The plan of the organization that it acts for.
    pub plan: Option<String>,
    /// What it allows.
    pub scopes: Vec<String>,
    /// When it was issued.
    pub issued_at: Time,
    /// Until when it is good; without it, until it is revoked.
    pub expires_at: Option<Time>,
}

impl Verified {
    /// Whether it is a key that acts for the person who made it.
    pub fn is_own_key(&self) -> bool {
        self.kind == TokenKind::ApiKey && self.identity.holder == Holder::Person
    }

    /// Whoever sent this token, as one who asks for something.
    pub fn asker(&self, origin: Origin) -> Asker {
        Asker {
            account: self.identity.account,
            manages: self.scopes.iter().any(|scope| scope == MANAGE_SCOPE),
            grant: Some(self.grant),
            session: None,
            origin,
        }
    }
}

/// Why a token isn't good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotGood {
    /// It was never issued here, or long ago.
    #[error("the token was never issued here")]
    Unknown,
    /// It was ended, by itself or with its family.
    #[error("the token was revoked")]
    Revoked,
    /// Its time ran out.
    #[error("the token has expired")]
    Expired,
}

impl NotGood {
    /// Its name for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

impl Domain {
    /// What a token that came with a request stands for; none when it isn't good. A refresh token never is: it buys
    /// tokens and nothing else. One look-up, and none for a token that can't be one of ours.
    pub async fn verify(&self, token: &Secret) -> Result<Option<Verified>, StoreError> {
        Ok(self.introspect(token).await?.filter(|v| v.kind != TokenKind::Refresh))
    }

    /// What any token stands for, refresh tokens included; none when it isn't good (RFC 7662).
    pub async fn introspect(&self, token: &Secret) -> Result<Option<Verified>, StoreError> {
        Ok(self.look_up(token).await?.ok().map(|row| row.verified()))
    }

    /// The row of a token that is good, or why it isn't.
    pub(super) async fn look_up(&self, token: &Secret) -> Result<Result<Arc<TokenRow>, NotGood>, StoreError> {
        let candidates = self.apps.recognize(token.expose());
        if candidates.is_empty() {
            return Ok(Err(NotGood::Unknown));
        }
        let now = self.now();
        let Some(row) = self.store.token(hash(token), now).await? else { return Ok(Err(NotGood::Unknown)) };
        if !candidates.iter().any(|known| known.app.name == row.app && known.kind == row.kind) {
            return Ok(Err(NotGood::Unknown));
        }
        Ok(match row.standing(now) {
            Ok(()) => Ok(row),
            Err(why) => Err(why),
        })
    }
}

impl TokenRow {
    /// Whether it is good, and if not, why: it or its family was revoked, it was exchanged for its successor, or its
    /// time or its family's ran out.
    pub(super) fn standing(&self, now: Time) -> Result<(), NotGood> {
        let passed = |at: Option<Time>| at.is_some_and(|at| at <= now);
        if self.revoked || self.rotated_at.is_some() {
            return Err(NotGood::Revoked);
        }
        if passed(self.expires_at) || passed(self.grant_expires_at) {
            return Err(NotGood::Expired);
        }
        Ok(())
    }

    pub(super) fn verified(&self) -> Verified {
        Verified {
            app: self.app.clone(),
            kind: self.kind,
            grant: self.grant,
            from_sign_in: self.from_sign_in,
            identity: self.identity.clone(),
            plan: self.plan.clone(),
            scopes: self.scopes.clone(),
            issued_at: self.created_at,
            expires_at: [self.expires_at, self.grant_expires_at].into_iter().flatten().min(),
        }
    }
}
