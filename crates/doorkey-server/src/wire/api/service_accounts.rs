//! An organization's programs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    caller::Call,
    error::ApiError,
    operation::{Done, Made, Shown},
    shape::{Id, Moment},
};
use crate::org;

/// A program of an organization.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ServiceAccount {
    id: Id,
    name: String,
    created_at: Moment,
    /// How many keys of it work.
    keys: u32,
}

/// An organization's programs.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ServiceAccounts {
    service_accounts: Vec<ServiceAccount>,
}

/// A program that is wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewServiceAccount {
    /// What to call it; no other program of the organization is called so.
    #[schemars(length(min = 1, max = 100))]
    name: String,
}

impl From<org::ServiceAccount> for ServiceAccount {
    fn from(program: org::ServiceAccount) -> Self {
        Self {
            id: Id::of(program.id),
            name: program.name,
            created_at: program.created_at.into(),
            keys: program.keys,
        }
    }
}

pub(super) async fn list(call: Call) -> Result<Shown<ServiceAccounts>, ApiError> {
    let all = call.domain().service_accounts(call.asker()?, call.org()).await?;
    Ok(Shown(ServiceAccounts { service_accounts: all.into_iter().map(ServiceAccount::from).collect() }))
}

pub(super) async fn create(call: Call, wanted: NewServiceAccount) -> Result<Made<ServiceAccount>, ApiError> {
    let made = call.domain().create_service_account(call.asker()?, call.org(), &wanted.name).await?;
    Ok(Made(made.into()))
}

pub(super) async fn end(call: Call) -> Result<Done, ApiError> {
    let id = call.id("id", "service account")?;
    call.domain().end_service_account(call.asker()?, call.org(), id).await?;
    Ok(Done)
}
