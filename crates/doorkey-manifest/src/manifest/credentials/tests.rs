#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use serde_json::json;

use super::Credentials;
use super::expand;
use crate::Values;

fn credentials(source: &str) -> Credentials {
    toml::from_str(source).unwrap()
}

fn two_shapes() -> Credentials {
    credentials(
        r#"
        path = "~/.acme/credentials.json"
        [[variant]]
        name = "anonymous"
        json = { mode = "anon", token = "{token}", anonymousId = "{anonymous_id}" }
        [[variant]]
        name = "account"
        json = { mode = "account", accessToken = "{token}", expiresAt = "{expires_at:unix}", user = { name = "{user.name?}" } }
        "#,
    )
}

#[test]
fn fields_that_the_manifest_does_not_name_are_kept_in_their_order() {
    let credentials =
        credentials("path = '~/.acme/c.json'\njson = { registry = '{server}', token = '{token}' }");
    let before = json!({"telemetry": true, "token": "old", "theme": "dark"});
    let values = Values::new().with("server", "https://acme.example").with("token", "new");
    let after = credentials.write(Some(before), "default", &values).unwrap();
    assert_eq!(
        after.to_string(),
        r#"{"telemetry":true,"token":"new","theme":"dark","registry":"https://acme.example"}"#
    );
    assert_eq!(credentials.clear(after).to_string(), r#"{"telemetry":true,"theme":"dark"}"#);
}

#[test]
fn changing_the_variant_removes_what_the_other_had() {
    let credentials = two_shapes();
    let before = json!({"mode": "anon", "token": "t", "anonymousId": "a", "kept": 1});
    assert_eq!(credentials.read(&before).unwrap().0, "anonymous");
    let values = Values::new().with("token", "x").with("expires_at", 5000);
    assert_eq!(credentials.variant_for(&values), Some("account"));
    let after = credentials.write(Some(before), "account", &values).unwrap();
    assert_eq!(after, json!({"mode": "account", "kept": 1, "accessToken": "x", "expiresAt": 5}));
    assert_eq!(credentials.read(&after).unwrap().0, "account");
}

#[test]
fn a_value_that_is_gone_leaves_no_old_one_behind() {
    let credentials = two_shapes();
    let before =
        json!({"mode": "account", "accessToken": "x", "expiresAt": 5, "user": {"name": "Ada", "own": 1}});
    let after = credentials
        .write(Some(before), "account", &Values::new().with("token", "y").with("expires_at", 6000))
        .unwrap();
    assert_eq!(after, json!({"mode": "account", "accessToken": "y", "expiresAt": 6, "user": {"own": 1}}));
}

#[test]
fn a_variant_that_is_only_read_is_never_written() {
    let credentials = credentials(
        "path = '~/c.json'\n[[variant]]\nname = 'newer'\nread_only = true\njson = { version = 2, key = '{token}' }\n\
         [[variant]]\nname = 'ours'\njson = { apiKey = '{token}' }",
    );
    let values = Values::new().with("token", "t");
    assert_eq!(credentials.read(&json!({"version": 2, "key": "t"})), Some(("newer", values.clone())));
    assert_eq!(credentials.variant_for(&values), Some("ours"));
    assert!(credentials.write(None, "newer", &values).is_err());
}

#[test]
fn the_file_looks_as_the_manifest_says() {
    let file = json!({"a": {"b": 1}});
    let text = |more: &str| {
        credentials(&format!("path = '~/c.json'\njson = {{ token = '{{token}}' }}\n{more}")).to_text(&file)
    };
    assert_eq!(text(""), "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n");
    assert_eq!(text("indent = \"\\t\"\nnewline = false"), "{\n\t\"a\": {\n\t\t\"b\": 1\n\t}\n}");
}

#[test]
fn the_path_is_below_the_persons_own_folders() {
    let home = |name: &str| (name == "HOME").then(|| "/home/ada".to_owned());
    let path = |path: &str, environment: &dyn Fn(&str) -> Option<String>| expand(path, environment);
    assert_eq!(path("~/.acme/c.json", &home).unwrap().to_str(), Some("/home/ada/.acme/c.json"));
    assert_eq!(path("~/.acme/c.json", &|_| None), None);
    if cfg!(target_os = "linux") {
        assert_eq!(
            path("{config}/acme/c.json", &home).unwrap().to_str(),
            Some("/home/ada/.config/acme/c.json")
        );
        let xdg = |name: &str| if name == "XDG_CONFIG_HOME" { Some("/x".to_owned()) } else { home(name) };
        assert_eq!(path("{config}/acme/c.json", &xdg).unwrap().to_str(), Some("/x/acme/c.json"));
    }
}

#[test]
fn each_operating_system_may_have_a_path_of_its_own() {
    let source = "json = { token = '{token}' }\npath = { linux = '~/.acme', macos = '~/Library/acme', windows = '{config}/Acme/c.json' }";
    let path = credentials(source).path;
    for (system, expected) in [
        ("linux", "~/.acme"),
        ("freebsd", "~/.acme"),
        ("macos", "~/Library/acme"),
        ("windows", "{config}/Acme/c.json"),
    ] {
        assert_eq!(path.on(system), expected);
    }
}
