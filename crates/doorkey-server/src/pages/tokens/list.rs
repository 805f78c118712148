//! The list.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    response::Response,
};

use super::{shelf::Shelf, view::TokenView};
use crate::{
    org::Org,
    pages::{
        frame::{Frame, Head, Link, Step},
        listing::Search,
        visit::{Answer, Visit},
    },
    service::Service,
};

#[derive(Template)]
#[template(path = "tokens/list.html")]
struct Page {
    frame: Frame,
    head: Head,
    search: Search,
    good: Vec<TokenView>,
    /// Those that don't work any more.
    over: Vec<TokenView>,
    noun: &'static str,
    /// Whether there are none at all.
    empty: bool,
    create: Option<(String, String)>,
    /// The other organizations whose keys could be shown instead.
    orgs: Vec<Link>,
    /// Whether several apps have some.
    several_apps: bool,
    /// Whether the columns for organizations' keys are there.
    keys: bool,
    /// Whether what is made here acts as whoever makes it.
    own: bool,
}

pub async fn list(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let shelf = Shelf::of(&visit).await?;
    show(&visit, &shelf, &shelf.path(), &[]).await
}

/// Shows a list; `orgs` are those among which the person may choose here.
pub(super) async fn show(
    visit: &Visit,
    shelf: &Shelf,
    action: &str,
    orgs: &[Org],
) -> Result<Response, Response> {
    let list = shelf.path();
    let mut all: Vec<TokenView> =
        shelf.all(visit).await?.iter().map(|token| TokenView::of(visit, shelf, token)).collect();
    let empty = all.is_empty();
    let several_apps = all.iter().any(|token| token.app != all[0].app);
    let mut search = Search::over(visit, action, &mut all, TokenView::texts);
    let (good, over) = all.into_iter().partition(|token| token.active);
    let words = shelf.words(visit);
    let create = (shelf.may_make(visit) && any_app(visit, shelf))
        .then(|| (visit.link(&format!("{list}/new")), words.create.clone()));
    let mut links = Vec::new();
    if let Shelf::Of(membership) = shelf
        && orgs.len() > 1
    {
        search.org = Some(membership.org.slug.clone());
        links = orgs
            .iter()
            .map(|org| Link {
                href: visit.link(&format!("{action}?org={}", org.slug)),
                label: org.name.clone(),
                current: org.id == membership.org.id,
            })
            .collect();
    }
    let head = Head {
        trail: words.trail.iter().map(|step| Step::said(step)).collect(),
        title: words.title,
        lead: words.lead,
        action: create.clone().filter(|_| !empty),
        notice: visit.notice(),
    };
    let page = Page {
        frame: shelf.frame(visit),
        head,
        search,
        good,
        over,
        noun: shelf.noun(),
        empty,
        create,
        orgs: links,
        several_apps,
        keys: matches!(shelf, Shelf::Of(_)),
        own: match shelf {
            Shelf::Mine => true,
            Shelf::Of(_) => super::form::apps(visit, shelf).all(|product| product.app().keys_of_people),
        },
    };
    Ok(visit.page(&page))
}

/// Whether there is an app to make one for.
fn any_app(visit: &Visit, shelf: &Shelf) -> bool {
    super::form::apps(visit, shelf).next().is_some()
}
