//! The approval page: who asks, for which account, from which machine, and what it may do then. Only a signed-in person
//! sees it, and only the browser that opened a sign-in can decide it.

use std::{net::IpAddr, sync::Arc};

use askama::Template;
use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use doorkey_manifest::manifest::Event;

use super::{
    APPROVAL_POLICY, Frame,
    app_card::AppCard,
    browser::{self, Browser, Submitted},
    local_path, page_with, problem, words,
};
use crate::{
    account::Session,
    asker::{MANAGE_LIFETIME, MANAGE_SCOPE},
    id::OrgId,
    products::Product,
    service::Service,
    sign_in::{DecideError, Decided, SignInView, Way, WayHome},
    wire::{app, oauth::with_query, parameters::Parameters},
};

/// The longest host name that is shown whole.
const LONGEST_HOST_NAME: usize = 64;

#[derive(Template)]
#[template(path = "approve.html")]
struct Page<'a> {
    frame: Frame,
    app: AppCard,
    account: &'a str,
    approval_id: &'a str,
    form_token: String,
    comparison: Option<&'a str>,
    host_name: Option<String>,
    address: &'a str,
    address_note: Option<&'static str>,
    asked: String,
    asked_exactly: String,
    asked_clock: String,
    may: Vec<String>,
    orgs: Vec<OrgChoice>,
    /// The organization that the tool asked for, where the account isn't in it.
    missing_org: Option<String>,
    title: String,
    /// The product's own sentence.
    lead: Option<String>,
    approve: String,
    deny: String,
}

struct OrgChoice {
    id: String,
    name: String,
    wanted: bool,
}

