//! `keys`: an organization's API keys.

use doorkey::Cancel;
use doorkey::account::{NewKey, label, pick};
use doorkey_manifest::Values;
use doorkey_manifest::manifest::Event;
use serde_json::json;

use super::desk::{Desk, mark, value};
use crate::app_choice::shell_word;
use crate::arguments::{Keys, KeysCommand, NewKeyArguments, Revocation, Rotation};
use crate::catalogue::Word;
use crate::failure::{Failure, Question};

const QUESTION: Question =
    Question { command: "keys revoke", does: "revokes a key", verb: "revoke", json: false };

pub fn run(desk: &mut Desk<'_>, wishes: Keys) -> Result<u8, Failure> {
    let org = desk.org(wishes.org.as_deref())?;
    match wishes.command {
        None | Some(KeysCommand::List) => list(desk, &org, wishes.org.as_deref()),
        Some(KeysCommand::Create(wishes)) => create(desk, &org, wishes),
        Some(KeysCommand::Rotate(wishes)) => rotate(desk, &org, &wishes),
        Some(KeysCommand::Revoke(wishes)) => revoke(desk, &org, &wishes),
        Some(KeysCommand::Prune { .. }) => {
            Err(Failure::NotOffered { app: desk.client.app().title().to_owned(), what: "pruning keys" })
        }
    }
}

fn list(desk: &mut Desk<'_>, org: &str, named: Option<&str>) -> Result<u8, Failure> {
    let keys = desk.account.keys(org, &desk.cancel)?;
    if desk.voice.json() {
        desk.voice.result(&json!({ "keys": value(&keys) }))?;
        return Ok(0);
    }
    if keys.is_empty() {
        let mut values = Values::new();
        if let Some(named) = named {
            values.set("detail", format!(" --org {}", shell_word(named)));
        }
        return Ok(desk.voice.say(Event::NoKeys, &values)?.unwrap_or(0));
    }
    let mut table = desk.table(&[
        Word::ColumnName,
        Word::ColumnKey,
        Word::ColumnKind,
        Word::ColumnHolder,
        Word::ColumnLastUsed,
        Word::ColumnExpires,
    ]);
    for key in &keys {
        let kind = key.key_kind.clone().unwrap_or_default();
        let holder = label(&value(&key.holder)).unwrap_or_default();
        table.row(vec![key.name.clone(), mark(key), kind, holder, desk.used(key), desk.ends(key)]);
    }
    desk.voice.rows(&table)?;
    Ok(0)
}

fn create(desk: &mut Desk<'_>, org: &str, wishes: NewKeyArguments) -> Result<u8, Failure> {
    let new = NewKey {
        name: wishes.name,
        kind: wishes.kind,
        scopes: wishes.scopes,
        expires: wishes.expires,
        rate_limit: wishes.rate_limit,
        allow: wishes.allow,
        service_account: wishes.service_account,
    };
    let made =
        desk.manage(Word::DoingCreateKey, |account| account.create_key(org, &new, &Cancel::never()))?;
    desk.created(&made, Word::MadeKey, Values::new(), &format!("keys revoke --org {}", shell_word(org)))
}

fn rotate(desk: &mut Desk<'_>, org: &str, wishes: &Rotation) -> Result<u8, Failure> {
    let keys = desk.account.keys(org, &desk.cancel)?;
    let old = pick(&keys, &wishes.id)?;
    let made = desk.manage(Word::DoingRotateKey, |account| {
        account.rotate_key(org, &old.id, wishes.overlap, wishes.expires, &Cancel::never())
    })?;
    let values = desk.overlap_values(old, wishes.overlap);
    desk.created(&made, Word::RotatedKey, values, &format!("keys revoke --org {}", shell_word(org)))
}

fn revoke(desk: &mut Desk<'_>, org: &str, wishes: &Revocation) -> Result<u8, Failure> {
    let keys = desk.account.keys(org, &desk.cancel)?;
    let key = pick(&keys, &wishes.id)?;
    let values = desk.token_values(key);
    let question = desk.voice.word(Word::RevokeKeyConfirm, &values);
    if !desk.confirm(wishes.yes, QUESTION, &question)? {
        return Ok(0);
    }
    desk.account.revoke_key(org, &key.id, &Cancel::never())?;
    if desk.voice.json() {
        desk.voice.result(&json!({ "status": "revoked", "id": key.id, "name": key.name }))?;
        return Ok(0);
    }
    let values = values.with("key.prefix", key.start.as_str());
    Ok(desk.voice.say(Event::KeyRevoked, &values)?.unwrap_or(0))
}
