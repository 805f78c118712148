//! A sealed file beside the manifest's path. Its key lies in the operating system's keyring, or is made of a passphrase.
//!
//! The document is in a file and not in the keyring itself: a keyring may hold no more than a few kilobytes, may ask at
//! every access, and may hang. So it is asked for a key when a process begins, and never in the middle of a renewal.

use std::env::consts::OS;
use std::io;
use std::path::{Path, PathBuf};

use doorkey_manifest::Secret;
use doorkey_manifest::manifest::Storage;

use super::super::atomic::Room;
use super::super::key::{Key, KnownKeys, Origin, Recipe};
use super::super::lock::{self, Lock};
use super::super::seal::{Envelope, Owner};
use super::{Place, PrivateFile, Raw, Site, StoreError};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::profile::ProfileName;
use crate::system::{KEYRING_PATIENCE, Keyring, KeyringFailure, PassphraseFor, System, read_file};

/// No passphrase is longer, in bytes.
const LONGEST_PASSPHRASE: u64 = 4096;

/// What the sealed file's name ends in.
const SUFFIX: &str = ".sealed";

/// A sealed file.
#[derive(Debug)]
pub(super) struct Sealed<'a> {
    file: PrivateFile,
    /// What it is sealed with when it is written. What it is opened with, the file says.
    kind: Storage,
    app: &'a str,
    profile: ProfileName,
    /// The manifest's path as it is written there.
    written_path: &'a str,
    system: &'a System,
    keys: &'a KnownKeys,
}

impl<'a> Sealed<'a> {
    /// The sealed file of this kind. Touches nothing.
    pub fn of(kind: Storage, site: Site<'a>) -> Sealed<'a> {
        let mut path = site.path.clone().into_os_string();
        path.push(SUFFIX);
        Sealed {
            file: site.file(path.into()),
            kind,
            app: &site.manifest.app.name,
            written_path: site.manifest.credentials.path.on(OS),
            profile: site.profile,
            system: site.system,
            keys: site.keys,
        }
    }

    /// What the file belongs to.
    fn owner(&self) -> Owner<'_> {
        Owner { app: self.app, profile: self.profile.as_str(), path: self.written_path }
    }

    /// The name of the key in the keyring.
    fn account(&self) -> String {
        if self.profile.is_default() { self.app.to_owned() } else { format!("{}/{}", self.app, self.profile) }
    }

    /// What the file says about itself.
    fn envelope(&self, raw: &Raw) -> Result<Envelope, StoreError> {
        Envelope::parse(&raw.text).map_err(|why| self.damaged(why))
    }

    /// The key that opens an envelope.
    fn key_of(&self, origin: &Origin) -> Result<Key, StoreError> {
        if let Some(key) = self.keys.get(origin) {
            return Ok(key);
        }
        let key = match origin {
            Origin::Keyring { .. } => self.key_in_keyring()?,
            Origin::Passphrase { recipe, .. } => {
                let passphrase = self.passphrase(PassphraseFor::Opening)?;
                Some(recipe.key(&passphrase).ok_or_else(|| self.damaged("its key can't be made"))?)
            }
        };
        match (key, origin) {
            (Some(key), _) if key.id() == origin.id() => {
                self.keys.remember(origin, &key);
                Ok(key)
            }
            (_, Origin::Keyring { .. }) => Err(StoreError::KeyLost { path: self.path().to_owned() }),
            (_, Origin::Passphrase { .. }) => {
                Err(StoreError::WrongPassphrase { path: self.path().to_owned() })
            }
        }
    }

