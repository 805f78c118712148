//! Signing in with e-mail address and password.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use doorkey_manifest::Secret;

use super::{
    Frame,
    app_card::AppCard,
    browser::{self, Browser, Submitted},
    local_path, page, problem, words,
};
use crate::{
    account::{AuthenticateError, Credentials},
    products::Product,
    service::Service,
    wire::parameters::Parameters,
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page<'a> {
    frame: Frame,
    app: Option<AppCard>,
    /// What comes next.
    next: Option<String>,
    alarm: Option<&'a str>,
    form_token: String,
    return_to: &'a str,
    /// The way to the page for those who have no account.
    other: String,
    email: &'a str,
}

/// What the pages for signing in and signing up take along.
pub(super) struct Onward<'a> {
    pub app: Option<AppCard>,
    pub return_to: &'a str,
    /// What comes next for the app, if it is known.
    pub next: Option<String>,
}

impl<'a> Onward<'a> {
    pub fn of(service: &Service, parameters: &'a Parameters) -> Self {
        let product = parameters.get("app").and_then(|name| service.products.get(name));
        let return_to = local_path::or_home(parameters.get("return_to"));
        let next = product.map(|product| {
            let title = product.title();
            if asks(product, return_to) {
                format!("Then you decide whether {title} may sign in on your terminal.")
            } else {
                format!("Then you go on to your account for {title}.")
            }
        });
        Self { app: product.map(|product| AppCard::of(product)), return_to, next }
    }

    /// The way to another page that takes the same along.
    pub fn link(&self, page: &str) -> String {
        local_path::with_return(page, self.return_to, self.app.as_ref().map(|app| app.name.as_str()))
    }
}

/// Whether a page asks if a tool may sign in, or for the code of one.
fn asks(product: &Product, page: &str) -> bool {
    let path = page.split(['?', '#']).next().unwrap_or_default();
    let below = path.strip_prefix("/apps/").and_then(|path| path.strip_prefix(product.name()));
    let path = below.unwrap_or(path);
    let pages = &product.manifest.pages;
    let own = [&pages.device, &pages.approve].into_iter().filter_map(|page| page.path.as_deref());
    path.starts_with("/approve/") || ["/device"].into_iter().chain(own).any(|asks| asks == path)
}

pub async fn get(State(service): State<Arc<Service>>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let browser = Browser::of(&service, &parts).await?;
    let parameters = Parameters::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let onward = Onward::of(&service, &parameters);
    if browser.session().is_some() {
        return Ok(Redirect::to(onward.return_to).into_response());
    }
    Ok(show(&service, &browser, onward, "", None, StatusCode::OK))
}

pub async fn post(State(service): State<Arc<Service>>, request: Request) -> Result<Response, Response> {
    let Submitted { browser, form, .. } = browser::submitted(&service, request).await?;
    let onward = Onward::of(&service, &form);
    let email = form.get("email").unwrap_or_default();
    let typed = Credentials {
        email: email.to_owned(),
        password: Secret::new(form.get("password").unwrap_or_default()),
    };
    match service.domain.authenticate(typed, browser.session(), &browser.origin).await {
        Ok(signed_in) => {
            Ok(browser::sign_in(Redirect::to(onward.return_to).into_response(), &signed_in.cookie))
        }
        Err(AuthenticateError::Wrong) => {
            let alarm = "The e-mail address and the password don't go together. Check both and try again.";
            Ok(show(&service, &browser, onward, email, Some(alarm), StatusCode::UNAUTHORIZED))
        }
        Err(AuthenticateError::Throttled(throttled)) => {
            let wait = words::duration(throttled.retry_after);
            let alarm = format!("There were too many attempts that failed. Try again in {wait}.");
            let response =
                show(&service, &browser, onward, email, Some(&alarm), StatusCode::TOO_MANY_REQUESTS);
            Ok(problem::retry_after(response, throttled.retry_after))
        }
        Err(AuthenticateError::Busy(_)) => Err(problem::crowded()),
        Err(AuthenticateError::Store(error)) => Err(problem::unavailable(&error)),
    }
}

fn show(
    service: &Service,
    browser: &Browser,
    onward: Onward<'_>,
    email: &str,
    alarm: Option<&str>,
    status: StatusCode,
) -> Response {
    let template = Page {
        frame: Frame::new(service, browser).dressed(onward.app.as_ref()),
        alarm,
        form_token: browser.form_token(service),
        other: onward.link("/sign-up"),
        return_to: onward.return_to,
        next: onward.next,
        app: onward.app,
        email,
    };
    browser.remember(page(status, &template))
}
