//! What a token looks like: `<prefix><random><checksum>`.
//!
//! The random part is 30 base62 characters (178 bits), the checksum is the CRC-32 (IEEE) of the random part in six
//! base62 characters. So a mistyped or truncated token is refused without asking anybody, and a scanner that finds
//! one in a repository can tell it from noise.

use crate::Secret;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM_LENGTH: usize = 30;
const CHECKSUM_LENGTH: usize = 6;
/// The largest multiple of 62 that fits a byte: bytes from here on are thrown away, so that every character is as
/// likely as any other.
const UNBIASED: u8 = 248;

/// The format of one kind of token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFormat {
    prefix: String,
}

/// Why a string can't be a token of the format. It never contains the string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenProblem {
    /// It doesn't begin with the prefix.
    #[error("the token doesn't begin with the expected prefix")]
    Prefix,
    /// It is too short or too long.
    #[error("the token isn't complete, or something was added to it")]
    Length,
    /// It has characters that no token has.
    #[error("the token has characters that can't be part of it")]
    Alphabet,
    /// It was changed or mistyped.
    #[error("the token was mistyped: its checksum doesn't fit")]
    Checksum,
}

impl TokenFormat {
    /// The format with this prefix, such as `demo_at_`.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into() }
    }

    /// What every token of this format begins with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Makes a new token. `fill` fills a buffer with random bytes; it may be asked more than once.
    pub fn from_entropy(&self, mut fill: impl FnMut(&mut [u8])) -> Secret {
        let mut token = String::with_capacity(self.prefix.len() + RANDOM_LENGTH + CHECKSUM_LENGTH);
        token.push_str(&self.prefix);
        let end = token.len() + RANDOM_LENGTH;
        let mut bytes = [0; 40];
        while token.len() < end {
            fill(&mut bytes);
            let missing = end - token.len();
            let usable = bytes.iter().filter(|byte| **byte < UNBIASED).take(missing);
            token.extend(usable.map(|byte| char::from(ALPHABET[usize::from(byte % 62)])));
        }
        zeroize::Zeroize::zeroize(&mut bytes);
        let checksum = checksum(&token.as_bytes()[self.prefix.len()..]);
        token.extend(checksum.map(char::from));
        Secret::new(token)
    }

    /// Whether a string can be a token of this format; needs neither server nor database.
    pub fn check(&self, token: &str) -> Result<(), TokenProblem> {
        let rest = token.strip_prefix(&self.prefix).ok_or(TokenProblem::Prefix)?.as_bytes();
        if !rest.iter().all(u8::is_ascii_alphanumeric) {
            return Err(TokenProblem::Alphabet);
        }
        if rest.len() != RANDOM_LENGTH + CHECKSUM_LENGTH {
            return Err(TokenProblem::Length);
        }
        let (random, found) = rest.split_at(RANDOM_LENGTH);
        if checksum(random) == *found { Ok(()) } else { Err(TokenProblem::Checksum) }
    }
}

/// CRC-32 of the random part in six base62 digits, padded with zeros on the left.
fn checksum(random: &[u8]) -> [u8; CHECKSUM_LENGTH] {
    let mut rest = crc32fast::hash(random);
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    digits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{TokenFormat, TokenProblem, checksum};

    // Split, so that scanners which know this format don't take the vectors for leaked tokens.
    const VECTORS: [(&str, &str); 4] = [
        (concat!("zQWBuTSOoRi4A9s", "pHcVY5ncnsDkxkJ"), concat!("0mL", "q17")),
        (concat!("adE7dp8rHP6gUTu", "PwxLTZjZdtya3sV"), concat!("0UQ", "zQM")),
        (concat!("H3xbiBdlzffNx7Y", "56iNsPw3joObj7U"), concat!("2nO", "29h")),
        (concat!("AAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAA"), concat!("0uC", "Plr")),
    ];

    #[test]
    fn the_checksum_is_the_one_that_others_compute() {
        for (random, expected) in VECTORS {
            assert_eq!(checksum(random.as_bytes()), *expected.as_bytes());
            let token = format!("demo_at_{random}{expected}");
            assert_eq!(TokenFormat::new("demo_at_").check(&token), Ok(()));
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let format = TokenFormat::new("demo_at_");
        let good = format!("demo_at_{}{}", VECTORS[0].0, VECTORS[0].1);
        assert_eq!(format.check("other_at_x"), Err(TokenProblem::Prefix));
        assert_eq!(format.check(&good[..good.len() - 1]), Err(TokenProblem::Length));
        assert_eq!(format.check(&format!("{good}x")), Err(TokenProblem::Length));
        assert_eq!(format.check(&format!("{good}\n")), Err(TokenProblem::Alphabet));
        assert_eq!(format.check(&good.replace('z', "y")), Err(TokenProblem::Checksum));
        assert_eq!(format.check("demo_at_é"), Err(TokenProblem::Alphabet));
    }

    #[test]
    fn bytes_that_would_favour_some_characters_are_thrown_away() {
        let mut calls = 0;
        let token = TokenFormat::new("x_").from_entropy(|bytes| {
            calls += 1;
            bytes.fill(if calls == 1 { 255 } else { 61 });
        });
        assert_eq!(calls, 2);
        assert!(token.expose().starts_with(&format!("x_{}", "z".repeat(30))));
    }

    proptest! {
        #[test]
        fn every_new_token_passes_its_own_check(seed in any::<[u8; 40]>()) {
            let format = TokenFormat::new("demo_rt_");
            let mut counter = 0_u8;
            let token = format.from_entropy(|bytes| {
                for (byte, seed) in bytes.iter_mut().zip(seed) {
                    *byte = seed.wrapping_add(counter);
                }
                counter = counter.wrapping_add(7);
            });
            prop_assert_eq!(token.expose().len(), "demo_rt_".len() + 36);
            prop_assert_eq!(format.check(token.expose()), Ok(()));
        }

        #[test]
        fn one_changed_character_is_noticed(place in 0_usize..36, replacement in "[0-9A-Za-z]") {
            let format = TokenFormat::new("demo_at_");
            let good = format!("demo_at_{}{}", VECTORS[1].0, VECTORS[1].1);
            let mut changed = good.clone();
            changed.replace_range(8 + place..=8 + place, &replacement);
            prop_assert_eq!(format.check(&changed).is_ok(), changed == good);
        }

        #[test]
        fn no_input_makes_the_check_panic(input in any::<String>()) {
            let _ = TokenFormat::new("demo_at_").check(&input);
        }
    }
}
