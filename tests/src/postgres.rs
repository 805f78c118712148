//! A PostgreSQL of one's own: a cluster in a temporary folder, on a free port of loopback, gone with the run.
//!
//! `cargo xtask test` starts one and names it in `DOORKEY_TEST_POSTGRES`; every test makes its own database in it.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::janitor::{self, Folder, Watched};
use crate::process::Running;

/// Where a test finds the cluster's address, with the right to make databases.
pub const VARIABLE: &str = "DOORKEY_TEST_POSTGRES";

/// A test forgets what it wrote: nothing has to reach a disk. Many small servers share it.
const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=400",
    "shared_buffers=64MB",
    "logging_collector=off",
];

/// A running cluster.
pub struct Cluster {
    /// `postgres://doorkey:PASSWORD@127.0.0.1:PORT/postgres`.
    pub url: String,
    running: Running,
    _watched: Watched,
    _folder: Folder,
}

/// The folder of PostgreSQL's server programs, the newest version's, if it is installed.
pub fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let number = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let mut versions: Vec<_> = versions.flatten().map(|entry| entry.path()).collect();
    versions.sort_by_key(|path| number(path));
    versions.iter().rev().map(|version| version.join("bin")).find(|bin| bin.join("initdb").exists())
}

/// A command that doesn't run as root: PostgreSQL refuses to.
fn unprivileged(program: &Path, owner: Option<(u32, u32)>) -> Command {
    match owner {
        None => Command::new(program),
        Some((user, group)) => {
            let mut command = Command::new("setpriv");
            command
                .arg(format!("--reuid={user}"))
                .arg(format!("--regid={group}"))
                .arg("--clear-groups")
                .arg(program);
            command
        }
    }
}

/// Who the cluster belongs to when we are root: `postgres`, or else `nobody`.
fn owner() -> Option<(u32, u32)> {
    if !rustix::process::getuid().is_root() {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2);
        Some((ids.next()?.parse().ok()?, ids.next()?.parse().ok()?))
    };
    find("postgres").or_else(|| find("nobody")).or(Some((65534, 65534)))
}

impl Cluster {
    /// Makes a cluster and starts it.
    ///
    /// # Errors
    /// A sentence that says what is missing or what PostgreSQL said.
    pub fn start() -> Result<Self, String> {
        let bin = programs().ok_or("PostgreSQL's server is not installed: `apt-get install postgresql`")?;
        let owner = owner();
        let folder = Folder::new("postgres");
        let data = folder.join("data");
        let password = random_hex().map_err(|problem| format!("no randomness: {problem}"))?;
        let password_file = folder.join("password");
        let prepared = fs::write(&password_file, &password)
            .and_then(|()| fs::set_permissions(&password_file, fs::Permissions::from_mode(0o600)))
            .and_then(|()| match owner {
                Some((user, group)) => std::os::unix::fs::chown(folder.path(), Some(user), Some(group))
                    .and_then(|()| std::os::unix::fs::chown(&password_file, Some(user), Some(group))),
                None => Ok(()),
            });
        prepared.map_err(|problem| format!("the cluster's folder cannot be prepared: {problem}"))?;

        let made = unprivileged(&bin.join("initdb"), owner)
            .arg("--pgdata")
            .arg(&data)
            .arg("--pwfile")
            .arg(&password_file)
            .args(["--username=doorkey", "--auth=password", "--encoding=UTF8", "--locale=C", "--no-sync"])
            .env("HOME", folder.path())
            .current_dir(folder.path())
            .output()
            .map_err(|problem| format!("initdb cannot be started: {problem}"))?;
        if !made.status.success() {
            return Err(format!("initdb failed: {}", String::from_utf8_lossy(&made.stderr).trim()));
        }

        let port = free_port().map_err(|problem| format!("no free port: {problem}"))?;
        let mut command = unprivileged(&bin.join("postgres"), owner);
        command.arg("-D").arg(&data).env("HOME", folder.path()).current_dir(folder.path());
        command.arg("-p").arg(port.to_string()).arg("-k").arg(folder.path());
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        let running = Running::start("postgres", command);
        // Killed outright it would leave its children; asked to, it takes them along.
        let watched = janitor::watch(running.id(), "QUIT");
        running.wait_for_line("database system is ready to accept connections");
        let url = format!("postgres://doorkey:{password}@127.0.0.1:{port}/postgres");
        Ok(Self { url, running, _watched: watched, _folder: folder })
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // An immediate shutdown takes the children along; what is kept of the process waits for it.
        self.running.signal(rustix::process::Signal::QUIT);
        for _ in 0..100 {
            if !self.running.is_running() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn random_hex() -> std::io::Result<String> {
    use std::io::Read;
    let mut bytes = [0_u8; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}")))
}

/// Makes a fresh database in the run's cluster and returns its address.
#[track_caller]
pub fn database() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let Ok(admin) = std::env::var(VARIABLE) else {
        panic!("{VARIABLE} is not set: run `cargo xtask test`, which starts a private PostgreSQL");
    };
    let name = format!("system_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    sql(&admin, &format!("CREATE DATABASE {name}"));
    let (server, _) = admin.rsplit_once('/').expect("the cluster's address ends with a database");
    format!("{server}/{name}")
}

/// Runs one statement, and returns what it gives, a line for each row.
#[track_caller]
pub fn sql(url: &str, statement: &str) -> String {
    let psql = programs().map_or_else(|| PathBuf::from("psql"), |bin| bin.join("psql"));
    let output = Command::new(psql)
        .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"])
        .args(["--command", statement, "--dbname", url])
        .output()
        .expect("psql is installed with the server");
    assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
