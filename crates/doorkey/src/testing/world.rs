//! The outside of one test.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use url::Url;

use crate::system::{
    AskPassphrase, Browser, BrowserFailure, Clock, Environment, Keyring, KeyringFailure, PassphraseFor,
    SystemEntropy,
};
use crate::{App, Cancel, Client, Overrides, Secret, System, UreqHttp};

type Person = Box<dyn Fn(String) + Send + Sync>;

/// A home folder of its own, variables that start empty, a clock that only moves when it is waited on or told to.
#[derive(Clone)]
pub(crate) struct World(Arc<Inner>);

struct Inner {
    home: TempDir,
    variables: Mutex<HashMap<String, String>>,
    files: Mutex<HashSet<PathBuf>>,
    folder: Mutex<PathBuf>,
    texts: Mutex<HashMap<PathBuf, String>>,
    links: Mutex<HashMap<PathBuf, PathBuf>>,
    user: Mutex<Option<u32>>,
    now_ms: Mutex<i64>,
    monotonic: Mutex<Duration>,
    waits: Mutex<Vec<Duration>>,
    opened: Mutex<Vec<String>>,
    person: Mutex<Option<Arc<Person>>>,
    keyring: Mutex<HashMap<String, Secret>>,
    keyring_broken: Mutex<Option<KeyringFailure>>,
    keyring_calls: Mutex<Vec<&'static str>>,
    passphrase: Mutex<Option<String>>,
    asked_for: Mutex<Vec<PassphraseFor>>,
}

/// 2026-01-01, midday.
pub(crate) const START_MS: i64 = 1_767_268_800_000;

impl World {
    pub(crate) fn new() -> World {
        World(Arc::new(Inner {
            home: TempDir::new().unwrap(),
            variables: Mutex::default(),
            files: Mutex::default(),
            folder: Mutex::new(PathBuf::from("/")),
            texts: Mutex::default(),
            links: Mutex::default(),
            user: Mutex::new(crate::system::ProcessEnvironment.user_id()),
            now_ms: Mutex::new(START_MS),
            monotonic: Mutex::default(),
            waits: Mutex::default(),
            opened: Mutex::default(),
            person: Mutex::default(),
            keyring: Mutex::default(),
            keyring_broken: Mutex::default(),
            keyring_calls: Mutex::default(),
            passphrase: Mutex::default(),
            asked_for: Mutex::default(),
        }))
    }

    pub(crate) fn system(&self) -> System {
        System {
            environment: Arc::new(self.clone()),
            clock: Arc::new(self.clone()),
            entropy: Arc::new(SystemEntropy),
            http: Arc::new(UreqHttp::with(Arc::new(self.clone()), None)),
            browser: Arc::new(self.clone()),
            keyring: Arc::new(self.clone()),
            passphrase: Arc::new(self.clone()),
        }
    }

    /// A client of the demo for a server.
    pub(crate) fn demo(&self, server: &str) -> Client {
        let overrides = Overrides { server: Some(server.to_owned()), ..Overrides::default() };
        Client::with(App::builtin("demo").unwrap(), self.system(), overrides)
    }

    /// A client of a manifest that a test changed.
    pub(crate) fn client_of(&self, source: &str, server: &str) -> Client {
        let overrides = Overrides { server: Some(server.to_owned()), ..Overrides::default() };
        Client::with(App::from_source("test.toml", source).unwrap(), self.system(), overrides)
    }

    pub(crate) fn home(&self) -> &Path {
        self.0.home.path()
    }

