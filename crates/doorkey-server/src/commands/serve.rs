//! `doorkeyd serve`: the service as a configuration file says.

use std::{fs, path::Path};

use doorkey_manifest::Secret;

use super::{CommandError, run};
use crate::{
    config::{Config, ConfigError},
    entropy::OsEntropy,
    keys::ServerKeys,
    listen::{self, Listener},
    logging,
    products::Products,
    service::{ResourceServer, Service},
    store::{Location, Store},
    wire::leaks::ReporterKeys,
};

/// Runs until the program is asked to stop.
pub(super) async fn run(
    path: &Path,
    environment: &impl Fn(&str) -> Option<String>,
) -> Result<(), CommandError> {
    logging::start(environment(logging::FILTER_VARIABLE).as_deref())?;
    let config = Config::load(path)?;
    let products = products(&config)?;
    let apps = products.apps()?;
    let tls = match &config.tls {
        Some(files) => Some(listen::certificate(&files.certificate, &files.key).await?),
        None => None,
    };
    let listener = Listener::bind(config.listen)?;
    let keys = ServerKeys::load_or_create(&config.key_file, &OsEntropy)?;
    let store = Store::open(&location(&config)?).await?;
    let issuer = config.issuer().map_err(|message| wrong(path, message))?;
    let mut service = Service::new(run::domain(store, keys, apps), products, issuer);
    service.resource_servers = resource_servers(&config)?;
    service.billing_secret = billing_secret(&config)?;
    if let Some(file) = &config.leak_reporter_keys {
        let text = read(file)?;
        service.reporter_keys = ReporterKeys::parse(&text)
            .map_err(|error| CommandError::ReporterKeys { path: file.clone(), error })?;
    }
    service.trusted_proxies = config.trusted_proxies;
    run::run(service, listener, tls).await
}

pub(super) fn products(config: &Config) -> Result<Products, CommandError> {
    let root = config.root_app.as_ref().map(|name| name.get_ref().as_str());
    Ok(Products::load(config.apps.as_deref(), root)?)
}

pub(super) fn location(config: &Config) -> Result<Location, CommandError> {
    Ok(config.database.0.expose().parse::<Location>()?)
}

fn wrong(path: &Path, message: String) -> ConfigError {
    ConfigError::Wrong { path: path.to_owned(), line: 1, column: 1, message }
}

pub(super) fn resource_servers(config: &Config) -> Result<Vec<ResourceServer>, CommandError> {
    config
        .resource_servers
        .iter()
        .map(|server| {
            let secret = secret_in(&server.secret_file)?;
            Ok(ResourceServer { id: server.id.clone(), secret })
        })
        .collect()
}

/// What the billing system signs its messages with.
pub(super) fn billing_secret(config: &Config) -> Result<Option<Secret>, CommandError> {
    config.billing.as_ref().map(|billing| secret_in(&billing.secret_file)).transpose()
}

fn read(path: &Path) -> Result<String, CommandError> {
    fs::read_to_string(path).map_err(|source| CommandError::File {
        path: path.to_owned(),
        doing: "read",
        source,
    })
}

fn secret_in(path: &Path) -> Result<Secret, CommandError> {
    match read(path)?.trim() {
        secret if secret.len() >= 16 => Ok(Secret::new(secret)),
        _ => Err(CommandError::WeakSecret(path.to_owned())),
    }
}
