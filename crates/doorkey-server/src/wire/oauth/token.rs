//! The token endpoint (RFC 6749, section 3.2): codes, device codes and refresh tokens are exchanged for tokens.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{Request, State},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use doorkey_manifest::Secret;
use serde_json::{Map, Value};

use super::{OauthError, client};
use crate::{
    products::Product,
    service::Service,
    sign_in::{Poll, PollProof, RedeemCode, RedeemError},
    store::StoreError,
    token::{IssuedTokens, Refresh, RefreshError},
    wire::{
        held, origin,
        parameters::Parameters,
        poll::{self, Asking},
    },
};

const AUTHORIZATION_CODE: &str = "authorization_code";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const REFRESH_TOKEN: &str = "refresh_token";

/// All grants that there are.
pub const GRANTS: &[&str] = &[AUTHORIZATION_CODE, DEVICE_CODE, REFRESH_TOKEN];

pub async fn post(State(service): State<Arc<Service>>, request: Request) -> Result<Response, OauthError> {
    let (parts, parameters) = client::read_form(request).await?;
    let grant_type = required(&parameters, "grant_type")?;
    if !GRANTS.contains(&grant_type) {
        return Err(OauthError::UnsupportedGrantType);
    }
    let product = Arc::clone(client::client(&service, &parts.headers, &parameters)?);
    match grant_type {
        AUTHORIZATION_CODE => authorization_code(&service, &product, &parts, &parameters).await,
        DEVICE_CODE => device_code(service, product, &parts, &parameters).await,
        _ => refresh_token(&service, &product, &parts, &parameters).await,
    }
}

fn required<'a>(parameters: &'a Parameters, name: &str) -> Result<&'a str, OauthError> {
    parameters
        .get(name)
        .ok_or_else(|| OauthError::invalid_request(format!("the parameter `{name}` is missing")))
}

async fn authorization_code(
    service: &Service,
    product: &Product,
    parts: &Parts,
    parameters: &Parameters,
) -> Result<Response, OauthError> {
    let code = Secret::from(required(parameters, "code")?);
    let code_verifier = parameters.get("code_verifier").map(Secret::from);
    let redeem = RedeemCode {
        app: product.name(),
        code: &code,
        code_verifier: code_verifier.as_ref(),
        state: None,
        redirect_uri: parameters.get("redirect_uri"),
    };
    match service.domain.redeem_code(redeem, &origin::of(service, parts)).await {
        Ok(tokens) => Ok(answer(&tokens)),
        Err(error @ RedeemError::Invalid) => Err(OauthError::InvalidGrant(error.to_string())),
        Err(error @ RedeemError::Verifier) => Err(OauthError::invalid_request(error.to_string())),
        Err(RedeemError::Store(error)) => Err(error.into()),
    }
}

async fn device_code(
    service: Arc<Service>,
    product: Arc<Product>,
    parts: &Parts,
    parameters: &Parameters,
) -> Result<Response, OauthError> {
    let proof = PollProof::DeviceSecret { device_code: Secret::from(required(parameters, "device_code")?) };
    let patience = held::patience(&parts.headers, product.app().poll_interval.max(Duration::from_secs(1)));
    let asking = Asking { product, proof, origin: origin::of(&service, parts) };
    Ok(poll::poll(service, asking, patience, polled).await)
}

/// What a poll found, in the words of RFC 8628, section 3.5.
fn polled(_: &Service, _: &Product, found: Result<Poll, StoreError>) -> Response {
    let error = match found {
        Ok(Poll::Redeemed(tokens)) => return answer(&tokens),
        Ok(Poll::Pending { .. }) => OauthError::AuthorizationPending,
        Ok(Poll::SlowDown { interval }) => OauthError::SlowDown(interval.as_secs()),
        Ok(Poll::Denied) => OauthError::AccessDenied,
        Ok(Poll::Expired) => OauthError::ExpiredToken,
        Ok(Poll::Unknown) => OauthError::InvalidGrant("the device code is unknown or was used".to_owned()),
        Err(error) => error.into(),
    };
    error.into_response()
}

async fn refresh_token(
    service: &Service,
    product: &Product,
    parts: &Parts,
    parameters: &Parameters,
) -> Result<Response, OauthError> {
    let refresh_token = Secret::from(required(parameters, "refresh_token")?);
    let scopes = client::scopes(parameters);
    let refresh = Refresh {
        app: product.name(),
        refresh_token: &refresh_token,
        scopes: (!scopes.is_empty()).then_some(scopes.as_slice()),
    };
    match service.domain.refresh(refresh, &origin::of(service, parts)).await {
        Ok(tokens) => Ok(answer(&tokens)),
        Err(error @ RefreshError::Invalid) => Err(OauthError::InvalidGrant(error.to_string())),
        Err(RefreshError::Scope(scope)) => Err(OauthError::InvalidScope(scope)),
        Err(RefreshError::Store(error)) => Err(error.into()),
    }
}

/// The tokens, as RFC 6749, section 5.1 writes them. What ends in so many seconds counts from when they were issued, so that a repeated
/// refresh gets the very same answer.
fn answer(tokens: &IssuedTokens) -> Response {
    let mut body = Map::new();
    body.insert("access_token".to_owned(), tokens.access_token.expose().into());
    body.insert("token_type".to_owned(), "Bearer".into());
    if let Some(seconds) = tokens.expires_in(tokens.issued_at) {
        body.insert("expires_in".to_owned(), seconds.into());
    }
    if let Some(refresh_token) = &tokens.refresh_token {
        body.insert("refresh_token".to_owned(), refresh_token.expose().into());
    }
    // The names of draft-ietf-oauth-refresh-token-expiration.
    if let Some(seconds) = tokens.refresh_expires_in() {
        body.insert("refresh_token_expires_in".to_owned(), seconds.into());
    }
    if let Some(seconds) = tokens.session_expires_in() {
        body.insert("authorization_expires_in".to_owned(), seconds.into());
    }
    body.insert("scope".to_owned(), tokens.scopes.join(" ").into());
    Json(Value::Object(body)).into_response()
}
