//! An authorization code is exchanged for tokens (RFC 6749, section 4.1.3; RFC 7636, section 4.6).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorkey_manifest::Secret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{State, hash};
use crate::{
    Domain,
    audit::{Action, Actor, Event, Origin},
    store::{SignInRow, StoreError, Tx},
    token::IssuedTokens,
};

/// What a tool shows for its tokens.
#[derive(Debug, Clone)]
pub struct RedeemCode<'a> {
    /// The app that the tool says it is.
    pub app: &'a str,
    /// What the redirect brought.
    pub code: &'a Secret,
    /// The verifier of the challenge that it began with.
    pub code_verifier: Option<&'a Secret>,
    /// The state that it began with, for apps whose proof that is.
    pub state: Option<&'a Secret>,
    /// The redirect that it began with. It needn't be repeated (OAuth 2.1, section 10.2).
    pub redirect_uri: Option<&'a str>,
}

/// Why there are no tokens for it.
#[derive(Debug, thiserror::Error)]
pub enum RedeemError {
    /// `invalid_grant`: the code is unknown, expired, used, or belongs to another app, redirect or proof.
    #[error(
        "the code isn't good: it is unknown, expired or used, or it was given for another app, redirect or verifier"
    )]
    Invalid,
    /// `invalid_request`: the verifier is missing, malformed, or was sent where no challenge had been.
    #[error(
        "the code verifier must be 43 to 128 unreserved characters, and is needed exactly when there was a code challenge"
    )]
    Verifier,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Domain {
    /// Exchanges a code, once. A second exchange that would also have been right ends what the first gave: one of the
    /// two isn't the tool (RFC 6749, section 4.1.2). A wrong verifier changes nothing.
    pub async fn redeem_code(
        &self,
        redeem: RedeemCode<'_>,
        origin: &Origin,
    ) -> Result<IssuedTokens, RedeemError> {
        if let Some(verifier) = redeem.code_verifier
            && !is_verifier(verifier.expose())
        {
            return Err(RedeemError::Verifier);
        }
        let row = self.store.sign_in_by_code(hash(redeem.code)).await?.ok_or(RedeemError::Invalid)?;
        // What is compared here never changes after the start; only the state does, and that is the statement's business.
        proves(&row, &redeem)?;
        let mut tx = self.store.begin().await?;
        if tx.redeem_sign_in(row.id, self.now()).await? {
            let tokens = self.give(&mut tx, &row, origin).await?;
            tx.commit().await?;
            return Ok(tokens);
        }
        match tx.sign_in_state(row.id).await? {
            Some(State::Redeemed) => self.revoke_reused(tx, &row, origin).await?,
            Some(State::Approved) => {
                tx.rollback().await?;
                self.expire(row.id).await?;
            }
            _ => tx.rollback().await?,
        }
        Err(RedeemError::Invalid)
    }

    /// Ends all that the first exchange gave.
    async fn revoke_reused(&self, mut tx: Tx, row: &SignInRow, origin: &Origin) -> Result<(), StoreError> {
        let Some(grant) = tx.revoke_grant_of_sign_in(row.id, self.now()).await? else {
            return tx.rollback().await;
        };
        let event =
            Event::refused(Action::CodeReused, Actor::Client).app(&row.app).account(row.account).org(row.org);
        self.record(&mut tx, event.subject("sign_in", row.id).from(origin)).await?;
        let event =
            Event::done(Action::GrantRevoked, Actor::Server).app(&row.app).account(row.account).org(row.org);
        self.record(&mut tx, event.subject("grant", grant).from(origin)).await?;
        tx.commit().await
    }
}

/// Whether the one who redeems is the one who began, as far as can be seen without the state of the sign-in.
fn proves(row: &SignInRow, redeem: &RedeemCode<'_>) -> Result<(), RedeemError> {
    if row.app != redeem.app {
        return Err(RedeemError::Invalid);
    }
    if redeem.redirect_uri.is_some_and(|given| row.redirect_uri.as_deref() != Some(given)) {
        return Err(RedeemError::Invalid);
    }
    match (&row.code_challenge, redeem.code_verifier) {
        (Some(challenge), Some(verifier)) => {
            let computed = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose().as_bytes()));
            if !bool::from(computed.as_bytes().ct_eq(challenge.as_bytes())) {
                return Err(RedeemError::Invalid);
            }
        }
        (None, None) => {}
        _ => return Err(RedeemError::Verifier),
    }
    match (&row.state_hash, redeem.state) {
        (Some(stored), Some(state)) if bool::from(hash(state)[..].ct_eq(stored)) => Ok(()),
        (None, None) => Ok(()),
        _ => Err(RedeemError::Invalid),
    }
}

/// Whether a text can be a verifier (RFC 7636, section 4.1).
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}