pub async fn get(
    State(service): State<Arc<Service>>,
    Path(approval_id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let browser = Browser::of(&service, &parts).await?;
    let parameters = Parameters::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let org = parameters.get("org");
    let Some(session) = browser.session() else { return to_sign_in(&service, &approval_id, org).await };
    let view = service.domain.open(&approval_id, session, &browser.origin).await;
    let view = view.map_err(|error| problem::not_open(&error))?;
    // An app may be taken out of service while somebody signs in to it.
    let product = service.products.get(&view.app).ok_or_else(problem::not_found)?;
    if service.domain.takes_password(&view.scopes, session) {
        return Ok(to_confirm(&approval_id, &view.app));
    }
    let opened = Opened { org, ..Opened::default() };
    Ok(browser.remember(show(&service, &browser, session, product, &view, opened)))
}

pub async fn post(
    State(service): State<Arc<Service>>,
    Path(approval_id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let Submitted { browser, form, .. } = browser::submitted(&service, request).await?;
    let Some(session) = browser.session() else { return to_sign_in(&service, &approval_id, None).await };
    let approves = match form.get("decision") {
        Some("approve") => true,
        Some("deny") => false,
        _ => return Err(problem::bad_form()),
    };
    // Who came by a product's own link has looked at it and not opened it.
    let opened = service.domain.open(&approval_id, session, &browser.origin).await;
    opened.map_err(|error| problem::not_open(&error))?;
    let decided = if approves {
        let org = form.get("org").map(str::parse::<OrgId>).transpose().map_err(|_| problem::bad_form())?;
        service.domain.approve(&approval_id, session, org, &browser.origin).await
    } else {
        service.domain.deny(&approval_id, session, &browser.origin).await
    };
    match decided {
        Ok(decided) => Ok(way_home(&service, &decided, approves)),
        Err(DecideError::Open(error)) => Err(problem::not_open(&error)),
        Err(DecideError::Org) => Err(problem::bad_form()),
        Err(DecideError::StepUp) => {
            let app = service.domain.app_of(&approval_id).await;
            let app = app.map_err(|error| problem::unavailable(&error))?.unwrap_or_default();
            Ok(to_confirm(&approval_id, &app))
        }
        Err(DecideError::Store(error)) => Err(problem::unavailable(&error)),
    }
}

/// Looking claims nothing without a signed-in person: a link preview must not take a sign-in away from its owner.
async fn to_sign_in(service: &Service, approval_id: &str, org: Option<&str>) -> Result<Response, Response> {
    let app = service.domain.app_of(approval_id).await.map_err(|error| problem::unavailable(&error))?;
    let page = local_path::with_org(&format!("/approve/{approval_id}"), org);
    let link = local_path::with_return("/sign-in", &page, app.as_deref());
    Ok(Redirect::to(&link).into_response())
}

/// First the password again, then back.
pub(super) fn to_confirm(approval_id: &str, app: &str) -> Response {
    let link = local_path::with_return("/confirm", &format!("/approve/{approval_id}"), Some(app));
    Redirect::to(&link).into_response()
}

/// Sends the browser on: to the tool's listener, or to the page that says that all is done.
fn way_home(service: &Service, decided: &Decided, approved: bool) -> Response {
    let own = app::way_home(service, decided);
    let (redirect_uri, code, state) = match (&decided.way_home, own) {
        (_, Some(address)) => return Redirect::to(&address).into_response(),
        (WayHome::Redirect { redirect_uri, code, state }, None) => (redirect_uri, code, state),
        (WayHome::GoBy { redirect_uri }, None) => return Redirect::to(redirect_uri).into_response(),
        // Nothing but a fragment may hold it, and only the manifest knows which.
        (WayHome::Legacy { .. }, None) => {
            return problem::bad_link("The tool can't be told that you approved.");
        }
        (WayHome::Poll, None) => {
            let outcome = if approved { "approved" } else { "denied" };
            return Redirect::to(&format!("/done?app={}&outcome={outcome}", decided.app)).into_response();
        }
    };
    let mut parameters = match code {
        Some(code) => vec![("code", code.expose())],
        None => vec![("error", "access_denied"), ("error_description", "the sign-in was denied")],
    };
    parameters.extend(state.as_deref().map(|state| ("state", state)));
    parameters.push(("iss", service.issuer.as_str()));
    match with_query(redirect_uri, &parameters) {
        Some(address) => Redirect::to(&address).into_response(),
        None => problem::bad_link("The tool's way back is not an address."),
    }
}

/// How a person came to the question.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Opened<'a> {
    /// The organization that the link names: its id, its short name or its name.
    pub org: Option<&'a str>,
    /// Whether it was by a link with the code of a terminal in it.
    pub by_code: bool,
}

pub(super) fn show(
    service: &Service,
    browser: &Browser,
    session: &Session,
    product: &Product,
    view: &SignInView,
    opened: Opened<'_>,
) -> Response {
    let app = AppCard::of(product);
    let now = service.domain.now();
    let wanted = view.org_wanted.as_deref().or(opened.org);
    let orgs: Vec<OrgChoice> = view
        .orgs
        .iter()
        .map(|org| {
            let id = org.id.to_string();
            let wanted =
                wanted.is_some_and(|wanted| [&id, &org.slug, &org.name].contains(&&wanted.to_owned()));
            OrgChoice { wanted, id, name: org.name.clone() }
        })
        .collect();
    let missing_org = wanted
        .filter(|_| !orgs.iter().any(|org| org.wanted))
        .map(|wanted| words::shown(wanted, LONGEST_HOST_NAME));
    let (own, device) = (&product.manifest.pages.approve, &product.manifest.pages.device);
    let device = Some(device).filter(|_| opened.by_code);
    let or = |text: Option<&String>, usual: &str| text.map_or_else(|| usual.to_owned(), Clone::clone);
    let template = Page {
        frame: Frame::new(service, browser).dressed(Some(&app)),
        title: or(
            own.title.as_ref().or(device.and_then(|page| page.title.as_ref())),
            &format!("Sign in to {}?", app.title),
        ),
        lead: own.lead.clone().or_else(|| device.and_then(|page| page.lead.clone())),
        approve: or(own.approve.as_ref(), "Approve"),
        deny: or(own.deny.as_ref(), "Deny"),
        missing_org,
        app,
        account: &session.account.email,
        approval_id: &view.approval_id,
        form_token: browser.form_token(service),
        comparison: view.comparison.as_deref().filter(|_| shows_code(product, view.way)),
        host_name: view
            .host_name
            .as_deref()
            .map(|name| words::shown(name, LONGEST_HOST_NAME))
            .filter(|name| !name.is_empty()),
        address: &view.address,
        address_note: address_note(&view.address, browser.origin.address),
        asked: words::ago(view.created_at, now),
        asked_exactly: view.created_at.rfc3339(),
        asked_clock: words::clock(view.created_at),
        may: allowances(product, &view.scopes),
        orgs,
    };
    page_with(StatusCode::OK, &template, APPROVAL_POLICY)
}

/// Whether the command shows a code to compare. One that the person might have typed it always shows; of any other, a product
/// may say that there is nothing to say.
fn shows_code(product: &Product, way: Way) -> bool {
    let own = product.manifest.messages.get(Event::CompareCode);
    way == Way::Device || own.is_none_or(|message| message.text.iter().any(|text| !text.source().is_empty()))
}

/// Whether the terminal is where the browser is: the best sign of a link that somebody else sent.
fn address_note(asked_from: &str, browser: IpAddr) -> Option<&'static str> {
    let asked_from: IpAddr = asked_from.parse().ok()?;
    Some(if asked_from == browser { "the same as this browser's" } else { "not the address of this browser" })
}

/// What approving allows, in words: each scope, and for how long.
fn allowances(product: &Product, scopes: &[String]) -> Vec<String> {
    let manages = scopes.iter().any(|scope| scope == MANAGE_SCOPE);
    let own = scopes.iter().filter(|scope| *scope != MANAGE_SCOPE);
    let mut lines: Vec<String> = own.map(|scope| product.scope_in_words(scope).to_owned()).collect();
    if manages {
        let minutes = MANAGE_LIFETIME.as_secs() / 60;
        lines.push(format!("Make and manage tokens, keys and organizations, for {} minutes", said(minutes)));
        lines.push(format!("Stay signed in for {} minutes", said(minutes)));
        return lines;
    }
    let app = product.app();
    let longest = app.refresh.as_ref().map(|rules| rules.lifetime).or(app.credential.lifetime);
    lines.push(match longest {
        Some(longest) => format!("Stay signed in for up to {}", words::duration(longest)),
        None => "Stay signed in until you sign out".to_owned(),
    });
    lines
}

/// A small number as it is read aloud.
fn said(number: u64) -> String {
    if number == 10 { "ten".to_owned() } else { number.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_whether_the_terminal_is_where_the_browser_is() {
        let here = IpAddr::from([203, 0, 113, 9]);
        assert_eq!(address_note("203.0.113.9", here), Some("the same as this browser's"));
        assert_eq!(address_note("203.0.113.10", here), Some("not the address of this browser"));
        assert_eq!(address_note("somewhere", here), None);
    }
}
