//! HTTP as small as it can be: one connection, written and read by hand.
//!
//! The tests need what a comfortable client hides: two thousand connections that stay open, a request whose answer is
//! read later, a connection that is cut in the middle, and nothing followed, kept or retried.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use serde_json::Value;

use crate::process::PATIENCE;

/// A request.
#[derive(Clone, Debug)]
pub struct Ask {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Ask {
    /// Any request without a body.
    pub fn new(method: &str, target: &str) -> Self {
        Self { method: method.to_owned(), target: target.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    /// `GET` of a path with its query.
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// `POST` of a form.
    pub fn form(target: &str, fields: &[(&str, &str)]) -> Self {
        let mut ask = Self::new("POST", target).header("Content-Type", "application/x-www-form-urlencoded");
        ask.body = encode_form(fields).into_bytes();
        ask
    }

    /// `POST` of JSON.
    pub fn json(target: &str, body: &Value) -> Self {
        let mut ask = Self::new("POST", target).header("Content-Type", "application/json");
        ask.body = body.to_string().into_bytes();
        ask
    }

    /// With this body, as it is.
    #[must_use]
    pub fn with(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds `Authorization: Bearer`.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }
}

/// An answer, read whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

impl Answer {
    /// A header's value, if there is one.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; panics with the whole answer when it isn't.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|problem| panic!("no JSON ({problem}): {self:?}"))
    }

    /// A text field of the JSON body; panics with the whole answer when it isn't there.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        match self.json().get(name).and_then(Value::as_str) {
            Some(text) => text.to_owned(),
            None => panic!("no text field `{name}`: {self:?}"),
        }
    }

    /// Panics with the whole answer unless it has this status.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert!(self.status == status, "expected status {status}: {self:?}");
        self
    }
}

/// The host and port of an `http://` address.
#[track_caller]
pub fn authority(base: &str) -> &str {
    let rest = base.strip_prefix("http://").unwrap_or_else(|| panic!("not an http address: {base}"));
    rest.split('/').next().unwrap_or(rest)
}

/// One connection, kept open between requests.
pub struct Connection {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Connection {
    /// Opens a connection to the host of `base`.
    #[track_caller]
    pub fn open(base: &str) -> Self {
        match Self::try_open(base) {
            Ok(connection) => connection,
            Err(problem) => panic!("no connection to {base}: {problem}"),
        }
    }

    /// Opens a connection, or says why it can't.
    pub fn try_open(base: &str) -> std::io::Result<Self> {
        let host = authority(base).to_owned();
        let address: Option<SocketAddr> = host.to_socket_addrs()?.next();
        let address = address.ok_or_else(|| std::io::Error::other("no address"))?;
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::with_capacity(1024, stream), host })
    }

    /// Sets how long an answer may take.
    pub fn patience(&self, limit: Duration) {
        self.stream.get_ref().set_read_timeout(Some(limit)).expect("a read time-out can be set");
    }

    /// Writes a request and doesn't wait for the answer.
    pub fn send(&mut self, ask: &Ask) -> std::io::Result<()> {
        let mut head = format!("{} {} HTTP/1.1\r\nHost: {}\r\n", ask.method, ask.target, self.host);
        for (name, value) in &ask.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if !ask.body.is_empty() || ask.method == "POST" {
            let _ = write!(head, "Content-Length: {}\r\n", ask.body.len());
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&ask.body);
        self.stream.get_mut().write_all(&bytes)
    }

    /// Reads the next answer.
    pub fn receive(&mut self) -> std::io::Result<Answer> {
        let status_line = self.line()?;
        let status = status_line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status =
            status.ok_or_else(|| std::io::Error::other(format!("no status line: {status_line:?}")))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
        let mut answer = Answer { status, headers, body: String::new() };
        answer.body = String::from_utf8_lossy(&self.body(&answer)?).into_owned();
        Ok(answer)
    }

    fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }

    fn body(&mut self, answer: &Answer) -> std::io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if answer.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            loop {
                let size = self.line()?;
                let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)
                    .map_err(std::io::Error::other)?;
                let start = body.len();
                body.resize(start + size, 0);
                self.stream.read_exact(body.get_mut(start..).unwrap_or_default())?;
                self.line()?;
                if size == 0 {
                    return Ok(body);
                }
            }
        }
        if let Some(length) = answer.header("content-length").and_then(|length| length.parse().ok()) {
            body.resize(length, 0);
            self.stream.read_exact(&mut body)?;
        } else if answer.status != 204 && answer.status != 304 {
            self.stream.read_to_end(&mut body)?;
        }
        Ok(body)
    }

    /// A request and its answer.
    #[track_caller]
    pub fn ask(&mut self, ask: &Ask) -> Answer {
        match self.send(ask).and_then(|()| self.receive()) {
            Ok(answer) => answer,
            Err(problem) => panic!("no answer to {} {}: {problem}", ask.method, ask.target),
        }
    }
}

/// A request on a connection of its own.
#[track_caller]
pub fn ask(base: &str, ask: &Ask) -> Answer {
    Connection::open(base).ask(&ask.clone().header("Connection", "close"))
}

/// The fields of a form or a query, encoded.
pub fn encode_form(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<_> =
        fields.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect();
    pairs.join("&")
}

/// One value, percent-encoded.
pub fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// The value of a parameter in an address's query, decoded.
pub fn query(address: &str, name: &str) -> Option<String> {
    let query = address.split_once('?')?.1.split('#').next()?;
    let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn what_is_encoded_is_decoded_again() {
        let value = "a b&c=d+é/%";
        let address = format!("http://127.0.0.1:1/x?first=1&it={}#end", encode(value));
        assert_eq!(query(&address, "it").as_deref(), Some(value), "the same value");
        assert_eq!(query(&address, "none"), None, "another name");
    }

    #[test]
    fn answers_with_a_length_and_in_chunks_are_read_on_one_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("binding");
        let base = format!("http://{}", listener.local_addr().expect("address"));
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let answers = "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nX-A: b\r\n\r\nhi\
                           HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
            stream.write_all(answers.as_bytes()).expect("writing");
            let mut all = String::new();
            stream.read_to_string(&mut all).expect("reading");
            all
        });
        let mut connection = Connection::open(&base);
        let first = connection.ask(&Ask::form("/one", &[("a", "b c")])).is(400);
        assert_eq!((first.body.as_str(), first.header("x-a")), ("hi", Some("b")), "with a length");
        assert_eq!(connection.ask(&Ask::get("/two")).is(200).body, "abc", "in chunks");
        drop(connection);
        let asked = server.join().expect("the server");
        assert!(
            asked.starts_with("POST /one HTTP/1.1\r\n") && asked.contains("\r\n\r\na=b%20cGET /two"),
            "{asked}"
        );
    }
}
