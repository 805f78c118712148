//! The format of a sealed file: a document that only the holder of its key can read, and nobody change unnoticed.
//!
//! A JSON envelope holds what is needed to open it (where the key comes from, the nonce) and the document, sealed with
//! ChaCha20-Poly1305 (RFC 8439). What it belongs to is authenticated with it, so that the file of one product, of one
//! profile or of another place can't be passed off as another's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::key::{Key, Origin};
use crate::system::{Entropy, EntropyFailure};

/// The version of this format.
const VERSION: u32 = 1;

/// What a sealed file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner<'a> {
    /// The product.
    pub app: &'a str,
    /// The profile.
    pub profile: &'a str,
    /// The manifest's path as it is written there, so that a home folder may move.
    pub path: &'a str,
}

impl Owner<'_> {
    /// What is authenticated with the document: every part ends with a zero byte, which none of them holds.
    fn bytes(self, origin: &Origin) -> Vec<u8> {
        let parts = ["doorkey-sealed", "1", self.app, self.profile, self.path, origin.id()];
        parts.iter().flat_map(|part| part.bytes().chain([0])).collect()
    }
}

/// A sealed document, as it lies in its file.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Envelope {
    doorkey_sealed: u32,
    cipher: Cipher,
    /// Where the key comes from.
    pub key: Origin,
    nonce: String,
    sealed: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Cipher {
    #[serde(rename = "chacha20-poly1305")]
    ChaCha20Poly1305,
}

impl Envelope {
    /// Seals a document.
    pub fn seal(
        text: &[u8],
        owner: Owner<'_>,
        origin: Origin,
        key: &Key,
        entropy: &dyn Entropy,
    ) -> Result<Envelope, EntropyFailure> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce)?;
        let aad = Aad::from(owner.bytes(&origin));
        let mut sealed = text.to_vec();
        cipher(key)
            .and_then(|cipher| {
                let nonce = Nonce::assume_unique_for_key(nonce);
                cipher.seal_in_place_append_tag(nonce, aad, &mut sealed).ok()
            })
            .ok_or_else(|| EntropyFailure("the document is too large to be sealed".to_owned()))?;
        Ok(Envelope {
            doorkey_sealed: VERSION,
            cipher: Cipher::ChaCha20Poly1305,
            key: origin,
            nonce: BASE64.encode(nonce),
            sealed: BASE64.encode(sealed),
        })
    }

    /// Opens it. `None`: it was changed, or it belongs to something else.
    pub fn open(&self, owner: Owner<'_>, key: &Key) -> Option<Zeroizing<Vec<u8>>> {
        let nonce = BASE64.decode(&self.nonce).ok()?;
        let nonce = Nonce::try_assume_unique_for_key(&nonce).ok()?;
        let mut text = Zeroizing::new(BASE64.decode(&self.sealed).ok()?);
        let aad = Aad::from(owner.bytes(&self.key));
        let length = cipher(key)?.open_in_place(nonce, aad, &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }

    /// Reads an envelope. The error says what is wrong with it.
    pub fn parse(text: &[u8]) -> Result<Envelope, &'static str> {
        #[derive(Deserialize)]
        struct Versioned {
            doorkey_sealed: u32,
        }
        let versioned: Versioned = serde_json::from_slice(text).map_err(|_| "it isn't a sealed file")?;
        if versioned.doorkey_sealed != VERSION {
            return Err("it was written by a newer version of this program");
        }
        serde_json::from_slice(text).map_err(|_| "it is cut off or was edited")
    }

    /// As it is written.
    pub fn to_text(&self) -> Vec<u8> {
        // Writing JSON to memory has nothing that could fail.
        let mut text = serde_json::to_vec_pretty(self).unwrap_or_default();
        text.push(b'\n');
        text
    }
}

