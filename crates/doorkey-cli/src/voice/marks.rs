//! Rows that say of several things how each of them is: a mark for the eye, a word for everybody, and what to do below.

use anstyle::Style;
use doorkey_manifest::manifest::Stream;

use super::screen::width_of;
use super::{Voice, clean};
use crate::catalogue::Look;
use crate::failure::Failure;
use crate::table::{GAP, wrapped};

/// One thing, and how it is.
pub struct Mark {
    /// How a terminal marks it.
    pub look: Look,
    /// The same in a word.
    pub word: String,
    /// What it is about.
    pub label: String,
    /// What there is to say.
    pub text: String,
    /// What to do about it.
    pub more: Option<String>,
}

/// Texts stand beside their labels where the terminal leaves them so much room, else below.
const ROOM_BESIDE: usize = 34;

/// How far texts below their labels stand in.
const BELOW: usize = 4;

impl Voice {
    /// All of them on standard output, in columns where the terminal is wide enough.
    pub fn marks(&mut self, marks: &[Mark]) -> Result<(), Failure> {
        let wide =
            |of: fn(&Mark) -> &str| marks.iter().map(|mark| of(mark).chars().count()).max().unwrap_or(0);
        let (words, labels) = (wide(|mark| &mark.word), wide(|mark| &mark.label));
        let sign = if self.out.terminal { 2 } else { 0 };
        let beside = sign + words + GAP + labels + GAP;
        let room = if self.out.terminal { width_of(Stream::Stdout) } else { usize::MAX };
        let is_beside = room.saturating_sub(beside) >= ROOM_BESIDE;
        let indent = if is_beside { beside } else { BELOW };
        let start = format!("\n{}", " ".repeat(indent));
        let lines: Vec<String> = marks
            .iter()
            .map(|mark| {
                let label = self.out.paint(Style::new().bold(), &format!("{:labels$}", mark.label));
                let head = format!("{}{:words$}  {label}", self.sign(mark.look), mark.word);
                let fitted = |text: &str| {
                    wrapped(&clean(text).replace('\n', " "), room.saturating_sub(indent).max(BELOW), indent)
                };
                let text = fitted(&mark.text);
                let gap = if is_beside { "  " } else { start.as_str() };
                let more = mark.more.as_deref().map(|more| format!("{start}{}", fitted(more)));
                format!("{}{gap}{text}{}", head, more.unwrap_or_default())
            })
            .collect();
        self.write(Stream::Stdout, &lines.join("\n"))
    }

    /// The mark that a terminal shows before a row; in a pipe there is only the word.
    fn sign(&self, look: Look) -> String {
        if !self.out.terminal {
            return String::new();
        }
        match look.sign() {
            Some((sign, colour)) => format!("{} ", self.out.paint(colour.on_default(), sign)),
            None => "  ".to_owned(),
        }
    }
}
