//! A refresh token is exchanged for its successors (RFC 6749, section 6; RFC 9700, section 4.14).
//!
//! Both successors follow from the presented token under the server's key, so they can be given again without having
//! been kept: a tool that lost the answer, or that refreshes in a hundred processes at once, gets the same one as long
//! as the successor hasn't been used, for a short grace. Afterwards it is a stolen token, and the family ends.

use std::sync::Arc;

use doorkey_manifest::Secret;

use super::{IssuedTokens, REFRESH_GRACE, TokenKind, issue::Family};
use crate::{
    Domain,
    app::{App, Candidate, RefreshRules},
    audit::{Action, Actor, Event, Origin},
    sign_in::hash,
    store::{StoreError, TokenRow, Tx},
};

/// What a tool shows to be refreshed.
#[derive(Debug, Clone)]
pub struct Refresh<'a> {
    /// The app that the tool says it is.
    pub app: &'a str,
    /// The refresh token that it got last.
    pub refresh_token: &'a Secret,
    /// What the new access token shall allow, if less than the person did. The refresh token keeps what it had.
    pub scopes: Option<&'a [String]>,
}

/// Why there are no new tokens.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// `invalid_grant`: the token is unknown, expired, revoked, used, or another app's.
    #[error("the refresh token isn't good any more; sign in again")]
    Invalid,
    /// `invalid_scope`: it asks for more than was allowed.
    #[error("the person didn't allow `{0}`")]
    Scope(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Domain {
    /// Exchanges a refresh token for the next one and an access token.
    pub async fn refresh(&self, refresh: Refresh<'_>, origin: &Origin) -> Result<IssuedTokens, RefreshError> {
        let candidates = self.apps.recognize(refresh.refresh_token.expose());
        let own = |known: &&Candidate| known.kind == TokenKind::Refresh && known.app.name == refresh.app;
        let app = candidates.iter().find(own).map(|known| Arc::clone(&known.app));
        let app = app.ok_or(RefreshError::Invalid)?;
        let Some(rules) = &app.refresh else { return Err(RefreshError::Invalid) };
        let successors = Successors::of(self, &app, rules, refresh.refresh_token);
        let presented = hash(refresh.refresh_token);
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let won = tx.rotate_token(presented, now).await?;
        let Some(row) = tx.token(presented).await?.filter(|row| row.app == app.name) else {
            tx.rollback().await?;
            return Err(RefreshError::Invalid);
        };
        if !won {
            return self.again(tx, &row, successors, origin).await;
        }
        let asked = refresh.scopes.unwrap_or_default();
        if let Some(more) = asked.iter().find(|s| !row.scopes.contains(s)) {
            // The token isn't spent on a question that can't be answered.
            tx.rollback().await?;
            return Err(RefreshError::Scope(more.clone()));
        }
        let scopes = if asked.is_empty() { row.scopes.clone() } else { asked.to_vec() };
        let family =
            Family { app: &app, grant: row.grant, expires_at: row.grant_expires_at, scopes: &row.scopes };
        let Successors { access, refresh: next } = successors;
        let issued = self.keep(&mut tx, &family, &scopes, row.identity.clone(), access, Some(next)).await?;
        let event = event_of(Event::done(Action::TokenRefreshed, Actor::Client), &row);
        self.record(&mut tx, event.from(origin)).await?;
        tx.commit().await?;
        Ok(issued)
    }

    /// The token was exchanged before, or isn't good: the same answer, none, or the end of the family.
    async fn again(
        &self,
        mut tx: Tx,
        row: &TokenRow,
        successors: Successors,
        origin: &Origin,
    ) -> Result<IssuedTokens, RefreshError> {
        let now = self.now();
        let Some(rotated_at) = row.rotated_at.filter(|_| !row.revoked) else {
            tx.rollback().await?;
            return Err(RefreshError::Invalid);
        };
        let next = tx.token(hash(&successors.refresh)).await?;
        let access = tx.token(hash(&successors.access)).await?;
        if let (Some(next), Some(access)) = (next, access)
            && now < rotated_at.plus(REFRESH_GRACE)
            && next.rotated_at.is_none()
        {
            tx.rollback().await?;
            return if next.standing(now).is_ok() {
                Ok(IssuedTokens {
                    app: row.app.clone(),
                    grant: row.grant,
                    identity: row.identity.clone(),
                    scopes: access.scopes,
                    kind: access.kind,
                    access_token: successors.access,
                    issued_at: access.created_at,
                    expires_at: access.expires_at,
                    refresh_token: Some(successors.refresh),
                    refresh_expires_at: next.expires_at,
                    session_expires_at: row.grant_expires_at,
                })
            } else {
                Err(RefreshError::Invalid)
            };
        }
        if tx.revoke_grant(row.grant, now).await? {
            let event = event_of(Event::refused(Action::TokenReused, Actor::Client), row);
            self.record(&mut tx, event.from(origin)).await?;
            let event = event_of(Event::done(Action::GrantRevoked, Actor::Server), row);
            self.record(&mut tx, event.from(origin)).await?;
        }
        tx.commit().await?;
        Err(RefreshError::Invalid)
    }
}

/// An event that concerns this token's family.
pub(super) fn event_of(event: Event, row: &TokenRow) -> Event {
    let org = row.identity.org.as_ref().map(|o| o.id);
    event.app(&row.app).account(row.identity.account).org(org).subject("grant", row.grant)
}

/// What follows from a refresh token.
struct Successors {
    access: Secret,
    refresh: Secret,
}

impl Successors {
    fn of(domain: &Domain, app: &App, rules: &RefreshRules, presented: &Secret) -> Self {
        let mut access = domain.keys.successor(presented.expose(), "access");
        let mut refresh = domain.keys.successor(presented.expose(), "refresh");
        Self {
            access: app.credential.format.from_entropy(|bytes| access.fill(bytes)),
            refresh: rules.format.from_entropy(|bytes| refresh.fill(bytes)),
        }
    }
}
