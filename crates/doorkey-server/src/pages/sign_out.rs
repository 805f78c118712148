//! Signing this browser out. What it had opened and not decided may then be opened with another account.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    Frame,
    browser::{self, Browser, Submitted},
    local_path, page, problem,
};
use crate::{service::Service, wire::parameters::Parameters};

#[derive(Template)]
#[template(path = "sign_out.html")]
struct Page<'a> {
    frame: Frame,
    form_token: String,
    return_to: &'a str,
}

pub async fn get(State(service): State<Arc<Service>>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let browser = Browser::of(&service, &parts).await?;
    if browser.session().is_none() {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    let parameters = Parameters::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let template = Page {
        frame: Frame::new(&service, &browser),
        form_token: browser.form_token(&service),
        return_to: local_path::or_home(parameters.get("return_to")),
    };
    Ok(browser.remember(page(StatusCode::OK, &template)))
}

pub async fn post(State(service): State<Arc<Service>>, request: Request) -> Result<Response, Response> {
    let Submitted { browser, form, .. } = browser::submitted(&service, request).await?;
    if let Some(session) = browser.session() {
        let ended = service.domain.sign_out(session, &browser.origin).await;
        ended.map_err(|error| problem::unavailable(&error))?;
    }
    let response = Redirect::to(local_path::or_home(form.get("return_to"))).into_response();
    Ok(browser::sign_out(&service, response))
}
