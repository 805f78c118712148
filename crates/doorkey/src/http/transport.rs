//! The real transport: ureq over rustls with ring, the operating system's trust roots, and the proxy that the
//! environment names.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use doorkey_manifest::{Body, Request, Response, ResponseBody};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Timeout};
use url::Url;

use super::authority::Authorities;
use super::proxy::{Proxy, ProxyProblem, Route, route};
use super::tls::TlsProblem;
use super::{Failure, Http, Limits};
use crate::system::{Environment, ProcessEnvironment};

/// Speaks HTTP to real servers. Nothing is loaded or opened before the first request; connections are kept for the
/// next one. A proxy that the environment names is used, but never for this machine itself.
pub struct UreqHttp {
    environment: Arc<dyn Environment>,
    ca_file: Option<PathBuf>,
    /// Without TLS, which is for this machine alone: no authorities are loaded for it.
    plain: OnceLock<Agent>,
    direct: OnceLock<Result<Agent, Failure>>,
    proxied: OnceLock<Result<Agent, Failure>>,
}

impl Default for UreqHttp {
    fn default() -> UreqHttp {
        UreqHttp::with(Arc::new(ProcessEnvironment), None)
    }
}

impl fmt::Debug for UreqHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UreqHttp")
    }
}

impl UreqHttp {
    /// A transport that hasn't done anything yet, in this process's environment.
    pub fn new() -> UreqHttp {
        UreqHttp::default()
    }

    /// The same in another environment, and with a file of authorities that are trusted besides.
    pub fn with(environment: Arc<dyn Environment>, ca_file: Option<PathBuf>) -> UreqHttp {
        UreqHttp {
            environment,
            ca_file,
            plain: OnceLock::new(),
            direct: OnceLock::new(),
            proxied: OnceLock::new(),
        }
    }

    /// The agent for a request that goes this way.
    fn agent(&self, url: &Url, route: &Route) -> Result<&Agent, Failure> {
        let cached = match route {
            _ if url.scheme() == "http" => {
                return Ok(self.plain.get_or_init(|| agent(RootCerts::PlatformVerifier, None)));
            }
            Route::Direct(_) => self.direct.get_or_init(|| Ok(agent(self.roots()?, None))),
            Route::Through(proxy) => {
                self.proxied.get_or_init(|| Ok(agent(self.roots()?, Some(for_ureq(proxy)?))))
            }
        };
        cached.as_ref().map_err(Clone::clone)
    }

    fn roots(&self) -> Result<RootCerts, Failure> {
        let authorities = Authorities::of(&*self.environment, self.ca_file.as_deref());
        authorities.roots().map_err(Failure::Tls)
    }
}

/// The proxy as ureq knows it, user name and password included.
fn for_ureq(proxy: &Proxy) -> Result<ureq::Proxy, Failure> {
    ureq::Proxy::new(proxy.address().as_str())
        .map_err(|_| Failure::Proxy(ProxyProblem::Address { variable: proxy.variable() }))
}

fn agent(roots: RootCerts, proxy: Option<ureq::Proxy>) -> Agent {
    let tls = TlsConfig::builder()
        .root_certs(roots)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent("")
        .accept("")
        .proxy(proxy)
        .tls_config(tls)
        .build()
        .new_agent()
}

impl Http for UreqHttp {
    fn send(&self, request: &Request, limits: &Limits) -> Result<Response, Failure> {
        let url = Url::parse(&request.url)
            .map_err(|_| Failure::BadRequest("its address can't be read".to_owned()))?;
        let (content_type, body) = match &request.body {
            Body::None => (None, String::new()),
            Body::Json(value) => (Some("application/json"), value.to_string()),
            Body::Form(fields) => (
                Some("application/x-www-form-urlencoded"),
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish(),
            ),
        };
        let mut builder = ureq::http::Request::builder().method(request.method.as_str()).uri(url.as_str());
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if let Some(content_type) = content_type.filter(|_| request.header("content-type").is_none()) {
            builder = builder.header("content-type", content_type);
        }
        if request.header("accept").is_none() {
            builder = builder.header("accept", "application/json");
        }
        let bad = |_| Failure::BadRequest("a header holds characters that can't be sent".to_owned());
        let mut answer = if matches!(request.body, Body::None) && !sends_length(&request.method) {
            self.run(&url, builder.body(()).map_err(bad)?, limits)
        } else {
            self.run(&url, builder.body(body).map_err(bad)?, limits)
        }?;
        let headers = answer
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
            .collect();
        let bytes = answer.body_mut().with_config().limit(limits.body).read_to_vec().map_err(failure)?;
        Ok(Response { status: answer.status().as_u16(), headers, body: body_of(bytes) })
    }
}

