//! Is this token good, whose is it, and what may it do?

use doorkey_manifest::Secret;

use super::{Identity, TokenKind};
use crate::{
    Domain,
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
    /// Whose it is.
    pub identity: Identity,
    /// What it allows.
    pub scopes: Vec<String>,
    /// When it was issued.
    pub issued_at: Time,
    /// Until when it is good; without it, until it is revoked.
    pub expires_at: Option<Time>,
}

impl Domain {
    /// What a token that came with a request stands for; none when it isn't good. A refresh token never is: it buys
    /// tokens and nothing else. One look-up, and none for a token that can't be one of ours.
    pub async fn verify(&self, token: &Secret) -> Result<Option<Verified>, StoreError> {
        Ok(self.introspect(token).await?.filter(|v| v.kind != TokenKind::Refresh))
    }

    /// What any token stands for, refresh tokens included; none when it isn't good (RFC 7662).
    pub async fn introspect(&self, token: &Secret) -> Result<Option<Verified>, StoreError> {
        let Some((app, kind)) = self.apps.recognize(token.expose()) else { return Ok(None) };
        let Some(row) = self.store.token(hash(token)).await? else { return Ok(None) };
        let good = row.is_good(self.now()) && row.app == app.name && row.kind == kind;
        Ok(good.then_some(Verified {
            app: row.app,
            kind,
            grant: row.grant,
            identity: row.identity,
            scopes: row.scopes,
            issued_at: row.created_at,
            expires_at: row.expires_at,
        }))
    }
}

impl TokenRow {
    /// Whether it is neither revoked, nor exchanged for its successor, nor expired, and its family neither.
    pub(super) fn is_good(&self, now: Time) -> bool {
        let passed = |at: Option<Time>| at.is_some_and(|at| at <= now);
        !self.revoked
            && self.rotated_at.is_none()
            && !passed(self.expires_at)
            && !passed(self.grant_expires_at)
    }
}
