//! `doorkeyd check`: looks at everything the service needs, all of it, and says of each whether it is well.

use std::{net::SocketAddr, path::Path};

use super::{
    CommandError, dev,
    run::announce,
    serve::{location, products, resource_servers},
};
use crate::{
    config::Config,
    keys::ServerKeys,
    listen::{self, ListenError, Listener},
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
    key(&config.key_file, report);
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
    address(config.listen, report);
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
    key(&folder.join("key"), report);
    database(&Location::from(folder.join("doorkey.db").as_path()), report).await;
}

fn manifests(products: Result<Products, CommandError>, report: &mut Report) {
    let checked = products.and_then(|products| {
        products.apps()?;
        Ok(products)
    });
    let what = checked.as_ref().map_or_else(
        |_| "manifests".to_owned(),
        |products| {
            let names: Vec<_> = products.iter().map(|product| product.name()).collect();
            format!("manifests {}", names.join(", "))
        },
    );
    report.line(&what, checked);
}

/// A key that isn't there yet is no trouble: the service makes it.
fn key(path: &Path, report: &mut Report) {
    let what = format!("key {}", path.display());
    if path.exists() {
        report.line(&what, ServerKeys::load(path));
    } else {
        announce(&format!("ok     {what} (it is made by the first start)"));
    }
}

/// An address in use is no trouble while the service is running, and then it is what to expect.
fn address(address: SocketAddr, report: &mut Report) {
    let what = format!("address {address}");
    match Listener::bind(address) {
        Err(ListenError::Taken(_)) => {
            announce(&format!("ok     {what} (in use; by this service, if it is running)"));
        }
        bound => drop(report.line(&what, bound)),
    }
}

/// Opening brings the schema up to date, as starting the service would.
async fn database(location: &Location, report: &mut Report) {
    let opened = Store::open(location).await;
    if let Some(store) = report.line(&format!("database {location}, and its schema"), opened) {
        store.close().await;
    }
}
