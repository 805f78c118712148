//! How the command speaks: the words of the product where it has some, else the usual ones; data to standard output,
//! talk to standard error; colours and marks on terminals alone.

mod marks;
mod report;
mod screen;
mod waiting;

use std::cell::OnceCell;
use std::io::{self, ErrorKind, Write as _};
use std::rc::Rc;
use std::sync::Arc;

use anstyle::Style;
use doorkey::{Cancel, Client};
use doorkey_manifest::manifest::{Event, Message, Messages, Stream};
use doorkey_manifest::{Text, Values};
use serde_json::Value;

pub use self::marks::Mark;
pub use self::screen::clean;
use self::screen::{Screen, width_of};
use crate::arguments::ACCENT;
use crate::catalogue::{Catalogue, Entry, Look, Word};
use crate::failure::Failure;
use crate::interrupt::{Interrupts, Watch};
use crate::prompt::Asking;
use crate::table::{Line, Table};

/// What a person copies, types or compares.
const STANDING_OUT: &[&str] = &["url", "verification_uri", "user_code", "comparison_code"];

/// Says things.
pub struct Voice {
    /// The client of the tool that it speaks for.
    client: Option<Rc<Client>>,
    /// What texts may say of the tool at any time; found out when something is said.
    known: OnceCell<Values>,
    /// How this program was called.
    command: String,
    /// What is said to somebody who isn't signed in.
    needs: Event,
    /// Whether it is a sign-in that may go wrong.
    signing_in: bool,
    json: bool,
    verbose: bool,
    out: Screen,
    err: Screen,
    /// What is said while it waits.
    waits: Event,
    /// Whether the last line on the terminal is the one that is overwritten.
    waiting: bool,
    /// How often it was overwritten.
    turns: usize,
    /// Where a line of the product's own is open, to be ended when the wait ends.
    open: Option<Stream>,
    /// Who hears of Ctrl-C.
    interrupts: Interrupts,
    /// Whether standard output belongs to somebody else.
    talk_only: bool,
}

impl Voice {
    /// A voice that doesn't know yet which tool it speaks for. A terminal that is `dumb` can't overwrite a line.
    pub fn new(json: bool, verbose: bool, dumb: bool) -> Voice {
        Voice {
            client: None,
            known: OnceCell::new(),
            command: "doorkey".to_owned(),
            needs: Event::NotSignedIn,
            signing_in: false,
            json,
            verbose,
            out: Screen::of(Stream::Stdout, dumb),
            err: Screen::of(Stream::Stderr, dumb),
            waits: Event::Waiting,
            waiting: false,
            turns: 0,
            open: None,
            interrupts: Interrupts::default(),
            talk_only: false,
        }
    }

    /// From now on somebody else hears of Ctrl-C.
    pub fn interrupted_by(&mut self, interrupts: Interrupts) {
        self.interrupts = interrupts;
    }

    /// From now on everything that is said is talk: standard output is for the data of whatever goes on afterwards.
    pub fn talk_only(&mut self, talk_only: bool) {
        self.talk_only = talk_only;
    }

    /// A wait begins that the person may stop; `sentence` is said where nobody else can.
    pub fn watch(&self, asking: &Arc<Asking>, sentence: String) -> Watch {
        self.interrupts.watch(asking, sentence)
    }

    /// The wish to stop a request that nobody has to be told about.
    pub fn cancel(&self) -> Cancel {
        self.interrupts.cancel()
    }

    /// From now on it speaks for the tool of `client`, which runs as `command`.
    pub fn speak_for(&mut self, client: Rc<Client>, command: String) {
        self.client = Some(client);
        self.command = command;
    }

    /// What is said to somebody who isn't signed in: that depends on what the credential is needed for.
    pub fn needs(&mut self, event: Event) {
        self.needs = event;
    }

    /// What goes wrong from now on goes wrong with a sign-in.
    pub fn begin_signing_in(&mut self) {
        self.signing_in = true;
    }

    /// Whether the product has its own words for exactly this event.
    pub fn has_own(&self, event: Event) -> bool {
        !self.json && self.messages().is_some_and(|messages| messages.get(event).is_some())
    }

