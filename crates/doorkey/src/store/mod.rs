//! Where a credential is kept: one file, in the shape that the manifest says, private to its owner.

mod atomic;
mod error;
mod json_file;
mod lock;
mod permissions;

pub use error::StoreError;
pub use json_file::{JsonFile, Stored};
pub(crate) use lock::PATIENCE as LOCK_PATIENCE;
