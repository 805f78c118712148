//! What the service says about a credential, told apart.

use serde_json::json;

use crate::service::{Service, tokens};
use crate::tool::{Tool, access_token, refresh_token};

fn signed_in(service: &Service) -> Tool {
    Tool::with(service).signed_in(&service.url())
}

fn answered(status: u16, body: &serde_json::Value) -> (Service, Tool) {
    let service = Service::start();
    service.forget("GET /oauth/userinfo").on("GET /oauth/userinfo", status, body);
    // A refusal is believed only after a renewal.
    service.on("POST /oauth/token", 200, &tokens(2));
    let tool = signed_in(&service);
    (service, tool)
}

#[test]
fn whoami_shows_who_and_where() {
    let service = Service::start();
    insta::assert_snapshot!(signed_in(&service).run(&["--app", "demo", "whoami"]), @"
    exit: 0
    --- stdout ---
    Ada Lovelace (ada@example.com)
    Server: [server]
    Credential: [home]/.demo/credentials.json
    ");
    let asked = service.requests("GET /oauth/userinfo");
    assert_eq!(asked[0].headers["authorization"], format!("Bearer {}", access_token(1)));
}

#[test]
fn whoami_for_programs() {
    let service = Service::start();
    insta::assert_snapshot!(signed_in(&service).run(&["--app", "demo", "whoami", "--json"]), @r#"
    exit: 0
    --- stdout ---
    {
      "status": "valid",
      "app": "demo",
      "profile": "default",
      "server": "[server]",
      "user": {
        "id": "u_1",
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "email_verified": false
      },
      "organization": null,
      "source": {
        "kind": "stored",
        "path": "[home]/.demo/credentials.json"
      },
      "message": null,
      "checked": true
    }
    "#);
}

#[test]
fn status_at_a_glance() {
    let service = Service::start();
    insta::assert_snapshot!(signed_in(&service).run(&["--app", "demo", "status"]), @"
    exit: 0
    --- stdout ---
    App         Doorkey demo (demo)
    Signed in   yes, as Ada Lovelace (ada@example.com)
    Server      [server] (from DEMO_URL)
    Credential  [home]/.demo/credentials.json
    Storage     file: plain, for you alone; `doorkey --app demo storage migrate --to keyring` seals it
    Good until  [in 50 minutes] (50 minutes left, then renewed by itself)
    ");
}

#[test]
fn whoami_with_a_variable_names_it() {
    let service = Service::start();
    let tool = Tool::with(&service).set("DEMO_TOKEN", &access_token(4));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "whoami"]), @"
    exit: 0
    --- stdout ---
    Ada Lovelace (ada@example.com)
    Server: [server]
    Credential: DEMO_TOKEN, an environment variable
    ");
}

#[test]
fn status_tells_that_a_variable_hides_the_file() {
    let service = Service::start();
    let tool = signed_in(&service).set("DEMO_TOKEN", &access_token(4));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "status"]), @"
    exit: 0
    --- stdout ---
    App         Doorkey demo (demo)
    Signed in   yes, as Ada Lovelace (ada@example.com)
    Server      [server] (from DEMO_URL)
    Credential  DEMO_TOKEN, an environment variable
    Storage     file: plain, for you alone; `doorkey --app demo storage migrate --to keyring` seals it
    Note        DEMO_TOKEN is set in your environment and is used instead of the stored credential. Unset it to use the stored one.
    ");
}

#[test]
fn a_revoked_credential_is_told() {
    let (service, tool) = answered(401, &json!({ "error": "invalid_token" }));
    service.forget("POST /oauth/token").on("POST /oauth/token", 400, &json!({ "error": "invalid_grant" }));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "whoami"]), @"
    exit: 4
    --- stderr ---
    [server] doesn't accept your credential: it was revoked, or isn't one of its own.
    Run `doorkey --app demo login` to sign in again.
    ");
}

#[test]
fn a_token_that_the_service_refuses_is_told_for_programs() {
    let service = Service::start();
    service.forget("GET /oauth/userinfo").on(
        "GET /oauth/userinfo",
        401,
        &json!({ "error": "invalid_token" }),
    );
    let tool = Tool::with(&service).set("DEMO_TOKEN", &access_token(4));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "whoami", "--json"]), @r#"
    exit: 4
    --- stdout ---
    {
      "status": "rejected",
      "app": "demo",
      "profile": "default",
      "server": "[server]",
      "user": null,
      "organization": null,
      "source": {
        "kind": "environment",
        "variable": "DEMO_TOKEN"
      },
      "message": null,
      "checked": true
    }
    "#);
}

#[test]
fn forbidden_is_not_signed_out() {
    let (_service, tool) =
        answered(403, &json!({ "error": "insufficient_scope", "error_description": "Ask an owner." }));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "whoami"]), @"
    exit: 5
    --- stderr ---
    You are signed in, but [server] doesn't allow this.
    Ask an owner.
    ");
}

