//! `doorkeyd check`: looks at everything the service needs, all of it, and says of each whether it is well.

use std::path::Path;

use super::{
    CommandError, dev,
    run::announce,
    serve::{location, products, resource_servers},
};
use crate::{
    config::Config,
    keys::ServerKeys,
    listen::{self, Listener},
    products::Products,
    store::{Location, Store},
};

/// Looks at what `config` names, or without it at what `dev` would use.
pub(super) async fn run(
    config: Option<&Path>,
    environment: &impl Fn(&str) -> Option<String>,
) -> Result<(), CommandError> {
    let mut report = Report::default();
    match config {
        Some(path) => configured(path, &mut report).await,
        None => dev(environment, &mut report).await,
    }
    match report.wrong {
        0 => Ok(()),
        wrong => Err(CommandError::Unfit(wrong)),
    }
}

#[derive(Default)]
struct Report {
    wrong: usize,
}

impl Report {
    /// One line: what was looked at, and whether it is well.
    fn line<T>(&mut self, what: &str, found: Result<T, impl std::fmt::Display>) -> Option<T> {
        match found {
            Ok(found) => {
                announce(&format!("ok     {what}"));
                Some(found)
            }
            Err(error) => {
                self.wrong += 1;
                announce(&format!("wrong  {what}: {error}"));
                None
            }
        }
    }
}

async fn configured(path: &Path, report: &mut Report) {
    let Some(config) = report.line(&format!("configuration {}", path.display()), Config::load(path)) else {
        return;
    };
    manifests(products(&config), report);
    report.line(&format!("key {}", config.key_file.display()), ServerKeys::load(&config.key_file));
    match location(&config) {
        Ok(location) => database(&location, report).await,
        Err(error) => drop(report.line::<()>("database", Err(error))),
    }
    if let Some(files) = &config.tls {
        let found = listen::certificate(&files.certificate, &files.key).await;
        report.line(&format!("certificate {}", files.certificate.display()), found);
    }
    if !config.resource_servers.is_empty() {
        report.line("resource servers", resource_servers(&config));
    }
    report.line(&format!("address {}", config.listen), Listener::bind(config.listen));
}

async fn dev(environment: &impl Fn(&str) -> Option<String>, report: &mut Report) {
    manifests(Products::load(None, None).map_err(CommandError::from), report);
    let Some(folder) = report.line("home folder", dev::usual_folder(environment).ok_or(CommandError::NoHome))
    else {
        return;
    };
    if !folder.exists() {
        announce(&format!(
            "ok     data folder {} (it is made by the first `doorkeyd dev`)",
            folder.display()
        ));
        return;
    }
    report.line(&format!("key {}", folder.join("key").display()), ServerKeys::load(&folder.join("key")));
    database(&Location::from(folder.join("doorkey.db").as_path()), report).await;
}

fn manifests(products: Result<Products, CommandError>, report: &mut Report) {
    let checked = products.and_then(|products| {
        products.apps()?;
        Ok(products)
    });
    let names = checked.as_ref().map_or_else(
        |_| String::new(),
        |products| products.iter().map(|product| product.name().to_owned()).collect::<Vec<_>>().join(", "),
    );
    report.line(&format!("manifests {names}"), checked);
}

/// Opening brings the schema up to date, as starting the service would.
async fn database(location: &Location, report: &mut Report) {
    let opened = Store::open(location).await;
    if let Some(store) = report.line(&format!("database {location}, and its schema"), opened) {
        store.close().await;
    }
}
