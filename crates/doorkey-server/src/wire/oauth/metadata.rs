//! What the server can do and where (RFC 8414). Nothing is listed here that doesn't work, and nothing works that isn't.

use std::sync::Arc;

use axum::{Json, extract::State, response::IntoResponse};
use serde_json::{Value, json};

use super::path;
use crate::service::Service;

pub async fn get(State(service): State<Arc<Service>>) -> impl IntoResponse {
    Json(document(&service))
}

fn document(service: &Service) -> Value {
    let issuer = &service.issuer;
    let mut scopes: Vec<&str> =
        service.products.iter().flat_map(|product| product.manifest.scopes.keys()).collect();
    scopes.sort_unstable();
    scopes.dedup();
    json!({
        "issuer": issuer.as_str(),
        "authorization_endpoint": issuer.join(path::AUTHORIZE),
        "token_endpoint": issuer.join(path::TOKEN),
        "device_authorization_endpoint": issuer.join(path::DEVICE_AUTHORIZATION),
        "revocation_endpoint": issuer.join(path::REVOKE),
        "introspection_endpoint": issuer.join(path::INTROSPECT),
        "userinfo_endpoint": issuer.join(path::USERINFO),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": super::token::GRANTS,
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic"],
        "authorization_response_iss_parameter_supported": true,
    })
}
