//! A request and the outcomes it may have.

use std::sync::Arc;

use serde::Deserialize;
use url::form_urlencoded;

use super::errors::common;
use super::message::{Body, Request, Response};
use super::operation::{Meaning, Operation};
use super::outcome::{Outcome, said};
use super::{Address, Auth, Encoding, Gate, Headers, Shared, auth};
use crate::manifest::Ordered;
use crate::template::{add_parameters, fill_parameters, read_parameters};
use crate::{FillError, Template, Text, Values};

/// A request and the outcomes it may have, written once for both sides.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Method and address: `POST /api/start`. What begins with `/` is below the server's address.
    pub(crate) request: Address,
    /// Parameters in the query.
    #[serde(default)]
    pub query: Ordered<Text>,
    /// For `authorize`: the parameters of published clients that take the credential itself in a fragment, and nothing
    /// else. A request that has them all is answered so; needs `sign_in.loopback.legacy`.
    #[serde(default)]
    pub legacy_query: Ordered<Text>,
    /// Headers of this request, beside those of all.
    #[serde(default)]
    pub headers: Headers,
    /// The body that the command sends.
    #[serde(default)]
    pub body: Option<Template>,
    /// Other bodies that the server takes, too: what other versions of the command send. Of several that fit a request, the
    /// one that reads the most from it is meant.
    #[serde(default)]
    pub accepts: Vec<Template>,
    /// How the body is encoded. Of a list, the command uses the first and the server takes any.
    #[serde(default = "json", deserialize_with = "crate::manifest::one_or_many")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "crate::manifest::one_or_many_schema::<Encoding>")
    )]
    pub encoding: Vec<Encoding>,
    /// How the request says whose it is. Of a list, the command uses the first and the server takes any.
    #[serde(default, deserialize_with = "crate::manifest::one_or_many")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::manifest::one_or_many_schema::<Auth>"))]
    pub auth: Vec<Auth>,
    /// What the command says about a failure that no outcome speaks of, in place of the answer's own words: `{message}` in
    /// its texts; of several, the first whose values are all there. The names are those of an outcome's `say`.
    #[serde(default, deserialize_with = "crate::manifest::one_or_many")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::manifest::one_or_many_schema::<Text>"))]
    pub say: Vec<Text>,
    /// What the answer may mean, in order.
    #[serde(default)]
    pub outcome: Vec<Outcome>,
    #[serde(skip)]
    context: Option<Context>,
}

fn json() -> Vec<Encoding> {
    vec![Encoding::Json]
}

#[derive(Clone, Debug)]
struct Context {
    operation: Operation,
    shared: Arc<Shared>,
}

/// Why the server can't read a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestProblem {
    /// It is another route.
    #[error("the request has another method or path")]
    Route,
    /// It has no credential.
    #[error("the request has no credential")]
    Credential,
    /// Its parameters aren't those that the route takes.
    #[error("the request's parameters aren't those that this route takes")]
    Query,
    /// Its body isn't one that the route takes.
    #[error("the request's body isn't one that this route takes")]
    Body,
}

impl Exchange {
    pub(super) fn connect(&mut self, operation: Operation, shared: &Arc<Shared>) {
        self.context = Some(Context { operation, shared: Arc::clone(shared) });
    }

    fn context(&self) -> (Operation, &Shared) {
        static NOTHING: Shared = Shared { envelope: None, errors: None, gate: None, headers: Ordered::new() };
        self.context
            .as_ref()
            .map_or((Operation::Health, &NOTHING), |context| (context.operation, &context.shared))
    }

    /// Whether the request has a place for what this name stands for.
    pub fn asks_for(&self, name: &str) -> bool {
        let texts = self.query.iter().chain(self.headers.iter()).map(|(_, text)| text);
        let texts = texts.chain([self.request.text()]).flat_map(Text::names);
        texts.chain(self.body.iter().flat_map(Template::names)).any(|asked| asked == name)
    }

