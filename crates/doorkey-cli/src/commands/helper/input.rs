//! What another program says on standard input, and what can be wrong with it.

use std::io::{self, Read as _};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use doorkey::OriginProblem;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// Programs that want something say so at once.
const PATIENCE: Duration = Duration::from_secs(30);

/// More than any of the protocols needs.
const LONGEST: u64 = 64 * 1024;

/// Why what another program said can't be answered. None of these repeats what was said.
#[derive(Debug, Error)]
pub enum InputProblem {
    /// Nothing came.
    #[error("nothing came within {} seconds", PATIENCE.as_secs())]
    Silent,
    /// It can't be read.
    #[error("standard input couldn't be read")]
    Unreadable(#[from] io::Error),
    /// It is longer than anything that makes sense.
    #[error("it is longer than {LONGEST} bytes")]
    Long,
    /// It isn't UTF-8, or has a character that moves the cursor, ends a line or ends a string.
    #[error("there is a control character in it, or it isn't text")]
    Character,
    /// A line that isn't `key=value`.
    #[error("a line of it isn't `key=value`")]
    Line,
    /// A key that the protocol doesn't have.
    #[error("it has a key that the protocol doesn't have")]
    UnknownKey,
    /// The same key twice: one of them may have been smuggled in.
    #[error("it says `{0}` twice")]
    Twice(&'static str),
    /// Something that is needed isn't there.
    #[error("it doesn't say {0}")]
    Missing(&'static str),
    /// The address isn't one that a token may go to.
    #[error("the address can't be used: {0}")]
    Address(#[from] OriginProblem),
    /// A path that leads elsewhere than it says.
    #[error("the path isn't a plain one")]
    Path,
    /// It isn't the JSON that the protocol has.
    #[error("it isn't the JSON that the protocol has")]
    Json,
    /// Another version of the protocol.
    #[error("it is a version of the protocol that isn't known here")]
    Version,
    /// A connection whose other end isn't who it says.
    #[error("the connection is set up not to check who is at its other end")]
    Unverified,
}

/// Everything on standard input, up to a line that `ends` it. A program that says nothing and doesn't close it isn't waited
/// for.
pub fn read(ends: fn(&[u8]) -> bool) -> Result<Vec<u8>, InputProblem> {
    let (done, wait) = channel();
    // Nobody can end a read of standard input; when it takes too long the process ends, and the thread with it.
    thread::spawn(move || {
        let _ = done.send(read_now(ends));
    });
    wait.recv_timeout(PATIENCE).map_err(|_| InputProblem::Silent)?
}

fn read_now(ends: fn(&[u8]) -> bool) -> Result<Vec<u8>, InputProblem> {
    let mut input = Vec::new();
    let mut stdin = io::stdin().lock().take(LONGEST + 1);
    let mut part = [0; 4096];
    loop {
        match stdin.read(&mut part)? {
            0 => break,
            read => input.extend_from_slice(part.get(..read).unwrap_or_default()),
        }
        if ends(&input) {
            break;
        }
    }
    if input.len() as u64 > LONGEST { Err(InputProblem::Long) } else { Ok(input) }
}

/// For programs that close their end when they have said everything.
pub fn never(_: &[u8]) -> bool {
    false
}

/// For programs that say one line and wait.
pub fn a_line(input: &[u8]) -> bool {
    input.ends_with(b"\n")
}

/// Text without anything that a protocol of lines or a terminal could trip over, other than line feeds.
pub fn text(input: &[u8]) -> Result<&str, InputProblem> {
    let text = std::str::from_utf8(input).map_err(|_| InputProblem::Character)?;
    let good = |character: char| character == '\n' || !character.is_control();
    if text.chars().all(good) { Ok(text) } else { Err(InputProblem::Character) }
}

/// JSON of exactly this shape: nothing that isn't known, nothing twice.
pub fn json<T: DeserializeOwned>(input: &[u8]) -> Result<T, InputProblem> {
    // What stands between the values may be any white space that JSON knows; what stands in them is looked at where it is used.
    serde_json::from_slice(input).map_err(|problem| {
        if problem.to_string().starts_with("unknown field") {
            InputProblem::UnknownKey
        } else {
            InputProblem::Json
        }
    })
}
