//! Which credential and which profile count where the credentials lie in GNOME's keyring: the rows of the shared table that
//! need a real one. The other rows are tried by the command's own tests.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use doorkey_tests::desktop::Desktop;
use doorkey_tests::tool::Tool;
use doorkey_tests::workspace;
use serde_json::{Value, json};

const SETTINGS: &str = ".config/doorkey/settings/demo.toml";

/// Everybody who is mentioned in the table.
const PROFILES: [&str; 5] = ["default", "flagged", "named", "bound", "settled"];

#[test]
fn every_row_of_the_table_holds_with_a_keyring() {
    let desktop = Desktop::start();
    let tool = Tool::at_home("demo")
        .env("DBUS_SESSION_BUS_ADDRESS", &desktop.address)
        .env("DOORKEY_STORAGE", "keyring");
    settle(&tool, &[]);
    for profile in PROFILES {
        keep(&tool, profile);
    }
    let text = fs::read_to_string(workspace().join("tests/vectors/resolution.json")).expect("the table");
    let table: Value = serde_json::from_str(&text).expect("JSON");
    let rows: Vec<&Value> = table["rows"].as_array().expect("rows").iter().collect();
    let rows: Vec<&Value> = rows.into_iter().filter(|row| row["stored"] == "keyring").collect();
    assert_eq!(rows.len(), 64);
    for row in rows {
        let given: Vec<&str> =
            row["given"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        settle(&tool, &given);
        let profiles = run(&tool, &given, "profiles");
        assert_eq!(profiles["profile"]["name"], row["profile"], "{row}");
        assert_eq!(profiles["profile"]["chosen_by"], row["chosen_by"], "{row}");
        let token = run(&tool, &given, "token");
        assert_eq!(token["source"]["kind"], row["source"], "{row}");
        let expected = match row["source"].as_str() {
            Some("explicit") => json!("given"),
            Some("environment") => json!("variable"),
            _ => json!(format!("stored {}", row["profile"].as_str().expect("a name"))),
        };
        assert_eq!(token["token"], expected, "{row}");
    }
}

/// The person's settings, as the row has them.
fn settle(tool: &Tool, given: &[&str]) {
    let mut settings = String::new();
    if given.contains(&"default_profile") {
        settings.push_str("profile = \"settled\"\n");
    }
    if given.contains(&"folder") {
        let home = tool.home().canonicalize().expect("a folder");
        writeln!(settings, "[folders]\n{:?} = \"bound\"", home.display().to_string()).expect("text");
    }
    for profile in PROFILES {
        writeln!(settings, "[profiles.{profile}]").expect("text");
    }
    let path = tool.path(SETTINGS);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
    fs::write(&path, settings).expect("and a file written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("and made private");
}

/// Puts the credential of a profile into the keyring, by the way that a person has: from a file.
fn keep(tool: &Tool, profile: &str) {
    let path = match profile {
        "default" => ".demo/credentials.json".to_owned(),
        named => format!(".config/doorkey/profiles/demo/{named}.json"),
    };
    let credential =
        json!({ "server": "http://127.0.0.1:7700", "access_token": format!("stored {profile}") });
    tool.write_json(&path, &credential);
    tool.run(&["storage", "migrate", "--to", "keyring", "--profile", profile]).exits(0);
    assert!(!tool.path(path).exists(), "{profile} isn't in a plain file any more");
}

/// What a command prints with what the row gives.
fn run(tool: &Tool, given: &[&str], command: &str) -> Value {
    let mut arguments = vec!["--json"];
    if given.contains(&"token_option") {
        arguments.extend(["--credential", "given"]);
    }
    if given.contains(&"profile_option") {
        arguments.extend(["--profile", "flagged"]);
    }
    arguments.push(command);
    let mut process = tool.command(&arguments);
    if given.contains(&"token_variable") {
        process.env("DEMO_TOKEN", "variable");
    }
    if given.contains(&"profile_variable") {
        process.env("DOORKEY_PROFILE", "named");
    }
    let output = process.output().expect("the command runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|problem| panic!("{problem}: {text}"))
}
