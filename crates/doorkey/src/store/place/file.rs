//! The manifest's own file: plain, for its owner alone.

use std::path::{Path, PathBuf};

use super::super::atomic::Room;
use super::super::lock::Lock;
use super::{Place, PrivateFile, Raw, StoreError};
use crate::error::Error;

/// A plain file.
#[derive(Debug)]
pub(super) struct File(pub PrivateFile);

impl Place for File {
    fn path(&self) -> &Path {
        self.0.path()
    }

    fn exists(&self) -> bool {
        self.0.exists()
    }

    fn prepare(&self, _lock: &dyn Fn() -> Result<Lock, Error>) -> Result<(), Error> {
        Ok(self.0.open().map(drop)?)
    }

    fn read(&self) -> Result<Option<Raw>, StoreError> {
        self.0.open()
    }

    fn write(&self, text: &[u8]) -> Result<(), StoreError> {
        self.0.replace(text)
    }

    fn reserve(&self, size: usize) -> Result<Option<Room>, StoreError> {
        self.0.reserve(size).map(Some)
    }

    fn remove(&self) -> Result<(), StoreError> {
        self.0.remove()
    }

    fn keep_aside(&self) -> Result<Option<PathBuf>, StoreError> {
        self.0.keep_aside().map(Some)
    }
}
