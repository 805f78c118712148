//! The document of a credential: read strictly, changed under the lock, its unknown fields kept, wherever its bytes lie.

use std::env::consts::OS;
use std::path::{Path, PathBuf};

use doorkey_manifest::Values;
use doorkey_manifest::manifest::{Credentials, Logout, Storage};
use serde_json::Value;
use serde_json::error::Category;
use zeroize::Zeroizing;

use super::StoreError;
use super::atomic::Room;
use super::lock::{self, Lock};
use super::permissions;
use super::place::{self, Place, Site};
use super::private_file::Raw;
use crate::cancel::Cancel;
use crate::error::Error;
use crate::progress::{Event, Progress};
use crate::system::System;

/// By how much a credential's successor may be larger: two tokens that are JWTs.
const SUCCESSOR: usize = 16 * 1024;

/// The credential of one product, in one kind of place.
#[derive(Debug)]
pub struct Store<'a> {
    /// The manifest's path: the lock lies beside it, for every kind of place, so that everybody shares it.
    path: PathBuf,
    kind: Storage,
    place: Box<dyn Place + 'a>,
    shape: &'a Credentials,
    system: &'a System,
}

/// What is stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Which of the manifest's variants it has.
    pub variant: String,
    /// What its template reads.
    pub values: Values,
    document: Value,
}

impl<'a> Store<'a> {
    /// The place of this kind. Touches nothing.
    pub(crate) fn of(kind: Storage, site: Site<'a>) -> Result<Store<'a>, StoreError> {
        let shape = &site.manifest.credentials;
        let system = site.system;
        let path = site.path.clone();
        Ok(Store { place: place::of(kind, site)?, path, kind, shape, system })
    }

    /// Where it is: the file that it lies in, or the program that keeps it.
    pub fn path(&self) -> &Path {
        self.place.path()
    }

    /// Which kind of place it is.
    pub fn kind(&self) -> Storage {
        self.kind
    }

    /// Whether anything is there, whatever it is.
    pub(crate) fn exists(&self) -> bool {
        self.place.exists()
    }

    /// Whether something of this kind is there: two kinds share a file, which says which of them it is.
    pub(crate) fn holds(&self, kind: Storage) -> bool {
        self.exists() && self.place.kind_there().is_none_or(|there| there == kind)
    }

    /// Whether it can be used here: a keyring is asked, a file is opened, a program is run.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.place.check()
    }

    /// What is stored, for use. `None`: there is nothing, or no credential in it.
    ///
    /// A file that others can get at is refused, one that isn't ours even more so.
    pub fn read(&self) -> Result<Option<Stored>, StoreError> {
        let Some(raw) = self.place.read()? else { return Ok(None) };
        if let Some(mode) = raw.open_mode {
            return Err(StoreError::ReadableByOthers { path: self.path().to_owned(), mode });
        }
        self.understand(self.parse(&raw)?)
    }

    /// Of the values that `logout` leaves, those that stand in it. Nothing that could be used to sign in is among them, so
    /// it doesn't matter who else can read the file; one that can't be read has none.
    pub(crate) fn kept(&self) -> Values {
        if self.shape.keep.is_empty() {
            return Values::new();
        }
        let document = self.place.read().ok().flatten().and_then(|raw| self.parse(&raw).ok());
        document.map(|document| self.shape.read_kept(&document)).unwrap_or_default()
    }

    /// What is stored, for removing: a file that others can read is read, too, since it is about to go.
    pub(crate) fn read_to_remove(&self) -> Result<Option<Stored>, StoreError> {
        let Some(raw) = self.place.read()? else { return Ok(None) };
        let document = self.parse(&raw)?;
        match self.misshapen(&document) {
            // Whatever stands beside it, the token is there and can be ended.
            Some(stored) => Ok(Some(stored)),
            None => self.understand(document),
        }
    }

    /// Makes sure, before a person is bothered, that a credential could be kept.
    pub fn prepare(&self) -> Result<(), Error> {
        permissions::prepare_folder(self.folder()?, self.system.environment.user_id())?;
        self.place.prepare(&|| self.lock(&Cancel::never()))
    }

    /// Whether the folder, where there is one, is somewhere that a credential may lie.
    pub(crate) fn check_folder(&self) -> Result<(), StoreError> {
        let folder = self.folder()?;
        let me = self.system.environment.user_id();
        if folder.exists() { permissions::prepare_folder(folder, me) } else { Ok(()) }
    }

