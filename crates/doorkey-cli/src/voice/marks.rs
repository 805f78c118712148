//! Rows that say of several things how each of them is: a mark for the eye, a word for everybody, and what to do below.

use anstyle::Style;
use doorkey_manifest::manifest::Stream;

use super::{Voice, clean};
use crate::catalogue::Look;
use crate::failure::Failure;

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

impl Voice {
    /// All of them on standard output, in columns.
    pub fn marks(&mut self, marks: &[Mark]) -> Result<(), Failure> {
        let wide = |of: fn(&Mark) -> &str| marks.iter().map(|mark| of(mark).chars().count()).max().unwrap_or(0);
        let (words, labels) = (wide(|mark| &mark.word), wide(|mark| &mark.label));
        let (sign, gap) = if self.out.terminal { (2, 2) } else { (0, 2) };
        let indent = " ".repeat(sign + words + gap + labels + gap);
        let lines: Vec<String> = marks
            .iter()
            .map(|mark| {
                let label = self.out.paint(Style::new().bold(), &format!("{:labels$}", mark.label));
                let text = clean(&mark.text).replace('\n', " ");
                let word = format!("{:words$}", mark.word);
                let more = mark.more.as_deref().map(|more| format!("\n{indent}{}", clean(more)));
                format!("{}{word}  {label}  {text}{}", self.sign(mark.look), more.unwrap_or_default())
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
