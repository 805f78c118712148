//! Where the product's server stands, and the variables that say so.

use super::super::Manifest;
use super::Rules;
use super::paths::private_address;

impl Rules<'_> {
    pub(super) fn server(&mut self, manifest: &Manifest) {
        let server = &manifest.server;
        let mut addresses = vec![(vec!["server", "url"], server.url.clone())];
        if let Some(frontend) = &server.frontend {
            addresses.push((vec!["server", "frontend"], frontend.clone()));
        }
        for (name, place) in server.environments.iter() {
            addresses.push((vec!["server", "environments", name, "url"], place.url.clone()));
            if let Some(frontend) = &place.frontend {
                addresses.push((vec!["server", "environments", name, "frontend"], frontend.clone()));
            }
        }
        for (path, address) in addresses {
            if let Err(problem) = server_address(&address) {
                self.report(
                    &path,
                    problem,
                    "https, or http on this machine: `http://127.0.0.1:7700`".to_owned(),
                );
            }
        }
        let environment = &manifest.environment;
        if !environment.select.is_empty() && server.environments.is_empty() {
            self.report(
                &["environment", "select"],
                "there are no environments to select from",
                "add `[server.environments.NAME]` with a `url`".to_owned(),
            );
        }
        let variables = [
            ("token", &environment.token),
            ("server", &environment.server),
            ("browser", &environment.browser),
            ("frontend", &environment.frontend),
            ("select", &environment.select),
            ("profile", &environment.profile),
        ];
        let mut wrong = Vec::new();
        for (key, names) in variables {
            for name in names {
                let good = !name.is_empty()
                    && name
                        .bytes()
                        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
                if !good {
                    wrong.push((key, format!("`{name}` can't be a variable's name")));
                }
            }
        }
        for (key, message) in wrong {
            self.report(
                &["environment", key],
                message,
                "variables are capital letters, digits and `_`".to_owned(),
            );
        }
    }
}

/// What is wrong with a server's address.
fn server_address(address: &str) -> Result<(), String> {
    let parsed = private_address(address, "credentials")?;
    if parsed.query().is_some() || parsed.fragment().is_some() || !parsed.username().is_empty() {
        return Err(format!("`{address}` has more than a host and a path"));
    }
    Ok(())
}
