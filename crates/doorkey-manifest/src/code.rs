//! Codes that people read aloud, type or compare (RFC 8628, section 6.1).
//!
//! Twenty consonants: no vowels, so that no word comes out, and nothing that looks like something else.

use sha2::{Digest as _, Sha256};

const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;
/// The largest multiple of 20 that fits a byte.
const UNBIASED: u8 = 240;

/// A new user code such as `BCDF-GHJK` (34.5 bits). `fill` fills a buffer with random bytes; it may be asked more
/// than once.
pub fn user_code(mut fill: impl FnMut(&mut [u8])) -> String {
    let mut letters = [0; LENGTH];
    let mut count = 0;
    let mut bytes = [0; 16];
    while count < LENGTH {
        fill(&mut bytes);
        for byte in bytes.into_iter().filter(|byte| *byte < UNBIASED).take(LENGTH - count) {
            letters[count] = ALPHABET[usize::from(byte % 20)];
            count += 1;
        }
    }
    grouped(letters)
}

/// What a person typed, as the code it stands for: any case, any spaces and punctuation. `None` when it can't be a
/// user code.
pub fn normalize(typed: &str) -> Option<String> {
    let mut letters = [0; LENGTH];
    let mut count = 0;
    for letter in typed.chars().filter(|letter| letter.is_alphanumeric()) {
        let letter =
            u8::try_from(letter.to_ascii_uppercase()).ok().filter(|letter| ALPHABET.contains(letter))?;
        *letters.get_mut(count)? = letter;
        count += 1;
    }
    (count == LENGTH).then(|| grouped(letters))
}

/// The code that terminal and page both show where a sign-in has no user code, so that a person can compare them.
///
/// It is derived from what both sides know: the `code_challenge` at a loopback sign-in, the session code that polls
/// where there is one. It proves nothing and is no secret.
pub fn comparison(seed: &str) -> String {
    let digest = Sha256::digest(seed.as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    let mut rest = u64::from_be_bytes(bytes);
    let mut letters = [0; LENGTH];
    for letter in &mut letters {
        *letter = ALPHABET[(rest % 20) as usize];
        rest /= 20;
    }
    grouped(letters)
}

fn grouped(letters: [u8; LENGTH]) -> String {
    let mut code = String::with_capacity(LENGTH + 1);
    for (index, letter) in letters.iter().enumerate() {
        if index == LENGTH / 2 {
            code.push('-');
        }
        code.push(char::from(*letter));
    }
    code
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{comparison, normalize, user_code};

    #[test]
    fn people_may_type_a_code_as_they_like() {
        for typed in ["BCDF-GHJK", "bcdfghjk", " bcdf ghjk ", "b.c.d.f_g.h.j.k", "BCDF–GHJK"] {
            assert_eq!(normalize(typed).as_deref(), Some("BCDF-GHJK"), "{typed}");
        }
        for typed in ["", "BCDF-GHJ", "BCDF-GHJKL", "ABCD-FGHJ", "BCDF-GHJ1", "BCDF-GHJÉ"] {
            assert_eq!(normalize(typed), None, "{typed}");
        }
    }

    #[test]
    fn both_sides_show_the_same_code_to_compare() {
        assert_eq!(
            comparison("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            comparison("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
        );
        assert_ne!(comparison("a"), comparison("b"));
        insta::assert_snapshot!(comparison("doorkey"), @"TRHQ-MXFQ");
    }

    proptest! {
        #[test]
        fn a_user_code_is_what_normalizing_makes_of_it(seed in any::<u64>()) {
            let mut state = seed;
            let code = user_code(|bytes| for byte in bytes {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                *byte = state.to_be_bytes()[0];
            });
            prop_assert_eq!(normalize(&code), Some(code.clone()));
            prop_assert_eq!(normalize(&code.to_lowercase().replace('-', " ")), Some(code));
        }

        #[test]
        fn a_comparison_code_looks_like_a_user_code(seed in any::<String>()) {
            let code = comparison(&seed);
            prop_assert_eq!(normalize(&code), Some(code.clone()));
        }

        #[test]
        fn nothing_that_is_typed_makes_it_panic(typed in any::<String>()) {
            let _ = normalize(&typed);
        }
    }
}
