//! The random strings of a sign-in: what comes back unchanged, and what proves who started it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorkey_manifest::Secret;
use doorkey_manifest::manifest::StateForm;
use sha2::{Digest as _, Sha256};

use crate::system::{Entropy, EntropyFailure};

/// 256 random bits as 43 characters that need no escaping: a `state`, or a `code_verifier` (RFC 7636, section 4.1).
pub(super) fn random(entropy: &dyn Entropy) -> Result<Secret, EntropyFailure> {
    let mut bytes = zeroize::Zeroizing::new([0_u8; 32]);
    entropy.fill(&mut *bytes)?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(*bytes)))
}

/// A `state` in the form that the product's server takes.
pub(super) fn state(entropy: &dyn Entropy, form: StateForm) -> Result<Secret, EntropyFailure> {
    if form == StateForm::Base64url {
        return random(entropy);
    }
    let mut bytes = zeroize::Zeroizing::new([0_u8; 32]);
    entropy.fill(&mut *bytes)?;
    let hex = |bytes: &[u8]| {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect::<String>()
    };
    Ok(Secret::new(match form {
        StateForm::Base64url | StateForm::Hex => hex(&*bytes),
        StateForm::Uuid => {
            // RFC 9562, section 5.4: version 4, variant 10.
            bytes[6] = (bytes[6] & 0x0f) | 0x40;
            bytes[8] = (bytes[8] & 0x3f) | 0x80;
            let part = |from: usize, to: usize| hex(&bytes[from..to]);
            [part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 16)].join("-")
        }
    }))
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
    fn a_state_has_the_form_that_the_manifest_asks_for() {
        let state = |form| state(&SystemEntropy, form).unwrap().expose().to_owned();
        assert_eq!(state(StateForm::Base64url).len(), 43);
        let hex = state(StateForm::Hex);
        assert!(hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()), "{hex}");
        let uuid = state(StateForm::Uuid);
        let dashes: Vec<_> = uuid.match_indices('-').map(|(at, _)| at).collect();
        assert_eq!((uuid.len(), dashes), (36, vec![8, 13, 18, 23]), "{uuid}");
        assert_eq!(&uuid[14..15], "4");
        assert!("89ab".contains(&uuid[19..20]), "{uuid}");
    }

    #[test]
    fn a_verifier_has_the_length_and_the_letters_of_rfc_7636() {
        let one = random(&SystemEntropy).unwrap();
        assert_eq!(one.expose().len(), 43);
        assert!(one.expose().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert_ne!(one, random(&SystemEntropy).unwrap());
    }
}
