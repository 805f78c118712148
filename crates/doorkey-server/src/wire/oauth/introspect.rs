//! The introspection endpoint (RFC 7662): a resource server asks whether a token that it was given is good. It has to
//! prove who it is (section 2.1), and of a token that isn't good it learns nothing but that.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use doorkey_manifest::Secret;
use serde_json::{Map, Value, json};
use subtle::{Choice, ConstantTimeEq};

use super::{OauthError, client};
use crate::{
    service::{ResourceServer, Service},
    token::{TokenKind, Verified},
};

pub async fn post(State(service): State<Arc<Service>>, request: Request) -> Result<Response, OauthError> {
    if !is_resource_server(&service.resource_servers, request.headers()) {
        return Err(OauthError::Unauthorized);
    }
    let (_, parameters) = client::read_form(request).await?;
    let token = parameters
        .get("token")
        .ok_or_else(|| OauthError::invalid_request("the parameter `token` is missing"))?;
    let found = service.domain.introspect(&Secret::from(token)).await?;
    Ok(Json(found.map_or_else(|| json!({ "active": false }), |token| active(&service, &token)))
        .into_response())
}

/// Compares with every resource server, and each wholly, so that the time tells nothing.
fn is_resource_server(known: &[ResourceServer], headers: &HeaderMap) -> bool {
    let Some((id, secret)) = client::basic(headers) else { return false };
    let found = known.iter().fold(Choice::from(0), |found, server| {
        let same = |a: &str, b: &str| a.as_bytes().ct_eq(b.as_bytes());
        found | (same(&server.id, &id) & same(server.secret.expose(), secret.expose()))
    });
    found.into()
}

fn active(service: &Service, token: &Verified) -> Value {
    let mut body = Map::new();
    body.insert("active".to_owned(), true.into());
    body.insert("scope".to_owned(), token.scopes.join(" ").into());
    body.insert("client_id".to_owned(), token.app.as_str().into());
    let name = token.identity.email.as_deref().unwrap_or(&token.identity.name);
    body.insert("username".to_owned(), name.into());
    if token.kind != TokenKind::Refresh {
        body.insert("token_type".to_owned(), "Bearer".into());
    }
    if let Some(expires_at) = token.expires_at {
        body.insert("exp".to_owned(), expires_at.unix_seconds().into());
    }
    body.insert("iat".to_owned(), token.issued_at.unix_seconds().into());
    body.insert("sub".to_owned(), token.identity.account.to_string().into());
    body.insert("aud".to_owned(), token.app.as_str().into());
    body.insert("iss".to_owned(), service.issuer.as_str().into());
    Value::Object(body)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use axum::http::header;
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;

    #[test]
    fn only_a_configured_resource_server_with_its_own_password_may_ask() {
        let server =
            |id: &str, secret: &str| ResourceServer { id: id.to_owned(), secret: Secret::new(secret) };
        let known = [server("gateway", "one"), server("other", "two")];
        let asks = |credentials: &str| {
            let line = format!("Basic {}", STANDARD.encode(credentials)).parse().unwrap();
            is_resource_server(&known, &HeaderMap::from_iter([(header::AUTHORIZATION, line)]))
        };
        assert!(asks("gateway:one") && asks("other:two"));
        for credentials in ["gateway:two", "gateway:", ":", "gateway:onee", "nobody:one", "gateway"] {
            assert!(!asks(credentials), "{credentials}");
        }
        assert!(!is_resource_server(&known, &HeaderMap::new()));
        assert!(!is_resource_server(&[], &HeaderMap::new()));
    }
}
