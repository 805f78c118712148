//! `notes`: keeps notes at a small API, and signs in with Doorkey.
//!
//! Everything about signing in is in `apps/notes.toml` and in `main`; the rest is the tool's own.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command says what it was asked for")]

mod api;

use std::process::ExitCode;
use std::time::Duration;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use doorkey_cli::Embedded;

use crate::api::{Api, Problem};

/// Keep notes
#[derive(Parser)]
#[command(name = "notes", version, arg_required_else_help = true)]
struct Cli {
    /// Where the notes are kept
    #[arg(long, env = "NOTES_API", default_value = "http://127.0.0.1:7800", value_name = "URL")]
    at: String,
    #[command(subcommand)]
    command: Own,
}

#[derive(Subcommand)]
enum Own {
    /// Write a note down
    Add { text: String },
    /// Show all notes
    List,
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let doorkey = Embedded::new(include_str!("../apps/notes.toml"))?.with(["token"])?;
    let matches = doorkey.add_to(Cli::command()).get_matches();
    if let Some(code) = doorkey.run(&matches) {
        return Ok(code);
    }
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    Ok(own(&cli, &doorkey, &matches).err().unwrap_or(ExitCode::SUCCESS))
}

/// The commands that are the tool's own.
fn own(cli: &Cli, doorkey: &Embedded, matches: &ArgMatches) -> Result<(), ExitCode> {
    let token = doorkey.token_or_login(matches, Duration::from_mins(1))?;
    let api = Api { at: &cli.at, token: &token };
    let done = match &cli.command {
        Own::Add { text } => api.add(text),
        Own::List => api.list().map(|notes| notes.iter().for_each(|note| println!("{note}"))),
    };
    done.map_err(|problem| match problem {
        Problem::TokenRefused => doorkey.report(matches, doorkey.client().revoked(&cli.at)),
        Problem::Other(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parser_is_well_formed_with_doorkeys_commands_in_it() -> Result<(), Box<dyn std::error::Error>> {
        let doorkey = Embedded::new(include_str!("../apps/notes.toml"))?.with(["token"])?;
        doorkey.add_to(Cli::command()).debug_assert();
        Ok(())
    }
}
