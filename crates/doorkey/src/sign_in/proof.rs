//! The random strings of a sign-in: what comes back unchanged, and what proves who started it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorkey_manifest::Secret;
use sha2::{Digest as _, Sha256};

use crate::system::{Entropy, EntropyFailure};

/// 256 random bits as 43 characters that need no escaping: a `state`, or a `code_verifier` (RFC 7636, section 4.1).
pub(super) fn random(entropy: &dyn Entropy) -> Result<Secret, EntropyFailure> {
    let mut bytes = zeroize::Zeroizing::new([0_u8; 32]);
    entropy.fill(&mut *bytes)?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(*bytes)))
}

/// The `code_challenge` of a verifier: S256 (RFC 7636, section 4.2).
pub(super) fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose().as_bytes()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;
    use crate::system::SystemEntropy;

    #[test]
    fn the_challenge_is_the_one_of_rfc_7636_appendix_b() {
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_verifier_has_the_length_and_the_letters_of_rfc_7636() {
        let one = random(&SystemEntropy).unwrap();
        assert_eq!(one.expose().len(), 43);
        assert!(one.expose().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert_ne!(one, random(&SystemEntropy).unwrap());
    }
}
