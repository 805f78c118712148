//! Where the credential is kept: what is said about it, what is asked, what is refused.

use std::fs;

use crate::service::Service;
use crate::terminal::Session;
use crate::tool::{Tool, access_token, mode};

const SEALED: &str = "home/.demo/credentials.json.sealed";
const PASSPHRASE: &str = "correct horse battery staple";
const LOGIN: [&str; 5] = ["--app", "demo", "login", "--token", "-"];

/// Signs in with a token, and whatever else is said.
fn sign_in(tool: &Tool, more: &[&str]) -> String {
    tool.run_with_input(&[&LOGIN, more].concat(), &access_token(3))
}

#[test]
fn a_plain_file_is_called_one() {
    let tool = Tool::new().signed_in("http://127.0.0.1:9");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "storage"]), @"
    exit: 0
    --- stdout ---
    Storage    file: plain, for you alone; `doorkey --app demo storage migrate --to keyring` seals it
    Chosen by  nobody: it is the usual
    Place      [home]/.demo/credentials.json
    Holds      a credential
    Works      yes
    ");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "storage", "--json"]), @r#"
    exit: 0
    --- stdout ---
    {
      "app": "demo",
      "storage": {
        "kind": "file",
        "chosen_by": "nothing"
      },
      "path": "[home]/.demo/credentials.json",
      "holds": true,
      "works": true,
      "problem": null,
      "others": []
    }
    "#);
}

#[test]
fn a_kind_that_does_not_exist_is_refused_with_those_that_do() {
    let tool = Tool::new().set("DOORKEY_STORAGE", "keychain");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "token"]), @"
    exit: 2
    --- stderr ---
    error: `keychain`, which DOORKEY_STORAGE says, is no kind of storage.
    hint: There are: file, keyring, encrypted, memory, command.
    ");
    insta::assert_snapshot!(Tool::new().run(&["--app", "demo", "storage", "migrate", "--to", "vault"]), @"
    exit: 2
    --- stderr ---
    error: invalid value 'vault' for '--to <KIND>': there are: file, keyring, encrypted, memory, command

    For more information, try '--help'.
    ");
}

#[test]
fn without_a_keyring_a_sign_in_ends_before_it_begins() {
    let tool =
        Tool::new().set("DOORKEY_STORAGE", "keyring").set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/not/there");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "login"]), @"
    exit: 1
    --- stderr ---
    error: The operating system's keyring can't be used: there is none here (zbus error: Failed to connect to address `unix:path=/not/there`: No such file or directory (os error 2)).
    hint: Sign in with `login --storage encrypted` (a passphrase), or with `login --insecure-storage` (a plain file).
    ");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "storage"]), @"
    exit: 1
    --- stdout ---
    Storage    keyring: a sealed file, its key in the operating system's keyring
    Chosen by  DOORKEY_STORAGE, an environment variable
    Place      [home]/.demo/credentials.json.sealed
    Holds      nothing
    Works      no. The operating system's keyring can't be used: there is none here (zbus error: Failed to connect to address `unix:path=/not/there`: No such file or directory (os error 2)). Sign in with `login --storage encrypted` (a passphrase), or with `login --insecure-storage` (a plain file).
    ");
    assert!(!tool.credentials().exists());
}

#[test]
fn at_a_terminal_a_plain_file_is_offered_and_only_a_yes_makes_one() {
    let service = Service::start();
    let tool =
        Tool::with(&service).set("NO_COLOR", "1").set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/not/there");
    let token = access_token(3);
    let login = ["--app", "demo", "login", "--storage", "keyring", "--token", &token];
    let mut session = Session::start(&tool, &login);
    session.expect("[y/N] ");
    session.press("\n");
    insta::assert_snapshot!(session.end(&tool), @"
    exit: Some(1)
    The operating system's keyring can't be used: there is none here (zbus error: Failed to connect to address `unix:path=/not/there`: No such file or directory (os error 2)).
    Keep it in a file that only you can read? [y/N] 
    error: The operating system's keyring can't be used: there is none here (zbus error: Failed to connect to address `unix:path=/not/there`: No such file or directory (os error 2)).
    hint: Sign in with `login --storage encrypted` (a passphrase), or with `login --insecure-storage` (a plain file).
    ");
    assert!(!tool.credentials().exists());

    let mut session = Session::start(&tool, &login);
    session.expect("[y/N] ");
    session.press("y\n");
    insta::assert_snapshot!(session.end(&tool), @"
    exit: Some(0)
    The operating system's keyring can't be used: there is none here (zbus error: Failed to connect to address `unix:path=/not/there`: No such file or directory (os error 2)).
    Keep it in a file that only you can read? [y/N] y
    ✓ The server accepts this token: signed in to Doorkey demo as Ada Lovelace (ada@example.com).
      Server: [server]
      Credential: [home]/.demo/credentials.json
    ");
    assert_eq!(mode(&tool.credentials()), 0o600);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "storage"]), @"
    exit: 0
    --- stdout ---
    Storage    file: plain, for you alone; `doorkey --app demo storage migrate --to keyring` seals it
    Chosen by  your settings
    Place      [home]/.demo/credentials.json
    Holds      a credential
    Works      yes
    ");
}

