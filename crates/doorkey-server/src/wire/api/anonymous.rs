//! Working without an account, and keeping the work.

use doorkey_manifest::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    caller::Call,
    error::ApiError,
    operation::{Made, Shown},
    orgs::Org,
    shape::{Id, Moment, OrgName},
};
use crate::account::AnonymousError;

/// With what to begin.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAnonymous {
    /// The app to work with.
    app: String,
}

/// What to work with.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Anonymous")]
pub(super) struct Began {
    /// For requests. This is the one time that it is told.
    token: String,
    anonymous_id: Id,
    /// Holds the work.
    org: Option<OrgName>,
    /// When the work ends if nobody claims it.
    expires_at: Option<Moment>,
}

/// Whose work to claim.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Claim {
    /// The anonymous token.
    #[schemars(with = "String")]
    token: Secret,
}

impl From<AnonymousError> for ApiError {
    fn from(error: AnonymousError) -> Self {
        match error {
            AnonymousError::NotOffered => Self::NotOffered,
            AnonymousError::Throttled(throttled) => Self::Limited(throttled.retry_after),
            AnonymousError::Store(error) => Self::Store(error),
        }
    }
}

pub(super) async fn begin(call: Call, wanted: NewAnonymous) -> Result<Made<Began>, ApiError> {
    let issued = call.domain().begin_anonymous(&wanted.app, &call.origin).await?;
    Ok(Made(Began {
        token: issued.access_token.expose().to_owned(),
        anonymous_id: Id::of(issued.identity.account),
        org: issued.identity.org.as_ref().map(OrgName::from),
        expires_at: issued.expires_at.map(Moment::from),
    }))
}

pub(super) async fn claim(call: Call, wanted: Claim) -> Result<Shown<Org>, ApiError> {
    let claimed = call.domain().claim_anonymous(call.asker()?, &wanted.token).await?;
    Ok(Shown(Org::seen(&call, claimed)?))
}
