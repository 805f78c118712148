//! `doorkey`: login, logout and whoami for any tool that has a manifest.
//!
//! The library does the work and prints nothing; this crate reads the arguments, says what happens and exits with a
//! code that scripts can rely on. Data goes to standard output, talk to standard error.

mod app_choice;
mod arguments;
mod catalogue;
mod commands;
mod exit;
mod failure;
mod interrupt;
mod json;
mod panics;
mod prompt;
mod table;
mod time;
mod voice;

use std::process::ExitCode;

use std::sync::Arc;

use doorkey::System;

use crate::commands::Task;
use crate::voice::Voice;

fn main() -> ExitCode {
    panics::install();
    ExitCode::from(run())
}

fn run() -> u8 {
    let words: Vec<_> = std::env::args_os().collect();
    let system = System::real();
    let link = app_choice::linked(words.first());
    let named = arguments::named_app(&words);
    // The tool comes first: which commands and options there are depends on it. Why there is none is said later, and only
    // where one is needed.
    let app = app_choice::choose(named.as_deref(), link.as_deref(), &system);
    let manifest = app.as_ref().ok().map(doorkey::App::manifest);
    let matches = match arguments::command(link.as_deref(), manifest).try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) => {
            // Help goes to standard output and is a success; a reader that has gone away is nobody's fault.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    let dumb = system.variable("TERM").is_some_and(|kind| kind == "dumb");
    let mut voice = Voice::new(matches.get_flag("json"), matches.get_flag("verbose"), dumb);
    let asker = prompt::TerminalPassphrase::new(matches.get_flag("json"));
    let system = System { passphrase: Arc::new(asker), ..system };
    let spelled = app_choice::spelled(named.as_deref(), link.as_deref());
    match commands::run(Task { matches, app, spelled }, system, &mut voice) {
        Ok(code) => code,
        Err(failure) => voice.report(&failure),
    }
}
