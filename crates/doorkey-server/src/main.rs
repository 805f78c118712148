//! `doorkeyd`: the program around the service.

use std::process::ExitCode;

use clap::Parser as _;
use doorkey_server::commands::Arguments;

#[expect(clippy::disallowed_methods, reason = "a program: this is where the environment is read")]
fn main() -> ExitCode {
    // Whatever this program writes is for its own user alone.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    // There is one TLS provider in the tree; it is named so that nothing has to guess.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match Arguments::parse().run(|name| std::env::var(name).ok()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the person who started the program reads this")]
fn complain(error: &impl std::fmt::Display) {
    eprintln!("doorkeyd: {error}");
}
