//! `orgs` and `switch-org` by the product's own routes.

use doorkey::{Cancel, Client};
use doorkey_manifest::Values;
use doorkey_manifest::manifest::Event;
use serde_json::{Value, json};

use super::list;
use crate::arguments::SwitchOrg;
use crate::catalogue::Word;
use crate::failure::Failure;
use crate::table::Table;
use crate::voice::Voice;

pub fn run(client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    let orgs = match client.own_orgs(&Cancel::never())? {
        Ok(orgs) => orgs,
        Err(refused) => return super::refused(refused, None, Values::new(), voice),
    };
    if voice.json() {
        voice.result(&json!({ "organizations": list::as_json(orgs) }))?;
        return Ok(0);
    }
    if orgs.is_empty() {
        return Ok(voice.say(Event::NoOrgs, &Values::new())?.unwrap_or(0));
    }
    let Some(layout) = client.app().manifest().commands.get("orgs").and_then(|orgs| orgs.list.as_ref())
    else {
        voice.rows(&usual(&orgs, voice))?;
        return Ok(0);
    };
    voice.data(&list::lines(layout, "org", &orgs).join("\n"))?;
    if let Some(after) = &layout.after {
        voice.data(&list::about(after, orgs.len()))?;
    }
    Ok(0)
}

/// The usual table. What the product's route doesn't say of any organization has no column.
fn usual(orgs: &[Value], voice: &Voice) -> Table {
    let columns = [
        (Word::ColumnName, "name"),
        (Word::ColumnSlug, "slug"),
        (Word::ColumnId, "id"),
        (Word::ColumnRole, "role"),
        (Word::ColumnActive, "active"),
    ];
    let word = |word: Word| voice.word(word, &Values::new());
    let cell = |org: &Value, field: &str| match &org[field] {
        Value::Bool(true) => word(Word::ActsForIt),
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    let said: Vec<_> =
        columns.iter().filter(|(_, field)| orgs.iter().any(|org| !cell(org, field).is_empty())).collect();
    let mut table = Table::new(said.iter().map(|(head, _)| word(*head)).collect());
    for org in orgs {
        table.row(said.iter().map(|(_, field)| cell(org, field)).collect());
    }
    table
}

pub fn switch(wishes: &SwitchOrg, client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    let wanted = Values::new().with("org.wanted", wishes.org.as_str());
    let switched = match client.switch_own_org(&wishes.org, wishes.key_name.as_deref(), &Cancel::never())? {
        Ok(switched) => switched,
        Err(refused) => return super::refused(refused, Some(Event::NoSuchOrg), wanted, voice),
    };
    let removed: Vec<String> = switched.removed.iter().map(|path| path.display().to_string()).collect();
    if voice.json() {
        voice.result(&json!({
            "status": "switched",
            "organization": crate::json::organization_of(&switched.organization),
            "new_credential": switched.new_credential,
            "removed": removed,
        }))?;
        return Ok(0);
    }
    let mut values = wanted;
    values.merge(switched.organization.clone());
    // The usual words have a place for a short name.
    if values.get("org.slug").is_none() {
        let name = values.text("org.id").unwrap_or(&wishes.org).to_owned();
        values.set("org.slug", name);
    }
    let exit = voice.say(Event::SwitchedOrg, &values)?;
    if !removed.is_empty() {
        voice.say(Event::OrgFilesRemoved, &values.with("path", removed.join(", ")))?;
    }
    Ok(exit.unwrap_or(0))
}
