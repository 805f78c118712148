//! Forgetting the credential.

use std::fs;

use serde_json::json;

use crate::service::Service;
use crate::tool::{Tool, access_token};

const NOWHERE: &str = "http://127.0.0.1:9";

#[test]
fn without_a_terminal_it_does_not_ask_and_removes_nothing() {
    let tool = Tool::new().signed_in(NOWHERE);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "logout"]), @"
    exit: 2
    --- stderr ---
    error: `logout` asks before it removes the credential, and there is no terminal to ask on.
    hint: Pass `-y` to remove it without being asked.
    ");
    assert!(fs::read_to_string(tool.credentials()).unwrap().contains(&access_token(1)));
}

#[test]
fn with_yes_the_credential_is_gone_and_the_rest_is_kept() {
    let tool = Tool::new().signed_in(NOWHERE);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "logout", "-y"]), @"
    exit: 0
    --- stderr ---
    Signed out of Doorkey demo.
    The credential is gone from [home]/.demo/credentials.json.
    ");
    let kept = fs::read_to_string(tool.credentials()).unwrap();
    assert!(kept.contains("dark") && !kept.contains("demo_"), "{kept}");
}

#[test]
fn signed_out_there_is_nothing_to_do_and_nothing_to_ask() {
    insta::assert_snapshot!(Tool::new().run(&["--app", "demo", "logout"]), @"
    exit: 0
    --- stderr ---
    You aren't signed in to Doorkey demo, so there is nothing to remove.
    ");
}

#[test]
fn revoke_ends_it_on_the_server_too() {
    let service = Service::start();
    service.on("POST /oauth/revoke", 200, &json!({}));
    let tool = Tool::with(&service).signed_in(&service.url());
    insta::assert_snapshot!(tool.run(&["--app", "demo", "logout", "--yes", "--revoke"]), @"
    exit: 0
    --- stderr ---
    Signed out of Doorkey demo.
    The credential is gone from [home]/.demo/credentials.json.
    [server] has ended it, too.
    ");
    assert_eq!(service.requests("POST /oauth/revoke").len(), 2, "the refresh token, then the access token");
}

#[test]
fn revoke_without_a_server_is_honest_and_still_removes_it() {
    let tool = Tool::new().signed_in(NOWHERE);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "logout", "--yes", "--revoke"]), @"
    exit: 0
    --- stderr ---
    Signed out of Doorkey demo.
    The credential is gone from [home]/.demo/credentials.json.
    It is gone from this machine, but the server didn't end it: http://127.0.0.1:9 can't be reached: the connection was refused.
    It may stay good there until it expires or is revoked there.
    ");
    assert!(!fs::read_to_string(tool.credentials()).unwrap().contains(&access_token(1)));
}

#[test]
fn a_variable_that_stays_is_told() {
    let tool = Tool::new().signed_in(NOWHERE).set("DEMO_TOKEN", &access_token(4));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "logout", "-y"]), @"
    exit: 0
    --- stderr ---
    Signed out of Doorkey demo.
    The credential is gone from [home]/.demo/credentials.json.
    DEMO_TOKEN is set in your environment and is used instead of the stored credential. Unset it to use the stored one.
    ");
}

#[test]
fn logout_for_programs() {
    let tool = Tool::new().signed_in(NOWHERE);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "logout", "-y", "--revoke", "--json"]), @r#"
    exit: 0
    --- stdout ---
    {
      "status": "signed_out",
      "app": "demo",
      "removed": true,
      "credentials": "[home]/.demo/credentials.json",
      "revocation": "failed",
      "everywhere": "not_asked",
      "ended": null,
      "message": "http://127.0.0.1:9 can't be reached: the connection was refused.",
      "overridden_by": null
    }
    "#);
}
