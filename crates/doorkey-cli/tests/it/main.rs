//! The command as people and scripts meet it: the built binary, a fresh home, an empty environment, whole outputs.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod account;
mod choosing;
mod completions;
mod doctor;
mod help;
mod helpers;
mod import;
mod lies;
mod login;
mod logout;
mod man_pages;
mod manifests;
mod messages;
mod offline;
mod polling;
mod products;
mod profiles;
mod resolution;
mod service;
mod seven;
mod store;
mod terminal;
mod tool;
mod truths;
