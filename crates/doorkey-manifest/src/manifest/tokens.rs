//! What the product's tokens look like and how long they live.

use serde::Deserialize;

use super::period::Period;
use crate::token::{TokenFormat, TokenProblem};

/// What the product's tokens look like and how long they live, by kind.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Tokens {
    /// Short-lived, sent with every request.
    pub access: Option<Token>,
    /// Exchanged for a new access token, and replaced each time.
    pub refresh: Option<Token>,
    /// A long-lived key that signing in creates.
    pub api_key: Option<Token>,
    /// A long-lived token that a person makes on a web page and pastes.
    pub personal: Option<Token>,
    /// For someone who hasn't signed in.
    pub anonymous: Option<Token>,
}

impl Tokens {
    /// The kinds that the product has, with their names in the manifest.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Token)> {
        [
            ("access", &self.access),
            ("refresh", &self.refresh),
            ("api_key", &self.api_key),
            ("personal", &self.personal),
            ("anonymous", &self.anonymous),
        ]
        .into_iter()
        .filter_map(|(name, token)| token.as_ref().map(|token| (name, token)))
    }

    /// Whether a string can be a credential of this product, as far as that can be told without asking its server.
    /// Of several kinds' complaints it reports the one of the kind that came closest. A manifest that describes no
    /// tokens takes every string.
    pub fn check_credential(&self, token: &str) -> Result<(), TokenProblem> {
        let mut closest = None;
        for (_, kind) in self.iter().filter(|(name, _)| *name != "refresh") {
            match kind.check(token) {
                Ok(()) => return Ok(()),
                Err(problem) if closest.is_none() || closest == Some(TokenProblem::Prefix) => {
                    closest = Some(problem);
                }
                Err(_) => {}
            }
        }
        closest.map_or(Ok(()), Err)
    }
}

/// One kind of token: `<prefix><30 random characters><6 characters of checksum>`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// What every token of this kind begins with. Ends in `_`.
    pub prefix: String,
    /// How long it is good for, whatever happens. Without it: until it is revoked.
    #[serde(default)]
    pub lifetime: Option<Period>,
    /// How long it is good for when it isn't used.
    #[serde(default)]
    pub idle: Option<Period>,
    /// Other prefixes that the command takes without looking at what follows: keys of another age or another make.
    #[serde(default)]
    pub also: Vec<String>,
    /// Whether the command insists on the checksum. `false` where people hold tokens that were made without one.
    #[serde(default = "yes")]
    pub checksum: bool,
}

fn yes() -> bool {
    true
}

impl Token {
    /// The format in which new tokens of this kind are made.
    pub fn format(&self) -> TokenFormat {
        TokenFormat::new(self.prefix.as_str())
    }

    /// Whether a string can be a token of this kind.
    pub fn check(&self, token: &str) -> Result<(), TokenProblem> {
        let other = |prefix: &String| token.len() > prefix.len() && token.starts_with(prefix.as_str());
        if self.also.iter().any(other) || (!self.checksum && other(&self.prefix)) {
            return Ok(());
        }
        self.format().check(token)
    }
}
