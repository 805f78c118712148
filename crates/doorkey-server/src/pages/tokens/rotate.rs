//! Replacing one by a successor. For a while that is chosen, both work.

use std::{sync::Arc, time::Duration};

use askama::Template;
use axum::{
    extract::{Request, State},
    http::StatusCode,
};

use super::{create::show_secret, form::Choice, shelf::Shelf, view::TokenView};
use crate::{
    asker::Refusal,
    pages::{
        brand::Words,
        frame::{Frame, Head},
        once::FormBook,
        visit::{Alarm, Answer, Visit},
    },
    service::Service,
    token::{HandedOut, Lifetime, LongLived, Rotation},
};

/// For how long the old one may work on: what is offered.
const OVERLAPS: [(&str, &str, u64); 5] = [
    ("0", "Not at all: the old one stops at once", 0),
    ("1h", "1 hour", 3_600),
    ("1d", "1 day", 86_400),
    ("7d", "7 days", 7 * 86_400),
    ("30d", "30 days", 30 * 86_400),
];
/// What is chosen first.
const FIRST: &str = "1d";

#[derive(Template)]
#[template(path = "tokens/rotate.html")]
struct Page {
    frame: Frame,
    head: Head,
    alarm: Option<String>,
    form_token: String,
    once: String,
    action: String,
    token: TokenView,
    noun: &'static str,
    overlaps: Vec<Choice>,
}

pub async fn rotating(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let shelf = Shelf::of(&visit).await?;
    let found = shelf.find(&visit).await?;
    shelf.must(shelf.may_replace(&visit, &found), &visit)?;
    Ok(show(&visit, &shelf, &found, None))
}

pub async fn rotate(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::sending(&service, request).await?;
    let shelf = Shelf::of(&visit).await?;
    let found = shelf.find(&visit).await?;
    let once = shelf.once(&visit, &format!("{}/rotate", found.id))?;
    match replace(&visit, &shelf, &found).await {
        Ok(made) => {
            let product = service.products.get(&found.app).map(|product| &**product);
            Ok(show_secret(&visit, &shelf, Words::of(shelf.section(), product), &made, true))
        }
        Err(refusal) => {
            service.forms.give_back(once);
            let alarm = visit.alarm(&refusal)?;
            Ok(show(&visit, &shelf, &found, Some(alarm)))
        }
    }
}

async fn replace(visit: &Visit, shelf: &Shelf, found: &LongLived) -> Result<HandedOut, Refusal> {
    let wanted = visit.sent.get("overlap").unwrap_or(FIRST);
    let overlap = OVERLAPS.iter().find(|(value, ..)| *value == wanted);
    let (.., seconds) = overlap.ok_or_else(|| Refusal::invalid("overlap", "choose one of the list"))?;
    let rotation = Rotation { overlap: Duration::from_secs(*seconds), lifetime: Lifetime::Usual };
    let domain = &visit.service.domain;
    match shelf {
        Shelf::Mine => domain.rotate_personal_token(&visit.asker, found.id, rotation).await,
        Shelf::Of(membership) => {
            domain.rotate_key(&visit.asker, &membership.org.id.to_string(), found.id, rotation).await
        }
    }
}

fn show(visit: &Visit, shelf: &Shelf, found: &LongLived, alarm: Option<Alarm>) -> axum::response::Response {
    let token = TokenView::of(visit, shelf, found);
    let wanted = visit.sent.get("overlap").unwrap_or(FIRST);
    let overlaps = OVERLAPS.iter().map(|(value, label, _)| Choice {
        value: (*value).to_owned(),
        label: (*label).to_owned(),
        chosen: *value == wanted,
        hint: None,
    });
    let status = alarm.as_ref().map_or(StatusCode::OK, |alarm| alarm.status);
    let page = Page {
        frame: shelf.frame(visit),
        head: shelf.head(visit, format!("Replace “{}”", token.name)),
        alarm: alarm.map(|alarm| alarm.sentence),
        form_token: visit.form_token(),
        once: FormBook::draw(&visit.service, &visit.browser),
        action: format!("{}/rotate", token.href),
        noun: shelf.noun(),
        overlaps: overlaps.collect(),
        token,
    };
    visit.page_as(status, &page)
}