    pub(crate) fn set(&self, name: &str, value: &str) {
        self.0.variables.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    /// Makes a path outside the home folder look as if it were there.
    pub(crate) fn place(&self, path: &str) {
        self.0.files.lock().unwrap().insert(path.into());
    }

    /// Works in another folder.
    pub(crate) fn go_to(&self, folder: impl Into<PathBuf>) {
        *self.0.folder.lock().unwrap() = folder.into();
    }

    /// The same for a file with something in it.
    pub(crate) fn place_text(&self, path: &str, text: &str) {
        self.0.texts.lock().unwrap().insert(path.into(), text.to_owned());
    }

    /// Makes a path look like a link to another one.
    pub(crate) fn link(&self, path: &str, target: &str) {
        self.0.links.lock().unwrap().insert(path.into(), target.into());
    }

    pub(crate) fn become_user(&self, id: u32) {
        *self.0.user.lock().unwrap() = Some(id);
    }

    /// Moves both clocks.
    pub(crate) fn advance(&self, time: Duration) {
        *self.0.monotonic.lock().unwrap() += time;
        *self.0.now_ms.lock().unwrap() += i64::try_from(time.as_millis()).unwrap();
    }

    /// Moves the wall clock alone, as somebody who sets it does.
    pub(crate) fn set_wall_clock(&self, by_hours: i64) {
        *self.0.now_ms.lock().unwrap() += by_hours * 3_600_000;
    }

    /// How long was waited, each time.
    pub(crate) fn waits(&self) -> Vec<Duration> {
        self.0.waits.lock().unwrap().clone()
    }

    /// The pages that were opened.
    pub(crate) fn opened(&self) -> Vec<String> {
        self.0.opened.lock().unwrap().clone()
    }

    /// Puts somebody in front of the browser, who acts on a thread of their own.
    pub(crate) fn person(&self, acts: impl Fn(String) + Send + Sync + 'static) {
        *self.0.person.lock().unwrap() = Some(Arc::new(Box::new(acts)));
        self.set("DISPLAY", ":0");
    }

    /// Makes the keyring fail, or work again.
    pub(crate) fn break_keyring(&self, how: Option<KeyringFailure>) {
        *self.0.keyring_broken.lock().unwrap() = how;
    }

    /// What lies in the keyring.
    pub(crate) fn keyring(&self) -> HashMap<String, Secret> {
        self.0.keyring.lock().unwrap().clone()
    }

    /// Puts something into the keyring, or takes it out.
    pub(crate) fn set_keyring(&self, account: &str, secret: Option<&str>) {
        let mut keyring = self.0.keyring.lock().unwrap();
        match secret {
            Some(secret) => keyring.insert(account.to_owned(), Secret::from(secret)),
            None => keyring.remove(account),
        };
    }

    /// What the keyring was asked since the last time.
    pub(crate) fn keyring_calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.0.keyring_calls.lock().unwrap())
    }

    /// Somebody knows a passphrase, or nobody does.
    pub(crate) fn know_passphrase(&self, passphrase: Option<&str>) {
        *self.0.passphrase.lock().unwrap() = passphrase.map(str::to_owned);
    }

    /// What passphrases were asked for since the last time.
    pub(crate) fn passphrases_asked_for(&self) -> Vec<PassphraseFor> {
        std::mem::take(&mut *self.0.asked_for.lock().unwrap())
    }

    fn call_keyring(&self, call: &'static str) -> Result<(), KeyringFailure> {
        self.0.keyring_calls.lock().unwrap().push(call);
        match self.0.keyring_broken.lock().unwrap().clone() {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    /// Writes a file below the home folder, private.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.home().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        self.chmod(&path, 0o600);
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.home().join(path)).unwrap()
    }

    #[cfg(unix)]
    pub(crate) fn chmod(&self, path: impl AsRef<Path>, mode: u32) {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(self.home().join(path), std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[cfg(not(unix))]
    pub(crate) fn chmod(&self, _path: impl AsRef<Path>, _mode: u32) {}
}

impl Environment for World {
    fn variable(&self, name: &str) -> Option<String> {
        self.0.variables.lock().unwrap().get(name).cloned()
    }

    fn current_folder(&self) -> Option<PathBuf> {
        Some(self.0.folder.lock().unwrap().clone())
    }

    fn home(&self) -> Option<PathBuf> {
        Some(self.0.home.path().to_owned())
    }

    fn host_name(&self) -> Option<String> {
        Some("ada-laptop".to_owned())
    }

    fn exists(&self, path: &Path) -> bool {
        self.0.files.lock().unwrap().contains(path)
    }

    fn real_path(&self, path: &Path) -> Option<PathBuf> {
        let target = self.0.links.lock().unwrap().get(path).cloned();
        target.or_else(|| self.exists(path).then(|| path.to_owned()))
    }

    fn text(&self, path: &Path) -> Option<String> {
        self.0.texts.lock().unwrap().get(path).cloned()
    }

    fn user_id(&self) -> Option<u32> {
        *self.0.user.lock().unwrap()
    }

    fn program(&self) -> Option<PathBuf> {
        None
    }
}

impl Clock for World {
    fn now_ms(&self) -> i64 {
        *self.0.now_ms.lock().unwrap()
    }

    fn monotonic(&self) -> Duration {
        *self.0.monotonic.lock().unwrap()
    }

    fn wait(&self, time: Duration, cancel: &Cancel) -> bool {
        self.0.waits.lock().unwrap().push(time);
        self.advance(time);
        cancel.is_cancelled()
    }
}

impl Keyring for World {
    fn get(&self, account: &str) -> Result<Option<Secret>, KeyringFailure> {
        self.call_keyring("get")?;
        Ok(self.0.keyring.lock().unwrap().get(account).cloned())
    }

    fn set(&self, account: &str, secret: &Secret) -> Result<(), KeyringFailure> {
        self.call_keyring("set")?;
        self.set_keyring(account, Some(secret.expose()));
        Ok(())
    }

    fn delete(&self, account: &str) -> Result<(), KeyringFailure> {
        self.call_keyring("delete")?;
        self.set_keyring(account, None);
        Ok(())
    }
}

impl AskPassphrase for World {
    fn ask(&self, purpose: PassphraseFor, _path: &Path) -> Option<Secret> {
        self.0.asked_for.lock().unwrap().push(purpose);
        self.0.passphrase.lock().unwrap().clone().map(Secret::from)
    }
}

impl Browser for World {
    fn open(&self, url: &Url) -> Result<(), BrowserFailure> {
        self.0.opened.lock().unwrap().push(url.to_string());
        let Some(person) = self.0.person.lock().unwrap().clone() else {
            return Err(BrowserFailure("nobody is there".to_owned()));
        };
        let url = url.to_string();
        std::thread::spawn(move || person(url));
        Ok(())
    }
}
