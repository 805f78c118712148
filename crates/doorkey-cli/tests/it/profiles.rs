//! Several accounts, servers and organizations side by side.

use std::fs;

use serde_json::json;

use crate::service::Service;
use crate::tool::{Tool, access_token};

/// Somebody who is signed in at home, and at work in a profile.
fn two() -> Tool {
    let tool = Tool::new().unset("DEMO_URL").signed_in("https://home.example");
    at_work(&tool);
    tool
}

fn at_work(tool: &Tool) {
    let credential = json!({
        "server": "https://work.example",
        "access_token": access_token(2),
        "user": { "id": "u_2", "name": "Ada at work", "email": "ada@work.example" },
    });
    tool.write("home/.config/doorkey/profiles/demo/work.json", &credential.to_string(), 0o600);
    let settings = "[profiles.work]\nserver = \"https://work.example\"\norg = \"acme\"\n";
    tool.write("home/.config/doorkey/settings/demo.toml", settings, 0o600);
}

fn settings(tool: &Tool) -> String {
    fs::read_to_string(tool.path("home/.config/doorkey/settings/demo.toml")).unwrap()
}

fn token(tool: &Tool, arguments: &[&str]) -> String {
    let mut all = vec!["--app", "demo", "token"];
    all.extend(arguments);
    let output = tool.command(&all).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn the_list_says_who_they_are_and_where_they_are_used() {
    let tool = two();
    tool.run(&["--app", "demo", "profiles", "use", "work", "--here"]);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "profiles"]), @"
    exit: 0
    --- stdout ---
    Profile  Signed in                       Organization  Server                Used
    default  Ada Lovelace (ada@example.com)                https://home.example
    work     Ada at work (ada@work.example)  acme          https://work.example  now, [folder]
    ");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "profiles", "--json"]), @r#"
    exit: 0
    --- stdout ---
    {
      "profile": {
        "name": "work",
        "chosen_by": "folder",
        "folder": "[folder]"
      },
      "profiles": [
        {
          "name": "default",
          "current": false,
          "default": false,
          "folders": [],
          "signed_in": true,
          "account": "Ada Lovelace (ada@example.com)",
          "server": "https://home.example",
          "org": null
        },
        {
          "name": "work",
          "current": true,
          "default": false,
          "folders": [
            "[folder]"
          ],
          "signed_in": true,
          "account": "Ada at work (ada@work.example)",
          "server": "https://work.example",
          "org": "acme"
        }
      ]
    }
    "#);
}

#[test]
fn an_option_goes_before_a_variable_and_that_before_a_folder_and_that_before_the_default() {
    let tool = two();
    let (home, work) = (access_token(1), access_token(2));
    assert_eq!(token(&tool, &[]), home);
    tool.run(&["--app", "demo", "profiles", "use", "work"]);
    assert_eq!(token(&tool, &[]), work, "the default");
    tool.run(&["--app", "demo", "profiles", "use", "default", "--here"]);
    assert_eq!(token(&tool, &[]), home, "the folder");
    let tool = tool.set("DOORKEY_PROFILE", "work");
    assert_eq!(token(&tool, &[]), work, "the variable");
    assert_eq!(token(&tool, &["--profile", "default"]), home, "the option");
}

#[test]
fn status_says_which_rule_chose() {
    let tool = two().set("DOORKEY_PROFILE", "work").set("HTTPS_PROXY", "http://127.0.0.1:9");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "status"]), @"
    exit: 3
    --- stdout ---
    App         Doorkey demo (demo)
    Signed in   can't be told now: https://work.example can't be reached: there is no connection to the proxy http://127.0.0.1:9 (from HTTPS_PROXY): the connection was refused.
    Profile     work (from DOORKEY_PROFILE)
    Server      https://work.example (of the profile)
    Credential  [home]/.config/doorkey/profiles/demo/work.json
    Storage     file: plain, for you alone; `doorkey --app demo storage migrate --to keyring` seals it
    ");
    let tool = tool.set("DEMO_TOKEN", &access_token(3));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "status", "--profile", "work"]), @"
    exit: 3
    --- stdout ---
    App         Doorkey demo (demo)
    Signed in   can't be told now: https://work.example can't be reached: there is no connection to the proxy http://127.0.0.1:9 (from HTTPS_PROXY): the connection was refused.
    Profile     work (named with --profile)
    Server      https://work.example (of the profile)
    Credential  [home]/.config/doorkey/profiles/demo/work.json
    Storage     file: plain, for you alone; `doorkey --app demo storage migrate --to keyring` seals it
    Note        DEMO_TOKEN is set and isn't used, since a profile is named.
    ");
}

