//! The JSON interface, version 1: what a vendor's own tools do with tokens, keys and organizations.
//!
//! [`table`] names every operation once. The routes, the OpenAPI document and the tables of `docs/api.md` all come from
//! it, so none of them can say what another doesn't.

mod anonymous;
mod body;
mod caller;
mod devices;
mod error;
mod events;
mod invitations;
mod keys;
mod me;
mod members;
mod openapi;
mod operation;
mod orgs;
mod service_accounts;
mod shape;
mod table;
mod tokens;

#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use axum::{
    Json, Router,
    extract::{RawPathParams, Request, State, rejection::RawPathParamsRejection},
    response::IntoResponse as _,
    routing::{MethodRouter, get},
};
use serde_json::Value;

use self::operation::Operation;
use crate::service::Service;

/// Where all of it is. The version changes when something changes that a tool could stumble over.
pub const BASE: &str = "/api/v1";

/// Where the OpenAPI document is.
const DOCUMENT: &str = "/openapi.json";

/// The routes of all operations, and the document that describes them.
pub fn routes() -> Router<Arc<Service>> {
    let mut router = Router::new().route(DOCUMENT, get(document));
    for operation in table::operations() {
        let path = format!("{BASE}{}", operation.path);
        let filter = operation.verb.filter();
        let operation = Arc::new(operation);
        let handler = move |State(service): State<Arc<Service>>,
                            path: Result<RawPathParams, RawPathParamsRejection>,
                            request: Request| {
            let operation = Arc::clone(&operation);
            async move { answer(&operation, service, path.ok(), request).await }
        };
        router = router.route(&path, MethodRouter::new().on(filter, handler));
    }
    router
}

async fn answer(
    operation: &Operation,
    service: Arc<Service>,
    path: Option<RawPathParams>,
    request: Request,
) -> axum::response::Response {
    match operation.answer(service, path, request).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn document() -> Json<&'static Value> {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| openapi::document(&table::operations()));
    Json(&DOCUMENT)
}
