//! One thing that an answer may mean, and how it looks.

use serde::Deserialize;
use serde_json::Value;

use super::errors::common;
use super::matching::Match;
use super::message::{Response, ResponseBody, status_text};
use super::operation::{Meaning, Operation};
use super::{Headers, Shared};
use crate::manifest::Ordered;
use crate::template::{fill_parameters, read_parameters};
use crate::{FillError, Template, Text, Values};

/// One thing that an answer may mean, and how it looks. The client takes the first outcome that matches, the server
/// gives the first with the meaning whose values it has.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// What it means.
    pub means: Meaning,
    /// By what the client recognizes it. Without it: by the status that is sent and by the whole body.
    #[serde(default, rename = "match")]
    pub matches: Option<Match>,
    /// What only the server needs to know.
    #[serde(default)]
    pub emit: Emit,
    /// The body, read by the client and written by the server.
    #[serde(default)]
    pub body: Option<Template>,
    /// Headers that carry values.
    #[serde(default)]
    pub headers: Headers,
    /// For the way home: the parameters in the query of the redirect.
    #[serde(default)]
    pub query: Ordered<Text>,
    /// For the way home: the parameters in the fragment of the redirect. For published clients that take nothing
    /// else; needs `sign_in.loopback.legacy`.
    #[serde(default)]
    pub fragment: Ordered<Text>,
    /// Constants: the client has these values when it takes the outcome, the server gives the outcome only if its own
    /// values don't contradict them.
    #[serde(default)]
    pub with: Ordered<Value>,
    /// What the command says about it, in place of the answer's own words: `{message}` in its texts. It may hold
    /// `{status}`, `{status_text}`, `{error}`, `{message}` and, for the whole answer, `{detail}`. Of a list, the first
    /// whose values are all there.
    #[serde(default, deserialize_with = "crate::manifest::one_or_many")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::manifest::one_or_many_schema::<Text>"))]
    pub say: Vec<Text>,
    /// Whether the body is wrapped in the app's envelope.
    #[serde(default = "yes")]
    pub envelope: bool,
}

fn yes() -> bool {
    true
}

/// What only the server needs to know about an outcome.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Emit {
    /// The status that is sent. Without it: the one that usually goes with the meaning.
    pub status: Option<u16>,
    /// Headers that are sent.
    pub headers: Headers,
    /// The body that is sent, where it differs from the one that is read.
    pub body: Option<Template>,
}

impl Outcome {
    pub(super) fn status(&self) -> u16 {
        self.emit.status.unwrap_or_else(|| self.means.usual_status())
    }

    /// The values of an answer, if it is this outcome.
    pub(super) fn read(&self, operation: Operation, shared: &Shared, response: &Response) -> Option<Values> {
        match &self.matches {
            Some(matches) if !matches.holds(response) => return None,
            None if response.status != self.status() => return None,
            _ => {}
        }
        let mut values = self.read_body(shared, response)?;
        for (name, text) in self.headers.iter().chain(self.emit.headers.iter()) {
            if let Some(found) = response.header(name).and_then(|value| text.read(value)) {
                values.add_missing(&found);
            }
        }
        for (name, value) in self.with.iter() {
            values.set(name, value.clone());
        }
        if !self.means.is_success() {
            values.add_missing(&common(&response.body));
        }
        self.put_into_words(Some(response), &mut values);
        let has = |names: &&[&str]| names.iter().any(|name| values.get(name).is_some());
        operation.gives(self.means).iter().all(has).then_some(values)
    }

    /// Sets what the command says: the manifest's words where it has some and all their values are there, else the
    /// answer's own, and for a failure without words its code. What a browser brings home has no response.
    fn put_into_words(&self, response: Option<&Response>, values: &mut Values) {
        if let Some(said) = said(&self.say, response, values) {
            values.set("message", said);
        } else if let (false, None, Some(error)) =
            (self.means.is_success(), values.get("message"), values.get("error").cloned())
        {
            values.set("message", error);
        }
    }

    /// The values of the body. When there is a `match`, that has decided already, and what can't be read is passed
    /// over; when there is none, the whole body has to be of this shape.
    fn read_body(&self, shared: &Shared, response: &Response) -> Option<Values> {
        let Some(template) = self.body.as_ref().or(self.emit.body.as_ref()) else {
            return Some(Values::new());
        };
        // A page of whoever stands between, such as the sign-in page of a network, is no success.
        if self.means.is_success() && matches!(response.body, ResponseBody::Text(_)) {
            return None;
        }
        let null = Value::Null;
        let whole = response.body_json().unwrap_or(&null);
        let unwrapped = self.envelope(shared).and_then(|envelope| envelope.unwrap(whole));
        let (body, mut values) = match &unwrapped {
            Some((body, values)) => (body, values.clone()),
            None => (whole, Values::new()),
        };
        let read =
            if self.matches.is_some() { Some(template.read_leniently(body)) } else { template.read(body) };
        values.merge(read?);
        Some(values)
    }

    fn envelope<'a>(&self, shared: &'a Shared) -> Option<&'a super::Envelope> {
        shared.envelope.as_ref().filter(|_| self.envelope && self.means.is_success())
    }

    /// Whether the values that the server has go with the constants.
    pub(super) fn agrees(&self, values: &Values) -> bool {
        self.with.iter().all(|(name, constant)| values.get(name).is_none_or(|value| value == constant))
    }

    /// The answer that is this outcome.
    pub(super) fn write(&self, shared: &Shared, values: &Values) -> Result<Response, FillError> {
        let mut values = values.clone();
        for (name, value) in self.with.iter() {
            values.set(name, value.clone());
        }
        let status = self.status();
        values.set("status", status);
        let template = self.emit.body.as_ref().or(self.body.as_ref());
        let body = template.map(|template| template.fill(&values)).transpose()?;
        let body = match self.envelope(shared) {
            Some(envelope) if status != 204 => Some(envelope.wrap(body, &values)?),
            _ => body,
        };
        let headers = fill_parameters(self.headers.iter().chain(self.emit.headers.iter()), &values)?;
        Ok(Response { status, headers, body: body.map_or(ResponseBody::None, ResponseBody::Json) })
    }

    /// The values that a browser brought home, if it is this outcome.
    pub(super) fn read_way_home(&self, operation: Operation, query: &[(String, String)]) -> Option<Values> {
        let texts = if self.fragment.is_empty() { &self.query } else { &self.fragment };
        let mut values = read_parameters(texts.iter(), query, self.matches.is_some())?;
        if let Some(matches) = &self.matches {
            let fields =
                query.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect();
            if !matches.holds(&Response::json(200, Value::Object(fields))) {
                return None;
            }
        }
        for (name, value) in self.with.iter() {
            values.set(name, value.clone());
        }
        self.put_into_words(None, &mut values);
        let has = |names: &&[&str]| names.iter().any(|name| values.get(name).is_some());
        operation.gives(self.means).iter().all(has).then_some(values)
    }
}

/// What the command says about an answer in the manifest's words, the first whose values are all there.
pub(super) fn said(texts: &[Text], response: Option<&Response>, values: &Values) -> Option<String> {
    if texts.is_empty() {
        return None;
    }
    let mut values = values.clone();
    if let Some(response) = response {
        values.set("status", response.status);
        values.set("detail", response.body_text());
        if let Some(text) = status_text(response.status) {
            values.set("status_text", text);
        }
    }
    texts.iter().find_map(|say| say.fill(&values).ok())
}