fn cipher(key: &Key) -> Option<LessSafeKey> {
    Some(LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key.bytes()).ok()?))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use proptest::prelude::*;

    use super::*;
    use crate::system::SystemEntropy;

    const OWNER: Owner<'_> = Owner { app: "demo", profile: "default", path: "~/.demo/credentials.json" };

    const TEXT: &[u8] = b"{\"token\": \"demo_at_secret\"}";

    fn key() -> (Origin, Key) {
        let key = Key::random(&SystemEntropy).unwrap();
        (Origin::Keyring { id: key.id() }, key)
    }

    fn sealed(text: &[u8]) -> (Envelope, Key) {
        let (origin, key) = key();
        (Envelope::seal(text, OWNER, origin, &key, &SystemEntropy).unwrap(), key)
    }

    #[test]
    fn the_envelope_says_what_is_needed_to_open_it_and_nothing_of_what_is_in_it() {
        let (envelope, key) = sealed(TEXT);
        let text = String::from_utf8(envelope.to_text()).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["doorkey_sealed"], 1);
        assert_eq!(json["cipher"], "chacha20-poly1305");
        assert_eq!(json["key"], serde_json::json!({"from": "keyring", "id": key.id()}));
        assert!(!text.contains("demo_at_secret") && !text.contains(key.to_text().expose()));
    }

    #[test]
    fn another_products_profiles_or_places_file_is_not_opened() {
        let (_, another) = key();
        let (envelope, key) = sealed(b"{}");
        assert!(envelope.open(OWNER, &key).is_some());
        let others = [
            Owner { app: "other", ..OWNER },
            Owner { profile: "work", ..OWNER },
            Owner { path: "~/.other/credentials.json", ..OWNER },
            // Moving the boundary between two parts isn't the same.
            Owner { app: "dem", profile: "o", ..OWNER },
        ];
        for owner in others {
            assert!(envelope.open(owner, &key).is_none(), "{owner:?}");
        }
        assert!(envelope.open(OWNER, &another).is_none(), "another key");
    }

    #[test]
    fn no_two_sealings_are_alike() {
        let (origin, key) = key();
        let seal = || Envelope::seal(b"{}", OWNER, origin.clone(), &key, &SystemEntropy).unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn a_later_version_says_so() {
        let (envelope, _) = sealed(b"{}");
        let text = String::from_utf8(envelope.to_text()).unwrap().replace("sealed\": 1", "sealed\": 2");
        assert!(Envelope::parse(text.as_bytes()).unwrap_err().contains("newer version"));
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_opened_again_whatever_it_is(text in proptest::collection::vec(any::<u8>(), 0..9000)) {
            let (envelope, key) = sealed(&text);
            let read = Envelope::parse(&envelope.to_text()).unwrap();
            let opened = read.open(OWNER, &key).unwrap();
            prop_assert_eq!(&*opened, &text);
        }

        #[test]
        fn one_changed_byte_is_noticed(at in any::<prop::sample::Index>(), change in 1_u8..=255) {
            let (envelope, key) = sealed(TEXT);
            let mut text = envelope.to_text();
            let at = at.index(text.len());
            text[at] ^= change;
            // White space of the envelope, and the bits of Base64 that stand for nothing, may change; what is sealed may not.
            if let Ok(changed) = Envelope::parse(&text) {
                let opened = changed.open(OWNER, &key);
                let same = opened.is_none_or(|opened| *opened == *TEXT);
                prop_assert!(same);
            }
        }

        #[test]
        fn a_cut_off_file_is_never_opened(length in any::<prop::sample::Index>()) {
            let (envelope, _) = sealed(TEXT);
            let text = envelope.to_text();
            // Without the line break at its end it is still whole.
            let cut = &text[..length.index(text.len() - 1)];
            prop_assert!(Envelope::parse(cut).is_err());
        }

        #[test]
        fn nonsense_is_an_error(text in proptest::collection::vec(any::<u8>(), 0..600)) {
            prop_assert!(Envelope::parse(&text).is_err());
        }

        #[test]
        fn nonsense_in_the_shape_of_an_envelope_is_an_error(nonce in ".{0,40}", body in ".{0,80}", id in ".{0,20}") {
            let (_, key) = key();
            let text = serde_json::json!({"doorkey_sealed": 1, "cipher": "chacha20-poly1305",
                "key": {"from": "keyring", "id": id}, "nonce": nonce, "sealed": body}).to_string();
            prop_assert!(Envelope::parse(text.as_bytes()).unwrap().open(OWNER, &key).is_none());
        }
    }
}
