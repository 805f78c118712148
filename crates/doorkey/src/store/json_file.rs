//! The credentials file: read strictly, changed under the lock, replaced whole.

use std::env::consts::OS;
use std::fs::OpenOptions;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use doorkey_manifest::manifest::{Credentials, Logout};
use doorkey_manifest::{Manifest, Values};
use serde_json::Value;
use serde_json::error::Category;
use zeroize::Zeroizing;

use super::StoreError;
use super::atomic::{self, Room};
use super::lock::{self, Lock};
use super::permissions::{self, Verdict};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::progress::{Event, Progress};
use crate::system::System;

/// No credentials file is larger.
const LARGEST: u64 = 1024 * 1024;

/// By how much a credential's successor may be larger: two tokens that are JWTs.
const SUCCESSOR: usize = 16 * 1024;

/// The credentials file of one product.
#[derive(Debug)]
pub struct JsonFile<'a> {
    path: PathBuf,
    shape: &'a Credentials,
    system: &'a System,
}

/// What stands in the file.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Which of the manifest's variants it has.
    pub variant: String,
    /// What its template reads.
    pub values: Values,
    document: Value,
}

/// The file as it lies there, before anybody tried to understand it.
struct Raw {
    real: PathBuf,
    text: Zeroizing<Vec<u8>>,
    facts: permissions::Facts,
}

impl<'a> JsonFile<'a> {
    /// A file in the manifest's shape. Touches nothing.
    pub(crate) fn at(path: PathBuf, manifest: &'a Manifest, system: &'a System) -> JsonFile<'a> {
        JsonFile { path, shape: &manifest.credentials, system }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What stands in it, for use. `None`: there is no file, or no credential in it.
    ///
    /// A file that others can get at is refused, one that isn't ours even more so.
    pub fn read(&self) -> Result<Option<Stored>, StoreError> {
        let Some(raw) = self.open()? else { return Ok(None) };
        if raw.facts.judge_file(self.system.environment.user_id()) == Verdict::Open {
            return Err(StoreError::ReadableByOthers { path: self.path.clone(), mode: raw.facts.mode });
        }
        Ok(self.understand(self.parse(&raw)?))
    }

    /// Of the values that `logout` leaves, those that stand in it. Nothing that could be used to sign in is among them, so
    /// it doesn't matter who else can read the file; one that can't be read has none.
    pub(crate) fn kept(&self) -> Values {
        if self.shape.keep.is_empty() {
            return Values::new();
        }
        let document = self.open().ok().flatten().and_then(|raw| self.parse(&raw).ok());
        document.map(|document| self.shape.read_kept(&document)).unwrap_or_default()
    }

    /// What stands in it, for removing: a file that others can read is read, too, since it is about to go.
    pub(crate) fn read_to_remove(&self) -> Result<Option<Stored>, StoreError> {
        let Some(raw) = self.open()? else { return Ok(None) };
        Ok(self.understand(self.parse(&raw)?))
    }

    /// Makes sure, before a person is bothered, that a credential could be kept.
    pub fn prepare(&self) -> Result<(), StoreError> {
        let me = self.system.environment.user_id();
        permissions::prepare_folder(self.folder()?, me)?;
        self.open().map(drop)
    }

    /// Takes the lock beside the file, waiting for other commands that hold it.
    pub fn lock(&self, cancel: &Cancel) -> Result<Lock, Error> {
        permissions::prepare_folder(self.folder()?, self.system.environment.user_id())?;
        lock::take(&self.path, lock::PATIENCE, &*self.system.clock, cancel)
    }

    /// Writes a new credential over whatever is there. Fields that the manifest doesn't name stay.
    ///
    /// A file that others could read becomes private, a damaged one is kept aside; `progress` hears of both.
    pub fn write(
        &self,
        _lock: &Lock,
        values: &Values,
        progress: &mut dyn Progress,
    ) -> Result<(), StoreError> {
        let variant = self.shape.variant_for(values).ok_or_else(|| StoreError::Shape {
            path: self.path.clone(),
            why: "none of the manifest's shapes has a place for it".to_owned(),
        })?;
        let (target, existing) = self.existing_for_writing(progress)?;
        self.put(&target, existing, variant, values)
    }

    /// Writes new values of the credential that [`read`](JsonFile::read) gave under the same lock.
    pub fn update(&self, _lock: &Lock, stored: &Stored, values: &Values) -> Result<(), StoreError> {
        let target = permissions::real_file(&self.path)?.unwrap_or_else(|| self.path.clone());
        // What only newer or older versions write is changed into a shape that we write.
        let writable = self.shape.variants().any(|(name, _, read_only)| name == stored.variant && !read_only);
        let variant = if writable { Some(stored.variant.as_str()) } else { self.shape.variant_for(values) };
        self.put(&target, Some(stored.document.clone()), variant.unwrap_or(&stored.variant), values)
    }

    /// Makes sure that a successor of this credential could be written, by taking the room for one until it is dropped.
    pub(crate) fn reserve(&self, _lock: &Lock, stored: &Stored) -> Result<Room, StoreError> {
        let target = permissions::real_file(&self.path)?.unwrap_or_else(|| self.path.clone());
        let size = self.shape.to_text(&stored.document).len();
        atomic::reserve(&target, size + SUCCESSOR).map_err(|source| self.unwritable(source))
    }

