//! Where a credential is kept: one file, in the shape that the manifest says, private to its owner.

mod atomic;
mod error;
mod json_file;
mod lock;
mod permissions;
mod private_file;

pub use error::StoreError;
pub use json_file::{JsonFile, Stored};
pub(crate) use lock::Lock;
pub(crate) use private_file::PrivateFile;
