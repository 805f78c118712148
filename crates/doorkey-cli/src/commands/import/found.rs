//! What other programs have kept, and what is wrong with a file that can't be read.

use doorkey::{Origin, Secret};

/// One credential of another program.
#[derive(Debug)]
pub struct Found {
    /// Where it is for, as the file has it.
    pub host: String,
    /// Whose it is, as far as the file says.
    pub user: Option<String>,
    /// What the host may mean; empty where it isn't one exact host.
    pub places: Vec<Origin>,
    /// Whether it is the one that the program uses now, of several for this host.
    pub in_use: bool,
    /// What is kept, or where it is.
    pub kept: Kept,
}

/// What is kept.
#[derive(Debug)]
pub enum Kept {
    /// A token.
    Token(Secret),
    /// A password, which no service takes for a token.
    Password,
    /// It lies in the operating system's keyring.
    Keyring,
    /// Another program has it: `docker-credential-` and this.
    Program(String),
    /// An environment variable holds it.
    Variable(String),
}

impl Kept {
    /// A stable word for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Kept::Token(_) => "token",
            Kept::Password => "password",
            Kept::Keyring => "keyring",
            Kept::Program(_) => "program",
            Kept::Variable(_) => "variable",
        }
    }
}

/// A file that isn't what its program writes. Nothing of the file is repeated: there are secrets in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: &'static str,
}

/// The origins that a host without a scheme may mean: https, and on this machine http, too.
pub fn places(host: &str) -> Vec<Origin> {
    let host = host.trim_end_matches('/');
    let origin =
        |scheme: &str| Origin::with_path(&format!("{scheme}://{host}")).ok().map(|(origin, _)| origin);
    ["https", "http"].into_iter().filter_map(origin).collect()
}

/// The origin of an address, or what a host alone may mean.
pub fn places_of(address: &str) -> Vec<Origin> {
    if address.contains("://") {
        Origin::with_path(address).ok().map(|(origin, _)| origin).into_iter().collect()
    } else {
        places(address)
    }
}

/// A secret without anything around it; `None` when there is none.
pub fn secret(text: &str) -> Option<Secret> {
    let text = text.trim();
    (!text.is_empty()).then(|| Secret::from(text))
}

/// The line of a place in a text.
pub fn line_of(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or(text).matches('\n').count() + 1
}
