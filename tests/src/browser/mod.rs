//! A real browser: the installed Chromium, spoken to in the `DevTools` protocol over a pair of pipes.
//!
//! Over pipes, not over a port: nobody else can connect, there is no port to find out, and Chromium ends by itself when
//! the pipe closes, so that it can't outlive the run. It also keeps the harness small: the generated bindings of a
//! ready-made driver are five megabytes of source, and a few dozen calls are all that a person's clicks need.

mod devtools;
mod page;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::janitor::{self, Folder, Watched};
use devtools::DevTools;
pub use page::{Look, Page};

/// What every Chromium here is started with: no window, nothing that calls home, nothing that asks.
const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox", // the sandbox refuses to run as root, which is what continuous integration is
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-field-trial-config",
    "--disable-features=Translate,MediaRouter,OptimizationHints,AutofillServerCommunication,PasswordManagerOnboarding",
    "--mute-audio",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
    "--password-store=basic",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--lang=en-US",
    "--remote-debugging-pipe",
];

/// One running Chromium.
pub struct Browser {
    devtools: Arc<DevTools>,
    child: Mutex<Child>,
    _watched: Watched,
    _profile: Folder,
}

/// Where Chromium is, if it is installed.
pub fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let known =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    named.into_iter().chain(known).find(|path| path.exists())
}

impl Browser {
    /// Starts a Chromium with a profile of its own.
    #[track_caller]
    pub fn start(more_flags: &[&str]) -> Self {
        let Some(chromium) = chromium() else {
            panic!(
                "Chromium is not installed: run `cargo xtask test`, which installs it, or `apt-get install chromium`"
            );
        };
        let profile = Folder::new("chromium");
        let errors =
            fs::File::create(profile.join("stderr.txt")).expect("a file can be made in a new folder");
        // Chromium reads its pipe on descriptor 3 and writes on 4; the shell puts ours there and becomes Chromium.
        let child = Command::new("/bin/sh")
            .args(["-c", r#"exec "$@" 3<&0 4>&1 </dev/null >/dev/null"#, "sh"])
            .arg(chromium)
            .args(FLAGS)
            .args(more_flags)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .env("HOME", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn();
        let mut child = child.unwrap_or_else(|problem| panic!("Chromium cannot be started: {problem}"));
        let watched = janitor::watch(child.id(), "TERM");
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            unreachable!("both pipes were asked for");
        };
        let devtools = DevTools::new(to, from);
        devtools.call(None, "Browser.getVersion", &json!({}));
        Self { devtools, child: Mutex::new(child), _watched: watched, _profile: profile }
    }

    /// The one that all tests of a run share; everybody in it is somebody else ([`Browser::person`]).
    #[track_caller]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Browser> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&[]))
    }

    /// Somebody with cookies, history and a cache of their own.
    #[track_caller]
    pub fn person(&self) -> Person {
        let context =
            self.devtools.call(None, "Target.createBrowserContext", &json!({ "disposeOnDetach": true }));
        let id = context["browserContextId"].as_str().unwrap_or_default().to_owned();
        Person { devtools: Arc::clone(&self.devtools), id }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.devtools.close();
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let until = Instant::now() + Duration::from_secs(5);
        while Instant::now() < until && matches!(child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// A person at a browser: what they are signed in to, nobody else in the same Chromium is.
pub struct Person {
    devtools: Arc<DevTools>,
    id: String,
}

impl Person {
    /// Opens a new tab.
    #[track_caller]
    pub fn tab(&self) -> Page {
        Page::open(&self.devtools, &self.id)
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        self.devtools.cast("Target.disposeBrowserContext", &json!({ "browserContextId": self.id }));
    }
}

/// Writes the picture that Chromium sent.
fn write_picture(path: &Path, base64: &str) {
    use base64::Engine;
    let picture = base64::engine::general_purpose::STANDARD.decode(base64).expect("DevTools sends base64");
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).expect("the folder for pictures can be made");
    }
    fs::write(path, picture)
        .unwrap_or_else(|problem| panic!("{} cannot be written: {problem}", path.display()));
}
