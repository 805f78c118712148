//! What the tests of the edge stand on: a whole service without a network, tools that send requests, and people with
//! browsers that keep cookies.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::{net::SocketAddr, path::Path, sync::Arc};

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderName, Request, header},
};
use doorkey_manifest::Secret;
use serde_json::Value;
use tower::ServiceExt;

use super::edge::Edge;
use crate::{
    Domain,
    clock::ManualClock,
    domain::Parts,
    entropy::OsEntropy,
    issuer::Issuer,
    keys::ServerKeys,
    products::Products,
    service::{ResourceServer, Service},
    store::{Location, Store},
    testkit::PASSWORD,
};

/// Where the service believes it is.
pub(crate) const ISSUER: &str = "http://127.0.0.1:7700";

/// A service with all its edges.
pub(crate) struct Site {
    pub service: Arc<Service>,
    pub clock: ManualClock,
    peer: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Site {
    pub async fn open() -> Self {
        Self::with(ISSUER, None).await
    }

    pub async fn with(issuer: &str, root: Option<&str>) -> Self {
        let more = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/apps");
        Self::serving(issuer, Products::load(Some(&more), root).unwrap()).await
    }

    pub async fn serving(issuer: &str, products: Products) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Location::from(folder.path().join("doorkey.db").as_path())).await.unwrap();
        let clock = ManualClock::default();
        let domain = Domain::new(Parts {
            store,
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(OsEntropy),
            keys: ServerKeys::generate(&OsEntropy),
            apps: products.apps().unwrap(),
            hash_at_once: 1,
        });
        let mut service = Service::new(domain, products, Issuer::parse(issuer).unwrap());
        service.resource_servers =
            vec![ResourceServer { id: "gateway".to_owned(), secret: Secret::new("gateway's password") }];
        let peer = SocketAddr::from(([203, 0, 113, 9], 50_000));
        Self { service: Arc::new(service), clock, peer, _folder: folder }
    }

    /// The service, to be set up as a test needs it.
    pub fn service_mut(&mut self) -> &mut Service {
        Arc::get_mut(&mut self.service).unwrap()
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let edge = Edge::new(Arc::clone(&self.service), self.service.router(), self.peer);
        let Ok(response) = edge.oneshot(request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// What a tool gets.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// What a tool with a token gets.
    pub async fn get_with(&self, path: &str, authorization: &str) -> Answer {
        let request = Request::get(path).header(header::AUTHORIZATION, authorization);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// What a tool that sends a form gets.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.form_with(path, fields, &[]).await
    }

    pub async fn form_with(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(HeaderName, &str)],
    ) -> Answer {
        let mut request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        self.send(request.body(Body::from(encoded(fields))).unwrap()).await
    }

    /// What a tool that sends JSON gets.
    pub async fn json(&self, path: &str, body: &Value) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// What a tool with a token that sends JSON gets.
    pub async fn json_with(&self, path: &str, body: &Value, authorization: &str) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, authorization);
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// What a tool with a token that deletes something gets.
    pub async fn delete_with(&self, path: &str, authorization: &str) -> Answer {
        let request = Request::delete(path).header(header::AUTHORIZATION, authorization);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// A browser in which nobody is signed in.
    pub fn visitor(&self) -> Visitor<'_> {
        Visitor { site: self, cookie: None }
    }

    /// A browser in which a new person is signed in.
    pub async fn person(&self, name: &str) -> Visitor<'_> {
        let mut visitor = self.visitor();
        let email = format!("{name}@example.com");
        let answer = visitor.submit("/sign-up", &[("email", &email), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        visitor
    }
}

pub(crate) fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// What came back.
pub(crate) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: impl AsRef<str>) -> &str {
        self.headers.get(name.as_ref()).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    pub fn text(&self, field: &str) -> String {
        self.json()[field].as_str().unwrap_or_else(|| panic!("no {field}: {}", self.body)).to_owned()
    }

    /// The `error` of a refusal, which must look as RFC 6749 says.
    pub fn error(&self) -> String {
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(self.header("cache-control"), "no-store");
        self.text("error")
    }

    pub fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.body);
        self.header("location")
    }

    /// A parameter of the address that the browser is sent to.
    pub fn sent_back(&self, name: &str) -> Option<String> {
        let url = url::Url::parse(self.location()).unwrap();
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The token of the page's forms.
    pub fn form_token(&self) -> String {
        let (_, rest) =
            self.body.split_once(r#"name="form_token" value=""#).unwrap_or_else(|| panic!("{}", self.body));
        rest.split('"').next().unwrap().to_owned()
    }
}

/// A browser: it keeps its cookie and tells where its forms come from.
pub(crate) struct Visitor<'a> {
    site: &'a Site,
    pub cookie: Option<String>,
}

impl Visitor<'_> {
    pub async fn get(&mut self, path: &str) -> Answer {
        let mut request = Request::get(path).header(header::ACCEPT, "text/html");
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let answer = self.site.send(request.body(Body::empty()).unwrap()).await;
        self.keep(&answer);
        answer
    }

    /// Sends a form with just these fields and headers.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::post(path)
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.site.send(request.body(Body::from(encoded(fields))).unwrap()).await;
        self.keep(&answer);
        answer
    }

    /// Opens a page and sends its form.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.get(path).await.form_token();
        let mut all = vec![("form_token", token.as_str())];
        all.extend(fields);
        self.post(path, &all, &[("sec-fetch-site", "same-origin")]).await
    }

    fn keep(&mut self, answer: &Answer) {
        for line in answer.headers.get_all(header::SET_COOKIE) {
            self.cookie = line.to_str().unwrap().split(';').next().map(str::to_owned);
        }
    }
}
