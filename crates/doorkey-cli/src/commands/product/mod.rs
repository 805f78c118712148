//! What is the product's own: its organizations and keys by its own routes, its programs, and what they left behind.

mod file;
mod keys;
mod list;
mod orgs;
mod program;

use std::ffi::OsString;

use clap::ArgMatches;
use doorkey::{Client, Meaning, Refused};
use doorkey_manifest::Values;
use doorkey_manifest::manifest::{Command, Event};

pub use keys::{Wish, run as keys};
pub use orgs::{run as orgs, switch as switch_org};

use crate::failure::Failure;
use crate::voice::Voice;

/// The product's own command of this name, if it has one that a program runs or that shows a file.
pub fn own_command<'m>(client: &'m Client, name: &str) -> Option<&'m Command> {
    let command = client.app().manifest().commands.get(name)?;
    (command.program.is_some() || command.file.is_some()).then_some(command)
}

/// Runs a command that only the product has.
pub fn run(
    name: &str,
    command: &Command,
    matches: &ArgMatches,
    client: &Client,
    voice: &mut Voice,
) -> Result<u8, Failure> {
    if let Some(program) = &command.program {
        let given = matches.get_many::<OsString>("arguments").into_iter().flatten().cloned().collect();
        return program::run(name, program, given, client, voice);
    }
    match &command.file {
        Some(file) => file::run(file, matches, client, voice),
        None => Ok(0),
    }
}

/// Says why a product's own route didn't do what it was asked: in the product's words for `missing` where the answer means
/// that there is no such thing, else in its words for what holds about the credential.
fn refused(
    refused: Refused,
    missing: Option<Event>,
    mut values: Values,
    voice: &mut Voice,
) -> Result<u8, Failure> {
    values.set("status", refused.status);
    values.set("server", refused.server.as_str());
    if let Some(message) = &refused.message {
        values.set("message", message.as_str());
    }
    let (event, exit) = match (refused.means, missing) {
        (Meaning::NotFound, Some(missing)) => (missing, 1),
        (Meaning::Invalid, _) => (Event::Rejected, 4),
        (Meaning::Expired, _) => (Event::Expired, 4),
        (Meaning::Forbidden, _) => (Event::Forbidden, 5),
        (Meaning::NeedsPlan, _) => (Event::NeedsPlan, 5),
        _ => return Err(Failure::Refused(refused)),
    };
    if voice.json() {
        return Err(Failure::Refused(refused));
    }
    Ok(voice.say(event, &values)?.unwrap_or(exit))
}
