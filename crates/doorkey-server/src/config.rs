//! The configuration file of `doorkeyd serve`.

use std::{
    fmt, fs, io,
    net::SocketAddr,
    ops::Range,
    path::{Path, PathBuf},
};

use doorkey_manifest::Secret;
use serde::Deserialize;
use toml::Spanned;

use crate::{issuer::Issuer, network::Network};

/// Everything that `doorkeyd serve` has to be told. Paths are relative to the file's own folder.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The address to listen on. Without it: 127.0.0.1, port 7700.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// The address under which browsers and tools reach the service: the issuer. https, or http on this machine.
    pub public_url: Spanned<String>,
    /// A file for SQLite, or a `postgres://` address.
    pub database: Database,
    /// The file with the server's key. `doorkeyd serve` makes it when there is none.
    pub key_file: PathBuf,
    /// A folder of manifests beyond those that are built in.
    #[serde(default)]
    pub apps: Option<PathBuf>,
    /// The app whose routes are also served at the root of the host.
    #[serde(default)]
    pub root_app: Option<Spanned<String>>,
    /// The certificate, where the service speaks TLS itself.
    #[serde(default)]
    pub tls: Option<TlsFiles>,
    /// The proxies whose `X-Forwarded-For` is believed.
    #[serde(default)]
    pub trusted_proxies: Vec<Network>,
    /// The programs that may look into tokens (RFC 7662).
    #[serde(default)]
    pub resource_servers: Vec<ResourceServer>,
    /// The billing system that says who has which plan.
    #[serde(default)]
    pub billing: Option<Billing>,
    /// A file with the public keys of a code host that reports leaked tokens, as the host publishes them.
    #[serde(default)]
    pub leak_reporter_keys: Option<PathBuf>,
}

/// A billing system.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Billing {
    /// The file that holds what it signs its messages with.
    pub secret_file: PathBuf,
}

/// The certificate and its key, as PEM files.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificate, followed by those between it and the authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// A program that may look into tokens.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceServer {
    /// The name that it gives with HTTP Basic.
    pub id: String,
    /// The file that holds its password.
    pub secret_file: PathBuf,
}

/// Where everything is kept. It may hold a password, so it is never shown.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Database(pub Secret);

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database")
    }
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 7700))
}

/// Why a configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("the configuration {path} can't be read: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file says something that can't be.
    #[error("{path}:{line}:{column}: {message}")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// What is wrong and what to do.
        message: String,
    },
}

impl Config {
    /// Reads the file and makes its paths absolute.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let source = fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let mut config = Self::parse(path, &source)?;
        config.resolve_paths(path.parent().unwrap_or(Path::new("")));
        Ok(config)
    }

    /// Reads the text of a configuration; `path` is for the errors.
    pub fn parse(path: &Path, source: &str) -> Result<Self, ConfigError> {
        let wrong = |span: Option<Range<usize>>, message: String| {
            let (line, column) = position(source, span.map_or(0, |span| span.start));
            ConfigError::Wrong { path: path.to_owned(), line, column, message }
        };
        let config: Self =
            toml::from_str(source).map_err(|error| wrong(error.span(), error.message().to_owned()))?;
        config.issuer().map_err(|message| wrong(Some(config.public_url.span()), message))?;
        Ok(config)
    }

    /// The address that the service has for everybody else.
    pub fn issuer(&self) -> Result<Issuer, String> {
        Issuer::parse(self.public_url.get_ref()).map_err(|error| format!("public_url: {error}"))
    }

    fn resolve_paths(&mut self, folder: &Path) {
        let resolve = |path: &mut PathBuf| *path = folder.join(&*path);
        resolve(&mut self.key_file);
        self.apps.iter_mut().for_each(resolve);
        self.leak_reporter_keys.iter_mut().for_each(resolve);
        if let Some(files) = &mut self.tls {
            resolve(&mut files.certificate);
            resolve(&mut files.key);
        }
        for server in &mut self.resource_servers {
            resolve(&mut server.secret_file);
        }
        if let Some(billing) = &mut self.billing {
            resolve(&mut billing.secret_file);
        }
        if !self.database.0.expose().contains("://") {
            self.database.0 = Secret::new(folder.join(self.database.0.expose()).to_string_lossy());
        }
    }
}

/// Line and column of a byte, both counted from 1.
fn position(source: &str, at: usize) -> (usize, usize) {
    let before = source.get(..at).unwrap_or(source);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    const WHOLE: &str = r#"
listen = "[::]:443"
public_url = "https://sign-in.example.com"
database = "postgres://doorkey:hunter2@db.example.com/doorkey"
key_file = "key"
apps = "apps"
root_app = "demo"
leak_reporter_keys = "github-keys.json"
trusted_proxies = ["10.0.0.0/8", "::1"]
[tls]
certificate = "/etc/tls/cert.pem"
key = "key.pem"
[[resource_servers]]
id = "gateway"
secret_file = "gateway.secret"
[billing]
secret_file = "billing.secret"
"#;

    fn error(source: &str) -> String {
        Config::parse(Path::new("doorkeyd.toml"), source).unwrap_err().to_string()
    }

    #[test]
    fn a_whole_configuration_is_read_and_its_paths_belong_to_its_folder() {
        let mut config = Config::parse(Path::new("doorkeyd.toml"), WHOLE).unwrap();
        config.resolve_paths(Path::new("/etc/doorkey"));
        assert_eq!(config.key_file, Path::new("/etc/doorkey/key"));
        assert_eq!(config.tls.as_ref().unwrap().certificate, Path::new("/etc/tls/cert.pem"));
        assert_eq!(config.tls.as_ref().unwrap().key, Path::new("/etc/doorkey/key.pem"));
        assert_eq!(config.billing.as_ref().unwrap().secret_file, Path::new("/etc/doorkey/billing.secret"));
        assert_eq!(config.leak_reporter_keys.as_deref(), Some(Path::new("/etc/doorkey/github-keys.json")));
        assert_eq!(config.trusted_proxies.len(), 2);
        assert!(config.database.0.expose().starts_with("postgres://"));
    }

    #[test]
    fn the_password_of_the_database_is_never_shown() {
        let config = Config::parse(Path::new("doorkeyd.toml"), WHOLE).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        let typo = error("public_url = \"https://a.example\"\ndatabse = \"x\"\n");
        assert!(typo.starts_with("doorkeyd.toml:2:1: unknown field `databse`"), "{typo}");
        let network = error(&WHOLE.replace("10.0.0.0/8", "10.0.0.0/99"));
        assert!(network.starts_with("doorkeyd.toml:9:19: `10.0.0.0/99` is not a network"), "{network}");
        let url = error(&WHOLE.replace("https://sign-in", "http://sign-in"));
        assert!(url.starts_with("doorkeyd.toml:3:14: public_url: "), "{url}");
        let half = error("listen = \"127.0.0.1:");
        assert!(half.starts_with("doorkeyd.toml:1:"), "{half}");
    }
}
