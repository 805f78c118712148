//! The browser that asks: its cookie, who is signed in there, and whether a form really comes from a page of ours.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::Response,
};
use doorkey_manifest::Secret;

use super::{brand::Brand, problem};
use crate::{
    account::{SESSION_LIFETIME, Session},
    audit::Origin,
    service::Service,
    store::StoreError,
    wire::{body, origin, parameters::Parameters},
};

/// The one cookie. The prefix makes browsers insist on https (or this machine), on the whole host and on nobody else
/// having set it.
const COOKIE: &str = "__Host-doorkey";

/// A cookie's value is 43 characters; what is much longer isn't ours.
const LONGEST_COOKIE: usize = 128;

/// A browser.
pub struct Browser {
    cookie: Secret,
    /// Whether the browser has to be told its cookie.
    fresh: bool,
    session: Option<Session>,
    /// Where it is.
    pub origin: Origin,
}

impl Browser {
    /// The browser that a request comes from. One without a cookie gets one, so that its forms can be told from others'.
    pub async fn of(service: &Service, parts: &Parts) -> Result<Self, Response> {
        Self::find(service, parts).await.map_err(|error| problem::unavailable(&error))
    }

    async fn find(service: &Service, parts: &Parts) -> Result<Self, StoreError> {
        let origin = origin::of(service, parts);
        let Some(cookie) = cookie(&parts.headers) else {
            return Ok(Self { cookie: service.domain.visitor_cookie(), fresh: true, session: None, origin });
        };
        let session = service.domain.session(&cookie).await?;
        Ok(Self { cookie, fresh: false, session, origin })
    }

    /// Who is signed in.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// The secret of its cookie.
    pub fn cookie(&self) -> &Secret {
        &self.cookie
    }

    /// What this browser's forms carry.
    pub fn form_token(&self, service: &Service) -> String {
        service.domain.form_token(&self.cookie)
    }

    /// Lets the browser know its cookie along with a page, if it is new.
    pub fn remember(&self, mut response: Response) -> Response {
        if self.fresh {
            set_cookie(&mut response, &self.cookie, None);
        }
        response
    }
}

/// Gives a browser the cookie of the session that has just begun.
pub fn sign_in(mut response: Response, cookie: &Secret) -> Response {
    set_cookie(&mut response, cookie, Some(SESSION_LIFETIME.as_secs()));
    response
}

/// Gives a browser in which nobody is signed in any more a new cookie.
pub fn sign_out(service: &Service, mut response: Response) -> Response {
    set_cookie(&mut response, &service.domain.visitor_cookie(), None);
    response
}

fn set_cookie(response: &mut Response, cookie: &Secret, max_age: Option<u64>) {
    let max_age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let line = format!("{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Lax{max_age}", cookie.expose());
    if let Ok(mut value) = HeaderValue::try_from(line) {
        value.set_sensitive(true);
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

fn cookie(headers: &HeaderMap) -> Option<Secret> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let value = lines
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))?;
    let plausible = !value.is_empty() && value.len() <= LONGEST_COOKIE;
    plausible.then(|| Secret::new(value))
}

/// A form that a browser sent, from a page that we gave to this browser.
pub struct Submitted {
    /// The browser.
    pub browser: Browser,
    /// What was in the form.
    pub form: Parameters,
    /// Where it was sent, and with which headers.
    pub parts: Parts,
}

/// Reads a form. Refused is one that another site's page sent, one whose token isn't this browser's, and one that is
/// no form.
pub async fn submitted(service: &Arc<Service>, request: Request<Body>) -> Result<Submitted, Response> {
    let (parts, body) = request.into_parts();
    if !comes_from_us(&parts.headers, service.issuer.as_str()) {
        return Err(problem::foreign_form());
    }
    if body::media_type(&parts.headers).as_deref() != Some("application/x-www-form-urlencoded") {
        return Err(problem::bad_form());
    }
    let bytes = body::read(body).await.map_err(problem::bad_body)?;
    let form = Parameters::parse(&bytes);
    if form.check().is_err() {
        return Err(problem::bad_form());
    }
    let browser = Browser::of(service, &parts).await?;
    let token = form.get("form_token").unwrap_or_default();
    if browser.fresh || !service.domain.is_form_token(&browser.cookie, token) {
        let again = stale_way_on(&parts, &form);
        return Err(browser.remember(problem::stale_form(&again)));
    }
    Ok(Submitted { browser, form, parts })
}

