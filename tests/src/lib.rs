//! The harness of the whole-system tests: the two real programs, a real browser, a real database.
//!
//! Everything here fails loudly: what a test expects and doesn't find ends it, with what was there instead.
//! Everything that is started or written here is gone when the run is over, however it ends ([`janitor`]).

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::manual_assert,
    clippy::return_self_not_must_use,
    clippy::disallowed_methods,
    reason = "a harness fails loudly, with what it saw, and says so here once"
)]

use std::path::{Path, PathBuf};

pub mod browser;
pub mod faketime;
pub mod gateway;
pub mod html;
pub mod http;
pub mod janitor;
pub mod mangle;
pub mod middleman;
pub mod opener;
pub mod person;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod service;
pub mod terminal;
pub mod tool;
pub mod visitor;

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}

/// The folder that cargo builds into: the one that this very program was built into.
fn target() -> PathBuf {
    let program = std::env::current_exe().expect("a program knows where it is");
    // target/debug/xtask, target/debug/deps/system-0123…
    let mut folder = program.parent().expect("a program lies in a folder");
    if folder.ends_with("deps") {
        folder = folder.parent().expect("deps lies in a profile's folder");
    }
    folder.parent().expect("a profile's folder lies in the target folder").to_owned()
}

/// A program of this workspace, built before.
#[track_caller]
pub fn binary(name: &str, release: bool) -> PathBuf {
    let path = target().join(if release { "release" } else { "debug" }).join(name);
    if !path.exists() {
        panic!(
            "{} is not built: run `cargo xtask test`, or `cargo build --workspace --bins` before",
            path.display()
        );
    }
    path
}
