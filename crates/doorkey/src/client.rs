//! The one thing that a tool holds: a product, the outside world, and what was given explicitly.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use doorkey_manifest::manifest::Storage;
use doorkey_manifest::{Manifest, Secret, Values};

use crate::app::App;
use crate::cancel::Cancel;
use crate::error::Error;
use crate::notice::Notices;
use crate::profile::ProfileName;
use crate::service::message_of;
use crate::settings::Settings;
use crate::skew::Skew;
use crate::store::{InProcess, KnownKeys, Site, Store};
use crate::system::System;

/// What was given explicitly and goes before the environment and what is stored.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// The server's address.
    pub server: Option<String>,
    /// The address of the pages.
    pub frontend: Option<String>,
    /// A token.
    pub token: Option<Secret>,
    /// The name of a profile.
    pub profile: Option<String>,
    /// Where the credential is kept.
    pub storage: Option<Storage>,
    /// Memory of the caller's own that the credential is kept in, and nowhere else. Goes before `storage`.
    pub in_process: Option<InProcess>,
}

/// Sign-in for one product.
///
/// | what | method |
/// |---|---|
/// | find the credential | [`resolve`](Client::resolve) |
/// | a token that is good for a while | [`token`](Client::token) |
/// | a token for another program, if it may have it | [`credential_for`](Client::credential_for) |
/// | sign in | [`login`](Client::login), [`save_token`](Client::save_token) |
/// | forget the credential | [`logout`](Client::logout) |
/// | ask the service | [`who_am_i`](Client::who_am_i), [`status`](Client::status) |
/// | manage tokens, keys and organizations | [`account`](Client::account) |
/// | several accounts side by side | [`profile`](Client::profile), [`profiles`](Client::profiles) |
#[derive(Debug)]
pub struct Client {
    app: App,
    system: System,
    overrides: Overrides,
    /// The words that run the tool, where those aren't its name.
    called: Option<String>,
    /// The server's metadata, once it was asked for.
    pub(crate) metadata: OnceLock<Values>,
    /// What the service says about the version of the tool.
    pub(crate) notices: Notices,
    /// How far the service's clock is from this machine's.
    pub(crate) skew: Skew,
    /// The person's settings, once they were read.
    pub(crate) settings: OnceLock<Settings>,
    /// The keys of sealed files, once they were asked for.
    keys: KnownKeys,
}

impl Client {
    /// A client for `app` with nothing given explicitly. Does nothing yet.
    pub fn new(app: App, system: System) -> Client {
        Client::with(app, system, Overrides::default())
    }

    /// A client for `app` with some things given explicitly.
    pub fn with(app: App, system: System, overrides: Overrides) -> Client {
        Client {
            app,
            system,
            overrides,
            called: None,
            metadata: OnceLock::new(),
            notices: Notices::default(),
            skew: Skew::default(),
            settings: OnceLock::new(),
            keys: KnownKeys::default(),
        }
    }

    /// A client of a tool that is run by other words than its name, such as `acme cloud`: hints say so.
    #[must_use]
    pub fn called(mut self, command: impl Into<String>) -> Client {
        self.called = Some(command.into());
        self
    }

    /// The same, but with this profile, whatever else says which; with the credential that is stored there.
    #[must_use]
    pub fn with_profile(&self, name: &ProfileName) -> Client {
        self.given(Overrides { token: None, profile: Some(name.to_string()), ..self.overrides.clone() })
    }

    /// The same, but with the credential in this kind of place, whatever else says which.
    #[must_use]
    pub fn with_storage(&self, kind: Storage) -> Client {
        self.given(Overrides { storage: Some(kind), ..self.overrides.clone() })
    }

    /// The same tool, run by the same words, with other things given explicitly.
    fn given(&self, overrides: Overrides) -> Client {
        let client = Client::with(self.app.clone(), self.system.clone(), overrides);
        Client { called: self.called.clone(), ..client }
    }

