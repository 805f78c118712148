//! Organizations: which there are, who is in them, and for which one the credential acts.

use doorkey_manifest::{Secret, Values};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use url::Url;

use super::api::Call;
use super::tokens::put;
use super::{Account, AccountError, Moment};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::resolve::Source;

/// An organization, as its member sees it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Org {
    /// Its id.
    pub id: String,
    /// Its short name.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What the person is in it: `owner`, `admin`, `member`.
    #[serde(default)]
    pub role: Option<String>,
    /// The plan that it is on.
    #[serde(default)]
    pub plan: Option<String>,
    /// Whether it is the person's own.
    #[serde(default)]
    pub personal: bool,
    /// Whether the credential acts for it.
    #[serde(default)]
    pub active: bool,
    /// How many people are in it.
    #[serde(default)]
    pub members: Option<u64>,
    /// Since when the person is in it.
    #[serde(default)]
    pub joined_at: Option<Moment>,
    /// How many seconds its tokens may last.
    #[serde(default)]
    pub longest_token: Option<u64>,
    /// How many requests a minute it may make.
    #[serde(default)]
    pub rate_limit: Option<u64>,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Person {
    /// Their id.
    pub id: String,
    /// Their name.
    #[serde(default)]
    pub name: Option<String>,
    /// Their e-mail address.
    #[serde(default)]
    pub email: Option<String>,
}

impl Person {
    /// What to call them.
    pub fn label(&self) -> &str {
        let said = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        let name =
            Some(&self.name).filter(|name| said(name)).or(Some(&self.email).filter(|email| said(email)));
        name.and_then(Option::as_deref).unwrap_or(&self.id)
    }
}

/// A person in an organization.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Member {
    /// Who.
    pub account: Person,
    /// As what.
    pub role: String,
    /// Since when.
    #[serde(default)]
    pub joined_at: Option<Moment>,
}

/// What changes in an organization: what is none stays, and an inner none takes a limit away.
#[derive(Clone, Debug, Default)]
pub struct OrgChange {
    /// Its name.
    pub name: Option<String>,
    /// How many seconds its tokens may last.
    pub longest_token: Option<Option<u64>>,
    /// How many requests a minute it may make.
    pub rate_limit: Option<Option<u64>>,
}

/// A program of an organization.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ServiceAccount {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<Moment>,
    /// How many keys of it work.
    #[serde(default)]
    pub keys: u64,
}

/// An invitation that was just made.
#[derive(Clone, Debug, Deserialize)]
pub struct Invited {
    /// The link. Whoever has it may use it, once.
    pub link: Secret,
    /// What is known about the invitation.
    pub invitation: Invitation,
}

/// What is known about an invitation.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Invitation {
    /// Its id.
    pub id: String,
    /// What whoever joins will be.
    pub role: String,
    /// Until when it can be used.
    #[serde(default)]
    pub expires_at: Option<Moment>,
}

