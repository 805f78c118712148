//! The pages: what a person sees in a browser. They work without JavaScript; where there is something to
//! copy, a small script adds a button.
//!
//! Reading a page changes nothing except that a signed-in person's opening a sign-in makes it theirs to decide. All else
//! is a POST that carries the token of a form we gave to this very browser.

mod activity;
mod app_card;
mod approve;
mod ask;
pub(crate) mod brand;
mod browser;
mod claim;
mod confirm;
mod device;
mod devices;
mod done;
mod frame;
mod home;
mod invite;
mod listing;
mod local_path;
pub mod once;
mod orgs;
pub mod problem;
mod refusal;
mod sign_in;
mod sign_out;
mod sign_up;
mod tokens;
mod visit;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};

use self::frame::Frame;
use crate::service::Service;

/// Where a page may load things from and send forms to: us, and nobody else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
);

/// The same for a page with something to copy, which has our one small script.
const SCRIPT_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
);

/// The same for the approval page. Its form leads on to a listener on the person's own machine, and browsers apply
/// `form-action` to where a form is redirected, too.
const APPROVAL_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'",
);

/// The routes of all pages.
pub fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/", get(home::get))
        .route("/sign-in", get(sign_in::get).post(sign_in::post))
        .route("/sign-up", get(sign_up::get).post(sign_up::post))
        .route("/sign-out", get(sign_out::get).post(sign_out::post))
        .route("/confirm", get(confirm::get).post(confirm::post))
        .route("/approve/{approval_id}", get(approve::get).post(approve::post))
        .route("/done", get(done::get))
        .route("/claim", get(claim::get).post(claim::post))
        .route("/invite/{secret}", get(invite::get).post(invite::post))
        .route("/assets/apps/{name}", get(app_card::style_sheet))
        .route("/assets/apps/{name}/logo", get(app_card::logo))
        .merge(branded_routes())
}

/// The routes of the pages that also stand in a product's name.
fn branded_routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/device", get(device::get).post(device::post))
        .route("/devices", get(devices::devices))
        .route("/devices/sign-out-everywhere", get(devices::ending_all).post(devices::end_all))
        .route("/devices/{id}/sign-out", get(devices::ending).post(devices::end))
        .route("/activity", get(activity::mine))
        .route("/tokens", get(tokens::list))
        .route("/tokens/new", get(tokens::new).post(tokens::create))
        .route("/tokens/{id}", get(tokens::one))
        .route("/tokens/{id}/rotate", get(tokens::rotating).post(tokens::rotate))
        .route("/tokens/{id}/revoke", get(tokens::ending).post(tokens::end))
        .route("/keys", get(tokens::keys))
        .route("/orgs", get(orgs::list))
        .route("/orgs/new", get(orgs::new).post(orgs::create))
        .merge(org_routes())
}

/// The routes of the pages of one organization.
fn org_routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/orgs/{org}", get(orgs::one))
        .route("/orgs/{org}/settings", post(orgs::save))
        .route("/orgs/{org}/leave", get(orgs::leaving).post(orgs::leave))
        .route("/orgs/{org}/transfer", get(orgs::transferring).post(orgs::transfer))
        .route("/orgs/{org}/members", get(orgs::members))
        .route("/orgs/{org}/members/{account}/role", post(orgs::set_role))
        .route("/orgs/{org}/members/{account}/remove", get(orgs::removing).post(orgs::remove))
        .route("/orgs/{org}/invitations", post(orgs::invite))
        .route("/orgs/{org}/invitations/{id}/revoke", get(orgs::taking_back).post(orgs::take_back))
        .route("/orgs/{org}/keys", get(tokens::list))
        .route("/orgs/{org}/keys/new", get(tokens::new).post(tokens::create))
        .route("/orgs/{org}/keys/{id}", get(tokens::one))
        .route("/orgs/{org}/keys/{id}/rotate", get(tokens::rotating).post(tokens::rotate))
        .route("/orgs/{org}/keys/{id}/revoke", get(tokens::ending).post(tokens::end))
        .route("/orgs/{org}/service-accounts", get(orgs::programs).post(orgs::create_program))
        .route("/orgs/{org}/service-accounts/{id}/end", get(orgs::ending_program).post(orgs::end_program))
        .route("/orgs/{org}/activity", get(activity::of_org))
}

/// A page as an answer.
fn page(status: StatusCode, template: &impl Template) -> Response {
    page_with(status, template, POLICY)
}

fn page_with(status: StatusCode, template: &impl Template, policy: HeaderValue) -> Response {
    match template.render() {
        Ok(html) => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
                (header::CONTENT_SECURITY_POLICY, policy),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                (header::VARY, HeaderValue::from_static("Cookie, Origin, Sec-Fetch-Site")),
            ];
            let mut response = (status, headers, html).into_response();
            let opener = HeaderValue::from_static("same-origin");
            response.headers_mut().insert("cross-origin-opener-policy", opener);
            response
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            (StatusCode::INTERNAL_SERVER_ERROR, "The server made a mistake while writing this page.")
                .into_response()
        }
    }
}
