//! `orgs`: organizations and who is in them.

use doorkey::account::{Member, Org, OrgChange, ServiceAccount};
use doorkey::{AccountError, Cancel, Error, Secret};
use doorkey_manifest::Values;
use doorkey_manifest::manifest::Event;
use serde_json::{Value, json};

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
        Some(OrgsCommand::SetRole { member, role, org }) => set_role(desk, org.as_deref(), &member, &role),
        Some(OrgsCommand::Remove { member, org, yes }) => remove(desk, org.as_deref(), &member, yes),
        Some(OrgsCommand::Transfer { member, org, yes }) => transfer(desk, org.as_deref(), &member, yes),
        Some(OrgsCommand::Set { org, name, longest_token, rate_limit }) => {
            let change = OrgChange {
                name,
                longest_token: longest_token.map(|limit| limit.0),
                rate_limit: rate_limit.map(|limit| limit.0),
            };
            set(desk, org.as_deref(), &change)
        }
        Some(OrgsCommand::ServiceAccounts { org }) => service_accounts(desk, org.as_deref()),
        Some(OrgsCommand::AddServiceAccount { name, org }) => {
            add_service_account(desk, org.as_deref(), &name)
        }
        Some(OrgsCommand::EndServiceAccount { account, org, yes }) => {
            end_service_account(desk, org.as_deref(), &account, yes)
        }
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

/// The member that is meant: by id, e-mail address, or name where that is unique.
fn member(desk: &mut Desk<'_>, org: &str, wanted: &str) -> Result<Member, Failure> {
    let mut members = desk.account.members(org, &desk.cancel)?;
    let exact = |member: &Member| {
        member.account.id.eq_ignore_ascii_case(wanted)
            || member.account.email.as_deref().is_some_and(|email| email.eq_ignore_ascii_case(wanted))
    };
    if let Some(at) = members.iter().position(exact) {
        return Ok(members.swap_remove(at));
    }
    members.retain(|member| member.account.name.as_deref() == Some(wanted));
    match (members.pop(), members.pop()) {
        (Some(one), None) => Ok(one),
        _ => Err(nobody(format!(
            "There is no member `{wanted}`, or several are called so. `orgs members` lists them."
        ))),
    }
}

fn nobody(message: String) -> Failure {
    Error::from(AccountError::Refused { message }).into()
}

fn set_role(desk: &mut Desk<'_>, org: Option<&str>, wanted: &str, role: &str) -> Result<u8, Failure> {
    let org = desk.org(org)?;
    let found = member(desk, &org, wanted)?;
    let id = found.account.id.clone();
    let changed =
        desk.manage(Word::DoingSetRole, |account| account.set_role(&org, &id, role, &Cancel::never()))?;
    let values = Values::new().with("who", found.account.label()).with("org.role", changed.role.as_str());
    done(desk, &json!({ "status": "changed", "member": value(&changed) }), Word::RoleSet, &values)
}

fn remove(desk: &mut Desk<'_>, org: Option<&str>, wanted: &str, yes: bool) -> Result<u8, Failure> {
    const QUESTION: Question =
        Question { command: "orgs remove", does: "takes a member out", verb: "remove", json: false };
    let org = desk.org(org)?;
    let found = member(desk, &org, wanted)?;
    let values = Values::new().with("who", found.account.label());
    let question = desk.voice.word(Word::RemoveConfirm, &values);
    if !desk.confirm(yes, QUESTION, &question)? {
        return Ok(0);
    }
    let id = found.account.id.clone();
    desk.manage(Word::DoingRemove, |account| account.remove_member(&org, &id, &Cancel::never()))?;
    done(desk, &json!({ "status": "removed", "member": value(&found) }), Word::RemovedMember, &values)
}

fn transfer(desk: &mut Desk<'_>, org: Option<&str>, wanted: &str, yes: bool) -> Result<u8, Failure> {
    const QUESTION: Question = Question {
        command: "orgs transfer",
        does: "hands an organization over",
        verb: "transfer",
        json: false,
    };
    let org = desk.org(org)?;
    let found = member(desk, &org, wanted)?;
    let asked = Values::new().with("who", found.account.label());
    let question = desk.voice.word(Word::TransferConfirm, &asked);
    if !desk.confirm(yes, QUESTION, &question)? {
        return Ok(0);
    }
    let id = found.account.id.clone();
    let org =
        desk.manage(Word::DoingTransfer, |account| account.transfer_org(&org, &id, &Cancel::never()))?;
    let values = values(&org).with("who", found.account.label());
    done(
        desk,
        &json!({ "status": "transferred", "organization": value(&org) }),
        Word::TransferredOrg,
        &values,
    )
}

