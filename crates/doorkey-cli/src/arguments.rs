//! What may stand on the command line.

mod account;
mod dress;
mod helper;
mod import;
mod login;
mod profiles;
mod setup;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Style};
use clap::builder::{NonEmptyStringValueParser, Styles};
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use doorkey::Storage;
use doorkey_manifest::Manifest;

pub use account::{
    Keys, KeysCommand, Logs, NewKeyArguments, NewTokenArguments, Orgs, OrgsCommand, Revocation, Rotation,
    StorageArguments, StorageCommand, SwitchOrg, Tokens, TokensCommand,
};

pub use helper::{Exec, HelperArguments, HelperProgram, Token};
pub use import::{Import, ImportProgram};
pub use login::{LoginCommand, ResumeArguments, WayIn};
pub use profiles::{Profiles, ProfilesCommand, RemoveProfile, SetProfile, UseProfile};
pub use setup::{Completions, Man};

use crate::exit::LONG_HELP;

/// The colour of everything that stands out. Nothing is said by colour alone.
pub const ACCENT: AnsiColor = AnsiColor::Cyan;

const STYLES: Styles = Styles::styled()
    .header(Style::new().bold())
    .usage(Style::new().bold())
    .literal(ACCENT.on_default())
    .placeholder(Style::new());

/// Sign in to command-line tools.
#[derive(Debug, Parser)]
#[command(
    name = "doorkey",
    version,
    styles = STYLES,
    after_long_help = LONG_HELP,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Default, Args)]
pub struct Global {
    /// The tool to sign in to: a built-in name, or the path of a manifest (FILE.toml)
    #[arg(long, value_name = "NAME|FILE", global = true, display_order = 100)]
    pub app: Option<String>,
    /// The address of the tool's server, instead of the manifest's
    #[arg(value_parser = NonEmptyStringValueParser::new(), long, visible_alias = "server", value_name = "URL", global = true, display_order = 101)]
    pub api: Option<String>,
    /// The address of the tool's web pages, instead of the manifest's
    #[arg(value_parser = NonEmptyStringValueParser::new(), long, value_name = "URL", global = true, display_order = 101, hide = true)]
    pub frontend: Option<String>,
    /// The profile to use: an account, a server and an organization under a name of yours
    #[arg(value_parser = NonEmptyStringValueParser::new(), long, value_name = "NAME", global = true, display_order = 101)]
    pub profile: Option<String>,
    /// A token for this one command; `-` reads it from standard input (what stands here stays in the shell's history)
    #[arg(value_parser = NonEmptyStringValueParser::new(), long, value_name = "TOKEN", global = true, display_order = 101)]
    pub credential: Option<String>,
    /// A file of certificate authorities (PEM) to trust besides the system's
    #[arg(long, value_name = "FILE", global = true, display_order = 101, hide = true)]
    pub ca_file: Option<PathBuf>,
    /// Print JSON instead of text
    #[arg(long, global = true, display_order = 102)]
    pub json: bool,
    /// Say more about what goes wrong
    #[arg(short, long, global = true, display_order = 103)]
    pub verbose: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign in, in the way that fits where this runs
    Login(Login),
    /// Forget the credential on this machine
    Logout(Logout),
    /// Show who is signed in, at which server and from which source
    Whoami,
    /// Print the token alone, for scripts; it is renewed first when it is about to expire
    Token(Token),
    /// Run a command with the token in the variables that the tool's own programs read
    ///
    /// The command takes this one's place: signals and the exit code are its own. 127 says that there is no such command, 126
    /// that it can't be run.
    #[command(after_long_help = "\
Examples:
  doorkey --app demo exec -- npm ci
  doorkey --app demo exec --env API_TOKEN -- ./deploy.sh")]
    Exec(Exec),
    /// Give the token to git, docker, cargo, kubectl, npm or Bazel, in their own protocols
    ///
    /// These programs call it themselves; `--setup` prints the lines of their configuration that make them do so. The token
    /// goes to the exact server that it belongs to, and to the hosts that the tool's manifest names for this program.
    #[command(after_long_help = "\
Examples:
  doorkey --app demo helper git --setup >> ~/.gitconfig
  doorkey --app demo helper docker --setup")]
    Helper(HelperArguments),
    /// Take the token that gh, npm, uv or docker has for the tool's server
    ///
    /// It shows what the program has, without the secrets, and saves the token that is for exactly this server, after checking
    /// it there. Without `--app` it only shows.
    #[command(after_long_help = "\
Examples:
  doorkey import gh
  doorkey --app demo import docker --dry-run")]
    Import(Import),
    /// Look for what keeps signing in from working, and say what to do about it
    ///
    /// Looks at the server, the clock, the proxy, the authorities, the ports, the file and the environment, and changes
    /// nothing. Nothing secret is shown, so the output can go into a report. Exits with 1 where something has to be mended.
    Doctor,
    /// Tokens, keys and organizations, unless the tool has words of its own for them
    #[command(flatten)]
    Usual(AccountCommand),
    /// The tool's commands for tokens, keys and organizations under Doorkey's own names
    ///
    /// A tool may have words of its own for some of these. Here they mean what Doorkey means by them.
    #[command(subcommand, arg_required_else_help = true)]
    Account(AccountCommand),
    /// Make and check manifests, and print their schema
    #[command(subcommand, arg_required_else_help = true)]
    App(App),
    /// Print what a shell needs to complete this command
    ///
    /// The script knows the tool's own commands and options. Where it goes depends on the shell.
    #[command(after_long_help = "\
Examples:
  doorkey completions bash > ~/.local/share/bash-completion/completions/doorkey
  doorkey completions zsh > ~/.zfunc/_doorkey    # in ~/.zshrc, before compinit: fpath+=~/.zfunc
  doorkey completions fish > ~/.config/fish/completions/doorkey.fish
  doorkey completions powershell >> $PROFILE
  doorkey completions elvish >> ~/.config/elvish/rc.elv")]
    Completions(Completions),
    /// Print the manual's page of this command, or write those of all commands
    #[command(after_long_help = "\
Examples:
  doorkey man | man -l -
  doorkey man --output ~/.local/share/man/man1")]
    Man(Man),
}

