//! What keeps a command from doing what it was asked: the library's errors, and the few that only a command has.

mod event;
mod not_imported;

use std::path::PathBuf;

use doorkey::{AccountError, Error, Exit, MANAGE, Refused};
use doorkey_manifest::builtin;
use thiserror::Error as ThisError;

pub use self::not_imported::NotImported;
use crate::commands::{Damage, InputProblem};
use crate::time;

/// Why the command can't go on.
#[derive(Debug, ThisError)]
pub enum Failure {
    /// What the library says.
    #[error(transparent)]
    Library(#[from] Error),
    /// Nobody said which tool it is about.
    #[error("No app is named.")]
    NoApp,
    /// A scope that the manifest doesn't name.
    #[error("{app} has no scope called `{scope}`.")]
    NoScope {
        /// The product.
        app: String,
        /// What was asked for.
        scope: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A command would ask, and there is nobody to ask.
    #[error("`{}` asks before it {}, and {}.", .0.command, .0.does, nobody(.0.json))]
    NobodyToAsk(Question),
    /// Something takes a sign-in of its own, and there is nobody to sign in.
    #[error("This changes your account, so it takes a sign-in in the browser, and {}.", nobody(*.json))]
    NobodyToSignIn {
        /// Whether that is because programs aren't asked.
        json: bool,
    },
    /// The token in the environment isn't a sign-in.
    #[error("{variable} holds a token that may do no more than say who it is.")]
    Limited {
        /// The variable.
        variable: String,
        /// What the service says.
        source: Error,
    },
    /// An organization that the person isn't in.
    #[error("You are in no organization called `{wanted}`.")]
    NoOrganization {
        /// What was named.
        wanted: String,
    },
    /// A secret was made and nobody has read it.
    #[error("It was made, but its secret couldn't be written to standard output and is lost.")]
    SecretLost {
        /// The command that ends it, without the program's name.
        remedy: String,
        /// Why.
        source: Option<std::io::Error>,
    },
    /// A token was to come on standard input and didn't.
    #[error("There is no token on standard input.")]
    NoToken,
    /// A question for a token was answered with nothing.
    #[error("No token was given.")]
    NothingTyped,
    /// Standard input couldn't be read.
    #[error("Standard input couldn't be read.")]
    Input(#[source] std::io::Error),
    /// Nothing came on standard input, and it stays open.
    #[error("Nothing came on standard input within {}.", time::in_words(*.waited))]
    NothingCame {
        /// How long it was waited.
        waited: std::time::Duration,
    },
    /// Standard output couldn't be written: a full disk, for example.
    #[error("Standard output couldn't be written.")]
    Output(#[source] std::io::Error),
    /// Whoever read standard output has gone away, which is no error.
    #[error("Nobody reads standard output any more.")]
    NobodyReads,
    /// A product's own route didn't do what it was asked.
    #[error("{} didn't do it (status {}){}", .0.server, .0.status, said(.0.message.as_deref()))]
    Refused(Refused),
    /// The product has no such thing.
    #[error("{app} doesn't offer {what}.")]
    NotOffered {
        /// The product.
        app: String,
        /// What it doesn't offer.
        what: &'static str,
    },
    /// The product's own program isn't there.
    #[error("`{}` is done by {}'s own program, and there is none on your PATH: {}.", .0.command, .0.app, listed(&.0.names))]
    ProgramMissing(Box<MissingProgram>),
    /// The product's own program couldn't be started.
    #[error("{} couldn't be started.", program.display())]
    ProgramUnusable {
        /// The program.
        program: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A command to run isn't there.
    #[error("There is no command `{program}`.")]
    CommandMissing {
        /// What was to run.
        program: String,
    },
    /// A command to run is there and can't be run.
    #[error("`{program}` can't be run.")]
    CommandUnusable {
        /// What was to run.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// The product's programs read no variable.
    #[error("{app} names no environment variable for its token.")]
    NoVariable {
        /// The product.
        app: String,
    },
    /// What another program asked can't be answered.
    #[error("What {helper} asks can't be answered: {problem}.")]
    HelperInput {
        /// The program.
        helper: &'static str,
        /// What is wrong with it.
        problem: InputProblem,
    },
    /// A person has called what other programs call.
    #[error(
        "This is for {helper} to call, and nobody says anything on standard input. Set it up like this:\n\n{setup}\n"
    )]
    HelperByHand {
        /// The program.
        helper: &'static str,
        /// The lines of its configuration.
        setup: String,
    },
    /// Another program wants to keep or forget a token.
    #[error("{helper} can't {} here.", if *login { "sign in" } else { "sign out" })]
    HelperReadsOnly {
        /// The program.
        helper: &'static str,
        /// Whether it wants to keep one.
        login: bool,
    },
    /// AWS takes no tokens.
    #[error("AWS takes no bearer tokens: its requests are signed with keys, and {app} gives none.")]
    NoAwsKeys {
        /// The product.
        app: String,
    },
    /// Another program has kept nothing.
    #[error("There are no credentials of {program} in {}.", path.display())]
    NothingToImport {
        /// The program.
        program: &'static str,
        /// Where they would be.
        path: PathBuf,
    },
    /// The file of another program isn't what it writes.
    #[error("{}:{}: {}.", path.display(), damage.line, damage.what)]
    ImportDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        damage: Damage,
    },
    /// What is named as the file of another program can't be one.
    #[error("{} can't be used: {what}.", path.display())]
    ImportUnfit {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// There is something, and it isn't to be had.
    #[error("{0}")]
    NotImported(Box<NotImported>),
    /// A file that a command shows couldn't be read.
    #[error("{} couldn't be read.", path.display())]
    FileUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The process works in a folder that is gone.
    #[error("The folder that this runs in can't be named.")]
    NoFolder,
    /// Nothing was said to change.
    #[error("Nothing is said to change.")]
    NothingToSet,
    /// The product's own credentials file isn't a profile that could be removed.
    #[error("The profile `default` is the tool's own credentials file and can't be removed.")]
    DefaultStays,
    /// The environment doesn't say where settings are kept.
    #[error("There is no home folder to keep your apps in.")]
    NoSettings,
    /// A file that would be written is there already.
    #[error("{} is there already.", path.display())]
    FileExists {
        /// The file.
        path: PathBuf,
    },
    /// A file couldn't be written.
    #[error("{} couldn't be written.", path.display())]
    FileUnwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The command line isn't understood.
    #[error("{}.", in_a_sentence(.0))]
    Arguments(clap::Error),
    /// What a new manifest was to say can't stand in one.
    #[error("{what}.")]
    NoManifestWith {
        /// What is wrong with it.
        what: String,
        /// What would be right, where that is known.
        help: Option<String>,
    },
    /// A manifest to check couldn't be read.
    #[error("The manifest {} couldn't be read.", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// A program of the product's own that isn't there.
#[derive(Debug)]
pub struct MissingProgram {
    /// The command that it would run.
    pub command: String,
    /// The product.
    pub app: String,
    /// What the program is called.
    pub names: Vec<String>,
    /// How it is installed.
    pub install: Option<String>,
}

/// A question that can't be put.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// The command that would ask.
    pub command: &'static str,
    /// What it would do after a yes: `removes the credential`.
    pub does: &'static str,
    /// The same in one word: `remove`.
    pub verb: &'static str,
    /// Whether it isn't put because programs aren't asked.
    pub json: bool,
}

/// What the service said, as the end of a sentence.
fn said(message: Option<&str>) -> String {
    message.map_or_else(|| ".".to_owned(), |message| format!(": {}", message.trim_end()))
}

/// What is wrong with the arguments, without how the parser lays that out.
fn in_a_sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    first.trim_start_matches("error: ").to_owned()
}

/// `a` or `b`.
fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
}

fn nobody(json: bool) -> &'static str {
    if json { "with `--json` nobody is asked" } else { "there is no terminal to ask on" }
}

impl Failure {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Failure::Library(error) => error.code(),
            Failure::NoApp => "app.none",
            Failure::NoScope { .. } => "command.no_scope",
            Failure::NobodyToAsk(_) => "command.nobody_to_ask",
            Failure::NobodyToSignIn { .. } => "command.nobody_to_sign_in",
            Failure::Limited { source, .. } => source.code(),
            Failure::NoOrganization { .. } => "command.no_organization",
            Failure::SecretLost { .. } => "command.secret_lost",
            Failure::NoToken | Failure::NothingTyped => "command.no_token",
            Failure::Input(_) | Failure::NothingCame { .. } => "command.input",
            Failure::Output(_) | Failure::NobodyReads => "command.output",
            Failure::Arguments(_) => "command.arguments",
            Failure::Refused(_) => "product.refused",
            Failure::NotOffered { .. } => "manifest.not_offered",
            Failure::ProgramMissing(_) => "program.missing",
            Failure::ProgramUnusable { .. } => "program.unusable",
            Failure::NothingToImport { .. } => "import.nothing",
            Failure::ImportDamaged { .. } | Failure::ImportUnfit { .. } => "import.damaged",
            Failure::NotImported(why) => why.code(),
            Failure::CommandMissing { .. } => "exec.missing",
            Failure::CommandUnusable { .. } => "exec.unusable",
            Failure::NoVariable { .. } => "exec.no_variable",
            Failure::HelperInput { .. } => "helper.input",
            Failure::HelperByHand { .. } => "helper.by_hand",
            Failure::HelperReadsOnly { .. } => "helper.reads_only",
            Failure::NoAwsKeys { .. } => "helper.no_aws_keys",
            Failure::FileUnreadable { .. } => "file.unreadable",
            Failure::NoSettings => "app.no_settings",
            Failure::NoFolder => "command.no_folder",
            Failure::NothingToSet => "command.nothing_to_set",
            Failure::DefaultStays => "profile.default",
            Failure::FileExists { .. } => "file.exists",
            Failure::FileUnwritable { .. } => "file.unwritable",
            Failure::NoManifestWith { .. } => "manifest.invalid",
            Failure::Unreadable { .. } => "manifest.unreadable",
        }
    }

    /// What to do about it. `command` is how this program was called.
    pub fn hint(&self, command: &str) -> Option<String> {
        match self {
            // The library doesn't know by which name the command was called.
            Failure::Library(Error::EndsTooSoon { .. }) => {
                Some(format!("Ask for less, or run `{command} login` for a fresh one."))
            }
            Failure::Library(Error::SignedOut { .. } | Error::Expired { .. } | Error::Revoked { .. }) => {
                Some(format!("Run `{command} login`."))
            }
            Failure::Library(Error::Account(AccountError::NoOrganization)) => {
                Some(format!("Name one; `{command} orgs` shows yours."))
            }
            Failure::Library(Error::Account(AccountError::NeedsManage { managing: true, .. })) => {
                Some(format!("Sign in for it: `{command} login --scope {MANAGE}`."))
            }
            // A service that says nothing but its error code hasn't said what to do.
            Failure::Library(error) => error.hint().filter(|hint| hint.contains(' ')),
            Failure::NoApp => {
                let known: Vec<_> = builtin::names().collect();
                Some(format!(
                    "Say which one with `--app NAME` or `--app FILE.toml`, or set DOORKEY_APP. Built in: {}.",
                    known.join(", ")
                ))
            }
            Failure::NoScope { known, .. } if known.is_empty() => {
                Some("It has none: leave `--scope` out.".to_owned())
            }
            Failure::NoScope { known, .. } => Some(format!("It has: {}.", known.join(", "))),
            Failure::NobodyToAsk(question) => {
                Some(format!("Pass `-y` to {} it without being asked.", question.verb))
            }
            Failure::NobodyToSignIn { .. } => Some(format!(
                "Run it in a terminal. For scripts, sign in with `{command} login --scope {MANAGE}` first: that is \
                 good for ten minutes and asks no more."
            )),
            Failure::Limited { variable, .. } => Some(format!("Unset {variable} to use your sign-in.")),
            Failure::NoOrganization { .. } => Some(format!("`{command} orgs` shows those that you are in.")),
            Failure::SecretLost { remedy, .. } => {
                Some(format!("End it with `{command} {remedy}`, and make another."))
            }
            Failure::NothingCame { .. } | Failure::NoToken => {
                Some(format!("Pipe one in: `{command} login --token - < FILE`."))
            }
            Failure::NoManifestWith { help, .. } => help.clone(),
            Failure::Unreadable { .. } => Some("Check the path and the file's mode.".to_owned()),
            Failure::ProgramMissing(missing) => {
                missing.install.as_ref().map(|install| format!("Install it with `{install}`."))
            }
            Failure::NothingToImport { .. } | Failure::ImportUnfit { .. } => {
                Some("Name another file with `--file FILE`.".to_owned())
            }
            Failure::NotImported(why) => Some(why.hint(command)),
            Failure::CommandMissing { .. } => Some("Check its name, and your PATH.".to_owned()),
            Failure::NoVariable { .. } => Some("Name one with `exec --env NAME`.".to_owned()),
            Failure::HelperReadsOnly { login, .. } => {
                Some(format!("Run `{command} {}`.", if *login { "login" } else { "logout" }))
            }
            Failure::NoAwsKeys { .. } => Some(format!(
                "Where a role trusts these tokens, write one to a private file with `{command} token` and name it in \
                 AWS_WEB_IDENTITY_TOKEN_FILE."
            )),
            Failure::FileUnreadable { .. } => Some("Check its mode.".to_owned()),
            Failure::NoFolder => Some("Name one with `--folder FOLDER`.".to_owned()),
            Failure::NothingToSet => Some("Pass `--api URL` or `--org ORG`.".to_owned()),
            Failure::DefaultStays => {
                Some(format!("Sign out of it with `{command} logout --profile default`."))
            }
            Failure::FileExists { .. } => Some("Name another file with `--output FILE`.".to_owned()),
            Failure::FileUnwritable { .. } => Some("Check the folder and its mode.".to_owned()),
            Failure::Input(_)
            | Failure::Output(_)
            | Failure::NobodyReads
            | Failure::Arguments(_)
            | Failure::Refused(_)
            | Failure::NotOffered { .. }
            | Failure::NoSettings
            | Failure::NothingTyped
            | Failure::CommandUnusable { .. }
            | Failure::ImportDamaged { .. }
            | Failure::HelperInput { .. }
            | Failure::HelperByHand { .. }
            | Failure::ProgramUnusable { .. } => None,
        }
    }

    /// What the command exits with.
    pub fn exit(&self) -> Exit {
        match self {
            Failure::Library(error) => error.exit(),
            Failure::NotImported(why) => why.exit(),
            Failure::NoApp
            | Failure::NoScope { .. }
            | Failure::NobodyToAsk(_)
            | Failure::NoToken
            | Failure::NothingToSet
            | Failure::DefaultStays
            | Failure::NothingTyped
            | Failure::Arguments(_)
            | Failure::NoManifestWith { .. }
            | Failure::NoVariable { .. }
            | Failure::HelperInput { .. }
            | Failure::HelperByHand { .. }
            | Failure::NoAwsKeys { .. }
            | Failure::NotOffered { .. } => Exit::Usage,
            Failure::NobodyToSignIn { .. } => Exit::SignInRequired,
            Failure::Limited { source, .. } => source.exit(),
            Failure::NoOrganization { .. }
            | Failure::SecretLost { .. }
            | Failure::Input(_)
            | Failure::NothingCame { .. }
            | Failure::Output(_)
            | Failure::Refused(_)
            | Failure::ProgramMissing(_)
            | Failure::ProgramUnusable { .. }
            | Failure::CommandMissing { .. }
            | Failure::CommandUnusable { .. }
            | Failure::NothingToImport { .. }
            | Failure::ImportDamaged { .. }
            | Failure::ImportUnfit { .. }
            | Failure::HelperReadsOnly { .. }
            | Failure::FileUnreadable { .. }
            | Failure::NoSettings
            | Failure::NoFolder
            | Failure::FileExists { .. }
            | Failure::FileUnwritable { .. }
            | Failure::Unreadable { .. } => Exit::Failed,
            Failure::NobodyReads => Exit::Ok,
        }
    }

    /// The process's exit code. A command that can't be run has a shell's.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::CommandMissing { .. } => 127,
            Failure::CommandUnusable { .. } => 126,
            other => other.exit().code(),
        }
    }
}
