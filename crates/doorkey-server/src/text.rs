//! Texts that people make up: what may be kept, and what may be shown.

/// The longest name that a person may give to something.
pub const LONGEST_NAME: usize = 100;

/// Why a text can't be a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is nothing.
    #[error("give it a name")]
    Empty,
    /// It is longer than a person reads.
    #[error("a name has at most {LONGEST_NAME} characters")]
    TooLong,
    /// It holds what can't be seen or turns the direction of writing.
    #[error("a name may not hold control characters or marks that turn the direction of writing")]
    Disturbs,
}

/// Whether a character could disturb a log or a page: it controls, hides, or turns the direction of writing.
pub fn disturbs(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A name as a person typed it, without the spaces around it.
pub fn name(text: &str) -> Result<String, NameError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    // Counting a long text to its end would be work for nothing.
    if text.chars().take(LONGEST_NAME + 1).count() > LONGEST_NAME {
        return Err(NameError::TooLong);
    }
    if text.chars().any(disturbs) { Err(NameError::Disturbs) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_nothing_else() {
        assert_eq!(name("  CI / CD – Łódź 🚀 ").as_deref(), Ok("CI / CD – Łódź 🚀"));
        assert_eq!(name(&"x".repeat(LONGEST_NAME)).map(|name| name.len()), Ok(LONGEST_NAME));
    }

    #[test]
    fn what_could_play_tricks_is_refused() {
        assert_eq!(name(" \t"), Err(NameError::Empty));
        assert_eq!(name(&"x".repeat(10_000)), Err(NameError::TooLong));
        for text in ["CI\u{202e}gnp", "a\nb", "a\u{0}b", "a\u{200b}b", "a\u{1b}[31m"] {
            assert_eq!(name(text), Err(NameError::Disturbs), "{text:?}");
        }
    }
}
