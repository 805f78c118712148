//! Organizations: what an account acts for. Every account has a personal one from the start and may make others, which
//! it shares with members. An organization always has an owner, and holds keys that outlive whoever made them.

mod change;
mod invitation;
mod member;
mod service_account;

#[cfg(test)]
mod tests;

use std::time::Duration;

pub use self::{
    change::NewOrg,
    invitation::{Invitation, InvitationView, LONGEST_INVITATION},
    member::Member,
    service_account::ServiceAccount,
};
use crate::{
    Domain,
    asker::{Asker, Refusal},
    audit::{Action, Actor, Event},
    clock::Time,
    id::{AccountId, OrgId},
    store::{StoreError, Tx},
};

/// An organization, as one of its members sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Org {
    /// Its name for programs that never changes.
    pub id: OrgId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub name: String,
}

/// What a member may. Each may all that the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Acts for the organization and sees who is in it.
    Member,
    /// Invites, makes and ends keys, reads the trail.
    Admin,
    /// Decides who else is an owner.
    Owner,
}

impl Role {
    /// All roles, from the least to the most.
    pub const ALL: [Self; 3] = [Self::Member, Self::Admin, Self::Owner];

    /// Its name in the database, in JSON and on pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// The role of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// An organization with what one member is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The organization.
    pub org: Org,
    /// What the member may.
    pub role: Role,
    /// Whether it is the member's own, which nobody else can join.
    pub personal: bool,
    /// The plan that it has.
    pub plan: Option<String>,
    /// How many are in it.
    pub members: u32,
    /// Since when the member is in it.
    pub joined_at: Time,
    /// The longest that a token or key of it may live.
    pub longest_token: Option<Duration>,
    /// How many requests a minute all its tokens and keys together may make.
    pub rate_limit: Option<u32>,
}

/// The most characters of a slug that come from a person's name.
const LONGEST_STEM: usize = 32;

/// A slug for an organization: letters and digits of `name`, and when that is taken, something random after it.
pub(crate) fn slug(name: &str, random: Option<u32>) -> String {
    let mut stem = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            stem.push(c);
        } else if !stem.is_empty() && !stem.ends_with('-') {
            stem.push('-');
        }
        if stem.len() == LONGEST_STEM {
            break;
        }
    }
    let stem = match stem.trim_end_matches('-') {
        "" => "account",
        stem => stem,
    };
    random.map_or_else(|| stem.to_owned(), |n| format!("{stem}-{n:08x}"))
}

impl Domain {
    /// The organizations that an account can act for, its personal one first.
    pub async fn orgs(&self, account: AccountId) -> Result<Vec<Org>, StoreError> {
        Ok(self.memberships(account).await?.into_iter().map(|membership| membership.org).collect())
    }

    /// The same, with what the account is in each.
    pub async fn memberships(&self, account: AccountId) -> Result<Vec<Membership>, StoreError> {
        self.store.memberships(account).await
    }

    /// One of the asker's organizations, named by its id or its slug.
    pub async fn membership(&self, asker: &Asker, org: &str) -> Result<Membership, Refusal> {
        match self.store.membership(asker.account, org.parse().ok(), org).await? {
            Some(membership) => Ok(membership),
            None => self.refuse(asker, Action::OrgRead, None, Refusal::NotFound("organization")).await,
        }
    }

    /// Begins a change of an organization by one of its members who has at least this role. Whoever hasn't is refused,
    /// and the trail tells. Until the change ends, nobody else changes this organization.
    pub(crate) async fn enter(
        &self,
        asker: &Asker,
        org: &str,
        role: Role,
        action: Action,
    ) -> Result<(Tx, Membership), Refusal> {
        let mut tx = self.store.begin().await?;
        let mut found = tx.membership(asker.account, org.parse().ok(), org).await?;
        if let Some(id) = found.as_ref().map(|membership| membership.org.id) {
            // Read again under the lock: what it said before may be over.
            tx.lock_org(id).await?;
            found = tx.membership(asker.account, Some(id), "").await?;
        }
        let refusal = match found {
            Some(membership) if membership.role >= role => return Ok((tx, membership)),
            Some(_) => Refusal::Role(role),
            None => Refusal::NotFound("organization"),
        };
        tx.rollback().await?;
        self.refuse(asker, action, None, refusal).await
    }

    /// Says no, and writes down that somebody tried.
    pub(crate) async fn refuse<T>(
        &self,
        asker: &Asker,
        action: Action,
        org: Option<OrgId>,
        refusal: Refusal,
    ) -> Result<T, Refusal> {
        // That a password has to be typed first is nothing that anybody did.
        if !matches!(refusal, Refusal::StepUp | Refusal::Store(_)) {
            let event = Event::refused(action, Actor::Account(asker.account)).account(asker.account).org(org);
            let event =
                event.from(&asker.origin).detail(serde_json::json!({ "reason": refusal.to_string() }));
            self.record_alone(event).await?;
        }
        Err(refusal)
    }
}

#[cfg(test)]
mod slug_tests {
    use super::*;

    #[test]
    fn a_slug_has_only_letters_digits_and_single_dashes() {
        assert_eq!(slug("ada.lovelace", None), "ada-lovelace");
        assert_eq!(slug("Ada  +  L.", None), "ada-l");
        assert_eq!(slug("-.-", None), "account");
        assert_eq!(slug("łódź", None), "d");
        assert_eq!(slug("ada", Some(0x2a)), "ada-0000002a");
        assert_eq!(slug(&"a".repeat(99), None).len(), 32);
    }
}
