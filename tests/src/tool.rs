//! `doorkey`, run as somebody who has just got their machine: an empty home, an empty environment.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::binary;
use crate::janitor::Folder;
use crate::opener::Opener;
use crate::process::{Finished, Running};

/// A person's machine with `doorkey` on it.
pub struct Tool {
    program: String,
    folder: Folder,
    opener: Opener,
    global: Vec<String>,
    environment: Vec<(String, String)>,
    release: bool,
}

impl Tool {
    /// For an app (a name or a manifest's path), against a server.
    pub fn new(app: &str, server: &str) -> Self {
        let global = ["--app", app, "--api", server].map(str::to_owned).to_vec();
        Self { global, ..Self::of("doorkey") }
    }

    /// For an app whose manifest says where the server is.
    pub fn at_home(app: &str) -> Self {
        let global = ["--app", app].map(str::to_owned).to_vec();
        Self { global, ..Self::of("doorkey") }
    }

    /// Another program of this workspace, on a machine of the same kind.
    pub fn of(program: &str) -> Self {
        let folder = Folder::new("home");
        let opener = Opener::install(folder.path());
        let home = folder.join("home");
        fs::create_dir(&home).expect("a home can be made");
        let program = program.to_owned();
        Self { program, folder, opener, global: Vec::new(), environment: Vec::new(), release: false }
    }

    /// With a variable in its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The optimised program.
    #[must_use]
    pub fn release(mut self) -> Self {
        self.release = true;
        self
    }

    /// The home folder.
    pub fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    /// The command with these arguments, not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary(&self.program, self.release));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.home()).current_dir(self.home());
        command.env("BROWSER", self.opener.program());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.args(&self.global).args(arguments);
        command
    }

    /// Starts it and leaves it running.
    #[track_caller]
    pub fn start(&self, arguments: &[&str]) -> Running {
        self.opener.forget();
        Running::start(&format!("{} {}", self.program, arguments.join(" ")), self.command(arguments))
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Finished {
        self.start(arguments).wait()
    }

    /// Runs it to its end with something on its standard input.
    #[track_caller]
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Finished {
        let mut running = self.start(arguments);
        running.give(input);
        running.wait()
    }

    /// The link that the running login has opened in the person's browser.
    #[track_caller]
    pub fn opened(&self, login: &mut Running) -> String {
        self.opener.opened(login)
    }

    /// A path in the home folder.
    pub fn path(&self, inside: impl AsRef<Path>) -> PathBuf {
        self.home().join(inside)
    }

    /// A JSON file in the home folder, if it is there; panics when it isn't whole.
    #[track_caller]
    pub fn json(&self, inside: &str) -> Option<Value> {
        let text = fs::read_to_string(self.path(inside)).ok()?;
        match serde_json::from_str(&text) {
            Ok(value) => Some(value),
            Err(problem) => panic!("{inside} is not whole ({problem}):\n{text}"),
        }
    }

    /// Writes a JSON file of the home folder, as private as the command writes it.
    #[track_caller]
    pub fn write_json(&self, inside: &str, value: &Value) {
        let path = self.path(inside);
        let folder = path.parent().expect("a file lies in a folder");
        fs::create_dir_all(folder).expect("a folder in the home folder can be made");
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).expect("and made private");
        fs::write(&path, format!("{value:#}\n")).expect("a file in the home folder can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("and made private");
    }
}