impl UreqHttp {
    fn run<B: ureq::AsSendBody>(
        &self,
        url: &Url,
        request: ureq::http::Request<B>,
        limits: &Limits,
    ) -> Result<ureq::http::Response<ureq::Body>, Failure> {
        let route = route(url, &*self.environment).map_err(Failure::Proxy)?;
        let agent = self.agent(url, &route)?;
        let request = agent
            .configure_request(request)
            .timeout_connect(Some(limits.connect))
            .timeout_global(Some(limits.total))
            .build();
        agent.run(request).map_err(|error| match &route {
            Route::Direct(_) => failure(error),
            Route::Through(proxy) => proxy_failure(error, proxy),
        })
    }
}

/// Methods whose empty body is still announced, so that servers don't wait for one.
fn sends_length(method: &str) -> bool {
    matches!(method, "POST" | "PUT" | "PATCH")
}

/// JSON where it is JSON, whatever the header says; else text.
pub(crate) fn body_of(bytes: Vec<u8>) -> ResponseBody {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return ResponseBody::None;
    }
    match serde_json::from_slice(&bytes) {
        Ok(value) => ResponseBody::Json(value),
        Err(_) => ResponseBody::Text(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

fn failure(error: ureq::Error) -> Failure {
    match error {
        ureq::Error::Timeout(Timeout::Resolve) => {
            Failure::Unreachable("its name couldn't be looked up in time".to_owned())
        }
        ureq::Error::Timeout(_) => Failure::TimedOut,
        ureq::Error::HostNotFound => Failure::Unreachable("there is no such host".to_owned()),
        ureq::Error::ConnectionFailed => Failure::Unreachable("no connection could be made".to_owned()),
        ureq::Error::BodyExceedsLimit(_) | ureq::Error::LargeResponseHeader(..) => Failure::TooLarge,
        ureq::Error::Rustls(error) => Failure::Tls(TlsProblem::of(&error)),
        ureq::Error::Tls(why) => Failure::Tls(TlsProblem::Other(why.to_owned())),
        ureq::Error::Io(error) => io_failure(&error),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
            Failure::BadRequest("its address can't be used".to_owned())
        }
        _ => Failure::Broken("it doesn't follow the protocol".to_owned()),
    }
}

/// With a proxy in between, what can't be connected to is the proxy.
fn proxy_failure(error: ureq::Error, proxy: &Proxy) -> Failure {
    let (shown, variable) = (proxy.to_string(), proxy.variable());
    match error {
        ureq::Error::ConnectProxyFailed(words) => Failure::Proxy(match refusal(&words) {
            // 407 is the standard's (RFC 9110, section 15.5.8); some say 401 to a password that they don't know.
            Some(401 | 407) if proxy.has_credentials() => {
                ProxyProblem::WrongPassword { proxy: shown, variable }
            }
            Some(407) => ProxyProblem::WantsPassword { proxy: shown, variable },
            status => ProxyProblem::Refused { proxy: shown, variable, status },
        }),
        error => match failure(error) {
            Failure::Unreachable(why) => {
                Failure::Proxy(ProxyProblem::Unreachable { proxy: shown, variable, why })
            }
            other => other,
        },
    }
}

/// What the proxy answered: the transport knows it in words alone, `… responded 407/407`.
fn refusal(words: &str) -> Option<u16> {
    words.rsplit_once(' ')?.1.split('/').next()?.parse().ok()
}

fn io_failure(error: &io::Error) -> Failure {
    // TLS failures arrive wrapped in an input/output error.
    let mut cause: Option<&(dyn std::error::Error + 'static)> = error.get_ref().map(|inner| inner as _);
    while let Some(inner) = cause {
        if let Some(tls) = inner.downcast_ref::<rustls::Error>() {
            return Failure::Tls(TlsProblem::of(tls));
        }
        cause = inner.source();
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::Unreachable("the connection was refused".to_owned()),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Failure::TimedOut,
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => Failure::Broken("it stopped in the middle".to_owned()),
        // The standard library has no kind for a name that can't be looked up, only words.
        _ if error.to_string().starts_with("failed to lookup address") => {
            Failure::Unreachable("its name can't be looked up; check the name and the network".to_owned())
        }
        kind => Failure::Unreachable(kind.to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use std::time::{Duration, Instant};

    use serde_json::json;

    use super::*;
    use crate::testing::{Service, World};

    fn request(method: &str, url: String, body: Body) -> Request {
        Request { method: method.to_owned(), url, headers: Vec::new(), body }
    }

    #[test]
    fn forms_and_json_are_sent_as_what_they_are() {
        let service = Service::start(|_| Service::json(200, &json!({"ok": true})));
        let http = UreqHttp::new();
        let form = Body::Form(vec![("a b".to_owned(), "c&d".to_owned())]);
        let answer = http.send(&request("POST", service.at("/form"), form), &Limits::default()).unwrap();
        assert_eq!((answer.status, answer.body), (200, ResponseBody::Json(json!({"ok": true}))));
        http.send(&request("POST", service.at("/json"), Body::Json(json!({"x": 1}))), &Limits::default())
            .unwrap();
        http.send(&request("POST", service.at("/none"), Body::None), &Limits::default()).unwrap();
        http.send(&request("GET", service.at("/get?q=1"), Body::None), &Limits::default()).unwrap();
        let seen = service.seen();
        assert_eq!(seen[0].body, "a+b=c%26d");
        assert_eq!(seen[0].header("content-type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(
            (seen[1].body.as_str(), seen[1].header("content-type")),
            (r#"{"x":1}"#, Some("application/json"))
        );
        assert_eq!(seen[2].header("content-length"), Some("0"));
        assert_eq!(
            (seen[3].target.as_str(), seen[3].header("accept")),
            ("/get?q=1", Some("application/json"))
        );
    }

    #[test]
    fn redirects_are_answers_and_are_not_followed() {
        let service = Service::start(|seen| match seen.target.as_str() {
            "/from" => Service::raw("HTTP/1.1 307 Moved\r\nLocation: /to\r\nContent-Length: 0\r\n\r\n"),
            _ => Service::json(200, &json!({})),
        });
        let answer = UreqHttp::new()
            .send(&request("GET", service.at("/from"), Body::None), &Limits::default())
            .unwrap();
        assert_eq!((answer.status, service.seen().len()), (307, 1));
    }

    #[test]
    fn a_body_beyond_the_limit_is_refused() {
        let service = Service::start(|_| Service::text(200, "text/plain", &"x".repeat(5000)));
        let limits = Limits { body: 4999, ..Limits::default() };
        let result = UreqHttp::new().send(&request("GET", service.at("/"), Body::None), &limits);
        assert_eq!(result.unwrap_err(), Failure::TooLarge);
    }

    #[test]
    fn nobody_there_is_unreachable_and_silence_times_out() {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let gone = request("GET", format!("http://127.0.0.1:{port}/"), Body::None);
        assert!(matches!(UreqHttp::new().send(&gone, &Limits::default()), Err(Failure::Unreachable(_))));

        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        let begun = Instant::now();
        let limits = Limits::within(Duration::from_millis(200));
        let result = UreqHttp::new().send(&request("GET", url, Body::None), &limits);
        assert_eq!(result.unwrap_err(), Failure::TimedOut);
        assert!(begun.elapsed() < Duration::from_secs(5));
    }

    fn in_world(world: &World, url: &str) -> Result<Response, Failure> {
        let http = UreqHttp::with(world.system().environment, None);
        http.send(&request("GET", url.to_owned(), Body::None), &Limits::within(Duration::from_secs(5)))
    }

    #[test]
    fn a_proxy_that_is_not_there_is_what_is_said_to_be_missing() {
        let world = World::new();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        world.set("HTTPS_PROXY", &format!("http://ada:hunter2@127.0.0.1:{port}"));
        let failure = in_world(&world, "https://id.doorkey.test/").unwrap_err();
        assert!(matches!(failure, Failure::Proxy(ProxyProblem::Unreachable { .. })), "{failure:?}");
        assert!(failure.to_string().contains("HTTPS_PROXY") && !failure.to_string().contains("hunter2"));
    }

    #[test]
    fn a_proxy_that_says_no_is_told_apart_by_what_it_wants() {
        for (status, credentials, wanted) in
            [(407, "", "asks"), (407, "ada:wrong@", "doesn't accept"), (403, "", "doesn't connect")]
        {
            let proxy = Service::start(move |_| Service::text(status, "text/html", "<h1>no</h1>"));
            let world = World::new();
            let address = proxy.at("").replacen("http://", &format!("http://{credentials}"), 1);
            world.set("https_proxy", &address);
            let failure = in_world(&world, "https://id.doorkey.test/").unwrap_err();
            assert!(matches!(failure, Failure::Proxy(_)), "{failure:?}");
            let said = failure.to_string();
            assert!(said.contains(wanted) && !said.contains("wrong") && !said.contains("ada"), "{said}");
            assert!(proxy.seen()[0].target.starts_with("id.doorkey.test:443"), "{:?}", proxy.seen());
        }
    }

    #[test]
    fn this_machine_needs_no_proxy_and_no_authorities() {
        let service = Service::start(|_| Service::json(200, &json!({})));
        let world = World::new();
        world.set("ALL_PROXY", "http://127.0.0.1:1");
        world.set("http_proxy", "http://127.0.0.1:1");
        world.set("SSL_CERT_FILE", "/nowhere.pem");
        assert_eq!(in_world(&world, &service.at("/")).unwrap().status, 200);
    }

    #[test]
    fn authorities_that_cannot_be_read_are_said_before_anything_is_sent() {
        let world = World::new();
        world.set("DOORKEY_CA_FILE", "/nowhere.pem");
        let failure = in_world(&world, "https://id.doorkey.test/").unwrap_err();
        assert!(failure.to_string().contains("/nowhere.pem (from DOORKEY_CA_FILE)"), "{failure}");
    }
}
