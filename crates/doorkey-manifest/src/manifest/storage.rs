//! The kinds of places where a credential can be kept.

use serde::Deserialize;

/// Where a credential is kept. The names are stable: manifests, settings, variables and options use them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Storage {
    /// A plain file that only its owner can read.
    #[default]
    File,
    /// A sealed file whose key is in the operating system's keyring.
    Keyring,
    /// A sealed file whose key is made of a passphrase.
    Encrypted,
    /// The machine's memory: gone when it restarts.
    Memory,
    /// Another program, such as a password manager.
    Command,
}

impl Storage {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::File, Self::Keyring, Self::Encrypted, Self::Memory, Self::Command];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Keyring => "keyring",
            Self::Encrypted => "encrypted",
            Self::Memory => "memory",
            Self::Command => "command",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_one_name_in_manifests_and_everywhere_else() {
        for kind in Storage::ALL {
            let written: Result<Storage, _> = serde_json::from_value(kind.name().into());
            assert_eq!((written.ok(), Storage::named(kind.name())), (Some(kind), Some(kind)));
        }
        assert_eq!(Storage::named("Keyring"), None);
    }
}