/// The commands of an account, which `account …` has, too.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Show where the credential comes from, until when it is good and what the server says
    Status,
    /// Show where the credential is kept and whether that works, or move it
    Storage(StorageArguments),
    /// List, make, replace and revoke your personal access tokens
    ///
    /// A personal access token is a password for programs: it acts as you, with the scopes that it was given. Making and
    /// replacing one takes a sign-in of its own in the browser, which is used once and ended. Listing and revoking don't.
    Tokens(Tokens),
    /// List, make, replace and revoke the API keys of an organization
    ///
    /// A key belongs to the organization and not to a person: it goes on working when whoever made it leaves. Making and
    /// replacing one takes a sign-in of its own in the browser, which is used once and ended. Listing and revoking don't.
    Keys(Keys),
    /// List, make, join and leave organizations, and see who is in them
    ///
    /// Whatever changes something takes a sign-in of its own in the browser, which is used once and ended.
    Orgs(Orgs),
    /// Act for another organization from now on
    ///
    /// The credential stays the same; the server lets it act for the other organization at once, for every program that
    /// uses it.
    SwitchOrg(SwitchOrg),
    /// Keep several accounts, servers and organizations side by side
    ///
    /// A profile is made by signing in to it: `login --profile NAME`. Which one counts: `--profile`, else the environment,
    /// else the folder's, else your default, else `default`, which is the tool's own credentials file.
    Profiles(Profiles),
    /// Show what happened to your account or to an organization
    ///
    /// An organization's events are for its admins and owners.
    Logs(Logs),
}

/// `login`
#[derive(Debug, Default, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Login {
    /// Sign in with a browser on this machine
    #[arg(long, conflicts_with_all = ["device", "token"])]
    pub browser: bool,
    /// Sign in with a code, in a browser on any device
    #[arg(long, conflicts_with = "token")]
    pub device: bool,
    /// Open no browser; print the link
    #[arg(long, conflicts_with = "token")]
    pub no_browser: bool,
    /// Sign in without an account
    #[arg(long, conflicts_with_all = ["browser", "device", "token"], hide = true)]
    pub anonymous: bool,
    /// Save this token instead of signing in with a browser; `-`, or no value, reads it from standard input
    ///
    /// A token that stands on the command line stays in the shell's history and is visible to others on this machine
    /// while the command runs. Pass it on standard input instead, with `--token - < FILE`. At a terminal it
    /// is asked for and not shown.
    #[arg(long, value_name = "TOKEN", num_args = 0..=1, default_missing_value = "-", hide_default_value = true)]
    pub token: Option<String>,
    /// How long to wait for you: `90s`, `5m`, `1h`, or a number of seconds
    #[arg(long, value_name = "DURATION", value_parser = crate::time::parse, conflicts_with = "token")]
    pub timeout: Option<Duration>,
    /// How long to pause between two questions to the server, instead of what it asks for
    #[arg(long, value_name = "DURATION", value_parser = crate::time::parse, conflicts_with = "token")]
    pub poll_interval: Option<Duration>,
    /// Ask for this scope; may be given several times
    #[arg(long = "scope", value_name = "SCOPE", conflicts_with = "token")]
    pub scopes: Vec<String>,
    /// Act for this organization: its id or short name
    #[arg(long, value_name = "ORG", conflicts_with = "token")]
    pub org: Option<String>,
    /// Which of a family of tools signs in
    #[arg(long, value_name = "NAME", conflicts_with = "token", hide = true)]
    pub product: Option<String>,
    /// Where to keep the credential: `file`, `keyring`, `encrypted`, `memory` or `command`; kept to from now on
    #[arg(long, value_name = "KIND", value_parser = account::storage_kind)]
    pub storage: Option<Storage>,
    /// Keep the credential in a plain file that only you can read: the same as `--storage file`
    #[arg(long, conflicts_with = "storage")]
    pub insecure_storage: bool,
    /// Don't ask whether what was done without an account may stay behind
    #[arg(short, long, conflicts_with = "token", hide = true)]
    pub yes: bool,
    #[command(flatten)]
    pub way_in: WayIn,
    #[command(subcommand)]
    pub command: Option<LoginCommand>,
}