    /// What the command sends. For a navigation it is the address that the browser opens.
    pub fn request(&self, values: &Values) -> Result<Request, FillError> {
        let (operation, shared) = self.context();
        let query = fill_parameters(self.query.iter(), values)?;
        let mut url = self.request.fill(values)?;
        if !query.is_empty() {
            url =
                add_parameters(&url, &query, &[]).ok_or_else(|| FillError::Address("request".to_owned()))?;
        }
        let mut headers = Vec::new();
        if !operation.is_navigation() {
            headers.extend(fill_parameters(shared.headers.iter().chain(self.headers.iter()), values)?);
            if let Some(gate) = self.gate() {
                headers.push(gate.header(values)?);
            }
            auth::sign(&self.auth, values, &mut headers)?;
        }
        let body = match &self.body {
            None => Body::None,
            Some(template) => {
                self.encoding.first().copied().unwrap_or(Encoding::Json).encode(template.fill(values)?)?
            }
        };
        Ok(Request { method: self.request.method().to_owned(), url, headers, body })
    }

    /// What an answer means: the first outcome that matches, else the app's table of errors, else what its status
    /// usually means. `None` for an answer that can't be used, such as a success without what was asked for. Where there
    /// is a gate, its refusal goes before whatever an outcome makes of such a status.
    ///
    /// A failure has a `message` if the answer has any words for it.
    pub fn outcome(&self, response: &Response) -> Option<(Meaning, Values)> {
        let (operation, shared) = self.context();
        let refusal = shared.gate.as_ref().and_then(|gate| gate.read_refusal(response));
        if refusal.is_none() {
            for outcome in &self.outcome {
                if let Some(values) = outcome.read(operation, shared, response) {
                    return Some((outcome.means, values));
                }
            }
        }
        let refused = refusal.map(|values| (Meaning::Upgrade, values));
        let (means, mut values) = refused.or_else(|| Self::failure(operation, shared, response))?;
        values.add_missing(&common(&response.body));
        if let (None, Some(error)) = (values.get("message"), values.get("error").cloned()) {
            values.set("message", error);
        }
        if let Some(seconds) =
            response.header("retry-after").and_then(|value| value.trim().parse::<u32>().ok())
        {
            values.set("retry_after", seconds);
        }
        if let Some(said) = said(&self.say, Some(response), &values) {
            values.set("message", said);
        }
        Some((means, values))
    }

    fn failure(operation: Operation, shared: &Shared, response: &Response) -> Option<(Meaning, Values)> {
        let known = shared.errors.as_ref().and_then(|errors| errors.read(response, operation.meanings()));
        known.or_else(|| Some((Meaning::usual(response.status, operation.meanings())?, Values::new())))
    }

    /// Method and path template of the route that serves it, such as `("POST", "/keys/{key.id}/revoke")`. `None` when
    /// the request goes wherever a discovered endpoint or the listener is.
    pub fn route(&self) -> Option<(&str, &str)> {
        let path = self.request.path();
        (!path.is_empty()).then(|| (self.request.method(), path))
    }

    /// The values of a request, as the server sees it: path and query in `url`, any of the bodies and any of the
    /// encodings that the route takes.
    pub fn read_request(&self, request: &Request) -> Result<Values, RequestProblem> {
        let (path, query) = split_url(&request.url);
        if request.method != self.request.method() {
            return Err(RequestProblem::Route);
        }
        let mut values = self.request.read(path).ok_or(RequestProblem::Route)?;
        let token = auth::find(&self.auth, request).map_err(|()| RequestProblem::Credential)?;
        if let Some(token) = token {
            values.set("token", token);
        }
        let query: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        values.merge(self.read_query(&query).ok_or(RequestProblem::Query)?);
        for (name, text) in self.headers.iter() {
            if let Some(found) = request.header(name).and_then(|value| text.read(value)) {
                values.add_missing(&found);
            }
        }
        if self.body.is_some() || !self.accepts.is_empty() {
            values.merge(self.read_body(&request.body).ok_or(RequestProblem::Body)?);
        }
        Ok(values)
    }

    /// The values of the parameters. What only old clients send is looked for first: they send the rest, too. A client that
    /// can prove at the end that it is the same one isn't old.
    fn read_query(&self, query: &[(String, String)]) -> Option<Values> {
        let new = read_parameters(self.query.iter(), query, false);
        let proves = new.as_ref().is_some_and(|values| values.get("code_challenge").is_some());
        if proves || self.legacy_query.is_empty() {
            return new;
        }
        match read_parameters(self.legacy_query.iter(), query, false) {
            Some(old) => Some(old.with("legacy", true)),
            None => new,
        }
    }

