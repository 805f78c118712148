//! What the product calls its options.

use super::super::{Manifest, Unit, Words};
use super::Rules;

/// The names that every command has for something of its own.
const TAKEN: [&str; 7] = ["app", "json", "verbose", "v", "help", "h", "version"];

impl Rules<'_> {
    pub(super) fn options(&mut self, manifest: &Manifest) {
        let mut seen: Vec<(&str, &str)> = Vec::new();
        for (option, words) in manifest.options.iter() {
            self.option(option, words);
            for (index, name) in words.names.iter().enumerate() {
                let place = index.to_string();
                let at = ["options", option, "names", &place];
                if !is_name(name) {
                    self.report(
                        &at,
                        format!("`{name}` can't be the name of an option"),
                        "a name is lower-case letters, digits and `-`, without the dashes before it"
                            .to_owned(),
                    );
                } else if TAKEN.contains(&name.as_str()) {
                    self.report(&at, format!("`--{name}` is an option of every command already"), None);
                } else if let Some((_, other)) = seen.iter().find(|(known, _)| known == name) {
                    self.report(&at, format!("`--{name}` means `{other}` already"), None);
                }
                seen.push((name, option));
            }
        }
    }

    fn option(&mut self, option: &str, words: &Words) {
        if words.unit != Unit::default() && !matches!(option, "timeout" | "poll_interval") {
            self.report(
                &["options", option, "unit"],
                format!("`{option}` isn't a length of time"),
                "`unit` is for `timeout` and `poll_interval`".to_owned(),
            );
        }
    }
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(plain)
}
