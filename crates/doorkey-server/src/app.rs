//! What the domain has to know of an app: what may be asked for, what its tokens look like and how long they live.
//!
//! It comes from the app's manifest, which says much more; how the app speaks over the wire isn't the domain's business.

use std::{collections::HashMap, sync::Arc, time::Duration};

use doorkey_manifest::{TokenFormat, manifest::Plans};

use crate::{sign_in::Way, token::TokenKind};

/// An app that people sign in to.
#[derive(Debug, Clone)]
pub struct App {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// The ways of signing in that it offers.
    pub ways: Vec<Way>,
    /// The scopes that may be asked for.
    pub scopes: Vec<String>,
    /// The scopes that are meant when none is asked for.
    pub default_scopes: Vec<String>,
    /// How long a person has to decide. Never more than ten minutes.
    pub sign_in_lifetime: Duration,
    /// The least time from the start of one poll to the start of the next.
    pub poll_interval: Duration,
    /// The token that a sign-in gives.
    pub credential: CredentialRules,
    /// The refresh token that comes with it, if the app has one.
    pub refresh: Option<RefreshRules>,
    /// The personal access tokens that people make, if the app has any.
    pub personal: Option<LongLivedRules>,
    /// The kinds of organization keys by name, the usual one first; none if the app has no keys.
    pub keys: Vec<(String, TokenFormat)>,
    /// What holds for all kinds of keys. Its format is the first kind's.
    pub key_rules: LongLivedRules,
    /// Whether a key acts for whoever made it, rather than for the organization itself.
    pub keys_of_people: bool,
    /// The token of somebody without an account, if the app can be used so.
    pub anonymous: Option<AnonymousRules>,
    /// What needs which plan, if the app has any.
    pub plans: Option<Plans>,
}

/// What tokens look like that somebody makes on purpose, and how long they live.
#[derive(Debug, Clone)]
pub struct LongLivedRules {
    /// What they look like.
    pub format: TokenFormat,
    /// How long one lives when nothing is said; without it, as long as is allowed.
    pub usual: Option<Duration>,
    /// Whether one without an end is offered first, rather than what is wiser.
    pub endless: bool,
    /// How long one lives at most; without it, until it is revoked.
    pub longest: Option<Duration>,
}

/// What the tokens of somebody without an account look like, and how long unclaimed work lives.
#[derive(Debug, Clone)]
pub struct AnonymousRules {
    /// What they look like.
    pub format: TokenFormat,
    /// How long what nobody claims lives.
    pub lifetime: Duration,
}

/// The longest that a sign-in may wait for its decision (ASVS 6.5.5).
pub const LONGEST_SIGN_IN: Duration = Duration::from_mins(10);

/// What the token looks like that a sign-in gives, and how long it lives.
#[derive(Debug, Clone)]
pub struct CredentialRules {
    /// Its kind. Never a refresh token.
    pub kind: TokenKind,
    /// What it looks like.
    pub format: TokenFormat,
    /// How long it lives; without a lifetime it lives until it is revoked.
    pub lifetime: Option<Duration>,
}

/// What an app's refresh tokens look like and how long they live (RFC 9700, section 4.14).
#[derive(Debug, Clone)]
pub struct RefreshRules {
    /// What they look like.
    pub format: TokenFormat,
    /// How long one lives when it isn't used.
    pub idle: Duration,
    /// How long all that came of one sign-in live at most. Refreshing never goes beyond it.
    pub lifetime: Duration,
}

/// Why a set of apps can't be served together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppsError {
    /// Two have one name.
    #[error("two apps are called `{0}`; every app needs its own name")]
    Name(String),
    /// Two kinds of an app's tokens begin alike, so a token doesn't say of which it is.
    #[error(
        "two kinds of the tokens of `{app}` both begin with `{prefix}`; every kind of token needs its own prefix"
    )]
    Prefix {
        /// What they begin with.
        prefix: String,
        /// The app whose they are.
        app: String,
    },
}

/// All apps that are served.
#[derive(Debug, Clone, Default)]
pub struct Apps {
    by_name: HashMap<String, Arc<App>>,
    by_format: Vec<(TokenFormat, Vec<Candidate>)>,
}

/// Whose a token can be, and of what kind, as far as its form says.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The app.
    pub app: Arc<App>,
    /// The kind.
    pub kind: TokenKind,
}

impl Apps {
    /// The apps `apps`, or why they can't be served together.
    pub fn new(apps: impl IntoIterator<Item = App>) -> Result<Self, AppsError> {
        let mut all = Self::default();
        for app in apps {
            all.add(Arc::new(app))?;
        }
        Ok(all)
    }

