//! Making an organization.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};

use super::shown;
use crate::{
    org::NewOrg,
    pages::{
        brand::Section,
        frame::{Frame, Head, Step},
        visit::{Alarm, Answer, Visit},
    },
    service::Service,
};

#[derive(Template)]
#[template(path = "orgs/new.html")]
struct Page {
    frame: Frame,
    head: Head,
    alarm: Option<String>,
    form_token: String,
    action: String,
    back: String,
    name: String,
    slug: String,
}

pub async fn new(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    visit.must_manage()?;
    Ok(show(&visit, None))
}

pub async fn create(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::sending(&service, request).await?;
    let new = NewOrg { name: visit.sent.get("name").unwrap_or_default(), slug: visit.sent.get("slug") };
    match service.domain.create_org(&visit.asker, new).await {
        Ok(made) => Ok(visit.done(&shown::path(&made, ""), "made")),
        Err(refusal) => {
            let alarm = visit.alarm(&refusal)?;
            Ok(show(&visit, Some(alarm)))
        }
    }
}

fn show(visit: &Visit, alarm: Option<Alarm>) -> Response {
    let text = |name: &str| visit.sent.get(name).unwrap_or_default().chars().take(2_000).collect::<String>();
    let words = visit.words(Section::Orgs);
    let status = alarm.as_ref().map_or(StatusCode::OK, |alarm| alarm.status);
    let page = Page {
        frame: visit.frame(Section::Orgs),
        head: Head {
            trail: vec![Step::to(visit.link("/orgs"), &words.short)],
            title: words.create,
            ..Head::default()
        },
        alarm: alarm.map(|alarm| alarm.sentence),
        form_token: visit.form_token(),
        action: visit.link("/orgs/new"),
        back: visit.link("/orgs"),
        name: text("name"),
        slug: text("slug"),
    };
    visit.page_as(status, &page)
}