    /// The product.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The outside world.
    pub fn system(&self) -> &System {
        &self.system
    }

    /// What was given explicitly.
    pub fn overrides(&self) -> &Overrides {
        &self.overrides
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        self.app.manifest()
    }

    /// Where the credential is kept.
    pub fn credentials_path(&self) -> Result<PathBuf, Error> {
        Ok(self.store()?.path().to_owned())
    }

    /// What texts may say of the product at any time: what it is called, which version this is, where its server, its pages
    /// and the credentials file are, and how it is brought up to date. Asks nobody.
    pub fn named_values(&self) -> Values {
        let manifest = self.manifest();
        let mut values = Values::new()
            .with("app.name", manifest.app.name.as_str())
            .with("app.title", manifest.app.title.as_str())
            .with("version", manifest.app.version.as_str());
        // An address that can't be used is complained about where it is used. A token from outside has nothing to do with
        // what is stored: then the file isn't even opened.
        let outside = self.overrides().token.is_some() || self.overriding_variable().is_some();
        let server = if outside { self.server_without_file() } else { self.server_for_login() };
        if let Ok(server) = server {
            values.merge(server.values());
        }
        if let Ok(path) = self.credentials_path() {
            values.set("path", path.display().to_string());
        }
        if let Some(command) = self.upgrade_command() {
            values.set("upgrade_command", command);
        }
        values
    }

    pub(crate) fn store(&self) -> Result<Store<'_>, Error> {
        self.store_in(self.storage_choice()?.kind)
    }

    /// The place of another kind than the chosen one.
    pub(crate) fn store_in(&self, kind: Storage) -> Result<Store<'_>, Error> {
        let profile = self.profile()?.name;
        let site = Site {
            path: self.path_of_profile(&profile)?,
            profile,
            manifest: self.manifest(),
            system: &self.system,
            keys: &self.keys,
            program: self.storage_program()?,
            in_process: self.overrides.in_process.as_ref(),
        };
        Ok(Store::of(kind, site)?)
    }

    /// The token to send, good for at least `min_ttl` where its end is known: a stored one that ends sooner is renewed.
    ///
    /// Of any number of processes that find the same token too old one renews it; the others wait for that and read.
    /// A service that can't be asked signs nobody out.
    pub fn token(&self, min_ttl: Duration, cancel: &Cancel) -> Result<Secret, Error> {
        Ok(self.credential(min_ttl, cancel)?.token)
    }

    /// Sentences of errors need the product's name and its command.
    pub(crate) fn signed_out(&self) -> Error {
        Error::SignedOut { app: self.app.title().to_owned(), command: self.command() }
    }

    pub(crate) fn expired(&self) -> Error {
        Error::Expired { app: self.app.title().to_owned(), command: self.command() }
    }

    pub(crate) fn ends_too_soon(&self, left: Duration, wanted: Duration) -> Error {
        Error::EndsTooSoon { app: self.app.title().to_owned(), command: self.command(), left, wanted }
    }

    /// What a tool says when its own server refuses the token that this client gave it.
    pub fn revoked(&self, server: &str) -> Error {
        Error::Revoked {
            app: self.app.title().to_owned(),
            command: self.command(),
            server: server.to_owned(),
        }
    }

    pub(crate) fn forbidden(&self, server: &str, answer: &Values) -> Error {
        let (app, server) = (self.app.title().to_owned(), server.to_owned());
        Error::Forbidden { app, server, message: message_of(answer) }
    }

    pub(crate) fn needs_plan(&self, server: &str, answer: &Values) -> Error {
        let (app, server) = (self.app.title().to_owned(), server.to_owned());
        Error::NeedsPlan { app, server, message: message_of(answer) }
    }

    /// The words that run the tool, as hints say them.
    pub fn command(&self) -> String {
        self.called.clone().unwrap_or_else(|| self.app.name().to_owned())
    }
}
