//! The edge of the service: what comes in over HTTP, and what goes out.
//!
//! Nothing here decides anything about a sign-in, a token or an account. A module takes a request apart, asks the
//! domain, and says the domain's answer in the words of its protocol.

pub mod api;
pub mod app;
pub mod assets;
pub mod body;
pub mod edge;
pub mod fallback;
pub mod health;
pub mod held;
pub mod leaks;
pub mod oauth;
pub mod origin;
pub mod parameters;
pub mod poll;
pub mod verify;
pub mod webhook;

#[cfg(test)]
pub(crate) mod testkit;
