//! The ways that poll: a code for a browser on any device, and a session.

use serde_json::json;

use crate::service::{Service, tokens};
use crate::tool::{Tool, access_token};

const PENDING: &str = "authorization_pending";

fn with_polls(answers: &[(u16, serde_json::Value)]) -> (Service, Tool) {
    let service = Service::start();
    for (status, body) in answers {
        service.on("POST /oauth/token", *status, body);
    }
    let tool = Tool::with(&service);
    (service, tool)
}

#[test]
fn a_code_signs_in_and_says_why_it_is_a_code() {
    let (service, tool) = with_polls(&[(400, json!({ "error": PENDING })), (200, tokens(2))]);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "login"]), @"
    exit: 0
    --- stderr ---
    Signing in to Doorkey demo with a code. This runs over SSH (SSH_TTY is set), so your browser is on another machine.
    Open this link in a browser:

    [server]/device?user_code=BCDF-GHJK

    Or open this address and type the code:

    [server]/device
    BCDF-GHJK

    Approve only if the page shows this same code.
    Signed in to Doorkey demo as Ada Lovelace (ada@example.com).
    Server: [server]
    Credential: [home]/.demo/credentials.json
    ");
    assert_eq!(service.requests("POST /oauth/token").len(), 2);
    assert!(std::fs::read_to_string(tool.credentials()).unwrap().contains(&access_token(2)));
}

#[test]
fn a_code_that_no_link_brings_along_is_said_once() {
    let service = Service::start();
    service.on("POST /oauth/token", 200, &tokens(2));
    let started = json!({
        "device_code": "a-device-code-that-nobody-sees", "user_code": "BCDF-GHJK",
        "verification_uri": format!("{}/device", service.url()), "expires_in": 600, "interval": 1,
    });
    let start = "POST /oauth/device_authorization";
    service.forget(start).on(start, 200, &started);
    insta::assert_snapshot!(Tool::with(&service).run(&["--app", "demo", "login"]), @"
    exit: 0
    --- stderr ---
    Signing in to Doorkey demo with a code. This runs over SSH (SSH_TTY is set), so your browser is on another machine.
    Open this link in a browser:

    [server]/device

    Type this code there:

    BCDF-GHJK

    Signed in to Doorkey demo as Ada Lovelace (ada@example.com).
    Server: [server]
    Credential: [home]/.demo/credentials.json
    ");
}

#[test]
fn a_code_for_programs() {
    let (_service, tool) = with_polls(&[(200, tokens(2))]);
    let output = tool.start(&["--app", "demo", "login", "--device", "--json"]).wait_with_output().unwrap();
    let last = output.stdout.trim_ascii_end().split(|byte| *byte == b'\n').next_back().unwrap();
    let result: serde_json::Value = serde_json::from_slice(last).unwrap();
    assert!(result["expires_at"].is_string(), "{result}");
    let expires_at = result["expires_at"].as_str().unwrap().to_owned();
    let text = String::from_utf8_lossy(&output.stdout);
    let waiting = text.lines().find(|line| line.contains("\"waiting\"")).unwrap().to_owned();
    let tool = tool.hide(&waiting, r#"{"event":"waiting","left":[seconds]}"#);
    insta::assert_snapshot!(tool.hide(&expires_at, "[in an hour]").shown(&output), @r#"
    exit: 0
    --- stdout ---
    {"event":"way","way":"device","why":"You asked for this way."}
    {"event":"prompt","url":"[server]/device?user_code=BCDF-GHJK","verification_uri":"[server]/device","user_code":"BCDF-GHJK","comparison_code":null,"opened":false,"expires_in":300}
    {"event":"waiting","left":[seconds]}
    {"event":"saved","status":"signed_in","app":"demo","profile":"default","server":"[server]","user":{"id":"u_1","name":"Ada Lovelace","email":"ada@example.com","email_verified":false},"organization":null,"way":"device","credentials":"[home]/.demo/credentials.json","expires_at":"[in an hour]","missed_organization":null,"checked":true,"overridden_by":null}
    --- stderr ---
    Signing in to Doorkey demo with a code. You asked for this way.
    Open this link in a browser:

    [server]/device?user_code=BCDF-GHJK

    Or open this address and type the code:

    [server]/device
    BCDF-GHJK

    Approve only if the page shows this same code.
    "#);
}

#[test]
fn a_denied_sign_in_ends_at_once() {
    let (_service, tool) = with_polls(&[(400, json!({ "error": "access_denied" }))]);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "login", "--device"]), @"
    exit: 1
    --- stderr ---
    Signing in to Doorkey demo with a code. You asked for this way.
    Open this link in a browser:

    [server]/device?user_code=BCDF-GHJK

    Or open this address and type the code:

    [server]/device
    BCDF-GHJK

    Approve only if the page shows this same code.
    error: The sign-in was denied.
    ");
}

#[test]
fn an_expired_code_ends_the_wait() {
    let (_service, tool) = with_polls(&[(400, json!({ "error": "expired_token" }))]);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "login", "--device"]), @"
    exit: 1
    --- stderr ---
    Signing in to Doorkey demo with a code. You asked for this way.
    Open this link in a browser:

    [server]/device?user_code=BCDF-GHJK

    Or open this address and type the code:

    [server]/device
    BCDF-GHJK

    Approve only if the page shows this same code.
    error: The sign-in expired before it was approved.
    hint: Run login again; `--timeout` makes it wait longer.
    ");
}