#[test]
fn a_sealed_file_opens_with_its_passphrase_alone() {
    let service = Service::start();
    let tool = Tool::with(&service).set("DOORKEY_PASSPHRASE", PASSPHRASE);
    insta::assert_snapshot!(sign_in(&tool, &["--storage", "encrypted"]), @"
    exit: 0
    --- stderr ---
    The server accepts this token: signed in to Doorkey demo as Ada Lovelace (ada@example.com).
    Server: [server]
    Credential: [home]/.demo/credentials.json.sealed
    ");
    assert_eq!(mode(&tool.path(SEALED)), 0o600);
    let sealed = fs::read_to_string(tool.path(SEALED)).unwrap();
    assert!(sealed.contains("argon2id") && !sealed.contains(&access_token(3)));
    assert!(tool.run(&["--app", "demo", "token"]).contains(&access_token(3)));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "storage"]), @"
    exit: 0
    --- stdout ---
    Storage    encrypted: a sealed file, its key made of a passphrase
    Chosen by  your settings
    Place      [home]/.demo/credentials.json.sealed
    Holds      a credential
    Works      yes
    ");

    let tool = tool.unset("DOORKEY_PASSPHRASE");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "token"]), @"
    exit: 1
    --- stderr ---
    error: The sealed file [home]/.demo/credentials.json.sealed takes a passphrase, and there is none.
    hint: Set DOORKEY_PASSPHRASE_FILE to a file that holds it, or DOORKEY_PASSPHRASE, or run this at a terminal.
    ");
    let tool = tool.set("DOORKEY_PASSPHRASE", "wrong");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "token", "--json"]), @r#"
    exit: 1
    --- stdout ---
    {
      "error": {
        "code": "store.wrong_passphrase",
        "message": "The sealed file [home]/.demo/credentials.json.sealed was sealed with another passphrase.",
        "hint": "Try again with the right one. If it is lost, sign out and in again.",
        "exit": 1
      }
    }
    "#);
    let tool = tool.unset("DOORKEY_PASSPHRASE");
    let file = tool.write("passphrase", &format!("{PASSPHRASE}\n"), 0o600);
    let tool = tool.set("DOORKEY_PASSPHRASE_FILE", file.to_str().unwrap());
    assert!(tool.run(&["--app", "demo", "token"]).contains(&access_token(3)));
}

#[test]
fn at_a_terminal_a_new_passphrase_is_asked_for_twice_and_never_shown() {
    let service = Service::start();
    let tool = Tool::with(&service).set("NO_COLOR", "1");
    let token = access_token(3);
    let mut session =
        Session::start(&tool, &["--app", "demo", "login", "--storage", "encrypted", "--token", &token]);
    session.expect("New passphrase");
    session.press("one thing\n");
    session.expect("The same again");
    session.press("another thing\n");
    let again =
        format!("Once more, please.\r\nNew passphrase for {} (not shown): ", tool.path(SEALED).display());
    session.expect(&again);
    session.press("correct horse\n");
    session.expect(&format!("{again}\r\nThe same again: "));
    session.press("correct horse\n");
    insta::assert_snapshot!(session.end(&tool), @"
    exit: Some(0)
    New passphrase for [home]/.demo/credentials.json.sealed (not shown): 
    The same again: 
    They aren't the same. Once more, please.
    New passphrase for [home]/.demo/credentials.json.sealed (not shown): 
    The same again: 
    ✓ The server accepts this token: signed in to Doorkey demo as Ada Lovelace (ada@example.com).
      Server: [server]
      Credential: [home]/.demo/credentials.json.sealed
    ");

    let mut session = Session::start(&tool, &["--app", "demo", "whoami"]);
    session.expect("Passphrase of");
    session.press("correct horse\n");
    insta::assert_snapshot!(session.end(&tool), @"
    exit: Some(0)
    Passphrase of [home]/.demo/credentials.json.sealed (not shown): 
    Ada Lovelace (ada@example.com)
    Server: [server]
    Credential: [home]/.demo/credentials.json.sealed
    ");
}

#[test]
fn ctrl_c_at_the_passphrase_ends_it() {
    let tool = Tool::new().set("NO_COLOR", "1");
    let token = access_token(3);
    let mut session =
        Session::start(&tool, &["--app", "demo", "login", "--storage", "encrypted", "--token", &token]);
    session.expect("New passphrase");
    session.interrupt();
    let ended = session.end(&tool);
    assert!(ended.starts_with("exit: Some(130)") && ended.contains("Cancelled."), "{ended}");
    assert!(!tool.path(SEALED).exists());
}

#[test]
fn a_credential_moves_and_the_settings_say_so() {
    let tool = Tool::new().signed_in("http://127.0.0.1:9").set("DOORKEY_PASSPHRASE", PASSPHRASE);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "storage", "migrate", "--to", "encrypted"]), @"
    exit: 0
    --- stderr ---
    The credential is in [home]/.demo/credentials.json.sealed now (encrypted), and nowhere else.
    ");
    assert!(!tool.credentials().exists());
    assert!(tool.run(&["--app", "demo", "token"]).contains(&access_token(1)));
    let settings = fs::read_to_string(tool.path("home/.config/doorkey/settings/demo.toml")).unwrap();
    assert_eq!(settings, "[profiles.default]\nstorage = \"encrypted\"\n");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "storage", "migrate", "--to", "file", "--json"]), @r#"
    exit: 0
    --- stdout ---
    {
      "app": "demo",
      "from": {
        "kind": "encrypted",
        "path": "[home]/.demo/credentials.json.sealed"
      },
      "to": {
        "kind": "file",
        "path": "[home]/.demo/credentials.json"
      },
      "storage": {
        "kind": "file",
        "chosen_by": "setting"
      }
    }
    "#);
    assert!(
        fs::read_to_string(tool.credentials()).unwrap().contains("\"theme\": \"dark\""),
        "all of it came along"
    );
    assert!(!tool.path(SEALED).exists());
}

