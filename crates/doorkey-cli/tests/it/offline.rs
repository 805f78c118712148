//! What can be said without a service, and what can't.

use std::fs;
use std::process::Stdio;

use crate::tool::{Tool, access_token};

const NOWHERE: &str = "http://127.0.0.1:9";

#[test]
fn a_stored_token_is_printed_alone_and_nothing_else_is_touched() {
    let tool = Tool::new().signed_in(NOWHERE).hide(&access_token(1), "[token]");
    let before = fs::metadata(tool.credentials()).unwrap().modified().unwrap();
    insta::assert_snapshot!(tool.run(&["--app", "demo", "token"]), @"
    exit: 0
    --- stdout ---
    [token]
    ");
    assert_eq!(fs::metadata(tool.credentials()).unwrap().modified().unwrap(), before);
    let folder = fs::read_dir(tool.credentials().parent().unwrap()).unwrap();
    assert_eq!(folder.count(), 1, "no lock is taken to read");
}

#[test]
fn a_token_for_programs_says_where_it_comes_from() {
    let tool = Tool::new().signed_in(NOWHERE).hide(&access_token(1), "[token]");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "token", "--json"]), @r#"
    exit: 0
    --- stdout ---
    {
      "token": "[token]",
      "app": "demo",
      "profile": "default",
      "server": "http://127.0.0.1:9",
      "source": {
        "kind": "stored",
        "path": "[home]/.demo/credentials.json"
      },
      "expires_at": "[in 50 minutes]"
    }
    "#);
}

#[test]
fn a_variable_wins_over_the_file() {
    let tool = Tool::new().signed_in(NOWHERE).set("DEMO_TOKEN", "demo_at_from_the_environment");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "token"]), @"
    exit: 0
    --- stdout ---
    demo_at_from_the_environment
    ");
}

#[test]
fn an_empty_variable_is_no_variable() {
    let tool = Tool::new().signed_in(NOWHERE).set("DEMO_TOKEN", "").hide(&access_token(1), "[token]");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "token"]), @"
    exit: 0
    --- stdout ---
    [token]
    ");
}

