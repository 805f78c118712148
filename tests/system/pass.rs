//! Another program keeps the credential: pass, with the very script that the book shows.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use doorkey_tests::process::Running;
use doorkey_tests::tool::Tool;
use doorkey_tests::workspace;

use crate::stage::{open_approval, service, shown_link, visitor};

/// Ends the agent that gpg has started for this home folder.
struct Agent(PathBuf);

impl Drop for Agent {
    fn drop(&mut self) {
        let mut command = Command::new("gpgconf");
        let _ = command.args(["--kill", "all"]).env("HOME", &self.0).output();
    }
}

/// The script of the book.
#[track_caller]
fn script(home: &Path) -> PathBuf {
    let book = std::fs::read_to_string(workspace().join("docs/storage.md")).expect("the book's page");
    let script = book.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a script");
    let path = home.join("doorkey-pass");
    std::fs::write(&path, script).expect("a file in the home folder");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("that can be run");
    path
}

#[track_caller]
fn run(home: &Path, program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home).current_dir(home);
    Running::start(program, command).wait().exits(0).stdout
}

#[test]
fn pass_keeps_the_credential_with_the_script_of_the_book() {
    let service = service();
    let tool = Tool::new("demo", &service.url);
    let _agent = Agent(tool.home());
    let who = "Ada <ada@example.com>";
    run(
        &tool.home(),
        "gpg",
        &["--batch", "--passphrase", "", "--quick-generate-key", who, "default", "default", "never"],
    );
    run(&tool.home(), "pass", &["init", "ada@example.com"]);
    let program = script(&tool.home());
    let tool = tool.env("DOORKEY_STORAGE_COMMAND", program.to_str().expect("a path in UTF-8"));

    let mut visitor = visitor(service);
    let login = tool.start(&["login", "--device", "--storage", "command"]);
    let page = open_approval(&mut visitor, &shown_link(&login));
    visitor.press(&page, "Approve", &[]);
    login.wait().exits(0);

    let token = tool.run(&["token"]).exits(0).stdout.trim_end().to_owned();
    assert!(run(&tool.home(), "pass", &["show", "doorkey/demo/default"]).contains(&token), "pass has it");
    assert!(!tool.path(".demo/credentials.json").exists(), "and the disk has it in no other way");
    tool.run(&["whoami"]).exits(0).says("person-");
    tool.run(&["storage"]).exits(0).says("command: another program keeps it");

    // Out of it and in again.
    tool.run(&["storage", "migrate", "--to", "file"]).exits(0);
    assert!(!run(&tool.home(), "pass", &["ls"]).contains("default"), "pass has it no more");
    tool.run(&["storage", "migrate", "--to", "command"]).exits(0);
    assert_eq!(tool.run(&["token"]).exits(0).stdout.trim_end(), token, "the same");
    tool.run(&["logout", "--yes"]).exits(0);
    tool.run(&["token"]).exits(4);
}
