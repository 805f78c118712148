//! Which server is spoken to, and who said so.

use std::fmt;

use doorkey_manifest::Values;
use url::Url;

use crate::client::Client;
use crate::error::Error;
use crate::system::{LONGEST_URL, is_loopback};

/// The service, as it is addressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its address, without a slash at the end.
    pub url: String,
    /// The address of its pages, where it is another one.
    pub frontend: Option<String>,
    /// Who named it.
    pub source: ServerSource,
}

/// Who named the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerSource {
    /// It was given explicitly.
    Explicit,
    /// An environment variable.
    Environment {
        /// Its name.
        variable: String,
    },
    /// The profile is for it.
    Profile,
    /// The stored credential was issued by it.
    Stored,
    /// The manifest.
    Manifest,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

impl Server {
    /// The names that templates know it by.
    pub(crate) fn values(&self) -> Values {
        Values::new()
            .with("server", self.url.as_str())
            .with("frontend", self.frontend.as_deref().unwrap_or(&self.url))
    }

    /// Whether both are the same service: scheme, host, port and path, however they are written.
    pub fn is_same(&self, url: &str) -> bool {
        match (checked(&self.url), checked(url)) {
            (Ok(one), Ok(other)) => one == other,
            _ => self.url == url,
        }
    }
}

impl Client {
    /// The server as it is named without looking into the credentials file: explicit → environment → profile → manifest.
    pub(crate) fn server_without_file(&self) -> Result<Server, Error> {
        let manifest = self.manifest();
        let (url, source, place) = self.named_server()?;
        let frontend = self
            .overrides()
            .frontend
            .clone()
            .or_else(|| self.first_variable(&manifest.environment.frontend).map(|(_, value)| value))
            .or(place);
        Ok(Server { url: checked(&url)?, frontend: frontend.as_deref().map(checked).transpose()?, source })
    }

    /// Address, who named it, and the manifest's frontend for it.
    fn named_server(&self) -> Result<(String, ServerSource, Option<String>), Error> {
        let manifest = self.manifest();
        if let Some(url) = self.overrides().server.clone().filter(|url| !url.is_empty()) {
            return Ok((url, ServerSource::Explicit, None));
        }
        if let Some((variable, url)) = self.first_variable(&manifest.environment.server) {
            return Ok((url, ServerSource::Environment { variable }, None));
        }
        if let Some((variable, name)) = self.first_variable(&manifest.environment.select)
            && let Some(place) = manifest.server.environments.get(&name)
        {
            let source = ServerSource::Environment { variable };
            return Ok((place.url.clone(), source, place.frontend.clone()));
        }
        let profile = self.profile_settings()?;
        if let Some(url) = profile.server {
            return Ok((url, ServerSource::Profile, profile.frontend));
        }
        // A variable that only stands in for the manifest's own address: what is stored goes before it.
        if let Some((_, url)) = self.first_variable(&manifest.environment.default_server) {
            return Ok((url, ServerSource::Manifest, None));
        }
        Ok((manifest.server.url.clone(), ServerSource::Manifest, manifest.server.frontend.clone()))
    }

    /// The first of these environment variables that is set to something.
    pub(crate) fn first_variable(&self, names: &[String]) -> Option<(String, String)> {
        names.iter().find_map(|name| {
            let value = self.system().variable(name)?.trim().to_owned();
            (!value.is_empty()).then(|| (name.clone(), value))
        })
    }
}

