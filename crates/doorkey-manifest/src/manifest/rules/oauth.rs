//! Where the product's OAuth differs from the usual.

use super::super::Manifest;
use super::Rules;
use super::paths::private_address;
use crate::names::Group;

impl Rules<'_> {
    pub(super) fn oauth(&mut self, manifest: &Manifest) {
        for (key, _, address) in manifest.oauth.endpoints.iter() {
            let at = ["oauth", "endpoints", key];
            self.text(&at, address);
            self.known(&at, address.names(), &[Group::Always], "an endpoint's address");
            if address.problem().is_none()
                && let Err(problem) = endpoint(address.source())
            {
                self.report(
                    &at,
                    problem,
                    "an endpoint is below the server's address, `{server}/token`, or a whole address with https"
                        .to_owned(),
                );
            }
        }
    }
}

/// What is wrong with an endpoint's address. What begins with the server's own is as good as that.
fn endpoint(address: &str) -> Result<(), String> {
    let own = ["{server}", "{frontend}", "{issuer}"].into_iter().find_map(|base| address.strip_prefix(base));
    match own {
        Some(path) if path.starts_with('/') => Ok(()),
        Some(_) => Err(format!("`{address}` isn't below the server's address")),
        None => private_address(address, "secrets").map(drop),
    }
}
