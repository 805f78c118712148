//! The product that is signed in to: its manifest.

use std::path::Path;
use std::sync::Arc;

use doorkey_manifest::{Manifest, builtin};

use crate::error::Error;

/// A product, as its manifest describes it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<Manifest>);

impl App {
    /// One of the products that are built in, by the name of its manifest.
    pub fn builtin(name: &str) -> Result<App, Error> {
        match Manifest::builtin(name) {
            Some(manifest) => Ok(App(Arc::new(manifest?))),
            None => Err(Error::UnknownApp {
                name: name.to_owned(),
                known: builtin::names().map(str::to_owned).collect(),
            }),
        }
    }

    /// One of the products that are built in, by the name of its manifest or by another name that its commands go by.
    pub fn called(name: &str) -> Result<App, Error> {
        let first = App::builtin(name);
        if !matches!(first, Err(Error::UnknownApp { .. })) {
            return first;
        }
        let has = |app: &App| app.manifest().app.aliases.iter().any(|alias| alias == name);
        builtin::names().find_map(|own| App::builtin(own).ok().filter(has)).map_or(first, Ok)
    }

    /// A product whose manifest lies in a file.
    pub fn from_file(path: &Path) -> Result<App, Error> {
        let source = std::fs::read_to_string(path)
            .map_err(|source| Error::ManifestUnreadable { path: path.to_owned(), source })?;
        App::from_source(&path.display().to_string(), &source)
    }

    /// A product whose manifest is at hand as text; `file_name` is only for errors.
    pub fn from_source(file_name: &str, source: &str) -> Result<App, Error> {
        Ok(App(Arc::new(Manifest::parse(file_name, source)?)))
    }

    /// What the manifest says.
    pub fn manifest(&self) -> &Manifest {
        &self.0
    }

    /// The command's name, such as `demo`.
    pub fn name(&self) -> &str {
        &self.0.app.name
    }

    /// The product's name for people.
    pub fn title(&self) -> &str {
        &self.0.app.title
    }
}
