//! The small parts that answers are made of.

use std::fmt::{self, Display};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    clock::Time,
    id::AccountId,
    org::{Org, Role},
    token::Use,
};

/// The name of something for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline, extend("format" = "uuid"))]
pub(super) struct Id(pub String);

impl Id {
    pub(super) fn of(id: impl Display) -> Self {
        Self(id.to_string())
    }
}

/// A moment in UTC, to the second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, extend("format" = "date-time"))]
pub(super) struct Moment(String);

impl From<Time> for Moment {
    fn from(time: Time) -> Self {
        Self(time.rfc3339())
    }
}

impl Moment {
    /// The day.
    pub(super) fn date(&self) -> &str {
        self.0.split('T').next().unwrap_or_default()
    }
}

impl Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An organization's names.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct OrgName {
    id: Id,
    /// In addresses.
    slug: String,
    /// For people.
    name: String,
}

impl From<&Org> for OrgName {
    fn from(org: &Org) -> Self {
        Self { id: Id::of(org.id), slug: org.slug.clone(), name: org.name.clone() }
    }
}

/// Somebody's account.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Person {
    id: Id,
    name: String,
}

impl From<&(AccountId, String)> for Person {
    fn from((id, name): &(AccountId, String)) -> Self {
        Self { id: Id::of(id), name: name.clone() }
    }
}

/// Somebody's account with the address that it is known by.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Account {
    id: Id,
    name: String,
    /// Only a person has one.
    email: Option<String>,
}

impl Account {
    pub(super) fn new(id: AccountId, name: &str, email: Option<&str>) -> Self {
        Self { id: Id::of(id), name: name.to_owned(), email: email.map(str::to_owned) }
    }
}

/// When, from where and by what something was used.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LastUse {
    at: Moment,
    address: String,
    /// What the program calls itself.
    agent: Option<String>,
}

impl From<&Use> for LastUse {
    fn from(last: &Use) -> Self {
        Self { at: last.at.into(), address: last.address.clone(), agent: last.agent.clone() }
    }
}

/// What a member of an organization may.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Role", inline)]
pub(super) enum RoleName {
    Owner,
    Admin,
    Member,
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        match role {
            Role::Owner => Self::Owner,
            Role::Admin => Self::Admin,
            Role::Member => Self::Member,
        }
    }
}

impl From<RoleName> for Role {
    fn from(role: RoleName) -> Self {
        match role {
            RoleName::Owner => Self::Owner,
            RoleName::Admin => Self::Admin,
            RoleName::Member => Self::Member,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_to_the_second_and_never_fails() {
        let text = |ms| Moment::from(Time::from_unix_ms(ms)).0;
        assert_eq!(text(1_767_225_600_999), "2026-01-01T00:00:00Z");
        assert!(text(i64::MAX).starts_with("9999-12-30"));
    }
}
