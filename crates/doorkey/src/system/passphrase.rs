//! Asking somebody for the passphrase of a sealed file.

use std::path::Path;

use doorkey_manifest::Secret;

/// What a passphrase is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassphraseFor {
    /// To open a file that was sealed with it.
    Opening,
    /// To seal a new file: a mistake would lock it for good, so that it is better asked twice.
    Sealing,
}

/// Asks for passphrases.
pub trait AskPassphrase: Send + Sync {
    /// The passphrase for the file at `path`. `None`: there is nobody to ask, or nothing was said.
    fn ask(&self, purpose: PassphraseFor, path: &Path) -> Option<Secret>;
}

/// Nobody is asked: the library itself has no terminal.
#[derive(Debug, Default)]
pub struct NobodyToAsk;

impl AskPassphrase for NobodyToAsk {
    fn ask(&self, _purpose: PassphraseFor, _path: &Path) -> Option<Secret> {
        None
    }
}
