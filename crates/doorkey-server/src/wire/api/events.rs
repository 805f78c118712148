//! The trail: to look through, and as a file.

use std::fmt::Write as _;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    caller::Call,
    error::ApiError,
    operation::{Answers, Content, Parameter, Shown},
    shape::{Id, Moment},
};
use crate::{
    asker::{Asker, Refusal},
    audit::{MOST_EVENTS, Recorded, Wanted},
    id::EventId,
};

/// How many events a page has when nothing is said, and at most.
const USUAL: u32 = 50;
const MOST: u32 = 200;
/// How many events a file has at most.
const MOST_IN_A_FILE: usize = 10_000;
/// The longest text to search for.
const LONGEST_SEARCH: usize = 200;

const SEARCH: Parameter = Parameter {
    name: "search",
    summary: "Only events that have this text in their action, app, address, agent or detail",
    schema: || json!({ "type": "string", "maxLength": LONGEST_SEARCH }),
};

/// What a page of events reads of the query.
pub(super) const PAGE: &[Parameter] = &[
    Parameter {
        name: "before",
        summary: "Only events before this one: the `next` of the page before",
        schema: || json!({ "type": "string", "format": "uuid" }),
    },
    Parameter {
        name: "limit",
        summary: "How many at most",
        schema: || json!({ "type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL }),
    },
    SEARCH,
];

/// What a file of events reads of the query.
pub(super) const EXPORT: &[Parameter] = &[
    Parameter {
        name: "format",
        summary: "Comma-separated values, or one JSON object a line",
        schema: || json!({ "type": "string", "enum": ["csv", "jsonl"], "default": "csv" }),
    },
    SEARCH,
];

/// Something that happened.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Event {
    id: Id,
    at: Moment,
    /// What, such as `key.created`.
    action: String,
    outcome: Outcome,
    /// Who did it: `account:ID`, `client`, `anyone` or `server`.
    actor: String,
    app: Option<String>,
    /// The id of the organization that it concerns.
    org: Option<Id>,
    /// What it was done to, such as `grant:ID`.
    subject: Option<String>,
    address: Option<String>,
    /// What the program called itself.
    agent: Option<String>,
    /// More of it, depending on the action.
    detail: Option<Value>,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Outcome {
    Done,
    Refused,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

/// A page of events.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Events {
    events: Vec<Event>,
    /// The `before` of the next page; null when there is none.
    next: Option<Id>,
}

impl From<Recorded> for Event {
    fn from(event: Recorded) -> Self {
        let detail = event.detail_json();
        Self {
            id: Id::of(event.id),
            at: event.at.into(),
            outcome: if event.outcome == "done" { Outcome::Done } else { Outcome::Refused },
            action: event.action,
            actor: event.actor,
            app: event.app,
            org: event.org.map(Id::of),
            subject: event.subject,
            address: event.address,
            agent: event.user_agent,
            detail,
        }
    }
}

/// Whose events.
#[derive(Clone, Copy)]
enum Of<'a> {
    Account,
    Org(&'a str),
}

async fn history(
    call: &Call,
    asker: &Asker,
    of: Of<'_>,
    wanted: &Wanted<'_>,
) -> Result<Vec<Recorded>, Refusal> {
    match of {
        Of::Account => call.domain().account_history(asker, wanted).await,
        Of::Org(org) => call.domain().org_history(asker, org, wanted).await,
    }
}

fn search(call: &Call) -> Result<Option<&str>, ApiError> {
    let text = call.query("search").filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.chars().count() > LONGEST_SEARCH) {
        return Err(ApiError::invalid(format!("search: at most {LONGEST_SEARCH} characters")));
    }
    Ok(text)
}

async fn page(call: &Call, of: Of<'_>) -> Result<Shown<Events>, ApiError> {
    let before = call.query("before").map(str::parse::<EventId>).transpose();
    let before = before.map_err(|error| ApiError::invalid(format!("before: {error}")))?;
    let limit = call.query("limit").map_or(Some(USUAL), |text| text.parse().ok());
    let limit = limit.filter(|limit| (1..=MOST).contains(limit));
    let limit = limit.ok_or_else(|| ApiError::invalid(format!("limit: a whole number from 1 to {MOST}")))?;
    // One more tells whether there is a next page.
    let wanted = Wanted { before, search: search(call)?, limit: limit + 1 };
    let mut found = history(call, call.asker()?, of, &wanted).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|last| Id::of(last.id));
    Ok(Shown(Events { events: found.into_iter().map(Event::from).collect(), next }))
}

