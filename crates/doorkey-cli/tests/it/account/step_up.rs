//! The sign-in for one change.

use serde_json::json;

use super::{CI, but, me, signed_in, token, with_tokens};
use crate::service::Service;
use crate::terminal::Session;
use crate::tool::{Tool, access_token};

/// A service where Ada approves everything, on a terminal that can't overwrite lines.
fn approving() -> (Service, Tool) {
    let (service, tool) = signed_in(&[]);
    service.approves();
    service.on("POST /oauth/revoke", 200, &json!({}));
    let one = but(token(CI, "CI", "cret"), json!({ "expires_at": null }));
    service.on("POST /api/v1/tokens", 201, &json!({ "secret": "demo_pat_the_secret", "token": one }));
    (service, tool.set("TERM", "dumb"))
}

#[test]
fn it_says_why_signs_in_does_it_and_ends_the_sign_in() {
    let (service, tool) = approving();
    let before = std::fs::read_to_string(tool.credentials()).unwrap();
    let session = Session::start(&tool, &["--app", "demo", "tokens", "create", "CI"]);
    insta::assert_snapshot!(session.end(&tool), @r#"
    exit: Some(0)
    Making a token changes your account, so it takes a sign-in of its own. It is used for this alone and ended afterwards.
    Signing in to Doorkey demo with a code. This runs over SSH (SSH_TTY is set), so your browser is on another machine.
    Open this link in a browser:

    [server]/device?user_code=BCDF-GHJK

    Or open this address and type the code:

    [server]/device
    BCDF-GHJK

    Approve only if the page shows this same code.
    Made the token "CI". It doesn't expire.
    Copy it now: it won't be shown again.
    demo_pat_the_secret
    "#);
    assert_eq!(std::fs::read_to_string(tool.credentials()).unwrap(), before);
    let began = &service.requests("POST /oauth/device_authorization")[0].body;
    assert!(began.contains("scope=doorkey%3Amanage"), "{began}");
    let made = &service.requests("POST /api/v1/tokens")[0];
    assert_eq!(made.headers["authorization"], format!("Bearer {}", access_token(2)));
    let last = service.all_requests().pop().unwrap();
    assert_eq!(last.line, "POST /oauth/revoke");
}

#[test]
fn a_shell_gets_the_secret_alone() {
    let (_service, tool) = approving();
    let mut session = Session::start_captured(&tool, &["--app", "demo", "tokens", "create", "CI"]);
    assert_eq!(session.captured(), "demo_pat_the_secret\n");
    let talk = session.end(&tool);
    assert!(talk.starts_with("exit: Some(0)") && !talk.contains("the_secret"), "{talk}");
}

#[test]
fn without_a_terminal_it_says_what_to_do() {
    let (service, tool) = with_tokens(&[]);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "tokens", "create", "CI"]), @"
    exit: 4
    --- stderr ---
    error: This changes your account, so it takes a sign-in in the browser, and there is no terminal to ask on.
    hint: Run it in a terminal. For scripts, sign in with `doorkey --app demo login --scope doorkey:manage` first: that is good for ten minutes and asks no more.
    ");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "tokens", "rotate", "CI", "--json"]), @r#"
    exit: 4
    --- stdout ---
    {
      "error": {
        "code": "command.nobody_to_sign_in",
        "message": "This changes your account, so it takes a sign-in in the browser, and with `--json` nobody is asked.",
        "hint": "Run it in a terminal. For scripts, sign in with `doorkey --app demo login --scope doorkey:manage` first: that is good for ten minutes and asks no more.",
        "exit": 4
      }
    }
    "#);
    assert!(service.requests("POST /oauth/device_authorization").is_empty());
}

#[test]
fn for_programs_nobody_is_asked_on_a_terminal_either() {
    let (_service, tool) = approving();
    let shown = Session::start(&tool, &["--app", "demo", "tokens", "create", "CI", "--json"]).end(&tool);
    assert!(shown.starts_with("exit: Some(4)") && shown.contains("nobody is asked"), "{shown}");
}

#[test]
fn what_is_not_there_is_said_before_anybody_signs_in() {
    let (service, tool) = with_tokens(&[]);
    let shown = Session::start(&tool, &["--app", "demo", "tokens", "rotate", "nothing"]).end(&tool);
    assert!(shown.contains("There is nothing called `nothing`."), "{shown}");
    assert!(service.requests("POST /oauth/device_authorization").is_empty());
}

#[test]
fn somebody_else_who_approves_changes_nothing() {
    let (service, tool) = approving();
    let bob = but(me(&[]), json!({ "account": { "id": "u_2", "name": "Bob", "email": "bob@example.com" } }));
    service.on("GET /api/v1/me", 200, &bob);
    let shown = Session::start(&tool, &["--app", "demo", "tokens", "create", "CI"]).end(&tool);
    let error = shown.split_once("error: ").unwrap().1;
    insta::assert_snapshot!(error, @"
    That was approved by Bob, but you are signed in here as Ada Lovelace, so nothing was changed.
    hint: Sign out in the browser, or sign in here with the other account.
    ");
    assert!(service.requests("POST /api/v1/tokens").is_empty());
    assert_eq!(service.requests("POST /oauth/revoke").len(), 1);
}

#[test]
fn a_person_who_says_no_changes_nothing() {
    let (service, tool) = approving();
    service.forget("POST /oauth/token").on("POST /oauth/token", 400, &json!({ "error": "access_denied" }));
    let shown = Session::start(&tool, &["--app", "demo", "tokens", "create", "CI"]).end(&tool);
    assert!(shown.starts_with("exit: Some(1)") && shown.contains("The sign-in was denied."), "{shown}");
    assert!(service.requests("POST /api/v1/tokens").is_empty());
}
