//! Real proxies, started for a test: tinyproxy, which lets requests through, and mitmproxy, which opens them with an
//! authority of its own, as a company's network does.
//!
//! Both know one name that nobody else does. A program that reaches it has gone through them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::http::Connection;
use crate::janitor::Folder;
use crate::process::{PATIENCE, Running};

/// The name that only the proxies know; it is this machine.
pub const HOST: &str = "id.doorkey.test";

/// Whom they let through, and the password that tinyproxy wants: it can't have any but letters and digits.
pub const USER: &str = "ada";
/// See [`USER`].
pub const PLAIN: &str = "correcthorse7";
/// What mitmproxy wants: everything that an address has another meaning for.
pub const SPECIAL: &str = "p@ss/w%r d";
/// The same as it is written in an address.
pub const WRITTEN: &str = "p%40ss%2Fw%25r%20d";

/// A running proxy.
pub struct Proxy {
    /// Where it listens: `127.0.0.1:PORT`.
    pub address: String,
    password: &'static str,
    running: Running,
    folder: Folder,
}

impl Proxy {
    /// Its address as a person writes it into `HTTPS_PROXY`.
    pub fn url(&self) -> String {
        format!("http://{USER}:{}@{}", self.password, self.address)
    }

    /// What it has said.
    pub fn said(&self) -> String {
        self.running.said()
    }

    /// A file in its folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn up(name: &str, command: Command, port: u16, password: &'static str, folder: Folder) -> Self {
        let mut running = Running::start(name, command);
        let address = format!("127.0.0.1:{port}");
        let until = Instant::now() + PATIENCE;
        while Connection::try_open(&format!("http://{address}")).is_err() {
            assert!(
                running.is_running() && Instant::now() < until,
                "{name} does not come up:\n{}",
                running.said()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { address, password, running, folder }
    }
}

/// tinyproxy, if it is installed.
pub fn tinyproxy() -> Option<PathBuf> {
    installed("tinyproxy")
}

/// mitmproxy's program without a screen, if it is installed.
pub fn mitmdump() -> Option<PathBuf> {
    installed("mitmdump")
}

/// A program of the system, if it is installed.
pub fn installed(name: &str) -> Option<PathBuf> {
    let folders = ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin"];
    folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.exists())
}

/// tinyproxy with a user name and password, at a free port. It sees a `hosts` file of its own, in a mount namespace.
#[track_caller]
pub fn start_tinyproxy(port: u16) -> Proxy {
    let folder = Folder::new("tinyproxy");
    fs::write(folder.join("hosts"), format!("127.0.0.1 localhost {HOST}\n")).expect("written");
    let config =
        format!("Port {port}\nListen 127.0.0.1\nTimeout 60\nBasicAuth {USER} {PLAIN}\nLogLevel Connect\n");
    fs::write(folder.join("tinyproxy.conf"), config).expect("written");
    let program = tinyproxy().expect("`cargo xtask test` installs tinyproxy");
    let script = "mount --bind \"$1/hosts\" /etc/hosts && exec \"$2\" -d -c \"$1/tinyproxy.conf\"";
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "/bin/sh", "-c", script, "sh"]);
    command.arg(folder.path()).arg(program);
    Proxy::up("tinyproxy", command, port, PLAIN, folder)
}

/// mitmproxy with a user name and password, at a free port; `upstream` is the authority that it trusts itself. Its own is
/// `mitmproxy-ca-cert.pem` in its folder.
#[track_caller]
pub fn start_mitmproxy(port: u16, upstream: &Path) -> Proxy {
    start_mitmproxy_with(port, upstream, "")
}

/// The same, with something of its own to do: Python, as mitmproxy's scripts are.
#[track_caller]
pub fn start_mitmproxy_with(port: u16, upstream: &Path, script: &str) -> Proxy {
    let folder = Folder::new("mitmproxy");
    let addon = format!(
        "{script}\ndef server_connect(data):\n    host, port = data.server.address[:2]\n    if host == '{HOST}':\n        data.server.address = ('127.0.0.1', port)\n"
    );
    fs::write(folder.join("map.py"), addon).expect("written");
    let mut command = Command::new(mitmdump().expect("`cargo xtask test` installs mitmproxy"));
    command.env("HOME", folder.path());
    command.args(["--listen-host", "127.0.0.1", "--listen-port", &port.to_string()]);
    command.arg("--set").arg(format!("confdir={}", folder.path().display()));
    command.arg("--set").arg(format!("ssl_verify_upstream_trusted_ca={}", upstream.display()));
    command.arg("--proxyauth").arg(format!("{USER}:{SPECIAL}"));
    command.arg("--scripts").arg(folder.join("map.py"));
    Proxy::up("mitmdump", command, port, WRITTEN, folder)
}
