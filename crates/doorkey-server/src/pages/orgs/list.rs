//! The organizations that the person is in.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};

use super::shown;
use crate::{
    pages::{
        brand::Section,
        frame::{Frame, Head, Step},
        listing::Search,
        problem,
        visit::{Answer, Visit},
        words::When,
    },
    service::Service,
};

#[derive(Template)]
#[template(path = "orgs/list.html")]
struct Page {
    frame: Frame,
    head: Head,
    search: Search,
    orgs: Vec<Row>,
}

struct Row {
    href: String,
    name: String,
    slug: String,
    role: &'static str,
    personal: bool,
    plan: Option<String>,
    members: u32,
    joined: When,
}

pub async fn list(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let all = service.domain.memberships(visit.asker.account).await;
    let mut orgs: Vec<Row> = all
        .map_err(|error| problem::unavailable(&error))?
        .into_iter()
        .map(|membership| Row {
            href: visit.link(&shown::path(&membership, "")),
            role: shown::role(membership.role),
            personal: membership.personal,
            plan: membership.plan,
            members: membership.members,
            joined: When::of(membership.joined_at, visit.now),
            name: membership.org.name,
            slug: membership.org.slug,
        })
        .collect();
    let search = Search::over(&visit, "/orgs", &mut orgs, |org| {
        vec![org.name.clone(), org.slug.clone(), org.role.to_owned()]
    });
    let words = visit.words(Section::Orgs);
    let head = Head {
        trail: words.trail.iter().map(|step| Step::said(step)).collect(),
        title: words.title,
        lead: words.lead,
        action: Some((visit.link("/orgs/new"), words.create)),
        notice: visit.notice(),
    };
    Ok(visit.page(&Page { frame: visit.frame(Section::Orgs), head, search, orgs }))
}
