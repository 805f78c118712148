//! Making tokens.

use std::sync::Arc;

use doorkey_manifest::Secret;

use super::{Identity, IssuedTokens, TokenKind};
use crate::{
    Domain,
    app::App,
    asker::{MANAGE_LIFETIME, MANAGE_SCOPE},
    audit::{Action, Actor, Event, Origin},
    clock::Time,
    id::GrantId,
    sign_in::hash,
    store::{NewGrantRow, NewTokenRow, SignInRow, StoreError, Tx},
};

/// How many characters after its prefix a token may show.
const SHOWN: usize = 4;

/// What of a token may be shown again: what it begins with and its last four characters. What lies between is more
/// than anybody can guess.
pub(crate) fn shown<'a>(token: &'a Secret, prefix: &str) -> (&'a str, &'a str) {
    let text = token.expose();
    let start = text.get(..prefix.len() + SHOWN).unwrap_or_default();
    (start, text.get(text.len().saturating_sub(SHOWN)..).unwrap_or_default())
}

/// What a key is called that nobody has called anything.
pub(super) fn key_name(now: Time) -> String {
    format!("cli-{}", now.timestamp().strftime("%Y-%m-%d"))
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
        // Who may make tokens may do so for a few minutes, and not again without the person.
        let manages = row.scopes.iter().any(|scope| scope == MANAGE_SCOPE);
        let refresh = app.refresh.as_ref().filter(|_| !manages);
        let expires_at = match refresh {
            _ if manages => Some(now.plus(MANAGE_LIFETIME)),
            Some(rules) => Some(now.plus(rules.lifetime)),
            None => None,
        };
        // Among its organization's keys it needs a name; a machine that said its own gives it that.
        let is_key = app.credential.kind == TokenKind::ApiKey;
        let name = (is_key && row.host_name.is_none()).then(|| key_name(now));
        tx.insert_grant(NewGrantRow {
            id: grant,
            sign_in: Some(row.id),
            app: &row.app,
            account,
            org: row.org,
            scopes: &row.scopes,
            host_name: row.host_name.as_deref(),
            name: name.as_deref(),
            expires_at,
            now,
        })
        .await?;
        let identity = tx
            .identity(account, row.org)
            .await?
            .ok_or(StoreError::Corrupt("a sign-in without its account"))?;
        let draw = |bytes: &mut [u8]| self.entropy.fill(bytes);
        let access_token = app.credential.format.from_entropy(draw);
        let refresh_token = refresh.map(|rules| rules.format.from_entropy(draw));
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
        let expires_at = match family.app.credential.lifetime {
            Some(lifetime) => Some(within(now.plus(lifetime))),
            None => family.expires_at,
        };
        let (start, last_four) = shown(&access_token, family.app.credential.format.prefix());
        tx.insert_token(NewTokenRow {
            hash: hash(&access_token),
            grant: family.grant,
            kind: family.app.credential.kind,
            start,
            last_four,
            scopes,
            expires_at,
            now,
        })
        .await?;
        let mut refresh_expires_at = None;
        if let (Some(token), Some(rules)) = (&refresh_token, &family.app.refresh) {
            refresh_expires_at = Some(within(now.plus(rules.idle)));
            let (start, last_four) = shown(token, rules.format.prefix());
            tx.insert_token(NewTokenRow {
                hash: hash(token),
                grant: family.grant,
                kind: TokenKind::Refresh,
                start,
                last_four,
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
            session_expires_at: family.expires_at,
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
