//! The keyboard while the command waits for a browser: a key for another way, and an address that is pasted.
//!
//! Keys are read one by one and not shown, since what is pasted may be worth a sign-in. Ctrl-C and Ctrl-Z keep their
//! meaning. The terminal is as it was before as soon as this is dropped, also by a panic; a second Ctrl-C, which ends the
//! process at once, puts it back through [`Asking::put_back`](crate::prompt::Asking::put_back).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use doorkey::Nudge;

use crate::prompt::Asking;

/// Reads the keyboard until it is dropped.
#[derive(Debug)]
pub struct Keyboard {
    over: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
    asking: Arc<Asking>,
}

impl Keyboard {
    /// Begins to read. `None` where nobody sits at a terminal.
    #[cfg(unix)]
    pub fn listen(nudge: &Nudge, can_switch: bool, asking: &Arc<Asking>) -> Option<Keyboard> {
        if !crate::prompt::is_possible() {
            return None;
        }
        // Before anything is said about keys: whoever is quick must not see what they press.
        unix::listen(asking);
        let over = Arc::new(AtomicBool::new(false));
        let (own, nudge, other) = (Arc::clone(&over), nudge.clone(), Arc::clone(asking));
        let read = move || unix::read(&own, &other, &mut Keys::new(nudge, can_switch));
        let reader = std::thread::Builder::new().name("doorkey-keyboard".to_owned()).spawn(read).ok()?;
        Some(Keyboard { over, reader: Some(reader), asking: Arc::clone(asking) })
    }

    /// Elsewhere keys keep waiting for a question.
    #[cfg(not(unix))]
    pub fn listen(_nudge: &Nudge, _can_switch: bool, _asking: &Arc<Asking>) -> Option<Keyboard> {
        None
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        self.asking.put_back();
    }
}

/// More than any address has that a browser comes home with.
const LONGEST: usize = 16 * 1024;

/// What the keys that were pressed mean.
struct Keys {
    nudge: Nudge,
    can_switch: bool,
    line: Vec<u8>,
}

impl Keys {
    fn new(nudge: Nudge, can_switch: bool) -> Keys {
        Keys { nudge, can_switch, line: Vec::new() }
    }

    /// What came from the keyboard at once.
    fn press(&mut self, bytes: &[u8]) {
        // A `c` alone is a wish; within something that is pasted it is a letter.
        if self.line.is_empty() && matches!(bytes, b"c" | b"C") && self.can_switch {
            self.nudge.use_code();
            return;
        }
        for byte in bytes {
            match byte {
                b'\r' | b'\n' => self.enter(),
                0x7f | 0x08 => drop(self.line.pop()),
                // Ctrl-U
                0x15 => self.line.clear(),
                byte if self.line.len() < LONGEST => self.line.push(*byte),
                _ => {}
            }
        }
    }

    /// Nothing has come for a moment: what is there is all that was pasted, if it can be an address.
    fn rest(&mut self) {
        let line = self.text();
        if line.contains('/') && line.contains('?') && line.contains("state=") {
            self.enter();
        }
    }

    /// What was typed or pasted is complete.
    fn enter(&mut self) {
        let line = self.text();
        self.line.clear();
        match line.trim() {
            "" => {}
            "c" | "C" if self.can_switch => self.nudge.use_code(),
            address => self.nudge.came_home(address.into()),
        }
    }

