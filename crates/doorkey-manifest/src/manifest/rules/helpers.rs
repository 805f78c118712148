//! To whom else the credential may go.

use super::super::{Helper, Manifest};
use super::Rules;

/// What a protocol can carry as a user name, however it is quoted there.
fn is_user(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.is_empty() && name.len() <= 64 && name.bytes().all(fits)
}

impl Rules<'_> {
    pub(super) fn helpers(&mut self, manifest: &Manifest) {
        let helpers = &manifest.helpers;
        for helper in Helper::ALL {
            let origins = helpers.origins(helper);
            for (index, origin) in origins.iter().enumerate() {
                let at = index.to_string();
                let at = ["helpers", helper.name(), "origins", &at];
                if origins[..index].contains(origin) {
                    self.report(&at, format!("`{origin}` is there twice"), None);
                }
            }
        }
        for (name, user) in [("git", &helpers.git.user), ("docker", &helpers.docker.user)] {
            if let Some(user) = user.as_deref().filter(|user| !is_user(user)) {
                self.report(
                    &["helpers", name, "user"],
                    format!("`{}` can't be the user name that goes with a token", user.escape_debug()),
                    "at most 64 letters, digits, `-`, `_` and `.`".to_owned(),
                );
            }
        }
    }
}
