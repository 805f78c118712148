//! What becomes of tokens: verified, refreshed, revoked, handed out, checked.

mod checking;
mod handing_out;
mod refreshing;
mod verifying;
