//! `logs`: what happened to the account or to an organization.

use std::time::Duration;

use doorkey::account::{Event, EventQuery, Export, Watch, label};
use doorkey::{AccountError, Error, Exit, ServiceError};
use doorkey_manifest::Values;
use doorkey_manifest::manifest::Event as Happened;
use serde_json::json;

use super::desk::{Desk, value};
use crate::arguments::Logs;
use crate::catalogue::{Look, Word};
use crate::failure::Failure;
use crate::time;
use crate::voice::clean;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(2);

/// After so many failures in a row it is asked less often, up to this.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

pub fn run(desk: &mut Desk<'_>, wishes: &Logs) -> Result<u8, Failure> {
    let query = EventQuery { org: wishes.org.clone(), search: wishes.search.clone() };
    match wishes.export.as_deref() {
        Some("csv") => return export(desk, &query, Export::Csv),
        Some(_) => return export(desk, &query, Export::JsonLines),
        None => {}
    }
    if wishes.follow {
        return follow(desk, &query, wishes.limit);
    }
    let events = desk.account.events(&query, wishes.limit, &desk.cancel)?;
    if desk.voice.json() {
        desk.voice.result(&json!({ "events": value(&events) }))?;
        return Ok(0);
    }
    if events.is_empty() {
        let word = if wishes.search.is_some() { Word::NoEventsFound } else { Word::NoEvents };
        desk.voice.tell(Look::Plain, word, &Values::new());
        return Ok(0);
    }
    let columns =
        [Word::ColumnWhen, Word::ColumnAction, Word::ColumnActor, Word::ColumnSubject, Word::ColumnAddress];
    let mut table = desk.table(&columns);
    for event in &events {
        let [action, actor, subject, address] = words(desk, event);
        table.row(vec![time::ago(event.at.ms(), desk.now()), action, actor, subject, address]);
    }
    desk.voice.rows(&table)?;
    Ok(0)
}

fn export(desk: &mut Desk<'_>, query: &EventQuery, form: Export) -> Result<u8, Failure> {
    let file = desk.account.export_events(query, form, &desk.cancel)?;
    if !file.is_empty() {
        desk.voice.data(file.strip_suffix('\n').unwrap_or(&file))?;
    }
    Ok(0)
}

/// Shows events as they happen. A service that can't be asked for a while isn't the end of it; Ctrl-C is.
fn follow(desk: &mut Desk<'_>, query: &EventQuery, count: usize) -> Result<u8, Failure> {
    let mut watch = Watch::default();
    let mut failures = 0_u32;
    loop {
        let pause = match desk.account.watch(query, &mut watch, count, &desk.cancel) {
            Ok(events) => {
                failures = 0;
                for event in &events {
                    show(desk, event)?;
                }
                PAUSE
            }
            Err(Error::Cancelled) => return Ok(Exit::Cancelled.code()),
            Err(error) if passes(&error) && watch.has_begun() => {
                let wanted = wanted_pause(&error).unwrap_or_default();
                let pause = (PAUSE * 2_u32.saturating_pow(failures.min(5))).min(LONGEST_PAUSE).max(wanted);
                if failures == 0 && !desk.voice.json() {
                    let values =
                        Values::new().with("why", error.to_string()).with("time_left", time::in_words(pause));
                    desk.voice.say(Happened::TryingAgain, &values)?;
                }
                failures += 1;
                pause
            }
            Err(error) => return Err(error.into()),
        };
        if desk.client.system().clock.wait(pause, &desk.cancel) {
            return Ok(Exit::Cancelled.code());
        }
    }
}

/// Whether it may be over soon.
fn passes(error: &Error) -> bool {
    matches!(
        error,
        Error::Service(
            ServiceError::Unreachable { .. }
                | ServiceError::TimedOut { .. }
                | ServiceError::TryLater { .. }
                | ServiceError::Broken { .. }
        ) | Error::Account(AccountError::RateLimited { .. })
    )
}

fn wanted_pause(error: &Error) -> Option<Duration> {
    match error {
        Error::Service(ServiceError::TryLater { retry_after, .. }) => *retry_after,
        Error::Account(AccountError::RateLimited { after, .. }) => *after,
        _ => None,
    }
}

fn show(desk: &mut Desk<'_>, event: &Event) -> Result<(), Failure> {
    if desk.voice.json() {
        return desk.voice.data(&value(event).to_string());
    }
    let [action, actor, subject, address] = words(desk, event);
    let parts = [time::to_the_second(event.at.ms()), action, actor, subject, address];
    let line: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    desk.voice.data(&clean(&line.join("  ")).replace(['\n', '\t'], " "))
}

/// What happened, by whom, to what, from where.
fn words(desk: &Desk<'_>, event: &Event) -> [String; 4] {
    let action = if event.refused() {
        desk.voice.word(Word::RefusedAction, &Values::new().with("detail", event.action.as_str()))
    } else {
        event.action.clone()
    };
    let text = |value| label(value).unwrap_or_default();
    [action, text(&event.actor), text(&event.subject), text(&event.address)]
}
