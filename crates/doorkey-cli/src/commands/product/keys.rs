//! `keys` by the product's own routes.

use std::sync::Arc;
use std::time::Duration;

use doorkey::{Cancel, Client, Refused};
use doorkey_manifest::Values;
use doorkey_manifest::manifest::{Confirm, Event, Prune, Unasked};
use serde_json::{Value, json};

use super::list;
use crate::arguments::Revocation;
use crate::catalogue::Word;
use crate::failure::{Failure, Question};
use crate::prompt::{self, Asking};
use crate::table::Table;
use crate::time;
use crate::voice::Voice;

const QUESTION: Question =
    Question { command: "keys revoke", does: "revokes a key", verb: "revoke", json: false };

/// What is done with keys.
#[derive(Debug)]
pub enum Wish<'a> {
    List,
    Revoke(&'a Revocation),
    Prune { yes: bool },
}

pub fn run(wish: &Wish<'_>, client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    match wish {
        Wish::List => show(client, voice),
        Wish::Revoke(wishes) => revoke(wishes, client, voice),
        Wish::Prune { yes } => prune(*yes, client, voice),
    }
}

fn keys(client: &Client) -> Result<Result<Vec<Value>, Refused>, Failure> {
    Ok(client.own_keys(&Cancel::never())?)
}

fn show(client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    let keys = match keys(client)? {
        Ok(keys) => keys,
        Err(refused) => return super::refused(refused, None, Values::new(), voice),
    };
    if voice.json() {
        voice.result(&json!({ "keys": list::as_json(keys) }))?;
        return Ok(0);
    }
    if keys.is_empty() {
        return Ok(voice.say(Event::NoKeys, &Values::new())?.unwrap_or(0));
    }
    let Some(layout) = client.app().manifest().commands.get("keys").and_then(|keys| keys.list.as_ref())
    else {
        voice.rows(&usual(&keys, client, voice))?;
        return Ok(0);
    };
    voice.data(&list::lines(layout, "key", &keys).join("\n"))?;
    if let Some(after) = &layout.after {
        voice.data(&list::about(after, keys.len()))?;
    }
    if let Some(many) = layout.many.as_ref().filter(|many| keys.len() > many.above) {
        voice.data(&format!("\n{}", list::about(&many.text, keys.len())))?;
    }
    Ok(0)
}

fn usual(keys: &[Value], client: &Client, voice: &Voice) -> Table {
    let words =
        [Word::ColumnName, Word::ColumnId, Word::ColumnKey, Word::ColumnLastUsed, Word::ColumnExpires];
    let mut table = Table::new(words.iter().map(|word| voice.word(*word, &Values::new())).collect());
    let now = client.system().clock.now_ms();
    for key in keys {
        let text = |field: &str| key[field].as_str().unwrap_or_default().to_owned();
        let used = key["last_used_at"].as_i64().map(|at| time::ago(at, now));
        let ends = match key["expires_at"].as_i64() {
            _ if ended(key) => voice.word(Word::EndsRevoked, &Values::new()),
            Some(at) => time::until(at, now),
            None => voice.word(Word::EndsNever, &Values::new()),
        };
        let used = used.unwrap_or_else(|| voice.word(Word::UsedNever, &Values::new()));
        table.row(vec![text("name"), text("id"), text("prefix"), used, ends]);
    }
    table
}

fn revoke(wishes: &Revocation, client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    let values = Values::new().with("key.id", wishes.id.as_str()).with("key.name", wishes.id.as_str());
    if !wishes.yes && !may(client, voice, &values)? {
        return Ok(0);
    }
    if let Err(refused) = client.end_own_key(&wishes.id, &Cancel::never())? {
        return super::refused(refused, Some(Event::NoSuchKey), values, voice);
    }
    if voice.json() {
        voice.result(&json!({ "status": "revoked", "id": wishes.id }))?;
        return Ok(0);
    }
    Ok(voice.say(Event::KeyRevoked, &values)?.unwrap_or(0))
}

