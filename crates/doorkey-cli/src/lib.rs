//! `doorkey`: login, logout and whoami for any tool that has a manifest.
//!
//! The library does the work and prints nothing; this crate reads the arguments, says what happens and exits with a
//! code that scripts can rely on. Data goes to standard output, talk to standard error.
//!
//! Other command-line tools take the commands in with [`Embedded`].

mod app_choice;
mod arguments;
mod catalogue;
mod commands;
mod embedded;
mod exit;
mod failure;
mod interrupt;
mod json;
mod keyboard;
mod panics;
mod prompt;
mod table;
mod time;
mod voice;

use std::process::ExitCode;
use std::sync::Arc;

use clap::FromArgMatches as _;
pub use doorkey;
use doorkey::System;

use crate::app_choice::Called;
use crate::arguments::Global;
use crate::commands::Task;
use crate::failure::Failure;
use crate::voice::{Terminal, Voice};

pub use crate::embedded::{Embedded, NoSuchCommand};

/// The program `doorkey`: what stands on the command line of this process is done, and its exit code given back.
pub fn main() -> ExitCode {
    panics::install();
    ExitCode::from(run())
}

fn run() -> u8 {
    let mut words: Vec<_> = std::env::args_os().collect();
    let system = System::real();
    let Called { name: mut link, helper } = app_choice::called(words.first());
    let mut named = arguments::named_app(&words);
    if let Some(helper) = helper {
        // Whoever calls it so doesn't say the words; and the tool's own command may have no link.
        words.splice(1..1, ["helper", helper].map(Into::into));
        named = named.or(link.take());
    }
    // The tool comes first: which commands and options there are depends on it. Why there is none is said later, and only
    // where one is needed.
    let app = app_choice::choose(named.as_deref(), link.as_deref(), &system);
    let manifest = app.as_ref().ok().map(doorkey::App::manifest);
    let asks_for_json = words.iter().take_while(|word| *word != "--").any(|word| word == "--json");
    let matches = match arguments::command(link.as_deref(), manifest).try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) if error.use_stderr() && asks_for_json => {
            let mut voice = Voice::new(true, false, Terminal::of(&system));
            return voice.report(&Failure::Arguments(error));
        }
        Err(error) => {
            // Help goes to standard output and is a success; a reader that has gone away is nobody's fault.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    let mut voice = Voice::new(matches.get_flag("json"), matches.get_flag("verbose"), Terminal::of(&system));
    let asker = prompt::TerminalPassphrase::new(matches.get_flag("json"));
    let system = System { passphrase: Arc::new(asker), ..system };
    let spelled = app_choice::spelled(named.as_deref(), link.as_deref());
    let done = Global::from_arg_matches(&matches)
        .map_err(Failure::Arguments)
        .and_then(|global| commands::run(Task { link, matches, global, app, spelled }, system, &mut voice));
    done.unwrap_or_else(|failure| voice.report(&failure))
}
