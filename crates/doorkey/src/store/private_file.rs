//! A small file of our own that holds something secret for a while: private, replaced whole, never read through a link.

use std::fs::OpenOptions;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use super::lock::{self, Lock};
use super::permissions::{self, Verdict};
use super::{StoreError, atomic};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::system::System;

/// No such file is larger.
const LARGEST: u64 = 64 * 1024;

/// The file, whether it is there or not.
#[derive(Debug)]
pub(crate) struct PrivateFile<'a> {
    path: PathBuf,
    system: &'a System,
}

impl<'a> PrivateFile<'a> {
    pub(crate) fn new(path: PathBuf, system: &'a System) -> PrivateFile<'a> {
        PrivateFile { path, system }
    }

    /// Takes the lock beside it, or says at once that somebody has it.
    pub(crate) fn lock(&self) -> Result<Lock, Error> {
        permissions::prepare_folder(self.folder(), self.me())?;
        lock::take(&self.path, Duration::ZERO, &*self.system.clock, &Cancel::never())
    }

    /// What stands in it. `None`: it isn't there. One that others could read isn't believed.
    pub(crate) fn read(&self) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let unreadable = |source| StoreError::Unreadable { path: self.path.clone(), source };
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
            options.custom_flags(flags.bits().cast_signed());
        }
        let file = match options.open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        let facts = permissions::facts_of(&self.path, &file)?;
        match facts.judge_file(self.me()) {
            Verdict::Private => {}
            Verdict::Foreign => {
                return Err(StoreError::ForeignOwner { path: self.path.clone(), owner: facts.owner });
            }
            Verdict::Open => {
                return Err(StoreError::ReadableByOthers { path: self.path.clone(), mode: facts.mode });
            }
        }
        let mut content = Zeroizing::new(Vec::new());
        file.take(LARGEST).read_to_end(&mut content).map_err(unreadable)?;
        Ok(Some(content))
    }

    /// Writes it, under the lock.
    pub(crate) fn write(&self, _lock: &Lock, content: &[u8]) -> Result<(), StoreError> {
        atomic::replace(&self.path, content, &mut |_| Ok(()))
            .map_err(|source| StoreError::Unwritable { path: self.path.clone(), source })
    }

    /// Removes it and its lock. What can't be removed is over in a short time anyway.
    pub(crate) fn remove(&self) {
        let _ = std::fs::remove_file(&self.path);
        let _ = std::fs::remove_file(lock::path_of(&self.path));
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    fn me(&self) -> Option<u32> {
        self.system.environment.user_id()
    }
}
