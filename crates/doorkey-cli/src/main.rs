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

use clap::FromArgMatches as _;
use doorkey::System;

use crate::arguments::Arguments;
use crate::voice::Voice;

fn main() -> ExitCode {
    panics::install();
    ExitCode::from(run())
}

fn run() -> u8 {
    let words: Vec<_> = std::env::args_os().collect();
    let link = app_choice::linked(words.first());
    let parsed = arguments::command(link.as_deref())
        .try_get_matches_from(words)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help goes to standard output and is a success; a reader that has gone away is nobody's fault.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    let system = System::real();
    let dumb = system.variable("TERM").is_some_and(|kind| kind == "dumb");
    let mut voice = Voice::new(arguments.global.json, arguments.global.verbose, dumb);
    match commands::run(arguments, link.as_deref(), system, &mut voice) {
        Ok(code) => code,
        Err(failure) => voice.report(&failure),
    }
}
