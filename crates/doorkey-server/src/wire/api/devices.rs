//! Where an account is signed in.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    caller::Call,
    error::ApiError,
    operation::{Done, Shown},
    shape::{Id, Moment},
};
use crate::account::{self, DeviceId};

/// Something that is signed in.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Device {
    id: Id,
    kind: Kind,
    /// The app, where it is a terminal.
    app: Option<String>,
    /// What the machine calls itself, or which browser it is.
    name: String,
    address: Option<String>,
    /// What the program calls itself.
    agent: Option<String>,
    created_at: Moment,
    last_used_at: Option<Moment>,
    /// Whether it is the caller's own.
    current: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Kind {
    Terminal,
    Browser,
}

/// Everything that is signed in.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Devices {
    devices: Vec<Device>,
}

/// How many were signed out.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SignedOut {
    ended: usize,
}

impl From<account::Device> for Device {
    fn from(device: account::Device) -> Self {
        let last_used = device.last_used;
        Self {
            id: Id::of(device.id),
            kind: match device.id {
                DeviceId::Terminal(_) => Kind::Terminal,
                DeviceId::Browser(_) => Kind::Browser,
            },
            app: device.app,
            name: device.name,
            created_at: device.created_at.into(),
            last_used_at: last_used.as_ref().map(|last| last.at.into()),
            address: last_used.as_ref().map(|last| last.address.clone()),
            agent: last_used.and_then(|last| last.agent),
            current: device.current,
        }
    }
}

pub(super) async fn list(call: Call) -> Result<Shown<Devices>, ApiError> {
    let all = call.domain().devices(call.asker()?).await?;
    Ok(Shown(Devices { devices: all.into_iter().map(Device::from).collect() }))
}

pub(super) async fn end(call: Call) -> Result<Done, ApiError> {
    call.domain().end_device(call.asker()?, call.text("id")).await?;
    Ok(Done)
}

pub(super) async fn end_all(call: Call) -> Result<Shown<SignedOut>, ApiError> {
    Ok(Shown(SignedOut { ended: call.domain().sign_out_everywhere(call.asker()?).await? }))
}
