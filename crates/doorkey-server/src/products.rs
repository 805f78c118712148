//! The products that are served: their manifests, and what follows from each for the domain and for the pages.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use doorkey_manifest::{Manifest, Problems, TokenFormat, builtin, manifest, wire::Auth};

use crate::{
    app::{AnonymousRules, App, Apps, AppsError, CredentialRules, LongLivedRules, RefreshRules},
    sign_in::Way,
    token::TokenKind,
};

/// How often a tool may poll where its product doesn't fix it. Polls are held, so a short interval costs nothing.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// How long a refresh token lives unused, and all that came of one sign-in at most, where the manifest doesn't say.
const REFRESH_IDLE: Duration = Duration::from_hours(30 * 24);
const REFRESH_LIFETIME: Duration = Duration::from_hours(90 * 24);

/// How long anonymous work lives that nobody claims, where the manifest doesn't say.
const ANONYMOUS_LIFETIME: Duration = Duration::from_hours(90 * 24);

/// How long an access token lives that a refresh token renews, where the manifest doesn't say.
const ACCESS_LIFETIME: Duration = Duration::from_hours(1);

/// Why a set of manifests can't be served.
#[derive(Debug, thiserror::Error)]
pub enum ProductsError {
    /// A folder or a file can't be read.
    #[error("{path} can't be read: {source}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Manifests say something that can't be.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Wrong(Vec<Problems>),
    /// They don't go together.
    #[error(transparent)]
    Together(#[from] AppsError),
    /// The root app isn't there.
    #[error("there is no app `{name}` to serve at the root; there are: {known}")]
    NoRoot {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
}

/// A product, ready to be served.
#[derive(Debug)]
pub struct Product {
    /// All that its manifest says.
    pub manifest: Manifest,
    /// The words for its scopes, refresh and so on are the domain's.
    app: App,
}

impl Product {
    fn new(manifest: Manifest) -> Self {
        let app = app(&manifest);
        Self { manifest, app }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.app.name
    }

    /// What people call it.
    pub fn title(&self) -> &str {
        &self.app.title
    }

    /// What of it the domain knows.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The headers in which its requests may bring their credential instead of `Authorization`.
    pub fn credential_headers(&self) -> impl Iterator<Item = &str> {
        let ways = self.manifest.wire.iter().flat_map(|(_, exchange)| &exchange.auth);
        ways.filter_map(|way| match way {
            Auth::Header(name) => Some(name.as_str()),
            Auth::None | Auth::Bearer => None,
        })
    }

    /// What a scope allows, in words.
    pub fn scope_in_words<'a>(&'a self, scope: &'a str) -> &'a str {
        self.manifest.scopes.get(scope).map_or(scope, String::as_str)
    }

    /// Its colour as `#rrggbb`, where the manifest has one that is written so.
    pub fn color(&self) -> Option<&str> {
        let color = self.manifest.app.color.as_deref()?;
        let digits = color.strip_prefix('#')?;
        (digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(color)
    }
}

/// All products that are served, by name.
#[derive(Debug)]
pub struct Products {
    all: Vec<Arc<Product>>,
    root: Option<usize>,
}

impl Products {
    /// The built-in products and those in `folder`, of which a manifest of the same name replaces a built-in one;
    /// `root` is the one whose routes also stand at the root of the host.
    pub fn load(folder: Option<&Path>, root: Option<&str>) -> Result<Self, ProductsError> {
        let mut manifests: Vec<Manifest> = Vec::new();
        let mut problems = Vec::new();
        for name in builtin::names() {
            match Manifest::builtin(name) {
                Some(Ok(manifest)) => manifests.push(manifest),
                Some(Err(wrong)) => problems.push(wrong),
                None => {}
            }
        }
        for path in folder.map(manifest_files).transpose()?.unwrap_or_default() {
            let source = fs::read_to_string(&path)
                .map_err(|source| ProductsError::Unreadable { path: path.clone(), source })?;
            match Manifest::parse(&path.to_string_lossy(), &source) {
                Ok(manifest) => {
                    manifests.retain(|other| other.app.name != manifest.app.name);
                    manifests.push(manifest);
                }
                Err(wrong) => problems.push(wrong),
            }
        }
        if problems.is_empty() { Self::new(manifests, root) } else { Err(ProductsError::Wrong(problems)) }
    }

    /// These products.
    pub fn new(manifests: Vec<Manifest>, root: Option<&str>) -> Result<Self, ProductsError> {
        let all: Vec<_> = manifests.into_iter().map(|manifest| Arc::new(Product::new(manifest))).collect();
        let root = match root {
            None => None,
            Some(name) => Some(all.iter().position(|product| product.name() == name).ok_or_else(|| {
                let known: Vec<_> = all.iter().map(|product| product.name()).collect();
                ProductsError::NoRoot { name: name.to_owned(), known: known.join(", ") }
            })?),
        };
        Ok(Self { all, root })
    }

    /// What the domain knows of them.
    pub fn apps(&self) -> Result<Apps, ProductsError> {
        Ok(Apps::new(self.all.iter().map(|product| product.app.clone()))?)
    }

    /// The product of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<Product>> {
        self.all.iter().find(|product| product.name() == name)
    }

    /// The product with this OAuth client id.
    pub fn by_client_id(&self, client_id: &str) -> Option<&Arc<Product>> {
        self.all.iter().find(|product| product.manifest.client_id() == client_id)
    }

    /// The product whose routes also stand at the root.
    pub fn root(&self) -> Option<&Arc<Product>> {
        self.root.and_then(|at| self.all.get(at))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Product>> {
        self.all.iter()
    }
}

/// The manifests in a folder, in the order of their names.
fn manifest_files(folder: &Path) -> Result<Vec<PathBuf>, ProductsError> {
    let unreadable = |source| ProductsError::Unreadable { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// What of a manifest the domain has to know.
fn app(manifest: &Manifest) -> App {
    let sign_in = &manifest.sign_in;
    let fixed = sign_in.device.interval.or(sign_in.session.interval);
    let refresh = manifest.tokens.refresh.as_ref().map(|token| RefreshRules {
        format: token.format(),
        idle: token.idle.map_or(REFRESH_IDLE, manifest::Period::duration),
        lifetime: token.lifetime.map_or(REFRESH_LIFETIME, manifest::Period::duration),
    });
    App {
        name: manifest.app.name.clone(),
        title: manifest.app.title.clone(),
        ways: sign_in.ways.iter().filter_map(|offered| way(*offered)).collect(),
        scopes: manifest.scopes.keys().map(str::to_owned).collect(),
        default_scopes: sign_in.scopes.clone(),
        sign_in_lifetime: sign_in.expires_in.duration(),
        poll_interval: fixed.map_or(INTERVAL, manifest::Period::duration),
        credential: credential(manifest, refresh.is_some()),
        refresh,
        personal: manifest.tokens.personal.as_ref().map(long_lived),
        keys: manifest.tokens.api_key.as_ref().map(kinds).unwrap_or_default(),
        key_rules: manifest.tokens.api_key.as_ref().map_or_else(
            || LongLivedRules { format: TokenFormat::new(""), usual: None, endless: false, longest: None },
            long_lived,
        ),
        keys_of_people: manifest
            .tokens
            .api_key
            .as_ref()
            .is_some_and(|key| key.acts_as == manifest::ActsAs::Person),
        anonymous: manifest.tokens.anonymous.as_ref().map(|token| AnonymousRules {
            format: token.format(),
            lifetime: token.lifetime.map_or(ANONYMOUS_LIFETIME, manifest::Period::duration),
        }),
        plans: manifest.plans.clone(),
    }
}

fn long_lived(token: &manifest::Token) -> LongLivedRules {
    LongLivedRules {
        format: token.format(),
        usual: match token.default {
            Some(offered) => offered.period(),
            None => token.lifetime,
        }
        .map(manifest::Period::duration),
        endless: token.default == Some(manifest::Offered::Never),
        longest: token.longest.or(token.lifetime).map(manifest::Period::duration),
    }
}

/// The kinds of keys, the usual one first.
fn kinds(token: &manifest::Token) -> Vec<(String, TokenFormat)> {
    let first = token.first_kind();
    let (mut all, others): (Vec<_>, Vec<_>) =
        token.kinds().map(|(name, format)| (name.to_owned(), format)).partition(|(name, _)| name == first);
    all.extend(others);
    all
}

/// The domain's word for a way that needs a person's decision; the others need none.
fn way(way: manifest::Way) -> Option<Way> {
    match way {
        manifest::Way::Loopback => Some(Way::Loopback),
        manifest::Way::Device => Some(Way::Device),
        manifest::Way::Session => Some(Way::Session),
        manifest::Way::Paste | manifest::Way::Anonymous => None,
    }
}

/// What a sign-in gives: an access token, or where the product has none, a key.
fn credential(manifest: &Manifest, renewed: bool) -> CredentialRules {
    let tokens = &manifest.tokens;
    let kinds = [
        (TokenKind::Access, &tokens.access),
        (TokenKind::ApiKey, &tokens.api_key),
        (TokenKind::Personal, &tokens.personal),
    ];
    let described = kinds.into_iter().find_map(|(kind, token)| token.as_ref().map(|token| (kind, token)));
    match described {
        Some((kind, token)) => CredentialRules {
            kind,
            format: token.format(),
            lifetime: token
                .lifetime
                .map(manifest::Period::duration)
                .or_else(|| renewed.then_some(ACCESS_LIFETIME)),
        },
        None => CredentialRules {
            kind: TokenKind::Access,
            format: TokenFormat::new(format!("{}_", manifest.app.name.replace('-', "_"))),
            lifetime: renewed.then_some(ACCESS_LIFETIME),
        },
    }
}
