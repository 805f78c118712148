//! The device authorization endpoint (RFC 8628, section 3.1): a tool that polls begins its sign-in here.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use doorkey_manifest::Values;
use serde_json::json;

use super::{OauthError, authorize::refused, client};
use crate::{
    place::Place,
    products::Product,
    service::Service,
    sign_in::{NewProof, NewSignIn, Started, Way},
    wire::{app::Links, origin},
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
        legacy: false,
        scopes: client::scopes(&parameters),
        org: parameters.get("org").map(str::to_owned),
        origin: origin::of(&service, &parts).host_name(parameters.get("host_name")),
    };
    let started = service.domain.start(new).await.map_err(refused)?;
    Ok(answer(&service, product, &started))
}

fn answer(service: &Service, product: &Product, started: &Started) -> Response {
    let user_code = started.user_code.as_deref().unwrap_or_default();
    let place = Place::usual(service, product);
    let links = Links::of(service, product, place, Way::Device, started, &Values::new());
    Json(json!({
        "device_code": started.device_code.as_ref().map(doorkey_manifest::Secret::expose),
        "user_code": user_code,
        "verification_uri": links.page,
        "verification_uri_complete": links.complete,
        "expires_in": started.expires_in.as_secs(),
        "interval": started.interval.as_secs().max(1),
    }))
    .into_response()
}
