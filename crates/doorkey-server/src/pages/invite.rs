//! Accepting an invitation to an organization.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use doorkey_manifest::Secret;

use super::{
    frame::Frame,
    page, problem,
    visit::{Answer, Visit},
    words::When,
};
use crate::{asker::Refusal, org::InvitationView, service::Service};

#[derive(Template)]
#[template(path = "invite.html")]
struct Page<'a> {
    frame: Frame,
    alarm: Option<&'a str>,
    form_token: String,
    action: String,
    org: &'a str,
    role: String,
    by: &'a str,
    expires: When,
    account: &'a str,
}

/// Nobody learns what a link leads to before they are signed in: a preview of the link tells nothing.
pub async fn get(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let view = look(&visit).await?;
    Ok(show(&visit, &view, None, StatusCode::OK))
}

pub async fn post(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::sending(&service, request).await?;
    let view = look(&visit).await?;
    match service.domain.accept_invitation(&visit.asker, &secret(&visit)).await {
        Ok(membership) => Ok(visit.done(&format!("/orgs/{}", membership.org.slug), "joined")),
        Err(refusal @ Refusal::Conflict(_)) => {
            let alarm = visit.alarm(&refusal)?;
            Ok(show(&visit, &view, Some(&alarm.sentence), alarm.status))
        }
        Err(refusal) => Err(visit.refused(&refusal, "/orgs")),
    }
}

fn secret(visit: &Visit) -> Secret {
    Secret::new(visit.part(1))
}

/// What the link leads to, if it still leads there.
async fn look(visit: &Visit) -> Result<InvitationView, Response> {
    let found = visit.service.domain.look_at_invitation(&secret(visit)).await;
    let view = found.map_err(|error| problem::unavailable(&error))?.ok_or_else(problem::no_invitation)?;
    match view.over {
        Some(over) => Err(visit.refused(&Refusal::Invitation(over), "/orgs")),
        None => Ok(view),
    }
}

fn show(visit: &Visit, view: &InvitationView, alarm: Option<&str>, status: StatusCode) -> Response {
    let template = Page {
        frame: Frame::new(&visit.service, &visit.browser),
        alarm,
        form_token: visit.form_token(),
        action: format!("/invite/{}", visit.part(1)),
        org: &view.org.name,
        role: view.role.as_str().to_owned(),
        by: &view.invited_by,
        expires: When::of(view.expires_at, visit.now),
        account: &visit.session.account.email,
    };
    visit.browser.remember(page(status, &template))
}