    /// Removes the credential and nothing else; the whole file when nothing else is in it or the manifest says so.
    pub fn clear(&self, _lock: &Lock) -> Result<(), StoreError> {
        let Some(raw) = self.open()? else { return Ok(()) };
        let left = match self.shape.logout {
            Logout::Delete => Value::Null,
            Logout::Clear => self.shape.clear(self.parse(&raw)?),
        };
        if left.as_object().is_none_or(serde_json::Map::is_empty) {
            self.remove(&raw.real)
        } else {
            self.replace(&raw.real, &left)
        }
    }

    fn remove(&self, real: &Path) -> Result<(), StoreError> {
        let gone =
            std::fs::remove_file(real).and_then(|()| atomic::sync_folder(real.parent().unwrap_or(real)));
        gone.map_err(|source| self.unwritable(source))
    }

    fn put(
        &self,
        target: &Path,
        existing: Option<Value>,
        variant: &str,
        values: &Values,
    ) -> Result<(), StoreError> {
        let document = self
            .shape
            .write(existing, variant, values)
            .map_err(|error| StoreError::Shape { path: self.path.clone(), why: error.to_string() })?;
        self.replace(target, &document)
    }

    fn replace(&self, target: &Path, document: &Value) -> Result<(), StoreError> {
        let text = Zeroizing::new(self.shape.to_text(document));
        atomic::replace(target, text.as_bytes(), &mut |_| Ok(())).map_err(|source| self.unwritable(source))
    }

    /// The document to write into, and where it really lies.
    fn existing_for_writing(
        &self,
        progress: &mut dyn Progress,
    ) -> Result<(PathBuf, Option<Value>), StoreError> {
        let Some(raw) = self.open()? else { return Ok((self.path.clone(), None)) };
        if raw.facts.judge_file(self.system.environment.user_id()) == Verdict::Open {
            // The replacement is private by itself; here it is only said.
            progress.report(Event::Mended { path: &self.path, mode: raw.facts.mode });
        }
        match self.parse(&raw) {
            Ok(document) => Ok((raw.real, Some(document))),
            Err(StoreError::Malformed { .. }) => {
                let aside = self.keep_aside(&raw.real)?;
                progress.report(Event::KeptAside { path: &self.path, aside: &aside });
                Ok((raw.real, None))
            }
            Err(error) => Err(error),
        }
    }

    /// Gives the damaged file a second name, so that the new one may take the first.
    fn keep_aside(&self, real: &Path) -> Result<PathBuf, StoreError> {
        for number in 1..1000 {
            let mut name = real.as_os_str().to_owned();
            name.push(format!(".broken-{number}"));
            let aside = PathBuf::from(name);
            match std::fs::hard_link(real, &aside) {
                Ok(()) => {
                    make_private(&aside).map_err(|source| self.unwritable(source))?;
                    return Ok(aside);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(_) if !aside.exists() => {
                    // A file system without hard links: the old name is free for a moment, but nothing is lost.
                    std::fs::rename(real, &aside).map_err(|source| self.unwritable(source))?;
                    return Ok(aside);
                }
                Err(source) => return Err(self.unwritable(source)),
            }
        }
        Err(self.unwritable(io::Error::other("there are too many damaged files beside it")))
    }

    /// Opens and reads the file, whoever can read it, but not if it is somebody else's.
    fn open(&self) -> Result<Option<Raw>, StoreError> {
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
        if facts.judge_file(self.system.environment.user_id()) == Verdict::Foreign {
            return Err(StoreError::ForeignOwner { path: self.path.clone(), owner: facts.owner });
        }
        let mut text = Zeroizing::new(Vec::with_capacity(4096));
        let size = file.take(LARGEST + 1).read_to_end(&mut text).map_err(unreadable)?;
        if size as u64 > LARGEST {
            return Err(StoreError::TooLarge { path: self.path.clone(), size: size as u64 });
        }
        Ok(Some(Raw { real, text, facts }))
    }

    fn parse(&self, raw: &Raw) -> Result<Value, StoreError> {
        let malformed =
            |line, column, why| StoreError::Malformed { path: self.path.clone(), line, column, why };
        if raw.text.iter().all(u8::is_ascii_whitespace) {
            return Err(malformed(1, 1, "it is empty"));
        }
        // Some editors begin a file with a byte order mark.
        let text = raw.text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&raw.text);
        match serde_json::from_slice::<Value>(text) {
            Ok(document) if document.is_object() => Ok(document),
            Ok(_) => Err(malformed(1, 1, "it should hold an object")),
            Err(error) => {
                let why = match error.classify() {
                    Category::Eof => "it ends in the middle",
                    _ => "it isn't JSON",
                };
                Err(malformed(error.line(), error.column(), why))
            }
        }
    }

    fn understand(&self, document: Value) -> Option<Stored> {
        let (variant, values) = self.shape.read(&document)?;
        Some(Stored { variant: variant.to_owned(), values, document })
    }

    fn folder(&self) -> Result<&Path, StoreError> {
        self.path.parent().ok_or_else(|| StoreError::NoHome { path: self.shape.path.on(OS).to_owned() })
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

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod tests;