    /// Whether the product has its own words for this event, or for the one that stands in for it.
    pub fn speaks_of(&self, event: Event) -> bool {
        self.own(event).is_some()
    }

    /// How this program was called.
    pub fn command(&self) -> &str {
        &self.command
    }

    /// Whether results are JSON.
    pub fn json(&self) -> bool {
        self.json
    }

    /// Whether more is to be said than usual.
    pub fn verbose(&self) -> bool {
        self.verbose
    }

    /// Says what happened. Gives back the exit code that the product wants for it, if it wants one.
    pub fn say(&mut self, event: Event, values: &Values) -> Result<Option<u8>, Failure> {
        let entry = entry(event);
        let own = self.own(event).cloned();
        let usual = entry.map_or(Stream::Stderr, |entry| entry.stream);
        let usual = if self.talk_only { Stream::Stderr } else { usual };
        let mut stream = own.as_ref().map_or(usual, |own| self.stream_of(own, usual));
        let mut exit = own.as_ref().and_then(|message| message.exit);
        // Whoever needs a token takes standard output for it, and success for having it: words that were made for a
        // person who asks promise neither.
        if event == Event::TokenNeeded && !self.has_own(event) {
            stream = Stream::Stderr;
            exit = exit.filter(|code| *code != 0);
        }
        if self.json && stream == Stream::Stdout {
            return Ok(exit);
        }
        let text = match (own.as_ref().and_then(|message| self.fill_own(message, values)), entry) {
            (Some(text), _) => text,
            (None, Some(entry)) => {
                let filled = self.fill(&entry.text, values, Some(stream)).unwrap_or_default();
                self.marked(entry.look, &filled, stream)
            }
            (None, None) => String::new(),
        };
        self.write(stream, &text)?;
        Ok(exit)
    }

    /// Says something that stands in the manifest and belongs to no event.
    pub fn say_own(&mut self, message: &Message, values: &Values) -> Result<(), Failure> {
        let stream = self.stream_of(message, Stream::Stderr);
        if self.json && stream == Stream::Stdout {
            return Ok(());
        }
        let text = self.fill_own(message, values).unwrap_or_default();
        self.write(stream, &text)
    }

    fn stream_of(&self, own: &Message, usual: Stream) -> Stream {
        let wanted = own.stream.filter(|_| !self.talk_only);
        let usually = || self.messages()?.stream.filter(|_| !self.talk_only);
        wanted.or_else(usually).unwrap_or(usual)
    }

    /// The text of an event without anything around it, for prompts and for the end of the process.
    pub fn text(&self, event: Event, values: &Values) -> String {
        self.own(event)
            .and_then(|message| self.fill_own(message, values))
            .or_else(|| self.fill(&entry(event)?.text, values, None))
            .unwrap_or_default()
    }

    /// A part of a sentence.
    pub fn word(&self, word: Word, values: &Values) -> String {
        Catalogue::get().word(word).and_then(|text| self.fill(text, values, None)).unwrap_or_default()
    }

    /// A table of labels and values on standard output.
    pub fn table(&mut self, rows: &[(String, String)]) -> Result<(), Failure> {
        let room = self.out.terminal.then(|| width_of(Stream::Stdout));
        let text: Vec<String> = crate::table::labelled(rows, room)
            .into_iter()
            .map(|(label, value)| format!("{}{value}", self.out.paint(Style::new().bold(), &label)))
            .collect();
        self.write(Stream::Stdout, &text.join("\n"))
    }

    /// Rows of one kind on standard output: side by side where the terminal is wide enough, else one below the other.
    pub fn rows(&mut self, table: &Table) -> Result<(), Failure> {
        let room = self.out.terminal.then(|| width_of(Stream::Stdout));
        let bold = Style::new().bold();
        let lines: Vec<String> = table
            .lines(room)
            .into_iter()
            .map(|line| match line {
                Line::Head(text) => self.out.paint(bold, &text),
                Line::Row(text) => text,
                Line::Field(label, value) => format!("  {label}  {value}"),
            })
            .collect();
        self.write(Stream::Stdout, &lines.join("\n"))
    }

