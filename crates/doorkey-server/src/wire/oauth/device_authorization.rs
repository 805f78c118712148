//! The device authorization endpoint (RFC 8628, section 3.1): a tool that polls begins its sign-in here.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{OauthError, authorize::refused, client};
use crate::{
    service::Service,
    sign_in::{NewProof, NewSignIn, Started, Way},
    wire::origin,
};

pub async fn post(State(service): State<Arc<Service>>, request: Request) -> Result<Response, OauthError> {
    let (parts, parameters) = client::read_form(request).await?;
    let product = client::client(&service, &parts.headers, &parameters)?;
    let new = NewSignIn {
        app: product.name().to_owned(),
        way: Way::Device,
        proof: NewProof::DeviceSecret,
        redirect_uri: None,
        client_state: None,
        scopes: client::scopes(&parameters),
        org: parameters.get("org").map(str::to_owned),
        origin: origin::of(&service, &parts).host_name(parameters.get("host_name")),
    };
    let started = service.domain.start(new).await.map_err(refused)?;
    Ok(answer(&service, &started))
}

fn answer(service: &Service, started: &Started) -> Response {
    let user_code = started.user_code.as_deref().unwrap_or_default();
    let verification_uri = service.issuer.join("/device");
    Json(json!({
        "device_code": started.device_code.as_ref().map(doorkey_manifest::Secret::expose),
        "user_code": user_code,
        "verification_uri": verification_uri,
        "verification_uri_complete": format!("{verification_uri}?user_code={user_code}"),
        "expires_in": started.expires_in.as_secs(),
        "interval": started.interval.as_secs().max(1),
    }))
    .into_response()
}