/// Which kind of file.
#[derive(Clone, Copy)]
enum Format {
    Csv,
    JsonLines,
}

/// A file of events.
pub(super) struct File {
    format: Format,
    name: String,
    text: String,
}

impl Answers for File {
    const STATUS: StatusCode = StatusCode::OK;

    fn content(_: &mut SchemaGenerator) -> Content {
        Content::File(&["text/csv", "application/jsonl"])
    }

    fn respond(self) -> Response {
        let media_type = match self.format {
            Format::Csv => "text/csv; charset=utf-8; header=present",
            Format::JsonLines => "application/jsonl; charset=utf-8",
        };
        let mut response = self.text.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        // A slug and a date: nothing in it needs quoting.
        if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{}\"", self.name)) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
        response
    }
}

async fn export(call: &Call, of: Of<'_>, whose: &str) -> Result<File, ApiError> {
    let (format, ending) = match call.query("format").unwrap_or("csv") {
        "csv" => (Format::Csv, "csv"),
        "jsonl" => (Format::JsonLines, "jsonl"),
        _ => return Err(ApiError::invalid("format: csv or jsonl")),
    };
    let mut text = String::new();
    if matches!(format, Format::Csv) {
        text.push_str(HEADER);
    }
    let (mut before, mut count) = (None, 0);
    while count < MOST_IN_A_FILE {
        let limit = MOST_EVENTS.min(u32::try_from(MOST_IN_A_FILE - count).unwrap_or(MOST_EVENTS));
        let wanted = Wanted { before, search: search(call)?, limit };
        let found = history(call, call.asker()?, of, &wanted).await?;
        before = found.last().map(|last| last.id);
        count += found.len();
        let last_page = found.len() < limit as usize;
        for event in found {
            let event = Event::from(event);
            match format {
                Format::Csv => write_row(&mut text, &event),
                Format::JsonLines => {
                    let line = serde_json::to_string(&event).unwrap_or_default();
                    let _ = writeln!(text, "{line}");
                }
            }
        }
        if last_page {
            break;
        }
    }
    let today = Moment::from(call.domain().now());
    Ok(File { format, name: format!("events-{whose}{}.{ending}", today.date()), text })
}

const HEADER: &str = "id,at,action,outcome,actor,app,org,subject,address,agent,detail\r\n";

fn write_row(text: &mut String, event: &Event) {
    let detail = event.detail.as_ref().map(Value::to_string);
    let or_nothing = |text: &Option<String>| text.clone().unwrap_or_default();
    let cells = [
        event.id.0.clone(),
        event.at.to_string(),
        event.action.clone(),
        event.outcome.as_str().to_owned(),
        event.actor.clone(),
        or_nothing(&event.app),
        event.org.as_ref().map(|org| org.0.clone()).unwrap_or_default(),
        or_nothing(&event.subject),
        or_nothing(&event.address),
        or_nothing(&event.agent),
        or_nothing(&detail),
    ];
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    let _ = write!(text, "{}\r\n", cells.join(","));
}

/// A cell as RFC 4180 has it. A spreadsheet would compute what begins like a formula, so that gets an apostrophe.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = if formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

pub(super) async fn of_account(call: Call) -> Result<Shown<Events>, ApiError> {
    page(&call, Of::Account).await
}

pub(super) async fn of_org(call: Call) -> Result<Shown<Events>, ApiError> {
    page(&call, Of::Org(call.org())).await
}

pub(super) async fn export_of_account(call: Call) -> Result<File, ApiError> {
    export(&call, Of::Account, "").await
}

pub(super) async fn export_of_org(call: Call) -> Result<File, ApiError> {
    let org = call.domain().membership(call.asker()?, call.org()).await?.org;
    export(&call, Of::Org(call.org()), &format!("{}-", org.slug)).await
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_cell_is_quoted_where_it_has_to_be() {
        assert_eq!(quoted("key.created"), "key.created");
        assert_eq!(quoted(""), "");
        assert_eq!(quoted("a,b"), "\"a,b\"");
        assert_eq!(quoted("say \"hi\"\r\n"), "\"say \"\"hi\"\"\r\n\"");
    }

    #[test]
    fn a_cell_is_never_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert_eq!(quoted(cell), format!("'{cell}"));
        }
        assert_eq!(quoted("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(quoted("1-1"), "1-1");
    }
}
