//! A tiny service that answers what the test says, on a real socket.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::tool::{access_token, refresh_token};

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// `POST /oauth/token`
    pub line: String,
    /// The path with its query.
    pub target: String,
    /// All headers, their names in lower case.
    pub headers: HashMap<String, String>,
    /// The body as text.
    pub body: String,
}

#[derive(Clone)]
struct Answer {
    status: u16,
    kind: &'static str,
    headers: String,
    body: String,
}

#[derive(Default)]
struct Script {
    /// What is answered next; the last one stays.
    answers: HashMap<String, Vec<Answer>>,
    seen: Vec<Request>,
}

/// The service. It ends with the process.
pub struct Service {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
}

impl Service {
    /// One that has metadata and knows Ada, but approves nothing yet.
    pub fn start() -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let service = Service { address: listener.local_addr().unwrap(), script: Arc::default() };
        let script = Arc::clone(&service.script);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let script = Arc::clone(&script);
                thread::spawn(move || serve(stream.unwrap(), &script));
            }
        });
        let url = service.url();
        service.on(
            "GET /.well-known/oauth-authorization-server",
            200,
            &json!({
                "issuer": url,
                "authorization_endpoint": format!("{url}/oauth/authorize"),
                "token_endpoint": format!("{url}/oauth/token"),
                "device_authorization_endpoint": format!("{url}/oauth/device_authorization"),
                "revocation_endpoint": format!("{url}/oauth/revoke"),
                "userinfo_endpoint": format!("{url}/oauth/userinfo"),
                "authorization_response_iss_parameter_supported": true,
            }),
        );
        service.on(
            "GET /oauth/userinfo",
            200,
            &json!({ "sub": "u_1", "email": "ada@example.com", "email_verified": false, "name": "Ada Lovelace" }),
        );
        service.on(
            "POST /oauth/device_authorization",
            200,
            &json!({
                "device_code": "a-device-code-that-nobody-sees",
                "user_code": "BCDF-GHJK",
                "verification_uri": format!("{url}/device"),
                "verification_uri_complete": format!("{url}/device?user_code=BCDF-GHJK"),
                "expires_in": 600,
                "interval": 1,
            }),
        );
        service
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A second door to the same service, with TLS: its authority, and its certificate for clients to trust.
    pub fn with_tls(&self) -> (String, String) {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let script = Arc::clone(&self.script);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (script, config) = (Arc::clone(&script), Arc::clone(&config));
                thread::spawn(move || {
                    let connection = rustls::ServerConnection::new(config).unwrap();
                    serve(rustls::StreamOwned::new(connection, stream.unwrap()), &script);
                });
            }
        });
        (authority, made.cert.pem())
    }

    /// Answers this from now on; said several times, one after the other.
    pub fn on(&self, line: &str, status: u16, body: &Value) {
        self.on_with(line, status, "", body);
    }

    /// The same with more headers, each ended by a line break.
    pub fn on_with(&self, line: &str, status: u16, headers: &str, body: &Value) {
        let (headers, body) = (headers.to_owned(), body.to_string());
        self.put(line, Answer { status, kind: "application/json", headers, body });
    }

    /// Answers text of this kind.
    pub fn on_text(&self, line: &str, kind: &'static str, body: &str) {
        self.put(line, Answer { status: 200, kind, headers: String::new(), body: body.to_owned() });
    }

    pub fn on_page(&self, line: &str, status: u16, body: &str) {
        let kind = "text/html; charset=utf-8";
        self.put(line, Answer { status, kind, headers: String::new(), body: body.to_owned() });
    }

    /// Hangs up instead of answering, as a network that fails does.
    pub fn on_nothing(&self, line: &str) {
        self.put(line, Answer { status: 0, kind: "", headers: String::new(), body: String::new() });
    }

    /// Forgets what was to be answered.
    pub fn forget(&self, line: &str) -> &Service {
        self.script.lock().unwrap().answers.remove(line);
        self
    }

    /// Gives tokens to whoever asks.
    pub fn approves(&self) {
        self.on("POST /oauth/token", 200, &tokens(2));
    }

    /// Every request, in order.
    pub fn all_requests(&self) -> Vec<Request> {
        self.script.lock().unwrap().seen.clone()
    }

    pub fn requests(&self, line: &str) -> Vec<Request> {
        self.script.lock().unwrap().seen.iter().filter(|request| request.line == line).cloned().collect()
    }

    fn put(&self, line: &str, answer: Answer) {
        self.script.lock().unwrap().answers.entry(line.to_owned()).or_default().push(answer);
    }
}

/// A token answer (RFC 6749, section 5.1).
pub fn tokens(number: u8) -> Value {
    json!({
        "access_token": access_token(number),
        "token_type": "Bearer",
        "expires_in": 3600,
        "refresh_token": refresh_token(number),
        "scope": "profile:read",
    })
}

fn serve<S: Read + Write>(stream: S, script: &Mutex<Script>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let answer = {
            let mut script = script.lock().unwrap();
            let answer = match script.answers.get_mut(&request.line) {
                Some(answers) if answers.len() > 1 => answers.remove(0),
                Some(answers) => answers[0].clone(),
                None => Answer {
                    status: 404,
                    kind: "application/json",
                    headers: String::new(),
                    body: r#"{"error":"not_found"}"#.to_owned(),
                },
            };
            script.seen.push(request);
            answer
        };
        if answer.status == 0 {
            return;
        }
        let head = format!(
            "HTTP/1.1 {} Scripted\r\nContent-Type: {}\r\n{}Content-Length: {}\r\n\r\n",
            answer.status,
            answer.kind,
            answer.headers,
            answer.body.len()
        );
        let stream = reader.get_mut();
        if stream
            .write_all(format!("{head}{}", answer.body).as_bytes())
            .and_then(|()| stream.flush())
            .is_err()
        {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    let mut words = first.split_whitespace();
    let (method, target) = (words.next()?, words.next()?);
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let path = target.split('?').next().unwrap();
    let (line, target) = (format!("{method} {path}"), target.to_owned());
    Some(Request { line, target, headers, body: String::from_utf8(body).unwrap() })
}

/// The address that the browser of a loopback sign-in is led to when its person has approved.
pub fn come_home_address(link: &str, issuer: &str, code: &str) -> String {
    let issuer = issuer.replace(':', "%3A").replace('/', "%2F");
    let (home, state) =
        (crate::login::parameter(link, "redirect_uri"), crate::login::parameter(link, "state"));
    format!("{home}?code={code}&state={state}&iss={issuer}")
}
