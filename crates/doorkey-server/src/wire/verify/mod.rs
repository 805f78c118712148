//! `/verify`: may this request pass? It is asked by what stands in front of an API (nginx `auth_request`, Traefik and Caddy
//! forward auth, Envoy's external authorization) for each request, with the credential that the request brought. It
//! answers with a status, with headers that the gateway hands on, and with JSON for whoever asks by themselves.
//!
//! The root address serves the root app, or all apps where there is none; `/apps/NAME/verify` serves one.

mod answer;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Request, State},
    http::{HeaderMap, request::Parts},
    response::Response,
    routing::any,
};
use doorkey_manifest::Secret;

use super::{oauth::bearer, origin, parameters::Parameters};
use crate::{products::Product, service::Service, token::Demand};

/// What a gateway demands of a request, in headers, where it can't put it into the address.
const SCOPE: &str = "x-doorkey-scope";
const PLAN: &str = "x-doorkey-plan-needed";

/// The routes. Gateways ask with whatever method the request had.
pub fn routes() -> Router<Arc<Service>> {
    Router::new().route("/verify", any(at_root)).route("/apps/{name}/verify", any(for_app))
}

/// The root product's, whatever host the request names: a gateway may pass on what its client wrote there, and a client must
/// not choose whose tokens pass.
async fn at_root(State(service): State<Arc<Service>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let product = service.products.root().map(Arc::clone);
    verify(&service, product.as_deref(), &parts).await
}

async fn for_app(
    State(service): State<Arc<Service>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    match service.products.get(&name).map(Arc::clone) {
        Some(product) => verify(&service, Some(&product), &parts).await,
        None => answer::no_app(),
    }
}

async fn verify(service: &Service, product: Option<&Product>, parts: &Parts) -> Response {
    let query = Parameters::parse(parts.uri.query().unwrap_or_default().as_bytes());
    if query.check().is_err() {
        return answer::bad_request("each parameter may be sent once");
    }
    let Some(token) = credential(product, &parts.headers) else { return answer::no_token() };
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let scopes = [query.get("scope"), header(SCOPE)].into_iter().flatten();
    let demand = Demand {
        app: product.map(Product::name),
        scopes: scopes
            .flat_map(|scopes| scopes.split([' ', ',']))
            .filter(|scope| !scope.is_empty())
            .collect(),
        plan: query.get("plan").or_else(|| header(PLAN)),
    };
    match service.domain.check(&token, &demand, &origin::of(service, parts)).await {
        Ok(checked) => answer::passes(&checked),
        Err(error) => answer::refused(service, &error, &demand),
    }
}

/// The credential of a request: a Bearer token, or what stands in the header that the app's manifest names. Nothing in an
/// address is ever looked at.
fn credential(product: Option<&Product>, headers: &HeaderMap) -> Option<Secret> {
    let named = || {
        let value = product?.credential_headers().find_map(|name| headers.get(name))?;
        let value = value.to_str().ok()?.trim();
        (!value.is_empty()).then(|| Secret::new(value))
    };
    bearer(headers).or_else(named)
}
