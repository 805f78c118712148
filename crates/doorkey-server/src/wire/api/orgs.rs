//! Organizations.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    body::{Choice, Whole},
    caller::Call,
    error::ApiError,
    keys::Rate,
    operation::{Made, Shown},
    shape::{Id, Moment, RoleName},
};
use crate::{id::AccountId, org, store};

/// The longest life that an organization may set for its tokens, in seconds: from an hour to a hundred years.
type Longest = Whole<3_600, 3_155_760_000>;

/// An organization, as the caller sees it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Org {
    id: Id,
    /// Its name in addresses.
    slug: String,
    name: String,
    /// What you are in it.
    role: RoleName,
    plan: Option<String>,
    /// Whether it is your own, which nobody else can join.
    personal: bool,
    /// Whether this token acts for it.
    active: bool,
    /// How many are in it.
    members: u32,
    joined_at: Moment,
    /// How many seconds a token or key of it may live at most.
    longest_token: Option<u64>,
    /// How many requests a minute all its tokens and keys together may make.
    rate_limit: Option<u32>,
}

/// Organizations.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Orgs {
    orgs: Vec<Org>,
}

/// An organization that is wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewOrg {
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// Its name in addresses; without it one is made from the name.
    #[schemars(length(min = 2, max = 40), regex(pattern = r"^[a-z0-9]+(-[a-z0-9]+)*$"))]
    slug: Option<String>,
}

/// What is to change; what isn't there stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OrgChange {
    #[schemars(length(min = 1, max = 100))]
    name: Option<String>,
    /// How many seconds a token or key may live at most; null takes the limit away.
    #[serde(default)]
    longest_token: Choice<Longest>,
    /// How many requests a minute all tokens and keys together may make; null takes the limit away.
    #[serde(default)]
    rate_limit: Choice<Rate>,
}

/// Who gets it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Transfer {
    /// The account of another member.
    to: Id,
}

impl<T> Choice<T> {
    /// As the domain has it: nothing changes, the limit goes, or there is another.
    #[expect(clippy::option_option, reason = "the domain's word for it")]
    fn change<U>(self, to: impl FnOnce(T) -> U) -> Option<Option<U>> {
        match self {
            Self::Unsaid => None,
            Self::Without => Some(None),
            Self::Of(value) => Some(Some(to(value))),
        }
    }
}

impl Org {
    /// `acts_for`: the organization that the token acts for.
    fn new(membership: org::Membership, acts_for: Option<&org::Org>) -> Self {
        Self {
            active: acts_for.is_some_and(|org| org.id == membership.org.id),
            id: Id::of(membership.org.id),
            slug: membership.org.slug,
            name: membership.org.name,
            role: membership.role.into(),
            plan: membership.plan,
            personal: membership.personal,
            members: membership.members,
            joined_at: membership.joined_at.into(),
            longest_token: membership.longest_token.map(|longest| longest.as_secs()),
            rate_limit: membership.rate_limit,
        }
    }

    /// For whoever calls.
    pub(super) fn seen(call: &Call, membership: org::Membership) -> Result<Self, ApiError> {
        Ok(Self::new(membership, call.token()?.identity.org.as_ref()))
    }
}

pub(super) async fn list(call: Call) -> Result<Shown<Orgs>, ApiError> {
    let all = call.domain().memberships(call.asker()?.account).await?;
    let orgs: Result<Vec<Org>, ApiError> =
        all.into_iter().map(|membership| Org::seen(&call, membership)).collect();
    Ok(Shown(Orgs { orgs: orgs? }))
}

pub(super) async fn create(call: Call, wanted: NewOrg) -> Result<Made<Org>, ApiError> {
    let new = org::NewOrg { name: &wanted.name, slug: wanted.slug.as_deref() };
    let made = call.domain().create_org(call.asker()?, new).await?;
    Ok(Made(Org::seen(&call, made)?))
}

pub(super) async fn get(call: Call) -> Result<Shown<Org>, ApiError> {
    let found = call.domain().membership(call.asker()?, call.org()).await?;
    Ok(Shown(Org::seen(&call, found)?))
}

pub(super) async fn change(call: Call, wanted: OrgChange) -> Result<Shown<Org>, ApiError> {
    let change = store::OrgChange {
        name: wanted.name,
        longest_token: wanted.longest_token.change(|longest| Duration::from_secs(longest.0)),
        rate_limit: wanted.rate_limit.change(Rate::a_minute),
    };
    let changed = call.domain().change_org(call.asker()?, call.org(), change).await?;
    Ok(Shown(Org::seen(&call, changed)?))
}

pub(super) async fn switch(call: Call) -> Result<Shown<Org>, ApiError> {
    let now_acting_for = call.domain().switch_org(call.asker()?, call.org()).await?;
    let org = now_acting_for.org.clone();
    Ok(Shown(Org::new(now_acting_for, Some(&org))))
}

pub(super) async fn transfer(call: Call, wanted: Transfer) -> Result<Shown<Org>, ApiError> {
    let to: AccountId = wanted.to.0.parse().map_err(|_| ApiError::NotFound("member"))?;
    let after = call.domain().transfer_org(call.asker()?, call.org(), to).await?;
    Ok(Shown(Org::seen(&call, after)?))
}
