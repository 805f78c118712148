//! Ending tokens before their time (RFC 7009).

use doorkey_manifest::Secret;

use super::{TokenKind, refresh::event_of};
use crate::{
    Domain,
    audit::{Action, Actor, Event, Origin},
    sign_in::hash,
    store::StoreError,
};

/// Why a token wasn't revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// It was issued to another app.
    #[error("this token was issued to another app")]
    OtherApp,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Domain {
    /// Ends a token of `app`'s. A refresh token ends with all that came of the same sign-in, any other only itself.
    /// A token that isn't known, or has ended, is no error.
    pub async fn revoke(&self, app: &str, token: &Secret, origin: &Origin) -> Result<(), RevokeError> {
        let candidates = self.apps.recognize(token.expose());
        if candidates.is_empty() {
            return Ok(());
        }
        if !candidates.iter().any(|known| known.app.name == app) {
            return Err(RevokeError::OtherApp);
        }
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let Some(row) = tx.token(hash(token)).await? else {
            tx.rollback().await?;
            return Ok(());
        };
        if row.app != app {
            tx.rollback().await?;
            return Err(RevokeError::OtherApp);
        }
        let (ended, action) = if row.kind == TokenKind::Refresh {
            (tx.revoke_grant(row.grant, now).await?, Action::GrantRevoked)
        } else {
            (tx.revoke_token(hash(token), now).await?, Action::TokenRevoked)
        };
        if ended {
            let event = event_of(Event::done(action, Actor::Client), &row);
            let detail = serde_json::json!({ "kind": row.kind.as_str(), "last_four": row.last_four });
            self.record(&mut tx, event.from(origin).detail(detail)).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
