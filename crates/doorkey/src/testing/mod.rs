//! A world that tests hold in their hands: its clock, its environment, its person, its service.

mod credential;
mod oauth;
mod service;
mod world;

pub(crate) use credential::{SECRET, full_credential};
pub(crate) use oauth::Oauth;
pub(crate) use service::{Seen, Service};
pub(crate) use world::{START_MS, World};
