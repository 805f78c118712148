//! What can be wrong with the place where credentials are kept.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use doorkey_manifest::manifest::Storage;
use thiserror::Error;

use crate::system::{EntropyFailure, KeyringFailure};

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
    /// There is a token in it, and what stands beside that isn't what the product writes.
    #[error("The credentials file {} holds a token, and something beside it isn't as it should be.", path.display())]
    Misshapen {
        /// The file.
        path: PathBuf,
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
    /// Somebody asked for a kind of place that doesn't exist.
    #[error("`{given}`, which {said_by} says, is no kind of storage.")]
    UnknownKind {
        /// What was asked for.
        given: String,
        /// Who asked for it.
        said_by: String,
    },
    /// The operating system's keyring can't be used.
    #[error("The operating system's keyring can't be used: {why}.")]
    KeyringUnavailable {
        /// Why.
        #[from]
        why: KeyringFailure,
    },
    /// The key that a file was sealed with isn't in the keyring.
    #[error("The sealed file {} can't be opened: its key isn't in the operating system's keyring any more.", path.display())]
    KeyLost {
        /// The file.
        path: PathBuf,
    },
    /// Nobody says the passphrase.
    #[error("The sealed file {} takes a passphrase, and there is none.", path.display())]
    PassphraseNeeded {
        /// The file.
        path: PathBuf,
    },
    /// Another passphrase than the one that a file was sealed with.
    #[error("The sealed file {} was sealed with another passphrase.", path.display())]
    WrongPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// A sealed file was changed, cut off or exchanged.
    #[error("The sealed file {} can't be opened: {why}.", path.display())]
    SealDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It can't be sealed without randomness.
    #[error("The credential can't be sealed.")]
    Entropy(#[from] EntropyFailure),
    /// There is no file system in memory.
    #[error("There is no place in this machine's memory for a credential.")]
    NoMemory,
    /// No program is named that keeps the credential.
    #[error("The credential is to be kept by another program, and none is named.")]
    NoCommand,
    /// The program that keeps the credential doesn't do it.
    #[error("`{} {verb}` failed: {why}.", program.display())]
    CommandFailed {
        /// The program.
        program: PathBuf,
        /// What it was asked to do.
        verb: &'static str,
        /// What went wrong.
        why: String,
    },
    /// What was written isn't there.
    #[error("What was written to {} wasn't kept there.", path.display())]
    NotKept {
        /// Where it was written.
        path: PathBuf,
    },
    /// A credential is to be moved, and there is none.
    #[error("There is no credential to move.")]
    NothingToMove,
}

impl StoreError {
    /// Whether something is there and can never be understood, so that a new credential may take its place.
    pub(super) fn is_damage(&self) -> bool {
        matches!(
            self,
            StoreError::Malformed { .. } | StoreError::SealDamaged { .. } | StoreError::KeyLost { .. }
        )
    }

    /// Whether something is there that can't be opened here and now. It can still be removed.
    pub(crate) fn is_shut(&self) -> bool {
        matches!(
            self,
            StoreError::SealDamaged { .. }
                | StoreError::KeyLost { .. }
                | StoreError::KeyringUnavailable { .. }
                | StoreError::PassphraseNeeded { .. }
                | StoreError::WrongPassphrase { .. }
        )
    }

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
            StoreError::Misshapen { .. } => "store.misshapen",
            StoreError::Unwritable { .. } => "store.unwritable",
            StoreError::Shape { .. } => "store.shape",
            StoreError::Busy { .. } => "store.busy",
            StoreError::UnknownKind { .. } => "store.unknown_kind",
            StoreError::KeyringUnavailable { .. } => "store.keyring_unavailable",
            StoreError::KeyLost { .. } => "store.key_lost",
            StoreError::PassphraseNeeded { .. } => "store.passphrase_needed",
            StoreError::WrongPassphrase { .. } => "store.wrong_passphrase",
            StoreError::SealDamaged { .. } => "store.seal_damaged",
            StoreError::Entropy(_) => "system.entropy",
            StoreError::NoMemory => "store.no_memory",
            StoreError::NoCommand => "store.no_command",
            StoreError::CommandFailed { .. } => "store.command_failed",
            StoreError::NotKept { .. } => "store.not_kept",
            StoreError::NothingToMove => "store.nothing_to_move",
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
            StoreError::Malformed { .. } | StoreError::Misshapen { .. } => {
                "Mend it, or sign in again: the damaged file is kept beside the new one.".to_owned()
            }
            StoreError::Unreadable { .. } | StoreError::Unwritable { .. } => {
                "Check that the folder is yours and that the disk isn't full or read-only.".to_owned()
            }
            StoreError::Shape { .. } => "The manifest's author has to mend this.".to_owned(),
            StoreError::Busy { .. } => "If no other command is running, try again.".to_owned(),
            StoreError::UnknownKind { .. } => {
                let kinds: Vec<_> = Storage::ALL.into_iter().map(Storage::name).collect();
                format!("There are: {}.", kinds.join(", "))
            }
            StoreError::KeyringUnavailable { why } => hint_for_keyring(why),
            StoreError::KeyLost { .. } => {
                "Unlock the keyring that it was sealed with, or sign out and in again.".to_owned()
            }
            StoreError::PassphraseNeeded { .. } => {
                "Set DOORKEY_PASSPHRASE_FILE to a file that holds it, or DOORKEY_PASSPHRASE, or run this at a terminal."
                    .to_owned()
            }
            StoreError::WrongPassphrase { .. } => {
                "Try again with the right one. If it is lost, sign out and in again.".to_owned()
            }
            StoreError::SealDamaged { .. } => {
                "Sign in again: the damaged file is kept beside the new one.".to_owned()
            }
            StoreError::NoMemory => {
                "It takes a tmpfs at $XDG_RUNTIME_DIR or /dev/shm. Choose another kind with `--storage`.".to_owned()
            }
            StoreError::NoCommand => "Set DOORKEY_STORAGE_COMMAND to the program's path.".to_owned(),
            StoreError::CommandFailed { program, verb, .. } => {
                format!("Run `{} {verb} APP default` by hand to see what it needs.", quoted(program))
            }
            StoreError::NotKept { .. } => "Choose another kind with `--storage`.".to_owned(),
            StoreError::NothingToMove => "Sign in first; `login --storage KIND` says where to.".to_owned(),
            StoreError::Entropy(_) => return None,
        })
    }
}

/// What to do about a keyring depends on what is wrong with it.
fn hint_for_keyring(why: &KeyringFailure) -> String {
    let first = match why {
        KeyringFailure::Locked => "Unlock it and run this again, or sign",
        KeyringFailure::TimedOut(_) => {
            "It may be waiting to be unlocked: unlock it and run this again, or sign"
        }
        _ => "Sign",
    };
    format!(
        "{first} in with `login --storage encrypted` (a passphrase), or with `login --insecure-storage` (a plain file)."
    )
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
