//! A desktop session as far as secrets are concerned: a message bus of its own, and GNOME's keyring on it.

use std::io::Read;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::janitor::Folder;
use crate::process::{PATIENCE, Running};

/// What the keyring is locked with.
const PASSWORD: &str = "the password of the keyring";

/// The programs, if they are installed: the bus, what talks to it, the keyring.
pub fn programs() -> Option<[PathBuf; 3]> {
    let find = |name: &str| {
        let folders = ["/usr/bin", "/usr/local/bin"].map(Path::new);
        folders.into_iter().map(|folder| folder.join(name)).find(|path| path.exists())
    };
    Some([find("dbus-daemon")?, find("dbus-send")?, find("gnome-keyring-daemon")?])
}

/// A running session.
pub struct Desktop {
    /// The bus's address, for `DBUS_SESSION_BUS_ADDRESS`.
    pub address: String,
    keyring: Option<Running>,
    _bus: Running,
    home: Folder,
}

impl Desktop {
    /// A session whose keyring is unlocked.
    #[track_caller]
    pub fn start() -> Desktop {
        let home = Folder::new("desktop");
        let [bus, ..] = programs().expect("`cargo xtask test` installs dbus and gnome-keyring");
        let mut command = Command::new(bus);
        command.args(["--session", "--nofork", "--nopidfile", "--print-address=1"]);
        command.arg(format!("--address=unix:path={}", home.join("bus").display()));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home.path());
        let bus = Running::start("dbus-daemon", command);
        let address = bus.wait_for("its address", |_, line| {
            let address = line.split_once(',').map_or(line, |(address, _)| address);
            address.starts_with("unix:").then(|| address.to_owned())
        });
        let mut desktop = Desktop { address, keyring: None, _bus: bus, home };
        desktop.unlock();
        desktop
    }

    /// Starts the keyring (anew) and unlocks it, as signing in to the desktop does.
    #[track_caller]
    pub fn unlock(&mut self) {
        self.keyring = None;
        self.wait_until("the old keyring has gone", |desktop| !desktop.has_keyring());
        let [.., program] = programs().expect("`cargo xtask test` installs gnome-keyring");
        let mut command = Command::new(program);
        command.args(["--foreground", "--unlock", "--components=secrets"]);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.home.path());
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        command.env("XDG_RUNTIME_DIR", self.home.path());
        let mut keyring = Running::start("gnome-keyring-daemon", command);
        keyring.give(PASSWORD);
        self.keyring = Some(keyring);
        self.wait_until("the keyring is on the bus", Desktop::has_keyring);
    }

    /// Locks the keyring, as a person does who leaves.
    #[track_caller]
    pub fn lock(&self) {
        self.send(&[
            "--dest=org.freedesktop.secrets",
            "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service.Lock",
            "array:objpath:/org/freedesktop/secrets/collection/login",
        ]);
    }

    fn has_keyring(&self) -> bool {
        let said = self.send(&[
            "--dest=org.freedesktop.DBus",
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus.NameHasOwner",
            "string:org.freedesktop.secrets",
        ]);
        said.contains("boolean true")
    }

    #[track_caller]
    fn send(&self, message: &[&str]) -> String {
        let [_, program, _] = programs().expect("`cargo xtask test` installs dbus");
        let mut command = Command::new(program);
        command.env_clear().env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        command.args(["--session", "--print-reply=literal"]).args(message);
        let finished = Running::start("dbus-send", command).wait();
        // NameHasOwner with a literal reply says only the value.
        finished.exits(0).stdout
    }

    #[track_caller]
    fn wait_until(&self, what: &str, mut there: impl FnMut(&Desktop) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !there(self) {
            assert!(Instant::now() < until, "waited in vain until {what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// A bus that takes every call and never answers; ends with the run.
pub struct SilentBus {
    /// Its address, for `DBUS_SESSION_BUS_ADDRESS`.
    pub address: String,
    _folder: Folder,
}

impl SilentBus {
    /// Listens, reads, and says nothing.
    #[track_caller]
    pub fn start() -> SilentBus {
        let folder = Folder::new("silent");
        let path = folder.join("bus");
        let listener = UnixListener::bind(&path).expect("a socket in a folder of our own");
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                std::thread::spawn(move || {
                    let mut heard = [0; 512];
                    while matches!(stream.read(&mut heard), Ok(read) if read > 0) {}
                });
            }
        });
        SilentBus { address: format!("unix:path={}", path.display()), _folder: folder }
    }
}
