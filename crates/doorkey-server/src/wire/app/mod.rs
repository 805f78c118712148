//! The routes of the products: each as its manifest writes it, under `/apps/NAME`, and for one product at the root, too.
//!
//! A request is read by the exchange whose route it is, which gives values; an operation makes other values of them by
//! asking the domain; and the same exchange makes the answer of those. Nothing here knows any product.

mod account;
mod answer;
mod links;
mod operation;
mod request;
mod values;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{Path, Request, State},
    http::{StatusCode, header, uri::Authority},
    response::{IntoResponse, Response},
    routing::any,
};
use doorkey_manifest::{Meaning, Operation, RequestProblem, Values};

pub use self::{
    links::{Links, read_link},
    values::{plan_needed, way_home},
};
use super::{
    edge::Route,
    fallback::{self, json_error},
};
use crate::{
    pages::{
        brand::{self, Dressed},
        problem,
    },
    place::Place,
    products::Product,
    service::Service,
};

/// A request to one of a product's routes, understood.
struct Call {
    product: Arc<Product>,
    operation: Operation,
    /// Where the product's routes stand, for whoever asks.
    place: Place,
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
    let place = Place::Below;
    if has_route(&product, place, &request) {
        return serve(service, product, place, request).await;
    }
    match brand::page(&dressed, &product, place, request).await {
        Ok(page) => page,
        Err(request) => serve(service, product, place, *request).await,
    }
}

async fn at_root(
    State(service): State<Arc<Service>>,
    Extension(dressed): Extension<Dressed>,
    request: Request,
) -> Response {
    let Some((product, place)) = rooted(&service, &request) else {
        return fallback::not_found(request).await;
    };
    if has_route(&product, place, &request) {
        return serve(service, product, place, request).await;
    }
    match brand::page(&dressed, &product, place, request).await {
        Ok(page) => page,
        Err(request) => fallback::not_found(*request).await,
    }
}

/// The product at the root of the host that a request names: the one whose manifest names this host, else the root one.
fn rooted(service: &Service, request: &Request) -> Option<(Arc<Product>, Place)> {
    let header = || request.headers().get(header::HOST)?.to_str().ok();
    let host = request.uri().authority().map(Authority::as_str).or_else(header).unwrap_or_default();
    let named = service.products.iter().find_map(|product| {
        let place = Place::named(service, product, host)?;
        Some((Arc::clone(product), place))
    });
    named.or_else(|| service.products.root().map(|product| (Arc::clone(product), Place::Root)))
}

fn has_route(product: &Product, place: Place, request: &Request) -> bool {
    let prefix = place.prefix(product);
    routes_of(product).any(|(_, method, path)| fits(method, path, &prefix, request))
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

async fn serve(service: Arc<Service>, product: Arc<Product>, place: Place, request: Request) -> Response {
    let prefix = place.prefix(&product);
    let candidates: Vec<(Operation, Arc<str>)> = routes_of(&product)
        .filter(|(_, method, path)| fits(method, path, &prefix, &request))
        .map(|(operation, _, path)| (operation, format!("{prefix}{path}").into()))
        .collect();
    let Some((_, route)) = candidates.first().cloned() else {
        return json_error(StatusCode::NOT_FOUND, "not_found", "this app has no such route");
    };
    let operations: Vec<Operation> = candidates.into_iter().map(|(operation, _)| operation).collect();
    let mut response = match request::read(&prefix, request).await {
        Ok((parts, request)) => first_that_reads(service, product, &operations, place, parts, &request).await,
        Err(response) => response,
    };
    response.extensions_mut().insert(Route(route));
    response
}

/// What a link of a tool lacks.
fn lacking(missing: &[&str]) -> String {
    let named: Vec<_> = missing.iter().map(|name| format!("“{name}”")).collect();
    match named.split_last() {
        None => "The link says something that this page doesn't understand.".to_owned(),
        Some((only, [])) => format!("The link is cut off: {only} is missing."),
        Some((last, others)) => format!("The link is cut off: {} and {last} are missing.", others.join(", ")),
    }
}

/// Several operations may share a route and differ in their bodies; the first that can read the request has it.
async fn first_that_reads(
    service: Arc<Service>,
    product: Arc<Product>,
    operations: &[Operation],
    place: Place,
    parts: axum::http::request::Parts,
    request: &doorkey_manifest::Request,
) -> Response {
    let mut refused = None;
    for operation in operations {
        let Some(exchange) = product.manifest.own_exchange(*operation) else { continue };
        let read = exchange.read_request(request);
        if matches!(read, Err(RequestProblem::Route)) {
            continue;
        }
        // Whose version isn't served any more learns that and nothing else.
        let warnings = match request::pass_gate(exchange, request) {
            Ok(warnings) => warnings,
            Err(refusal) => return refusal,
        };
        match read {
            Ok(values) => {
                let product = Arc::clone(&product);
                let call = Call { product, operation: *operation, place, parts, values };
                let response = operation::run(service, call).await;
                return answer::with_headers(response, &warnings);
            }
            Err(wrong) => {
                let known = refused.get_or_insert((*operation, wrong));
                // A missing credential says more than a body that belongs to another operation.
                if wrong == RequestProblem::Credential {
                    *known = (*operation, wrong);
                }
            }
        }
    }
    let Some((operation, wrong)) = refused else {
        return json_error(StatusCode::NOT_FOUND, "not_found", "this app has no such route");
    };
    let means = if wrong == RequestProblem::Credential { Meaning::Invalid } else { Meaning::BadRequest };
    match product.manifest.own_exchange(operation) {
        // Whoever comes here is a person whose browser was sent by a tool.
        Some(exchange) if operation == Operation::Authorize => {
            problem::bad_link(&lacking(&exchange.missing_parameters(request)))
        }
        Some(exchange) => {
            let known = values::common(&service, &product, place, parts.uri.path());
            // Somebody without a credential mustn't get the words for one that is over.
            let known = match means {
                Meaning::Invalid => known.with("error", means.name()),
                _ => known,
            };
            answer::failure(exchange, &[means, Meaning::BadRequest], known, &wrong.to_string())
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
