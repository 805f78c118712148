//! Making an account: an e-mail address, a password and nothing else.

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
    page, problem,
    sign_in::Onward,
    words,
};
use crate::{
    account::{Credentials, SignUpError},
    service::Service,
    wire::parameters::Parameters,
};

#[derive(Template)]
#[template(path = "sign_up.html")]
struct Page<'a> {
    frame: Frame,
    app: Option<AppCard>,
    /// What comes next.
    next: Option<String>,
    alarm: Option<&'a str>,
    form_token: String,
    return_to: &'a str,
    /// The way to the page for those who have an account.
    other: String,
    email: &'a str,
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
    let new = Credentials {
        email: email.to_owned(),
        password: Secret::new(form.get("password").unwrap_or_default()),
    };
    let error = match service.domain.sign_up(new, browser.session(), &browser.origin).await {
        Ok(signed_in) => {
            return Ok(browser::sign_in(Redirect::to(onward.return_to).into_response(), &signed_in.cookie));
        }
        Err(error) => error,
    };
    let alarm = match &error {
        SignUpError::Email => "This isn't an e-mail address. It looks like name@example.com.".to_owned(),
        SignUpError::PasswordTooShort => "The password needs at least 8 characters.".to_owned(),
        SignUpError::PasswordTooLong => "The password has at most 256 characters.".to_owned(),
        SignUpError::PasswordCommon => {
            "This password is one of the first that anybody would guess. Choose another.".to_owned()
        }
        SignUpError::Taken => {
            "There is an account with this e-mail address already. Sign in instead.".to_owned()
        }
        SignUpError::Throttled(throttled) => {
            let wait = words::duration(throttled.retry_after);
            format!("Many accounts were made from your network just now. Try again in {wait}.")
        }
        SignUpError::Busy(_) => return Err(problem::crowded()),
        SignUpError::Store(error) => return Err(problem::unavailable(error)),
    };
    if let SignUpError::Throttled(throttled) = &error {
        let response = show(&service, &browser, onward, email, Some(&alarm), StatusCode::TOO_MANY_REQUESTS);
        return Ok(problem::retry_after(response, throttled.retry_after));
    }
    Ok(show(&service, &browser, onward, email, Some(&alarm), StatusCode::UNPROCESSABLE_ENTITY))
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
        other: onward.link("/sign-in"),
        return_to: onward.return_to,
        next: onward.next,
        app: onward.app,
        email,
    };
    browser.remember(page(status, &template))
}
