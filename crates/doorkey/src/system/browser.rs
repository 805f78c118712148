//! Opening the person's browser, and refusing to open anything that isn't a web page.

use thiserror::Error;
use url::{Host, Url};

use super::environment::Environment;
use super::opener;

/// Opens pages.
pub trait Browser: Send + Sync {
    /// Opens `url`, which [`page_url`] has accepted, and returns without waiting for the person.
    fn open(&self, url: &Url) -> Result<(), BrowserFailure>;

    /// The same where a person may have named a command for it, and where the environment says what there is.
    fn open_with(
        &self,
        url: &Url,
        _environment: &dyn Environment,
        _named: Option<&str>,
    ) -> Result<(), BrowserFailure> {
        self.open(url)
    }

    /// Whether [`open_with`](Browser::open_with) would find something to open a page with. Starts nothing.
    fn can_open(&self, _environment: &dyn Environment, _named: Option<&str>) -> Result<(), Unopenable> {
        Ok(())
    }
}

/// Why there is nothing to open a page with.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unopenable {
    /// The only browser draws text into the terminal, where the command waits.
    #[error("{name} shows pages in this terminal, which is taken while the command waits")]
    TextBrowser {
        /// What it is called.
        name: String,
    },
    /// There is no program that opens pages.
    #[error("there is no program here that opens pages")]
    Nothing,
}

/// Why no browser was opened.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct BrowserFailure(pub String);

/// The browser that somebody has named, or that this machine has.
#[derive(Debug, Default)]
pub struct SystemBrowser;

impl Browser for SystemBrowser {
    fn open(&self, url: &Url) -> Result<(), BrowserFailure> {
        self.open_with(url, &super::ProcessEnvironment, None)
    }

    fn open_with(
        &self,
        url: &Url,
        environment: &dyn Environment,
        named: Option<&str>,
    ) -> Result<(), BrowserFailure> {
        #[cfg(windows)]
        if named.is_none() && environment.variable("BROWSER").is_none_or(|named| named.is_empty()) {
            return open_on_windows(url);
        }
        opener::open(url, environment, named)
    }

    fn can_open(&self, environment: &dyn Environment, named: Option<&str>) -> Result<(), Unopenable> {
        opener::find(environment, named).map(drop)
    }
}

/// Through the shell of Windows itself, which is no program to start.
#[cfg(windows)]
fn open_on_windows(url: &Url) -> Result<(), BrowserFailure> {
    let mut options = webbrowser::BrowserOptions::new();
    options.with_suppress_output(true);
    webbrowser::open_browser_with_options(webbrowser::Browser::Default, url.as_str(), &options)
        .map_err(|error| BrowserFailure(error.to_string()))
}

/// A machine without one.
#[derive(Debug, Default)]
pub struct NoBrowser;

impl Browser for NoBrowser {
    fn open(&self, _url: &Url) -> Result<(), BrowserFailure> {
        Err(BrowserFailure("there is no browser here".to_owned()))
    }

    fn can_open(&self, _environment: &dyn Environment, _named: Option<&str>) -> Result<(), Unopenable> {
        Err(Unopenable::Nothing)
    }
}

/// No page's address is longer, and no browser takes much more.
pub(crate) const LONGEST_URL: usize = 8 * 1024;

/// The address as one that may be handed to a browser or sent a secret: `https`, or `http` on this machine, without a
/// user name in it. The parsed form begins with its scheme, so it can never be taken for an option.
///
/// A page's address comes from a server; a hostile one must not get to start anything but a page.
pub fn page_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|url| url.as_str().len() <= LONGEST_URL)?;
    let plain = url.username().is_empty() && url.password().is_none();
    let trusted = match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_loopback(&url),
        _ => false,
    };
    (plain && trusted).then_some(url)
}

/// Whether the address can only lead to this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_pages_are_opened() {
        for good in [
            "https://example.com/a?b=c#d",
            "http://127.0.0.1:7700/device",
            "http://[::1]:80/",
            "http://localhost:3000/x",
        ] {
            assert!(page_url(good).is_some(), "{good}");
        }
        for bad in [
            "http://example.com/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "--new-window",
            "-https://example.com",
            "https:",
            "https://",
            "ssh://host",
            "https://user@example.com/",
            "https://user:word@example.com/",
            "http://127.0.0.1.example.com/",
            "http://localhost.example.com/",
            "$(reboot)",
            "",
        ] {
            assert!(page_url(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_is_opened_is_the_parsed_form() {
        let url = page_url("  https://example.com/a b\"&calc  ").map(|url| url.to_string());
        assert_eq!(url.as_deref(), Some("https://example.com/a%20b%22&calc"));
    }
}
