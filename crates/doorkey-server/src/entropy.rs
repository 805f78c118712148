//! Randomness, as something that is passed in: a test can say what will be drawn.

use std::{fmt::Debug, sync::Mutex};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorkey_manifest::Secret;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The source of everything that must not be guessed.
pub trait Entropy: Debug + Send + Sync {
    /// Fills `bytes` with random ones.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    #[expect(clippy::disallowed_methods, reason = "this is the entropy that is passed in")]
    #[expect(
        clippy::expect_used,
        reason = "without randomness nothing that this service does is safe; it must stop"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives randomness");
    }
}

/// Bytes that follow from a seed: the same seed draws the same bytes. For tests only.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: [u8; 32],
    drawn: Mutex<u64>,
}

impl SeededEntropy {
    /// A source that draws what follows from `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed: Sha256::digest(seed.to_be_bytes()).into(), drawn: Mutex::new(0) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut drawn = self.drawn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for chunk in bytes.chunks_mut(32) {
            let block = Sha256::new().chain_update(self.seed).chain_update(drawn.to_be_bytes()).finalize();
            *drawn += 1;
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

/// A fresh secret of 256 bits, written with letters that any URL, form or cookie carries as they are.
pub(crate) fn random_secret(entropy: &dyn Entropy) -> Secret {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    entropy.fill(bytes.as_mut());
    Secret::new(URL_SAFE_NO_PAD.encode(bytes.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_goes_on() {
        let (one, two) = (SeededEntropy::new(7), SeededEntropy::new(7));
        let first = random_secret(&one);
        assert_eq!(first.expose(), random_secret(&two).expose());
        assert_ne!(first.expose(), random_secret(&one).expose());
        assert_ne!(first.expose(), random_secret(&SeededEntropy::new(8)).expose());
    }

    #[test]
    fn a_secret_has_256_bits_and_needs_no_escaping() {
        let secret = random_secret(&OsEntropy);
        assert_eq!(secret.expose().len(), 43);
        assert!(secret.expose().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
    }
}