    /// The key that the next envelope is sealed with.
    fn key_for_writing(&self) -> Result<(Origin, Key), StoreError> {
        let there = self.file.open()?.and_then(|raw| self.envelope(&raw).ok()).map(|envelope| envelope.key);
        match self.kind {
            // The file's key was in the keyring when this process read it, and only who removes the file removes the key.
            Storage::Keyring => match there.and_then(|origin| Some((self.keys.get(&origin)?, origin))) {
                Some((key, origin @ Origin::Keyring { .. })) => Ok((origin, key)),
                _ => self.key_to_keep(),
            },
            _ => match there {
                Some(origin @ Origin::Passphrase { .. }) => Ok((origin.clone(), self.key_of(&origin)?)),
                _ => match self.keys.find(|origin| matches!(origin, Origin::Passphrase { .. })) {
                    Some(known) => Ok(known),
                    None => self.key_of_new_passphrase(),
                },
            },
        }
    }

    /// The keyring's key; a new one when there is none. One that was there a moment ago is used when the keyring has
    /// stopped answering since: the service has given a credential, and it must not be lost.
    fn key_to_keep(&self) -> Result<(Origin, Key), StoreError> {
        let seen = self.keys.find(|origin| matches!(origin, Origin::Keyring { .. }));
        let key = match (self.key_in_keyring(), seen) {
            (Ok(Some(key)), _) => key,
            (Ok(None), Some((_, key))) => self.put_into_keyring(key)?,
            (Ok(None), None) => self.put_into_keyring(Key::random(&*self.system.entropy)?)?,
            (Err(_), Some(known)) => return Ok(known),
            (Err(error), None) => return Err(error),
        };
        let origin = Origin::Keyring { id: key.id() };
        self.keys.remember(&origin, &key);
        Ok((origin, key))
    }

    /// Asks the keyring for something, one process at a time: a keyring that works is slow enough that a hundred which ask at
    /// once would take it for one that hangs. While one waits for a keyring that really hangs, the others wait for that one
    /// and then believe it, so that each of them waits no longer than if it were alone.
    fn ask_keyring<T>(
        &self,
        ask: impl FnOnce(&dyn Keyring) -> Result<T, KeyringFailure>,
    ) -> Result<T, StoreError> {
        let clock = &*self.system.clock;
        let begun = clock.now_ms();
        // Without a turn (there is no folder yet, the disk is read-only) it is asked all the same.
        let turn = lock::take(self.path(), lock::PATIENCE, clock, &Cancel::never()).ok();
        let silent =
            turn.as_ref().and_then(Lock::noted).filter(|since| *since > begun && *since <= clock.now_ms());
        if silent.is_some() {
            return Err(KeyringFailure::TimedOut(KEYRING_PATIENCE).into());
        }
        let answer = ask(&*self.system.keyring);
        if let (Err(KeyringFailure::TimedOut(_)), Some(turn)) = (&answer, &turn) {
            turn.note(clock.now_ms());
        }
        Ok(answer?)
    }

    /// What lies in the keyring. Something that is no key of ours counts as none.
    fn key_in_keyring(&self) -> Result<Option<Key>, StoreError> {
        let text = self.ask_keyring(|keyring| keyring.get(&self.account()))?;
        Ok(text.as_ref().and_then(Key::from_text))
    }

    /// Puts a key into the keyring and makes sure that it is there: not every keyring that says so keeps it.
    fn put_into_keyring(&self, key: Key) -> Result<Key, StoreError> {
        self.ask_keyring(|keyring| keyring.set(&self.account(), &key.to_text()))?;
        match self.key_in_keyring()? {
            Some(kept) if kept.id() == key.id() => Ok(key),
            _ => Err(StoreError::NotKept { path: self.path().to_owned() }),
        }
    }

    fn key_of_new_passphrase(&self) -> Result<(Origin, Key), StoreError> {
        let passphrase = self.passphrase(PassphraseFor::Sealing)?;
        let recipe = Recipe::new(&*self.system.entropy)?;
        let key = recipe.key(&passphrase).ok_or_else(|| self.damaged("its key can't be made"))?;
        let origin = Origin::Passphrase { id: key.id(), recipe };
        self.keys.remember(&origin, &key);
        Ok((origin, key))
    }

