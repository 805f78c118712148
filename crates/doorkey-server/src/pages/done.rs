//! The end: the decision is on its way to the terminal, and there is nothing left to do in the browser.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};

use super::{Frame, app_card::AppCard, browser::Browser, page};
use crate::{service::Service, wire::parameters::Parameters};

#[derive(Template)]
#[template(path = "done.html")]
struct Page<'a> {
    frame: Frame,
    title: String,
    sentences: &'a [&'a str],
    yes: bool,
}

pub async fn get(State(service): State<Arc<Service>>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let browser = Browser::of(&service, &parts).await?;
    let parameters = Parameters::parse(parts.uri.query().unwrap_or_default().as_bytes());
    // Only names that are known here are repeated: a link can't make the page say anything of its own.
    let app =
        parameters.get("app").and_then(|name| service.products.get(name)).map(|product| AppCard::of(product));
    let yes = parameters.get("outcome") != Some("denied");
    let (title, sentences): (String, &[&str]) = if yes {
        let what = app.as_ref().map_or_else(String::new, |app| format!(" {}", app.title));
        (
            format!("You approved{what}"),
            &["Your terminal goes on by itself.", "You can close this tab and return to it."],
        )
    } else {
        ("You denied the sign-in".to_owned(), &["Nobody was signed in.", "You can close this tab."])
    };
    let frame = Frame::new(&service, &browser).dressed(app.as_ref());
    Ok(browser.remember(page(StatusCode::OK, &Page { frame, title, sentences, yes })))
}
