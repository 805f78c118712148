//! Which client asks, and reading its form.

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{HeaderMap, header, request::Parts},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use doorkey_manifest::Secret;

use super::OauthError;
use crate::{
    products::Product,
    service::Service,
    wire::{body, parameters::Parameters},
};

/// The parameters of a POST, which must be a form (OAuth 2.1, section 3.2). Nothing in the query counts.
pub async fn read_form(request: Request) -> Result<(Parts, Parameters), OauthError> {
    let (parts, body) = request.into_parts();
    if body::media_type(&parts.headers).as_deref() != Some("application/x-www-form-urlencoded") {
        return Err(OauthError::invalid_request("send a form: application/x-www-form-urlencoded"));
    }
    let parameters = Parameters::parse(&body::read(body).await?);
    parameters.check()?;
    Ok((parts, parameters))
}

/// The client that a form comes from. All are public, so they say who they are and prove nothing (RFC 8252,
/// section 8.5); some libraries say it with HTTP Basic and an empty password.
pub fn client<'a>(
    service: &'a Service,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<&'a Arc<Product>, OauthError> {
    let basic = if headers.get(header::AUTHORIZATION).is_none() {
        None
    } else {
        let (id, password) = basic(headers).ok_or(OauthError::ClientAuthentication)?;
        if !password.is_empty() || parameters.get("client_id").is_some_and(|other| other != id) {
            return Err(OauthError::ClientAuthentication);
        }
        Some(id)
    };
    if parameters.get("client_secret").is_some() || parameters.get("client_assertion").is_some() {
        return Err(OauthError::ClientAuthentication);
    }
    let id = match (parameters.get("client_id"), &basic) {
        (Some(id), _) => id,
        (None, Some(id)) => id,
        (None, None) => return Err(OauthError::invalid_request("the parameter `client_id` is missing")),
    };
    service.products.by_client_id(id).ok_or(OauthError::UnknownClient)
}

/// Name and password of HTTP Basic, which OAuth encodes like a form (RFC 6749, section 2.3.1).
pub fn basic(headers: &HeaderMap) -> Option<(String, Secret)> {
    let (scheme, credentials) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (name, password) = decoded.split_once(':')?;
    Some((form_decoded(name), Secret::new(form_decoded(password))))
}

fn form_decoded(text: &str) -> String {
    // A value alone, as it would stand in a form: `=` in front makes it the value of a nameless field.
    let field = format!("={}", text.replace('&', "%26"));
    url::form_urlencoded::parse(field.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// The token of an `Authorization: Bearer` header (RFC 6750). A token in a query or a form is never looked at.
pub fn bearer(headers: &HeaderMap) -> Option<Secret> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| Secret::new(token))
}

/// The scopes in a `scope` parameter (RFC 6749, section 3.3).
pub fn scopes(parameters: &Parameters) -> Vec<String> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in parameters.get("scope").unwrap_or_default().split(' ').filter(|scope| !scope.is_empty()) {
        if !scopes.iter().any(|other| other == scope) {
            scopes.push(scope.to_owned());
        }
    }
    scopes
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    fn with(authorization: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, authorization.parse().unwrap())])
    }

    #[test]
    fn a_bearer_token_is_taken_from_the_header_whatever_the_case_of_the_scheme() {
        for line in ["Bearer abc", "bearer abc", "BEARER  abc "] {
            assert_eq!(bearer(&with(line)).unwrap().expose(), "abc");
        }
        for line in ["Bearer", "Bearer ", "Basic abc", "abc"] {
            assert!(bearer(&with(line)).is_none(), "{line}");
        }
        assert!(bearer(&HeaderMap::new()).is_none());
    }

    #[test]
    fn basic_is_decoded_like_a_form() {
        let line = format!("basic {}", STANDARD.encode("gate%2Bway:p%20w:+&%26"));
        let (name, password) = basic(&with(&line)).unwrap();
        assert_eq!((name.as_str(), password.expose()), ("gate+way", "p w: &&"));
        for line in ["Basic", "Basic !!!", "Bearer Z2F0ZTpwdw=="] {
            assert!(basic(&with(line)).is_none(), "{line}");
        }
    }

    #[test]
    fn scopes_are_split_at_spaces_and_named_once() {
        assert_eq!(scopes(&Parameters::parse(b"scope=a++b%20a")), ["a", "b"]);
        assert!(scopes(&Parameters::parse(b"scope=")).is_empty());
    }
}
