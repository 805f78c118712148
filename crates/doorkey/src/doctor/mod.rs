//! What is well here and what isn't, each with what to do: for somebody whose sign-in doesn't work, and for the report
//! that they write about it.
//!
//! One file per check. A check looks and changes nothing, asks at most one question of the service and that for a bounded
//! time, sends no credential, and says nothing secret.

mod authorities;
mod clock;
mod environment;
mod file;
mod port;
mod proxy;
mod server;
mod sign_in;
mod storage;
mod version;

use std::path::PathBuf;

use crate::cancel::Cancel;
use crate::client::Client;
use crate::server::Server;
use crate::system::System;

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A stable name for programs, such as `clock`.
    pub name: &'static str,
    /// How it is.
    pub state: State,
    /// What was found: a sentence, or the part of one.
    pub what: String,
    /// What to do, where there is something to do.
    pub remedy: Option<String>,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, and somebody should know something about it.
    Note,
    /// It has to be mended.
    Broken,
    /// It couldn't be looked at, because something else is in the way.
    Unknown,
}

impl State {
    /// A stable word for programs.
    pub fn name(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Note => "note",
            State::Broken => "broken",
            State::Unknown => "unknown",
        }
    }
}

impl Finding {
    fn new(name: &'static str, state: State, what: impl Into<String>) -> Finding {
        Finding { name, state, what: what.into(), remedy: None }
    }

    fn ok(name: &'static str, what: impl Into<String>) -> Finding {
        Finding::new(name, State::Ok, what)
    }

    fn note(name: &'static str, what: impl Into<String>) -> Finding {
        Finding::new(name, State::Note, what)
    }

    fn broken(name: &'static str, what: impl Into<String>) -> Finding {
        Finding::new(name, State::Broken, what)
    }

    fn unknown(name: &'static str, what: impl Into<String>) -> Finding {
        Finding::new(name, State::Unknown, what)
    }

    fn remedy(self, remedy: impl Into<String>) -> Finding {
        Finding { remedy: Some(remedy.into()), ..self }
    }

    fn maybe_remedy(self, remedy: Option<String>) -> Finding {
        Finding { remedy, ..self }
    }
}

/// What a check may look at.
struct Patient<'a> {
    system: &'a System,
    /// The tool, where it is about one.
    client: Option<&'a Client>,
    /// The tool's server, where its address can be used.
    server: Option<Server>,
    ca_file: Option<PathBuf>,
}

/// Looks at everything. Without a tool only at what needs none. `ca_file` is a file of authorities that was given
/// explicitly.
pub fn examine(
    system: &System,
    client: Option<&Client>,
    ca_file: Option<PathBuf>,
    cancel: &Cancel,
) -> Vec<Finding> {
    let server = client.and_then(|client| client.server_for_login().ok());
    let patient = Patient { system, client, server, ca_file };
    // The server is asked before the clocks are compared and the version is judged: both come with its answer.
    let server = server::check(&patient, cancel);
    let mut findings = vec![version::check(&patient)];
    findings.extend(server);
    findings.push(clock::check(&patient));
    findings.push(proxy::check(&patient));
    findings.push(authorities::check(&patient));
    findings.extend(port::check(&patient));
    findings.extend(storage::check(&patient));
    findings.extend(file::check(&patient));
    findings.extend(sign_in::check(&patient));
    findings.push(environment::check(&patient));
    findings
}

#[cfg(test)]
mod tests;
