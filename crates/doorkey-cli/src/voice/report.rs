//! What is said when something went wrong, and what the command exits with then.

use std::error::Error as _;

use anstyle::AnsiColor;
use doorkey_manifest::Values;
use doorkey_manifest::manifest::{Event, Stream};
use serde_json::json;

use super::{Voice, clean, entry};
use crate::arguments::ACCENT;
use crate::catalogue::Look;
use crate::failure::Failure;

impl Voice {
    /// Says why the command can't go on, and gives back what it exits with.
    pub fn report(&mut self, failure: &Failure) -> u8 {
        self.end_waiting(false);
        let exit = failure.exit_code();
        if matches!(failure, Failure::NobodyReads) {
            return exit;
        }
        let mut values = failure.values();
        let sentence = self.sentence(failure, &values);
        let hint = failure.hint(&self.command).map(|hint| clean(&hint).into_owned());
        if self.json {
            let error = json!({
                "code": failure.code(), "message": sentence, "hint": hint, "exit": exit,
            });
            return match self.result(&json!({ "error": error })) {
                Ok(()) | Err(Failure::NobodyReads) => exit,
                Err(_) => 1,
            };
        }
        if let Some(event) = failure.event().map(|event| self.meant(event, &mut values)) {
            let own = self.own(event).is_some();
            if own || event == Event::LoginCancelled {
                let wanted = self.say(event, &values).ok().flatten();
                if self.verbose {
                    self.tell_causes(failure);
                }
                return wanted.unwrap_or(exit);
            }
        }
        self.tell_error(&sentence, hint.as_deref());
        if self.verbose {
            self.tell_causes(failure);
        }
        exit
    }

    /// Says on standard error alone, in the usual words, why a protocol that has standard output for itself can't go on.
    pub fn report_aside(&mut self, failure: &Failure) -> u8 {
        let values = failure.values();
        let sentence = self.sentence(failure, &values);
        let hint = failure.hint(&self.command).map(|hint| clean(&hint).into_owned());
        self.tell_error(&sentence, hint.as_deref());
        if self.verbose {
            self.tell_causes(failure);
        }
        failure.exit_code()
    }

    /// What is said where nobody is signed in: that somebody is, but elsewhere, where the product has words for that.
    pub fn signed_out(&self, values: &mut Values) -> Event {
        let client = self.client.as_ref().filter(|_| self.has_own(Event::SignedInElsewhere));
        match client.and_then(|client| client.signed_in_elsewhere()) {
            Some(elsewhere) => {
                values.set("detail", elsewhere);
                Event::SignedInElsewhere
            }
            None => self.needs,
        }
    }

    /// What is said about a failure depends on what the command was doing.
    fn meant(&self, event: Event, values: &mut Values) -> Event {
        match event {
            Event::NotSignedIn => self.signed_out(values),
            Event::Unreachable if self.signing_in => Event::LoginUnreachable,
            Event::StartFailed if !self.signing_in => Event::RequestFailed,
            event => event,
        }
    }

    /// What went wrong, in the usual words.
    fn sentence(&self, failure: &Failure, values: &Values) -> String {
        failure
            .event()
            .and_then(entry)
            .filter(|entry| entry.look == Look::Error)
            .and_then(|entry| self.fill(&entry.text, values, None))
            .unwrap_or_else(|| clean(&failure.to_string()).into_owned())
    }

    fn tell_error(&mut self, sentence: &str, hint: Option<&str>) {
        let error = self.err.paint(AnsiColor::Red.on_default().bold(), "error:");
        let _ = self.write(Stream::Stderr, &format!("{error} {sentence}"));
        if let Some(hint) = hint {
            let label = self.err.paint(ACCENT.on_default(), "hint:");
            let _ = self.write(Stream::Stderr, &format!("{label} {hint}"));
        }
    }

    fn tell_causes(&mut self, failure: &Failure) {
        let mut told = failure.to_string();
        let mut cause = failure.source();
        while let Some(error) = cause {
            let sentence = error.to_string();
            if sentence != told {
                let _ = self.write(Stream::Stderr, &format!("caused by: {}", clean(&sentence)));
            }
            told = sentence;
            cause = error.source();
        }
        let _ = self.write(Stream::Stderr, &format!("code: {}", failure.code()));
    }
}
