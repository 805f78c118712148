//! Runs the command and writes down everything that came out of it.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant, UNIX_EPOCH};

use doorkey_manifest::TokenFormat;

use crate::service::Service;

/// The built binary.
pub const DOORKEY: &str = env!("CARGO_BIN_EXE_doorkey");

/// The command with a home of its own.
pub struct Tool {
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
    /// What is written differently in what is compared.
    hidden: Vec<(String, String)>,
    program: PathBuf,
}

impl Tool {
    /// A person who has never run it. It runs as if over SSH, so that every machine behaves alike.
    pub fn new() -> Tool {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("home")).unwrap();
        let tool = Tool { folder, environment: Vec::new(), hidden: Vec::new(), program: DOORKEY.into() };
        tool.set("SSH_TTY", "/dev/pts/0").set("DEMO_URL", "http://127.0.0.1:9")
    }

    /// One that talks to `service`.
    pub fn with(service: &Service) -> Tool {
        Tool::new().set("DEMO_URL", &service.url()).hide(&service.url(), "[server]")
    }

    /// The product of this name, run by a link of that name, for somebody at their own machine.
    pub fn called(name: &str) -> Tool {
        Tool::new().unset("SSH_TTY").unset("DEMO_URL").linked_as(name)
    }

    /// With a browser that writes down what it was opened with, for [`opened`](Tool::opened).
    pub fn with_browser(self) -> Tool {
        let opened = self.path("opened");
        let script =
            format!("#!/bin/sh\nprintf '%s' \"$1\" > {0}.part && /bin/mv {0}.part {0}\n", opened.display());
        let browser = self.write("browser/open", &script, 0o755);
        self.set("BROWSER", browser.to_str().unwrap())
    }

    /// Waits until the browser is opened, and says with which address.
    pub fn opened(&self) -> String {
        let written = self.path("opened");
        let end = Instant::now() + Duration::from_secs(20);
        while !written.exists() {
            assert!(Instant::now() < end, "no browser was opened");
            std::thread::sleep(Duration::from_millis(10));
        }
        fs::read_to_string(written).unwrap()
    }

    pub fn unset(mut self, name: &str) -> Tool {
        self.environment.retain(|(known, _)| known != name);
        self
    }

    pub fn set(mut self, name: &str, value: &str) -> Tool {
        self = self.unset(name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Shows `shown` where `text` stands.
    pub fn hide(mut self, text: &str, shown: &str) -> Tool {
        // What was said later is the longer text: a link begins with its server.
        self.hidden.insert(0, (text.to_owned(), shown.to_owned()));
        self
    }

    /// Runs it through a link of this name.
    pub fn linked_as(mut self, name: &str) -> Tool {
        let link = self.path(name);
        std::os::unix::fs::symlink(DOORKEY, &link).unwrap();
        self.program = link;
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn credentials(&self) -> PathBuf {
        self.path("home/.demo/credentials.json")
    }

    /// Writes a file; the mode is the file's, folders are private.
    pub fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.path(name);
        let folder = path.parent().unwrap();
        fs::create_dir_all(folder).unwrap();
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
        let mut file =
            fs::OpenOptions::new().create(true).write(true).truncate(true).mode(mode).open(&path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    /// Signed in as Ada, for fifty minutes more.
    pub fn signed_in(self, server: &str) -> Tool {
        let now = i64::try_from(UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
        let end = jiff::Timestamp::from_second(now + 50 * 60 + 30).unwrap();
        let for_people = end.strftime("%Y-%m-%d %H:%M UTC").to_string();
        let end = end.to_string();
        self.hide(&end, "[in 50 minutes]").hide(&for_people, "[in 50 minutes]").signed_in_until(server, &end)
    }

    pub fn signed_in_until(self, server: &str, expires_at: &str) -> Tool {
        let text = format!(
            r#"{{
  "server": "{server}",
  "access_token": "{}",
  "refresh_token": "{}",
  "expires_at": "{expires_at}",
  "user": {{ "id": "u_1", "name": "Ada Lovelace", "email": "ada@example.com" }},
  "theme": "dark"
}}
"#,
            access_token(1),
            refresh_token(1)
        );
        self.write("home/.demo/credentials.json", &text, 0o600);
        self
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).env_clear().env("HOME", self.path("home")).current_dir(self.folder.path());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts it with nothing on standard input.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Everything that comes out of it, to compare.
    pub fn run(&self, arguments: &[&str]) -> String {
        self.shown(&self.start(arguments).wait_with_output().unwrap())
    }

    /// What it prints as JSON.
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        serde_json::from_slice(&self.start(arguments).wait_with_output().unwrap().stdout).unwrap()
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> String {
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // It may end without reading.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        self.shown(&child.wait_with_output().unwrap())
    }

    /// Exit code and both streams, without what differs from run to run.
    pub fn shown(&self, output: &Output) -> String {
        let mut text = match output.status.code() {
            Some(code) => format!("exit: {code}\n"),
            None => format!("{}\n", output.status),
        };
        for (name, stream) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            let stream = String::from_utf8(stream.clone()).unwrap();
            if !stream.is_empty() {
                text.extend(["--- ", name, " ---\n", &stream]);
                if !stream.ends_with('\n') {
                    text.push_str("[no line break]\n");
                }
            }
        }
        self.tidy(&text)
    }

    pub fn tidy(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (hidden, shown) in &self.hidden {
            text = text.replace(hidden, shown);
        }
        let root = self.folder.path().canonicalize().unwrap();
        for folder in [self.folder.path(), root.as_path()] {
            text = text.replace(&format!("{}/home", folder.display()), "[home]");
            text = text.replace(&folder.display().to_string(), "[folder]");
        }
        without_countdown(&text)
    }
}

/// Whether an answer comes before the command says that it waits, and how long it will still wait, depends on how busy
/// the machine is. What a terminal overwrites stays; what a pipe gets is left out.
fn without_countdown(text: &str) -> String {
    let tidy = |line: &str| match line.split_once(" left. Ctrl-C") {
        Some(_) if line.starts_with("Waiting for you") => None,
        Some((before, after)) => {
            let begin = before.rfind(' ').map_or(0, |space| space + 1);
            Some(format!("{}[time] left. Ctrl-C{after}", &before[..begin]))
        }
        None => Some(line.to_owned()),
    };
    text.split('\n').filter_map(tidy).collect::<Vec<_>>().join("\n")
}

/// A well-formed access token of the demo; the same one for the same number.
pub fn access_token(number: u8) -> String {
    token("demo_at_", number)
}

pub fn refresh_token(number: u8) -> String {
    token("demo_rt_", number)
}

fn token(prefix: &str, number: u8) -> String {
    TokenFormat::new(prefix).from_entropy(|bytes: &mut [u8]| bytes.fill(number)).expose().to_owned()
}

/// The moment so many minutes from now, as the service writes it.
pub fn in_minutes(minutes: i64) -> String {
    let now = i64::try_from(UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    jiff::Timestamp::from_second(now + minutes * 60).unwrap().to_string()
}

/// The mode of a file, as `ls` counts it.
pub fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}
