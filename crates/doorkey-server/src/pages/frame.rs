//! What every page has around its content: the top line, the navigation, the title with the way to it.

use super::{app_card::AppCard, brand::Section, browser::Browser, visit::Visit};
use crate::{
    org::{Membership, Role},
    service::Service,
    wire::assets,
};

/// What every page has around its content.
#[derive(Debug)]
pub struct Frame {
    /// Whose browser this is.
    pub account: Option<String>,
    /// What the form for signing out carries.
    pub form_token: String,
    /// The host that the person should see in the address bar.
    pub host: String,
    /// The app's own colours, if it has any.
    pub style_sheet: Option<String>,
    /// The product in whose name the page is shown.
    pub brand: Option<AppCard>,
    /// Where the mark at the top leads.
    pub home: String,
    /// The parts of the dashboard.
    pub nav: Vec<Link>,
    /// The parts of the organization that the page is about.
    pub org: Option<OrgNav>,
}

/// A link in a navigation.
#[derive(Debug)]
pub struct Link {
    pub href: String,
    pub label: String,
    /// Whether it leads to the part that the page is in.
    pub current: bool,
}

/// The navigation of an organization.
#[derive(Debug)]
pub struct OrgNav {
    /// The way to all organizations.
    pub up: Step,
    pub name: String,
    pub links: Vec<Link>,
}

/// A part of an organization's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrgTab {
    Overview,
    Members,
    Keys,
    ServiceAccounts,
    Activity,
}

/// A step on the way to a page.
#[derive(Debug)]
pub struct Step {
    pub label: String,
    pub href: Option<String>,
}

impl Step {
    /// A step that only says where one is.
    pub fn said(label: &str) -> Self {
        Self { label: label.to_owned(), href: None }
    }

    /// A step that can be gone back to.
    pub fn to(href: String, label: &str) -> Self {
        Self { label: label.to_owned(), href: Some(href) }
    }
}

/// The title of a page, with the way to it and the one thing to do there.
#[derive(Debug, Default)]
pub struct Head {
    pub trail: Vec<Step>,
    pub title: String,
    pub lead: String,
    /// Where to make a new one, and what the button says.
    pub action: Option<(String, String)>,
    /// What was done just now.
    pub notice: Option<&'static str>,
}

impl Frame {
    pub fn new(service: &Service, browser: &Browser) -> Self {
        Self {
            account: browser.session().map(|session| session.account.email.clone()),
            form_token: browser.form_token(service),
            host: service.issuer.host().to_owned(),
            ..Self::bare()
        }
    }

    /// The frame of a page that knows nothing of who asks.
    pub fn bare() -> Self {
        Self {
            account: None,
            form_token: String::new(),
            host: String::new(),
            style_sheet: None,
            brand: None,
            home: "/".to_owned(),
            nav: Vec::new(),
            org: None,
        }
    }

    /// With the colours of the app that the page is about.
    #[must_use]
    pub fn dressed(mut self, app: Option<&AppCard>) -> Self {
        self.style_sheet = app.and_then(|app| app.style_sheet.clone());
        self
    }

    /// With the navigation of the dashboard.
    #[must_use]
    pub fn around(mut self, visit: &Visit, section: Section) -> Self {
        let mut sections = vec![(Section::Overview, "/")];
        let product = visit.product();
        let app = product.map(|product| product.app());
        if app.is_none_or(|app| app.personal.is_some()) {
            sections.push((Section::Tokens, "/tokens"));
        }
        if app.is_some_and(|app| !app.keys.is_empty()) {
            sections.push((Section::Keys, "/keys"));
        }
        sections.extend([
            (Section::Orgs, "/orgs"),
            (Section::Devices, "/devices"),
            (Section::Activity, "/activity"),
        ]);
        if let Some(product) = product {
            // A product's pages are about this product; the overview is about all.
            sections.remove(0);
            self.brand = Some(AppCard::of(product));
            self.home = sections.first().map_or_else(|| "/".to_owned(), |(_, path)| visit.link(path));
        }
        // Without a tab of its own, what is about keys is about an organization.
        let shown = if sections.iter().any(|(one, _)| *one == section) { section } else { Section::Orgs };
        self.nav = sections
            .into_iter()
            .map(|(one, path)| Link {
                href: visit.link(path),
                label: visit.words(one).short,
                current: one == shown,
            })
            .collect();
        let card = self.brand.clone();
        self.dressed(card.as_ref())
    }

    /// With the navigation of an organization.
    #[must_use]
    pub fn in_org(mut self, visit: &Visit, membership: &Membership, tab: OrgTab) -> Self {
        let base = format!("/orgs/{}", membership.org.slug);
        let mut tabs = vec![(OrgTab::Overview, "", "Overview".to_owned())];
        if !membership.personal {
            tabs.push((OrgTab::Members, "/members", "Members".to_owned()));
        }
        if visit.product().is_none_or(|product| !product.app().keys.is_empty()) {
            tabs.push((OrgTab::Keys, "/keys", visit.words(Section::Keys).short));
        }
        tabs.push((OrgTab::ServiceAccounts, "/service-accounts", "Service accounts".to_owned()));
        if membership.role >= Role::Admin {
            tabs.push((OrgTab::Activity, "/activity", "Activity".to_owned()));
        }
        let links = tabs.into_iter().map(|(one, path, label)| Link {
            href: visit.link(&format!("{base}{path}")),
            label,
            current: one == tab,
        });
        let up = Step::to(visit.link("/orgs"), &visit.words(Section::Orgs).short);
        self.org = Some(OrgNav { up, name: membership.org.name.clone(), links: links.collect() });
        self
    }

    #[expect(clippy::unused_self, reason = "templates call methods of what they are given")]
    pub fn style_version(&self) -> &'static str {
        assets::style_version()
    }

    /// Whose pages these are.
    pub fn site(&self) -> &str {
        self.brand.as_ref().map_or("Doorkey", |brand| &brand.title)
    }
}
