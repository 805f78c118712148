//! A signed-in person on a page of the dashboard: who they are, what they sent, and in whose name the page is shown.

#![expect(clippy::result_large_err, reason = "what is refused is answered with a whole page")]

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::Request,
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    Frame, SCRIPT_POLICY,
    brand::{Brand, Section, Words},
    browser::{self, Browser, Submitted},
    local_path, page, page_with, problem, refusal,
};
use crate::{
    account::Session,
    asker::{Asker, Refusal},
    clock::Time,
    products::Product,
    service::Service,
    wire::parameters::Parameters,
};

/// What a handler gives: a page either way.
pub type Answer = Result<Response, Response>;

/// A signed-in person on a page.
pub struct Visit {
    pub service: Arc<Service>,
    pub browser: Browser,
    pub session: Session,
    pub asker: Asker,
    /// The product in whose name the page is shown.
    pub brand: Option<Brand>,
    /// The query of a page that is looked at, or the fields of a form.
    pub sent: Parameters,
    pub now: Time,
    path: String,
}

/// What went wrong with a form that is shown again.
pub struct Alarm {
    pub status: StatusCode,
    pub sentence: String,
}

impl Visit {
    /// Somebody looks at a page. Whoever isn't signed in does that first.
    pub async fn looking(service: &Arc<Service>, request: Request) -> Result<Self, Response> {
        let (parts, _) = request.into_parts();
        let browser = Browser::of(service, &parts).await?;
        let sent = Parameters::parse(parts.uri.query().unwrap_or_default().as_bytes());
        Self::begin(service, browser, sent, &parts)
    }

    /// Somebody sends a form.
    pub async fn sending(service: &Arc<Service>, request: Request) -> Result<Self, Response> {
        let Submitted { browser, form, parts } = browser::submitted(service, request).await?;
        Self::begin(service, browser, form, &parts)
    }

    fn begin(
        service: &Arc<Service>,
        browser: Browser,
        sent: Parameters,
        parts: &Parts,
    ) -> Result<Self, Response> {
        let brand = parts.extensions.get::<Brand>().cloned();
        let path = parts.uri.path().to_owned();
        let Some(session) = browser.session().cloned() else {
            let whole = parts.uri.path_and_query().map_or(path.as_str(), |whole| whole.as_str());
            let link = |path: &str| brand.as_ref().map_or_else(|| path.to_owned(), |brand| brand.link(path));
            // Where a long way on isn't remembered, the page itself is.
            let way_on = local_path::checked(&link(whole)).map_or_else(|| link(&path), str::to_owned);
            let app = brand.as_ref().map(|brand| brand.product.name());
            let link = local_path::with_return("/sign-in", &way_on, app);
            return Err(browser.remember(Redirect::to(&link).into_response()));
        };
        let now = service.domain.now();
        let asker = session.asker(&browser.origin, now);
        Ok(Self { service: Arc::clone(service), browser, session, asker, brand, sent, now, path })
    }

    /// A part of the page's own path, counted from 0.
    pub fn part(&self, at: usize) -> &str {
        self.path.split('/').nth(at + 1).unwrap_or_default()
    }

    /// Where one of our pages stands, in the name of whoever it is shown for.
    pub fn link(&self, path: &str) -> String {
        self.brand.as_ref().map_or_else(|| path.to_owned(), |brand| brand.link(path))
    }

    /// The product that the page is filtered to.
    pub fn product(&self) -> Option<&Arc<Product>> {
        self.brand.as_ref().map(|brand| &brand.product)
    }

    /// Whether something of this app is shown here.
    pub fn shows(&self, app: &str) -> bool {
        self.product().is_none_or(|product| product.name() == app)
    }

    /// The words for a section.
    pub fn words(&self, section: Section) -> Words {
        Words::of(section, self.product().map(|product| &**product))
    }

    /// What its forms carry.
    pub fn form_token(&self) -> String {
        self.browser.form_token(&self.service)
    }

    /// What stands around the content.
    pub fn frame(&self, section: Section) -> Frame {
        Frame::new(&self.service, &self.browser).around(self, section)
    }

    /// A page as an answer.
    pub fn page(&self, template: &impl Template) -> Response {
        self.page_as(StatusCode::OK, template)
    }

    /// The same, for when something is wrong.
    pub fn page_as(&self, status: StatusCode, template: &impl Template) -> Response {
        self.browser.remember(page(status, template))
    }

    /// A page with something to copy.
    pub fn page_to_copy(&self, template: &impl Template) -> Response {
        self.browser.remember(page_with(StatusCode::OK, template, SCRIPT_POLICY))
    }

    /// Goes on to one of our pages.
    pub fn go(&self, path: &str) -> Response {
        Redirect::to(&self.link(path)).into_response()
    }

    /// Goes on to a page that says what was done.
    pub fn done(&self, path: &str, what: &str) -> Response {
        self.go(&format!("{path}?done={what}"))
    }

    /// What the page says was done just now: one of a closed list, so that a link can't make it say anything of its own.
    pub fn notice(&self) -> Option<&'static str> {
        refusal::done(self.sent.get("done")?)
    }

    /// Asks for the password before a form is filled in that needs it to have been typed just now.
    pub fn must_manage(&self) -> Result<(), Response> {
        if self.asker.manages { Ok(()) } else { Err(self.to_confirm(&self.path)) }
    }

    /// Goes to type the password again, and comes back. What was typed into the form comes back too, where it fits.
    pub fn to_confirm(&self, path: &str) -> Response {
        let typed = self.sent.iter().filter(|(name, value)| {
            !matches!(*name, "form_token" | "once" | "password" | "token") && !value.is_empty()
        });
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(typed).finish();
        let whole = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        let whole = self.link(&whole);
        let back = local_path::checked(&whole).map_or_else(|| self.link(path), str::to_owned);
        let app = self.product().map(|product| product.name());
        Redirect::to(&local_path::with_return("/confirm", &back, app)).into_response()
    }

    /// Says no with a page of its own, from which the way leads back to `back`.
    pub fn refused(&self, refusal: &Refusal, back: &str) -> Response {
        match self.alarm_at(refusal, back) {
            Ok(alarm) => problem::refused(alarm.status, &alarm.sentence, &self.link(back)),
            Err(response) => response,
        }
    }

    /// What to say above a form that is shown again, or the page to show instead.
    pub fn alarm(&self, refusal: &Refusal) -> Result<Alarm, Response> {
        self.alarm_at(refusal, &self.path)
    }

    fn alarm_at(&self, refusal: &Refusal, back: &str) -> Result<Alarm, Response> {
        match refusal {
            Refusal::StepUp => Err(self.to_confirm(back)),
            Refusal::NotFound(_) => Err(problem::not_found()),
            Refusal::Store(error) => Err(problem::unavailable(error)),
            Refusal::Throttled(throttled) => {
                let response = problem::throttled(throttled.retry_after);
                Err(problem::retry_after(response, throttled.retry_after))
            }
            other => {
                let (status, sentence) = refusal::said(other);
                Ok(Alarm { status, sentence })
            }
        }
    }
}
