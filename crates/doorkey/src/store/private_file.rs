//! A file that only its owner can use: opened strictly, replaced whole, kept aside when it can't be understood.

use std::fs::OpenOptions;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::StoreError;
use super::atomic::{self, Room};
use super::permissions::{self, Verdict};

/// No credentials file is larger.
pub(super) const LARGEST: u64 = 1024 * 1024;

/// The file, whether it is there or not.
#[derive(Debug)]
pub(super) struct PrivateFile {
    path: PathBuf,
    user: Option<u32>,
}

/// The bytes of a place, before anybody tried to understand them.
#[derive(Debug)]
pub(super) struct Raw {
    pub text: Zeroizing<Vec<u8>>,
    /// The mode of a file that others can get at.
    pub open_mode: Option<u32>,
}

impl PrivateFile {
    /// The file at `path` of the effective user `user`. Touches nothing.
    pub fn new(path: PathBuf, user: Option<u32>) -> PrivateFile {
        PrivateFile { path, user }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether something is there.
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Opens and reads the file, whoever can read it, but not if it is somebody else's.
    pub fn open(&self) -> Result<Option<Raw>, StoreError> {
        let unreadable = |source| StoreError::Unreadable { path: self.path.clone(), source };
        let Some(real) = permissions::real_file(&self.path)? else { return Ok(None) };
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            // The path was just resolved; a link or a pipe that stands there now came in between.
            let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
            options.custom_flags(flags.bits().cast_signed());
        }
        let file = match options.open(&real) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        let facts = permissions::facts_of(&self.path, &file)?;
        let verdict = facts.judge_file(self.user);
        if verdict == Verdict::Foreign {
            return Err(StoreError::ForeignOwner { path: self.path.clone(), owner: facts.owner });
        }
        let mut text = Zeroizing::new(Vec::with_capacity(4096));
        let size = file.take(LARGEST + 1).read_to_end(&mut text).map_err(unreadable)?;
        if size as u64 > LARGEST {
            return Err(StoreError::TooLarge { path: self.path.clone(), size: size as u64 });
        }
        Ok(Some(Raw { text, open_mode: (verdict == Verdict::Open).then_some(facts.mode) }))
    }

    /// Replaces it whole or not at all; private from then on, whatever it was.
    pub fn replace(&self, text: &[u8]) -> Result<(), StoreError> {
        let target = permissions::real_file(&self.path)?.unwrap_or_else(|| self.path.clone());
        atomic::replace(&target, text, &mut |_| Ok(())).map_err(|source| self.unwritable(source))
    }

    /// Takes the room for a replacement of this size until it is dropped.
    pub fn reserve(&self, size: usize) -> Result<Room, StoreError> {
        let target = permissions::real_file(&self.path)?.unwrap_or_else(|| self.path.clone());
        atomic::reserve(&target, size).map_err(|source| self.unwritable(source))
    }

    /// Removes it. One that isn't there is removed.
    pub fn remove(&self) -> Result<(), StoreError> {
        let Some(real) = permissions::real_file(&self.path)? else { return Ok(()) };
        let gone =
            std::fs::remove_file(&real).and_then(|()| atomic::sync_folder(real.parent().unwrap_or(&real)));
        gone.map_err(|source| self.unwritable(source))
    }

    /// Gives the damaged file a second name, so that the new one may take the first.
    pub fn keep_aside(&self) -> Result<PathBuf, StoreError> {
        let real = permissions::real_file(&self.path)?.unwrap_or_else(|| self.path.clone());
        for number in 1..1000 {
            let mut name = real.as_os_str().to_owned();
            name.push(format!(".broken-{number}"));
            let aside = PathBuf::from(name);
            match std::fs::hard_link(&real, &aside) {
                Ok(()) => {
                    make_private(&aside).map_err(|source| self.unwritable(source))?;
                    return Ok(aside);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(_) if !aside.exists() => {
                    // A file system without hard links: the old name is free for a moment, but nothing is lost.
                    std::fs::rename(&real, &aside).map_err(|source| self.unwritable(source))?;
                    return Ok(aside);
                }
                Err(source) => return Err(self.unwritable(source)),
            }
        }
        Err(self.unwritable(io::Error::other("there are too many damaged files beside it")))
    }

    fn unwritable(&self, source: io::Error) -> StoreError {
        StoreError::Unwritable { path: self.path.clone(), source }
    }
}

#[cfg(unix)]
fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn make_private(_path: &Path) -> io::Result<()> {
    Ok(())
}
