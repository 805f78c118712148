//! The outermost part: every request passes here on its way in, every answer on its way out.
//!
//! It numbers the request, notes who is at the other end, catches a panic, keeps a held poll waiting with next to no
//! memory, sets the headers that every answer carries, and writes the one line of log that each request gets.

use std::{
    convert::Infallible,
    fmt,
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use axum::{
    Router,
    body::Body,
    extract::MatchedPath,
    http::{HeaderName, HeaderValue, Method, Request, header},
    response::Response,
};
use tower::ServiceExt as _;

use super::{
    fallback,
    held::{Coming, Held},
    origin::Peer,
};
use crate::service::Service;

/// What is allowed in an answer that doesn't say: nothing at all.
const NOTHING: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'");

/// Where an answer says which request it was, so that a person can name it when asking for help.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The number of a request. It is random, so it tells nobody how many there were.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RequestId(u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({self})")
    }
}

/// The route that a request matched, where the router can't know it: it is what the log says instead of the path.
#[derive(Debug, Clone)]
pub struct Route(pub Arc<str>);

/// The service for one connection.
#[derive(Clone)]
pub struct Edge {
    service: Arc<Service>,
    router: Router,
    peer: SocketAddr,
}

impl Edge {
    /// What serves the connection from `peer`.
    pub fn new(service: Arc<Service>, router: Router, peer: SocketAddr) -> Self {
        Self { service, router, peer }
    }
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edge").field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl<B> tower::Service<Request<B>> for Edge
where
    B: axum::body::HttpBody<Data = axum::body::Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answer {
        let mut bytes = [0; 8];
        self.service.domain.entropy.fill(&mut bytes);
        let line = Line {
            id: RequestId(u64::from_be_bytes(bytes)),
            wants_page: fallback::wants_page(request.method(), request.uri().path(), request.headers()),
            method: request.method().clone(),
            route: None,
            started: Instant::now(),
        };
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(self.peer.ip()));
        request.extensions_mut().insert(line.id);
        let router = self.router.clone();
        let deciding = Box::pin(async move {
            let Ok(response) = router.oneshot(request).await;
            response
        });
        Answer { step: Step::Deciding(deciding), line, service: Arc::clone(&self.service) }
    }
}

/// An answer on its way.
pub struct Answer {
    step: Step,
    line: Line,
    service: Arc<Service>,
}

/// The boxes make a waiting answer small: what was needed to decide is freed before the wait begins.
enum Step {
    Deciding(Coming),
    Waiting(Coming),
}

/// What the log says of a request.
struct Line {
    id: RequestId,
    /// Whether a mistake of ours is told to a person or to a program.
    wants_page: bool,
    method: Method,
    route: Option<Arc<str>>,
    started: Instant,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("id", &self.line.id).finish_non_exhaustive()
    }
}

impl Future for Answer {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let (Step::Deciding(coming) | Step::Waiting(coming)) = &mut self.step;
            let polled = catch_unwind(AssertUnwindSafe(|| coming.as_mut().poll(context)));
            let mut response = match polled {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(response)) => response,
                Err(_) => fallback::broken(self.line.id, self.line.wants_page),
            };
            if let Some(route) = route_of(&response) {
                self.line.route = Some(route);
            }
            let Some(held) = Held::take(&mut response) else {
                let service = Arc::clone(&self.service);
                finish(&mut response, &service, self.line.id);
                self.line.write(&response);
                return Poll::Ready(Ok(response));
            };
            self.step = Step::Waiting(held);
        }
    }
}

fn route_of(response: &Response) -> Option<Arc<str>> {
    response.extensions().get::<Route>().map(|route| Arc::clone(&route.0))
}

/// Lets the log know which route was matched: of the request, only the answer comes back out.
pub async fn note_route(request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| Route(path.as_str().into()));
    let mut response = next.run(request).await;
    if let Some(route) = route
        && response.extensions().get::<Route>().is_none()
    {
        response.extensions_mut().insert(route);
    }
    response
}

/// Sets what every answer carries, unless its maker has said otherwise.
fn finish(response: &mut Response, service: &Service, id: RequestId) {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(NOTHING);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if service.issuer.is_https() {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
}

impl Line {
    /// One line for each request. Method and status come from closed sets and the route from our own tables, so
    /// nothing that a client wrote gets into the log.
    fn write(&self, response: &Response) {
        let method = known(&self.method);
        let route = self.route.as_deref().unwrap_or("no route");
        let (status, id) = (response.status().as_u16(), self.id);
        let ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if status >= 500 {
            tracing::error!(method, route, status, ms, request = %id, "answered");
        } else if matches!(route, "/healthz" | "/readyz") || route.starts_with("/assets/") {
            tracing::debug!(method, route, status, ms, request = %id, "answered");
        } else {
            tracing::info!(method, route, status, ms, request = %id, "answered");
        }
    }
}

/// A method's name, if it is one of the usual ones: a client may make up any other.
fn known(method: &Method) -> &str {
    match *method {
        Method::GET
        | Method::POST
        | Method::HEAD
        | Method::PUT
        | Method::PATCH
        | Method::DELETE
        | Method::OPTIONS => method.as_str(),
        _ => "another method",
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

    use axum::{body::to_bytes, routing::get};

    use super::*;
    use crate::wire::testkit::Site;

    async fn asked(router: Router, path: &str, accept: &str) -> (Response, String) {
        let site = Site::open().await;
        let edge = Edge::new(Arc::clone(&site.service), router, SocketAddr::from(([127, 0, 0, 1], 50_000)));
        let request = Request::get(path).header(header::ACCEPT, accept).body(Body::empty()).unwrap();
        let Ok(mut response) = edge.oneshot(request).await;
        let body = std::mem::take(response.body_mut());
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (response, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_panic_is_answered_with_500_and_none_of_its_words() {
        let router = || Router::new().fallback(get(|| async { panic!("a secret") as () }));
        let (response, body) = asked(router(), "/", "text/html").await;
        assert_eq!(response.status(), 500);
        assert!(body.contains("The server made a mistake") && !body.contains("a secret"), "{body}");
        let id = response.headers()[REQUEST_ID].to_str().unwrap();
        assert!(body.contains(id), "the person can name the request: {body}");
        let (response, body) = asked(router(), "/apps/demo/x", "*/*").await;
        assert_eq!(
            (response.status().as_u16(), response.headers()[header::CONTENT_TYPE].as_bytes()),
            (500, &b"application/json"[..])
        );
        assert!(!body.contains("a secret"), "{body}");
    }

    #[tokio::test]
    async fn a_panic_while_waiting_is_caught_too() {
        let router = Router::new().fallback(get(|| async { Held::new(async { panic!("a secret") }) }));
        let (response, body) = asked(router, "/", "text/html").await;
        assert!(response.status() == 500 && !body.contains("a secret"), "{body}");
    }

    #[tokio::test]
    async fn every_answer_is_numbered_and_allows_nothing_by_itself() {
        let router = Router::new().route("/{any}", get(|| async { "x" }));
        let (response, _) = asked(router, "/x", "*/*").await;
        let headers = response.headers();
        assert_eq!(headers[REQUEST_ID].len(), 16);
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        assert!(headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("default-src 'none'"));
    }

    #[test]
    fn a_made_up_method_stays_out_of_the_log() {
        assert_eq!(known(&Method::PATCH), "PATCH");
        assert_eq!(known(&Method::from_bytes(b"SECRET").unwrap()), "another method");
    }
}
