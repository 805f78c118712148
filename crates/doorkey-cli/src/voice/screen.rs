//! What the two streams lead to, and what may be written there.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::Style;
use doorkey_manifest::manifest::Stream;

/// What one of the streams leads to.
#[derive(Clone, Copy)]
pub(super) struct Screen {
    pub terminal: bool,
    pub colour: bool,
}

impl Screen {
    pub fn of(stream: Stream, dumb: bool) -> Screen {
        let (terminal, choice) = match stream {
            Stream::Stdout => (io::stdout().is_terminal(), AutoStream::choice(&io::stdout())),
            Stream::Stderr => (io::stderr().is_terminal(), AutoStream::choice(&io::stderr())),
        };
        Screen { terminal: terminal && !dumb, colour: choice != ColorChoice::Never }
    }

    pub fn paint(self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// Text from a server, a file or an environment, so that it can't steer the terminal that it is shown on.
pub fn clean(text: &str) -> Cow<'_, str> {
    let steers = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.contains(steers) { Cow::Owned(text.replace(steers, "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// Writes at once and without a line break. Nothing can be said about a stream that can't be written.
pub(super) fn put(stream: Stream, text: &str) {
    match stream {
        Stream::Stdout => {
            let mut out = io::stdout().lock();
            let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        }
        Stream::Stderr => {
            let mut err = io::stderr().lock();
            let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
        }
    }
}

/// How many characters fit into a line of the terminal.
#[cfg(unix)]
pub(super) fn width_of(stream: Stream) -> usize {
    use rustix::termios::tcgetwinsize;

    let size = match stream {
        Stream::Stdout => tcgetwinsize(io::stdout()),
        Stream::Stderr => tcgetwinsize(io::stderr()),
    };
    let size = size.ok().map(|size| usize::from(size.ws_col));
    size.filter(|width| *width > 0).unwrap_or(80)
}

#[cfg(not(unix))]
pub(super) fn width_of(_stream: Stream) -> usize {
    80
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::clean;

    proptest! {
        #[test]
        fn whatever_a_server_says_stays_on_its_line(text in any::<String>()) {
            let shown = clean(&text);
            prop_assert!(!shown.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
            prop_assert_eq!(shown.chars().count(), text.chars().count());
        }
    }

    #[test]
    fn what_steers_a_terminal_is_not_shown() {
        assert_eq!(clean("Ada\u{1b}[2J\u{7}\r"), "Ada\u{fffd}[2J\u{fffd}\u{fffd}");
        assert_eq!(clean("\u{202e}evil\u{9b}1m"), "\u{fffd}evil\u{fffd}1m");
        assert_eq!(clean("Zoë 雪\n\tline"), "Zoë 雪\n\tline");
    }
}
