//! The beginning: a tool asks to be signed in.

use std::{fmt, time::Duration};

use doorkey_manifest::{Secret, code};

use super::{Way, hash};
use crate::{
    Domain,
    app::{App, LONGEST_SIGN_IN},
    asker::MANAGE_SCOPE,
    audit::{Action, Actor, Event, Origin},
    clock::Time,
    entropy::random_secret,
    id::SignInId,
    store::{NewSignInRow, StoreError},
};

/// How often a user code is drawn again when a living sign-in already has it.
const DRAWS: usize = 8;

/// What the tool will prove at the end.
#[derive(Clone, PartialEq, Eq)]
pub enum NewProof {
    /// That it holds the verifier of this challenge (RFC 7636, S256).
    Pkce {
        /// 43 characters of base64url.
        code_challenge: String,
    },
    /// That it holds the device code, which it gets in return.
    DeviceSecret,
    /// That it holds this state and the session code, which it gets in return.
    State {
        /// What the tool drew.
        state: Secret,
    },
}

impl fmt::Debug for NewProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pkce { .. } => "Pkce",
            Self::DeviceSecret => "DeviceSecret",
            Self::State { .. } => "State",
        })
    }
}

/// What a tool asks for.
#[derive(Debug, Clone)]
pub struct NewSignIn {
    /// The app's name.
    pub app: String,
    /// How it wants to sign in.
    pub way: Way,
    /// What it will prove at the end.
    pub proof: NewProof,
    /// Where the browser is sent at the end: with what was decided, or where the tool polls, with nothing. The edge has
    /// checked that it is the app's.
    pub redirect_uri: Option<String>,
    /// What the redirect brings back as it came.
    pub client_state: Option<String>,
    /// Whether the redirect brings the credential itself and no code, for a published tool that takes nothing else. The edge
    /// has checked that the app allows it.
    pub legacy: bool,
    /// What it wants to be allowed; nothing means what the app usually needs.
    pub scopes: Vec<String>,
    /// The organization that it wants to act for, by id or short name; the person decides.
    pub org: Option<String>,
    /// Where the request comes from.
    pub origin: Origin,
}

/// A sign-in that has begun.
#[derive(Debug, Clone)]
pub struct Started {
    /// Its name inside the server.
    pub sign_in: SignInId,
    /// Its name in the browser: `/approve/{approval_id}`. It doesn't poll.
    pub approval_id: String,
    /// What polls: the device code, which the session way calls session code. None for the loopback.
    pub device_code: Option<Secret>,
    /// What the person can type. Only for the device way.
    pub user_code: Option<String>,
    /// What terminal and page both show, so that the person can compare.
    pub comparison: Option<String>,
    /// Until when it can be decided.
    pub expires_at: Time,
    /// How long that is.
    pub expires_in: Duration,
    /// How often the tool may poll.
    pub interval: Duration,
}

