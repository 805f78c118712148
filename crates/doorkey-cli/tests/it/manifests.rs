//! `app validate` and `app schema`.

use std::process::Stdio;

use crate::tool::Tool;

const BAD: &str = r#"
[app]
name = "bad"
title = "Bad"

[server]
url = "http://example.com"

[sign_in]
ways = ["loopback"]

[credentials]
path = "~/.bad/credentials.json"

[credentials.json]
token = "{tokne}"
"#;

fn with_manifests() -> Tool {
    let tool = Tool::new();
    tool.write("good.toml", include_str!("../../../../apps/demo.toml"), 0o644);
    tool.write("bad.toml", BAD, 0o644);
    tool
}

#[test]
fn a_good_manifest_is_called_valid() {
    insta::assert_snapshot!(with_manifests().run(&["app", "validate", "good.toml"]), @"
    exit: 0
    --- stdout ---
    good.toml is valid.
    ");
}

#[test]
fn a_bad_manifest_is_told_line_by_line_and_the_others_are_checked_too() {
    insta::assert_snapshot!(with_manifests().run(&["app", "validate", "bad.toml", "good.toml"]), @"
    exit: 1
    --- stdout ---
    good.toml is valid.
    --- stderr ---
    bad.toml:7:7: `http://example.com` would send credentials unencrypted
      help: https, or http on this machine: `http://127.0.0.1:7700`
    bad.toml:15:14: the file doesn't hold `{token}`
      help: a credentials file without the credential is none
    bad.toml:16:9: there is no value called `tokne`
      help: did you mean `token`?
    ");
}

#[test]
fn validate_has_a_shape_for_programs() {
    insta::assert_snapshot!(with_manifests().run(&["app", "validate", "--json", "bad.toml", "good.toml"]), @r#"
    exit: 1
    --- stdout ---
    {
      "valid": false,
      "files": [
        {
          "file": "bad.toml",
          "valid": false,
          "problems": [
            {
              "line": 7,
              "column": 7,
              "message": "`http://example.com` would send credentials unencrypted",
              "help": "https, or http on this machine: `http://127.0.0.1:7700`"
            },
            {
              "line": 15,
              "column": 14,
              "message": "the file doesn't hold `{token}`",
              "help": "a credentials file without the credential is none"
            },
            {
              "line": 16,
              "column": 9,
              "message": "there is no value called `tokne`",
              "help": "did you mean `token`?"
            }
          ]
        },
        {
          "file": "good.toml",
          "valid": true,
          "problems": []
        }
      ]
    }
    "#);
}

#[test]
fn a_manifest_with_a_typo_is_refused_by_every_command() {
    let tool = with_manifests();
    tool.write("typo.toml", "[app]\nnaem = \"x\"\n", 0o644);
    insta::assert_snapshot!(tool.run(&["--app", "typo.toml", "login"]), @"
    exit: 2
    --- stderr ---
    error: The manifest can't be used.
    typo.toml:2:1: unknown key `naem`
      help: did you mean `name`?
    ");
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    insta::assert_snapshot!(with_manifests().run(&["app", "validate", "nothing.toml"]), @"
    exit: 1
    --- stderr ---
    error: The manifest nothing.toml couldn't be read.
    hint: Check the path and the file's mode.
    ");
}

#[test]
fn the_schema_is_json_and_describes_the_sections() {
    let output = Tool::new().start(&["app", "schema"]).wait_with_output().unwrap();
    assert!(output.status.success());
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for section in ["app", "server", "sign_in", "wire", "credentials", "messages"] {
        assert!(schema["properties"][section].is_object(), "{section}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = Tool::new()
        .command(&["app", "schema"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn a_file_without_end_is_no_manifest() {
    let tool = Tool::new();
    for arguments in [
        &["--app", "/dev/zero", "whoami"][..],
        &["app", "validate", "/dev/zero"],
        &["app", "add", "/dev/zero"],
    ] {
        let shown = tool.run(arguments);
        assert!(shown.contains("The manifest /dev/zero couldn't be read."), "{shown}");
    }
}

#[test]
fn bytes_that_are_no_text_are_no_manifest() {
    let tool = Tool::new();
    let file = tool.path("bad.toml");
    std::fs::write(&file, b"\xff\xfe[app]\n").unwrap();
    let shown = tool.run(&["app", "validate", file.to_str().unwrap()]);
    assert!(shown.contains("couldn't be read"), "{shown}");
    let demo = doorkey_manifest::builtin::source("demo").unwrap();
    std::fs::write(&file, format!("\u{feff}{demo}")).unwrap();
    let shown = tool.run(&["app", "validate", file.to_str().unwrap()]);
    assert!(shown.starts_with("exit: 0\n"), "some editors begin a file with a mark: {shown}");
}
