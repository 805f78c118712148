//! Typing the password again, before something is made or changed.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use doorkey_manifest::Secret;

use super::{
    app_card::AppCard,
    browser,
    frame::Frame,
    local_path, page, problem,
    visit::{Answer, Visit},
    words,
};
use crate::{
    account::{AuthenticateError, Credentials},
    service::Service,
};

#[derive(Template)]
#[template(path = "confirm.html")]
struct Page<'a> {
    frame: Frame,
    app: Option<AppCard>,
    alarm: Option<&'a str>,
    form_token: String,
    return_to: &'a str,
    account: &'a str,
}

pub async fn get(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    Ok(show(&visit, None, StatusCode::OK))
}

pub async fn post(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::sending(&service, request).await?;
    // Only the account that is signed in here: this page is no way into another one.
    let typed = Credentials {
        email: visit.session.account.email.clone(),
        password: Secret::new(visit.sent.get("password").unwrap_or_default()),
    };
    let return_to = local_path::or_home(visit.sent.get("return_to"));
    match service.domain.authenticate(typed, Some(&visit.session), &visit.browser.origin).await {
        Ok(signed_in) => Ok(browser::sign_in(Redirect::to(return_to).into_response(), &signed_in.cookie)),
        Err(AuthenticateError::Wrong) => {
            let alarm = "This isn't the password of this account. Try again.";
            Ok(show(&visit, Some(alarm), StatusCode::UNAUTHORIZED))
        }
        Err(AuthenticateError::Throttled(throttled)) => {
            let wait = words::duration(throttled.retry_after);
            let alarm = format!("There were too many attempts that failed. Try again in {wait}.");
            let response = show(&visit, Some(&alarm), StatusCode::TOO_MANY_REQUESTS);
            Ok(problem::retry_after(response, throttled.retry_after))
        }
        Err(AuthenticateError::Busy(_)) => Err(problem::crowded()),
        Err(AuthenticateError::Store(error)) => Err(problem::unavailable(&error)),
    }
}

fn show(visit: &Visit, alarm: Option<&str>, status: StatusCode) -> Response {
    let product = visit.sent.get("app").and_then(|name| visit.service.products.get(name));
    let app = product.map(|product| AppCard::of(product));
    let template = Page {
        frame: Frame::new(&visit.service, &visit.browser).dressed(app.as_ref()),
        app,
        alarm,
        form_token: visit.form_token(),
        return_to: local_path::or_home(visit.sent.get("return_to")),
        account: &visit.session.account.email,
    };
    visit.browser.remember(page(status, &template))
}
