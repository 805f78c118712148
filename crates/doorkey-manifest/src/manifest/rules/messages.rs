//! What the commands say.

use super::super::{Event, Manifest};
use super::Rules;
use crate::{Text, names};

impl Rules<'_> {
    pub(super) fn messages(&mut self, manifest: &Manifest) {
        for event in Event::ALL {
            let Some(message) = manifest.messages.get(*event) else { continue };
            let at = ["messages", event.name()];
            if message.text.is_empty() {
                self.report(&at, "there is no text", None);
            }
            for text in &message.text {
                self.text(&at, text);
                self.not_whole(&at, text);
            }
            let waits = matches!(event, Event::Waiting | Event::WaitingOpened);
            if (message.done.is_some() || message.failed.is_some()) && !waits {
                self.report(&at, "`done` and `failed` end the line of `waiting` alone", None);
            }
        }
    }

    /// A secret may be shown in part.
    fn not_whole(&mut self, at: &[&str], text: &Text) {
        let secret = text.names().find(|name| names::lookup(name).is_some_and(|name| name.secret));
        if let Some(name) = secret.filter(|name| text.source().contains(&format!("{{{name}}}"))) {
            self.report(
                at,
                format!("`{{{name}}}` is secret and can't be shown whole"),
                format!("show a part of it, such as `{{{name}:first(8)}}`"),
            );
        }
    }
}