#[test]
fn a_choice_can_be_taken_back() {
    let tool = two();
    insta::assert_snapshot!(tool.run(&["--app", "demo", "profiles", "use", "work"]), @"
    exit: 0
    --- stderr ---
    work is used wherever nothing else says which.
    ");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "profiles", "use", "--unset"]), @"
    exit: 0
    --- stderr ---
    No default is set any more: the tool's own credentials file is used.
    ");
    assert_eq!(token(&tool, &[]), access_token(1));
}

#[test]
fn a_profile_that_nobody_made_is_named_with_those_that_there_are() {
    let tool = two();
    insta::assert_snapshot!(tool.run(&["--app", "demo", "token", "--profile", "wrok"]), @"
    exit: 2
    --- stderr ---
    error: There is no profile named `wrok`.
    hint: There are: default, work. Signing in with `--profile wrok` makes it.
    ");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "profiles", "use", "wrok"]), @"
    exit: 2
    --- stderr ---
    error: There is no profile named `wrok`.
    hint: There are: default, work. Signing in with `--profile wrok` makes it.
    ");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "token", "--profile", "../x"]), @"
    exit: 2
    --- stderr ---
    error: `../x` (--profile) can't be a profile: a profile's name has letters, digits, `.`, `_` and `-`, at most 64, and begins with a letter or digit.
    hint: Give it another name.
    ");
}

#[test]
fn a_profile_can_be_made_before_anybody_signs_in() {
    let tool = Tool::new();
    let set = ["--app", "demo", "--api", "https://work.example/", "profiles", "set", "work", "--org", "acme"];
    insta::assert_snapshot!(tool.run(&set), @"
    exit: 0
    --- stderr ---
    Changed the profile work.
    ");
    assert_eq!(settings(&tool), "[profiles.work]\nserver = \"https://work.example\"\norg = \"acme\"\n");
    tool.run(&["--app", "demo", "profiles", "set", "work", "--org", "none"]);
    assert_eq!(settings(&tool), "[profiles.work]\nserver = \"https://work.example\"\n");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "profiles", "set", "work"]), @"
    exit: 2
    --- stderr ---
    error: Nothing is said to change.
    hint: Pass `--api URL` or `--org ORG`.
    ");
}

#[test]
fn removing_one_takes_its_credential_along_and_leaves_the_others() {
    let tool = two();
    insta::assert_snapshot!(tool.run(&["--app", "demo", "profiles", "remove", "work"]), @"
    exit: 2
    --- stderr ---
    error: `profiles remove` asks before it forgets a profile, and there is no terminal to ask on.
    hint: Pass `-y` to forget it without being asked.
    ");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "profiles", "remove", "work", "-y"]), @"
    exit: 0
    --- stderr ---
    The profile work is gone, and its credential with it.
    ");
    assert!(!tool.path("home/.config/doorkey/profiles/demo/work.json").exists());
    assert!(!settings(&tool).contains("work"));
    assert_eq!(token(&tool, &[]), access_token(1));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "profiles", "remove", "default"]), @"
    exit: 2
    --- stderr ---
    error: The profile `default` is the tool's own credentials file and can't be removed.
    hint: Sign out of it with `doorkey --app demo logout --profile default`.
    ");
}

