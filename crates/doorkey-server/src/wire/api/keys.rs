//! The keys of an organization.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    body::{Choice, Whole},
    caller::Call,
    error::ApiError,
    operation::{Done, Made, Shown},
    shape::Id,
    tokens::{HandedOut, Rotation, ToLive, Token},
};
use crate::{id::AccountId, network::Network, token};

/// How many requests a minute.
pub(super) type Rate = Whole<1, 1_000_000>;

impl Rate {
    pub(super) fn a_minute(self) -> u32 {
        u32::try_from(self.0).unwrap_or(u32::MAX)
    }
}

/// A key that is wanted. It is the organization's or one of its programs', whoever makes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewKey {
    /// What to call it.
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// Which of the app's kinds of keys; without it the usual one.
    kind: Option<String>,
    /// What it shall allow; without it, or with none, what the app usually needs.
    #[serde(default)]
    scopes: Vec<String>,
    /// How many seconds it lives; null means until it is revoked, where that is allowed.
    #[serde(default)]
    expires_in: Choice<ToLive>,
    /// How many requests a minute it may make.
    rate_limit: Option<Rate>,
    /// From where it may be used: addresses and blocks such as `10.0.0.0/8`; without any, from anywhere.
    #[serde(default)]
    #[schemars(length(max = 50))]
    allow: Vec<String>,
    /// The program that holds it; without it the organization does.
    service_account: Option<Id>,
}

/// An organization's keys.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Keys {
    keys: Vec<Token>,
}

pub(super) async fn list(call: Call) -> Result<Shown<Keys>, ApiError> {
    let all = call.domain().keys(call.asker()?, call.org()).await?;
    Ok(Shown(Keys { keys: all.into_iter().map(Token::from).collect() }))
}

pub(super) async fn create(call: Call, wanted: NewKey) -> Result<Made<HandedOut>, ApiError> {
    let allow: Result<Vec<Network>, _> = wanted.allow.iter().map(|text| text.parse()).collect();
    let allow = allow.map_err(|_| {
        ApiError::invalid("allow: write addresses or blocks such as `10.0.0.0/8` or `fd00::/8`")
    })?;
    let program = wanted.service_account.map(|id| id.0.parse::<AccountId>());
    let new = token::NewKey {
        app: &call.token()?.app,
        org: call.org(),
        name: &wanted.name,
        kind: wanted.kind.as_deref(),
        scopes: wanted.scopes,
        lifetime: wanted.expires_in.lifetime(),
        rate_limit: wanted.rate_limit.map(Rate::a_minute),
        allow,
        service_account: program.transpose().map_err(|_| ApiError::NotFound("service account"))?,
    };
    Ok(Made(call.domain().create_key(call.asker()?, new).await?.into()))
}

pub(super) async fn rotate(call: Call, wanted: Rotation) -> Result<Made<HandedOut>, ApiError> {
    let id = call.id("id", "key")?;
    Ok(Made(call.domain().rotate_key(call.asker()?, call.org(), id, wanted.into()).await?.into()))
}

pub(super) async fn revoke(call: Call) -> Result<Done, ApiError> {
    call.domain().revoke_key(call.asker()?, call.org(), call.id("id", "key")?).await?;
    Ok(Done)
}
