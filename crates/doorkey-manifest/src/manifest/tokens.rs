//! What the product's tokens look like and how long they live.

use serde::Deserialize;

use super::ordered::Ordered;
use super::period::{Period, PeriodProblem};
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
    /// A long-lived key of an organization: made on a web page, by a command, or by signing in where there is no access
    /// token.
    pub api_key: Option<Token>,
    /// A long-lived token that a person makes on a web page and pastes.
    pub personal: Option<Token>,
    /// For someone who hasn't signed in. Its `lifetime` is how long their work lives when nobody claims it; without one
    /// it lives until somebody does.
    pub anonymous: Option<Token>,
    /// Whether a JWT (RFC 7519) can be a credential, too. Only its shape is looked at, and until when it says it is good.
    pub jwt: bool,
    /// Whether the command refuses a token from an option or an environment variable that can't be one of these, before
    /// it asks anybody.
    pub insist: bool,
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
        if self.jwt && is_jwt(token) {
            return Ok(());
        }
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

/// Three parts in base64url, of which the first begins as every JSON object does.
fn is_jwt(token: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let parts: Vec<&str> = token.split('.').collect();
    token.starts_with("eyJ")
        && parts.len() == 3
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(plain))
}

/// One kind of token: `<prefix><30 random characters><6 characters of checksum>`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// What every token of this kind begins with. Ends in `_`. Where there are `kinds`, it is the prefix of one of them:
    /// the one that is made when none is asked for.
    pub prefix: String,
    /// For `api_key`: kinds of keys that have prefixes of their own, such as `live` and `test`. What else is said holds
    /// for all of them.
    #[serde(default)]
    pub(super) kinds: Ordered<String>,
    /// How long it is good for, whatever happens. Without it: until it is revoked.
    #[serde(default)]
    pub lifetime: Option<Period>,
    /// How long it is good for when it isn't used.
    #[serde(default)]
    pub idle: Option<Period>,
    /// For `personal` and `api_key`: the longest lifetime that may be chosen for one. With it, every one has to have a
    /// lifetime.
    #[serde(default)]
    pub longest: Option<Period>,
    /// For `personal` and `api_key`: the lifetime that the page offers first, or `never` for none.
    #[serde(default)]
    pub default: Option<Offered>,
    /// For `api_key`: for whom the keys act that are made on a page or by a command.
    #[serde(default)]
    pub acts_as: ActsAs,
    /// Other prefixes that the command takes without looking at what follows: keys of another age or another make.
    #[serde(default)]
    pub also: Vec<String>,
    /// Whether the command insists on the checksum. `false` where people hold tokens that were made without one.
    #[serde(default = "yes")]
    pub checksum: bool,
}

/// For whom a key acts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ActsAs {
    /// For the organization: it is nobody's in particular, and outlives whoever made it in the organization.
    #[default]
    Organization,
    /// For whoever made it, in the organization: it tells who that is, and ends when they leave.
    Person,
}

/// What a page offers first for the life of a token: a length of time, or `never` for one that doesn't end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Offered {
    /// It doesn't end by itself.
    Never,
    /// It ends after this time.
    After(Period),
}

impl Offered {
    /// The length of time, if there is one.
    pub const fn period(self) -> Option<Period> {
        match self {
            Self::Never => None,
            Self::After(period) => Some(period),
        }
    }
}

impl TryFrom<String> for Offered {
    type Error = PeriodProblem;

    fn try_from(text: String) -> Result<Self, PeriodProblem> {
        if text == "never" { Ok(Self::Never) } else { text.parse().map(Self::After) }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Offered {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Offered".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^([0-9]+(ms|s|m|h|d)|never)$",
            "description": "A length of time: a whole number and a unit (`ms`, `s`, `m`, `h`, `d`), such as `90d`; or `never`."
        })
    }
}

fn yes() -> bool {
    true
}

impl Token {
    /// The format in which new tokens of this kind are made when nothing else is said.
    pub fn format(&self) -> TokenFormat {
        TokenFormat::new(self.prefix.as_str())
    }

    /// The kinds of keys with their formats, in the order of the manifest. Where it names none there is one, `live`, with
    /// the token's own prefix.
    pub fn kinds(&self) -> impl Iterator<Item = (&str, TokenFormat)> {
        self.prefixes().map(|(name, prefix)| (name, TokenFormat::new(prefix)))
    }

