//! Making organizations, changing them, and acting for another one.

use std::time::Duration;

use serde_json::json;

use super::{Membership, Role, slug};
use crate::{
    Domain,
    asker::{Asker, Refusal},
    audit::{Action, Actor, Event},
    id::OrgId,
    store::{OrgChange, StoreError},
    text,
};

/// How many organizations an account may own.
const MOST: usize = 50;
/// How often a slug is drawn again when another organization has it.
const DRAWS: u32 = 4;
/// The longest slug that a person may choose.
const LONGEST_SLUG: usize = 40;
/// The highest rate that can be set, in requests per minute.
const HIGHEST_RATE: u32 = 1_000_000;

/// What a new organization is made of.
#[derive(Debug, Clone, Copy)]
pub struct NewOrg<'a> {
    /// Its name for people.
    pub name: &'a str,
    /// Its name in addresses; without it one is made from the name.
    pub slug: Option<&'a str>,
}

impl Domain {
    /// Makes an organization, of which the asker is the owner.
    pub async fn create_org(&self, asker: &Asker, new: NewOrg<'_>) -> Result<Membership, Refusal> {
        asker.must_manage()?;
        let name = text::name(new.name).map_err(Refusal::name)?;
        if let Some(slug) = new.slug {
            check_slug(slug)?;
        }
        let owned = self.memberships(asker.account).await?;
        if owned.iter().filter(|membership| membership.role == Role::Owner).count() >= MOST {
            return Err(Refusal::Conflict(format!("an account owns at most {MOST} organizations")));
        }
        let now = self.now();
        let org = OrgId::fresh(now, &*self.entropy);
        let mut tx = self.store.begin().await?;
        let mut draws = 0;
        let mut candidate = new.slug.map_or_else(|| slug(&name, None), str::to_owned);
        while !tx.insert_org(org, &candidate, &name, now).await? {
            if new.slug.is_some() {
                tx.rollback().await?;
                return Err(Refusal::Conflict(format!(
                    "another organization has the short name `{candidate}`"
                )));
            }
            draws += 1;
            if draws > DRAWS {
                tx.rollback().await?;
                return Err(StoreError::Busy.into());
            }
            candidate = slug(&name, Some(self.random_number()));
        }
        tx.insert_member(org, asker.account, Role::Owner, now).await?;
        let event = Event::done(Action::OrgCreated, Actor::Account(asker.account)).account(asker.account);
        let event = event.org(org).subject("org", org).from(&asker.origin);
        self.record(&mut tx, event.detail(json!({ "name": name, "slug": candidate }))).await?;
        let made = tx.membership(asker.account, Some(org), "").await?;
        tx.commit().await?;
        Ok(made.ok_or(StoreError::Corrupt("an organization that was just made is missing"))?)
    }

    /// Changes an organization's name or limits. What isn't given stays.
    pub async fn change_org(
        &self,
        asker: &Asker,
        org: &str,
        change: OrgChange,
    ) -> Result<Membership, Refusal> {
        let name = change.name.as_deref().map(text::name).transpose().map_err(Refusal::name)?;
        if change.longest_token.flatten().is_some_and(|longest| longest < Duration::from_hours(1)) {
            return Err(Refusal::invalid(
                "longest_token",
                "tokens that live less than an hour are of no use",
            ));
        }
        if change.rate_limit.flatten().is_some_and(|rate| rate == 0 || rate > HIGHEST_RATE) {
            return Err(Refusal::invalid("rate_limit", format!("choose from 1 to {HIGHEST_RATE} a minute")));
        }
        asker.must_manage()?;
        let (mut tx, before) = self.enter(asker, org, Role::Admin, Action::OrgChanged).await?;
        let id = before.org.id;
        let change = OrgChange { name, ..change };
        tx.change_org(id, &change).await?;
        let event = Event::done(Action::OrgChanged, Actor::Account(asker.account)).account(asker.account);
        let detail = json!({
            "name": change.name,
            "longest_token": change.longest_token.flatten().map(|longest| longest.as_secs()),
            "rate_limit": change.rate_limit.flatten(),
        });
        self.record(&mut tx, event.org(id).subject("org", id).from(&asker.origin).detail(detail)).await?;
        let after = tx.membership(asker.account, Some(id), "").await?;
        tx.commit().await?;
        Ok(after.ok_or(StoreError::Corrupt("an organization that was just changed is missing"))?)
    }

    /// From now on the asker's token, and all of its family, act for this organization.
    pub async fn switch_org(&self, asker: &Asker, org: &str) -> Result<Membership, Refusal> {
        let Some(grant) = asker.grant else { return Err(Refusal::NotFound("token")) };
        let (mut tx, membership) = self.enter(asker, org, Role::Member, Action::OrgSwitched).await?;
        let id = membership.org.id;
        tx.switch_grant(grant, asker.account, id).await?;
        let event = Event::done(Action::OrgSwitched, Actor::Account(asker.account)).account(asker.account);
        self.record(&mut tx, event.org(id).subject("grant", grant).from(&asker.origin)).await?;
        tx.commit().await?;
        Ok(membership)
    }
}

fn check_slug(slug: &str) -> Result<(), Refusal> {
    let letters = slug.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    let dashes = slug.starts_with('-') || slug.ends_with('-') || slug.contains("--");
    if !(2..=LONGEST_SLUG).contains(&slug.len()) || !letters || dashes {
        let message = format!("2 to {LONGEST_SLUG} small letters, digits and single dashes between them");
        return Err(Refusal::invalid("slug", message));
    }
    Ok(())
}