/// Where a person gets a fresh form: on the page that had this one.
fn stale_way_on(parts: &Parts, form: &Parameters) -> String {
    let return_to = super::local_path::or_home(form.get("return_to"));
    let page = parts
        .extensions
        .get::<Brand>()
        .map_or_else(|| parts.uri.path().to_owned(), |brand| brand.link(parts.uri.path()));
    super::local_path::with_return(page_of(&page), return_to, form.get("app"))
}

/// The page that had the form for an action: some forms are sent to an address below their page, which can't be opened.
fn page_of(path: &str) -> &str {
    ["/role", "/transfer", "/settings", "/invitations"]
        .iter()
        .find_map(|action| path.strip_suffix(action))
        .map_or(path, |page| page.split_once("/members/").map_or(page, |(org, _)| org))
}

/// Whether a form was sent by a page of ours: by Fetch Metadata, which all current browsers send, or else by the
/// origin. A request that says neither isn't from a browser that protects its person, and is refused.
fn comes_from_us(headers: &HeaderMap, issuer: &str) -> bool {
    let all = |name: &str| headers.get_all(name).into_iter().map(|value| value.to_str().unwrap_or_default());
    let host = headers.get("host").and_then(|value| value.to_str().ok());
    let is_ours = |origin: &str| {
        // The host is compared as well, so that the service may be reached under each of its own names.
        let named = origin.split_once("://").map(|(_, host)| host);
        origin == issuer || (named.is_some() && named == host)
    };
    let told = all("sec-fetch-site").next().is_some();
    // A page that sends no referrer has the origin `null` even for its own site; Fetch Metadata tells them apart.
    let by_origin = |origin: &str| is_ours(origin) || (told && origin == "null");
    (told || all("origin").next().is_some())
        && all("sec-fetch-site").all(|site| site == "same-origin")
        && all("origin").all(by_origin)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    fn from_us(headers: &[(&'static str, &'static str)]) -> bool {
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        comes_from_us(&headers, "https://sign-in.example.com")
    }

    #[test]
    fn a_form_of_another_site_is_refused() {
        assert!(from_us(&[("sec-fetch-site", "same-origin")]));
        for site in ["cross-site", "same-site", "none", "nonsense"] {
            assert!(
                !from_us(&[("sec-fetch-site", site), ("origin", "https://sign-in.example.com")]),
                "{site}"
            );
        }
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let twice = [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")];
        let headers = twice.iter().fold(HeaderMap::new(), |mut headers, (name, value)| {
            headers.append(*name, HeaderValue::from_static(value));
            headers
        });
        assert!(!comes_from_us(&headers, "https://sign-in.example.com"));
        assert!(!from_us(&[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")]));
        assert!(from_us(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
    }

    #[test]
    fn without_fetch_metadata_the_origin_decides() {
        assert!(from_us(&[("origin", "https://sign-in.example.com")]));
        assert!(from_us(&[("origin", "http://127.0.0.1:7700"), ("host", "127.0.0.1:7700")]));
        for origin in
            ["null", "https://evil.example", "https://sign-in.example.com.evil", "http://127.0.0.1:7701"]
        {
            assert!(!from_us(&[("origin", origin), ("host", "127.0.0.1:7700")]), "{origin}");
        }
        assert!(!from_us(&[]));
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let found = |line: &'static str| {
            let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(line))]);
            cookie(&headers).map(|cookie| cookie.expose().to_owned())
        };
        assert_eq!(found("a=b; __Host-doorkey=abc; c=d").as_deref(), Some("abc"));
        assert_eq!(found("__Host-doorkey=abc").as_deref(), Some("abc"));
        for line in ["a=b", "__Host-doorkey=", "__Host-doorkeyx=abc", "x__Host-doorkey=abc", "doorkey=abc"] {
            assert_eq!(found(line), None, "{line}");
        }
    }
}
