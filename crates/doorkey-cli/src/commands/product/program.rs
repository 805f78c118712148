//! Commands that are the product's own business: its own program runs them, with the credential in its variable.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use doorkey::{Cancel, Client, Error};
use doorkey_manifest::manifest::{Event, Program};

use crate::failure::{Failure, MissingProgram};
use crate::voice::Voice;

/// Set for the program, so that a copy of this one that is found under the product's name doesn't call itself for ever.
const GUARD: &str = "DOORKEY_DELEGATED";

/// A program that runs for a while gets a credential that is good for a while.
const GOOD_FOR: Duration = Duration::from_mins(5);

pub fn run(
    name: &str,
    program: &Program,
    arguments: Vec<OsString>,
    client: &Client,
    voice: &mut Voice,
) -> Result<u8, Failure> {
    voice.needs(Event::TokenNeeded);
    let missing = || {
        Failure::ProgramMissing(Box::new(MissingProgram {
            command: name.to_owned(),
            app: client.app().title().to_owned(),
            names: program.name.clone(),
            install: program.install.clone(),
        }))
    };
    let found = find(program, client).ok_or_else(missing)?;
    let mut command = Command::new(&found);
    command.arg(name).args(arguments).env(GUARD, client.app().name());
    let environment = &client.app().manifest().environment;
    match client.credential(GOOD_FOR, &Cancel::never()) {
        Ok(credential) => {
            if let Some(variable) = environment.token.first() {
                command.env(variable, credential.token.expose());
            }
            if let Some(variable) = environment.server.first() {
                command.env(variable, &credential.server.url);
            }
        }
        Err(Error::SignedOut { .. }) if program.signed_out => {}
        Err(error) => return Err(error.into()),
    }
    start(command, found)
}

/// The first of the names that is on the path and isn't this program.
fn find(program: &Program, client: &Client) -> Option<PathBuf> {
    if client.system().variable(GUARD).is_some() {
        return None;
    }
    let path = client.system().variable("PATH")?;
    let itself = client.system().environment.program().and_then(|program| program.canonicalize().ok());
    program.name.iter().find_map(|name| {
        std::env::split_paths(&path)
            .flat_map(|folder| endings().iter().map(move |ending| folder.join(format!("{name}{ending}"))))
            .find(|file| is_program(file) && file.canonicalize().ok() != itself)
    })
}

fn endings() -> &'static [&'static str] {
    if cfg!(windows) { &[".exe", ".cmd", ".bat"] } else { &[""] }
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// Becomes the program, so that signals and the exit code are its own.
#[cfg(unix)]
fn start(mut command: Command, program: PathBuf) -> Result<u8, Failure> {
    use std::os::unix::process::CommandExt as _;
    Err(Failure::ProgramUnusable { program, source: command.exec() })
}

#[cfg(not(unix))]
fn start(mut command: Command, program: PathBuf) -> Result<u8, Failure> {
    match command.status() {
        Ok(status) => Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
        Err(source) => Err(Failure::ProgramUnusable { program, source }),
    }
}
