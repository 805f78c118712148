//! From HTTP to the manifest's idea of a request.

#![expect(clippy::result_large_err, reason = "the error is the answer, and it is sent")]

use axum::{
    extract::Request,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use doorkey_manifest::{Body, Exchange, wire::Verdict};

use super::answer;
use crate::wire::{body, oauth::OauthError, parameters::Parameters};

/// Takes a request apart. Its path loses the prefix under which the product is served.
pub(super) async fn read(
    prefix: &str,
    request: Request,
) -> Result<(Parts, doorkey_manifest::Request), Response> {
    let (parts, body) = request.into_parts();
    let bytes = body::read(body).await.map_err(|error| OauthError::from(error).into_response())?;
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let headers = parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    let request = doorkey_manifest::Request {
        method: parts.method.as_str().to_owned(),
        url: path.strip_prefix(prefix).unwrap_or(path).to_owned(),
        headers: headers.collect(),
        body: decode(&parts, &bytes)?,
    };
    Ok((parts, request))
}

fn decode(parts: &Parts, bytes: &[u8]) -> Result<Body, Response> {
    let unreadable = |what: &str| OauthError::invalid_request(what).into_response();
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Body::None);
    }
    match body::media_type(&parts.headers).as_deref() {
        Some("application/x-www-form-urlencoded") => {
            Parameters::parse(bytes).check().map_err(|error| unreadable(&error.to_string()))?;
            Ok(Body::Form(url::form_urlencoded::parse(bytes).into_owned().collect()))
        }
        // Many a command sends JSON and calls it nothing in particular.
        _ => match serde_json::from_slice(bytes) {
            Ok(value) if !holds_nul(&value) => Ok(Body::Json(value)),
            _ => Err(unreadable("the body is not JSON")),
        },
    }
}

/// Whether a text somewhere in a document holds NUL, which no database of ours keeps.
fn holds_nul(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(items) => items.iter().any(holds_nul),
        serde_json::Value::Object(fields) => fields.values().any(holds_nul),
        _ => false,
    }
}

/// Lets the client's version pass, or says how to upgrade.
pub(super) fn pass_gate(
    exchange: &Exchange,
    request: &doorkey_manifest::Request,
) -> Result<Vec<(String, String)>, Response> {
    let Some(gate) = exchange.gate() else { return Ok(Vec::new()) };
    match gate.check(request) {
        Ok(Verdict::Served(warnings)) => Ok(warnings),
        Ok(Verdict::Refused(response)) => Err(answer::to_http(response)),
        Err(error) => {
            tracing::error!(%error, "a manifest's gate can't be answered from");
            Err(answer::mistake())
        }
    }
}
