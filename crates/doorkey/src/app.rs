//! The product that is signed in to: its manifest.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use doorkey_manifest::{Manifest, builtin};

use crate::error::Error;
use crate::system::System;

/// No manifest is larger, with the largest logo in it.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Names folders of manifests, like `PATH`.
const FOLDERS: &str = "DOORKEY_APPS";

/// A product, as its manifest describes it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<Manifest>);

impl App {
    /// One of the products that are built in, by the name of its manifest.
    pub fn builtin(name: &str) -> Result<App, Error> {
        match Manifest::builtin(name) {
            Some(manifest) => Ok(App(Arc::new(manifest?))),
            None => Err(unknown(name, &[])),
        }
    }

    /// A product by its name, or by another name that its commands go by: one whose manifest lies in a folder of manifests,
    /// else one that is built in.
    ///
    /// The folders are those of `DOORKEY_APPS` (a list like `PATH`), then `doorkey/apps` in the person's folder for settings.
    pub fn named(name: &str, system: &System) -> Result<App, Error> {
        let folders = folders(system);
        let own =
            folders.iter().map(|folder| folder.join(format!("{name}.toml"))).find(|file| file.is_file());
        if let Some(file) = own {
            return App::from_file(&file);
        }
        let first = App::builtin(name);
        if !matches!(first, Err(Error::UnknownApp { .. })) {
            return first;
        }
        let goes_by = |app: &App| app.manifest().app.aliases.iter().any(|alias| alias == name);
        let added =
            folders.iter().flat_map(|folder| manifests(folder)).filter_map(|file| App::from_file(&file).ok());
        let built_in = builtin::names().filter_map(|own| App::builtin(own).ok());
        match added.chain(built_in).find(goes_by) {
            Some(app) => Ok(app),
            None => Err(unknown(name, &folders)),
        }
    }

    /// The names that [`named`](App::named) knows now, sorted.
    pub fn known_names(system: &System) -> Vec<String> {
        known(&folders(system))
    }

    /// The person's own folder of manifests. `None` when the environment doesn't say where settings are.
    pub fn own_folder(system: &System) -> Option<PathBuf> {
        system.own_path("{config}/doorkey/apps")
    }

    /// A product whose manifest lies in a file.
    pub fn from_file(path: &Path) -> Result<App, Error> {
        let source = App::read_source(path)
            .map_err(|source| Error::ManifestUnreadable { path: path.to_owned(), source })?;
        App::from_source(&path.display().to_string(), &source)
    }

    /// The text of a manifest's file, or of a pipe. Nothing that is far larger than a manifest is read to its end.
    pub fn read_source(path: &Path) -> io::Result<String> {
        let mut source = String::new();
        File::open(path)?.take(LARGEST + 1).read_to_string(&mut source)?;
        if source.len() as u64 > LARGEST {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than any manifest"));
        }
        Ok(source)
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

/// The folders of manifests, the first one first.
fn folders(system: &System) -> Vec<PathBuf> {
    let named = system.variable(FOLDERS).map(|list| std::env::split_paths(&list).collect::<Vec<_>>());
    named.into_iter().flatten().chain(App::own_folder(system)).collect()
}

/// The manifests in a folder, by name.
fn manifests(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "toml") && path.is_file()).collect();
    files.sort();
    files
}

fn unknown(name: &str, folders: &[PathBuf]) -> Error {
    Error::UnknownApp { name: name.to_owned(), known: known(folders) }
}

fn known(folders: &[PathBuf]) -> Vec<String> {
    let added = folders.iter().flat_map(|folder| manifests(folder));
    let added = added.filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()));
    let mut known: Vec<String> = builtin::names().map(str::to_owned).chain(added).collect();
    known.sort();
    known.dedup();
    known
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;
    use crate::testing::World;

    fn manifest(name: &str, title: &str) -> String {
        let source = builtin::source("demo").unwrap();
        let source =
            source.replace("name = \"demo\"", &format!("name = \"{name}\"\naliases = [\"{name}-cli\"]"));
        source.replace("title = \"Doorkey demo\"", &format!("title = \"{title}\""))
    }

    #[test]
    fn a_manifest_in_the_persons_folder_is_an_app_and_goes_before_a_built_in_one() {
        let world = World::new();
        let system = world.system();
        assert!(matches!(App::named("acme", &system), Err(Error::UnknownApp { .. })));
        world.write(".config/doorkey/apps/acme.toml", &manifest("acme", "Acme"));
        world.write(".config/doorkey/apps/demo.toml", &manifest("demo", "My demo"));
        assert_eq!(App::named("acme", &system).unwrap().title(), "Acme");
        assert_eq!(App::named("acme-cli", &system).unwrap().title(), "Acme", "by its other name");
        assert_eq!(App::named("demo", &system).unwrap().title(), "My demo");
        let Err(Error::UnknownApp { known, .. }) = App::named("acne", &system) else { unreachable!() };
        assert!(known.contains(&"acme".to_owned()) && known.contains(&"demo".to_owned()), "{known:?}");
    }

    #[test]
    fn a_folder_that_is_named_goes_before_the_persons_own() {
        let world = World::new();
        world.write(".config/doorkey/apps/acme.toml", &manifest("acme", "Acme"));
        world.write("project/acme.toml", &manifest("acme", "Acme of this project"));
        world.set("DOORKEY_APPS", world.home().join("project").to_str().unwrap());
        assert_eq!(App::named("acme", &world.system()).unwrap().title(), "Acme of this project");
    }
}
