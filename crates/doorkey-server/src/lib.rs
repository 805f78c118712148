//! `doorkeyd`: the service behind the sign-in.
//!
//! A request comes in through `wire` (OAuth and the routes of the manifests) or `pages` (HTML), is decided in the
//! domain, and is kept by the store. The domain knows no HTTP and no SQL dialect; the edges hold no rules.

pub mod account;
pub mod app;
pub mod asker;
pub mod audit;
pub mod clock;
pub mod commands;
pub mod config;
pub mod domain;
pub mod entropy;
pub mod id;
pub mod issuer;
pub mod keys;
pub mod listen;
pub mod logging;
pub mod network;
pub mod org;
pub mod pages;
pub mod place;
pub mod plan;
pub mod products;
pub mod service;
pub mod sign_in;
pub mod store;
pub mod text;
pub mod throttle;
pub mod token;
pub mod wire;

#[cfg(test)]
mod testkit;

pub use domain::Domain;
