//! Why `import` took nothing.

use doorkey::Exit;
use thiserror::Error as ThisError;

use crate::app_choice::shell_word;

/// Why nothing was taken of what another program has.
#[derive(Debug, ThisError)]
pub enum NotImported {
    /// Nothing is for the tool's server.
    #[error("None of them is for {app} at {}.", own.join(" or "))]
    NoMatch {
        /// The product.
        app: String,
        /// Its server, and what goes with it.
        own: Vec<String>,
        /// What there is.
        hosts: Vec<String>,
    },
    /// More than one is.
    #[error("Several fit: {}.", hosts.join(", "))]
    Several {
        /// Which.
        hosts: Vec<String>,
    },
    /// It is in the keyring.
    #[error("{program} keeps the token of {host} in the system's keyring, not in its file.")]
    Keyring {
        /// For whom.
        host: String,
        /// The program.
        program: &'static str,
        /// Whose it is.
        user: Option<String>,
    },
    /// Another program has it.
    #[error("docker keeps what it has for {host} with docker-credential-{program}, not in its file.")]
    Program {
        /// For whom.
        host: String,
        /// Which program.
        program: String,
    },
    /// It is in a variable that isn't set.
    #[error("The token of {host} stands in the environment variable {variable}, which isn't set.")]
    Variable {
        /// For whom.
        host: String,
        /// The variable.
        variable: String,
    },
    /// It is a password.
    #[error("What is kept for {host} is no token.")]
    Password {
        /// For whom.
        host: String,
    },
}

impl NotImported {
    pub(super) fn code(&self) -> &'static str {
        match self {
            NotImported::NoMatch { .. } => "import.no_match",
            NotImported::Several { .. } => "import.several",
            NotImported::Keyring { .. } | NotImported::Program { .. } | NotImported::Variable { .. } => {
                "import.kept_elsewhere"
            }
            NotImported::Password { .. } => "import.no_token",
        }
    }

    pub(super) fn exit(&self) -> Exit {
        match self {
            NotImported::Several { .. } => Exit::Usage,
            _ => Exit::Failed,
        }
    }

    pub(super) fn hint(&self, command: &str) -> String {
        let pipe = format!("{command} login --token -");
        match self {
            NotImported::NoMatch { .. } => "With `--api URL` it is another server's turn.".to_owned(),
            NotImported::Several { .. } => "Choose one with `--host HOST`.".to_owned(),
            NotImported::Keyring { host, user, .. } => {
                let user =
                    user.as_ref().map(|user| format!(" --user {}", shell_word(user))).unwrap_or_default();
                format!("Pipe it in: `gh auth token --hostname {}{user} | {pipe}`.", shell_word(host))
            }
            NotImported::Program { program, host } => {
                let program = shell_word(&format!("docker-credential-{program}"));
                format!("Ask it: `printf %s {} | {program} get`.", shell_word(host))
            }
            NotImported::Variable { variable, .. } => {
                format!("Set {variable}, or pipe the token in: `{pipe}`.")
            }
            NotImported::Password { .. } => format!("Sign in with `{command} login`."),
        }
    }
}