#[test]
fn nothing_to_move_and_a_variable_that_says_otherwise_are_told() {
    let tool = Tool::new();
    insta::assert_snapshot!(tool.run(&["--app", "demo", "storage", "migrate", "--to", "encrypted"]), @"
    exit: 1
    --- stderr ---
    error: There is no credential to move.
    hint: Sign in first; `login --storage KIND` says where to.
    ");
    let tool = tool
        .signed_in("http://127.0.0.1:9")
        .set("DOORKEY_PASSPHRASE", PASSPHRASE)
        .set("DOORKEY_STORAGE", "file");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "storage", "migrate", "--to", "encrypted", "--keep"]), @"
    exit: 0
    --- stderr ---
    The credential is in [home]/.demo/credentials.json.sealed now (encrypted). The old one was left where it is, and isn't renewed any more.
    DOORKEY_STORAGE says `file`, which goes before this. Change or unset it.
    ");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "storage"]), @"
    exit: 0
    --- stdout ---
    Storage    file: plain, for you alone; `doorkey --app demo storage migrate --to keyring` seals it
    Chosen by  DOORKEY_STORAGE, an environment variable
    Place      [home]/.demo/credentials.json
    Holds      a credential
    Works      yes
    Note       Something that isn't used lies in [home]/.demo/credentials.json.sealed (encrypted).
    ");
}

#[test]
fn memory_keeps_a_credential_without_a_disk() {
    let service = Service::start();
    let memory = tempfile::Builder::new().prefix("doorkey-test-").tempdir_in("/dev/shm").unwrap();
    let tool = Tool::with(&service).set("XDG_RUNTIME_DIR", memory.path().to_str().unwrap());
    assert!(sign_in(&tool, &["--storage", "memory"]).contains("exit: 0"));
    assert!(tool.run(&["--app", "demo", "token"]).contains(&access_token(3)));
    assert!(!tool.credentials().exists());
    assert!(tool.run(&["--app", "demo", "logout", "-y"]).contains("exit: 0"));
    assert!(tool.run(&["--app", "demo", "token"]).contains("exit: 4"));
}

#[test]
fn a_program_that_keeps_it_says_what_is_wrong_in_its_own_words() {
    let tool = Tool::new();
    let program =
        tool.write("vault", "#!/bin/sh\nprintf 'the vault is \\033[31msealed' >&2\nexit 1\n", 0o755);
    let tool = tool.set("DOORKEY_STORAGE", "command");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "login"]), @"
    exit: 1
    --- stderr ---
    Signing in to Doorkey demo with a code. This runs over SSH (SSH_TTY is set), so your browser is on another machine.
    error: The credential is to be kept by another program, and none is named.
    hint: Set DOORKEY_STORAGE_COMMAND to the program's path.
    ");
    let tool = tool.set("DOORKEY_STORAGE_COMMAND", program.to_str().unwrap());
    insta::assert_snapshot!(tool.run(&["--app", "demo", "login"]), @"
    exit: 1
    --- stderr ---
    Signing in to Doorkey demo with a code. This runs over SSH (SSH_TTY is set), so your browser is on another machine.
    error: `[folder]/vault get` failed: it says: the vault is �[31msealed.
    hint: Run `[folder]/vault get APP default` by hand to see what it needs.
    ");
}