    /// The kind of key that is made when none is asked for.
    pub fn first_kind(&self) -> &str {
        self.prefixes().find(|(_, prefix)| *prefix == self.prefix).map_or(ONLY_KIND, |(name, _)| name)
    }

    /// The kinds of keys with their prefixes.
    fn prefixes(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.kinds.is_empty().then_some((ONLY_KIND, self.prefix.as_str()));
        own.into_iter().chain(self.kinds.iter().map(|(name, prefix)| (name, prefix.as_str())))
    }

    /// Whether a string can be a token of this kind, or of one of its kinds.
    pub fn check(&self, token: &str) -> Result<(), TokenProblem> {
        let begins = |prefix: &str| token.len() > prefix.len() && token.starts_with(prefix);
        if self.also.iter().any(|prefix| begins(prefix))
            || (!self.checksum && self.prefixes().any(|(_, prefix)| begins(prefix)))
        {
            return Ok(());
        }
        let mut closest = TokenProblem::Prefix;
        for (_, format) in self.kinds() {
            match format.check(token) {
                Ok(()) => return Ok(()),
                // No prefix begins another, so at most one of them has more to say than that it isn't the prefix.
                Err(TokenProblem::Prefix) => {}
                Err(problem) => closest = problem,
            }
        }
        Err(closest)
    }
}

/// What the kind of key is called where a manifest names none.
const ONLY_KIND: &str = "live";

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::{Token, Tokens};
    use crate::token::{TokenFormat, TokenProblem};

    fn key(more: &str) -> Token {
        toml::from_str(&format!("prefix = 'ak_live_'\n{more}")).unwrap()
    }

    fn made(prefix: &str) -> String {
        TokenFormat::new(prefix).from_entropy(|bytes| bytes.fill(7)).expose().to_owned()
    }

    #[test]
    fn without_kinds_there_is_one_with_the_tokens_own_prefix() {
        let key = key("");
        let kinds: Vec<_> = key.kinds().collect();
        assert_eq!(kinds, [("live", TokenFormat::new("ak_live_"))]);
        assert_eq!(key.first_kind(), "live");
        assert_eq!(key.check(&made("ak_live_")), Ok(()));
        assert_eq!(key.check(&made("ak_test_")), Err(TokenProblem::Prefix));
    }

    #[test]
    fn tokens_of_every_kind_are_taken() {
        let key = key("kinds = { test = 'ak_test_', live = 'ak_live_' }");
        let names: Vec<_> = key.kinds().map(|(name, format)| format!("{name} {}", format.prefix())).collect();
        assert_eq!(names, ["test ak_test_", "live ak_live_"], "as they are written");
        assert_eq!((key.first_kind(), key.format().prefix()), ("live", "ak_live_"));
        let tokens = Tokens { api_key: Some(key), ..Tokens::default() };
        for prefix in ["ak_live_", "ak_test_"] {
            let good = made(prefix);
            assert_eq!(tokens.check_credential(&good), Ok(()));
            let short = &good[..good.len() - 1];
            assert_eq!(tokens.check_credential(short), Err(TokenProblem::Length));
        }
        assert_eq!(tokens.check_credential(&made("ak_other_")), Err(TokenProblem::Prefix));
    }

    #[test]
    fn a_jwt_is_taken_where_the_product_takes_one() {
        let tokens = |jwt| Tokens { api_key: Some(key("")), jwt, ..Tokens::default() };
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.c2ln-_";
        assert_eq!(tokens(true).check_credential(token), Ok(()));
        assert_eq!(tokens(false).check_credential(token), Err(TokenProblem::Prefix));
        for other in
            ["eyJhbGci.eyJleHAi", "eyJhbGci..c2ln", "a.b.c", "eyJhbGci.eyJleHAi.c2ln.more", "eyJ/.a.b"]
        {
            assert_eq!(tokens(true).check_credential(other), Err(TokenProblem::Prefix), "{other}");
        }
    }

    #[test]
    fn what_is_said_about_a_key_holds_for_all_its_kinds() {
        let key = key("kinds = { live = 'ak_live_', test = 'ak_test_' }\nalso = ['old_']\nchecksum = false");
        for token in ["ak_live_x", "ak_test_x", "old_x"] {
            assert_eq!(key.check(token), Ok(()), "{token}");
        }
        assert_eq!(key.check("ak_test_"), Err(TokenProblem::Length), "nothing follows");
    }
}