    /// Without what terminals put around a paste.
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.line).replace("\u{1b}[200~", "").replace("\u{1b}[201~", "")
    }
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::sync::atomic::{AtomicBool, Ordering};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::process::getpgrp;
    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
    };

    use super::Keys;
    use crate::prompt::Asking;

    /// Between two looks at whether it is over, in nanoseconds.
    const LOOK: i64 = 50_000_000;

    /// After so many looks without a key a paste is complete.
    const QUIET: u32 = 6;

    pub(super) fn read(over: &AtomicBool, asking: &Asking, keys: &mut Keys) {
        let mut quiet = 0;
        while !over.load(Ordering::SeqCst) {
            // In the background of the terminal, reading it would stop the process.
            if !listen(asking) {
                pause();
                continue;
            }
            let stdin = io::stdin();
            let mut ready = [PollFd::new(&stdin, PollFlags::IN)];
            let look = Timespec { tv_sec: 0, tv_nsec: LOOK };
            if !matches!(poll(&mut ready, Some(&look)), Ok(1..)) {
                quiet += 1;
                if quiet == QUIET {
                    keys.rest();
                }
                continue;
            }
            quiet = 0;
            let gone = ready.iter().any(|stdin| stdin.revents().intersects(PollFlags::HUP | PollFlags::ERR));
            let mut bytes = [0; 4096];
            // Not through the buffer of the standard library: what belongs to a later question stays there.
            match rustix::io::read(&stdin, &mut bytes[..]) {
                Ok(0) if gone => return,
                // Somebody else has read it meanwhile.
                Ok(0) => pause(),
                Err(_) => return,
                Ok(count) => keys.press(bytes.get(..count).unwrap_or_default()),
            }
        }
    }

    fn pause() {
        std::thread::sleep(std::time::Duration::from_nanos(LOOK.unsigned_abs()));
    }

    /// Whether the terminal listens to this process. A terminal that isn't ours to control stops nobody.
    fn in_foreground() -> bool {
        tcgetpgrp(io::stdin()).map_or(true, |group| group == getpgrp())
    }

    /// Lets keys come one by one and unseen. Also anew, after somebody stopped the process and went on with it. Says
    /// whether the terminal listens to this process at all.
    pub(super) fn listen(asking: &Asking) -> bool {
        if !in_foreground() {
            return false;
        }
        let Ok(now) = tcgetattr(io::stdin()) else { return true };
        if !now.local_modes.intersects(LocalModes::ICANON | LocalModes::ECHO) {
            return true;
        }
        let mut quiet: Termios = now.clone();
        quiet.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        // A read never waits: the end of the wait must not hang on a key.
        quiet.special_codes[SpecialCodeIndex::VMIN] = 0;
        quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
        asking.remember(now);
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &quiet);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys of somebody, and what came of them: how often a code was wished, and which addresses were brought. What a
    /// sign-in takes from a nudge is the library's; here it is enough that there is something or nothing.
    fn told(pieces: &[&str]) -> String {
        let nudge = Nudge::new();
        let mut keys = Keys::new(nudge.clone(), true);
        for piece in pieces {
            keys.press(piece.as_bytes());
        }
        keys.rest();
        format!("{nudge:?}")
    }

    #[test]
    fn a_c_alone_wishes_for_a_code_and_one_within_an_address_does_not() {
        assert!(told(&["c"]).contains("UseCode"));
        assert!(told(&["x", "\u{7f}", "c"]).contains("UseCode"));
        assert!(!told(&["x", "c"]).contains("UseCode"));
        let pasted = told(&["http://127.0.0.1:1/", "c", "allback?code=x&state=y\n"]);
        assert!(pasted.contains("CameHome") && !pasted.contains("UseCode"), "{pasted}");
        let mut keys = Keys::new(Nudge::new(), false);
        keys.press(b"c");
        assert!(!format!("{:?}", keys.nudge).contains("UseCode"), "where there is no code");
    }

    #[test]
    fn a_paste_is_complete_with_enter_or_after_a_moment_and_is_never_shown() {
        for pieces in [
            &["http://127.0.0.1:1/callback?code=x&state=y"][..],
            &["\u{1b}[200~http://127.0.0.1:1/callback?code=x&state=y\u{1b}[201~"],
            &["anything\r"],
        ] {
            let told = told(pieces);
            assert!(told.contains("CameHome") && !told.contains("code=x"), "{told}");
        }
        for pieces in [&["\n"][..], &["half an addre"], &["x\u{15}"], &["\u{1b}[A"]] {
            assert!(!told(pieces).contains("CameHome"), "{pieces:?}");
        }
    }
}
