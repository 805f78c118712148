//! Invitations to an organization.

use std::time::Duration;

use doorkey_manifest::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    body::Whole,
    caller::Call,
    error::ApiError,
    operation::{Done, Made, Shown},
    orgs::Org,
    shape::{Id, Moment, Person, RoleName},
};
use crate::org::{self, Role};

/// How many seconds an invitation waits: from a minute to 30 days.
type Waiting = Whole<60, 2_592_000>;

/// An invitation that nobody has accepted yet.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Invitation {
    /// It isn't what the link holds.
    id: Id,
    /// What whoever accepts it becomes.
    role: RoleName,
    created_at: Moment,
    expires_at: Moment,
    created_by: Person,
}

/// Invitations.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Invitations {
    invitations: Vec<Invitation>,
}

/// An invitation that was just made.
#[derive(Serialize, JsonSchema)]
pub(super) struct Invited {
    /// Makes whoever opens it, signed in, a member; once. This is the one time that it is told.
    link: String,
    invitation: Invitation,
}

/// An invitation that is wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewInvitation {
    /// What whoever accepts it becomes; without it a member.
    role: Option<RoleName>,
    /// How many seconds it waits; without it a week.
    expires_in: Option<Waiting>,
}

/// An invitation that is accepted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Acceptance {
    /// The last part of the link.
    #[schemars(with = "String")]
    token: Secret,
}

impl From<org::Invitation> for Invitation {
    fn from(invitation: org::Invitation) -> Self {
        Self {
            id: Id::of(invitation.id),
            role: invitation.role.into(),
            created_at: invitation.created_at.into(),
            expires_at: invitation.expires_at.into(),
            created_by: Person::from(&invitation.created_by),
        }
    }
}

pub(super) async fn list(call: Call) -> Result<Shown<Invitations>, ApiError> {
    let all = call.domain().invitations(call.asker()?, call.org()).await?;
    Ok(Shown(Invitations { invitations: all.into_iter().map(Invitation::from).collect() }))
}

pub(super) async fn create(call: Call, wanted: NewInvitation) -> Result<Made<Invited>, ApiError> {
    let role = wanted.role.map_or(Role::Member, Role::from);
    let waits = wanted.expires_in.map(|seconds| Duration::from_secs(seconds.0));
    let (secret, invitation) = call.domain().invite(call.asker()?, call.org(), role, waits).await?;
    let link = format!("{}/invite/{}", call.issuer(), secret.expose());
    Ok(Made(Invited { link, invitation: invitation.into() }))
}

pub(super) async fn revoke(call: Call) -> Result<Done, ApiError> {
    call.domain().revoke_invitation(call.asker()?, call.org(), call.id("id", "invitation")?).await?;
    Ok(Done)
}

pub(super) async fn accept(call: Call, wanted: Acceptance) -> Result<Shown<Org>, ApiError> {
    let joined = call.domain().accept_invitation(call.asker()?, &wanted.token).await?;
    Ok(Shown(Org::seen(&call, joined)?))
}
