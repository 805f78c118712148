//! The line that says how long the command still waits.

use std::io::{self, Write};

use doorkey_manifest::Values;
use doorkey_manifest::manifest::{Event, Message, Stream};

use super::Voice;
use super::screen::{put, width_of};
use crate::arguments::ACCENT;
use crate::catalogue::Word;

/// What shows, once a second, that the command is alive.
const TURNS: [&str; 4] = ["◐", "◓", "◑", "◒"];

impl Voice {
    /// From now on it waits for a browser that was opened.
    pub fn wait_for_browser(&mut self) {
        self.waits = Event::WaitingOpened;
    }

    /// Whether the product has a line of its own for the wait.
    pub fn waits_in_own_words(&self) -> bool {
        self.own(self.waits).is_some()
    }

    /// Whether a line of the product's own is open that says at its end how the wait ended.
    pub fn holds_line(&self) -> bool {
        self.open.is_some()
    }

    /// Says how long the wait still is: on a terminal in one line that is overwritten, else once.
    pub fn wait(&mut self, values: &Values, first: bool) {
        // The product's own line stands still.
        if let Some(own) = self.own(self.waits).cloned() {
            if first {
                self.begin_own_wait(&own, values);
            }
            return;
        }
        if !self.err.terminal || self.json {
            if first {
                let _ = self.say(Event::Waiting, values);
            }
            return;
        }
        // Anything longer than the line couldn't be overwritten.
        let room = width_of(Stream::Stderr).saturating_sub(3);
        let mut text = self.text(Event::Waiting, values);
        if text.lines().next().is_some_and(|line| line.chars().count() > room) {
            text = self.word(Word::WaitingShort, values);
        }
        let line: String = text.lines().next().unwrap_or_default().chars().take(room).collect();
        let turn = TURNS[self.turns % TURNS.len()];
        self.turns += 1;
        // The cursor stays visible, so that nothing has to be restored however the process ends.
        let _ = write!(io::stderr(), "\r{} {line}\x1b[K", self.err.paint(ACCENT.on_default(), turn));
        let _ = io::stderr().flush();
        self.waiting = true;
    }

    fn begin_own_wait(&mut self, own: &Message, values: &Values) {
        let ends = own.done.is_some() || own.failed.is_some();
        if !ends {
            let _ = self.say(self.waits, values);
            return;
        }
        let stream = self.stream_of(own, Stream::Stderr);
        let text = self.fill_own(own, values).unwrap_or_default();
        self.stop_waiting();
        put(stream, &text);
        self.open = Some(stream);
    }

    /// The wait is over: the product's own line gets its end, the line that is overwritten goes.
    pub fn end_waiting(&mut self, well: bool) {
        if let Some(stream) = self.open.take() {
            let own = self.own(self.waits);
            let end = own.and_then(|own| if well { own.done.clone() } else { own.failed.clone() });
            put(stream, &format!("{}\n", end.unwrap_or_default()));
        }
        self.stop_waiting();
    }

    /// Removes the line that is overwritten, and leaves the one that is open.
    pub fn stop_waiting(&mut self) {
        if let Some(stream) = self.open.take() {
            put(stream, "\n");
        }
        if std::mem::take(&mut self.waiting) {
            let _ = write!(io::stderr(), "\r\x1b[K");
            let _ = io::stderr().flush();
        }
    }
}
