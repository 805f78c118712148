//! Answers for what goes wrong before or beside any handler: no such page, no such method, a mistake of ours.
//!
//! A program that talks to an interface gets JSON, a person with a browser gets a page.

use axum::{
    Json,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::edge::RequestId;
use crate::pages::problem;

/// The parts of the service where only programs come.
const PROGRAMS: &[&str] = &[
    "/oauth2/",
    "/.well-known/",
    "/apps/",
    "/api/",
    "/openapi.json",
    "/verify",
    "/webhooks/",
    "/healthz",
    "/readyz",
    "/assets/",
];

/// Whether whoever asks wants to read the answer rather than parse it.
pub fn wants_page(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    if path != "/oauth2/authorize" && PROGRAMS.iter().any(|start| path.starts_with(start)) {
        return false;
    }
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepts.contains("text/html") && matches!(*method, Method::GET | Method::HEAD | Method::POST)
}

/// There is nothing at this address.
pub async fn not_found(request: Request) -> Response {
    if wants_page(request.method(), request.uri().path(), request.headers()) {
        return problem::not_found();
    }
    json_error(StatusCode::NOT_FOUND, "not_found", "there is nothing at this address")
}

/// There is something at this address, but not with this method.
pub async fn method_not_allowed(request: Request) -> Response {
    if wants_page(request.method(), request.uri().path(), request.headers()) {
        return problem::method_not_allowed();
    }
    json_error(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", "this address takes another method")
}

/// A mistake in the program. It says nothing about itself; the log knows more under the same number.
pub fn broken(id: RequestId, page: bool) -> Response {
    let mut response = if page {
        problem::broken(id)
    } else {
        json_error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "the server made a mistake; its log knows more",
        )
    };
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// An error for a program.
pub fn json_error(status: StatusCode, error: &str, description: &str) -> Response {
    (status, Json(json!({ "error": error, "error_description": description }))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(path: &str, accept: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        wants_page(&Method::GET, path, &headers)
    }

    #[test]
    fn a_program_never_gets_a_page() {
        assert!(!page("/oauth2/token", "text/html"));
        assert!(!page("/apps/demo/x", "text/html,*/*"));
        assert!(!page("/anything", "*/*"));
        assert!(!page("/anything", "application/json"));
    }

    #[test]
    fn a_person_gets_one() {
        assert!(page("/anything", "text/html,application/xhtml+xml,*/*;q=0.8"));
        assert!(page("/oauth2/authorize", "text/html"));
    }
}
