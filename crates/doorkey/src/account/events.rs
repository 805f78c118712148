//! What happened to an account or an organization.

use std::collections::HashSet;
use std::time::Duration;

use doorkey_manifest::ResponseBody;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::api::Call;
use super::{Account, Moment, label};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::http::Limits;

/// How many events are asked for at once.
const PAGE: usize = 100;

/// How many pages a watch looks back through for what it hasn't shown yet.
const PAGES_BACK: usize = 10;

/// An export is larger than other answers, and takes longer.
const EXPORT: Limits =
    Limits { connect: Duration::from_secs(10), total: Duration::from_mins(10), body: 256 * 1024 * 1024 };

/// Something that happened.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Moment,
    /// What, such as `token.created`.
    pub action: String,
    /// `done` or `refused`.
    #[serde(default)]
    pub outcome: String,
    /// Who did it; see [`label`].
    #[serde(default)]
    pub actor: Value,
    /// In which app.
    #[serde(default)]
    pub app: Value,
    /// In which organization.
    #[serde(default)]
    pub org: Value,
    /// To what or whom.
    #[serde(default)]
    pub subject: Value,
    /// From which address.
    #[serde(default)]
    pub address: Value,
    /// With which program.
    #[serde(default)]
    pub agent: Value,
    /// What else is known about it.
    #[serde(default)]
    pub detail: Value,
}

impl Event {
    /// Whether it was tried and not allowed.
    pub fn refused(&self) -> bool {
        self.outcome == "refused"
    }
}

/// Some events, the latest first.
#[derive(Clone, Debug, Deserialize)]
pub struct EventPage {
    /// The events.
    pub events: Vec<Event>,
    /// What to ask for the ones before them with; nothing at the end.
    #[serde(default)]
    next: Value,
}

/// Which events.
#[derive(Clone, Debug, Default)]
pub struct EventQuery {
    /// The organization whose events they are, by id or short name; without it, the account's.
    pub org: Option<String>,
    /// What they have to mention.
    pub search: Option<String>,
}

/// The form of a file of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// Comma-separated values, with a line of names first.
    Csv,
    /// One JSON object in a line.
    JsonLines,
}

/// Events as they happen: remembers which ones were there already.
#[derive(Debug, Default)]
pub struct Watch {
    seen: HashSet<String>,
    begun: bool,
}

impl Watch {
    /// Whether it has given events, or found none, before.
    pub fn has_begun(&self) -> bool {
        self.begun
    }
}

impl Account<'_> {
    /// The latest events, at most `count`, the latest first.
    pub fn events(&self, query: &EventQuery, count: usize, cancel: &Cancel) -> Result<Vec<Event>, Error> {
        let mut events: Vec<Event> = Vec::new();
        let mut before = None;
        while events.len() < count {
            let page = self.event_page(query, before.as_deref(), (count - events.len()).min(PAGE), cancel)?;
            let came = page.events.len();
            events.extend(page.events);
            before = label(&page.next);
            if before.is_none() || came == 0 {
                break;
            }
        }
        events.truncate(count);
        Ok(events)
    }

    /// The events that `watch` hasn't given yet, in the order in which they happened. The first time: the latest `count`.
    pub fn watch(
        &self,
        query: &EventQuery,
        watch: &mut Watch,
        count: usize,
        cancel: &Cancel,
    ) -> Result<Vec<Event>, Error> {
        let mut fresh = Vec::new();
        if watch.begun {
            let mut before = None;
            'back: for _ in 0..PAGES_BACK {
                let page = self.event_page(query, before.as_deref(), PAGE, cancel)?;
                let came = page.events.len();
                for event in page.events {
                    if watch.seen.contains(&event.id) {
                        break 'back;
                    }
                    fresh.push(event);
                }
                before = label(&page.next);
                if before.is_none() || came == 0 {
                    break;
                }
            }
        } else {
            // More than are shown, so that what is older isn't taken for new when the shown ones are few.
            let mut latest = self.events(query, count.max(PAGE), cancel)?;
            watch.seen.extend(latest.iter().map(|event| event.id.clone()));
            latest.truncate(count);
            fresh = latest;
            watch.begun = true;
        }
        watch.seen.extend(fresh.iter().map(|event| event.id.clone()));
        fresh.reverse();
        Ok(fresh)
    }

    /// All events as a file.
    pub fn export_events(&self, query: &EventQuery, form: Export, cancel: &Cancel) -> Result<String, Error> {
        let mut path = events_path(query);
        path.push("export");
        let name = match form {
            Export::Csv => "csv",
            Export::JsonLines => "jsonl",
        };
        let mut call = Call { limits: EXPORT, ..Call::new("GET", &path) };
        call.query.push(("format", name.to_owned()));
        let response = self.call(call, cancel)?;
        Ok(match response.body {
            ResponseBody::None => String::new(),
            ResponseBody::Text(text) => text,
            // One line of JSON is JSON.
            ResponseBody::Json(value) => format!("{value}\n"),
        })
    }

    fn event_page(
        &self,
        query: &EventQuery,
        before: Option<&str>,
        limit: usize,
        cancel: &Cancel,
    ) -> Result<EventPage, Error> {
        let path = events_path(query);
        let mut call = Call::new("GET", &path);
        call.query.push(("limit", limit.to_string()));
        if let Some(before) = before {
            call.query.push(("before", before.to_owned()));
        }
        if let Some(search) = &query.search {
            call.query.push(("search", search.clone()));
        }
        self.ask(call, cancel)
    }
}

fn events_path(query: &EventQuery) -> Vec<&str> {
    match &query.org {
        Some(org) => vec!["orgs", org, "events"],
        None => vec!["events"],
    }
}
