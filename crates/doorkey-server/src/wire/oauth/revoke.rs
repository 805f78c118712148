//! The revocation endpoint (RFC 7009). A token that isn't known is as good as revoked, so it is no error; a hint about
//! its kind isn't needed, since its prefix says it.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use doorkey_manifest::Secret;

use super::{OauthError, client};
use crate::{service::Service, token::RevokeError, wire::origin};

pub async fn post(State(service): State<Arc<Service>>, request: Request) -> Result<Response, OauthError> {
    let (parts, parameters) = client::read_form(request).await?;
    let product = client::client(&service, &parts.headers, &parameters)?;
    let token = parameters
        .get("token")
        .ok_or_else(|| OauthError::invalid_request("the parameter `token` is missing"))?;
    match service.domain.revoke(product.name(), &Secret::from(token), &origin::of(&service, &parts)).await {
        Ok(()) => Ok(StatusCode::OK.into_response()),
        Err(error @ RevokeError::OtherApp) => Err(OauthError::InvalidGrant(error.to_string())),
        Err(RevokeError::Store(error)) => Err(error.into()),
    }
}
