//! Another program that keeps the document: a password manager, a vault.
//!
//! It is called as `PROGRAM get|store|erase APP PROFILE`, with the document on standard output or standard input. Nothing
//! secret is ever among its arguments, and it may take ten seconds.

use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::super::lock::Lock;
use super::super::private_file::LARGEST;
use super::{Place, Raw, Site, StoreError};
use crate::error::Error;

/// How long the program may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// As much of what it says on standard error as an error repeats.
const LONGEST_TALK: u64 = 4096;

/// A program.
#[derive(Debug)]
pub(super) struct Command {
    program: PathBuf,
    app: String,
    profile: String,
    patience: Duration,
}

impl Command {
    pub fn of(site: &Site<'_>) -> Result<Command, StoreError> {
        Ok(Command {
            program: site.program.clone().ok_or(StoreError::NoCommand)?,
            app: site.manifest.app.name.clone(),
            profile: site.profile.to_string(),
            patience: PATIENCE,
        })
    }

    /// A program that has less time.
    #[cfg(test)]
    pub fn for_test(program: &Path, patience: Duration) -> Command {
        let (app, profile) = ("demo".to_owned(), "default".to_owned());
        Command { program: program.to_owned(), app, profile, patience }
    }

    /// Runs it to its end, and gives back what it wrote.
    fn run(&self, verb: &'static str, input: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let failed = |why: String| StoreError::CommandFailed { program: self.program.clone(), verb, why };
        let mut command = std::process::Command::new(&self.program);
        command.args([verb, &self.app, &self.profile]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // What opens the other kinds of places is none of its business.
        command.env_remove("DOORKEY_PASSPHRASE");
        let mut child = command.spawn().map_err(|error| failed(format!("it can't be started: {error}")))?;
        let (said, talk) = converse(&mut child, input);
        let until = Instant::now() + self.patience;
        let too_long = || failed(format!("it took longer than {} seconds", self.patience.as_secs()));
        let Ok(said) = said.recv_timeout(self.patience) else {
            end(&mut child);
            return Err(too_long());
        };
        let said = said.map_err(|error| failed(error.to_string()))?;
        if said.len() as u64 > LARGEST {
            end(&mut child);
            return Err(StoreError::TooLarge { path: self.program.clone(), size: said.len() as u64 });
        }
        let Some(status) = wait_until(&mut child, until) else {
            end(&mut child);
            return Err(too_long());
        };
        if !status.success() {
            let talk = talk.recv_timeout(Duration::from_millis(200)).ok().and_then(Result::ok);
            let talk = talk.map(|talk| String::from_utf8_lossy(&talk).trim().to_owned());
            return Err(failed(match talk.filter(|talk| !talk.is_empty()) {
                Some(talk) => format!("it says: {talk}"),
                None => format!("it ended with {status}"),
            }));
        }
        Ok(said)
    }
}

/// Talks to it on threads of their own: a program that neither reads nor writes keeps nobody waiting.
fn converse(child: &mut Child, input: &[u8]) -> (Receiver<Bytes>, Receiver<Bytes>) {
    if let Some(mut stdin) = child.stdin.take() {
        let input = Zeroizing::new(input.to_vec());
        // One that doesn't read its input may still have done what it was asked; its exit code says so.
        std::thread::spawn(move || stdin.write_all(&input));
    }
    (gather(child.stdout.take(), LARGEST + 1), gather(child.stderr.take(), LONGEST_TALK))
}

type Bytes = io::Result<Zeroizing<Vec<u8>>>;

/// Reads to the end, or as much as is wanted, on a thread that may be left behind.
fn gather(from: Option<impl Read + Send + 'static>, most: u64) -> Receiver<Bytes> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = Zeroizing::new(Vec::new());
        let read = from.map_or(Ok(0), |from| from.take(most).read_to_end(&mut text));
        sender.send(read.map(|_| text))
    });
    receiver
}

/// Waits for its end. `None`: it goes on.
fn wait_until(child: &mut Child, until: Instant) -> Option<std::process::ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(2)),
            _ => return None,
        }
    }
}

/// Ends it, and waits until it is gone.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

impl Place for Command {
    fn path(&self) -> &Path {
        &self.program
    }

    /// Only the program knows.
    fn exists(&self) -> bool {
        !matches!(self.read(), Ok(None))
    }

    fn prepare(&self, _lock: &dyn Fn() -> Result<Lock, Error>) -> Result<(), Error> {
        Ok(self.read().map(drop)?)
    }

    fn read(&self) -> Result<Option<Raw>, StoreError> {
        let text = self.run("get", b"")?;
        let nothing = text.iter().all(u8::is_ascii_whitespace);
        Ok((!nothing).then_some(Raw { text, open_mode: None }))
    }

    fn write(&self, text: &[u8]) -> Result<(), StoreError> {
        self.run("store", text).map(drop)
    }

    fn remove(&self) -> Result<(), StoreError> {
        self.run("erase", b"").map(drop)
    }

    fn keep_aside(&self) -> Result<Option<PathBuf>, StoreError> {
        Ok(None)
    }
}
