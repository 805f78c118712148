//! A small server on this machine that answers what a test says, with TLS or without.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    /// Their names in lower case.
    pub headers: HashMap<String, String>,
}

/// What is answered.
pub struct Answer {
    pub status: u16,
    pub headers: String,
    pub body: Vec<u8>,
}

/// What answers a request.
pub type Answers = Arc<dyn Fn(&Seen) -> Answer + Send + Sync>;

/// The server. It ends with the run.
pub struct Stand {
    /// Where it is.
    pub url: String,
    /// Its certificate, where it has one.
    pub certificate: Option<String>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Seen {
    pub fn authorization(&self) -> &str {
        self.headers.get("authorization").map_or("", String::as_str)
    }

    fn shows(&self, secret: &str) -> bool {
        let basic = self.authorization().strip_prefix("Basic ").and_then(|text| STANDARD.decode(text).ok());
        let basic = basic.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        self.path.contains(secret) || self.authorization().contains(secret) || basic.contains(secret)
    }

    /// Whether it comes with HTTP Basic as this user with this password.
    pub fn is_from(&self, user: &str, password: &str) -> bool {
        self.authorization() == format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
    }
}

impl Answer {
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, headers: String::new(), body: body.into() }
    }

    pub fn json(body: &serde_json::Value) -> Self {
        Self::ok(body.to_string()).with("Content-Type: application/json")
    }

    pub fn missing() -> Self {
        Self { status: 404, ..Self::ok("nothing here") }
    }

    /// Asks for a credential.
    pub fn who_are_you(scheme: &str) -> Self {
        Self { status: 401, ..Self::ok("who are you?") }.with(&format!("WWW-Authenticate: {scheme}"))
    }

    pub fn with(mut self, header: &str) -> Self {
        self.headers.push_str(header);
        self.headers.push_str("\r\n");
        self
    }
}

impl Stand {
    pub fn start(answers: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        Self::plain(Arc::new(answers))
    }

    pub fn plain(answers: Answers) -> Self {
        Self::listen(answers, None)
    }

    pub fn encrypted(answers: Answers) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
        let key =
            rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let config =
            rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .expect("TLS")
                .with_no_client_auth()
                .with_single_cert(vec![made.cert.der().clone()], key)
                .expect("a configuration");
        Self::listen(answers, Some((Arc::new(config), made.cert.pem())))
    }

    fn listen(answers: Answers, tls: Option<(Arc<rustls::ServerConfig>, String)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (config, certificate) = tls.unzip();
        let scheme = if config.is_some() { "https" } else { "http" };
        let stand = Self { url: format!("{scheme}://{address}"), certificate, seen: Arc::clone(&seen) };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, seen, config) = (Arc::clone(&answers), Arc::clone(&seen), config.clone());
                std::thread::spawn(move || match config {
                    None => serve(stream, &*answers, &seen),
                    Some(config) => {
                        let Ok(connection) = rustls::ServerConnection::new(config) else { return };
                        serve(rustls::StreamOwned::new(connection, stream), &*answers, &seen);
                    }
                });
            }
        });
        stand
    }

    /// `127.0.0.1:PORT`
    pub fn authority(&self) -> &str {
        self.url.split("://").nth(1).unwrap_or_default()
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often it was shown this secret, alone or as a password.
    pub fn was_shown(&self, secret: &str) -> usize {
        self.seen().iter().filter(|seen| seen.shows(secret)).count()
    }
}

/// The SHA-256 of something, as registries write it.
pub fn sha256(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = Sha256::digest(bytes).into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| DIGITS.get(usize::from(digit))).copied().map(char::from).collect()
}

fn serve(stream: impl Read + Write, answers: &dyn Fn(&Seen) -> Answer, all: &Mutex<Vec<Seen>>) {
    let mut reader = BufReader::new(stream);
    while let Some(seen) = read(&mut reader) {
        let answer = answers(&seen);
        all.lock().unwrap_or_else(PoisonError::into_inner).push(seen.clone());
        let head = format!(
            "HTTP/1.1 {} Answered\r\n{}Content-Length: {}\r\n\r\n",
            answer.status,
            answer.headers,
            answer.body.len()
        );
        let body = if seen.method == "HEAD" { &[][..] } else { &answer.body };
        let stream = reader.get_mut();
        let written = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        if written.and_then(|()| stream.flush()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Seen> {
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    let mut words = first.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).ok()?;
    Some(Seen { method, path, headers })
}
