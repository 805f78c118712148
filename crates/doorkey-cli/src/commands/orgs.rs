//! `orgs`: organizations and who is in them.

use doorkey::account::Org;
use doorkey::{AccountError, Cancel, Error, Secret};
use doorkey_manifest::Values;
use doorkey_manifest::manifest::Event;
use serde_json::json;

use super::desk::{Desk, value};
use crate::arguments::{Orgs, OrgsCommand};
use crate::catalogue::{Look, Word};
use crate::failure::{Failure, Question};
use crate::{prompt, time};

const QUESTION: Question =
    Question { command: "orgs leave", does: "leaves an organization", verb: "leave", json: false };

pub fn run(desk: &mut Desk<'_>, wishes: Orgs) -> Result<u8, Failure> {
    match wishes.command {
        None | Some(OrgsCommand::List) => list(desk),
        Some(OrgsCommand::Create { name, slug }) => create(desk, &name, slug.as_deref()),
        Some(OrgsCommand::Members { org }) => members(desk, org.as_deref()),
        Some(OrgsCommand::Invite { org, role }) => invite(desk, org.as_deref(), &role),
        Some(OrgsCommand::Join { link }) => join(desk, &link),
        Some(OrgsCommand::Leave { org, yes }) => leave(desk, &org, yes),
    }
}

/// The organization that is meant: by id, by short name, or by name where that is unique.
pub fn named<'o>(orgs: &'o [Org], wanted: &str) -> Result<&'o Org, Failure> {
    if let Some(exact) = orgs.iter().find(|org| org.id.eq_ignore_ascii_case(wanted) || org.slug == wanted) {
        return Ok(exact);
    }
    let mut same = orgs.iter().filter(|org| org.name == wanted);
    match (same.next(), same.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(Failure::NoOrganization { wanted: wanted.to_owned() }),
    }
}

/// What texts say about an organization.
pub fn values(org: &Org) -> Values {
    let mut values = Values::new()
        .with("org.id", org.id.as_str())
        .with("org.slug", org.slug.as_str())
        .with("org.name", org.name.as_str());
    if let Some(role) = &org.role {
        values.set("org.role", role.as_str());
    }
    values
}

fn list(desk: &mut Desk<'_>) -> Result<u8, Failure> {
    let orgs = desk.account.orgs(&desk.cancel)?;
    if desk.voice.json() {
        desk.voice.result(&json!({ "organizations": value(&orgs) }))?;
        return Ok(0);
    }
    if orgs.is_empty() {
        return Ok(desk.voice.say(Event::NoOrgs, &Values::new())?.unwrap_or(0));
    }
    let exit = desk.voice.say(Event::Orgs, &Values::new().with("count", orgs.len()))?;
    let mut table = desk.table(&[
        Word::ColumnName,
        Word::ColumnSlug,
        Word::ColumnRole,
        Word::ColumnMembers,
        Word::ColumnPlan,
        Word::ColumnActive,
    ]);
    for org in &orgs {
        let active =
            if org.active { desk.voice.word(Word::ActsForIt, &Values::new()) } else { String::new() };
        table.row(vec![
            org.name.clone(),
            org.slug.clone(),
            org.role.clone().unwrap_or_default(),
            org.members.map(|count| count.to_string()).unwrap_or_default(),
            org.plan.clone().unwrap_or_default(),
            active,
        ]);
    }
    desk.voice.rows(&table)?;
    Ok(exit.unwrap_or(0))
}

fn create(desk: &mut Desk<'_>, name: &str, slug: Option<&str>) -> Result<u8, Failure> {
    let org =
        desk.manage(Word::DoingCreateOrg, |account| account.create_org(name, slug, &Cancel::never()))?;
    told(desk, &org, "created", Word::MadeOrg)
}

fn members(desk: &mut Desk<'_>, org: Option<&str>) -> Result<u8, Failure> {
    let org = desk.org(org)?;
    let members = desk.account.members(&org, &desk.cancel)?;
    if desk.voice.json() {
        desk.voice.result(&json!({ "members": value(&members) }))?;
        return Ok(0);
    }
    let mut table = desk.table(&[Word::ColumnName, Word::ColumnEmail, Word::ColumnRole, Word::ColumnJoined]);
    for member in &members {
        let email = member.account.email.clone().unwrap_or_default();
        let joined = member.joined_at.map(|at| time::ago(at.ms(), desk.now())).unwrap_or_default();
        table.row(vec![member.account.label().to_owned(), email, member.role.clone(), joined]);
    }
    desk.voice.rows(&table)?;
    Ok(0)
}

fn invite(desk: &mut Desk<'_>, org: Option<&str>, role: &str) -> Result<u8, Failure> {
    let org = desk.org(org)?;
    let invited =
        desk.manage(Word::DoingInvite, |account| account.invite(&org, Some(role), &Cancel::never()))?;
    if desk.voice.json() {
        let shown = json!({ "link": invited.link.expose(), "invitation": value(&invited.invitation) });
        desk.voice.result(&shown)?;
        return Ok(0);
    }
    let ends = invited.invitation.expires_at.map(|end| time::until(end.ms(), desk.now()));
    let values = Values::new().with("org.role", invited.invitation.role.as_str());
    let (word, values) = match ends {
        Some(ends) => (Word::InvitedUntil, values.with("detail", ends)),
        None => (Word::Invited, values),
    };
    desk.voice.tell(Look::Done, word, &values);
    desk.voice.data(invited.link.expose())?;
    Ok(0)
}

fn join(desk: &mut Desk<'_>, link: &str) -> Result<u8, Failure> {
    let link = if link == "-" { prompt::piped()? } else { Secret::from(link) };
    // Before the person is bothered.
    desk.account.invitation_token(&link)?;
    let org = desk.manage(Word::DoingJoin, |account| account.join(&link, &Cancel::never()))?;
    told(desk, &org, "joined", Word::JoinedOrg)
}

fn leave(desk: &mut Desk<'_>, wanted: &str, yes: bool) -> Result<u8, Failure> {
    let orgs = desk.account.orgs(&desk.cancel)?;
    let org = named(&orgs, wanted)?;
    let me = desk.me()?.account.ok_or_else(|| {
        let message = "This credential belongs to no person, so it is in no organization.".to_owned();
        Error::from(AccountError::Refused { message })
    })?;
    let question = desk.voice.word(Word::LeaveConfirm, &values(org));
    if !desk.confirm(yes, QUESTION, &question)? {
        return Ok(0);
    }
    desk.manage(Word::DoingLeave, |account| account.remove_member(&org.id, &me.id, &Cancel::never()))?;
    told(desk, org, "left", Word::LeftOrg)
}

fn told(desk: &mut Desk<'_>, org: &Org, status: &str, word: Word) -> Result<u8, Failure> {
    if desk.voice.json() {
        desk.voice.result(&json!({ "status": status, "organization": value(org) }))?;
    } else {
        desk.voice.tell(Look::Done, word, &values(org));
    }
    Ok(0)
}
