//! Which kind of place keeps the credential, who chose it, whether it works, and moving to another.

use std::path::{Path, PathBuf};

use doorkey_manifest::manifest::Storage;

use crate::cancel::Cancel;
use crate::client::{Client, Overrides};
use crate::error::Error;
use crate::settings::set;
use crate::store::{Store, StoreError};

/// The variable that chooses the kind of place.
const VARIABLE: &str = "DOORKEY_STORAGE";

/// The variable that names the program for [`Storage::Command`].
const PROGRAM: &str = "DOORKEY_STORAGE_COMMAND";

/// The kind of place that is used, and who chose it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageChoice {
    /// The kind.
    pub kind: Storage,
    /// Who chose it.
    pub source: StorageSource,
}

/// Who chose the kind of place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorageSource {
    /// It was given explicitly.
    Explicit,
    /// An environment variable.
    Environment {
        /// The variable's name.
        variable: String,
    },
    /// The person has settled it for the profile.
    Setting,
    /// The manifest.
    Manifest,
    /// Nobody: it is what there is without a choice.
    Default,
}

/// Where the credential is kept, and whether that works here.
#[derive(Debug)]
pub struct StorageReport {
    /// The kind, and who chose it.
    pub choice: StorageChoice,
    /// The file that it lies in, or the program that keeps it.
    pub path: PathBuf,
    /// Whether anything is there.
    pub holds: bool,
    /// What keeps it from being used, if anything does.
    pub problem: Option<StoreError>,
    /// Where else something lies that isn't used.
    pub others: Vec<(Storage, PathBuf)>,
}

/// A credential that was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// Where it was: the kind and the path. `None`: it was there already.
    pub from: Option<(Storage, PathBuf)>,
    /// Where it is now.
    pub to: (Storage, PathBuf),
    /// Which kind is used from now on, and who says so. Where that isn't the new one, somebody has to say so first.
    pub choice: StorageChoice,
}

/// The steps of a migration, in order. A test makes each of them the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The new place holds the credential, and it was read from there again.
    Written,
    /// The settings say that it is used from now on.
    Recorded,
    /// The old place is given up.
    Retired,
}

impl Client {
    /// The kind of place that counts: explicit → environment → settled for the profile → the manifest's → a plain file.
    pub fn storage_choice(&self) -> Result<StorageChoice, Error> {
        let settled = self.profile_settings()?.storage;
        self.storage_choice_with(settled)
    }

    fn storage_choice_with(&self, settled: Option<Storage>) -> Result<StorageChoice, Error> {
        if self.overrides().in_process.is_some() {
            return Ok(StorageChoice { kind: Storage::Memory, source: StorageSource::Explicit });
        }
        if let Some(kind) = self.overrides().storage {
            return Ok(StorageChoice { kind, source: StorageSource::Explicit });
        }
        if let Some(given) = self.system().variable(VARIABLE) {
            let source = StorageSource::Environment { variable: VARIABLE.to_owned() };
            return match Storage::named(&given) {
                Some(kind) => Ok(StorageChoice { kind, source }),
                None => Err(StoreError::UnknownKind { given, said_by: VARIABLE.to_owned() }.into()),
            };
        }
        Ok(match (settled, self.manifest().credentials.storage) {
            (Some(kind), _) => StorageChoice { kind, source: StorageSource::Setting },
            (None, Some(kind)) => StorageChoice { kind, source: StorageSource::Manifest },
            (None, None) => StorageChoice { kind: Storage::default(), source: StorageSource::Default },
        })
    }

    /// From now on the profile's credential is kept in this kind of place, unless something goes before that. What a
    /// place that was used until now still holds is removed: somebody has just signed in anew.
    pub fn settle_storage(&self, kind: Storage) -> Result<StorageChoice, Error> {
        let before = self.storage_choice_without_option()?;
        self.record_storage(kind)?;
        if before.kind != kind {
            let (store, now) = (self.store_in(before.kind)?, self.store_in(kind)?);
            if store.holds(before.kind) && store.path() != now.path() {
                let lock = store.lock(&Cancel::never())?;
                match store.clear(&lock) {
                    Err(error) if error.is_shut() => store.remove(&lock)?,
                    other => other?,
                }
            }
        }
        self.storage_choice_without_option()
    }

