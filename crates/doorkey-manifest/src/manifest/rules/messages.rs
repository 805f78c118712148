//! What the commands say.

use super::super::{Event, Manifest};
use super::Rules;
use crate::names;

impl Rules<'_> {
    pub(super) fn messages(&mut self, manifest: &Manifest) {
        for event in Event::ALL {
            let Some(message) = manifest.messages.get(*event) else { continue };
            self.text(&["messages", event.name()], &message.text);
            let secret =
                message.text.names().find(|name| names::lookup(name).is_some_and(|name| name.secret));
            let shown_whole = secret.filter(|name| message.text.source().contains(&format!("{{{name}}}")));
            if let Some(name) = shown_whole {
                self.report(
                    &["messages", event.name()],
                    format!("`{{{name}}}` is secret and can't be shown whole"),
                    format!("show a part of it, such as `{{{name}:first(8)}}`"),
                );
            }
        }
    }
}