#[test]
fn a_broken_service_says_nothing_about_the_credential() {
    let (_service, tool) = answered(503, &json!({ "error": "temporarily_unavailable" }));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "whoami"]), @"
    exit: 3
    --- stdout ---
    Ada Lovelace (ada@example.com) (not checked)
    Server: [server]
    Credential: [home]/.demo/credentials.json
    --- stderr ---
    Whether the credential is still good can't be told now. [server] can't answer now (status 503).
    ");
}

#[test]
fn a_web_page_is_not_an_answer() {
    let service = Service::start();
    service.forget("GET /oauth/userinfo").on_page(
        "GET /oauth/userinfo",
        200,
        "<!doctype html><title>Hello</title>",
    );
    insta::assert_snapshot!(signed_in(&service).run(&["--app", "demo", "whoami"]), @"
    exit: 3
    --- stdout ---
    Ada Lovelace (ada@example.com) (not checked)
    Server: [server]
    Credential: [home]/.demo/credentials.json
    --- stderr ---
    Whether the credential is still good can't be told now. [server] answered with a web page where data was expected (status 200); a captive portal or a proxy may have answered instead.
    ");
}

#[test]
fn what_a_service_says_cannot_steer_the_terminal() {
    let service = Service::start();
    service.forget("GET /oauth/userinfo").on(
        "GET /oauth/userinfo",
        200,
        &json!({ "sub": "u_1", "name": "Ada\u{1b}[2J" }),
    );
    let shown = signed_in(&service).run(&["--app", "demo", "whoami"]);
    assert!(shown.contains("Ada") && !shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn an_expired_token_is_renewed_before_it_is_printed() {
    let service = Service::start();
    service.approves();
    let tool = Tool::with(&service)
        .signed_in_until(&service.url(), "2020-01-01T00:00:00Z")
        .hide(&access_token(2), "[new token]");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "token"]), @"
    exit: 0
    --- stdout ---
    [new token]
    ");
    let asked = service.requests("POST /oauth/token");
    assert!(asked[0].body.contains(&format!("refresh_token={}", refresh_token(1))), "{}", asked[0].body);
    let kept = std::fs::read_to_string(tool.credentials()).unwrap();
    assert!(kept.contains(&refresh_token(2)) && kept.contains("\"theme\": \"dark\""), "{kept}");
}

#[test]
fn a_refresh_token_that_has_ended_means_sign_in_again() {
    let service = Service::start();
    service.on("POST /oauth/token", 400, &json!({ "error": "invalid_grant" }));
    let tool = Tool::with(&service).signed_in_until(&service.url(), "2020-01-01T00:00:00Z");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "token"]), @"
    exit: 4
    --- stderr ---
    error: Your sign-in to Doorkey demo isn't accepted any more: [server] says it was revoked or has ended.
    hint: Run `doorkey --app demo login`.
    ");
}

#[test]
fn a_refresh_that_cannot_be_asked_signs_nobody_out() {
    let tool = Tool::new().signed_in_until("http://127.0.0.1:9", "2020-01-01T00:00:00Z");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "token"]), @"
    exit: 3
    --- stderr ---
    error: http://127.0.0.1:9 can't be reached: the connection was refused.
    hint: Check the address and your connection, then try again.
    ");
    assert!(std::fs::read_to_string(tool.credentials()).unwrap().contains(&refresh_token(1)));
}

#[test]
fn status_says_when_the_sign_in_itself_ends() {
    let service = Service::start();
    let (unused, session) = (crate::tool::in_minutes(2 * 60), crate::tool::in_minutes(3 * 60));
    let shown =
        |time: &str| time.parse::<jiff::Timestamp>().unwrap().strftime("%Y-%m-%d %H:%M UTC").to_string();
    let tool =
        signed_in(&service).hide(&shown(&unused), "[in 2 hours]").hide(&shown(&session), "[in 3 hours]");
    let path = tool.credentials();
    let mut file: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    file["session_expires_at"] = session.clone().into();
    std::fs::write(&path, file.to_string()).unwrap();
    let ends = |tool: &Tool| {
        let status = tool.run(&["--app", "demo", "status"]);
        status.lines().find_map(|line| line.strip_prefix("Session ends  ")).unwrap_or_default().to_owned()
    };
    assert!(
        ends(&tool).starts_with("[in 3 hours] (2 hours") && ends(&tool).ends_with(" left)"),
        "{}",
        ends(&tool)
    );
    file["refresh_expires_at"] = unused.clone().into();
    std::fs::write(&path, file.to_string()).unwrap();
    assert!(
        ends(&tool).ends_with(" left), and on [in 2 hours] if it isn't used until then"),
        "{}",
        ends(&tool)
    );
    let json = tool.command(&["--app", "demo", "status", "--json"]).output().unwrap().stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(
        (json["session_expires_at"].as_str(), json["unused_until"].as_str()),
        (Some(&*session), Some(&*unused))
    );
}
