//! The real transport: ureq over rustls with ring and the operating system's trust roots.

use std::io;
use std::sync::{Arc, OnceLock};

use doorkey_manifest::{Body, Request, Response, ResponseBody};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Proxy, Timeout};
use url::Url;

use super::{Failure, Http, Limits};
use crate::system::is_loopback;

/// Speaks HTTP to real servers. Nothing is loaded or opened before the first request; connections are kept for the
/// next one. A proxy that the environment names is used, but never for this machine itself.
#[derive(Debug, Default)]
pub struct UreqHttp {
    here: OnceLock<Agent>,
    elsewhere: OnceLock<Agent>,
}

impl UreqHttp {
    /// A transport that hasn't done anything yet.
    pub fn new() -> UreqHttp {
        UreqHttp::default()
    }

    fn agent(&self, url: &Url) -> &Agent {
        if is_loopback(url) {
            self.here.get_or_init(|| agent(None))
        } else {
            self.elsewhere.get_or_init(|| agent(Proxy::try_from_env()))
        }
    }
}

fn agent(proxy: Option<Proxy>) -> Agent {
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
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
        let agent = self.agent(url);
        let request = agent
            .configure_request(request)
            .timeout_connect(Some(limits.connect))
            .timeout_global(Some(limits.total))
            .build();
        agent.run(request).map_err(failure)
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
        ureq::Error::ConnectProxyFailed(_) | ureq::Error::InvalidProxyUrl => {
            Failure::Unreachable("the proxy didn't make the connection".to_owned())
        }
        ureq::Error::BodyExceedsLimit(_) | ureq::Error::LargeResponseHeader(..) => Failure::TooLarge,
        ureq::Error::Rustls(error) => Failure::Tls(error.to_string()),
        ureq::Error::Tls(why) => Failure::Tls(why.to_owned()),
        ureq::Error::Pem(_) => Failure::Tls("a certificate file couldn't be read".to_owned()),
        ureq::Error::Io(error) => io_failure(&error),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
            Failure::BadRequest("its address can't be used".to_owned())
        }
        _ => Failure::Broken("it doesn't follow the protocol".to_owned()),
    }
}

fn io_failure(error: &io::Error) -> Failure {
    // TLS failures arrive wrapped in an input/output error.
    let mut cause: Option<&(dyn std::error::Error + 'static)> = error.get_ref().map(|inner| inner as _);
    while let Some(inner) = cause {
        if let Some(tls) = inner.downcast_ref::<rustls::Error>() {
            return Failure::Tls(tls.to_string());
        }
        cause = inner.source();
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::Unreachable("the connection was refused".to_owned()),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Failure::TimedOut,
        io::ErrorKind::UnexpectedEof => Failure::Broken("it stopped in the middle".to_owned()),
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
    use crate::testing::Service;

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
}
