//! `switch-org`: acts for another organization.

use doorkey_manifest::manifest::Event;
use serde_json::json;

use super::desk::{Desk, value};
use super::orgs;
use crate::arguments::SwitchOrg;
use crate::failure::Failure;

pub fn run(desk: &mut Desk<'_>, wishes: &SwitchOrg) -> Result<u8, Failure> {
    let known = desk.account.orgs(&desk.cancel)?;
    let id = orgs::named(&known, &wishes.org)?.id.clone();
    let org = desk.account.switch_org(&id, &doorkey::Cancel::never())?;
    if desk.voice.json() {
        desk.voice.result(&json!({ "status": "switched", "organization": value(&org) }))?;
        return Ok(0);
    }
    Ok(desk.voice.say(Event::SwitchedOrg, &orgs::values(&org))?.unwrap_or(0))
}
