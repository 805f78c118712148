//! Where a credential is kept. *What* is kept is a document in the shape that the manifest says; *where* its bytes lie is a
//! [place](place): a plain file, a sealed one, the machine's memory, another program.

mod atomic;
mod document;
mod error;
mod key;
mod lock;
mod locked_file;
mod permissions;
mod place;
mod private_file;
mod seal;

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

pub use document::{Store, Stored};
pub use error::StoreError;
pub(crate) use key::KnownKeys;
pub use lock::Lock;
pub(crate) use lock::PATIENCE as LOCK_PATIENCE;
pub(crate) use locked_file::LockedFile;
pub use place::InProcess;
pub(crate) use place::Site;

use crate::cancel::Cancel;
use crate::error::Error;
use crate::system::System;

/// The lock beside a file.
pub(crate) fn lock_path(path: &Path) -> PathBuf {
    lock::path_of(path)
}

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
