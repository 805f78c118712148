//! The start page: who is signed in here, the place to type a code, and where to go from here.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    http::StatusCode,
};

use super::{
    Frame,
    brand::Section,
    browser::Browser,
    page, problem,
    visit::{Answer, Visit},
};
use crate::{service::Service, token::Status};

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    frame: Frame,
    form_token: String,
    email: &'a str,
    org: &'a str,
    user_code: &'a str,
    device: &'static str,
    alarm: Option<&'a str>,
    tokens: usize,
    orgs: usize,
    devices: usize,
    /// Whether a tool can be used here without an account.
    anonymous: bool,
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome {
    frame: Frame,
}

pub async fn get(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let browser = Browser::of(&service, &parts).await?;
    if browser.session().is_none() {
        let frame = Frame::new(&service, &browser);
        return Ok(browser.remember(page(StatusCode::OK, &Welcome { frame })));
    }
    let visit = Visit::looking(&service, Request::from_parts(parts, body)).await?;
    let unavailable = |refusal| visit.refused(&refusal, "/");
    let orgs = service.domain.orgs(visit.asker.account).await;
    let orgs = orgs.map_err(|error| problem::unavailable(&error))?;
    let tokens = service.domain.personal_tokens(&visit.asker).await.map_err(unavailable)?;
    let devices = service.domain.devices(&visit.asker).await.map_err(unavailable)?;
    let template = Home {
        frame: visit.frame(Section::Overview),
        form_token: visit.form_token(),
        email: &visit.session.account.email,
        org: orgs.first().map_or("", |org| org.name.as_str()),
        user_code: "",
        device: "/device",
        alarm: None,
        tokens: tokens.iter().filter(|token| token.status == Status::Active).count(),
        orgs: orgs.len(),
        devices: devices.len(),
        anonymous: service.products.iter().any(|product| product.app().anonymous.is_some()),
    };
    Ok(visit.page(&template))
}
