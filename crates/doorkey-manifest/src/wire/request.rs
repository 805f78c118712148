//! Requests: filled in by the client, read by the server.

use serde_json::{Map, Value};
use url::form_urlencoded;

use super::exchange::{Auth, Encoding, Exchange};
use super::{Body, Request};
use crate::template::FillError;
use crate::{Template, Values};

/// Why a request can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestProblem {
    /// It is meant for another route.
    #[error("the request has another method or path")]
    Route,
    /// It shows no credential where one is needed.
    #[error("the request has no credential")]
    Credential,
    /// Something that has to be there is missing, or of another kind.
    #[error("the request's query or body isn't what this route takes")]
    Body,
}

impl Exchange {
    /// The request as the client sends it. `server` is needed among the values unless the target is a whole address.
    pub fn request(&self, values: &Values) -> Result<Request, FillError> {
        let target = self.request.target.fill_encoded(values)?;
        let mut url = if target.starts_with('/') {
            let server = values.text("server").ok_or_else(|| FillError::Missing("server".to_owned()))?;
            format!("{}{target}", server.trim_end_matches('/'))
        } else {
            target
        };
        let query = fill_pairs(self.query.iter(), values)?;
        if !query.is_empty() {
            let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&encoded);
        }

        let mut headers = Vec::new();
        for (name, text) in self.shared.headers.iter().chain(self.headers.iter()) {
            headers.push((name.to_owned(), text.fill(values)?));
        }
        if let Some(auth) = self.auth.first() {
            let token = values.text("token").ok_or_else(|| FillError::Missing("token".to_owned()))?;
            headers.push(match auth {
                Auth::Bearer => ("Authorization".to_owned(), format!("Bearer {token}")),
                Auth::Header(name) => (name.clone(), token.to_owned()),
            });
        }

        let body = match &self.body {
            None => Body::None,
            Some(template) => match (self.encoding, template.fill(values)?) {
                (Encoding::Json, body) => Body::Json(body),
                (Encoding::Form, Value::Object(fields)) => Body::Form(form_fields(fields)),
                (Encoding::Form, _) => Body::Form(Vec::new()),
            },
        };
        Ok(Request { method: self.request.method.clone(), url, headers, body })
    }

    /// What a request says, as the server reads it. Its address may be a path with a query.
    pub fn read_request(&self, request: &Request) -> Result<Values, RequestProblem> {
        if !request.method.eq_ignore_ascii_case(&self.request.method) {
            return Err(RequestProblem::Route);
        }
        let (path, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
        let mut values = self.request.target.read(&decode_path(path)).ok_or(RequestProblem::Route)?;
        if !self.auth.is_empty() {
            let token = self.auth.iter().find_map(|auth| presented(request, auth)).ok_or(RequestProblem::Credential)?;
            values.set("token", token);
        }
        for (name, text) in self.headers.iter() {
            let found = request.header(name).and_then(|value| text.read(value));
            values.merge(found.unwrap_or_default());
        }
        let query: Map<String, Value> =
            form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (name.into_owned(), value.as_ref().into())).collect();
        for (name, template) in self.query.iter() {
            let found = template.read(query.get(name).unwrap_or(&Value::Null)).ok_or(RequestProblem::Body)?;
            values.merge(found);
        }
        if let Some(template) = &self.body {
            let body = match &request.body {
                Body::None => Value::Null,
                Body::Json(body) => body.clone(),
                Body::Form(fields) => {
                    Value::Object(fields.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect())
                }
            };
            values.merge(template.read(&body).ok_or(RequestProblem::Body)?);
        }
        Ok(values)
    }
}

/// The credential that a request shows in one of the ways. The scheme's case doesn't matter (RFC 9110, 11.1).
fn presented<'a>(request: &'a Request, auth: &Auth) -> Option<&'a str> {
    let token = match auth {
        Auth::Header(name) => request.header(name)?,
        Auth::Bearer => {
            let (scheme, token) = request.header("authorization")?.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token)?
        }
    };
    Some(token.trim()).filter(|token| !token.is_empty())
}

fn fill_pairs<'a>(
    templates: impl Iterator<Item = (&'a str, &'a Template)>,
    values: &Values,
) -> Result<Vec<(String, String)>, FillError> {
    let mut pairs = Vec::new();
    for (name, template) in templates {
        match template.fill(values)? {
            Value::Null => {}
            Value::String(text) => pairs.push((name.to_owned(), text)),
            other => pairs.push((name.to_owned(), other.to_string())),
        }
    }
    Ok(pairs)
}

fn form_fields(fields: Map<String, Value>) -> Vec<(String, String)> {
    fields
        .into_iter()
        .filter_map(|(name, value)| match value {
            Value::Null => None,
            Value::String(text) => Some((name, text)),
            other => Some((name, other.to_string())),
        })
        .collect()
}

fn decode_path(path: &str) -> String {
    // `+` is a plus in a path, unlike in a query.
    let as_query = path.replace('+', "%2B");
    form_urlencoded::parse(format!("p={as_query}").as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}
