//! The rules of signing in, each on both engines.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod browser;
mod code;
mod interleavings;
mod old_tools;
mod polling;
mod storms;
mod user_code;
