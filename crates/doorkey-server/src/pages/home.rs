//! The start page: who is signed in here, and the place to type a code.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};

use super::{Frame, browser::Browser, page, problem};
use crate::service::Service;

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    frame: Frame,
    form_token: String,
    email: &'a str,
    org: &'a str,
    user_code: &'a str,
    alarm: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome {
    frame: Frame,
}

pub async fn get(State(service): State<Arc<Service>>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let browser = Browser::of(&service, &parts).await?;
    let frame = Frame::new(&service, &browser);
    let Some(session) = browser.session() else {
        return Ok(browser.remember(page(StatusCode::OK, &Welcome { frame })));
    };
    let orgs = service.domain.orgs(session.account.id).await.map_err(|error| problem::unavailable(&error))?;
    let template = Home {
        frame,
        form_token: browser.form_token(&service),
        email: &session.account.email,
        org: orgs.first().map_or("", |org| org.name.as_str()),
        user_code: "",
        alarm: None,
    };
    Ok(browser.remember(page(StatusCode::OK, &template)))
}