/// The address in its one spelling, or what is wrong with it.
pub(crate) fn checked(address: &str) -> Result<String, Error> {
    let bad = |why| Error::BadServer { address: without_password(address), why };
    let url = Url::parse(address.trim()).map_err(|_| bad("it isn't an address"))?;
    if url.as_str().len() > LONGEST_URL {
        return Err(bad("it is far too long"));
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(bad("http sends secrets in the clear; only a server on this machine may use it"));
        }
        _ => return Err(bad("it must begin with https://")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("it must not hold a user name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("it must not hold a `?` or `#`"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// The address as it may be shown: a password that somebody put into it is left out.
fn without_password(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((_, rest)) => format!("…@{rest}"),
        None => address.chars().take(200).collect(),
    }
}

impl Client {
    /// The server of a stored credential; `None` when another one was named, which must not see its token.
    pub(crate) fn server_of_stored(&self, values: &Values) -> Result<Option<Server>, Error> {
        let named = self.server_without_file()?;
        let Some(url) = values.text("server").filter(|url| !url.is_empty()) else { return Ok(Some(named)) };
        if named.is_same(url) {
            let source = match named.source {
                ServerSource::Manifest => ServerSource::Stored,
                other => other,
            };
            return Ok(Some(Server { source, ..named }));
        }
        if named.source != ServerSource::Manifest {
            return Ok(None);
        }
        let frontend = values.text("frontend").map(checked).transpose()?;
        Ok(Some(Server { url: checked(url)?, frontend, source: ServerSource::Stored }))
    }

    /// The server that somebody is signed in to, where that isn't the one that is named. Asks nobody.
    pub fn signed_in_elsewhere(&self) -> Option<String> {
        if self.overrides().token.is_some() || self.overriding_variable().is_some() {
            return None;
        }
        let stored = self.store().ok()?.read().ok()??;
        let elsewhere = matches!(self.server_of_stored(&stored.values), Ok(None));
        stored.values.text("server").filter(|_| elsewhere).map(str::to_owned)
    }

    /// The server to sign in to: the one that is named, else the one of the last sign-in, else the manifest's.
    pub(crate) fn server_for_login(&self) -> Result<Server, Error> {
        let named = self.server_without_file()?;
        if named.source != ServerSource::Manifest {
            return Ok(named);
        }
        // A file that can't be used is dealt with when it is written.
        let store = self.store()?;
        let stored = store.read().ok().flatten().map_or_else(|| store.kept(), |stored| stored.values);
        Ok(self.server_of_stored(&stored).ok().flatten().unwrap_or(named))
    }

    /// The server of a token that comes from outside. Where a variable only stands in for the manifest's own address, what
    /// the file says goes before it; no other product's file is opened.
    pub(crate) fn server_of_outside(&self) -> Result<Server, Error> {
        let named = self.server_without_file()?;
        if named.source != ServerSource::Manifest || self.manifest().environment.default_server.is_empty() {
            return Ok(named);
        }
        let kept = self.store()?.kept();
        Ok(self.server_of_stored(&kept).ok().flatten().unwrap_or(named))
    }
}

#[cfg(test)]
mod tests {
    use doorkey_tests::mangle::{Change, mangle};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_address_at_all_is_one_that_may_be_sent_a_secret_or_is_refused(
            changes in prop::collection::vec(any::<Change>(), 0..4), text in "\\PC{0,60}",
        ) {
            let broken = mangle(b"https://acme.example:8443/base/path", &changes);
            for address in [String::from_utf8_lossy(&broken).into_owned(), text] {
                match checked(&address) {
                    Ok(good) => {
                        prop_assert!(crate::system::page_url(&good).is_some(), "{}", good);
                        prop_assert_eq!(checked(&good).ok(), Some(good.clone()), "it has one spelling");
                    }
                    Err(error) => prop_assert!(error.to_string().len() < 2_000, "{}", error),
                }
            }
        }
    }

    #[test]
    fn an_address_has_one_spelling_and_bad_ones_say_why() {
        let same = [
            "https://Example.com",
            "https://example.com/",
            "https://example.com:443",
            " https://example.com ",
        ];
        for address in same {
            assert_eq!(checked(address).ok().as_deref(), Some("https://example.com"), "{address}");
        }
        for address in
            ["http://example.com", "ftp://x", "example.com", "https://a:b@example.com", "https://x/?q", ""]
        {
            assert!(checked(address).is_err(), "{address}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_not_repeated() {
        let shown = checked("https://ada:hunter2@example.com").map_err(|error| error.to_string());
        assert!(shown.is_err_and(|text| !text.contains("hunter2") && text.contains("example.com")));
    }
}
