//! `import`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `import`
#[derive(Debug, Args)]
pub struct Import {
    /// The program whose credentials are read
    #[arg(value_name = "PROGRAM")]
    pub program: ImportProgram,
    /// The host whose token is taken, where several fit
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
    /// Its file, where that isn't in the usual place
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Only show what would be done
    #[arg(long)]
    pub dry_run: bool,
}

/// A program that keeps credentials which can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ImportProgram {
    /// The GitHub command line: `hosts.yml`
    Gh,
    /// npm: `.npmrc`
    Npm,
    /// uv: what `uv auth login` keeps
    Uv,
    /// docker, podman, skopeo: `config.json`
    Docker,
}

impl ImportProgram {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            ImportProgram::Gh => "gh",
            ImportProgram::Npm => "npm",
            ImportProgram::Uv => "uv",
            ImportProgram::Docker => "docker",
        }
    }
}
