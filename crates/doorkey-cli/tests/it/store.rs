//! The credentials file: half of one, one that others can read, one that isn't ours to follow.

use std::fs;

use crate::service::Service;
use crate::tool::{Tool, access_token, mode};

const FILE: &str = "home/.demo/credentials.json";

#[test]
fn half_a_file_is_told_with_its_place() {
    let tool = Tool::new();
    tool.write(FILE, "{\n  \"server\": \"http://127.0.0.1:9\",\n  \"access_tok", 0o600);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "token"]), @"
    exit: 1
    --- stderr ---
    error: The credentials file [home]/.demo/credentials.json is damaged: it ends in the middle at line 3, column 13.
    hint: Mend it, or sign in again: the damaged file is kept beside the new one.
    ");
}

#[test]
fn a_file_that_others_can_read_is_refused_with_the_command_that_mends_it() {
    let tool = Tool::new().signed_in("http://127.0.0.1:9");
    tool.write(FILE, &fs::read_to_string(tool.credentials()).unwrap(), 0o644);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "token"]), @"
    exit: 1
    --- stderr ---
    error: The credentials file [home]/.demo/credentials.json can be read by others (its mode is 0644), so it isn't used.
    hint: Run `chmod 600 [home]/.demo/credentials.json`. If others may have read it, sign in again.
    ");
}

#[test]
fn signing_in_makes_a_readable_file_private_and_says_so() {
    let service = Service::start();
    let tool = Tool::with(&service).signed_in(&service.url());
    tool.write(FILE, &fs::read_to_string(tool.credentials()).unwrap(), 0o644);
    insta::assert_snapshot!(tool.run_with_input(&["--app", "demo", "login", "--token", "-"], &access_token(3)), @"
    exit: 0
    --- stderr ---
    Others could read [home]/.demo/credentials.json. It is private now; if somebody may have read it, sign out with --revoke and sign in again.
    The server accepts this token: signed in to Doorkey demo as Ada Lovelace (ada@example.com).
    Server: [server]
    Credential: [home]/.demo/credentials.json
    ");
    assert_eq!(mode(&tool.credentials()), 0o600);
}

#[test]
fn signing_in_keeps_a_damaged_file_aside() {
    let service = Service::start();
    let tool = Tool::with(&service);
    tool.write(FILE, "{ \"access_tok", 0o600);
    insta::assert_snapshot!(tool.run_with_input(&["--app", "demo", "login", "--token"], &access_token(3)), @"
    exit: 0
    --- stderr ---
    [home]/.demo/credentials.json was damaged. What stood in it is kept in [home]/.demo/credentials.json.broken-1.
    The server accepts this token: signed in to Doorkey demo as Ada Lovelace (ada@example.com).
    Server: [server]
    Credential: [home]/.demo/credentials.json
    ");
    let aside = tool.path("home/.demo/credentials.json.broken-1");
    assert_eq!(fs::read_to_string(aside).unwrap(), "{ \"access_tok");
    assert!(fs::read_to_string(tool.credentials()).unwrap().contains(&access_token(3)));
}

#[test]
fn a_link_to_a_file_elsewhere_is_refused() {
    let tool = Tool::new().signed_in("http://127.0.0.1:9");
    let elsewhere = tool.path("elsewhere.json");
    fs::rename(tool.credentials(), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, tool.credentials()).unwrap();
    insta::assert_snapshot!(tool.run(&["--app", "demo", "whoami"]), @"
    exit: 1
    --- stderr ---
    error: The credentials file [home]/.demo/credentials.json is a link to [folder]/elsewhere.json, outside its folder, so it isn't used.
    hint: Replace the link with a file of its own: remove [home]/.demo/credentials.json.
    ");
}

#[test]
fn without_a_home_it_says_what_is_missing() {
    let tool = Tool::new();
    // An empty HOME isn't a folder; what the user database says would be another machine's business.
    let output = tool.command(&["--app", "demo", "token"]).env("HOME", "relative").output().unwrap();
    insta::assert_snapshot!(tool.shown(&output), @"
    exit: 1
    --- stderr ---
    error: The credentials file ~/.demo/credentials.json can't be found: there is no home folder.
    hint: Set HOME to your home folder.
    ");
}
