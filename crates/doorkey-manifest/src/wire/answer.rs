//! Answers: filled in by the server, read by the client; and the way home of a loopback sign-in.

use serde_json::{Map, Value};
use url::form_urlencoded;

use super::exchange::{Carry, Exchange, Match, Outcome};
use super::{Meaning, Response, ResponseBody};
use crate::template::FillError;
use crate::Values;

impl Exchange {
    /// What an answer means and says: the first outcome that matches, else the product's table of failures. `None`
    /// when the answer is nothing that the manifest speaks of.
    ///
    /// Whatever it is, the values hold its `status`, and `retry_after` where the answer says so.
    pub fn outcome(&self, response: &Response) -> Option<(Meaning, Values)> {
        let body = response.body_json().unwrap_or(&Value::Null);
        let found = self.outcome.iter().find_map(|outcome| {
            let body = self.opened(outcome.means, body);
            outcome.reads(response.status, body).map(|values| (outcome.means, values))
        });
        let (means, mut values) = found.or_else(|| self.failure(response.status, body))?;
        values.set("status", response.status);
        if let Some(seconds) = response.header("retry-after").and_then(|text| text.trim().parse::<i64>().ok()) {
            values.set("retry_after", seconds);
        }
        Some((means, values))
    }

    /// The answer as the server gives it.
    pub fn answer(&self, means: Meaning, values: &Values) -> Result<Response, FillError> {
        let Some(outcome) = self.outcome_that(means) else {
            return self.failure_answer(means, values);
        };
        let status = outcome.status();
        let values = values.clone().with("status", status);
        let mut headers = Vec::new();
        for (name, text) in outcome.emit.headers.iter() {
            headers.push((name.to_owned(), text.fill(&values)?));
        }
        let body = outcome.emitted_body().map(|template| template.fill(&values)).transpose()?;
        let body = match (&self.shared.envelope, body) {
            (Some(envelope), Some(body)) if means.is_success() => {
                let beside = envelope.with.as_ref().map(|with| with.fill(&values)).transpose()?;
                Some(envelope.close(beside, body))
            }
            (_, body) => body,
        };
        Ok(Response { status, headers, body: body.map_or(ResponseBody::None, ResponseBody::Json) })
    }

    /// The address that the browser is sent home to, for the callback of a loopback sign-in. `redirect_uri` is needed
    /// among the values; what stands in it already stays.
    pub fn way_home(&self, means: Meaning, values: &Values) -> Result<String, FillError> {
        let outcome = self.outcome_that(means).ok_or(FillError::NoOutcome(means.name()))?;
        let mut address = self.request.target.fill(values)?;
        let fields = match outcome.emitted_body().map(|template| template.fill(values)).transpose()? {
            Some(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        let pairs = fields.iter().map(|(name, value)| match value {
            Value::String(text) => (name.as_str(), text.clone()),
            other => (name.as_str(), other.to_string()),
        });
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let separator = match outcome.carry {
            Carry::Fragment => '#',
            Carry::Query if address.contains('?') => '&',
            Carry::Query => '?',
        };
        address.push(separator);
        address.push_str(&encoded);
        Ok(address)
    }

    /// What a browser brought to the listener: the parameters of the query, or of the fragment where it travels there.
    pub fn read_way_home(&self, parameters: &[(String, String)]) -> Option<(Meaning, Values)> {
        let fields: Map<String, Value> =
            parameters.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        let body = Value::Object(fields);
        self.outcome.iter().find_map(|outcome| {
            if !outcome.matches.fields_fit(&body) {
                return None;
            }
            Some((outcome.means, outcome.read_body()?.read(&body)?))
        })
    }

    fn opened<'a>(&self, means: Meaning, body: &'a Value) -> &'a Value {
        match &self.shared.envelope {
            Some(envelope) if means.is_success() => envelope.open(body),
            _ => body,
        }
    }

    /// What an answer means that no outcome speaks of.
    fn failure(&self, status: u16, body: &Value) -> Option<(Meaning, Values)> {
        let errors = self.shared.errors.as_ref();
        let values = errors.and_then(|errors| errors.body.read(body)).unwrap_or_default();
        let code = values.text("error");
        let means = errors.and_then(|errors| errors.meaning(status, code)).or(match status {
            426 => Some(Meaning::Upgrade),
            429 | 500..=599 => Some(Meaning::TryLater),
            _ => None,
        })?;
        Some((means, values))
    }

    fn failure_answer(&self, means: Meaning, values: &Values) -> Result<Response, FillError> {
        let errors = self.shared.errors.as_ref();
        let (Some(errors), Some(failure)) = (errors, errors.and_then(|errors| errors.failure(means))) else {
            return Err(FillError::NoOutcome(means.name()));
        };
        let mut values = values.clone().with("status", failure.status);
        if let Some(code) = &failure.code {
            values.set("error", code.as_str());
        }
        if let Some(message) = failure.message.as_ref().filter(|_| values.get("message").is_none()) {
            values.set("message", message.as_str());
        }
        Ok(Response::json(failure.status, errors.body.fill(&values)?))
    }
}

impl Outcome {
    /// What an answer says, if it is this outcome.
    fn reads(&self, status: u16, body: &Value) -> Option<Values> {
        let status_fits = match &self.matches.status {
            Some(statuses) => statuses.contains(status),
            None => self.status() == status,
        };
        if !status_fits || !self.matches.fields_fit(body) {
            return None;
        }
        self.read_body().map_or_else(|| Some(Values::new()), |template| template.read(body))
    }
}

impl Match {
    fn fields_fit(&self, body: &Value) -> bool {
        self.present.iter().all(|path| field(body, path).is_some())
            && self.absent.iter().all(|path| field(body, path).is_none())
            && self.equal.iter().all(|(path, expected)| field(body, path) == Some(expected))
    }
}

/// A field of a document by its dotted path; null counts as missing.
fn field<'a>(body: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(body, |value, key| value.get(key)).filter(|value| !value.is_null())
}
