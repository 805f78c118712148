//! Which credential and which profile count, for every combination of what can be given: the table that every
//! implementation shares.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::tool::Tool;

const TABLE: &str = include_str!("../../../../tests/vectors/resolution.json");

/// Everybody who is mentioned in the table.
const PROFILES: [&str; 5] = ["default", "flagged", "named", "bound", "settled"];

#[test]
fn every_row_of_the_table_holds_with_a_file_and_with_nothing_stored() {
    let table: Value = serde_json::from_str(TABLE).unwrap();
    let rows = table["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 192, "six things that may be given, three places");
    for row in rows.iter().filter(|row| row["stored"] != "keyring") {
        let (tool, arguments) = prepared(row);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let status = tool.json(&[&arguments[..], &["status"]].concat());
        assert_eq!(status["profile"]["name"], row["profile"], "{row}");
        assert_eq!(status["profile"]["chosen_by"], row["chosen_by"], "{row}");
        assert_eq!(status["source"]["kind"], row["source"], "{row}");
        let token = tool.json(&[&arguments[..], &["token"]].concat());
        let expected = match row["source"].as_str() {
            Some("explicit") => json!("given"),
            Some("environment") => json!("variable"),
            Some(_) => json!(format!("stored {}", row["profile"].as_str().unwrap())),
            None => Value::Null,
        };
        assert_eq!(token["token"], expected, "{row}");
    }
}

/// A machine as the row describes it, and what stands on the command line before the command.
fn prepared(row: &Value) -> (Tool, Vec<String>) {
    let given = |what: &str| row["given"].as_array().unwrap().iter().any(|given| given == what);
    let mut tool = Tool::new().unset("DEMO_URL");
    let folder = tool.path("").canonicalize().unwrap();
    let mut settings = String::new();
    if given("default_profile") {
        settings.push_str("profile = \"settled\"\n");
    }
    if given("folder") {
        writeln!(settings, "[folders]\n{:?} = \"bound\"", folder.to_str().unwrap()).unwrap();
    }
    for profile in PROFILES {
        writeln!(settings, "[profiles.{profile}]").unwrap();
    }
    tool.write("home/.config/doorkey/settings/demo.toml", &settings, 0o600);
    if row["stored"] == "file" {
        for profile in PROFILES {
            let path = match profile {
                "default" => "home/.demo/credentials.json".to_owned(),
                named => format!("home/.config/doorkey/profiles/demo/{named}.json"),
            };
            let credential =
                json!({ "server": "http://127.0.0.1:9", "access_token": format!("stored {profile}") });
            tool.write(&path, &credential.to_string(), 0o600);
        }
    }
    if given("token_variable") {
        tool = tool.set("DEMO_TOKEN", "variable");
    }
    if given("profile_variable") {
        tool = tool.set("DOORKEY_PROFILE", "named");
    }
    let mut arguments = vec!["--app", "demo", "--json"];
    if given("token_option") {
        arguments.extend(["--credential", "given"]);
    }
    if given("profile_option") {
        arguments.extend(["--profile", "flagged"]);
    }
    (tool, arguments.into_iter().map(str::to_owned).collect())
}
