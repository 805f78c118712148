//! What `/verify` answers. The status is for the gateway, the headers for what stands behind it, the body for whoever
//! asks by themselves. Everything is ASCII in the headers, whatever people call themselves.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use crate::{
    service::Service,
    token::{CheckError, Checked, Demand, NotGood, RateState},
    wire::{app, fallback::json_error, oauth},
};

/// The request may pass.
pub(super) fn passes(checked: &Checked) -> Response {
    let token = &checked.token;
    let org = token.identity.org.as_ref();
    let body = json!({
        "valid": true,
        "app": token.app,
        "kind": token.kind.as_str(),
        "id": token.grant.to_string(),
        "name": checked.name,
        "account": {
            "id": token.identity.account.to_string(),
            "kind": token.identity.holder.as_str(),
            "name": token.identity.name,
            "email": token.identity.email,
        },
        "org": org.map(|org| json!({ "id": org.id.to_string(), "slug": org.slug, "name": org.name })),
        "plan": token.plan,
        "scopes": token.scopes,
        "expires_at": token.expires_at.map(crate::clock::Time::rfc3339),
        "rate_limit": checked.rate.map(|rate| json!({
            "limit": rate.limit,
            "remaining": rate.remaining,
            "reset": rate.reset_after.as_secs(),
        })),
    });
    let mut response = Json(body).into_response();
    set(&mut response, "x-doorkey-app", &token.app);
    set(&mut response, "x-doorkey-account", &token.identity.account.to_string());
    set(&mut response, "x-doorkey-account-kind", token.identity.holder.as_str());
    set(&mut response, "x-doorkey-email", token.identity.email.as_deref().unwrap_or_default());
    set(&mut response, "x-doorkey-token", &token.grant.to_string());
    set(&mut response, "x-doorkey-token-kind", token.kind.as_str());
    set(&mut response, "x-doorkey-scopes", &token.scopes.join(" "));
    set(&mut response, "x-doorkey-plan", token.plan.as_deref().unwrap_or_default());
    set(&mut response, "x-doorkey-org", &org.map(|org| org.id.to_string()).unwrap_or_default());
    set(&mut response, "x-doorkey-org-slug", org.map_or("", |org| org.slug.as_str()));
    if let Some(rate) = &checked.rate {
        set_rate(&mut response, rate);
    }
    response
}

/// The request may not pass. `error` says which kind of trouble it is, `reason` which exactly.
pub(super) fn refused(service: &Service, error: &CheckError, demand: &Demand<'_>) -> Response {
    let (status, code, reason) = match error {
        CheckError::NotGood(why) => (StatusCode::UNAUTHORIZED, "invalid_token", why.as_str()),
        CheckError::Address(_) => (StatusCode::FORBIDDEN, "forbidden", "address"),
        CheckError::Scope(_) => (StatusCode::FORBIDDEN, "insufficient_scope", "scope"),
        CheckError::Plan(_) => (StatusCode::FORBIDDEN, "plan_required", "plan"),
        CheckError::Limited(_) => (StatusCode::TOO_MANY_REQUESTS, "rate_limited", "rate"),
        CheckError::Store(error) => return oauth::unavailable(error),
    };
    let mut body = Map::new();
    body.insert("valid".to_owned(), false.into());
    body.insert("error".to_owned(), code.into());
    body.insert("reason".to_owned(), reason.into());
    body.insert("error_description".to_owned(), error.to_string().into());
    let plan = if let CheckError::Plan(needed) = error {
        let (message, billing) = app::plan_needed(service, needed);
        body.insert("error_description".to_owned(), message.as_str().into());
        body.insert("plan".to_owned(), needed.plan.as_str().into());
        body.insert("billing_url".to_owned(), billing.as_deref().into());
        Some((message, billing.unwrap_or_default()))
    } else {
        None
    };
    if let CheckError::Scope(missing) = error {
        body.insert("scope".to_owned(), missing.as_str().into());
    }
    let mut response = (status, Json(Value::Object(body))).into_response();
    set(&mut response, "x-doorkey-error", code);
    set(&mut response, "x-doorkey-reason", reason);
    if let Some((message, billing)) = plan {
        set(&mut response, "x-doorkey-message", &message);
        set(&mut response, "x-doorkey-billing-url", &billing);
    }
    match error {
        CheckError::NotGood(why) => set(&mut response, "www-authenticate", challenge(*why)),
        CheckError::Scope(_) => {
            // Only what can stand in a challenge (RFC 6750, section 3).
            let scopes = demand.scopes.join(" ").replace(['"', '\\'], "");
            let challenge = format!(r#"Bearer error="insufficient_scope", scope="{scopes}""#);
            set(&mut response, "www-authenticate", &challenge);
        }
        CheckError::Limited(rate) => {
            set_rate(&mut response, rate);
            let wait = HeaderValue::from(rate.retry_after().as_secs());
            response.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        CheckError::Plan(_) | CheckError::Address(_) | CheckError::Store(_) => {}
    }
    response
}

/// The request brought no credential. Then there is no error code in the challenge (RFC 6750, section 3.1).
pub(super) fn no_token() -> Response {
    let body = json!({
        "valid": false,
        "error": "invalid_token",
        "reason": "missing",
        "error_description": "the request has no token",
    });
    let mut response = (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    set(&mut response, "x-doorkey-error", "invalid_token");
    set(&mut response, "x-doorkey-reason", "missing");
    set(&mut response, "www-authenticate", "Bearer");
    response
}

/// What was demanded can't be read.
pub(super) fn bad_request(what: &str) -> Response {
    json_error(StatusCode::BAD_REQUEST, "invalid_request", what)
}

/// There is no such app.
pub(super) fn no_app() -> Response {
    json_error(StatusCode::NOT_FOUND, "not_found", "there is no app of this name")
}

fn challenge(why: NotGood) -> &'static str {
    match why {
        NotGood::Unknown => {
            r#"Bearer error="invalid_token", error_description="the token was never issued here""#
        }
        NotGood::Revoked => r#"Bearer error="invalid_token", error_description="the token was revoked""#,
        NotGood::Expired => r#"Bearer error="invalid_token", error_description="the token has expired""#,
    }
}

fn set_rate(response: &mut Response, rate: &RateState) {
    for (name, value) in [
        ("ratelimit-limit", u64::from(rate.limit)),
        ("ratelimit-remaining", u64::from(rate.remaining)),
        ("ratelimit-reset", rate.reset_after.as_secs()),
    ] {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
}

/// Sets a header that has something to say. What isn't ASCII is percent-encoded, so that every gateway hands it on.
fn set(response: &mut Response, name: &'static str, value: &str) {
    let plain = |c: char| c.is_ascii_graphic() || c == ' ';
    let value: String = if value.chars().all(plain) {
        value.to_owned()
    } else {
        url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
    };
    if let Some(value) = HeaderValue::try_from(value).ok().filter(|value| !value.is_empty()) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
}
