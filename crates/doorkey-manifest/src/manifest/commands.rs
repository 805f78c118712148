//! What is a product's own about its commands: their help, what they ask, and commands that only it has.

use serde::Deserialize;

use super::ordered::Ordered;
use super::period::Period;
use crate::{Template, Text};

/// The product's commands, by name: what is different about the usual ones, and those that only it has.
pub type Commands = Ordered<Command>;

/// What is a product's own about one command. No command has all of these.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Command {
    /// What its help says, in one sentence.
    pub about: Option<String>,
    /// For `whoami`: says what is stored and asks no server.
    pub offline: bool,
    /// For `logout`, and for `keys` about revoking one: what pressing Enter answers; `never` doesn't ask.
    pub confirm: Confirm,
    /// For `logout` and `keys`: what happens where it would ask and there is nobody to ask.
    pub unasked: Unasked,
    /// For `switch-org`: files that were about the organization before and go.
    pub removes: Vec<String>,
    /// For `orgs` and `keys`: how the list is laid out.
    pub list: Option<List>,
    /// For `keys`: what `keys prune` takes for unused.
    pub prune: Option<Prune>,
    /// The command is the product's own business and is run by its own program.
    pub program: Option<Program>,
    /// The command shows what stands in a file.
    pub file: Option<File>,
}

/// Whether a command asks before it does something, and what pressing Enter answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Confirm {
    /// It asks, and Enter means no.
    #[default]
    No,
    /// It asks, and Enter means yes.
    Yes,
    /// It doesn't ask.
    Never,
}

/// What a command does where it would ask and there is nobody to ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unasked {
    /// It fails and says what to pass.
    #[default]
    Refuse,
    /// It goes on.
    Proceed,
}

/// How a list is laid out.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The columns, from left to right.
    pub columns: Vec<Column>,
    /// What stands before a row that is the active one (`{org.active}`).
    #[serde(default)]
    pub mark: Option<String>,
    /// Whether a line is drawn under the heads.
    #[serde(default)]
    pub ruled: bool,
    /// What is said after the list, with `{count}`.
    #[serde(default)]
    pub after: Option<Text>,
    /// What is said when there are more than so many.
    #[serde(default)]
    pub many: Option<Many>,
}

/// A column of a list.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// What stands above it.
    pub head: String,
    /// What stands in it, such as `{org.name}`.
    pub value: Text,
    /// How wide it is at least.
    #[serde(default)]
    pub width: usize,
}

/// What is said when a list is long.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Many {
    /// More than so many.
    pub above: usize,
    /// What is said, with `{count}`.
    pub text: Text,
}

/// What counts as unused.
#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Prune {
    /// Last used longer ago than this.
    pub unused: Period,
    /// Never used, and made longer ago than this.
    pub never_used: Period,
}

/// The product's own program, which runs a command with the credential in its variable.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// What it is called, the first that is found on `$PATH` and isn't this program itself.
    #[serde(deserialize_with = "super::one_or_many::one_or_many")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "super::one_or_many::one_or_many_schema::<String>")
    )]
    pub name: Vec<String>,
    /// How it is installed, for people who don't have it.
    #[serde(default)]
    pub install: Option<String>,
    /// Whether it is of use without a credential, too.
    #[serde(default)]
    pub signed_out: bool,
}

/// What a command shows of a file that other programs write.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Where it is, below `~/` or `{config}/`.
    pub path: String,
    /// Whether each line is a document of its own; then the command can follow what is added.
    #[serde(default)]
    pub lines: bool,
    /// What stands in a document. A line of another shape is shown as it is.
    pub json: Template,
    /// What is said about a document.
    pub text: Text,
    /// What is said when there is no file.
    pub missing: super::Message,
}

impl Command {
    /// The settings that a command has, by its name; `None` for a command that only the product has.
    pub(super) fn settings_of(name: &str) -> Option<&'static [&'static str]> {
        Some(match name {
            "login" | "token" | "exec" | "tokens" | "app" | "account" => &["about"],
            "whoami" => &["about", "offline"],
            "logout" => &["about", "confirm", "unasked"],
            "orgs" => &["about", "list"],
            "switch-org" => &["about", "removes"],
            "keys" => &["about", "confirm", "unasked", "list", "prune"],
            _ => return None,
        })
    }

    /// The settings that are given.
    pub(super) fn given(&self) -> impl Iterator<Item = &'static str> {
        [
            ("about", self.about.is_some()),
            ("offline", self.offline),
            ("confirm", self.confirm != Confirm::default()),
            ("unasked", self.unasked != Unasked::default()),
            ("removes", !self.removes.is_empty()),
            ("list", self.list.is_some()),
            ("prune", self.prune.is_some()),
            ("program", self.program.is_some()),
            ("file", self.file.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, given)| given.then_some(name))
    }
}
