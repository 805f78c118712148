//! All that is known of one.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};

use super::{shelf::Shelf, view::TokenView};
use crate::{
    pages::{
        frame::{Frame, Head},
        visit::{Answer, Visit},
    },
    service::Service,
    token::Status,
};

#[derive(Template)]
#[template(path = "tokens/one.html")]
struct Page {
    frame: Frame,
    head: Head,
    token: TokenView,
    noun: &'static str,
    rotate: Option<String>,
}

pub async fn one(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let shelf = Shelf::of(&visit).await?;
    let found = shelf.find(&visit).await?;
    let token = TokenView::of(&visit, &shelf, &found);
    let may_replace =
        shelf.may_replace(&visit, &found) && !found.from_sign_in && found.status != Status::Revoked;
    let page = Page {
        frame: shelf.frame(&visit),
        head: shelf.head(&visit, token.name.clone()),
        noun: shelf.noun(),
        rotate: may_replace.then(|| format!("{}/rotate", token.href)),
        token,
    };
    Ok(visit.page(&page))
}
