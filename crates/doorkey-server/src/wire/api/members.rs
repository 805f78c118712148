//! Who is in an organization.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    caller::Call,
    error::ApiError,
    operation::{Done, Shown},
    shape::{Account, Moment, RoleName},
};
use crate::org;

/// Somebody who is in an organization.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Member {
    account: Account,
    role: RoleName,
    joined_at: Moment,
}

/// Everybody who is in an organization.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Members {
    members: Vec<Member>,
}

/// Another role.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleChange {
    role: RoleName,
}

impl From<org::Member> for Member {
    fn from(member: org::Member) -> Self {
        Self {
            account: Account::new(member.account, &member.name, member.email.as_deref()),
            role: member.role.into(),
            joined_at: member.joined_at.into(),
        }
    }
}

pub(super) async fn list(call: Call) -> Result<Shown<Members>, ApiError> {
    let all = call.domain().members(call.asker()?, call.org()).await?;
    Ok(Shown(Members { members: all.into_iter().map(Member::from).collect() }))
}

pub(super) async fn change(call: Call, wanted: RoleChange) -> Result<Shown<Member>, ApiError> {
    let account = call.id("account", "member")?;
    let member = call.domain().set_role(call.asker()?, call.org(), account, wanted.role.into()).await?;
    Ok(Shown(member.into()))
}

pub(super) async fn remove(call: Call) -> Result<Done, ApiError> {
    call.domain().remove_member(call.asker()?, call.org(), call.id("account", "member")?).await?;
    Ok(Done)
}
