//! The routes of the products: each as its manifest writes it, under `/apps/NAME`, and for one product at the root, too.
//!
//! A request is read by the exchange whose route it is, which gives values; an operation makes other values of them by
//! asking the domain; and the same exchange makes the answer of those. Nothing here knows any product.

mod account;
mod answer;
mod operation;
mod request;
mod values;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::any,
};
use doorkey_manifest::{Meaning, Operation, RequestProblem, Values};

pub use self::values::{plan_needed, way_home};
use super::{
    edge::Route,
    fallback::{self, json_error},
};
use crate::{
    pages::brand::{self, Dressed},
    products::Product,
    service::Service,
};

/// A request to one of a product's routes, understood.
struct Call {
    product: Arc<Product>,
    operation: Operation,
    /// Whether it came by the product's own routes at the root of the host.
    at_root: bool,
    parts: axum::http::request::Parts,
    values: Values,
}

/// The routes under `/apps/`, and the root product's instead of "there is nothing here".
pub fn routes(dressed: Dressed) -> Router<Arc<Service>> {
    Router::new().route("/apps/{name}/{*path}", any(under_apps)).fallback(at_root).layer(Extension(dressed))
}

async fn under_apps(
    State(service): State<Arc<Service>>,
    Extension(dressed): Extension<Dressed>,
    Path((name, _)): Path<(String, String)>,
    request: Request,
) -> Response {
    let Some(product) = service.products.get(&name).map(Arc::clone) else {
        return json_error(StatusCode::NOT_FOUND, "not_found", "there is no app of this name");
    };
    let prefix = format!("/apps/{name}");
    if routes_of(&product).any(|(_, method, path)| fits(method, path, &prefix, &request)) {
        return serve(service, product, &prefix, request).await;
    }
    match brand::page(&dressed, &product, &prefix, request).await {
        Ok(page) => page,
        Err(request) => serve(service, product, &prefix, *request).await,
    }
}

async fn at_root(
    State(service): State<Arc<Service>>,
    Extension(dressed): Extension<Dressed>,
    request: Request,
) -> Response {
    match service.products.root().map(Arc::clone) {
        Some(product) if routes_of(&product).any(|(_, method, path)| fits(method, path, "", &request)) => {
            serve(service, product, "", request).await
        }
        Some(product) => match brand::page(&dressed, &product, "", request).await {
            Ok(page) => page,
            Err(request) => fallback::not_found(*request).await,
        },
        None => fallback::not_found(request).await,
    }
}

/// What a product says about the operations that we serve: operation, method and path.
fn routes_of(product: &Product) -> impl Iterator<Item = (Operation, &str, &str)> {
    product.manifest.wire.iter().filter(|(operation, _)| operation::is_served(*operation)).filter_map(
        |(operation, exchange)| {
            let (method, path) = exchange.route()?;
            Some((operation, method, path))
        },
    )
}

/// Whether a request can be for a route, seen from its method and the number and the fixed parts of its path.
fn fits(method: &str, path: &str, prefix: &str, request: &Request) -> bool {
    let Some(asked) = request.uri().path().strip_prefix(prefix) else { return false };
    let mut asked = asked.split('/').filter(|part| !part.is_empty());
    let mut wanted = path.split('/').filter(|part| !part.is_empty());
    request.method().as_str() == method
        && loop {
            match (asked.next(), wanted.next()) {
                (None, None) => break true,
                (Some(asked), Some(wanted)) if wanted == asked || wanted.contains('{') => {}
                _ => break false,
            }
        }
}

async fn serve(service: Arc<Service>, product: Arc<Product>, prefix: &str, request: Request) -> Response {
    let candidates: Vec<(Operation, Arc<str>)> = routes_of(&product)
        .filter(|(_, method, path)| fits(method, path, prefix, &request))
        .map(|(operation, _, path)| (operation, format!("{prefix}{path}").into()))
        .collect();
    let Some((_, route)) = candidates.first().cloned() else {
        return json_error(StatusCode::NOT_FOUND, "not_found", "this app has no such route");
    };
    let operations: Vec<Operation> = candidates.into_iter().map(|(operation, _)| operation).collect();
    let mut response = match request::read(prefix, request).await {
        Ok((parts, request)) => {
            first_that_reads(service, product, &operations, prefix, parts, &request).await
        }
        Err(response) => response,
    };
    response.extensions_mut().insert(Route(route));
    response
}

/// Several operations may share a route and differ in their bodies; the first that can read the request has it.
async fn first_that_reads(
    service: Arc<Service>,
    product: Arc<Product>,
    operations: &[Operation],
    prefix: &str,
    parts: axum::http::request::Parts,
    request: &doorkey_manifest::Request,
) -> Response {
    let mut refused = None;
    for operation in operations {
        let Some(exchange) = product.manifest.own_exchange(*operation) else { continue };
        match exchange.read_request(request) {
            Ok(values) => {
                let warnings = match request::pass_gate(exchange, request) {
                    Ok(warnings) => warnings,
                    Err(refusal) => return refusal,
                };
                let at_root = prefix.is_empty();
                let call =
                    Call { product: Arc::clone(&product), operation: *operation, at_root, parts, values };
                let response = operation::run(service, call).await;
                return answer::with_headers(response, &warnings);
            }
            Err(RequestProblem::Route) => {}
            Err(problem) => {
                let known = refused.get_or_insert((*operation, problem));
                // A missing credential says more than a body that belongs to another operation.
                if problem == RequestProblem::Credential {
                    *known = (*operation, problem);
                }
            }
        }
    }
    let Some((operation, problem)) = refused else {
        return json_error(StatusCode::NOT_FOUND, "not_found", "this app has no such route");
    };
    let means = if problem == RequestProblem::Credential { Meaning::Invalid } else { Meaning::BadRequest };
    match product.manifest.own_exchange(operation) {
        Some(exchange) => {
            answer::failure(exchange, &[means, Meaning::BadRequest], Values::new(), &problem.to_string())
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