impl Account<'_> {
    /// The organizations that the person is in.
    pub fn orgs(&self, cancel: &Cancel) -> Result<Vec<Org>, Error> {
        self.list(&["orgs"], "orgs", cancel)
    }

    /// Makes an organization. Needs [`MANAGE`](super::MANAGE).
    pub fn create_org(&self, name: &str, slug: Option<&str>, cancel: &Cancel) -> Result<Org, Error> {
        let mut body = Map::new();
        put(&mut body, "name", Some(name));
        put(&mut body, "slug", slug);
        self.ask(Call::new("POST", &["orgs"]).with(body.into()), cancel)
    }

    /// Who is in an organization.
    pub fn members(&self, org: &str, cancel: &Cancel) -> Result<Vec<Member>, Error> {
        self.list(&["orgs", org, "members"], "members", cancel)
    }

    /// Makes a link with which one person can join. Needs [`MANAGE`](super::MANAGE).
    pub fn invite(&self, org: &str, role: Option<&str>, cancel: &Cancel) -> Result<Invited, Error> {
        let mut body = Map::new();
        put(&mut body, "role", role);
        self.ask(Call::new("POST", &["orgs", org, "invitations"]).with(body.into()), cancel)
    }

    /// Joins with the link of an invitation, or with what it ends with; see
    /// [`invitation_token`](Account::invitation_token). Needs [`MANAGE`](super::MANAGE).
    pub fn join(&self, link: &Secret, cancel: &Cancel) -> Result<Org, Error> {
        let token = self.invitation_token(link)?;
        let body = json!({ "token": token.expose() });
        self.ask(Call::new("POST", &["invitations", "accept"]).with(body), cancel)
    }

    /// What is sent of an invitation's link: its last part. A link of another service isn't sent to this one.
    pub fn invitation_token(&self, link: &Secret) -> Result<Secret, Error> {
        let given = link.expose().trim();
        let token = match Url::parse(given) {
            Ok(url) if url.host().is_some() => {
                let found = url.origin().ascii_serialization();
                if found != self.origin {
                    return Err(AccountError::ForeignLink { expected: self.origin.clone(), found }.into());
                }
                url.path_segments()
                    .and_then(|mut parts| parts.rfind(|part| !part.is_empty()))
                    .map(str::to_owned)
            }
            _ => Some(given.to_owned()),
        };
        let good = |token: &String| {
            !token.is_empty()
                && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
        };
        Ok(Secret::from(token.filter(good).ok_or(AccountError::BadLink)?))
    }

    /// Gives a member another role. Needs [`MANAGE`](super::MANAGE).
    pub fn set_role(&self, org: &str, account: &str, role: &str, cancel: &Cancel) -> Result<Member, Error> {
        let path = ["orgs", org, "members", account];
        self.ask(Call::new("PATCH", &path).with(json!({ "role": role })), cancel)
    }

    /// Makes another member the owner; whoever asks is an admin afterwards. Needs [`MANAGE`](super::MANAGE).
    pub fn transfer_org(&self, org: &str, to: &str, cancel: &Cancel) -> Result<Org, Error> {
        self.ask(Call::new("POST", &["orgs", org, "transfer"]).with(json!({ "to": to })), cancel)
    }

    /// Changes an organization's name and limits. Needs [`MANAGE`](super::MANAGE).
    pub fn change_org(&self, org: &str, change: &OrgChange, cancel: &Cancel) -> Result<Org, Error> {
        let mut body = Map::new();
        put(&mut body, "name", change.name.as_deref());
        for (name, limit) in [("longest_token", change.longest_token), ("rate_limit", change.rate_limit)] {
            if let Some(limit) = limit {
                body.insert(name.to_owned(), limit.map_or(Value::Null, Value::from));
            }
        }
        self.ask(Call::new("PATCH", &["orgs", org]).with(body.into()), cancel)
    }

    /// The programs of an organization.
    pub fn service_accounts(&self, org: &str, cancel: &Cancel) -> Result<Vec<ServiceAccount>, Error> {
        self.list(&["orgs", org, "service-accounts"], "service_accounts", cancel)
    }

    /// Makes a program that can hold keys. Needs [`MANAGE`](super::MANAGE).
    pub fn create_service_account(
        &self,
        org: &str,
        name: &str,
        cancel: &Cancel,
    ) -> Result<ServiceAccount, Error> {
        let path = ["orgs", org, "service-accounts"];
        self.ask(Call::new("POST", &path).with(json!({ "name": name })), cancel)
    }

    /// Ends a program, and its keys with it. Needs [`MANAGE`](super::MANAGE).
    pub fn end_service_account(&self, org: &str, id: &str, cancel: &Cancel) -> Result<(), Error> {
        self.done(Call::new("DELETE", &["orgs", org, "service-accounts", id]), cancel)
    }

    /// Takes somebody out of an organization; oneself: leaves it. Needs [`MANAGE`](super::MANAGE).
    pub fn remove_member(&self, org: &str, account: &str, cancel: &Cancel) -> Result<(), Error> {
        self.done(Call::new("DELETE", &["orgs", org, "members", account]), cancel)
    }

    /// Lets the credential act for another organization from now on, and keeps what is stored about it right.
    pub fn switch_org(&self, org: &str, cancel: &Cancel) -> Result<Org, Error> {
        let org: Org = self.ask(Call::new("POST", &["orgs", org, "switch"]), cancel)?;
        self.remember_org(&org)?;
        self.client.move_profile_org(&org.slug)?;
        Ok(org)
    }

    /// Writes the organization into the credentials file, as far as the manifest's template names it.
    fn remember_org(&self, org: &Org) -> Result<(), Error> {
        let credential = self.credential(&Cancel::never())?;
        if !matches!(credential.source, Source::Stored { .. }) {
            return Ok(());
        }
        let store = self.client.store()?;
        let lock = store.lock(&Cancel::never())?;
        let Some(stored) = store.read()? else { return Ok(()) };
        if stored.values.secret("token").as_ref() != Some(&credential.token) {
            return Ok(());
        }
        let mut values = stored.values.clone();
        values.merge(values_of(org));
        if values == stored.values {
            return Ok(());
        }
        Ok(store.update(&lock, &stored, &values)?)
    }
}

/// The names that templates know an organization by.
fn values_of(org: &Org) -> Values {
    let mut values = Values::new()
        .with("org.id", org.id.as_str())
        .with("org.slug", org.slug.as_str())
        .with("org.name", org.name.as_str())
        .with("org.active", true)
        .with("org.personal", org.personal);
    let optional: [(&str, Option<Value>); 4] = [
        ("org.role", org.role.as_deref().map(Value::from)),
        ("org.members", org.members.map(Value::from)),
        ("org.joined_at", org.joined_at.map(|at| Value::from(at.ms()))),
        ("plan", org.plan.as_deref().map(Value::from)),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            values.set(name, value);
        }
    }
    values
}