    /// What would count if nothing were given explicitly.
    fn storage_choice_without_option(&self) -> Result<StorageChoice, Error> {
        let overrides = Overrides { storage: None, in_process: None, ..self.overrides().clone() };
        Client::with(self.app().clone(), self.system().clone(), overrides).storage_choice()
    }

    fn record_storage(&self, kind: Storage) -> Result<(), Error> {
        let profile = self.profile()?.name;
        let program = self.storage_program()?.filter(|_| kind == Storage::Command);
        self.change_settings(|document| {
            set(document, &["profiles", profile.as_str(), "storage"], Some(kind.name()));
            let program = program.as_deref().and_then(Path::to_str);
            set(document, &["profiles", profile.as_str(), "storage_command"], program);
        })
    }

    /// The program that keeps the credential: the environment's, else the one that was settled.
    pub(crate) fn storage_program(&self) -> Result<Option<PathBuf>, Error> {
        match self.system().variable(PROGRAM) {
            Some(program) => Ok(Some(program.into())),
            None => Ok(self.profile_settings()?.storage_command),
        }
    }

    /// Makes sure, before a person is bothered, that a credential could be kept. [`login`](Client::login) does, too.
    pub fn prepare_storage(&self) -> Result<(), Error> {
        self.store()?.prepare()
    }

    /// Where the credential is kept, and whether that works here. A keyring is really asked.
    pub fn storage(&self) -> Result<StorageReport, Error> {
        let choice = self.storage_choice()?;
        let store = self.store_in(choice.kind)?;
        Ok(StorageReport {
            path: store.path().to_owned(),
            holds: store.exists(),
            problem: store.check().err(),
            others: self
                .others(&store)
                .into_iter()
                .map(|other| (other.kind(), other.path().to_owned()))
                .collect(),
            choice,
        })
    }

    /// Moves the credential to another kind of place, under the lock: it is read, written to the new place, read from there
    /// again and compared, and only then removed from the old one, unless `keep` says to leave it. Ended anywhere in
    /// between, nothing is lost; the next migration goes on where this one stopped.
    pub fn migrate_storage(&self, to: Storage, keep: bool, cancel: &Cancel) -> Result<Migrated, Error> {
        self.migrate(to, keep, cancel, &mut |_| Ok(()))
    }

    fn migrate(
        &self,
        to: Storage,
        keep: bool,
        cancel: &Cancel,
        after: &mut dyn FnMut(Step) -> Result<(), Error>,
    ) -> Result<Migrated, Error> {
        let target = self.store_in(to)?;
        if !target.holds(to) && self.others(&target).is_empty() {
            return Err(StoreError::NothingToMove.into());
        }
        target.prepare()?;
        let lock = target.lock(cancel)?;
        let chosen = self.store()?;
        let done = |from: Option<&Store<'_>>| -> Result<Migrated, Error> {
            Ok(Migrated {
                from: from.map(|from| (from.kind(), from.path().to_owned())),
                to: (to, target.path().to_owned()),
                choice: self.storage_choice_with(Some(to))?,
            })
        };
        let others = self.others(&target);
        let first = others.first().filter(|_| !target.holds(to));
        let from = others.iter().find(|other| other.path() == chosen.path()).or(first);
        let Some(from) = from else {
            if !target.holds(to) {
                return Err(StoreError::NothingToMove.into());
            }
            self.record_storage(to)?;
            // A migration that was ended too early has left copies.
            let text = target.take_text()?;
            let copies =
                others.iter().filter(|other| !keep && other.take_text().is_ok_and(|copy| copy == text));
            for copy in copies {
                copy.retire(&lock, &target)?;
            }
            return done(None);
        };
        let text = from.take_text()?.ok_or(StoreError::NothingToMove)?;
        target.put_text(&lock, &text)?;
        after(Step::Written)?;
        self.record_storage(to)?;
        after(Step::Recorded)?;
        if !keep {
            from.retire(&lock, &target)?;
        }
        after(Step::Retired)?;
        done(Some(from))
    }

    /// The other places that hold something. A program is only asked where it was chosen.
    fn others(&self, store: &Store<'_>) -> Vec<Store<'_>> {
        let command = self.storage_choice().is_ok_and(|choice| choice.kind == Storage::Command);
        Storage::ALL
            .into_iter()
            .filter(|kind| *kind != store.kind() && (*kind != Storage::Command || command))
            .filter_map(|kind| self.store_in(kind).ok().filter(|other| other.holds(kind)))
            .collect()
    }
}

#[cfg(test)]
mod tests;
