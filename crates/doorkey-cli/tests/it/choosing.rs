//! Which app it is about.

use crate::tool::Tool;

#[test]
fn without_an_app_it_says_how_to_name_one() {
    insta::assert_snapshot!(Tool::new().run(&["whoami"]), @"
    exit: 2
    --- stderr ---
    error: No app is named.
    hint: Say which one with `--app NAME` or `--app FILE.toml`, or set DOORKEY_APP. Built in: almyty, arka, arkor, armoriq, demo, tank.
    ");
}

#[test]
fn an_app_that_does_not_exist_is_named_with_those_that_do() {
    insta::assert_snapshot!(Tool::new().run(&["--app", "nope", "whoami"]), @"
    exit: 2
    --- stderr ---
    error: There is no app named `nope`.
    hint: There are: almyty, arka, arkor, armoriq, demo, tank. A manifest's file can be named, too, such as `./demo.toml`.
    ");
}

#[test]
fn the_environment_names_the_app() {
    insta::assert_snapshot!(Tool::new().set("DOORKEY_APP", "demo").run(&["whoami"]), @"
    exit: 4
    --- stderr ---
    You aren't signed in to Doorkey demo.
    Run `doorkey login` to sign in.
    ");
}

#[test]
fn a_link_works_as_its_app() {
    insta::assert_snapshot!(Tool::new().linked_as("demo").set("DOORKEY_APP", "nope").run(&["whoami"]), @"
    exit: 4
    --- stderr ---
    You aren't signed in to Doorkey demo.
    Run `demo login` to sign in.
    ");
}

#[test]
fn a_link_with_a_name_of_no_app_says_so() {
    insta::assert_snapshot!(Tool::new().linked_as("parrot").run(&["login"]), @"
    exit: 2
    --- stderr ---
    error: There is no app named `parrot`.
    hint: There are: almyty, arka, arkor, armoriq, demo, tank. A manifest's file can be named, too, such as `./demo.toml`.
    ");
}

#[test]
fn a_manifest_file_is_an_app() {
    let tool = Tool::new();
    let source = include_str!("../../../../apps/demo.toml")
        .replace("name = \"demo\" ", "name = \"mine\" ")
        .replace("title = \"Doorkey demo\"", "title = \"Mine\"")
        .replace("~/.demo/", "~/.mine/");
    tool.write("mine.toml", &source, 0o644);
    insta::assert_snapshot!(tool.run(&["--app", "mine.toml", "status"]), @"
    exit: 4
    --- stdout ---
    App         Mine (mine)
    Signed in   no
    Server      http://127.0.0.1:9 (from DEMO_URL)
    Credential  none ([home]/.mine/credentials.json)
    Storage     file: plain, for you alone; `doorkey --app mine.toml storage migrate --to keyring` seals it
    ");
}

#[test]
fn a_manifest_file_that_is_not_there_is_named() {
    insta::assert_snapshot!(Tool::new().run(&["--app", "./nothing.toml", "status", "-v"]), @"
    exit: 2
    --- stderr ---
    error: The manifest ./nothing.toml couldn't be read.
    hint: Check the path and the file's mode.
    caused by: No such file or directory (os error 2)
    code: manifest.unreadable
    ");
}

#[test]
fn a_server_without_https_is_refused() {
    insta::assert_snapshot!(Tool::new().run(&["--app", "demo", "--api", "http://example.com", "status"]), @"
    exit: 2
    --- stderr ---
    error: `http://example.com` can't be used as the server's address: http sends secrets in the clear; only a server on this machine may use it.
    hint: Give it as https://HOST, or as http://127.0.0.1:PORT for a server on this machine.
    ");
}

#[test]
fn a_way_that_the_app_does_not_offer_is_refused() {
    let tool = Tool::new();
    let source =
        include_str!("../../../../apps/demo.toml").replace("[\"loopback\", \"device\"]", "[\"loopback\"]");
    tool.write("demo.toml", &source, 0o644);
    insta::assert_snapshot!(tool.run(&["--app", "./demo.toml", "login", "--device"]), @"
    exit: 2
    --- stderr ---
    error: Doorkey demo doesn't offer signing in by `device`.
    hint: It offers: loopback.
    ");
}

#[test]
fn a_scope_that_does_not_exist_is_refused() {
    insta::assert_snapshot!(Tool::new().run(&["--app", "demo", "login", "--scope", "everything"]), @"
    exit: 2
    --- stderr ---
    error: Doorkey demo has no scope called `everything`.
    hint: It has: profile:read, notes:write, notes:publish.
    ");
}
