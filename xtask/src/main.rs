//! What the project does to itself. `cargo xtask help` says what there is.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command for the terminal")]
#![expect(clippy::disallowed_methods, reason = "a program: this is where the environment is read")]

mod bench;
mod boundaries;
mod demo;
mod generate;
mod installed;
mod pictures;
mod run;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
What the project does to itself.

Usage: cargo xtask COMMAND

  test [ARGUMENTS]     everything: formatting, lints, licences, generated files, all tests.
                       Installs Chromium, PostgreSQL's server, nginx, Python, Node, git, skopeo and kubectl where it may, and
                       starts a PostgreSQL of its own.
                       With arguments, only the tests, and the arguments go to `cargo test`:
                         cargo xtask test storms             those with `storms` in their name
                         cargo xtask test --test system      those of the whole system
                         cargo xtask test -p doorkey-server  one package's
  demo                 signs you in to the demo tool: service, browser, terminal. Stays up until Ctrl-C
    --headless         does the person's part with a headless Chromium; ends with 0 only if the sign-in happened
    --screenshots DIR  where --headless leaves its pictures (default: target/demo)
  bench                measures: from the click to the credential on disk, and `doorkey token` beside /bin/true
    --quick            fewer rounds
    --write            also writes docs/bench.md
  lint                 formatting, lints, licences, generated files, without the tests
  generate             rewrites the generated files: docs/manifest.schema.json, docs/names.md, docs/standards.md,
                       docs/products.md, docs/openapi.json and the tables in docs/api.md
  screenshots          remakes docs/images
  help                 this
";

/// Why a command did not succeed, as a sentence.
type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) =
        arguments.split_first().map_or(("help", &[][..]), |(first, rest)| (first.as_str(), rest));
    let outcome = match command {
        _ if rest.iter().any(|argument| argument == "--help" || argument == "-h") && command != "test" => {
            help()
        }
        "test" => test::all(rest),
        "lint" => no_more(rest).and_then(|()| test::lint()),
        "demo" => demo::run(rest),
        "bench" => bench::run(rest),
        "generate" => no_more(rest).and_then(|()| generate::write()),
        "screenshots" => no_more(rest).and_then(|()| demo::screenshots()),
        "help" | "--help" | "-h" => help(),
        other => Err(format!("there is no command `{other}`; `cargo xtask help` says what there is")),
    };
    // Whatever is still running or lying about ends here, not a moment after us.
    doorkey_tests::janitor::finish();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a command like the others")]
fn help() -> Outcome {
    print!("{HELP}");
    Ok(())
}

/// For commands that take nothing.
fn no_more(rest: &[String]) -> Outcome {
    match rest.first() {
        None => Ok(()),
        Some(argument) => Err(format!("`{argument}` is not expected here; `cargo xtask help` says what is")),
    }
}
