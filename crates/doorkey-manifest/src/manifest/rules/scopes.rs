//! What a credential can be allowed to do.

use super::super::{Manifest, OWN_SCOPES};
use super::Rules;
use crate::names;

impl Rules<'_> {
    pub(super) fn scopes(&mut self, manifest: &Manifest) {
        for (scope, _) in manifest.scopes.iter() {
            // RFC 6749, section 3.3.
            let good = !scope.is_empty()
                && scope.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
            if !good {
                self.report(
                    &["scopes", scope],
                    format!("`{scope}` can't be a scope"),
                    "a scope has no spaces and no quotes".to_owned(),
                );
            }
            if scope.starts_with(OWN_SCOPES) {
                self.report(
                    &["scopes", scope],
                    format!("scopes that begin with `{OWN_SCOPES}` are the service's own"),
                    "they are there for every product and aren't declared".to_owned(),
                );
            }
        }
    }

    /// Reports a scope that `[scopes]` doesn't have.
    pub(super) fn declared(&mut self, at: &[&str], manifest: &Manifest, scope: &str) {
        if manifest.scopes.get(scope).is_some() {
            return;
        }
        if scope.starts_with(OWN_SCOPES) {
            self.report(
                at,
                format!("`{scope}` is one of the service's own scopes"),
                "only who needs it asks for it, with `--scope`".to_owned(),
            );
            return;
        }
        let help = match names::nearest(scope, manifest.scopes.keys()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "say in `[scopes]` what it allows, in the words that people read before they approve"
                .to_owned(),
        };
        self.report(at, format!("the scope `{scope}` isn't declared"), help);
    }
}
