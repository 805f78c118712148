//! A product's own dress for the pages of the dashboard: its name, its picture, its colour, its words, its addresses.
//!
//! Under `/apps/NAME`, every page of the dashboard also stands for that product alone, and where its manifest gives a
//! page an address of the product's own, the page stands there, for the product at the root of the host, too. Doorkey's own
//! paths are reserved in manifests, so nothing can clash.

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    http::Uri,
    response::{IntoResponse, Redirect, Response},
};
use doorkey_manifest::{Values, manifest};
use tower::ServiceExt as _;

use super::{local_path, problem};
use crate::{
    place::Place,
    products::Product,
    service::Service,
    wire::{app, edge::RequestId, fallback, origin::Peer, parameters::Parameters},
};

/// The product in whose name a page is shown.
#[derive(Debug, Clone)]
pub struct Brand {
    /// The product.
    pub product: Arc<Product>,
    /// Where its routes and pages stand.
    place: Place,
    /// What the product's own link says that led here: the user code, the name of the sign-in.
    pub asked: Option<Values>,
}

/// A part of the dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Who is signed in, and where to go from here.
    Overview,
    /// Personal access tokens.
    Tokens,
    /// An organization's keys.
    Keys,
    /// Organizations.
    Orgs,
    /// Where the account is signed in.
    Devices,
    /// What happened.
    Activity,
}

/// The sections that a product may have at an address of its own, with Doorkey's.
const OWN: [(Section, &str); 5] = [
    (Section::Tokens, "/tokens"),
    (Section::Keys, "/keys"),
    (Section::Orgs, "/orgs"),
    (Section::Devices, "/devices"),
    (Section::Activity, "/activity"),
];

/// What else of Doorkey's pages stands below `/apps/NAME`.
const OTHERS: [&str; 1] = ["/device"];

impl Section {
    fn settings(self, pages: &manifest::Pages) -> Option<&manifest::Page> {
        Some(match self {
            Self::Overview => return None,
            Self::Tokens => &pages.tokens,
            Self::Keys => &pages.keys,
            Self::Orgs => &pages.orgs,
            Self::Devices => &pages.devices,
            Self::Activity => &pages.activity,
        })
    }
}

/// What a page is called, and what its buttons say.
#[derive(Debug, Clone)]
pub struct Words {
    /// The steps that lead to it.
    pub trail: Vec<String>,
    /// Its title.
    pub title: String,
    /// Its name in the navigation.
    pub short: String,
    /// A sentence under the title.
    pub lead: String,
    /// The button that makes a new one.
    pub create: String,
    /// What is said beside a new secret.
    pub created: String,
}

impl Words {
    /// The words for a section: a product's where it has some, and else the usual ones.
    pub fn of(section: Section, product: Option<&Product>) -> Self {
        let (title, mut lead, create, created) = usual(section);
        if section == Section::Keys && product.is_some_and(|product| product.app().keys_of_people) {
            lead = "A key lets a script or another machine act as you, for the organization.";
        }
        let own = product.and_then(|product| section.settings(&product.manifest.pages));
        let or = |text: Option<&String>, usual: &str| text.map_or_else(|| usual.to_owned(), Clone::clone);
        let trail = own.map(|page| page.trail.clone()).unwrap_or_default();
        Self {
            title: or(own.and_then(|page| page.title.as_ref()), title),
            short: or(trail.last().or(own.and_then(|page| page.title.as_ref())), title),
            lead: or(own.and_then(|page| page.lead.as_ref()), lead),
            create: or(own.and_then(|page| page.create.as_ref()), create),
            created: or(own.and_then(|page| page.created.as_ref()), created),
            trail,
        }
    }
}

/// Title, lead, button, and what is said beside a new secret.
const fn usual(section: Section) -> (&'static str, &'static str, &'static str, &'static str) {
    match section {
        Section::Overview => ("Overview", "", "", ""),
        Section::Tokens => (
            "Tokens",
            "A personal access token lets a script or another machine act as you, for as long as you choose.",
            "Create token",
            "Copy your token now - it won't be shown again!",
        ),
        Section::Keys => (
            "Keys",
            "A key belongs to the organization and goes on working when whoever made it leaves.",
            "Create key",
            "Copy your key now - it won't be shown again!",
        ),
        Section::Orgs => (
            "Organizations",
            "What you act for. Keys and members belong to an organization.",
            "Create organization",
            "",
        ),
        Section::Devices => ("Devices", "Browsers and terminals that are signed in as you.", "", ""),
        Section::Activity => ("Activity", "What happened to your account, the latest first.", "", ""),
    }
}

