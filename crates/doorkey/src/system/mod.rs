//! Everything that comes from outside, in one place, so that a test can hold all of it.

mod browser;
mod clock;
mod entropy;
mod environment;
mod file;
mod keyring;
mod opener;
mod passphrase;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use doorkey_manifest::manifest::expand;

pub(crate) use browser::LONGEST_URL;
pub use browser::{Browser, BrowserFailure, NoBrowser, SystemBrowser, Unopenable, is_loopback, page_url};
pub use clock::{Clock, SystemClock};
pub use entropy::{Entropy, EntropyFailure, SystemEntropy};
pub use environment::{Environment, ProcessEnvironment};
pub(crate) use file::{open_file, read_file};
pub use keyring::{KEYRING_PATIENCE, Keyring, KeyringFailure, SystemKeyring};
pub use passphrase::{AskPassphrase, NobodyToAsk, PassphraseFor};

use crate::http::{Http, UreqHttp};

/// The outside world as the library sees it. Cheap to clone; nothing in it is opened before it is used.
#[derive(Clone)]
pub struct System {
    /// Environment variables, the home folder, the host's name, what exists.
    pub environment: Arc<dyn Environment>,
    /// The wall clock and the monotonic clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Requests to services.
    pub http: Arc<dyn Http>,
    /// The person's browser.
    pub browser: Arc<dyn Browser>,
    /// The operating system's keyring.
    pub keyring: Arc<dyn Keyring>,
    /// Somebody who knows passphrases.
    pub passphrase: Arc<dyn AskPassphrase>,
}

impl System {
    /// This process on this machine.
    pub fn real() -> System {
        System {
            environment: Arc::new(ProcessEnvironment),
            clock: Arc::new(SystemClock::new()),
            entropy: Arc::new(SystemEntropy),
            http: Arc::new(UreqHttp::new()),
            browser: Arc::new(SystemBrowser),
            keyring: Arc::new(SystemKeyring::default()),
            passphrase: Arc::new(NobodyToAsk),
        }
    }

    /// The same world with real requests that trust the authorities in a file besides those of the system.
    #[must_use]
    pub fn trusting(self, ca_file: PathBuf) -> System {
        System { http: Arc::new(UreqHttp::with(Arc::clone(&self.environment), Some(ca_file))), ..self }
    }

    /// A path of a manifest on this machine: below the person's home folder or their folder for settings. `None` when the
    /// environment doesn't say where those are.
    pub fn own_path(&self, path: &str) -> Option<PathBuf> {
        expand(path, |name| match name {
            "HOME" => self.environment.home().and_then(|home| Some(home.to_str()?.to_owned())),
            name => self.variable(name),
        })
    }

    /// Where programs keep what outlives them and isn't a setting. `None` when the environment doesn't say where that is.
    pub fn state_folder(&self) -> Option<PathBuf> {
        let home = || self.environment.home();
        if cfg!(windows) {
            self.variable("LOCALAPPDATA").map(PathBuf::from)
        } else if cfg!(target_os = "macos") {
            Some(home()?.join("Library/Application Support"))
        } else {
            // A relative folder there counts as none (XDG Base Directory Specification).
            let named = self.variable("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
            named.or_else(|| Some(home()?.join(".local/state")))
        }
    }

    /// An environment variable that is set to something; an empty one counts as unset.
    pub fn variable(&self, name: &str) -> Option<String> {
        self.environment.variable(name).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("System")
    }
}
