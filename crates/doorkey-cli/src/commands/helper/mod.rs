//! `helper`: the credential in the words of git, docker, cargo and their like.
//!
//! One file per program reads what it asks, in pure functions, and writes what it wants to hear. To whom a token may go is
//! not decided here: [`Client::credential_for`] does, for all of them.

mod aws;
mod bazel;
mod cargo;
mod docker;
mod git;
mod input;
mod kubectl;
mod npm;
mod setup;

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use doorkey::{Cancel, Client, Credential, Error, Helper, Origin};

pub use self::input::InputProblem;
use crate::arguments::{HelperArguments, HelperProgram};
use crate::failure::Failure;
use crate::voice::Voice;

/// A transfer takes a while, and a token that ends in the middle of it ends the transfer.
const GOOD_FOR: Duration = Duration::from_mins(5);

/// What every program's part works with.
struct Work<'a> {
    client: &'a Client,
    voice: &'a Voice,
    helper: Helper,
}

/// Whether somebody may have what they asked for.
enum Asked {
    /// They may: here it is.
    Given(Box<Credential>),
    /// It belongs somewhere else.
    Foreign(Error),
}

impl Work<'_> {
    /// What was understood, or that it wasn't.
    fn understood<T>(&self, read: Result<T, InputProblem>) -> Result<T, Failure> {
        read.map_err(|problem| Failure::HelperInput { helper: self.helper.name(), problem })
    }

    /// Where the credential may go.
    fn origins(&self) -> Result<Vec<Origin>, Failure> {
        Ok(self.client.origins_for(self.helper)?)
    }

    /// The credential for the first of these places that it may go to.
    fn credential(&self, places: &[Origin]) -> Result<Asked, Failure> {
        let mut foreign = None;
        for place in places {
            match self.client.credential_for(self.helper, place, GOOD_FOR, &Cancel::never()) {
                Ok(credential) => return Ok(Asked::Given(Box::new(credential))),
                Err(error @ Error::ForeignOrigin { .. }) => foreign = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        foreign.map(Asked::Foreign).ok_or_else(|| Failure::HelperInput {
            helper: self.helper.name(),
            problem: InputProblem::Missing("where to"),
        })
    }

    /// What somebody gets who asks for a place that the credential doesn't belong to.
    fn foreign(&self, place: &Origin, own: &[Origin]) -> Error {
        Error::ForeignOrigin {
            app: self.client.app().title().to_owned(),
            origin: place.to_string(),
            own: own.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Says something in the protocol's words.
fn print(text: &str) -> Result<u8, Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Output)?;
    Ok(0)
}

/// Answers the program; what goes wrong is said on standard error, where the protocol isn't.
pub fn run(client: &Client, wishes: &HelperArguments, voice: &mut Voice) -> u8 {
    match answer(client, wishes, voice) {
        Ok(code) => code,
        Err(failure) => voice.report_aside(&failure),
    }
}

fn answer(client: &Client, wishes: &HelperArguments, voice: &Voice) -> Result<u8, Failure> {
    let work = &Work { client, voice, helper: helper_of(wishes.program) };
    if wishes.setup {
        let text = setup::text(wishes.program, work)?;
        return print(&format!("{text}\n"));
    }
    if is_by_hand(wishes, client) {
        let setup = setup::text(wishes.program, work)?;
        return Err(Failure::HelperByHand { helper: work.helper.name(), setup });
    }
    let action = wishes.action.as_deref();
    match wishes.program {
        HelperProgram::Git => git::run(action, work),
        HelperProgram::Docker => docker::run(action, work),
        HelperProgram::Cargo => cargo::run(work),
        HelperProgram::Kubectl => kubectl::run(work),
        HelperProgram::Npm => npm::run(action, work),
        HelperProgram::Bazel => bazel::run(action, work),
        HelperProgram::Aws => Err(aws::run(work)),
    }
}

/// Whether a person has typed the command, to see what it does, and no program speaks the protocol.
fn is_by_hand(wishes: &HelperArguments, client: &Client) -> bool {
    match wishes.program {
        HelperProgram::Git | HelperProgram::Docker | HelperProgram::Cargo | HelperProgram::Bazel => {
            io::stdin().is_terminal() && wishes.action.as_deref() != Some("list")
        }
        HelperProgram::Kubectl => {
            io::stdout().is_terminal() && client.system().variable(kubectl::VARIABLE).is_none()
        }
        HelperProgram::Npm | HelperProgram::Aws => false,
    }
}

fn helper_of(program: HelperProgram) -> Helper {
    match program {
        HelperProgram::Git => Helper::Git,
        HelperProgram::Docker => Helper::Docker,
        HelperProgram::Cargo => Helper::Cargo,
        HelperProgram::Kubectl => Helper::Kubectl,
        HelperProgram::Npm | HelperProgram::Aws => Helper::Npm,
        HelperProgram::Bazel => Helper::Bazel,
    }
}

/// The environment variable that the product's own programs read the token from.
pub(super) fn variable_of(client: &Client) -> Result<String, Failure> {
    let variables = &client.app().manifest().environment.token;
    variables.first().cloned().ok_or_else(|| Failure::NoVariable { app: client.app().title().to_owned() })
}