#[test]
fn the_wait_has_an_end() {
    let (_service, tool) = with_polls(&[(400, json!({ "error": PENDING }))]);
    let output =
        tool.start(&["--app", "demo", "login", "--device", "--timeout", "1"]).wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    let waiting = "Waiting for you in the browser, 0:01 left. Ctrl-C stops.\n";
    assert_eq!(said.matches(waiting).count(), 1, "said once where it can't be overwritten: {said}");
    insta::assert_snapshot!(tool.shown(&output), @"
    exit: 1
    --- stderr ---
    Signing in to Doorkey demo with a code. You asked for this way.
    Open this link in a browser:

    [server]/device?user_code=BCDF-GHJK

    Or open this address and type the code:

    [server]/device
    BCDF-GHJK

    Approve only if the page shows this same code.
    error: Nobody approved the sign-in within 1 second.
    hint: Run login again; `--timeout` makes it wait longer.
    ");
}

#[test]
fn a_product_that_polls_with_a_session_is_only_a_file() {
    let service = Service::start();
    let url = service.url();
    service.on(
        "POST /api/sign-in/start",
        201,
        &json!({ "sessionCode": "a-session", "authUrl": format!("{url}/approve/x"), "expiresIn": 300 }),
    );
    service.on("POST /api/sign-in/exchange", 400, &json!({ "error": "pending" }));
    let token = doorkey_manifest::TokenFormat::new("parcel_").from_entropy(|bytes: &mut [u8]| bytes.fill(5));
    service.on(
        "POST /api/sign-in/exchange",
        200,
        &json!({ "token": token.expose(), "user": { "id": "u_1", "name": "Ada Lovelace", "email": "ada@example.com" } }),
    );
    service.on(
        "GET /api/whoami",
        200,
        &json!({ "id": "u_1", "name": "Ada Lovelace", "email": "ada@example.com" }),
    );
    let tool = Tool::with(&service);
    tool.write("parcel.toml", include_str!("../../../../tests/apps/parcel.toml"), 0o644);
    insta::assert_snapshot!(tool.run(&["--app", "parcel.toml", "--api", &url, "login", "--no-browser"]), @"
    exit: 0
    --- stderr ---
    Signing in to Parcel with a link. No browser is to be opened here.
    Open this link in a browser:

    [server]/approve/x

    Compare this code with the page: LSTB-DPHV
    Signed in to Parcel as Ada Lovelace (ada@example.com).
    Server: [server]
    Credential: [home]/.parcel/config.json
    ");
}