    /// Says on standard error that something worked, or what to know about it. Programs aren't told.
    pub fn tell(&mut self, look: Look, word: Word, values: &Values) {
        if self.json {
            return;
        }
        let text = self.word(word, values);
        let text = self.marked(look, &text, Stream::Stderr);
        let _ = self.write(Stream::Stderr, &text);
    }

    /// A line of data on standard output, as it is.
    pub fn data(&mut self, line: &str) -> Result<(), Failure> {
        self.stop_waiting();
        let mut out = io::stdout().lock();
        let written = out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe => Failure::NobodyReads,
            _ => Failure::Output(error),
        })
    }

    /// A result for programs on standard output.
    pub fn result(&mut self, value: &Value) -> Result<(), Failure> {
        self.data(&format!("{value:#}"))
    }

    /// The same, where somebody asked for it.
    pub fn result_if_json(&mut self, value: &Value) -> Result<(), Failure> {
        if self.json { self.result(value) } else { Ok(()) }
    }

    /// A line of talk on standard error.
    pub fn talk(&mut self, text: &str) {
        let _ = self.write(Stream::Stderr, &clean(text));
    }

    fn messages(&self) -> Option<&Messages> {
        Some(&self.client.as_ref()?.app().manifest().messages)
    }

    /// The product's own words for an event, or for the one that stands in for it. Programs get the usual ones.
    fn own(&self, event: Event) -> Option<&Message> {
        let messages = self.messages().filter(|_| !self.json)?;
        let mut next = Some(event);
        while let Some(event) = next {
            if let Some(message) = messages.get(event) {
                return Some(message);
            }
            next = event.otherwise();
        }
        None
    }

    /// What texts may say of the tool at any time.
    fn known(&self) -> &Values {
        self.known
            .get_or_init(|| self.client.as_ref().map(|client| client.named_values()).unwrap_or_default())
    }

    /// The first of the product's texts for an event whose values are all there.
    fn fill_own(&self, message: &Message, values: &Values) -> Option<String> {
        message.text.iter().find_map(|text| self.fill(text, values, None))
    }

    /// The text with its values, without the line break that a block of lines ends with. `None` when one is missing.
    fn fill(&self, text: &Text, values: &Values, stream: Option<Stream>) -> Option<String> {
        let colour = stream.is_some_and(|stream| self.screen(stream).colour);
        let mut all = self.known().clone().with("command", self.command.as_str());
        for (name, value) in values.iter() {
            match value {
                Value::String(text) if colour && STANDING_OUT.contains(&name) => {
                    let accent = ACCENT.on_default();
                    all.set(name, format!("{accent}{}{accent:#}", clean(text)));
                }
                Value::String(text) => all.set(name, clean(text).as_ref()),
                other => all.set(name, other.clone()),
            }
        }
        text.fill_lines(&all).ok()
    }

    fn screen(&self, stream: Stream) -> Screen {
        match stream {
            Stream::Stdout => self.out,
            Stream::Stderr => self.err,
        }
    }

    /// The text with the mark that a terminal shows before it.
    fn marked(&self, look: Look, text: &str, stream: Stream) -> String {
        let screen = self.screen(stream);
        let Some((mark, colour)) = look.sign().filter(|_| screen.terminal) else { return text.to_owned() };
        format!("{} {text}", screen.paint(colour.on_default(), mark)).replace('\n', "\n  ")
    }

    fn write(&mut self, stream: Stream, text: &str) -> Result<(), Failure> {
        self.stop_waiting();
        if text.is_empty() {
            return Ok(());
        }
        match stream {
            Stream::Stdout => self.data(text),
            Stream::Stderr => {
                // Nothing can be said about a standard error that can't be written.
                let _ = io::stderr().lock().write_all(format!("{text}\n").as_bytes());
                Ok(())
            }
        }
    }
}

/// The usual words for an event, or for the one that stands in for it.
fn entry(event: Event) -> Option<&'static Entry> {
    let mut next = Some(event);
    while let Some(event) = next {
        if let Some(entry) = Catalogue::get().entry(event) {
            return Some(entry);
        }
        next = event.otherwise();
    }
    None
}
