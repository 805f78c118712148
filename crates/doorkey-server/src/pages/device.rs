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
    approve::{self, Opened},
    brand::Brand,
    browser::{self, Browser, Submitted},
    local_path, page, problem, words,
};
use crate::{account::Session, service::Service, sign_in::CodeError, wire::parameters::Parameters};

/// The longest that is shown of what somebody takes for a code.
const LONGEST_CODE: usize = 32;

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
    let linked = brand.and_then(|brand| brand.asked.as_ref()?.text("user_code"));
    let brought = parameters.get("user_code").or(linked).filter(|brought| !brought.trim().is_empty());
    let user_code = brought.and_then(code::normalize).unwrap_or_default();
    let org = parameters.get("org");
    let Some(session) = browser.session() else {
        // What isn't a code goes along, too, so that the page can say so.
        let brought = brought.map(|brought| words::shown(brought, LONGEST_CODE)).unwrap_or_default();
        return Ok(to_sign_in(if user_code.is_empty() { &brought } else { &user_code }, org, brand));
    };
    if let Some(brought) = brought.filter(|_| user_code.is_empty()) {
        return Ok(refused(&service, &browser, brand, brought, CodeError::Unknown));
    }
    let complete = !user_code.is_empty();
    match brand.filter(|brand| complete && brand.product.manifest.pages.device.link.is_some()) {
        Some(brand) => by_link(&service, &browser, session, brand, &user_code, org).await,
        None => Ok(show(&service, &browser, brand, &user_code, complete, None, StatusCode::OK)),
    }
}

/// A product's own link shows the code and asks the question on one page. Looking at it takes nothing from anybody; it is
/// the answer that makes a sign-in this browser's.
async fn by_link(
    service: &Service,
    browser: &Browser,
    session: &Session,
    brand: &Brand,
    user_code: &str,
    org: Option<&str>,
) -> Result<Response, Response> {
    let view = match service.domain.look_by_user_code(user_code, session, &browser.origin).await {
        Ok(view) => view,
        Err(error) => return Ok(refused(service, browser, Some(brand), user_code, error)),
    };
    let product = service.products.get(&view.app).ok_or_else(problem::not_found)?;
    if service.domain.takes_password(&view.scopes, session) {
        return Ok(approve::to_confirm(&view.approval_id, &view.app));
    }
    let opened = Opened { org, by_code: true };
    Ok(browser.remember(approve::show(service, browser, session, product, &view, opened)))
}

pub async fn post(State(service): State<Arc<Service>>, request: Request) -> Result<Response, Response> {
    let Submitted { browser, form, parts } = browser::submitted(&service, request).await?;
    let brand = parts.extensions.get::<Brand>();
    let typed = form.get("user_code").unwrap_or_default();
    let Some(session) = browser.session() else {
        return Ok(to_sign_in(&code::normalize(typed).unwrap_or_default(), None, brand));
    };
    match service.domain.by_user_code(typed, session, &browser.origin).await {
        Ok(approval_id) => Ok(Redirect::to(&format!("/approve/{approval_id}")).into_response()),
        Err(error) => Ok(refused(&service, &browser, brand, typed, error)),
    }
}

/// Why a code leads nowhere, for the person who brought it.
fn refused(
    service: &Service,
    browser: &Browser,
    brand: Option<&Brand>,
    typed: &str,
    error: CodeError,
) -> Response {
    match error {
        CodeError::Unknown => {
            let alarm = if code::normalize(typed).is_some() {
                "No terminal is waiting with this code. Compare it with your terminal and type it again; \
                 if it is more than ten minutes old, run the command again."
            } else {
                "No command shows a code like this one. A code is eight letters such as BCDF-GHJK, without vowels \
                 and without digits. Compare it with your terminal and type it again, or run the command again."
            };
            let shown = words::shown(typed, LONGEST_CODE);
            show(service, browser, brand, &shown, false, Some(alarm), StatusCode::UNPROCESSABLE_ENTITY)
        }
        CodeError::Throttled(throttled) => {
            let response = problem::throttled(throttled.retry_after);
            problem::retry_after(response, throttled.retry_after)
        }
        CodeError::Open(error) => problem::not_open(&error),
        CodeError::Store(error) => problem::unavailable(&error),
    }
}

fn to_sign_in(user_code: &str, org: Option<&str>, brand: Option<&Brand>) -> Response {
    let path = if user_code.is_empty() {
        "/device".to_owned()
    } else {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        format!("/device?{}", query.append_pair("user_code", user_code).finish())
    };
    let path = local_path::with_org(&path, org);
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
