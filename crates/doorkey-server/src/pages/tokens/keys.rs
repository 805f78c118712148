//! `/keys`: the keys of the personal organization, or of another that is chosen there.

use std::sync::Arc;

use axum::extract::{Request, State};

use super::{list::show, shelf::Shelf};
use crate::{
    org::Org,
    pages::{
        problem,
        visit::{Answer, Visit},
    },
    service::Service,
};

pub async fn keys(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let mut all = service
        .domain
        .memberships(visit.asker.account)
        .await
        .map_err(|error| problem::unavailable(&error))?;
    let orgs: Vec<Org> = all.iter().map(|membership| membership.org.clone()).collect();
    let at = match visit.sent.get("org") {
        Some(wanted) => orgs.iter().position(|org| org.slug == wanted || org.id.to_string() == wanted),
        None => (!all.is_empty()).then_some(0),
    };
    let membership = all.swap_remove(at.ok_or_else(problem::not_found)?);
    show(&visit, &Shelf::Of(Box::new(membership)), "/keys", &orgs).await
}
