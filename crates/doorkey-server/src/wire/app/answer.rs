//! From the manifest's idea of an answer to HTTP.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use doorkey_manifest::{Exchange, Meaning, ResponseBody, Values};

use crate::{
    store::StoreError,
    wire::{fallback::json_error, oauth},
};

/// The answer that means this, or if the exchange has no words for it, the next best.
pub(super) fn failure(exchange: &Exchange, means: &[Meaning], values: Values, message: &str) -> Response {
    for means in means.iter().filter(|means| exchange.has_outcome(**means)) {
        // A product's own words come first; ours are for templates that have none.
        let spoken = || exchange.answer(*means, &values.clone().with("message", message));
        if let Ok(response) = exchange.answer(*means, &values).or_else(|_| spoken()) {
            return to_http(response);
        }
    }
    let status = match means.first() {
        Some(Meaning::Invalid) => StatusCode::UNAUTHORIZED,
        Some(Meaning::Forbidden | Meaning::Denied | Meaning::NeedsPlan) => StatusCode::FORBIDDEN,
        Some(Meaning::NotFound) => StatusCode::NOT_FOUND,
        _ => StatusCode::BAD_REQUEST,
    };
    json_error(status, means.first().map_or("bad_request", |means| means.name()), message)
}

/// The answer to what worked.
pub(super) fn success(exchange: &Exchange, means: Meaning, values: &Values) -> Response {
    // What an organization or a program holds has no e-mail address. Where a product insists on one, it gets an empty text.
    let nameless = || exchange.answer(means, &values.clone().with("user.email", ""));
    let answer = exchange.answer(means, values).or_else(|error| match values.get("user.email") {
        None => nameless().map_err(|_| error),
        Some(_) => Err(error),
    });
    match answer {
        Ok(response) => to_http(response),
        Err(error) => {
            tracing::error!(%error, means = means.name(), "a manifest asks for a value that the service doesn't have");
            mistake()
        }
    }
}

/// The store can't serve right now.
pub(super) fn unavailable(exchange: &Exchange, known: Values, error: &StoreError) -> Response {
    if !exchange.has_outcome(Meaning::TryLater) {
        return oauth::unavailable(error);
    }
    tracing::error!(%error, "the store can't serve a request");
    let message = "the server can't answer now; try again soon";
    let mut response = failure(exchange, &[Meaning::TryLater], known.with("retry_after", 2), message);
    response.headers_mut().insert(header::RETRY_AFTER, oauth::RETRY_AFTER);
    response
}

/// A manifest that can't be answered from: a mistake that the log tells.
pub(super) fn mistake() -> Response {
    json_error(
        StatusCode::INTERNAL_SERVER_ERROR,
        "server_error",
        "the server made a mistake; its log knows more",
    )
}

/// An answer as it goes over the wire.
pub(super) fn to_http(answer: doorkey_manifest::Response) -> Response {
    let Ok(status) = StatusCode::from_u16(answer.status) else { return mistake() };
    let response = match answer.body {
        ResponseBody::None => status.into_response(),
        ResponseBody::Json(body) => (status, axum::Json(body)).into_response(),
        ResponseBody::Text(text) => (status, text).into_response(),
    };
    with_headers(response, &answer.headers)
}

/// Adds headers; those that aren't any are left out.
pub(super) fn with_headers(mut response: Response, headers: &[(String, String)]) -> Response {
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
