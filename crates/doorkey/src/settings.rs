//! What a person has settled for one product on this machine: which profile is used where, and what each is about.
//!
//! One small TOML file per product, `doorkey/settings/NAME.toml` in the person's folder for settings. Nothing secret is in
//! it. It may be edited by hand: whatever a command changes there leaves comments and order as they are.

mod error;

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use doorkey_manifest::manifest::Storage;
use serde::Deserialize;
use toml_edit::{DocumentMut, Item, Table, value};

pub use error::SettingsError;

use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Error;
use crate::profile::ProfileName;
use crate::store;
use crate::system::open_file;

/// No file of settings is larger.
const LARGEST: u64 = 256 * 1024;

/// What stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The profile that is used where nothing else says which.
    pub profile: Option<ProfileName>,
    /// The profile that is used in a folder and below it.
    pub folders: BTreeMap<PathBuf, ProfileName>,
    /// What is known about each profile.
    pub profiles: BTreeMap<ProfileName, ProfileSettings>,
}

/// What is settled about one profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProfileSettings {
    /// The address of its server.
    pub server: Option<String>,
    /// The address of its pages, where that is another one.
    pub frontend: Option<String>,
    /// The organization that commands act for when none is named.
    pub org: Option<String>,
    /// Where its credential is kept.
    pub storage: Option<Storage>,
    /// The program that keeps it, where it is kept by one.
    pub storage_command: Option<PathBuf>,
}

impl Client {
    /// The file of settings of this product, whether it is there or not.
    pub fn settings_path(&self) -> Result<PathBuf, Error> {
        let name = format!("{{config}}/doorkey/settings/{}.toml", self.app().name());
        Ok(self.system().own_path(&name).ok_or(SettingsError::NoFolder)?)
    }

    /// What the person has settled for this product. Read once.
    pub fn settings(&self) -> Result<&Settings, Error> {
        if let Some(known) = self.settings.get() {
            return Ok(known);
        }
        let path = self.settings_path()?;
        let text = read(&path, self.system().environment.user_id())?.unwrap_or_default();
        let settings = parse(&path, &text)?;
        Ok(self.settings.get_or_init(|| settings))
    }

    /// Changes the file, under its lock. What was read before stays as it was read.
    pub(crate) fn change_settings(&self, change: impl FnOnce(&mut DocumentMut)) -> Result<(), Error> {
        let path = self.settings_path()?;
        let me = self.system().environment.user_id();
        let _lock = store::lock_file(&path, self.system(), &Cancel::never())?;
        let text = read(&path, me)?.unwrap_or_default();
        // What doesn't mean anything isn't written over.
        parse(&path, &text)?;
        let mut document: DocumentMut = text.parse().map_err(|error| malformed(&path, &text, &error))?;
        change(&mut document);
        let written = store::replace_file(&path, document.to_string().as_bytes());
        Ok(written.map_err(|source| SettingsError::Unwritable { path, source })?)
    }
}

/// Sets a text in the file, or takes away whatever stands there; `keys` lead to it. The tables around it stay: a profile is
/// there as long as it has a heading.
pub(crate) fn set(document: &mut DocumentMut, keys: &[&str], to: Option<&str>) {
    let Some((last, tables)) = keys.split_last() else { return };
    let mut table = document.as_table_mut();
    for (depth, key) in tables.iter().enumerate() {
        let mut fresh = Table::new();
        // A table that only holds others has no heading of its own.
        fresh.set_implicit(depth + 1 < tables.len());
        let Some(inner) = table.entry(key).or_insert(Item::Table(fresh)).as_table_mut() else { return };
        table = inner;
    }
    match to {
        Some(text) => {
            table.insert(last, value(text));
        }
        None => {
            table.remove(last);
        }
    }
}

/// The text of the file; `None` where there is none. One that others may change says nothing.
fn read(path: &Path, me: Option<u32>) -> Result<Option<String>, SettingsError> {
    let unreadable = |source| SettingsError::Unreadable { path: path.to_owned(), source };
    let file = match open_file(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let metadata = file.metadata().map_err(unreadable)?;
    if !store::only_owner_writes(&metadata, me) {
        return Err(SettingsError::WritableByOthers { path: path.to_owned() });
    }
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).map_err(unreadable)?;
    Ok(Some(text))
}

fn parse(path: &Path, text: &str) -> Result<Settings, SettingsError> {
    toml_edit::de::from_str(text).map_err(|error| {
        let message = error.message().to_owned();
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        SettingsError::Malformed { path: path.to_owned(), line, why: message }
    })
}

fn malformed(path: &Path, text: &str, error: &toml_edit::TomlError) -> SettingsError {
    let line = error.span().map_or(1, |span| line_of(text, span.start));
    SettingsError::Malformed { path: path.to_owned(), line, why: error.message().to_owned() }
}

/// The line that a byte stands in, counted from 1.
fn line_of(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests;
