//! This process's own memory: for tools that embed the library and want nothing anywhere else.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use super::super::lock::{Gate, Lock};
use super::{Place, Raw, StoreError};
use crate::error::Error;

/// A place in the memory of this process. Clones share it; it is gone with the last of them.
#[derive(Clone, Default)]
pub struct InProcess {
    text: Arc<Mutex<Option<Zeroizing<Vec<u8>>>>>,
    gate: Gate,
}

impl std::fmt::Debug for InProcess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InProcess")
    }
}

impl InProcess {
    /// An empty one.
    pub fn new() -> InProcess {
        InProcess::default()
    }

    fn text(&self) -> MutexGuard<'_, Option<Zeroizing<Vec<u8>>>> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place for InProcess {
    fn path(&self) -> &Path {
        Path::new("memory")
    }

    fn exists(&self) -> bool {
        self.text().is_some()
    }

    fn prepare(&self, _lock: &dyn Fn() -> Result<Lock, Error>) -> Result<(), Error> {
        Ok(())
    }

    fn read(&self) -> Result<Option<Raw>, StoreError> {
        Ok(self.text().clone().map(|text| Raw { text, open_mode: None }))
    }

    fn write(&self, text: &[u8]) -> Result<(), StoreError> {
        *self.text() = Some(Zeroizing::new(text.to_vec()));
        Ok(())
    }

    fn remove(&self) -> Result<(), StoreError> {
        *self.text() = None;
        Ok(())
    }

    fn keep_aside(&self) -> Result<Option<PathBuf>, StoreError> {
        Ok(None)
    }

    fn gate(&self) -> Option<&Gate> {
        Some(&self.gate)
    }
}
