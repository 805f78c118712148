//! The pages: what a person sees in a browser. They work without JavaScript and have none.
//!
//! Reading a page changes nothing except that a signed-in person's opening a sign-in makes it theirs to decide. All else
//! is a POST that carries the token of a form we gave to this very browser.

mod app_card;
mod approve;
mod browser;
mod device;
mod done;
mod home;
mod local_path;
pub mod problem;
mod sign_in;
mod sign_out;
mod sign_up;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

use self::browser::Browser;
use crate::{service::Service, wire::assets};

/// Where a page may load things from and send forms to: us, and nobody else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
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
        .route("/device", get(device::get).post(device::post))
        .route("/approve/{approval_id}", get(approve::get).post(approve::post))
        .route("/done", get(done::get))
        .route("/assets/apps/{name}", get(app_card::style_sheet))
}

/// What every page has around its content.
#[derive(Debug)]
struct Frame {
    /// Whose browser this is.
    account: Option<String>,
    /// The host that the person should see in the address bar.
    host: String,
    /// The app's own colours, if it has any.
    style_sheet: Option<String>,
}

impl Frame {
    fn new(service: &Service, browser: &Browser) -> Self {
        Self {
            account: browser.session().map(|session| session.account.email.clone()),
            host: service.issuer.host().to_owned(),
            style_sheet: None,
        }
    }

    /// The frame of a page that knows nothing of who asks.
    fn bare() -> Self {
        Self { account: None, host: String::new(), style_sheet: None }
    }

    /// With the colours of the app that the page is about.
    fn dressed(mut self, app: Option<&app_card::AppCard>) -> Self {
        self.style_sheet = app.and_then(|app| app.style_sheet.clone());
        self
    }

    #[expect(clippy::unused_self, reason = "templates call methods of what they are given")]
    fn style_version(&self) -> &'static str {
        assets::style_version()
    }
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
