//! What happens to files: they are cut, flipped, repeated, nested beyond reason, and filled with what no editor would show.

/// One change: what kind, where, and how much.
pub type Change = (u8, u32, u32);

/// How deep nothing that anybody means is nested.
pub const DEEP: usize = 10_000;

/// Numbers that no number holds.
const NUMBERS: [&[u8]; 4] = [b"1e999999", b"-9223372036854775809", b"99999999999999999999999999", b"1e-400"];

/// The document after all the changes. The same changes make the same document.
pub fn mangle(document: &[u8], changes: &[Change]) -> Vec<u8> {
    changes.iter().fold(document.to_vec(), |document, change| changed(document, *change))
}

fn changed(mut document: Vec<u8>, (kind, place, amount): Change) -> Vec<u8> {
    let length = document.len();
    let at = if length == 0 { 0 } else { usize::try_from(place).unwrap_or(0) % length };
    let amount = usize::try_from(amount).unwrap_or(0);
    let until = (at + 1 + amount % 64).min(length);
    let mut put = |bytes: &[u8]| {
        document.splice(at..at, bytes.iter().copied());
    };
    match kind % 16 {
        // A bit, the end, a piece, a piece twice, a piece often.
        0 => document.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << (amount % 8)),
        1 => document.truncate(at),
        2 => drop(document.drain(at..until)),
        3 => document.extend_from_within(at..until),
        4 => {
            let piece = document.get(at..until).unwrap_or_default().to_vec();
            document.splice(at..at, piece.repeat(1 + amount % 50));
        }
        // What isn't text, and what is text and shouldn't be there.
        5 => put(b"\0"),
        6 => put(&[0xff, 0xfe, 0xc0]),
        7 => drop(document.splice(0..0, *b"\xef\xbb\xbf")),
        8 => put(b"\\ud800"),
        9 => put(b"\x1b[2J\r"),
        // Numbers.
        10 => put(NUMBERS[amount % NUMBERS.len()]),
        // Deep, by the means of JSON, of TOML and of templates.
        11 => put(&b"[".repeat(DEEP)),
        12 => put(&b"{\"a\":".repeat(DEEP)),
        13 => put([&b"{a="[..], b"a."][amount % 2].repeat(DEEP).as_slice()),
        14 => put([&b"{"[..], b"}", b"{user.", b"{token:first(", b"$each", b"|'"][amount % 6]),
        // Two pieces change places.
        _ => {
            let other = if length == 0 { 0 } else { amount % length };
            if length > 0 {
                document.swap(at, other);
            }
        }
    }
    document
}

#[cfg(test)]
mod tests {
    use super::{DEEP, mangle};

    #[test]
    fn every_kind_of_change_changes_something_and_none_needs_something_to_be_there() {
        for kind in 0..16 {
            let _ = mangle(b"", &[(kind, 7, 3)]);
            let changed = mangle(b"{\"token\": \"abcdefgh\"}", &[(kind, 3, 9)]);
            assert_ne!(changed, b"{\"token\": \"abcdefgh\"}", "{kind}");
        }
        assert!(mangle(b"{}", &[(11, 0, 0)]).len() > DEEP);
    }
}
