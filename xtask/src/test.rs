//! All checks and all tests.

use doorkey_tests::postgres::{Cluster, VARIABLE};

use crate::installed::{FOR_TESTS, ensure};
use crate::run::{cargo, exists, run, run_cargo};
use crate::{Outcome, boundaries, generate};

/// Everything. With arguments only the tests: somebody is looking for one of them.
pub fn all(arguments: &[String]) -> Outcome {
    ensure(FOR_TESTS)?;
    // Who names a package gets only that; cargo would run the whole workspace beside it.
    let package =
        arguments.iter().any(|argument| argument.starts_with("-p") || argument.starts_with("--package"));
    if arguments.is_empty() {
        lint()?;
    } else if !package {
        build()?;
    }
    let cluster = Cluster::start()?;
    let mut tests = cargo();
    tests.arg("test").args((!package).then_some("--workspace")).args(arguments).env(VARIABLE, &cluster.url);
    run(tests)
}

/// What can be checked without running anything.
pub fn lint() -> Outcome {
    run_cargo(&["fmt", "--all", "--check"])?;
    run_cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"])?;
    if exists("cargo-deny") {
        run_cargo(&["deny", "--offline", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"])?;
    } else {
        eprintln!(
            "xtask: licences and banned crates are not checked: `cargo install cargo-deny` to have that, too"
        );
    }
    boundaries::check()?;
    build()?;
    generate::check()
}

/// The two programs and everything that tests them, in the very form that `cargo test --workspace` runs: what it
/// finds built it doesn't build again.
fn build() -> Outcome {
    run_cargo(&["build", "--workspace", "--all-targets", "--quiet"])
}
