//! `exec`: runs a command with the credential in the variables that the product's own programs read.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::process::Command;
use std::time::Duration;

use doorkey::Client;
use doorkey_manifest::manifest::Event;

use crate::arguments::Exec;
use crate::failure::Failure;
use crate::voice::Voice;

/// A command that runs for a while gets a credential that is good for a while.
const GOOD_FOR: Duration = Duration::from_mins(5);

pub fn run(client: &Client, wishes: &Exec, voice: &mut Voice) -> Result<u8, Failure> {
    voice.needs(Event::TokenNeeded);
    let Some((program, arguments)) = wishes.command.split_first() else { return Ok(0) };
    let environment = &client.app().manifest().environment;
    if environment.token.is_empty() && wishes.variables.is_empty() {
        return Err(Failure::NoVariable { app: client.app().title().to_owned() });
    }
    let credential = super::token::good_for(client, wishes.min_ttl, GOOD_FOR, &voice.cancel())?;
    let mut command = Command::new(program);
    command.args(arguments);
    for variable in environment.token.iter().chain(&wishes.variables) {
        command.env(variable, credential.token.expose());
    }
    for variable in &environment.server {
        command.env(variable, &credential.server.url);
    }
    // It has the token; what opens the sealed file, with all that is in it, stays here.
    command.env_remove("DOORKEY_PASSPHRASE");
    Err(unusable(program, become_it(command)?))
}

/// Becomes the command, so that signals and the exit code are its own. Comes back only where that fails.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere the command is waited for")]
fn become_it(mut command: Command) -> Result<std::io::Error, Failure> {
    use std::os::unix::process::CommandExt as _;
    Ok(command.exec())
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> Result<std::io::Error, Failure> {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => Ok(error),
    }
}

/// What a shell says about a command that it can't run.
fn unusable(program: &OsString, source: std::io::Error) -> Failure {
    let program = program.to_string_lossy().into_owned();
    match source.kind() {
        ErrorKind::NotFound => Failure::CommandMissing { program },
        _ => Failure::CommandUnusable { program, source },
    }
}
