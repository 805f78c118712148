//! A small file of our own that holds something secret for a while, with a lock beside it that is never waited for.

use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroizing;

use super::StoreError;
use super::lock::{self, Lock};
use super::permissions;
use super::private_file::PrivateFile;
use crate::cancel::Cancel;
use crate::error::Error;
use crate::system::System;

/// The file, whether it is there or not.
#[derive(Debug)]
pub(crate) struct LockedFile<'a> {
    file: PrivateFile,
    system: &'a System,
}

impl<'a> LockedFile<'a> {
    /// The file at `path`. Touches nothing.
    pub(crate) fn new(path: PathBuf, system: &'a System) -> LockedFile<'a> {
        LockedFile { file: PrivateFile::new(path, system.environment.user_id()), system }
    }

    /// Takes the lock beside it, or says at once that somebody has it.
    pub(crate) fn lock(&self) -> Result<Lock, Error> {
        let path = self.file.path();
        permissions::prepare_folder(path.parent().unwrap_or(path), self.system.environment.user_id())?;
        lock::take(path, Duration::ZERO, &*self.system.clock, &Cancel::never())
    }

    /// What stands in it. `None`: it isn't there. One that others could read isn't believed.
    pub(crate) fn read(&self) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let Some(raw) = self.file.open()? else { return Ok(None) };
        match raw.open_mode {
            Some(mode) => Err(StoreError::ReadableByOthers { path: self.file.path().to_owned(), mode }),
            None => Ok(Some(raw.text)),
        }
    }

    /// Writes it, under the lock.
    pub(crate) fn write(&self, _lock: &Lock, content: &[u8]) -> Result<(), StoreError> {
        self.file.replace(content)
    }

    /// Removes it and its lock. What can't be removed is over in a short time anyway.
    pub(crate) fn remove(&self) {
        let _ = self.file.remove();
        let _ = std::fs::remove_file(lock::path_of(self.file.path()));
    }
}