    /// The passphrase: a variable's, a file's, or what the person types.
    fn passphrase(&self, purpose: PassphraseFor) -> Result<Secret, StoreError> {
        if let Some(passphrase) = self.system.variable("DOORKEY_PASSPHRASE") {
            return Ok(Secret::new(passphrase));
        }
        if let Some(path) = self.system.variable("DOORKEY_PASSPHRASE_FILE") {
            let path = PathBuf::from(path);
            let read = read_file(&path, LONGEST_PASSPHRASE).and_then(|bytes| {
                String::from_utf8(bytes).map(Secret::new).map_err(|_| io::Error::other("it isn't text"))
            });
            let text = read.map_err(|source| StoreError::Unreadable { path, source })?;
            // An editor ends the file with a line break that belongs to no passphrase.
            let passphrase = text.expose().trim_end_matches(['\r', '\n']);
            return if passphrase.is_empty() {
                Err(self.no_passphrase())
            } else {
                Ok(Secret::from(passphrase))
            };
        }
        self.system.passphrase.ask(purpose, self.path()).ok_or_else(|| self.no_passphrase())
    }

    fn no_passphrase(&self) -> StoreError {
        StoreError::PassphraseNeeded { path: self.path().to_owned() }
    }

    fn damaged(&self, why: &'static str) -> StoreError {
        StoreError::SealDamaged { path: self.path().to_owned(), why }
    }
}

impl Place for Sealed<'_> {
    fn path(&self) -> &Path {
        self.file.path()
    }

    fn exists(&self) -> bool {
        self.file.exists()
    }

    fn prepare(&self, lock: &dyn Fn() -> Result<Lock, Error>) -> Result<(), Error> {
        self.file.open()?;
        if self.kind == Storage::Keyring
            && let Some(key) = self.key_in_keyring()?
        {
            self.keys.remember(&Origin::Keyring { id: key.id() }, &key);
            return Ok(());
        }
        // Two that sign in at once must not each make a key.
        let _lock = lock()?;
        self.key_for_writing()?;
        Ok(())
    }

    fn read(&self) -> Result<Option<Raw>, StoreError> {
        let Some(raw) = self.file.open()? else { return Ok(None) };
        let envelope = self.envelope(&raw)?;
        let key = self.key_of(&envelope.key)?;
        let text = envelope
            .open(self.owner(), &key)
            .ok_or_else(|| self.damaged("it was changed, or it belongs to another app"))?;
        Ok(Some(Raw { text, open_mode: raw.open_mode }))
    }

    fn write(&self, text: &[u8]) -> Result<(), StoreError> {
        let (origin, key) = self.key_for_writing()?;
        let envelope = Envelope::seal(text, self.owner(), origin, &key, &*self.system.entropy)?;
        self.file.replace(&envelope.to_text())
    }

    fn reserve(&self, size: usize) -> Result<Option<Room>, StoreError> {
        // Sealed and in Base64 it is larger by a third, and the envelope.
        self.file.reserve(size * 2).map(Some)
    }

    fn remove(&self) -> Result<(), StoreError> {
        self.file.remove()?;
        self.forget_key();
        Ok(())
    }

    fn keep_aside(&self) -> Result<Option<PathBuf>, StoreError> {
        self.file.keep_aside().map(Some)
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.exists() || self.kind == Storage::Encrypted {
            return self.read().map(drop);
        }
        self.key_in_keyring().map(drop)
    }

    fn kind_there(&self) -> Option<Storage> {
        let raw = self.file.open().ok()??;
        Some(match self.envelope(&raw).ok()?.key {
            Origin::Keyring { .. } => Storage::Keyring,
            Origin::Passphrase { .. } => Storage::Encrypted,
        })
    }

    /// A key that nothing is sealed with any more is of no use to anybody; one that can't be removed does no harm.
    fn forget_key(&self) {
        if self.kind == Storage::Keyring {
            let _ = self.ask_keyring(|keyring| keyring.delete(&self.account()));
            if let Some((origin, _)) = self.keys.find(|origin| matches!(origin, Origin::Keyring { .. })) {
                self.keys.forget(origin.id());
            }
        }
    }
}
