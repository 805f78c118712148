//! The whole system: the two programs, a browser, a database. Each test begins with a person or a program that wants
//! something, and ends with what they have.

#![cfg(test)]
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod account_commands;
mod admin;
mod api;
mod bad_input;
mod book;
mod browser_sign_in;
mod clocks;
mod dashboard;
mod deployments;
mod device_sign_in;
mod embedding;
mod gateway;
mod harness;
mod held_polls;
mod helpers;
mod interrupted;
mod keyring;
mod lock;
mod networks;
mod pass;
mod products;
mod profiles;
mod published;
mod registries;
mod resolution;
mod revocations;
mod stage;
mod stand_ins;
mod storms;
mod terminals;
mod third_party;
mod tokens;