/// `logout`
#[derive(Debug, Args)]
pub struct Logout {
    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,
    /// End the credential on the server, too; takes at most five seconds
    #[arg(long)]
    pub revoke: bool,
    /// All profiles of this tool
    #[arg(long, conflicts_with = "everywhere")]
    pub all: bool,
    /// Sign the account out of all terminals and browsers; tokens and keys that you made go on working
    #[arg(long)]
    pub everywhere: bool,
}

/// `app …`
#[derive(Debug, Subcommand)]
pub enum App {
    /// Check manifests: what is wrong, on which line, and what would be right
    Validate {
        /// The manifests
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
    /// Print the JSON Schema of manifests, for editors
    Schema {
        /// The schema of what `login --json` says instead
        #[arg(long)]
        events: bool,
    },
    /// Write a manifest to start from
    #[command(after_long_help = "\
Examples:
  doorkey app init acme
  doorkey app init acme --server https://acme.example --way device
  doorkey app init acme --output tools/acme.toml")]
    Init(Init),
    /// Add a manifest to your own apps, so that its name is enough
    ///
    /// The file is copied into your folder for settings. After that `doorkey --app NAME` finds it, and so does a link called
    /// NAME that points at this program.
    #[command(after_long_help = "\
Examples:
  doorkey app add acme.toml
  ln -s \"$(command -v doorkey)\" ~/.local/bin/acme && acme login")]
    Add {
        /// The manifest
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// `app init`
#[derive(Debug, Args)]
pub struct Init {
    /// The tool's name: lower-case letters, digits and `-`
    #[arg(value_name = "NAME")]
    pub name: String,
    /// A way of signing in; may be given several times
    #[arg(long = "way", value_name = "WAY", value_parser = ["loopback", "device", "session", "paste", "anonymous"])]
    pub ways: Vec<String>,
    /// Where to write it; `-` prints it
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// The tool that is named on the command line, found before anything else is understood: what else may stand there
/// depends on the tool.
pub fn named_app(words: &[OsString]) -> Option<String> {
    let mut words = words.iter().skip(1).map_while(|word| word.to_str().filter(|word| *word != "--"));
    while let Some(word) = words.next() {
        if word == "--app" {
            return words.next().map(str::to_owned);
        }
        if let Some(named) = word.strip_prefix("--app=") {
            return Some(named.to_owned());
        }
    }
    None
}

/// The parser, in the words of the tool that it is for. Called through a link it bears the link's name, so that help and
/// usage show what was typed.
pub fn command(link: Option<&str>, manifest: Option<&Manifest>) -> clap::Command {
    let command = Arguments::command();
    let command = match manifest {
        Some(manifest) => dress::dress(command, manifest),
        None => command,
    };
    match link {
        Some(name) => {
            let command = command.name(name.to_owned()).bin_name(name).mut_arg("app", |app| app.hide(true));
            // The tool's version is what its user asks for; ours is what a bug report needs beside it.
            let command = match manifest {
                Some(manifest) => {
                    let ours = env!("CARGO_PKG_VERSION");
                    command.version(format!("{} (doorkey {ours})", manifest.app.version))
                }
                None => command,
            };
            with_examples_of(command, name)
        }
        None => command.bin_name("doorkey"),
    }
}

/// The examples as they are typed through the link.
fn with_examples_of(command: clap::Command, name: &str) -> clap::Command {
    let named =
        command.get_after_long_help().map(ToString::to_string).filter(|text| text.starts_with("Examples:"));
    let command = match named {
        Some(text) => {
            // As a word, and as what a file for a shell is called.
            let text = ["{} ", "/{}", "_{}"].iter().fold(text, |text, around| {
                text.replace(&around.replace("{}", "doorkey"), &around.replace("{}", name))
            });
            command.after_long_help(text)
        }
        None => command,
    };
    command.mut_subcommands(|inner| with_examples_of(inner, name))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_parser_is_well_formed() {
        super::command(None, None).debug_assert();
        super::command(Some("demo"), None).debug_assert();
    }

    #[test]
    fn the_parser_is_well_formed_in_every_products_words() {
        for name in doorkey_manifest::builtin::names() {
            let manifest = doorkey_manifest::Manifest::builtin(name).and_then(Result::ok);
            assert!(manifest.is_some(), "{name}");
            super::command(Some(name), manifest.as_ref()).debug_assert();
        }
    }

    #[test]
    fn the_tool_is_found_wherever_it_is_named() {
        let named = |words: &[&str]| {
            let words: Vec<_> = words.iter().map(Into::into).collect();
            super::named_app(&words)
        };
        assert_eq!(named(&["doorkey", "--app", "demo", "login"]).as_deref(), Some("demo"));
        assert_eq!(named(&["doorkey", "whoami", "--app=./x.toml"]).as_deref(), Some("./x.toml"));
        assert_eq!(named(&["doorkey", "login"]), None);
        assert_eq!(named(&["doorkey", "run", "--", "--app", "demo"]), None);
    }
}