fn set(desk: &mut Desk<'_>, org: Option<&str>, change: &OrgChange) -> Result<u8, Failure> {
    if change.name.is_none() && change.longest_token.is_none() && change.rate_limit.is_none() {
        let message = "Say what to change: --name, --longest-token or --rate-limit.".to_owned();
        return Err(nobody(message));
    }
    let org = desk.org(org)?;
    let org =
        desk.manage(Word::DoingChangeOrg, |account| account.change_org(&org, change, &Cancel::never()))?;
    told(desk, &org, "changed", Word::ChangedOrg)
}

fn service_accounts(desk: &mut Desk<'_>, org: Option<&str>) -> Result<u8, Failure> {
    let org = desk.org(org)?;
    let all = desk.account.service_accounts(&org, &desk.cancel)?;
    if desk.voice.json() {
        desk.voice.result(&json!({ "service_accounts": value(&all) }))?;
        return Ok(0);
    }
    if all.is_empty() {
        desk.voice.tell(Look::Plain, Word::NoServiceAccounts, &Values::new());
        return Ok(0);
    }
    let mut table = desk.table(&[Word::ColumnName, Word::ColumnId, Word::ColumnKeys, Word::ColumnMade]);
    for account in &all {
        let made = account.created_at.map(|at| time::ago(at.ms(), desk.now())).unwrap_or_default();
        table.row(vec![account.name.clone(), account.id.clone(), account.keys.to_string(), made]);
    }
    desk.voice.rows(&table)?;
    Ok(0)
}

fn add_service_account(desk: &mut Desk<'_>, org: Option<&str>, name: &str) -> Result<u8, Failure> {
    let org = desk.org(org)?;
    let made = desk.manage(Word::DoingAddServiceAccount, |account| {
        account.create_service_account(&org, name, &Cancel::never())
    })?;
    let values = Values::new().with("who", made.name.as_str()).with("detail", made.id.as_str());
    let shown = json!({ "status": "created", "service_account": value(&made) });
    done(desk, &shown, Word::AddedServiceAccount, &values)
}

fn end_service_account(
    desk: &mut Desk<'_>,
    org: Option<&str>,
    wanted: &str,
    yes: bool,
) -> Result<u8, Failure> {
    const QUESTION: Question = Question {
        command: "orgs end-service-account",
        does: "ends a service account",
        verb: "end",
        json: false,
    };
    let org = desk.org(org)?;
    let all = desk.account.service_accounts(&org, &desk.cancel)?;
    let named = |account: &&ServiceAccount| account.name == wanted || account.id.eq_ignore_ascii_case(wanted);
    let Some(found) = all.iter().find(named) else {
        let message = format!("There is no service account `{wanted}`. `orgs service-accounts` lists them.");
        return Err(nobody(message));
    };
    let values = Values::new().with("who", found.name.as_str()).with("count", found.keys);
    let question = desk.voice.word(Word::EndServiceAccountConfirm, &values);
    if !desk.confirm(yes, QUESTION, &question)? {
        return Ok(0);
    }
    desk.manage(Word::DoingEndServiceAccount, |account| {
        account.end_service_account(&org, &found.id, &Cancel::never())
    })?;
    let shown = json!({ "status": "ended", "service_account": value(found) });
    done(desk, &shown, Word::EndedServiceAccount, &values)
}

/// What was done: as JSON, or in words.
fn done(desk: &mut Desk<'_>, shown: &Value, word: Word, values: &Values) -> Result<u8, Failure> {
    if desk.voice.json() {
        desk.voice.result(shown)?;
    } else {
        desk.voice.tell(Look::Done, word, values);
    }
    Ok(0)
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
    let shown = json!({ "status": status, "organization": value(org) });
    done(desk, &shown, word, &values(org))
}