#[test]
fn signed_out_there_is_no_token() {
    insta::assert_snapshot!(Tool::new().linked_as("demo").run(&["token"]), @"
    exit: 4
    --- stderr ---
    error: You aren't signed in to Doorkey demo.
    hint: Run `demo login`.
    ");
}

#[test]
fn errors_for_programs_are_json() {
    insta::assert_snapshot!(Tool::new().run(&["--app", "demo", "token", "--json"]), @r#"
    exit: 4
    --- stdout ---
    {
      "error": {
        "code": "credential.signed_out",
        "message": "You aren't signed in to Doorkey demo.",
        "hint": "Run `doorkey --app demo login`.",
        "exit": 4
      }
    }
    "#);
}

#[test]
fn signed_out_whoami_says_so() {
    insta::assert_snapshot!(Tool::new().run(&["--app", "demo", "whoami"]), @"
    exit: 4
    --- stderr ---
    You aren't signed in to Doorkey demo.
    Run `doorkey --app demo login` to sign in.
    ");
}

#[test]
fn signed_out_whoami_for_programs() {
    insta::assert_snapshot!(Tool::new().run(&["--app", "demo", "whoami", "--json"]), @r#"
    exit: 4
    --- stdout ---
    {
      "status": "signed_out",
      "app": "demo",
      "profile": "default",
      "server": "http://127.0.0.1:9",
      "user": null,
      "organization": null,
      "source": null,
      "message": null,
      "checked": true
    }
    "#);
}

#[test]
fn signed_out_status_says_where_the_credential_would_be() {
    insta::assert_snapshot!(Tool::new().run(&["--app", "demo", "status"]), @"
    exit: 4
    --- stdout ---
    App         Doorkey demo (demo)
    Signed in   no
    Server      http://127.0.0.1:9 (from DEMO_URL)
    Credential  none ([home]/.demo/credentials.json)
    Storage     file: plain, for you alone; `doorkey --app demo storage migrate --to keyring` seals it
    ");
}

#[test]
fn offline_is_not_signed_out() {
    insta::assert_snapshot!(Tool::new().signed_in(NOWHERE).run(&["--app", "demo", "whoami"]), @"
    exit: 3
    --- stdout ---
    Ada Lovelace (ada@example.com) (not checked)
    Server: http://127.0.0.1:9
    Credential: [home]/.demo/credentials.json
    --- stderr ---
    Whether the credential is still good can't be told now. http://127.0.0.1:9 can't be reached: the connection was refused.
    ");
}

#[test]
fn offline_status_tells_what_is_known() {
    insta::assert_snapshot!(Tool::new().signed_in(NOWHERE).run(&["--app", "demo", "status"]), @"
    exit: 3
    --- stdout ---
    App         Doorkey demo (demo)
    Signed in   can't be told now: http://127.0.0.1:9 can't be reached: the connection was refused.
    Server      http://127.0.0.1:9 (from DEMO_URL)
    Credential  [home]/.demo/credentials.json
    Storage     file: plain, for you alone; `doorkey --app demo storage migrate --to keyring` seals it
    Good until  [in 50 minutes] (50 minutes left, then renewed by itself)
    ");
}

#[test]
fn offline_status_for_programs() {
    let tool = Tool::new().signed_in_until(NOWHERE, "2020-01-01T00:00:00Z");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "status", "--json"]), @r#"
    exit: 3
    --- stdout ---
    {
      "status": "cannot_check",
      "app": "demo",
      "profile": {
        "name": "default",
        "chosen_by": "nothing"
      },
      "server": "http://127.0.0.1:9",
      "server_source": {
        "kind": "environment",
        "variable": "DEMO_URL"
      },
      "user": {
        "id": "u_1",
        "name": "Ada Lovelace",
        "email": "ada@example.com"
      },
      "organization": null,
      "source": {
        "kind": "stored",
        "path": "[home]/.demo/credentials.json"
      },
      "credentials": "[home]/.demo/credentials.json",
      "storage": {
        "kind": "file",
        "chosen_by": "nothing"
      },
      "expires_at": "2020-01-01T00:00:00Z",
      "expires_in": 0,
      "refreshable": true,
      "session_expires_at": null,
      "unused_until": null,
      "overridden_by": null,
      "clock_skew": null,
      "message": "http://127.0.0.1:9 can't be reached: the connection was refused.",
      "checked": true
    }
    "#);
}

#[test]
fn a_token_is_never_sent_to_another_server() {
    let tool = Tool::new().signed_in("https://other.example");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "token"]), @"
    exit: 4
    --- stderr ---
    error: You aren't signed in to Doorkey demo.
    hint: Run `doorkey --app demo login`.
    ");
}

#[test]
fn offline_login_says_what_to_check() {
    insta::assert_snapshot!(Tool::new().run(&["--app", "demo", "login"]), @"
    exit: 3
    --- stderr ---
    Signing in to Doorkey demo with a code. This runs over SSH (SSH_TTY is set), so your browser is on another machine.
    error: http://127.0.0.1:9 can't be reached: the connection was refused.
    hint: Check the address and your connection, then try again.
    ");
}

#[test]
fn verbose_tells_the_code_of_an_error() {
    insta::assert_snapshot!(Tool::new().run(&["--app", "demo", "token", "-v"]), @"
    exit: 4
    --- stderr ---
    error: You aren't signed in to Doorkey demo.
    hint: Run `doorkey --app demo login`.
    code: credential.signed_out
    ");
}

#[test]
fn a_full_disk_is_told() {
    let tool = Tool::new().signed_in(NOWHERE);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let child =
        tool.command(&["--app", "demo", "token"]).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    insta::assert_snapshot!(tool.shown(&child.wait_with_output().unwrap()), @"
    exit: 1
    --- stderr ---
    error: Standard output couldn't be written.
    ");
}
