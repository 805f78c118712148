//! Where a credential is kept: one file, in the shape that the manifest says, private to its owner.

mod atomic;
mod error;
mod json_file;
mod lock;
mod permissions;

use std::fs::Metadata;
use std::io;
use std::path::Path;

pub use error::StoreError;
pub use json_file::{JsonFile, Stored};
pub(crate) use lock::{Lock, PATIENCE as LOCK_PATIENCE};

use crate::cancel::Cancel;
use crate::error::Error;
use crate::system::System;

/// Takes the lock of a file that isn't a credentials file, after making its folder where there is none.
pub(crate) fn lock_file(path: &Path, system: &System, cancel: &Cancel) -> Result<Lock, Error> {
    let folder = path.parent().unwrap_or(Path::new("."));
    permissions::prepare_folder(folder, system.environment.user_id())?;
    lock::take(path, lock::PATIENCE, &*system.clock, cancel)
}

/// Replaces a file whole or not at all. Only the holder of its lock may.
pub(crate) fn replace_file(path: &Path, content: &[u8]) -> io::Result<()> {
    atomic::replace(path, content, &mut |_| Ok(()))
}

/// Whether nobody but its owner, who is `me` or root, can write to it.
pub(crate) fn only_owner_writes(metadata: &Metadata, me: Option<u32>) -> bool {
    permissions::only_owner_writes(metadata, me)
}