/// Whether the person wants it, as the product asks.
fn may(client: &Client, voice: &mut Voice, values: &Values) -> Result<bool, Failure> {
    let own = client.app().manifest().commands.get("keys");
    let confirm = own.map_or(Confirm::No, |keys| keys.confirm);
    if confirm == Confirm::Never {
        return Ok(true);
    }
    if voice.json() || !prompt::is_possible() {
        return match own.map(|keys| keys.unasked) {
            Some(Unasked::Proceed) => Ok(true),
            _ => Err(Failure::NobodyToAsk(Question { json: voice.json(), ..QUESTION })),
        };
    }
    let asking = Arc::new(Asking::default());
    let _watch = voice.watch(&asking, voice.word(Word::Interrupted, &Values::new()));
    let question = voice.word(Word::RevokeOwnKeyConfirm, values);
    asking.confirm(&question, confirm == Confirm::Yes)
}

/// Shows the keys that nobody uses, and ends them where that is wanted. One that can't be ended doesn't keep the others.
fn prune(yes: bool, client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    let own = client.app().manifest().commands.get("keys").and_then(|keys| keys.prune);
    let Some(rules) = own else {
        return Err(Failure::NotOffered { app: client.app().title().to_owned(), what: "pruning keys" });
    };
    let all = match keys(client)? {
        Ok(keys) => keys,
        Err(refused) => return super::refused(refused, None, Values::new(), voice),
    };
    let now = client.system().clock.now_ms();
    let unused: Vec<&Value> = all.iter().filter(|key| is_unused(key, &rules, now)).collect();
    if unused.is_empty() {
        return Ok(voice.say(Event::NothingToPrune, &Values::new())?.unwrap_or(0));
    }
    voice.say(Event::PruneFound, &Values::new().with("count", unused.len()))?;
    for key in &unused {
        let values = list::item_values("key", key);
        voice.data(&voice.word(Word::PrunedKey, &values))?;
    }
    if !yes {
        return Ok(voice.say(Event::PruneHint, &Values::new())?.unwrap_or(0));
    }
    for key in unused {
        let values = list::item_values("key", key);
        let id = key["id"].as_str().unwrap_or_default();
        match client.end_own_key(id, &Cancel::never()) {
            Ok(Ok(())) => voice.say(Event::KeyRevoked, &values)?,
            Ok(Err(refused)) => {
                let why = refused.message.unwrap_or_else(|| format!("HTTP {}", refused.status));
                voice.say(Event::KeyNotRevoked, &values.with("why", why))?
            }
            Err(doorkey::Error::Service(error)) => {
                voice.say(Event::KeyNotRevoked, &values.with("why", error.to_string()))?
            }
            Err(error) => return Err(error.into()),
        };
    }
    Ok(0)
}

fn ended(key: &Value) -> bool {
    key["status"].as_str().is_some_and(|status| status.eq_ignore_ascii_case("revoked"))
        || key["active"] == false
}

/// Not ended, and expired, or unused for so long.
fn is_unused(key: &Value, rules: &Prune, now: i64) -> bool {
    if ended(key) {
        return false;
    }
    let older = |field: &str, age: Duration| {
        let at = key[field].as_i64();
        at.map(|at| now.saturating_sub(at) > i64::try_from(age.as_millis()).unwrap_or(i64::MAX))
    };
    let expired = older("expires_at", Duration::ZERO).unwrap_or(false);
    let unused = match older("last_used_at", rules.unused.duration()) {
        Some(long_ago) => long_ago,
        None => older("created_at", rules.never_used.duration()).unwrap_or(false),
    };
    expired || unused
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    #[test]
    fn a_key_is_unused_after_the_products_own_time() {
        let text = "unused = '90d'\nnever_used = '30d'";
        let Ok(rules) = toml::from_str::<Prune>(text) else { unreachable!("these are the product's rules") };
        let now = 1_000 * DAY;
        let days_ago = |days: i64| now - days * DAY;
        for (key, unused) in [
            (json!({ "last_used_at": days_ago(91), "created_at": days_ago(200) }), true),
            (json!({ "last_used_at": days_ago(89), "created_at": days_ago(200) }), false),
            (json!({ "created_at": days_ago(31) }), true),
            (json!({ "created_at": days_ago(29) }), false),
            (json!({ "expires_at": days_ago(1), "last_used_at": days_ago(1) }), true),
            (json!({ "expires_at": now + DAY, "last_used_at": days_ago(1) }), false),
            (json!({ "status": "revoked", "created_at": days_ago(400) }), false),
            (json!({ "active": false, "created_at": days_ago(400) }), false),
            (json!({}), false),
        ] {
            assert_eq!(is_unused(&key, &rules, now), unused, "{key}");
        }
    }
}