#[test]
fn signing_in_makes_the_profile_and_keeps_its_server() {
    let service = Service::start();
    service.on(
        "GET /oauth/userinfo",
        200,
        &json!({ "sub": "u_1", "name": "Ada Lovelace", "email": "ada@example.com" }),
    );
    let tool = Tool::with(&service);
    let login = ["--app", "demo", "login", "--profile", "work", "--token", "-"];
    insta::assert_snapshot!(tool.run_with_input(&login, &access_token(5)), @"
    exit: 0
    --- stderr ---
    The server accepts this token: signed in to Doorkey demo as Ada Lovelace (ada@example.com).
    Server: [server]
    Credential: [home]/.config/doorkey/profiles/demo/work.json
    ");
    assert_eq!(settings(&tool), format!("[profiles.work]\nserver = \"{}\"\n", service.url()));
    assert!(!tool.credentials().exists(), "the tool's own file isn't touched");
    let tool = tool.unset("DEMO_URL");
    assert_eq!(token(&tool, &["--profile", "work"]), access_token(5));
}

#[test]
fn two_profiles_at_once_never_disturb_each_other() {
    let tool = two();
    let (home, work) = (access_token(1), access_token(2));
    std::thread::scope(|scope| {
        for (name, expected) in [("default", &home), ("work", &work)] {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(token(&tool, &["--profile", name]), *expected);
                }
            });
        }
    });
}

#[test]
fn all_profiles_can_be_signed_out_at_once() {
    let tool = two();
    insta::assert_snapshot!(tool.run(&["--app", "demo", "logout", "--all"]), @"
    exit: 2
    --- stderr ---
    error: `logout` asks before it removes the credential, and there is no terminal to ask on.
    hint: Pass `-y` to remove it without being asked.
    ");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "logout", "--all", "-y"]), @"
    exit: 0
    --- stderr ---
    Signed out of Doorkey demo in the profile default.
    Signed out of Doorkey demo in the profile work.
    ");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "logout", "--all", "-y"]), @"
    exit: 0
    --- stderr ---
    You aren't signed in to Doorkey demo in any profile, so there is nothing to remove.
    ");
    let all = tool.json(&["--app", "demo", "profiles", "--json"]);
    assert!(all["profiles"].as_array().unwrap().iter().all(|profile| profile["signed_in"] == false), "{all}");
}

#[test]
fn everywhere_asks_the_server_and_says_what_it_did() {
    let service = Service::start();
    service.on("POST /api/v1/sign-out-everywhere", 200, &json!({ "ended": 3 }));
    let tool = Tool::with(&service).signed_in(&service.url());
    insta::assert_snapshot!(tool.run(&["--app", "demo", "logout", "--everywhere", "-y"]), @"
    exit: 0
    --- stderr ---
    Signed out of Doorkey demo.
    The credential is gone from [home]/.demo/credentials.json.
    The account is signed out everywhere (3 in all).
    ");
    let tool = Tool::new().signed_in("http://127.0.0.1:9");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "logout", "--everywhere", "-y"]), @"
    exit: 1
    --- stderr ---
    Signed out of Doorkey demo.
    The credential is gone from [home]/.demo/credentials.json.
    The account couldn't be signed out everywhere: http://127.0.0.1:9 can't be reached: the connection was refused.
    ");
    assert!(
        !fs::read_to_string(tool.credentials()).unwrap().contains("demo_at"),
        "it is gone here in any case"
    );
}

#[test]
fn what_a_profile_settles_as_its_organization_is_used_where_none_is_named() {
    let service = Service::start();
    service.on("GET /api/v1/orgs/acme/keys", 200, &json!({ "keys": [] }));
    let tool = Tool::with(&service).signed_in(&service.url());
    let file = fs::read_to_string(tool.credentials()).unwrap();
    tool.write("home/.config/doorkey/profiles/demo/work.json", &file, 0o600);
    tool.write("home/.config/doorkey/settings/demo.toml", "[profiles.work]\norg = \"acme\"\n", 0o600);
    tool.run(&["--app", "demo", "--profile", "work", "keys"]);
    assert_eq!(service.requests("GET /api/v1/orgs/acme/keys").len(), 1);
}