    /// Takes the lock beside the manifest's path, waiting for other commands that hold it.
    pub fn lock(&self, cancel: &Cancel) -> Result<Lock, Error> {
        if let Some(gate) = self.place.gate() {
            return gate.lock(lock::PATIENCE, &*self.system.clock, cancel);
        }
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
            path: self.path().to_owned(),
            why: "none of the manifest's shapes has a place for it".to_owned(),
        })?;
        let existing = self.existing_for_writing(progress)?;
        self.put(existing, variant, values)
    }

    /// Writes new values of the credential that [`read`](Store::read) gave under the same lock.
    pub fn update(&self, _lock: &Lock, stored: &Stored, values: &Values) -> Result<(), StoreError> {
        // What only newer or older versions write is changed into a shape that we write.
        let writable = self.shape.variants().any(|(name, _, read_only)| name == stored.variant && !read_only);
        let variant = if writable { Some(stored.variant.as_str()) } else { self.shape.variant_for(values) };
        self.put(Some(stored.document.clone()), variant.unwrap_or(&stored.variant), values)
    }

    /// Makes sure that a successor of this credential could be written, by taking the room for one until it is dropped.
    /// `None`: the place can't tell.
    pub(crate) fn reserve(&self, _lock: &Lock, stored: &Stored) -> Result<Option<Room>, StoreError> {
        let size = self.shape.to_text(&stored.document).len();
        self.place.reserve(size + SUCCESSOR)
    }

    /// Removes the credential and nothing else; everything when nothing else is in it or the manifest says so.
    pub fn clear(&self, _lock: &Lock) -> Result<(), StoreError> {
        let left = match self.shape.logout {
            Logout::Delete => Value::Null,
            Logout::Clear => match self.place.read()? {
                Some(raw) => self.shape.clear(self.parse(&raw)?),
                None => return Ok(()),
            },
        };
        if left.as_object().is_none_or(serde_json::Map::is_empty) {
            self.place.remove()
        } else {
            self.replace(&left)
        }
    }

    /// Removes everything that is there, understood or not.
    pub(crate) fn remove(&self, _lock: &Lock) -> Result<(), StoreError> {
        self.place.remove()
    }

    /// The whole document as it is, for moving it to another place.
    pub(crate) fn take_text(&self) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let Some(raw) = self.place.read()? else { return Ok(None) };
        self.parse(&raw)?;
        Ok(Some(raw.text))
    }

    /// Writes a whole document that came from another place, and makes sure that it can be read again as it is.
    pub(crate) fn put_text(&self, _lock: &Lock, text: &[u8]) -> Result<(), StoreError> {
        self.place.write(text)?;
        let kept = self.place.read()?.is_some_and(|raw| *raw.text == *text);
        if kept { Ok(()) } else { Err(StoreError::NotKept { path: self.path().to_owned() }) }
    }

    /// Gives up a place after its document has moved to `successor`. Two kinds may share one file, which then stays.
    pub(crate) fn retire(&self, _lock: &Lock, successor: &Store<'_>) -> Result<(), StoreError> {
        if self.path() == successor.path() {
            self.place.forget_key();
            Ok(())
        } else {
            self.place.remove()
        }
    }

    fn put(&self, existing: Option<Value>, variant: &str, values: &Values) -> Result<(), StoreError> {
        let document = self
            .shape
            .write(existing, variant, values)
            .map_err(|error| StoreError::Shape { path: self.path().to_owned(), why: error.to_string() })?;
        self.replace(&document)
    }

    fn replace(&self, document: &Value) -> Result<(), StoreError> {
        let text = Zeroizing::new(self.shape.to_text(document));
        self.place.write(text.as_bytes())
    }

    /// The document to write into.
    fn existing_for_writing(&self, progress: &mut dyn Progress) -> Result<Option<Value>, StoreError> {
        let read = match self.place.read() {
            Ok(None) => return Ok(None),
            Ok(Some(raw)) => {
                if let Some(mode) = raw.open_mode {
                    // The replacement is private by itself; here it is only said.
                    progress.report(Event::Mended { path: self.path(), mode });
                }
                self.parse(&raw)
            }
            Err(error) => Err(error),
        };
        match read {
            Ok(document) => {
                // What can't be understood is written over, and nothing of it is lost.
                if self.misshapen(&document).is_some()
                    && let Some(aside) = self.place.keep_aside()?
                {
                    progress.report(Event::KeptAside { path: self.path(), aside: &aside });
                }
                Ok(Some(document))
            }
            Err(error) if error.is_damage() => {
                let aside = self.place.keep_aside()?.ok_or(error)?;
                progress.report(Event::KeptAside { path: self.path(), aside: &aside });
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn parse(&self, raw: &Raw) -> Result<Value, StoreError> {
        let malformed =
            |line, column, why| StoreError::Malformed { path: self.path().to_owned(), line, column, why };
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

    fn understand(&self, document: Value) -> Result<Option<Stored>, StoreError> {
        if let Some((variant, values)) = self.shape.read(&document) {
            return Ok(Some(Stored { variant: variant.to_owned(), values, document }));
        }
        match self.misshapen(&document) {
            Some(_) => Err(StoreError::Misshapen { path: self.path().to_owned() }),
            None => Ok(None),
        }
    }

    /// A document that holds a token and can't be understood as a whole, with what of it can be.
    fn misshapen(&self, document: &Value) -> Option<Stored> {
        if self.shape.read(document).is_some() {
            return None;
        }
        self.shape.variants().find_map(|(name, json, _)| {
            let values = json.read_leniently(document);
            let holds = values.text("token").is_some_and(|token| !token.is_empty());
            holds.then(|| Stored { variant: name.to_owned(), values, document: document.clone() })
        })
    }

    fn folder(&self) -> Result<&Path, StoreError> {
        self.path.parent().ok_or_else(|| StoreError::NoHome { path: self.shape.path.on(OS).to_owned() })
    }
}

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod tests;
