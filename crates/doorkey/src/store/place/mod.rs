//! Where the bytes of a document lie: one file per kind.

mod command;
mod file;
mod in_process;
mod memory;
mod sealed;

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use doorkey_manifest::Manifest;
use doorkey_manifest::manifest::Storage;

pub use self::in_process::InProcess;
use super::StoreError;
use super::atomic::Room;
use super::key::KnownKeys;
use super::lock::{Gate, Lock};
use super::private_file::{PrivateFile, Raw};
use crate::error::Error;
use crate::profile::ProfileName;
use crate::system::System;

/// A place for one document. Whoever writes or removes holds the lock.
pub(super) trait Place: Debug {
    /// The file that it lies in, or the program that keeps it.
    fn path(&self) -> &Path;

    /// Whether anything is there, as far as that can be told without opening it.
    fn exists(&self) -> bool;

    /// Makes sure that something could be written; takes the lock where that changes anything.
    fn prepare(&self, lock: &dyn Fn() -> Result<Lock, Error>) -> Result<(), Error>;

    /// What is there.
    fn read(&self) -> Result<Option<Raw>, StoreError>;

    /// Replaces it, whole or not at all.
    fn write(&self, text: &[u8]) -> Result<(), StoreError>;

    /// Makes sure that so many bytes could be written, by taking the room for them until it is dropped. `None`: the place
    /// can't tell.
    fn reserve(&self, _size: usize) -> Result<Option<Room>, StoreError> {
        Ok(None)
    }

    /// Removes it, and what was only there to open it.
    fn remove(&self) -> Result<(), StoreError>;

    /// Keeps what can't be understood under another name. `None` where there is no other name.
    fn keep_aside(&self) -> Result<Option<PathBuf>, StoreError>;

    /// Whether it can be used.
    fn check(&self) -> Result<(), StoreError> {
        self.read().map(drop)
    }

    /// The kind of what is there, where it says so itself.
    fn kind_there(&self) -> Option<Storage> {
        None
    }

    /// Removes what was only there to open it.
    fn forget_key(&self) {}

    /// What stands in for the lock's file where nothing is to be written to a disk.
    fn gate(&self) -> Option<&Gate> {
        None
    }
}

/// Everything that places are made of.
#[derive(Clone, Debug)]
pub(crate) struct Site<'a> {
    /// The manifest's path for this profile: the plain file, and what the other places and the lock are named after.
    pub path: PathBuf,
    /// The profile.
    pub profile: ProfileName,
    /// The product.
    pub manifest: &'a Manifest,
    /// The outside world.
    pub system: &'a System,
    /// The keys that this client has seen.
    pub keys: &'a KnownKeys,
    /// The program that keeps it, where one is named.
    pub program: Option<PathBuf>,
    /// Where the caller keeps it in memory of its own.
    pub in_process: Option<&'a InProcess>,
}

impl Site<'_> {
    fn file(&self, path: PathBuf) -> PrivateFile {
        PrivateFile::new(path, self.system.environment.user_id())
    }
}

/// The place of this kind.
pub(super) fn of(kind: Storage, site: Site<'_>) -> Result<Box<dyn Place + '_>, StoreError> {
    Ok(match kind {
        Storage::File => Box::new(file::File(site.file(site.path.clone()))),
        Storage::Keyring | Storage::Encrypted => Box::new(sealed::Sealed::of(kind, site)),
        Storage::Memory => match site.in_process {
            Some(in_process) => Box::new(in_process.clone()),
            None => Box::new(memory::Memory::of(&site)?),
        },
        Storage::Command => Box::new(command::Command::of(&site)?),
    })
}

#[cfg(test)]
mod tests;
