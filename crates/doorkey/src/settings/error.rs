//! What can be wrong with the file of settings.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::exit::Exit;

/// Why the settings can't be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The environment doesn't say where settings are kept.
    #[error("There is no home folder to keep settings in.")]
    NoFolder,
    /// The file can't be read.
    #[error("The settings in {} couldn't be read.", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else could have written it.
    #[error("The settings in {} can be changed by others, so they aren't used.", path.display())]
    WritableByOthers {
        /// The file.
        path: PathBuf,
    },
    /// It isn't TOML, or says what no setting is called.
    #[error("The settings in {} are wrong in line {line}: {why}.", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there.
        why: String,
    },
    /// It can't be written.
    #[error("The settings in {} couldn't be written; what was there before is still there.", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl SettingsError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            SettingsError::NoFolder => "settings.no_folder",
            SettingsError::Unreadable { .. } => "settings.unreadable",
            SettingsError::WritableByOthers { .. } => "settings.writable_by_others",
            SettingsError::Malformed { .. } => "settings.malformed",
            SettingsError::Unwritable { .. } => "settings.unwritable",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            SettingsError::NoFolder => "Set HOME to your home folder.".to_owned(),
            SettingsError::Unreadable { .. } => "Check the file and its mode.".to_owned(),
            SettingsError::WritableByOthers { path } => {
                format!("Make sure that it is yours, look into it, and run `chmod 600 {}`.", path.display())
            }
            SettingsError::Malformed { .. } => "Mend the line, or remove it.".to_owned(),
            SettingsError::Unwritable { .. } => {
                "Check that the folder is yours and that the disk isn't full or read-only.".to_owned()
            }
        })
    }

    /// What a command should exit with.
    pub fn exit(&self) -> Exit {
        match self {
            SettingsError::WritableByOthers { .. } | SettingsError::Malformed { .. } => Exit::Usage,
            _ => Exit::Failed,
        }
    }
}
