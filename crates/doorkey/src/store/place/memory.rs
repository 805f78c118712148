//! The machine's memory: a file in a file system that has no disk, gone when the machine restarts.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::super::atomic::Room;
use super::super::lock::Lock;
use super::super::permissions;
use super::{Place, PrivateFile, Raw, Site, StoreError};
use crate::error::Error;

/// Where every account may make a folder of its own, on most Linux systems.
const SHARED: &str = "/dev/shm";

/// A file in memory.
#[derive(Debug)]
pub(super) struct Memory {
    file: PrivateFile,
    user: Option<u32>,
}

impl Memory {
    /// `$XDG_RUNTIME_DIR/doorkey` where that is memory, else `/dev/shm/doorkey-UID`.
    pub fn of(site: &Site<'_>) -> Result<Memory, StoreError> {
        let user = site.system.environment.user_id();
        let runtime = site.system.variable("XDG_RUNTIME_DIR").map(PathBuf::from);
        let runtime = runtime.filter(|folder| folder.is_absolute() && is_memory(folder));
        let folder = match (runtime, user) {
            (Some(runtime), _) => runtime.join("doorkey"),
            (None, Some(user)) if is_memory(Path::new(SHARED)) => {
                Path::new(SHARED).join(format!("doorkey-{user}"))
            }
            _ => return Err(StoreError::NoMemory),
        };
        // One account may have several homes, and a product several profiles: the manifest's path tells them apart.
        let path = Sha256::digest(site.path.as_os_str().as_encoded_bytes());
        let mark = URL_SAFE_NO_PAD.encode(path.get(..9).unwrap_or_default());
        let name = format!("{}-{mark}.json", site.manifest.app.name);
        Ok(Memory { file: site.file(folder.join(name)), user })
    }

    /// The folder stands where others may make one, too: only one that is ours alone is used.
    fn make_folder(&self) -> Result<(), StoreError> {
        let Some(folder) = self.path().parent() else { return Err(StoreError::NoMemory) };
        permissions::prepare_folder(folder, self.user)?;
        permissions::check_own_folder(folder, self.user)
    }
}

impl Place for Memory {
    fn path(&self) -> &Path {
        self.file.path()
    }

    fn exists(&self) -> bool {
        self.file.exists()
    }

    fn prepare(&self, _lock: &dyn Fn() -> Result<Lock, Error>) -> Result<(), Error> {
        self.make_folder()?;
        Ok(self.file.open().map(drop)?)
    }

    fn read(&self) -> Result<Option<Raw>, StoreError> {
        if !self.exists() {
            return Ok(None);
        }
        self.make_folder()?;
        self.file.open()
    }

    fn write(&self, text: &[u8]) -> Result<(), StoreError> {
        self.make_folder()?;
        self.file.replace(text)
    }

    fn reserve(&self, size: usize) -> Result<Option<Room>, StoreError> {
        self.file.reserve(size).map(Some)
    }

    fn remove(&self) -> Result<(), StoreError> {
        self.file.remove()
    }

    fn check(&self) -> Result<(), StoreError> {
        self.make_folder()?;
        self.file.open().map(drop)
    }

    fn keep_aside(&self) -> Result<Option<PathBuf>, StoreError> {
        self.file.keep_aside().map(Some)
    }
}

/// Whether a folder lies in a file system that has no disk.
#[cfg(target_os = "linux")]
fn is_memory(folder: &Path) -> bool {
    /// `TMPFS_MAGIC` and `RAMFS_MAGIC` of the kernel's `magic.h`.
    const MAGIC: [u64; 2] = [0x0102_1994, 0x8584_58f6];
    rustix::fs::statfs(folder).is_ok_and(|facts| {
        // The type's width differs between machines; the numbers fit into 32 bits.
        u64::try_from(facts.f_type).is_ok_and(|kind| MAGIC.contains(&(kind & 0xffff_ffff)))
    })
}

#[cfg(not(target_os = "linux"))]
fn is_memory(_folder: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_disk_is_not_memory() {
        assert!(is_memory(Path::new(SHARED)));
        assert!(!is_memory(Path::new("/proc")) && !is_memory(Path::new("/not-there")));
    }
}
