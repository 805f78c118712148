//! `app add`: a manifest becomes one of the person's own apps.

use std::path::Path;

use doorkey::{App, System};
use doorkey_manifest::Values;
use serde_json::json;

use crate::catalogue::{Look, Word};
use crate::failure::Failure;
use crate::voice::Voice;

pub fn run(file: &Path, system: &System, voice: &mut Voice) -> Result<u8, Failure> {
    let source =
        App::read_source(file).map_err(|source| Failure::Unreadable { path: file.to_owned(), source })?;
    let app = App::from_source(&file.display().to_string(), &source)?;
    let folder = App::own_folder(system).ok_or(Failure::NoSettings)?;
    let target = folder.join(format!("{}.toml", app.name()));
    // Written beside and moved, so that no command ever reads half of it.
    let half = folder.join(format!(".{}.toml.{}", app.name(), std::process::id()));
    let written = std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&half, &source))
        .and_then(|()| std::fs::rename(&half, &target));
    written.map_err(|source| Failure::FileUnwritable { path: target.clone(), source })?;
    let path = target.display().to_string();
    if voice.json() {
        voice.result(&json!({ "status": "added", "app": app.name(), "path": path }))?;
    } else {
        let values =
            Values::new().with("app.name", app.name()).with("app.title", app.title()).with("path", path);
        voice.tell(Look::Done, Word::AddedApp, &values);
    }
    Ok(0)
}
