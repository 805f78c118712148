//! Making tokens.

use std::sync::Arc;

use doorkey_manifest::Secret;

use super::{Identity, IssuedTokens, TokenKind};
use crate::{
    Domain,
    app::App,
    audit::{Action, Actor, Event, Origin},
    clock::Time,
    id::GrantId,
    sign_in::hash,
    store::{NewGrantRow, NewTokenRow, SignInRow, StoreError, Tx},
};

/// The characters of a token that may be shown again.
fn last_four(token: &Secret) -> &str {
    let text = token.expose();
    text.get(text.len().saturating_sub(4)..).unwrap_or_default()
}

impl Domain {
    /// Gives a sign-in, which was just redeemed in this transaction, its tokens.
    pub(crate) async fn give(
        &self,
        tx: &mut Tx,
        row: &SignInRow,
        origin: &Origin,
    ) -> Result<IssuedTokens, StoreError> {
        let app = Arc::clone(
            self.apps.get(&row.app).ok_or(StoreError::Corrupt("a sign-in of an app that isn't served"))?,
        );
        let account = row.account.ok_or(StoreError::Corrupt("an approved sign-in without an account"))?;
        let now = self.now();
        let grant = GrantId::fresh(now, &*self.entropy);
        let expires_at = app.refresh.as_ref().map(|r| now.plus(r.lifetime));
        tx.insert_grant(NewGrantRow { id: grant, sign_in: row, account, expires_at, now }).await?;
        let identity = tx
            .identity(account, row.org)
            .await?
            .ok_or(StoreError::Corrupt("a sign-in without its account"))?;
        let draw = |bytes: &mut [u8]| self.entropy.fill(bytes);
        let access_token = app.credential.format.from_entropy(draw);
        let refresh_token = app.refresh.as_ref().map(|r| r.format.from_entropy(draw));
        let family = Family { app: &app, grant, expires_at, scopes: &row.scopes };
        let issued = self.keep(tx, &family, &row.scopes, identity, access_token, refresh_token).await?;
        let event =
            Event::done(Action::SignInRedeemed, Actor::Client).app(&app.name).account(account).org(row.org);
        let detail = serde_json::json!({ "grant": grant.to_string(), "scopes": row.scopes });
        self.record(tx, event.subject("sign_in", row.id).from(origin).detail(detail)).await?;
        Ok(issued)
    }

    /// Keeps the hashes of new tokens of a family.
    pub(super) async fn keep(
        &self,
        tx: &mut Tx,
        family: &Family<'_>,
        scopes: &[String],
        identity: Identity,
        access_token: Secret,
        refresh_token: Option<Secret>,
    ) -> Result<IssuedTokens, StoreError> {
        let now = self.now();
        let within = |at: Time| family.expires_at.map_or(at, |end| at.min(end));
        let expires_at = family.app.credential.lifetime.map(|l| within(now.plus(l)));
        tx.insert_token(NewTokenRow {
            hash: hash(&access_token),
            grant: family.grant,
            kind: family.app.credential.kind,
            last_four: last_four(&access_token),
            scopes,
            expires_at,
            now,
        })
        .await?;
        let mut refresh_expires_at = None;
        if let (Some(token), Some(rules)) = (&refresh_token, &family.app.refresh) {
            refresh_expires_at = Some(within(now.plus(rules.idle)));
            tx.insert_token(NewTokenRow {
                hash: hash(token),
                grant: family.grant,
                kind: TokenKind::Refresh,
                last_four: last_four(token),
                scopes: family.scopes,
                expires_at: refresh_expires_at,
                now,
            })
            .await?;
        }
        Ok(IssuedTokens {
            app: family.app.name.clone(),
            grant: family.grant,
            identity,
            scopes: scopes.to_vec(),
            kind: family.app.credential.kind,
            access_token,
            issued_at: now,
            expires_at,
            refresh_token,
            refresh_expires_at,
        })
    }
}

/// What all tokens of one grant have in common.
pub(super) struct Family<'a> {
    pub app: &'a App,
    pub grant: GrantId,
    /// When all of it ends.
    pub expires_at: Option<Time>,
    /// What the person allowed.
    pub scopes: &'a [String],
}
