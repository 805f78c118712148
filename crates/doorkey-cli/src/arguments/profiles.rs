//! What may stand after `profiles`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `profiles`
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  doorkey login --profile work --api https://work.example
  doorkey whoami --profile work
  doorkey profiles
  doorkey profiles use work --here
  doorkey profiles remove work")]
pub struct Profiles {
    #[command(subcommand)]
    pub command: Option<ProfilesCommand>,
}

/// `profiles …`
#[derive(Debug, Subcommand)]
pub enum ProfilesCommand {
    /// List the profiles, who they are and where they are used (what `profiles` alone does)
    List,
    /// Use a profile wherever nothing else says which, or in a folder and below it
    ///
    /// The choice stands in your own settings, never in the folder: what you clone can't choose a credential.
    #[command(after_long_help = "\
Examples:
  doorkey profiles use work
  doorkey profiles use work --here
  doorkey profiles use --unset --here")]
    Use(UseProfile),
    /// Change a profile's server or organization; one that isn't there is made
    #[command(after_long_help = "\
Examples:
  doorkey profiles set work --api https://work.example --org acme
  doorkey profiles set work --org none")]
    Set(SetProfile),
    /// Forget a profile: its credential, its settings and where it is used
    Remove(RemoveProfile),
}

/// `profiles use`
#[derive(Debug, Args)]
pub struct UseProfile {
    /// The profile; `default` is the tool's own credentials file
    #[arg(value_name = "NAME", required_unless_present = "unset")]
    pub name: Option<String>,
    /// Only in this folder and below it
    #[arg(long)]
    pub here: bool,
    /// Only in that folder and below it
    #[arg(long, value_name = "FOLDER", conflicts_with = "here")]
    pub folder: Option<PathBuf>,
    /// Take the choice back
    #[arg(long, conflicts_with = "name")]
    pub unset: bool,
}

/// `profiles set`
#[derive(Debug, Args)]
pub struct SetProfile {
    /// The profile
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The organization that commands act for when none is named; `none` takes it away
    #[arg(long, value_name = "ORG")]
    pub org: Option<String>,
}

/// `profiles remove`
#[derive(Debug, Args)]
pub struct RemoveProfile {
    /// The profile
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,
    /// End its credential on the server, too; takes at most five seconds
    #[arg(long)]
    pub revoke: bool,
}
