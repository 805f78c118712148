//! The keys of sealed files: random ones that lie in the operating system's keyring, and those made of a passphrase.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use doorkey_manifest::Secret;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::system::{Entropy, EntropyFailure};

/// Bytes of a key.
const LENGTH: usize = 32;

/// What Argon2id costs: the second recommended choice of RFC 9106, section 4 (64 MiB, three passes, four lanes).
const COST: Cost = Cost { memory_kib: 64 * 1024, passes: 3, lanes: 4 };

/// What somebody's file may ask of this machine at most: a file that was tampered with must not stop it.
const DEAREST: Cost = Cost { memory_kib: 1024 * 1024, passes: 16, lanes: 16 };

/// 256 bits that a file is sealed with.
#[derive(Clone)]
pub(super) struct Key(Zeroizing<[u8; LENGTH]>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// A new one.
    pub fn random(entropy: &dyn Entropy) -> Result<Key, EntropyFailure> {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        entropy.fill(&mut *bytes)?;
        Ok(Key(bytes))
    }

    /// As it lies in a keyring.
    pub fn to_text(&self) -> Secret {
        Secret::new(BASE64.encode(*self.0))
    }

    /// As it was written by [`to_text`](Key::to_text).
    pub fn from_text(text: &Secret) -> Option<Key> {
        let bytes = Zeroizing::new(BASE64.decode(text.expose().trim()).ok()?);
        Some(Key(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }

    /// What tells it from other keys, and nothing about it.
    pub fn id(&self) -> String {
        let hash = Sha256::new().chain_update("doorkey key id\0").chain_update(*self.0).finalize();
        BASE64.encode(hash.get(..9).unwrap_or_default())
    }

    pub fn bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }
}

/// Where the key of a sealed file comes from, as the file itself says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Origin {
    /// It is random and lies in the operating system's keyring.
    Keyring {
        /// Which key.
        id: String,
    },
    /// It is made of a passphrase.
    Passphrase {
        /// Which key.
        id: String,
        /// How it is made.
        #[serde(rename = "argon2id")]
        recipe: Recipe,
    },
}

impl Origin {
    /// Which key it is.
    pub fn id(&self) -> &str {
        match self {
            Origin::Keyring { id } | Origin::Passphrase { id, .. } => id,
        }
    }
}

/// How a key is made of a passphrase: with Argon2id, version 1.3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recipe {
    cost: Cost,
    /// Makes the same passphrase give another key elsewhere; in Base64.
    salt: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Recipe {
    /// A new one: no other file has its salt.
    pub fn new(entropy: &dyn Entropy) -> Result<Recipe, EntropyFailure> {
        let mut salt = [0; 16];
        entropy.fill(&mut salt)?;
        Ok(Recipe { cost: COST, salt: BASE64.encode(salt) })
    }

    /// The key of a passphrase. `None` when this can't be a recipe, or asks more of the machine than any that we write.
    pub fn key(&self, passphrase: &Secret) -> Option<Key> {
        let Cost { memory_kib, passes, lanes } = self.cost;
        if memory_kib > DEAREST.memory_kib || passes > DEAREST.passes || lanes > DEAREST.lanes {
            return None;
        }
        let salt = BASE64.decode(&self.salt).ok()?;
        let params = Params::new(memory_kib, passes, lanes, Some(LENGTH)).ok()?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut key = Zeroizing::new([0; LENGTH]);
        argon2.hash_password_into(passphrase.expose().as_bytes(), &salt, &mut *key).ok()?;
        Some(Key(key))
    }
}

/// The keys that a client has seen, so that a keyring is asked and a person bothered once, not at every read.
#[derive(Debug, Default)]
pub(crate) struct KnownKeys(Mutex<Vec<(Origin, Key)>>);

impl KnownKeys {
    /// The key that is named, if it was seen.
    pub(super) fn get(&self, origin: &Origin) -> Option<Key> {
        self.find(|known| known == origin).map(|(_, key)| key)
    }

    /// The key that was seen last and is of the wanted kind.
    pub(super) fn find(&self, wanted: impl Fn(&Origin) -> bool) -> Option<(Origin, Key)> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().rev().find(|(origin, _)| wanted(origin)).cloned()
    }

    pub(super) fn remember(&self, origin: &Origin, key: &Key) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(other, _)| other != origin);
        known.push((origin.clone(), key.clone()));
    }

    pub(super) fn forget(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(origin, _)| origin.id() != id);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;
    use crate::system::SystemEntropy;

    #[test]
    fn a_key_comes_back_from_a_keyring_as_it_was_and_its_id_says_nothing_of_it() {
        let key = Key::random(&SystemEntropy).unwrap();
        let again = Key::from_text(&key.to_text()).unwrap();
        assert_eq!(key.bytes(), again.bytes());
        assert_eq!((key.id(), key.id().len()), (again.id(), 12));
        assert!(!key.to_text().expose().contains(&key.id()));
        assert_eq!(format!("{key:?}"), "Key");
        for wrong in ["", "x", "AAAA", &"A".repeat(100)] {
            assert!(Key::from_text(&Secret::from(wrong)).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_passphrase_gives_the_same_key_only_with_the_same_salt() {
        let recipe = Recipe::new(&SystemEntropy).unwrap();
        let key = |recipe: &Recipe, passphrase: &str| recipe.key(&Secret::from(passphrase)).unwrap().id();
        assert_eq!(key(&recipe, "correct horse"), key(&recipe, "correct horse"));
        assert_ne!(key(&recipe, "correct horse"), key(&recipe, "correct hors"));
        assert_ne!(
            key(&recipe, "correct horse"),
            key(&Recipe::new(&SystemEntropy).unwrap(), "correct horse")
        );
    }

    #[test]
    fn a_file_cannot_ask_for_all_of_the_machine() {
        let recipe = Recipe::new(&SystemEntropy).unwrap();
        let dear = [
            Cost { memory_kib: u32::MAX, ..COST },
            Cost { passes: u32::MAX, ..COST },
            Cost { lanes: 10_000, ..COST },
            Cost { memory_kib: 0, ..COST },
            Cost { lanes: 0, ..COST },
        ];
        for cost in dear {
            let recipe = Recipe { cost, ..recipe.clone() };
            assert!(recipe.key(&Secret::from("correct horse")).is_none(), "{cost:?}");
        }
    }
}
