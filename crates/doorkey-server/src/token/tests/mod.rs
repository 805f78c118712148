//! What becomes of tokens: verified, refreshed, revoked, handed out, checked; each on both engines.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod checking;
mod handing_out;
mod refreshing;
mod verifying;
