//! Other programs that ask for the credential in their own protocols: the real ones, each against a small server on this
//! machine that demands it. They are told to ask by the very lines that `helper NAME --setup` prints.

mod cargo;
mod exec;
mod git;
mod kubectl;
mod moving_in;
mod npm;
mod skopeo;
mod stand;

use std::path::{Path, PathBuf};
use std::process::Command;

use doorkey_tests::binary;
use doorkey_tests::janitor::Folder;
use doorkey_tests::process::{Finished, Running};
use serde_json::json;

/// The token that somebody is signed in with, and that a server wants to see.
pub const TOKEN: &str = "demo_at_000000000000000000000000000001";

/// Somebody's machine: a home folder in which they are signed in to the demo, and a folder of links on their path.
pub struct Machine {
    folder: Folder,
    server: String,
}

impl Machine {
    /// Somebody who is signed in to the demo at this server, for another hour.
    pub fn signed_in(server: &str) -> Self {
        let machine = Self { folder: Folder::new("machine"), server: server.to_owned() };
        std::fs::create_dir_all(machine.path("bin")).expect("a folder");
        machine.write(
            ".demo/credentials.json",
            &json!({ "server": server, "access_token": TOKEN, "expires_at": "2100-01-01T00:00:00Z" })
                .to_string(),
        );
        private(&machine.path(".demo"), 0o700);
        private(&machine.path(".demo/credentials.json"), 0o600);
        machine
    }

    /// Puts the command on the path under this name.
    pub fn link(&self, name: &str) {
        std::os::unix::fs::symlink(binary("doorkey", false), self.path("bin").join(name)).expect("a link");
    }

    pub fn path(&self, inside: impl AsRef<Path>) -> PathBuf {
        self.folder.join("home").join(inside)
    }

    pub fn write(&self, inside: &str, text: &str) {
        let path = self.path(inside);
        std::fs::create_dir_all(path.parent().expect("a folder around it")).expect("made");
        std::fs::write(path, text).expect("written");
    }

    /// A program, not started yet: with the links and the usual programs on its path, and nothing else of ours around it.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        let doorkey = binary("doorkey", false);
        let here = doorkey.parent().expect("a folder around it").display().to_string();
        command.env_clear().current_dir(self.path("")).args(arguments).env("HOME", self.path(""));
        command.env("PATH", format!("{}:{here}:/usr/local/bin:/usr/bin:/bin", self.path("bin").display()));
        command.env("DEMO_URL", &self.server).env("GIT_TERMINAL_PROMPT", "0").env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }

    #[track_caller]
    pub fn run(&self, program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Finished {
        let command = self.command(&program, arguments);
        Running::start(&program.as_ref().to_string_lossy(), command).wait()
    }

    /// `doorkey --app demo …`
    #[track_caller]
    pub fn doorkey(&self, arguments: &[&str]) -> Finished {
        let all: Vec<&str> = ["--app", "demo"].into_iter().chain(arguments.iter().copied()).collect();
        self.run(binary("doorkey", false), &all)
    }

    /// The lines that `helper PROGRAM --setup` says belong into a file of the program's.
    #[track_caller]
    pub fn setup(&self, program: &str) -> String {
        self.doorkey(&["helper", program, "--setup"]).exits(0).stdout
    }
}

fn private(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}
