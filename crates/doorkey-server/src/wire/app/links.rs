//! The links that a person decides a sign-in at: a product's own where its manifest has some, and else Doorkey's.

use doorkey_manifest::{Template, Values};
use serde_json::Value;

use crate::{
    place::Place,
    products::Product,
    service::Service,
    sign_in::{Started, Way},
};

/// Where a person goes to decide a sign-in. What polls isn't in it.
#[derive(Debug)]
pub struct Links {
    /// The page where a code is typed.
    pub page: String,
    /// The link that needs no typing.
    pub complete: String,
}

impl Links {
    /// The links to a sign-in that has begun; `values` are those of the request that began it.
    pub fn of(
        service: &Service,
        product: &Product,
        place: Place,
        way: Way,
        started: &Started,
        values: &Values,
    ) -> Self {
        let pages = &product.manifest.pages;
        let typed = pages.device.path.as_ref().filter(|_| way == Way::Device);
        let page = typed.map_or_else(
            || service.issuer.join("/device"),
            |path| format!("{}{path}", place.frontend(service, product)),
        );
        let (own, usual) = match (&started.user_code, way) {
            (Some(user_code), Way::Device) => (&pages.device, format!("{page}?user_code={user_code}")),
            _ => (&pages.approve, service.issuer.join(&format!("/approve/{}", started.approval_id))),
        };
        let link = own.link.as_ref();
        let complete = link.and_then(|link| fill(service, product, place, link, started, values));
        Self { page, complete: complete.unwrap_or(usual) }
    }
}

fn fill(
    service: &Service,
    product: &Product,
    place: Place,
    link: &Template,
    started: &Started,
    values: &Values,
) -> Option<String> {
    let mut known = super::values::common(service, product, place, "");
    known.add_missing(values);
    known.set("approval_id", started.approval_id.as_str());
    if let Some(user_code) = &started.user_code {
        known.set("user_code", user_code.as_str());
    }
    if let Some(comparison) = &started.comparison {
        known.set("comparison_code", comparison.as_str());
    }
    match link.fill(&known) {
        Ok(Value::String(link)) => Some(link),
        Ok(_) => None,
        Err(error) => {
            tracing::error!(%error, app = product.name(), "a manifest's link can't be made; Doorkey's own is used");
            None
        }
    }
}

/// What a product's own link says, from the path and query at which a browser opened it.
pub fn read_link(link: &Template, frontend: &str, path: &str, query: &str) -> Option<Values> {
    link.read(&Value::String(format!("{frontend}{path}?{query}")))
}