/// Why a sign-in doesn't begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no such app.
    #[error("there is no app of this name")]
    UnknownApp,
    /// The app doesn't offer it.
    #[error("this app doesn't offer to sign in by {}", .0.as_str())]
    Way(Way),
    /// The challenge isn't one.
    #[error("the code challenge must be the 43 characters that S256 makes")]
    Challenge,
    /// The proof isn't one that this way can end with, or the redirect is missing.
    #[error("this way of signing in needs another proof")]
    Proof,
    /// The app has no such scope.
    #[error("this app has no scope `{0}`")]
    Scope(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Domain {
    /// Begins a sign-in.
    pub async fn start(&self, new: NewSignIn) -> Result<Started, StartError> {
        let app = self.apps.get(&new.app).ok_or(StartError::UnknownApp)?;
        refuse_unfit(app, &new)?;
        let scopes = if new.scopes.is_empty() { app.default_scopes.clone() } else { new.scopes.clone() };
        let now = self.now();
        let expires_in = app.sign_in_lifetime.min(LONGEST_SIGN_IN);
        for _ in 0..DRAWS {
            let id = SignInId::fresh(now, &*self.entropy);
            let device_code = (new.way != Way::Loopback).then(|| random_secret(&*self.entropy));
            let user_code = (new.way == Way::Device).then(|| self.keys.user_code(id));
            let comparison = comparison(new.way, &new.proof, device_code.as_ref());
            let row = NewSignInRow {
                id,
                code_challenge: match &new.proof {
                    NewProof::Pkce { code_challenge } => Some(code_challenge),
                    NewProof::DeviceSecret | NewProof::State { .. } => None,
                },
                state_hash: match &new.proof {
                    NewProof::State { state } => Some(hash(state)),
                    NewProof::Pkce { .. } | NewProof::DeviceSecret => None,
                },
                poll_hash: device_code.as_ref().map(hash),
                user_code_hash: user_code.as_ref().map(|c| self.keys.user_code_hash(c)),
                comparison: comparison.as_deref(),
                scopes: &scopes,
                expires_at: now.plus(expires_in),
            };
            if self.keep_new(&new, row, now).await? {
                return Ok(Started {
                    sign_in: id,
                    approval_id: self.keys.approval_id(id),
                    device_code,
                    comparison: comparison.or_else(|| user_code.clone()),
                    user_code,
                    expires_at: now.plus(expires_in),
                    expires_in,
                    interval: app.poll_interval,
                });
            }
        }
        Err(StartError::Store(StoreError::Busy))
    }

    /// Writes a new sign-in down. Not done when a living one has the same user code.
    async fn keep_new(&self, new: &NewSignIn, row: NewSignInRow<'_>, now: Time) -> Result<bool, StoreError> {
        let id = row.id;
        let mut tx = self.store.begin().await?;
        if !tx.insert_sign_in(new, row, now).await? {
            return Ok(false);
        }
        let event = Event::done(Action::SignInStarted, Actor::Client).app(&new.app).subject("sign_in", id);
        let detail = serde_json::json!({ "way": new.way.as_str(), "host_name": new.origin.host_name });
        self.record(&mut tx, event.from(&new.origin).detail(detail)).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// What both sides can compute without having agreed on a user code.
fn comparison(way: Way, proof: &NewProof, session_code: Option<&Secret>) -> Option<String> {
    match (proof, session_code) {
        (NewProof::Pkce { code_challenge }, _) => Some(code::comparison(code_challenge)),
        (NewProof::DeviceSecret, _) if way == Way::Device => None,
        (_, Some(session_code)) => Some(code::comparison(session_code.expose())),
        (NewProof::State { state }, None) => Some(code::comparison(state.expose())),
        (NewProof::DeviceSecret, None) => None,
    }
}

fn refuse_unfit(app: &App, new: &NewSignIn) -> Result<(), StartError> {
    if !app.ways.contains(&new.way) {
        return Err(StartError::Way(new.way));
    }
    let fits = match (&new.proof, new.way) {
        (NewProof::Pkce { .. } | NewProof::State { .. }, Way::Loopback) => new.redirect_uri.is_some(),
        (NewProof::DeviceSecret, Way::Device | Way::Session) | (NewProof::State { .. }, Way::Session) => true,
        _ => false,
    };
    if !fits {
        return Err(StartError::Proof);
    }
    if let NewProof::Pkce { code_challenge } = &new.proof
        && !is_s256(code_challenge)
    {
        return Err(StartError::Challenge);
    }
    match new.scopes.iter().find(|s| *s != MANAGE_SCOPE && !app.scopes.contains(s)) {
        Some(unknown) => Err(StartError::Scope(unknown.clone())),
        None => Ok(()),
    }
}

/// Whether a text can be what S256 makes: 32 bytes in base64url without padding.
fn is_s256(challenge: &str) -> bool {
    challenge.len() == 43 && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