    /// The parameters that a request to this address lacks.
    pub fn missing_parameters(&self, request: &Request) -> Vec<&str> {
        let (_, query) = split_url(&request.url);
        let given: Vec<_> = form_urlencoded::parse(query.as_bytes())
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, _)| name.into_owned())
            .collect();
        let nothing = Values::new();
        self.query
            .iter()
            .filter(|(name, text)| {
                !given.iter().any(|own| own == name) && text.fill_or_omit(&nothing).is_err()
            })
            .map(|(name, _)| name)
            .collect()
    }

    fn read_body(&self, body: &Body) -> Option<Values> {
        let body = Encoding::decode(&self.encoding, body)?;
        let all = self.body.iter().chain(&self.accepts).filter_map(|template| template.read(&body));
        // Where everything is optional, any body can be read as any other: the one that says the most is meant.
        all.reduce(|best, next| if next.iter().count() > best.iter().count() { next } else { best })
    }

    /// The answer that means this. A failure that has no outcome of its own is answered from the app's table of errors; so is
    /// one whose outcome can't be filled in although there is a `message`.
    pub fn answer(&self, means: Meaning, values: &Values) -> Result<Response, FillError> {
        let (_, shared) = self.context();
        let mut problem = FillError::NoOutcome(means.name());
        let mut own =
            self.outcome.iter().filter(|outcome| outcome.means == means && outcome.agrees(values)).peekable();
        let spoken = own.peek().is_none() || values.get("message").is_some();
        for outcome in own {
            match outcome.write(shared, values) {
                Ok(response) => return Ok(response),
                Err(error) => problem = error,
            }
        }
        match &shared.errors {
            Some(errors) if !means.is_success() && spoken => errors.answer(means, values),
            _ => Err(problem),
        }
    }

    /// The way home of a loopback sign-in: the address that the browser is sent to, with what this means in its query
    /// (or, where a manifest allows it, in its fragment).
    pub fn way_home(&self, means: Meaning, values: &Values) -> Result<String, FillError> {
        let mut problem = FillError::NoOutcome(means.name());
        let base = self.request.fill(values)?;
        for outcome in self.outcome.iter().filter(|outcome| outcome.means == means && outcome.agrees(values))
        {
            let query = fill_parameters(outcome.query.iter(), values);
            let fragment = fill_parameters(outcome.fragment.iter(), values);
            match (query, fragment) {
                (Ok(query), Ok(fragment)) => {
                    return add_parameters(&base, &query, &fragment)
                        .ok_or_else(|| FillError::Address("redirect_uri".to_owned()));
                }
                (Err(error), _) | (_, Err(error)) => problem = error,
            }
        }
        Err(problem)
    }

    /// What a browser brought to the listener, from the parameters of its request. The caller has checked the state.
    pub fn read_way_home(&self, parameters: &[(String, String)]) -> Option<(Meaning, Values)> {
        let (operation, _) = self.context();
        self.outcome
            .iter()
            .find_map(|outcome| Some((outcome.means, outcome.read_way_home(operation, parameters)?)))
    }

    /// The gate on the version of the client, if this exchange has to pass one.
    pub fn gate(&self) -> Option<&Gate> {
        let (operation, shared) = self.context();
        shared.gate.as_ref().filter(|gate| !gate.except.contains(&operation))
    }

    /// Whether the answers with this meaning can be given.
    pub fn has_outcome(&self, means: Meaning) -> bool {
        self.outcome.iter().any(|outcome| outcome.means == means)
            || (!means.is_success() && self.context().1.errors.is_some())
    }

    /// A JSON body in the encoding that the route takes, for a server that has parsed the bytes.
    pub fn takes(&self, encoding: Encoding) -> bool {
        self.encoding.contains(&encoding)
    }
}

/// Path and query of an address, whole or not. Several slashes count as one: commands add paths to addresses that end
/// in one.
fn split_url(url: &str) -> (&str, &str) {
    let rest = match url.split_once("://").filter(|_| !url.starts_with('/')) {
        Some((_, rest)) => rest.find(['/', '?', '#']).map_or("/", |at| &rest[at..]),
        None => url,
    };
    let rest = rest.split('#').next().unwrap_or_default();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let extra = path.len() - path.trim_start_matches('/').len();
    (&path[extra.saturating_sub(1)..], query)
}
