//! What tokens may do and how they end, each on both engines.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod refreshing;
mod verifying;
