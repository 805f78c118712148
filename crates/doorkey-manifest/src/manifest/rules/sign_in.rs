//! The ways of signing in.

use super::super::{Manifest, Way};
use super::Rules;
use crate::Text;
use crate::wire::{Meaning, Operation, Outcome};

impl Rules<'_> {
    pub(super) fn sign_in(&mut self, manifest: &Manifest) {
        let sign_in = &manifest.sign_in;
        if sign_in.ways.is_empty() {
            self.report(
                &["sign_in", "ways"],
                "there is no way of signing in",
                "name at least one of loopback, device, session, paste, anonymous".to_owned(),
            );
        }
        for (index, way) in sign_in.ways.iter().enumerate() {
            let place = index.to_string();
            if sign_in.ways[..index].contains(way) {
                self.report(&["sign_in", "ways", &place], format!("`{}` is there twice", way.name()), None);
            }
            let needed: &[Operation] = match way {
                Way::Session => &[Operation::Start, Operation::Poll],
                Way::Anonymous => &[Operation::Anonymous],
                Way::Loopback | Way::Device | Way::Paste => &[],
            };
            for operation in needed.iter().filter(|operation| manifest.own_exchange(**operation).is_none()) {
                self.report(
                    &["sign_in", "ways", &place],
                    format!("the way `{}` needs `[wire.{}]`", way.name(), operation.name()),
                    "say which request it sends and what the answers mean".to_owned(),
                );
            }
            if *way == Way::Paste && sign_in.paste.page.is_none() {
                self.report(
                    &["sign_in", "ways", &place],
                    "the way `paste` needs a page where tokens are made",
                    "add `[sign_in.paste]` with `page = \"…\"`".to_owned(),
                );
            }
        }
        for (index, scope) in sign_in.scopes.iter().enumerate() {
            self.declared(&["sign_in", "scopes", &index.to_string()], manifest, scope);
        }
        if sign_in.expires_in.as_secs() > 600 {
            self.report(
                &["sign_in", "expires_in"],
                "a sign-in may stay open for ten minutes at most",
                "the longer a link works, the easier it is to trick somebody into opening it".to_owned(),
            );
        }
        for (key, path) in
            [("path", Some(&sign_in.loopback.path)), ("done_path", sign_in.loopback.done_path.as_ref())]
        {
            if path.is_some_and(|path| !path.starts_with('/')) {
                self.report(&["sign_in", "loopback", key], "the path doesn't begin with `/`", None);
            }
        }
        self.key_that_comes_home(manifest);
    }

    /// A credential travels home only to a client that is recognized as an old one, by what its `legacy_query` has.
    /// Whoever isn't gets a code.
    fn key_that_comes_home(&mut self, manifest: &Manifest) {
        let Some(callback) = manifest.own_exchange(Operation::Callback) else { return };
        let asked = manifest.own_exchange(Operation::Authorize);
        let recognized = asked.is_some_and(|authorize| !authorize.legacy_query.is_empty());
        if recognized || !manifest.sign_in.loopback.legacy {
            return;
        }
        let carries = |outcome: &Outcome, name: &str| {
            let texts = outcome.query.iter().chain(outcome.fragment.iter()).map(|(_, text)| text);
            outcome.means == Meaning::Approved && texts.flat_map(Text::names).any(|named| named == name)
        };
        let index = callback.outcome.iter().position(|outcome| carries(outcome, "token"));
        let Some(index) = index else { return };
        if !callback.outcome.iter().any(|outcome| carries(outcome, "code")) {
            self.report(
                &["wire", "callback", "outcome", &index.to_string()],
                "`{token}` comes home only to clients that a `legacy_query` recognizes, and there is none",
                "add `legacy_query` to `[wire.authorize]` with what the published clients send, or let `{code}` come home, which \
                 `[wire.redeem]` or plain OAuth turns into the credential"
                    .to_owned(),
            );
        }
    }
}
