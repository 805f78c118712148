//! Bringing along what was done without an account.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use doorkey_manifest::Secret;

use super::{
    brand::Section,
    frame::{Frame, Head, Step},
    visit::{Alarm, Answer, Visit},
};
use crate::{asker::Refusal, service::Service};

#[derive(Template)]
#[template(path = "claim.html")]
struct Page {
    frame: Frame,
    head: Head,
    alarm: Option<String>,
    form_token: String,
}

pub async fn get(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    Ok(show(&visit, None))
}

pub async fn post(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::sending(&service, request).await?;
    let token = Secret::new(visit.sent.get("token").unwrap_or_default().trim());
    match service.domain.claim_anonymous(&visit.asker, &token).await {
        Ok(membership) => Ok(visit.done(&format!("/orgs/{}", membership.org.slug), "claimed")),
        Err(Refusal::NotFound(_)) => {
            let sentence = "There is no anonymous work with this token. Copy all of it, from its prefix on; if it is right, \
                            its time is over or the work was brought along already."
                .to_owned();
            Ok(show(&visit, Some(Alarm { status: StatusCode::UNPROCESSABLE_ENTITY, sentence })))
        }
        Err(refusal) => {
            let alarm = visit.alarm(&refusal)?;
            Ok(show(&visit, Some(alarm)))
        }
    }
}

fn show(visit: &Visit, alarm: Option<Alarm>) -> Response {
    let status = alarm.as_ref().map_or(StatusCode::OK, |alarm| alarm.status);
    let words = visit.words(Section::Orgs);
    let head = Head {
        trail: vec![Step::to(visit.link("/orgs"), &words.short)],
        title: "Bring your anonymous work along".to_owned(),
        lead: "Did you use a tool before you had an account? Paste the token that it used, and what you made becomes yours."
            .to_owned(),
        ..Head::default()
    };
    let page = Page {
        frame: visit.frame(Section::Orgs),
        head,
        alarm: alarm.map(|alarm| alarm.sentence),
        form_token: visit.form_token(),
    };
    visit.page_as(status, &page)
}
