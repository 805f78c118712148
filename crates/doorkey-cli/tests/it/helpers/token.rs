//! `token`: what scripts get, and what they are told when they get none.

use serde_json::{Value, json};

use crate::service::{Service, tokens};
use crate::tool::{Tool, access_token, in_minutes};

const NOWHERE: &str = "http://127.0.0.1:9";

/// Exit code and error code of `token --json`.
fn told(tool: &Tool, more: &[&str]) -> (i32, String) {
    let arguments = [&["--app", "demo", "token", "--json"], more].concat();
    let output = tool.start(&arguments).wait_with_output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let code = said["error"]["code"].as_str().unwrap_or("none").to_owned();
    assert_eq!(said["error"]["exit"].as_i64(), output.status.code().map(i64::from), "{said}");
    (output.status.code().unwrap(), code)
}

fn ended(server: &str) -> Tool {
    Tool::new().set("DEMO_URL", server).signed_in_until(server, &in_minutes(-5))
}

#[test]
fn four_reasons_for_no_token_are_four_different_things() {
    assert_eq!(told(&Tool::new(), &[]), (4, "credential.signed_out".to_owned()));

    assert_eq!(told(&ended(NOWHERE), &[]), (3, "service.unreachable".to_owned()));
    assert_eq!(
        told(&ended(NOWHERE), &["--no-refresh"]),
        (4, "credential.expired".to_owned()),
        "as it is stored"
    );

    let service = Service::start();
    service.on("POST /oauth/token", 400, &json!({ "error": "invalid_grant" }));
    let tool = ended(&service.url());
    assert_eq!(told(&tool, &[]), (4, "credential.revoked".to_owned()));
    assert_eq!(told(&tool, &[]), (4, "credential.signed_out".to_owned()), "after the server has said so");

    let busy = Service::start();
    busy.on("POST /oauth/token", 503, &json!({}));
    assert_eq!(told(&ended(&busy.url()), &[]).0, 3);
    let limited = Service::start();
    limited.on_with("POST /oauth/token", 429, "Retry-After: 30\r\n", &json!({}));
    assert_eq!(told(&ended(&limited.url()), &[]).0, 3);
}

#[test]
fn the_same_for_people() {
    let service = Service::start();
    service.on("POST /oauth/token", 400, &json!({ "error": "invalid_grant" }));
    let revoked = ended(&service.url()).hide(&service.url(), "[server]");
    insta::assert_snapshot!(revoked.run(&["--app", "demo", "token"]), @"
    exit: 4
    --- stderr ---
    error: Your sign-in to Doorkey demo isn't accepted any more: [server] says it was revoked or has ended.
    hint: Run `doorkey --app demo login`.
    ");
    insta::assert_snapshot!(ended(NOWHERE).run(&["--app", "demo", "token"]), @"
    exit: 3
    --- stderr ---
    error: http://127.0.0.1:9 can't be reached: the connection was refused.
    hint: Check the address and your connection, then try again.
    ");
    insta::assert_snapshot!(ended(NOWHERE).run(&["--app", "demo", "token", "--no-refresh"]), @"
    exit: 4
    --- stderr ---
    error: Your sign-in to Doorkey demo has expired.
    hint: Run `doorkey --app demo login`.
    ");
}

#[test]
fn a_header_is_printed_whole() {
    let tool = Tool::new().signed_in(NOWHERE).hide(&access_token(1), "[token]");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "token", "--header"]), @"
    exit: 0
    --- stdout ---
    Authorization: Bearer [token]
    ");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "token", "--header", "--json"]), @r#"
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
      "expires_at": "[in 50 minutes]",
      "header": "Authorization: Bearer [token]"
    }
    "#);
}

#[test]
fn a_token_that_has_to_last_is_renewed_first() {
    let service = Service::start();
    service.on("POST /oauth/token", 200, &tokens(2));
    let tool = Tool::with(&service)
        .signed_in_until(&service.url(), &in_minutes(10))
        .hide(&access_token(2), "[new token]");
    let token = ["--app", "demo", "token", "--min-ttl", "20m"];
    insta::assert_snapshot!(tool.run(&token), @"
    exit: 0
    --- stdout ---
    [new token]
    ");
    assert_eq!(service.requests("POST /oauth/token").len(), 1);
    insta::assert_snapshot!(tool.run(&token), @"
    exit: 0
    --- stdout ---
    [new token]
    ");
    assert_eq!(service.requests("POST /oauth/token").len(), 1, "once");
}

#[test]
fn a_token_that_cannot_last_so_long_is_not_given() {
    let service = Service::start();
    service.on("POST /oauth/token", 200, &tokens(2));
    let tool = Tool::with(&service).signed_in_until(&service.url(), &in_minutes(10));
    assert_eq!(told(&tool, &["--min-ttl", "2h"]), (4, "credential.ends_too_soon".to_owned()));
    let shown = tool.run(&["--app", "demo", "token", "--min-ttl", "2h"]);
    assert!(shown.contains("it was asked for 7200 seconds") && shown.contains("Ask for less"), "{shown}");
}

#[test]
fn options_that_make_no_sense_together_are_refused() {
    let tool = Tool::new().signed_in(NOWHERE);
    for arguments in [&["--no-refresh", "--min-ttl", "5m"][..], &["--min-ttl", "soon"], &["--min-ttl", "0"]] {
        let shown = tool.run(&[&["--app", "demo", "token"], arguments].concat());
        assert!(shown.starts_with("exit: 2\n"), "{shown}");
    }
}
