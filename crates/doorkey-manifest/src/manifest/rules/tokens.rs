//! What the product's tokens look like.

use super::super::{ActsAs, Manifest, Offered, Token};
use super::Rules;

/// A prefix, the keys that lead to it, and what has it.
struct Prefix<'a> {
    at: Vec<&'a str>,
    owner: String,
    text: &'a str,
}

impl Rules<'_> {
    pub(super) fn tokens(&mut self, manifest: &Manifest) {
        let mut all: Vec<Prefix<'_>> = Vec::new();
        for (kind, token) in manifest.tokens.iter() {
            self.lifetimes(kind, token);
            self.kinds(kind, token);
            for prefix in prefixes(kind, token) {
                self.prefix(manifest, &prefix, &all);
                all.push(prefix);
            }
        }
    }

    /// A prefix by itself and beside those before it.
    fn prefix(&mut self, manifest: &Manifest, new: &Prefix<'_>, others: &[Prefix<'_>]) {
        let Prefix { at, text: prefix, .. } = new;
        let plain = prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if prefix.is_empty() || !prefix.ends_with('_') || !plain {
            self.report(
                at,
                format!("`{prefix}` can't be a token's prefix"),
                format!(
                    "a prefix is letters, digits and `_` and ends in `_`, such as `{}_`",
                    manifest.app.name
                ),
            );
        }
        let help = "give each kind a prefix of its own, so that a token says what it is".to_owned();
        for other in others.iter().filter(|other| !other.text.is_empty() && !prefix.is_empty()) {
            if other.text == *prefix {
                self.report(
                    at,
                    format!("`{prefix}` is the prefix of `{}` already", other.owner),
                    help.clone(),
                );
            } else if prefix.starts_with(other.text) {
                self.report(
                    at,
                    format!("`{prefix}` begins with `{}`, the prefix of `{}`", other.text, other.owner),
                    help.clone(),
                );
            } else if other.text.starts_with(prefix) {
                self.report(
                    at,
                    format!("`{}`, the prefix of `{}`, begins with `{prefix}`", other.text, other.owner),
                    help.clone(),
                );
            }
        }
    }

    fn lifetimes(&mut self, kind: &str, token: &Token) {
        let chosen = [("longest", token.longest.is_some()), ("default", token.default.is_some())];
        for (key, _) in chosen.into_iter().filter(|(_, said)| *said && !is_made_by_people(kind)) {
            self.report(
                &["tokens", kind, key],
                format!("nobody chooses how long a token of the kind `{kind}` lives"),
                "`longest` and `default` are for `personal` and `api_key`; here it is `lifetime`".to_owned(),
            );
        }
        let too_long =
            |(longest, default): (_, Offered)| default.period().is_none_or(|first| first > longest);
        if token.longest.zip(token.default).is_some_and(too_long) {
            self.report(
                &["tokens", kind, "default"],
                "what is offered first is longer than what may be chosen",
                "`default` is at most `longest`".to_owned(),
            );
        }
    }

    fn kinds(&mut self, kind: &str, token: &Token) {
        if token.acts_as == ActsAs::Person && kind != "api_key" {
            self.report(
                &["tokens", kind, "acts_as"],
                format!("nobody says for whom a token of the kind `{kind}` acts"),
                "`acts_as` is for `api_key`; every other token is one person's".to_owned(),
            );
        }
        if token.kinds.is_empty() {
            return;
        }
        if kind != "api_key" {
            self.report(
                &["tokens", kind, "kinds"],
                format!("`{kind}` has no kinds"),
                "kinds with prefixes of their own are for `api_key`".to_owned(),
            );
            return;
        }
        for name in token.kinds.keys() {
            let plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
            if name.is_empty() || !name.bytes().all(plain) {
                self.report(
                    &["tokens", kind, "kinds", name],
                    format!("`{name}` can't be the name of a kind of keys"),
                    "a name is lower-case letters, digits, `-` and `_`, such as `live`".to_owned(),
                );
            }
        }
        if !token.kinds.iter().any(|(_, prefix)| *prefix == token.prefix) {
            let known: Vec<_> = token.kinds.iter().map(|(_, prefix)| format!("`{prefix}`")).collect();
            self.report(
                &["tokens", kind, "prefix"],
                format!("`{}` isn't the prefix of any of the kinds", token.prefix),
                format!("say the one that is made when none is asked for: {}", known.join(" or ")),
            );
        }
    }
}

/// Whether people make such tokens on a page and choose how long they live.
fn is_made_by_people(kind: &str) -> bool {
    matches!(kind, "personal" | "api_key")
}

/// What tokens of this kind begin with: the prefixes of its kinds, or its own.
fn prefixes<'a>(kind: &'a str, token: &'a Token) -> Vec<Prefix<'a>> {
    if token.kinds.is_empty() || kind != "api_key" {
        let at = vec!["tokens", kind, "prefix"];
        return vec![Prefix { at, owner: kind.to_owned(), text: &token.prefix }];
    }
    let kinds = token.kinds.iter().map(|(name, prefix)| Prefix {
        at: vec!["tokens", kind, "kinds", name],
        owner: format!("{kind}.{name}"),
        text: prefix,
    });
    kinds.collect()
}