    fn add(&mut self, app: Arc<App>) -> Result<(), AppsError> {
        let credential = (app.credential.format.clone(), app.credential.kind);
        let refresh = app.refresh.as_ref().map(|r| (r.format.clone(), TokenKind::Refresh));
        let personal = app.personal.as_ref().map(|rules| (rules.format.clone(), TokenKind::Personal));
        let keys = app.keys.iter().map(|(_, format)| (format.clone(), TokenKind::ApiKey));
        let anonymous = app.anonymous.as_ref().map(|rules| (rules.format.clone(), TokenKind::Anonymous));
        let all = [credential].into_iter().chain(refresh).chain(personal).chain(keys).chain(anonymous);
        if self.by_name.contains_key(&app.name) {
            return Err(AppsError::Name(app.name.clone()));
        }
        for (format, kind) in all {
            let candidates = self.candidates(format.clone());
            match candidates.iter().find(|known| known.app.name == app.name) {
                // What a sign-in gives may be what people make on purpose, too.
                Some(known) if known.kind == kind => {}
                Some(_) => {
                    let prefix = format.prefix().to_owned();
                    return Err(AppsError::Prefix { prefix, app: app.name.clone() });
                }
                None => candidates.push(Candidate { app: Arc::clone(&app), kind }),
            }
        }
        self.by_name.insert(app.name.clone(), app);
        Ok(())
    }

    fn candidates(&mut self, format: TokenFormat) -> &mut Vec<Candidate> {
        let at = self.by_format.iter().position(|(known, _)| *known == format).unwrap_or_else(|| {
            self.by_format.push((format, Vec::new()));
            self.by_format.len() - 1
        });
        &mut self.by_format[at].1
    }

    /// The app called `name`.
    pub fn get(&self, name: &str) -> Option<&Arc<App>> {
        self.by_name.get(name)
    }

    /// All apps, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<App>> {
        self.by_name.values()
    }

    /// Whose token this can be and of what kind, seen from its prefix and its checksum alone. Several apps may have tokens
    /// that begin alike. What is recognized here is well formed; whether it was ever issued, and by whose sign-in, only the
    /// store knows. What nobody recognizes can't be one of ours, and the store isn't asked.
    pub fn recognize(&self, token: &str) -> &[Candidate] {
        let found = self.by_format.iter().find(|(format, _)| format.check(token).is_ok());
        found.map_or(&[], |(_, candidates)| candidates)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;
    use crate::{entropy::Entropy, entropy::SeededEntropy, testkit};

    fn app(name: &str) -> App {
        App::clone(testkit::apps().get("demo").unwrap()).renamed(name)
    }

    impl App {
        fn renamed(mut self, name: &str) -> Self {
            name.clone_into(&mut self.name);
            self
        }
    }

    #[test]
    fn a_token_says_whose_it_is_and_of_what_kind() {
        let (apps, entropy) = (testkit::apps(), SeededEntropy::new(1));
        for (prefix, name, kind) in [
            ("demo_at_", "demo", TokenKind::Access),
            ("demo_rt_", "demo", TokenKind::Refresh),
            ("other_at_", "other", TokenKind::Access),
        ] {
            let token = TokenFormat::new(prefix).from_entropy(|bytes| entropy.fill(bytes));
            assert_eq!(candidates(&apps, token.expose()), [(name.to_owned(), kind)]);
        }
        let stranger = TokenFormat::new("stranger_").from_entropy(|bytes| entropy.fill(bytes));
        assert!(apps.recognize(stranger.expose()).is_empty());
    }

    fn candidates(apps: &Apps, token: &str) -> Vec<(String, TokenKind)> {
        apps.recognize(token).iter().map(|known| (known.app.name.clone(), known.kind)).collect()
    }

    #[test]
    fn several_apps_may_have_tokens_that_begin_alike() {
        let apps = Apps::new([app("demo"), app("twin")]).unwrap();
        let entropy = SeededEntropy::new(2);
        let token = TokenFormat::new("demo_at_").from_entropy(|bytes| entropy.fill(bytes));
        let both = ["demo", "twin"].map(|name| (name.to_owned(), TokenKind::Access));
        assert_eq!(candidates(&apps, token.expose()), both);
        assert_eq!(candidates(&apps, &token.expose()[..43]), [], "a form that fits nobody is nobody's");
    }

    #[test]
    fn apps_that_can_not_be_told_apart_are_refused() {
        assert_eq!(Apps::new([app("demo"), app("demo")]).unwrap_err(), AppsError::Name("demo".to_owned()));
        let mut muddled = app("demo");
        muddled.credential.format = TokenFormat::new("demo_rt_");
        assert_eq!(
            Apps::new([muddled]).unwrap_err().to_string(),
            "two kinds of the tokens of `demo` both begin with `demo_rt_`; every kind of token needs its own prefix"
        );
    }
}
