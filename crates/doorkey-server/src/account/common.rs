//! Passwords that everybody tries first. Only those that would be long enough otherwise.

/// In lower case; the comparison ignores case.
const COMMON: &[&str] = &[
    "00000000", "11111111", "12121212", "12341234", "12344321", "123123123", "1234567890", "12345678", "123456789",
    "123456789a", "12345678910", "1234qwer", "147258369", "1q2w3e4r", "1q2w3e4r5t", "1qaz2wsx", "1qazxsw2", "22222222",
    "55555555", "66666666", "77777777", "87654321", "88888888", "987654321", "9876543210", "99999999", "a1b2c3d4",
    "a1234567", "a12345678", "aa123456", "aaaaaaaa", "abc12345", "abcd1234", "abcdefgh", "abcdefghi", "access14",
    "admin123", "admin1234", "administrator", "alexander", "arsenal1", "asdasdasd", "asdf1234", "asdfasdf", "asdfghjk",
    "asdfghjkl", "baseball", "basketball", "bismillah", "blink182", "butterfly", "caroline", "changeme", "charlie1",
    "chocolate", "christian", "computer", "corvette", "creative", "danielle", "diamond1", "dolphins", "drowssap",
    "einstein", "elephant", "fernando", "football", "football1", "freedom1", "garfield", "gateway1", "hello123",
    "hellokitty", "iloveyou", "iloveyou1", "internet", "jennifer", "jessica1", "jonathan", "jordan23", "katherine",
    "killer123", "letmein1", "letmein123", "liverpool", "login123", "lovelove", "manchester", "mercedes", "michael1",
    "michelle", "midnight", "minecraft", "monkey123", "mustang1", "newcastle", "nicholas", "p@ssw0rd", "pa$$w0rd",
    "passw0rd", "password", "password1", "password12", "password123", "password1234", "password!", "patricia",
    "pineapple", "pokemon1", "princess", "princess1", "q1w2e3r4", "q1w2e3r4t5", "qazwsxedc", "qwer1234", "qwerasdf",
    "qwerty12", "qwerty123", "qwerty1234", "qwertyui", "qwertyuiop", "rootroot", "samantha", "scorpion", "secret123",
    "serenity", "starwars", "startrek", "steelers", "summer2025", "summer2026", "sunshine", "sunshine1", "superman",
    "superman1", "test1234", "testtest", "trustno1", "veronica", "victoria", "welcome1", "welcome123", "whatever",
    "whatever1", "winter2025", "winter2026", "zaq12wsx", "zaq1zaq1", "zxcvbnm1", "zxcvbnm123",
];

/// Whether `password` is one of those, or one character over and over.
pub(super) fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    let mut characters = lower.chars();
    let first = characters.next();
    characters.all(|c| Some(c) == first) || COMMON.contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_guesses_are_refused_in_any_case() {
        assert!(is_common("password") && is_common("PassWord1") && is_common("zzzzzzzzzzzz"));
        assert!(!is_common("correct horse battery staple"));
    }

    #[test]
    fn the_list_has_only_what_could_be_chosen() {
        assert!(COMMON.len() > 100);
        assert!(COMMON.iter().all(|p| p.len() >= 8 && p.to_lowercase() == **p));
    }
}
