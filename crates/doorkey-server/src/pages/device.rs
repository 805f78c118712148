//! Typing the code of a terminal (RFC 8628, section 3.3). A link that brings the code along fills it in and no more:
//! the person still compares it and goes on by hand.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use doorkey_manifest::code;

use super::{
    Frame,
    app_card::AppCard,
    brand::Brand,
    browser::{self, Browser, Submitted},
    local_path, page, problem, words,
};
use crate::{service::Service, sign_in::CodeError, wire::parameters::Parameters};

#[derive(Template)]
#[template(path = "device.html")]
struct Page<'a> {
    frame: Frame,
    alarm: Option<&'a str>,
    form_token: String,
    user_code: &'a str,
    /// Whether the code came with the link.
    complete: bool,
    /// Where the form goes.
    device: String,
    title: String,
    /// The product's own sentence.
    lead: Option<String>,
}

pub async fn get(State(service): State<Arc<Service>>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let browser = Browser::of(&service, &parts).await?;
    let parameters = Parameters::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let brand = parts.extensions.get::<Brand>();
    let user_code = parameters.get("user_code").and_then(code::normalize).unwrap_or_default();
    if browser.session().is_none() {
        return Ok(to_sign_in(&user_code, brand));
    }
    Ok(show(&service, &browser, brand, &user_code, !user_code.is_empty(), None, StatusCode::OK))
}

pub async fn post(State(service): State<Arc<Service>>, request: Request) -> Result<Response, Response> {
    let Submitted { browser, form, parts } = browser::submitted(&service, request).await?;
    let brand = parts.extensions.get::<Brand>();
    let typed = form.get("user_code").unwrap_or_default();
    let Some(session) = browser.session() else {
        return Ok(to_sign_in(&code::normalize(typed).unwrap_or_default(), brand));
    };
    match service.domain.by_user_code(typed, session, &browser.origin).await {
        Ok(approval_id) => Ok(Redirect::to(&format!("/approve/{approval_id}")).into_response()),
        Err(CodeError::Unknown) => {
            let alarm = "No terminal is waiting with this code. Compare it with your terminal and type it again; \
                         if it is more than ten minutes old, run the command again.";
            let shown = words::shown(typed, 32);
            Ok(show(&service, &browser, brand, &shown, false, Some(alarm), StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(CodeError::Throttled(throttled)) => {
            let response = problem::throttled(throttled.retry_after);
            Err(problem::retry_after(response, throttled.retry_after))
        }
        Err(CodeError::Open(error)) => Err(problem::not_open(&error)),
        Err(CodeError::Store(error)) => Err(problem::unavailable(&error)),
    }
}

fn to_sign_in(user_code: &str, brand: Option<&Brand>) -> Response {
    let path =
        if user_code.is_empty() { "/device".to_owned() } else { format!("/device?user_code={user_code}") };
    let app = brand.map(|brand| brand.product.name());
    let return_to = brand.map_or_else(|| path.clone(), |brand| brand.link(&path));
    Redirect::to(&local_path::with_return("/sign-in", &return_to, app)).into_response()
}

fn show(
    service: &Service,
    browser: &Browser,
    brand: Option<&Brand>,
    user_code: &str,
    complete: bool,
    alarm: Option<&str>,
    status: StatusCode,
) -> Response {
    let own = brand.map(|brand| &brand.product.manifest.pages.device);
    let mut frame = Frame::new(service, browser);
    if let Some(brand) = brand {
        let card = AppCard::of(&brand.product);
        frame = frame.dressed(Some(&card));
        frame.brand = Some(card);
    }
    let template = Page {
        frame,
        alarm,
        form_token: browser.form_token(service),
        user_code,
        complete,
        device: brand.map_or_else(|| "/device".to_owned(), |brand| brand.link("/device")),
        title: own
            .and_then(|page| page.title.clone())
            .unwrap_or_else(|| "Enter the code from your terminal".to_owned()),
        lead: own.and_then(|page| page.lead.clone()),
    };
    browser.remember(page(status, &template))
}