impl Brand {
    /// Where one of Doorkey's own pages stands in this product's name.
    pub fn link(&self, path: &str) -> String {
        let (pages, prefix) = (&self.product.manifest.pages, self.place.prefix(&self.product));
        for (section, own) in OWN {
            if let Some(rest) = below(path, own)
                && let Some(at) = section.settings(pages).and_then(|page| page.path.as_deref())
            {
                return format!("{prefix}{at}{rest}");
            }
        }
        if let (Some(rest), Some(at)) = (below(path, "/device"), pages.device.path.as_deref()) {
            return format!("{prefix}{at}{rest}");
        }
        if path == "/" { path.to_owned() } else { format!("/apps/{}{path}", self.product.name()) }
    }

    /// What a product's own link says, if a path and a query are such a link.
    fn read_link(&self, service: &Service, path: &str, query: &str) -> Option<Values> {
        let pages = &self.product.manifest.pages;
        let page =
            [&pages.device, &pages.approve].into_iter().find(|page| page.path.as_deref() == Some(path))?;
        let frontend = self.place.frontend(service, &self.product);
        app::read_link(page.link.as_ref()?, &frontend, path, query)
    }

    /// Which of Doorkey's own pages stands at a path of the product; the path comes without the prefix.
    fn own_path(&self, path: &str) -> Option<String> {
        let pages = &self.product.manifest.pages;
        let named = OWN.iter().find_map(|(section, own)| {
            let page = section.settings(pages)?;
            let rest = page.path.iter().chain(&page.also).find_map(|at| below(path, at))?;
            Some(format!("{own}{rest}"))
        });
        let device = || below(path, pages.device.path.as_deref()?).filter(|rest| rest.is_empty());
        named.or_else(|| device().map(|_| "/device".to_owned())).or_else(|| {
            let own = OWN.iter().map(|(_, own)| *own).chain(OTHERS);
            let known = own.filter(|_| self.place == Place::Below).any(|own| below(path, own).is_some());
            known.then(|| path.to_owned())
        })
    }
}

/// The way on from a product's own address of the approval page.
fn approval(brand: &Brand, query: &str) -> Response {
    let plain =
        |id: &&str| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let Some(id) = brand.asked.as_ref().and_then(|asked| asked.text("approval_id")).filter(plain) else {
        return problem::bad_link("The link doesn't say which sign-in it is about.");
    };
    let org = Parameters::parse(query.as_bytes()).get("org").map(str::to_owned);
    Redirect::to(&local_path::with_org(&format!("/approve/{id}"), org.as_deref())).into_response()
}

/// What comes after `start` in a path, if the path is there or below.
fn below<'a>(path: &'a str, start: &str) -> Option<&'a str> {
    path.strip_prefix(start).filter(|rest| rest.is_empty() || (rest.starts_with(['/', '?']) && *rest != "/"))
}

/// The pages that also stand in a product's name, put together once for all requests.
#[derive(Debug, Clone)]
pub struct Dressed {
    router: Router,
    service: Arc<Service>,
}

impl Dressed {
    pub fn new(service: &Arc<Service>) -> Self {
        let routes = super::branded_routes()
            .fallback(fallback::not_found)
            .method_not_allowed_fallback(fallback::method_not_allowed);
        Self { router: routes.with_state(Arc::clone(service)), service: Arc::clone(service) }
    }
}

/// The page that a product has at this address, if it has one. A request for none comes back as it was.
pub async fn page(
    dressed: &Dressed,
    product: &Arc<Product>,
    place: Place,
    request: Request,
) -> Result<Response, Box<Request>> {
    let mut brand = Brand { product: Arc::clone(product), place, asked: None };
    let path = request.uri().path().strip_prefix(place.prefix(product).as_str()).unwrap_or_default();
    brand.asked = brand.read_link(&dressed.service, path, request.uri().query().unwrap_or_default());
    if product.manifest.pages.approve.path.as_deref() == Some(path) {
        return Ok(approval(&brand, request.uri().query().unwrap_or_default()));
    }
    let Some(own) = brand.own_path(path) else { return Err(Box::new(request)) };
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let Ok(uri) = format!("{own}{query}").parse::<Uri>() else { return Err(Box::new(request)) };
    let (mut parts, body) = request.into_parts();
    parts.uri = uri;
    // What the outer table found out about the path would confuse the inner one; the rest goes along.
    let outer = std::mem::take(&mut parts.extensions);
    parts.extensions.insert(brand);
    if let Some(peer) = outer.get::<Peer>() {
        parts.extensions.insert(*peer);
    }
    if let Some(id) = outer.get::<RequestId>() {
        parts.extensions.insert(*id);
    }
    let Ok(response) = dressed.router.clone().oneshot(Request::from_parts(parts, body)).await;
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_all_that_is_below_it() {
        assert_eq!(below("/tokens", "/tokens"), Some(""));
        assert_eq!(below("/tokens/new", "/tokens"), Some("/new"));
        assert_eq!(below("/tokensx", "/tokens"), None);
        assert_eq!(below("/tokens/", "/tokens"), None);
        assert_eq!(below("/tokens?done=made", "/tokens"), Some("?done=made"));
    }
}
