//! The organization that a page's path names, and what its pages have in common.

use axum::response::Response;

use crate::{
    org::{Membership, Role},
    pages::{
        brand::Section,
        frame::{Frame, Head, OrgTab},
        visit::Visit,
    },
};

/// The organization that a page's path names, if the person is in it.
pub async fn of(visit: &Visit) -> Result<Membership, Response> {
    let found = visit.service.domain.membership(&visit.asker, visit.part(1)).await;
    found.map_err(|refusal| visit.refused(&refusal, "/orgs"))
}

/// A path below an organization's.
pub fn path(membership: &Membership, rest: &str) -> String {
    format!("/orgs/{}{rest}", membership.org.slug)
}

pub fn frame(visit: &Visit, membership: &Membership, tab: OrgTab) -> Frame {
    visit.frame(Section::Orgs).in_org(visit, membership, tab)
}

/// The title of one of its pages. The way there stands above the organization's navigation.
pub fn head(visit: &Visit, title: &str) -> Head {
    Head { title: title.to_owned(), notice: visit.notice(), ..Head::default() }
}

/// What a role is called, and what it may.
pub const fn role(role: Role) -> &'static str {
    match role {
        Role::Member => "Member",
        Role::Admin => "Admin",
        Role::Owner => "Owner",
    }
}
