//! What can be wrong with the place where credentials are kept.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

/// Why the credentials file can't be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no home folder to keep it in.
    #[error("The credentials file {path} can't be found: there is no home folder.")]
    NoHome {
        /// The path as the manifest says it.
        path: String,
    },
    /// It can't be read.
    #[error("The credentials file {} couldn't be read.", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Other accounts of this machine can read it.
    #[error("The credentials file {} can be read by others (its mode is {mode:04o}), so it isn't used.", path.display())]
    ReadableByOthers {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It belongs to another account.
    #[error("{} belongs to another account (its owner is number {owner}), so it isn't used.", path.display())]
    ForeignOwner {
        /// The file or folder.
        path: PathBuf,
        /// The owner's number.
        owner: u32,
    },
    /// Its folder can be changed by others.
    #[error("The folder {} can be changed by others (its mode is {mode:04o}), so no credential is kept in it.", path.display())]
    FolderWritableByOthers {
        /// The folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is a link to a place outside its folder.
    #[error("The credentials file {} is a link to {}, outside its folder, so it isn't used.", path.display(), target.display())]
    LinkOutside {
        /// The file.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// It is a folder, a device or a socket.
    #[error("{} should be a file and is something else.", path.display())]
    NotAFile {
        /// What should be a file.
        path: PathBuf,
    },
    /// It is far larger than a credentials file can be.
    #[error("The credentials file {} is too large to be one ({size} bytes).", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
    },
    /// It isn't JSON: cut off, or edited by hand.
    #[error("The credentials file {} is damaged: {why} at line {line}, column {column}.", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1; 0 is the line's end.
        column: usize,
        /// What is wrong there.
        why: &'static str,
    },
    /// It couldn't be written.
    #[error("The credentials file {} couldn't be written; what was there before is still there.", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The credential doesn't fit into the file's shape.
    #[error("The credential can't be written into {}: {why}.", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// What is missing.
        why: String,
    },
    /// Another process is changing it and doesn't finish.
    #[error("Another process has been changing {} for {} seconds.", path.display(), waited.as_secs())]
    Busy {
        /// The file.
        path: PathBuf,
        /// How long this one waited.
        waited: Duration,
    },
}

impl StoreError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::NoHome { .. } => "store.no_home",
            StoreError::Unreadable { .. } => "store.unreadable",
            StoreError::ReadableByOthers { .. } => "store.readable_by_others",
            StoreError::ForeignOwner { .. } => "store.foreign_owner",
            StoreError::FolderWritableByOthers { .. } => "store.folder_writable_by_others",
            StoreError::LinkOutside { .. } => "store.link_outside",
            StoreError::NotAFile { .. } => "store.not_a_file",
            StoreError::TooLarge { .. } => "store.too_large",
            StoreError::Malformed { .. } => "store.malformed",
            StoreError::Unwritable { .. } => "store.unwritable",
            StoreError::Shape { .. } => "store.shape",
            StoreError::Busy { .. } => "store.busy",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            StoreError::NoHome { .. } => "Set HOME to your home folder.".to_owned(),
            StoreError::ReadableByOthers { path, .. } => {
                format!("Run `chmod 600 {}`. If others may have read it, sign in again.", quoted(path))
            }
            StoreError::ForeignOwner { path, .. } => {
                format!(
                    "Look at `ls -l {}`; was it made with sudo? Give it back to yourself, or remove it.",
                    quoted(path)
                )
            }
            StoreError::FolderWritableByOthers { path, .. } => format!("Run `chmod 700 {}`.", quoted(path)),
            StoreError::LinkOutside { path, .. } => {
                format!("Replace the link with a file of its own: remove {}.", quoted(path))
            }
            StoreError::NotAFile { path } => format!("Move {} away.", quoted(path)),
            StoreError::TooLarge { .. } => "Look into it; something else may have written it.".to_owned(),
            StoreError::Malformed { .. } => {
                "Mend it, or sign in again: the damaged file is kept beside the new one.".to_owned()
            }
            StoreError::Unreadable { .. } | StoreError::Unwritable { .. } => {
                "Check that the folder is yours and that the disk isn't full or read-only.".to_owned()
            }
            StoreError::Shape { .. } => "The manifest's author has to mend this.".to_owned(),
            StoreError::Busy { .. } => "If no other command is running, try again.".to_owned(),
        })
    }
}

/// A path as it can be pasted into a shell.
fn quoted(path: &std::path::Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%=:,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_command_that_mends_can_be_pasted() {
        let error = StoreError::ReadableByOthers { path: "/home/a b/it's".into(), mode: 0o644 };
        assert_eq!(
            error.hint().as_deref(),
            Some(r"Run `chmod 600 '/home/a b/it'\''s'`. If others may have read it, sign in again.")
        );
        assert!(error.to_string().contains("0644"));
        assert_eq!(quoted(Path::new("/home/ada/.demo/credentials.json")), "/home/ada/.demo/credentials.json");
    }
}
