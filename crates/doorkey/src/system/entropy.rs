//! Randomness for states, verifiers and salts.

use thiserror::Error;

/// Fills buffers with unpredictable bytes.
pub trait Entropy: Send + Sync {
    /// Fills all of `bytes` or fails; a shortage of randomness must never pass unnoticed.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyFailure>;
}

/// The operating system has no randomness to give.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the operating system gave no randomness: {0}")]
pub struct EntropyFailure(pub String);

/// The operating system's randomness.
#[derive(Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "this is the entropy that is passed in")]
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyFailure> {
        getrandom::fill(bytes).map_err(|error| EntropyFailure(error.to_string()))
    }
}
