//! Questions to the person at the terminal.

use std::io::{self, BufRead as _, IsTerminal as _, Read, Write as _};
use std::path::Path;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use doorkey::Secret;
use doorkey::system::{AskPassphrase, PassphraseFor};
use doorkey_manifest::Values;

use crate::catalogue::{Catalogue, Word};
use crate::failure::Failure;
use crate::interrupt::Interrupts;

/// More than any token has.
const LONGEST: u64 = 64 * 1024;

/// How long a token may take to come through a pipe: somebody may have to unlock a password manager first.
const PATIENCE: Duration = Duration::from_mins(5);

/// Whether somebody sits there who can be asked.
pub fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// The question that is open now, for whoever has to end it.
#[derive(Debug, Default)]
pub struct Asking {
    question: Mutex<Option<Before>>,
    /// How the terminal was before keys were listened to.
    #[cfg(unix)]
    keys: Mutex<Option<rustix::termios::Termios>>,
}

/// How the terminal was before the question.
#[derive(Debug)]
struct Before {
    #[cfg(unix)]
    terminal: Option<rustix::termios::Termios>,
}

impl Asking {
    /// Asks for yes or no. Enter alone answers `default`, the end of the input no; anything but yes is no.
    pub fn confirm(&self, question: &str, default: bool) -> Result<bool, Failure> {
        self.open(false);
        say(question);
        let mut answer = String::new();
        let read = io::stdin().lock().take(LONGEST).read_line(&mut answer);
        self.abandon();
        read.map_err(Failure::Input)?;
        if !answer.ends_with('\n') {
            say("\n");
        }
        Ok(match answer.trim().to_lowercase().as_str() {
            "" => default && answer.ends_with('\n'),
            "y" | "yes" => true,
            _ => false,
        })
    }

    /// Asks for something that isn't shown while it is typed.
    pub fn hidden(&self, question: &str) -> Result<Secret, Failure> {
        self.open(true);
        say(question);
        let mut answer = String::new();
        let read = io::stdin().lock().take(LONGEST).read_line(&mut answer);
        self.abandon();
        say("\n");
        let answer = Secret::from(answer);
        read.map_err(Failure::Input)?;
        trimmed(&answer).ok_or(Failure::NothingTyped)
    }

    /// Remembers how the terminal was before keys are listened to. The first time counts.
    #[cfg(unix)]
    pub fn remember(&self, terminal: rustix::termios::Termios) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(terminal);
    }

    /// Leaves the terminal as it was before keys were listened to.
    #[cfg(unix)]
    pub fn put_back(&self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        if let Some(before) = self.keys.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
        }
    }

    #[cfg(not(unix))]
    pub fn put_back(&self) {}

    /// Ends the open question, if there is one, and leaves the terminal as it was before.
    pub fn abandon(&self) -> bool {
        let question = self.question.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(before) = question else { return false };
        before.restore();
        true
    }

    fn open(&self, hide: bool) {
        let before = Before::remember(hide);
        *self.question.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
    }
}

impl Before {
    #[cfg(unix)]
    fn remember(hide: bool) -> Before {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

        let terminal = if hide { tcgetattr(io::stdin()).ok() } else { None };
        if let Some(mut silent) = terminal.clone() {
            silent.local_modes.remove(LocalModes::ECHO);
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &silent);
        }
        Before { terminal }
    }

    #[cfg(unix)]
    fn restore(self) {
        if let Some(terminal) = self.terminal {
            let _ = rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, &terminal);
        }
    }

    #[cfg(not(unix))]
    fn remember(_hide: bool) -> Before {
        Before {}
    }

    #[cfg(not(unix))]
    fn restore(self) {}
}

/// Asks at the terminal for the passphrase of a sealed file.
pub struct TerminalPassphrase {
    /// Programs aren't asked.
    json: bool,
    asking: Arc<Asking>,
}

impl TerminalPassphrase {
    /// `json`: a program reads what comes out.
    pub fn new(json: bool) -> TerminalPassphrase {
        TerminalPassphrase { json, asking: Arc::default() }
    }

    fn hidden(&self, word: Word, path: &Path) -> Option<Secret> {
        self.asking.hidden(&word_of(word, path)).ok()
    }
}

impl AskPassphrase for TerminalPassphrase {
    fn ask(&self, purpose: PassphraseFor, path: &Path) -> Option<Secret> {
        if self.json || !is_possible() {
            return None;
        }
        // Ctrl-C ends the command here, and the terminal shows again what is typed.
        let _watch = Interrupts::Watched.watch(&self.asking, word_of(Word::Interrupted, path));
        if purpose == PassphraseFor::Opening {
            return self.hidden(Word::PassphraseOpening, path);
        }
        loop {
            let first = self.hidden(Word::PassphraseSealing, path)?;
            if self.hidden(Word::PassphraseAgain, path)? == first {
                return Some(first);
            }
            say(&format!("{}\n", word_of(Word::PassphrasesDiffer, path)));
        }
    }
}

/// A part of the talk, where nobody else is there to say it.
fn word_of(word: Word, path: &Path) -> String {
    let values = Values::new().with("path", path.display().to_string());
    Catalogue::get().word(word).and_then(|text| text.fill_lines(&values).ok()).unwrap_or_default()
}

/// Reads a token from standard input to its end.
pub fn piped() -> Result<Secret, Failure> {
    let text = read_within(io::stdin(), PATIENCE)?;
    trimmed(&Secret::from(text)).ok_or(Failure::NoToken)
}

/// Reads all that comes. Whoever holds the other end open and writes nothing doesn't hold the command for ever.
fn read_within(input: impl Read + Send + 'static, patience: Duration) -> Result<String, Failure> {
    let (sender, receiver) = channel();
    let read = move || {
        let mut text = String::new();
        let result = input.take(LONGEST).read_to_string(&mut text).map(|_| text);
        drop(sender.send(result));
    };
    std::thread::Builder::new().name("doorkey-input".to_owned()).spawn(read).map_err(Failure::Input)?;
    match receiver.recv_timeout(patience) {
        Ok(result) => result.map_err(Failure::Input),
        Err(_) => Err(Failure::NothingCame { waited: patience }),
    }
}

/// The text without what is around it, if there is any.
fn trimmed(text: &Secret) -> Option<Secret> {
    Some(text.expose().trim()).filter(|token| !token.is_empty()).map(Secret::from)
}

fn say(text: &str) {
    let mut err = io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

#[cfg(all(test, unix))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn an_input_that_stays_open_and_silent_is_given_up() {
        let (silent, _other) = UnixStream::pair().unwrap();
        let given_up = read_within(silent, Duration::from_millis(50)).unwrap_err();
        assert_eq!(given_up.code(), "command.input");
        let (input, mut other) = UnixStream::pair().unwrap();
        other.write_all(b"a token").unwrap();
        drop(other);
        assert_eq!(read_within(input, Duration::from_mins(1)).unwrap(), "a token");
    }
}
