//! What the API says instead, told apart.

use serde_json::{Value, json};

use super::{signed_in, with_tokens};
use crate::service::{Service, tokens};
use crate::tool::{Tool, access_token};

fn refused(status: u16, headers: &str, body: &Value) -> String {
    let (service, tool) = signed_in(&[]);
    service.on_with("GET /api/v1/tokens", status, headers, body);
    service.on("POST /oauth/token", 200, &tokens(2));
    tool.run(&["--app", "demo", "tokens"])
}

fn said(code: &str, sentence: &str) -> Value {
    json!({ "error": code, "error_description": sentence })
}

#[test]
fn signed_out() {
    insta::assert_snapshot!(Tool::new().run(&["--app", "demo", "tokens"]), @"
    exit: 4
    --- stderr ---
    error: You aren't signed in to Doorkey demo.
    hint: Run `doorkey --app demo login`.
    ");
    insta::assert_snapshot!(Tool::new().run(&["--app", "demo", "tokens", "--json"]), @r#"
    exit: 4
    --- stdout ---
    {
      "error": {
        "code": "credential.signed_out",
        "message": "You aren't signed in to Doorkey demo.",
        "hint": "Run `doorkey --app demo login`.",
        "exit": 4
      }
    }
    "#);
}

#[test]
fn not_accepted_any_more() {
    insta::assert_snapshot!(refused(401, "", &said("invalid_token", "It has ended.")), @"
    exit: 4
    --- stderr ---
    error: Your sign-in to Doorkey demo isn't accepted any more: [server] says it was revoked or has ended.
    hint: Run `doorkey --app demo login`.
    ");
}

#[test]
fn offline() {
    let tool = Tool::new().signed_in("http://127.0.0.1:9");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "orgs"]), @"
    exit: 3
    --- stderr ---
    error: http://127.0.0.1:9 can't be reached: the connection was refused.
    hint: Check the address and your connection, then try again.
    ");
}

#[test]
fn forbidden() {
    insta::assert_snapshot!(refused(403, "", &said("forbidden", "Only owners and admins may.")), @"
    exit: 5
    --- stderr ---
    error: [server] doesn't allow this: Only owners and admins may.
    ");
}

#[test]
fn a_plan_is_required() {
    let body = json!({
        "error": "plan_required", "error_description": "Keys are part of the plan Team.", "plan": "Team",
        "billing_url": "https://x.example/billing",
    });
    insta::assert_snapshot!(refused(403, "", &body), @"
    exit: 5
    --- stderr ---
    error: Your plan doesn't include this: Keys are part of the plan Team.
    hint: The plan Team does; change yours here: https://x.example/billing
    ");
}

#[test]
fn not_found() {
    insta::assert_snapshot!(refused(404, "", &said("not_found", "There is no such organization.")), @"
    exit: 1
    --- stderr ---
    error: There is no such organization.
    ");
}

#[test]
fn in_conflict() {
    insta::assert_snapshot!(refused(409, "", &said("conflict", "The short name is taken.")), @"
    exit: 1
    --- stderr ---
    error: The short name is taken.
    ");
}

#[test]
fn asked_for_wrongly() {
    insta::assert_snapshot!(refused(400, "", &said("invalid_request", "A token may last 90 days at most.")), @"
    exit: 2
    --- stderr ---
    error: A token may last 90 days at most.
    ");
}

#[test]
fn too_often() {
    insta::assert_snapshot!(refused(429, "Retry-After: 42\r\n", &said("rate_limited", "Slowly.")), @"
    exit: 3
    --- stderr ---
    error: [server] has had too many requests from you.
    hint: Try again in 42 seconds.
    ");
}

#[test]
fn busy() {
    let body = said("temporarily_unavailable", "Soon.");
    insta::assert_snapshot!(refused(503, "Retry-After: 7\r\n", &body), @"
    exit: 3
    --- stderr ---
    error: [server] can't answer now (status 503).
    hint: Try again in 7 seconds.
    ");
}

#[test]
fn a_server_without_this_api() {
    insta::assert_snapshot!(refused(404, "", &json!({ "message": "Cannot GET /api/v1/tokens" })), @"
    exit: 1
    --- stderr ---
    error: [server]: this server has no account API.
    hint: Check the address; the manifest's `server.url` or `--api` names it.
    ");
    let (service, tool) = signed_in(&[]);
    service.on_page("GET /api/v1/tokens", 404, "<html>not here</html>");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "tokens", "--json"]), @r#"
    exit: 1
    --- stdout ---
    {
      "error": {
        "code": "account.no_api",
        "message": "[server]: this server has no account API.",
        "hint": "Check the address; the manifest's `server.url` or `--api` names it.",
        "exit": 1
      }
    }
    "#);
}

#[test]
fn a_token_in_the_environment_that_is_no_sign_in_explains_itself() {
    let (service, tool) = with_tokens(&[]);
    let body =
        json!({ "error": "insufficient_scope", "error_description": "Personal tokens may call /me only." });
    service.forget("GET /api/v1/tokens").on("GET /api/v1/tokens", 403, &body);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "tokens"]), @"
    exit: 4
    --- stderr ---
    error: The credential isn't enough for this: Personal tokens may call /me only.
    hint: Use a sign-in: personal tokens and keys may only say who they are.
    ");
    let tool = tool.set("DEMO_TOKEN", &access_token(4));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "tokens"]), @"
    exit: 4
    --- stderr ---
    error: DEMO_TOKEN holds a token that may do no more than say who it is.
    hint: Unset DEMO_TOKEN to use your sign-in.
    ");
}

#[test]
fn the_products_own_words_are_used() {
    let service = Service::start();
    service.on("GET /api/v1/orgs", 403, &said("forbidden", "Not you."));
    let tool = Tool::with(&service).signed_in(&service.url());
    let words = "[messages]\nforbidden = \"{app.title} says no: {message}\"\n";
    tool.write("demo.toml", &format!("{}\n{words}", include_str!("../../../../../apps/demo.toml")), 0o644);
    insta::assert_snapshot!(tool.run(&["--app", "./demo.toml", "orgs"]), @"
    exit: 5
    --- stderr ---
    Doorkey demo says no: Not you.
    ");
}
