//! Requests and answers, free of any HTTP library.

use std::fmt;

use serde_json::Value;

/// A request, as the client sends it and the server reads it.
#[derive(Clone, PartialEq)]
pub struct Request {
    /// `GET`, `POST` …
    pub method: String,
    /// The whole address at the client; path and query are enough at the server.
    pub url: String,
    /// Header names and values. Names are compared without regard to case.
    pub headers: Vec<(String, String)>,
    /// What is sent along.
    pub body: Body,
}

impl Request {
    /// The value of a header, if it was sent.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

/// What a request carries.
#[derive(Clone, PartialEq)]
pub enum Body {
    /// Nothing.
    None,
    /// A JSON document.
    Json(Value),
    /// The fields of a form (`application/x-www-form-urlencoded`).
    Form(Vec<(String, String)>),
}

/// An answer, as the server gives it and the client reads it.
#[derive(Clone, PartialEq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Header names and values. Names are compared without regard to case.
    pub headers: Vec<(String, String)>,
    /// What came along.
    pub body: ResponseBody,
}

impl Response {
    /// An answer with a JSON body and no headers.
    pub fn json(status: u16, body: impl Into<Value>) -> Self {
        Self { status, headers: Vec::new(), body: ResponseBody::Json(body.into()) }
    }

    /// The value of a header, if it was sent.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The body as text.
    pub fn body_text(&self) -> String {
        match &self.body {
            ResponseBody::None => String::new(),
            ResponseBody::Json(body) => body.to_string(),
            ResponseBody::Text(text) => text.clone(),
        }
    }

    /// The JSON body, if that is what came.
    pub fn body_json(&self) -> Option<&Value> {
        match &self.body {
            ResponseBody::Json(body) => Some(body),
            ResponseBody::None | ResponseBody::Text(_) => None,
        }
    }
}

/// What an answer carries.
#[derive(Clone, PartialEq)]
pub enum ResponseBody {
    /// Nothing.
    None,
    /// A JSON document.
    Json(Value),
    /// Something that isn't JSON.
    Text(String),
}

/// What a failure's status is called (RFC 9110, section 15), for answers that say nothing else.
pub(super) const fn status_text(status: u16) -> Option<&'static str> {
    Some(match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => return None,
    })
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Shows names only: any header may carry a key.
struct HeaderNames<'a>(&'a [(String, String)]);

impl fmt::Debug for HeaderNames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.split(['?', '#']).next().unwrap_or_default();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &url)
            .field("headers", &HeaderNames(&self.headers))
            .field("body", &self.body)
            .finish()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Json(_) => "Json",
            Self::Form(_) => "Form",
        })
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &HeaderNames(&self.headers))
            .field("body", &self.body)
            .finish()
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Json(_) => "Json",
            Self::Text(_) => "Text",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Body, Request, Response};

    #[test]
    fn debug_shows_neither_queries_nor_headers_nor_bodies() {
        let request = Request {
            method: "POST".to_owned(),
            url: "https://example.com/token?code=hidden#hidden".to_owned(),
            headers: vec![("Authorization".to_owned(), "Bearer hidden".to_owned())],
            body: Body::Json(json!({"code": "hidden"})),
        };
        let response = Response::json(200, json!({"token": "hidden"}));
        assert!(!format!("{request:?}{response:?}").contains("hidden"));
        assert_eq!(request.header("authorization"), Some("Bearer hidden"));
    }
}
