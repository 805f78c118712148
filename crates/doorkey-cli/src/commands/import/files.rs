//! Where other programs keep their credentials, and reading those files with care.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use doorkey::System;

use super::found::{Damage, Found};
use super::{docker, gh, npm, uv};
use crate::arguments::{Import, ImportProgram};
use crate::failure::Failure;

/// More than any of these files has.
const LONGEST: u64 = 4 * 1024 * 1024;

/// The file, and what is in it.
pub fn found(wishes: &Import, system: &System) -> Result<(PathBuf, Vec<Found>), Failure> {
    let path = match &wishes.file {
        Some(file) => file.clone(),
        None => usual(wishes.program, system).ok_or(Failure::NoSettings)?,
    };
    let program = wishes.program.name();
    let nothing = || Failure::NothingToImport { program, path: path.clone() };
    let text = match text_of(&path) {
        Ok(text) => text,
        Err(Problem::Missing) => return Err(nothing()),
        Err(Problem::Unreadable(source)) => return Err(Failure::FileUnreadable { path, source }),
        Err(Problem::Unfit(what)) => return Err(Failure::ImportUnfit { path, what }),
        Err(Problem::Damaged(damage)) => return Err(Failure::ImportDamaged { path, damage }),
    };
    let read = match wishes.program {
        ImportProgram::Gh => gh::read(&text),
        ImportProgram::Npm => npm::read(&text),
        ImportProgram::Uv => uv::read(&text),
        ImportProgram::Docker => docker::read(&text),
    };
    match read {
        Ok(found) if found.is_empty() => Err(nothing()),
        Ok(found) => Ok((path, found)),
        Err(damage) => Err(Failure::ImportDamaged { path, damage }),
    }
}

/// Where the program itself would look.
fn usual(program: ImportProgram, system: &System) -> Option<PathBuf> {
    let home = || system.environment.home();
    let named = |variable: &str| system.variable(variable).map(PathBuf::from);
    match program {
        ImportProgram::Gh => {
            let folder = named("GH_CONFIG_DIR").or_else(|| Some(named("XDG_CONFIG_HOME")?.join("gh")));
            let folder =
                folder.or_else(|| windows(system, "AppData").map(|folder| folder.join("GitHub CLI")));
            Some(folder.or_else(|| Some(home()?.join(".config/gh")))?.join("hosts.yml"))
        }
        ImportProgram::Npm => named("NPM_CONFIG_USERCONFIG")
            .or_else(|| named("npm_config_userconfig"))
            .or_else(|| Some(home()?.join(".npmrc"))),
        ImportProgram::Uv => {
            let folder =
                named("UV_CREDENTIALS_DIR").or_else(|| Some(named("XDG_DATA_HOME")?.join("uv/credentials")));
            let folder = folder
                .or_else(|| windows(system, "APPDATA").map(|folder| folder.join("uv/data/credentials")));
            Some(
                folder
                    .or_else(|| Some(home()?.join(".local/share/uv/credentials")))?
                    .join("credentials.toml"),
            )
        }
        ImportProgram::Docker => {
            let folder = named("DOCKER_CONFIG").or_else(|| Some(home()?.join(".docker")));
            Some(folder?.join("config.json"))
        }
    }
}

/// A folder that only Windows has.
fn windows(system: &System, variable: &str) -> Option<PathBuf> {
    system.variable(variable).filter(|_| cfg!(windows)).map(PathBuf::from)
}

enum Problem {
    Missing,
    Unreadable(std::io::Error),
    Unfit(&'static str),
    Damaged(Damage),
}

/// The whole text. What isn't a file isn't opened: a pipe would be waited for.
fn text_of(path: &Path) -> Result<String, Problem> {
    let facts = match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(Problem::Missing),
        facts => facts.map_err(Problem::Unreadable)?,
    };
    if !facts.is_file() {
        return Err(Problem::Unfit("it isn't a file"));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(Problem::Unreadable)?;
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(Problem::Unreadable)?;
    if bytes.len() as u64 > LONGEST {
        return Err(Problem::Unfit("it is larger than 4 MiB"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        Problem::Damaged(Damage { line, what: "it isn't text" })
    })
}
