//! What hands the credential to other programs: `token`, `exec`, `helper`.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Args, ValueEnum};

/// `token`
#[derive(Debug, Args)]
pub struct Token {
    /// A token that is good for at least this long, or an error: `90s`, `5m`, `1h`
    #[arg(long, value_name = "DURATION", value_parser = crate::time::parse)]
    pub min_ttl: Option<Duration>,
    /// Don't renew it and ask nobody: print what is stored, unless it is over
    #[arg(long, conflicts_with = "min_ttl")]
    pub no_refresh: bool,
    /// Print the whole header, `Authorization: Bearer …`
    #[arg(long)]
    pub header: bool,
}

/// `exec`
#[derive(Debug, Args)]
pub struct Exec {
    /// Set this variable to the token, too; may be given several times
    #[arg(long = "env", value_name = "NAME", value_parser = variable)]
    pub variables: Vec<String>,
    /// With a token that is good for at least this long, or not at all: `90s`, `5m`, `1h`
    #[arg(long, value_name = "DURATION", value_parser = crate::time::parse)]
    pub min_ttl: Option<Duration>,
    /// The command and its arguments
    #[arg(value_name = "COMMAND", required = true, num_args = 1.., last = true)]
    pub command: Vec<OsString>,
}

/// `helper`
#[derive(Debug, Args)]
pub struct HelperArguments {
    /// The program that asks
    #[arg(value_name = "PROGRAM")]
    pub program: HelperProgram,
    /// What it asks for, such as `get`; for npm, the registry's address
    #[arg(value_name = "ACTION")]
    pub action: Option<String>,
    /// Print the lines of the program's configuration that make it ask
    #[arg(long)]
    pub setup: bool,
    /// How cargo says that it speaks version 1 of its protocol
    #[arg(long, hide = true)]
    pub cargo_plugin: bool,
}

/// A program with a protocol of its own for credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HelperProgram {
    /// git, and what uses its credential helpers
    Git,
    /// docker, podman, skopeo, buildah
    Docker,
    /// cargo
    Cargo,
    /// kubectl, and what reads a kubeconfig
    Kubectl,
    /// npm
    Npm,
    /// Bazel
    Bazel,
    /// The AWS command line: says why there is nothing to give
    Aws,
}

/// A name that an environment variable can have.
fn variable(text: &str) -> Result<String, String> {
    let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if first && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        Ok(text.to_owned())
    } else {
        Err("a variable is letters, digits and `_`".to_owned())
    }
}
