//! What `login --json` says while it works: one object in each line of standard output, the last of which is the result.
//!
//! The shapes are published as `docs/events.schema.json` and only ever grow. Whoever reads them skips events that they don't
//! know. No event holds a secret.

use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde::Serialize;
use serde_json::Value;

/// One line of `login --json`, of `login --no-wait --json` or of `login resume --json`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum LoginEvent {
    /// How it signs in, and why so. It comes again when the person wants another way.
    Way {
        /// `loopback`, `device`, `session`, `paste` or `anonymous`.
        way: String,
        /// In a sentence.
        why: String,
    },
    /// What the person has to open. Show it to them.
    Prompt {
        /// The complete link: opening it is enough.
        url: String,
        /// The short address to type by hand, where there is one.
        verification_uri: Option<String>,
        /// The code to type there, where there is one.
        user_code: Option<String>,
        /// What the page shows, too, for the person to compare, where there is no code to type.
        comparison_code: Option<String>,
        /// Whether a browser was opened with the link.
        opened: bool,
        /// How many seconds the page can be used.
        expires_in: u64,
    },
    /// No browser could be opened; the link of the prompt has to be opened by hand.
    BrowserFailed {
        /// In a sentence.
        why: String,
    },
    /// The port that the browser was to come back to is taken; another one is used.
    PortTaken {
        /// The port that is taken.
        taken: u16,
        /// The port that is used.
        used: u16,
    },
    /// It still waits. Said at the beginning of the wait and then every ten seconds.
    Waiting {
        /// How many seconds it still waits.
        left: u64,
    },
    /// The server wants to be asked less often.
    SlowDown {
        /// How many seconds are between two questions from now on.
        interval: u64,
    },
    /// The server couldn't be asked just now.
    TryingAgain {
        /// In a sentence.
        why: String,
        /// How many seconds until the next try.
        after: u64,
    },
    /// A credentials file that others could read was made private.
    FileMended {
        /// The file.
        path: String,
    },
    /// A damaged credentials file was kept under another name.
    FileKeptAside {
        /// The file.
        path: String,
        /// Where its old content is.
        aside: String,
    },
    /// The last line of `--no-wait`: the sign-in is begun, and the command has ended.
    Begun {
        /// What `login resume` is told.
        id: String,
        /// The tool.
        app: String,
        /// The server.
        server: String,
        /// When it ends (RFC 3339).
        expires_at: Option<String>,
        /// How many seconds that is from now.
        expires_in: u64,
        /// The command that finishes it.
        resume: String,
    },
    /// The last line of `login resume --no-wait` while nobody has decided; the exit code is 3.
    Pending {
        /// What `login resume` is told.
        id: String,
        /// When it ends (RFC 3339).
        expires_at: Option<String>,
        /// How many seconds that is from now.
        expires_in: u64,
    },
    /// The last line of a sign-in that worked: the credential is on disk.
    Saved(Box<Saved>),
    /// The last line of one that didn't.
    Error {
        /// What went wrong.
        error: Problem,
    },
}

/// A sign-in that worked.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Saved {
    /// `signed_in`.
    pub status: String,
    /// The tool.
    pub app: String,
    /// The profile that was signed in to.
    pub profile: String,
    /// The server.
    pub server: String,
    /// Who it is: `id`, `name`, `email` and what else the server says. Null when nothing is known.
    pub user: Value,
    /// For which organization: `id`, `slug`, `name`. Null when there is none.
    pub organization: Value,
    /// `loopback`, `device`, `session`, `anonymous` or `token`.
    pub way: String,
    /// The file that holds the credential.
    pub credentials: String,
    /// When the credential ends (RFC 3339), where that is known.
    pub expires_at: Option<String>,
    /// The organization that was asked for, where the credential acts for another one.
    pub missed_organization: Option<String>,
    /// Whether the server was asked about it.
    pub checked: bool,
    /// The environment variable whose token is used instead, as long as it is set.
    pub overridden_by: Option<String>,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Problem {
    /// A stable name.
    pub code: String,
    /// In a sentence.
    pub message: String,
    /// What to do about it, where that is known.
    pub hint: Option<String>,
    /// What the command exits with.
    pub exit: u8,
}

/// The JSON Schema of one line.
pub fn schema() -> Schema {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<LoginEvent>();
    schema.insert("$id".to_owned(), "events.schema.json".into());
    schema.insert("title".to_owned(), "A line of `login --json`".into());
    schema
}
