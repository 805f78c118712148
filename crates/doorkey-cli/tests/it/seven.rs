//! Seven things that a credential can be, and that nobody may take for one another: signed out, valid, expired, revoked,
//! forbidden, beyond the plan, and not to be told now. For each command that speaks of it, in text, JSON and exit code.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::service::{Service, tokens};
use crate::tool::{Tool, access_token, refresh_token};

const WHOAMI: &str = "GET /oauth/userinfo";
const TOKEN: &str = "POST /oauth/token";
const COMMANDS: [&str; 3] = ["whoami", "status", "token"];

/// The demo, with a server that says more at a renewal than the standard has words for.
fn manifest() -> String {
    include_str!("../../../../apps/demo.toml").to_owned()
        + r#"
[wire.refresh]
request = "POST {token_endpoint}"
encoding = "form"
body = { grant_type = "refresh_token", refresh_token = "{refresh_token}" }

[[wire.refresh.outcome]]
means = "ok"
match = { status = 200 }
body = { access_token = "{token}", refresh_token = "{refresh_token?}", expires_in = "{expires_in?}" }

[[wire.refresh.outcome]]
means = "invalid"
match = { status = 400 }
body = { error = "{error}" }

[[wire.refresh.outcome]]
means = "forbidden"
match = { status = 403 }
body = { message = "{message}" }

[[wire.refresh.outcome]]
means = "needs_plan"
match = { status = 402 }
body = { message = "{message}" }
"#
}

/// Somebody whose token has run out, with or without another to renew it.
fn over(tool: Tool, server: &str, refreshable: bool) -> Tool {
    let mut stored = json!({
        "server": server, "access_token": access_token(1), "expires_at": "2026-01-01T00:00:00Z",
        "user": { "id": "u_1", "name": "Ada Lovelace", "email": "ada@example.com" },
    });
    if refreshable {
        stored["refresh_token"] = refresh_token(1).into();
    }
    tool.write("home/.demo/credentials.json", &stored.to_string(), 0o600);
    tool
}

/// Whatever is asked gets this.
fn answers(status: u16, body: &Value) -> (Service, Tool) {
    let service = Service::start();
    for line in [WHOAMI, TOKEN] {
        service.forget(line).on(line, status, body);
    }
    let url = service.url();
    let tool = over(Tool::with(&service), &url, true);
    (service, tool)
}

/// What a command says in one line, and what it exits with.
fn line(tool: &Tool, arguments: &[&str]) -> (String, String) {
    let output = tool.start(arguments).wait_with_output().unwrap();
    let text = [&output.stdout[..], &output.stderr[..]].map(|part| String::from_utf8(part.to_vec()).unwrap());
    let text =
        tool.tidy(&text.join("\n")).replace(&access_token(1), "[token]").replace(&access_token(2), "[token]");
    (output.status.code().unwrap().to_string(), text)
}

/// The row of `status` that says whether somebody is signed in, or the line that says the most.
fn essence(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let row = lines.iter().find(|line| line.starts_with("Signed in"));
    let told = lines.iter().find(|line| line.contains("can't be told") || line.starts_with("error:"));
    (*row.or(told).unwrap_or(&lines[0])).to_owned()
}

/// `status` of a result, `code` of an error, `token` where there is one.
fn word(text: &str) -> String {
    let said: Value = serde_json::from_str(text).unwrap();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    text(&said["status"]).or_else(|| text(&said["error"]["code"])).unwrap_or_else(|| "a token".to_owned())
}

/// Exit code, word and sentence of a command, in text and in JSON; each time it meets the same file.
fn told(tool: &Tool, app: &str, command: &str, file: Option<&str>) -> (String, String, String) {
    let restore = || file.map(|file| tool.write("home/.demo/credentials.json", file, 0o600));
    restore();
    let (exit, text) = line(tool, &["--app", app, command]);
    restore();
    let (json_exit, said) = line(tool, &["--app", app, command, "--json"]);
    assert_eq!(exit, json_exit, "{command}: {text}{said}");
    (exit, word(&said), essence(&text))
}

#[test]
fn seven_things_are_seven_things_in_every_form() {
    let quiet = Service::start();
    let url = quiet.url();
    let fresh = Service::start();
    fresh.on(TOKEN, 200, &tokens(2));
    let ended = Service::start();
    ended.forget(WHOAMI).on(WHOAMI, 401, &json!({ "error": "invalid_token" }));
    let (revoking, revoked) = answers(400, &json!({ "error": "invalid_grant" }));
    revoking.forget(WHOAMI).on(WHOAMI, 401, &json!({ "error": "invalid_token" }));
    let (_forbidding, forbidden) = answers(403, &json!({ "message": "Ask an owner." }));
    let (_selling, needs_plan) = answers(402, &json!({ "message": "The plan team has it." }));
    let (_broken, broken) = answers(500, &json!({}));
    let (_busy, busy) = answers(503, &json!({}));
    let (_limiting, limited) = answers(429, &json!({}));
    let nowhere = "http://127.0.0.1:9";
    let unknown = "https://id.doorkey.test";
    let conditions = [
        ("signed out", Tool::with(&quiet)),
        ("valid", over(Tool::with(&fresh), &fresh.url(), true)),
        ("expired", over(Tool::with(&ended), &ended.url(), false)),
        ("revoked", revoked),
        ("forbidden", forbidden),
        ("needs a plan", needs_plan),
        ("offline", over(Tool::new(), nowhere, true)),
        ("no such host", over(Tool::new().set("DEMO_URL", unknown), unknown, true)),
        ("status 500", broken),
        ("status 503", busy),
        ("status 429", limited),
    ];
    let mut table = String::new();
    let mut texts: Vec<BTreeSet<String>> = vec![BTreeSet::new(); COMMANDS.len()];
    let mut words = texts.clone();
    for (condition, tool) in &conditions {
        let app = tool.write("seven/demo.toml", &manifest(), 0o600).display().to_string();
        let _ = writeln!(table, "{condition}");
        let file = std::fs::read_to_string(tool.credentials()).ok();
        for (index, command) in COMMANDS.into_iter().enumerate() {
            let (exit, word, essence) = told(tool, &app, command, file.as_deref());
            let _ = writeln!(table, "  {command:6}  {exit}  {word:24}  {essence}");
            texts[index].insert(essence);
            words[index].insert(word);
        }
    }
    let table = table.replace(&url, "[server]").replace("Ada Lovelace (ada@example.com)", "Ada");
    insta::assert_snapshot!(table, @"
    signed out
      whoami  4  signed_out                You aren't signed in to Doorkey demo.
      status  4  signed_out                Signed in   no
      token   4  credential.signed_out     error: You aren't signed in to Doorkey demo.
    valid
      whoami  0  valid                     Ada
      status  0  valid                     Signed in   yes, as Ada
      token   0  a token                   [token]
    expired
      whoami  4  expired                   Your sign-in to Doorkey demo has expired.
      status  4  expired                   Signed in   no, the sign-in has expired
      token   4  credential.expired        error: Your sign-in to Doorkey demo has expired.
    revoked
      whoami  4  rejected                  [server] doesn't accept your credential: it was revoked, or isn't one of its own.
      status  4  rejected                  Signed in   no, the server doesn't accept the credential
      token   4  credential.revoked        error: Your sign-in to Doorkey demo isn't accepted any more: [server] says it was revoked or has ended.
    forbidden
      whoami  5  forbidden                 You are signed in, but [server] doesn't allow this.
      status  5  forbidden                 Signed in   yes, as Ada, but not allowed: Ask an owner.
      token   5  credential.forbidden      error: You are signed in to Doorkey demo, but [server] doesn't allow this: Ask an owner.
    needs a plan
      whoami  5  needs_plan                You are signed in, but your plan doesn't include this.
      status  5  needs_plan                Signed in   yes, as Ada, but the plan doesn't include this: The plan team has it.
      token   5  credential.needs_plan     error: You are signed in to Doorkey demo, but the plan doesn't include this: The plan team has it.
    offline
      whoami  3  cannot_check              Whether the credential is still good can't be told now. http://127.0.0.1:9 can't be reached: the connection was refused.
      status  3  cannot_check              Signed in   can't be told now: http://127.0.0.1:9 can't be reached: the connection was refused.
      token   3  service.unreachable       error: http://127.0.0.1:9 can't be reached: the connection was refused.
    no such host
      whoami  3  cannot_check              Whether the credential is still good can't be told now. https://id.doorkey.test can't be reached: its name can't be looked up; check the name and the network.
      status  3  cannot_check              Signed in   can't be told now: https://id.doorkey.test can't be reached: its name can't be looked up; check the name and the network.
      token   3  service.unreachable       error: https://id.doorkey.test can't be reached: its name can't be looked up; check the name and the network.
    status 500
      whoami  3  cannot_check              Whether the credential is still good can't be told now. [server] can't answer now (status 500).
      status  3  cannot_check              Signed in   can't be told now: [server] can't answer now (status 500).
      token   3  service.try_later         error: [server] can't answer now (status 500).
    status 503
      whoami  3  cannot_check              Whether the credential is still good can't be told now. [server] can't answer now (status 503).
      status  3  cannot_check              Signed in   can't be told now: [server] can't answer now (status 503).
      token   3  service.try_later         error: [server] can't answer now (status 503).
    status 429
      whoami  3  cannot_check              Whether the credential is still good can't be told now. [server] can't answer now (status 429).
      status  3  cannot_check              Signed in   can't be told now: [server] can't answer now (status 429).
      token   3  service.try_later         error: [server] can't answer now (status 429).
    ");
    for (index, command) in COMMANDS.into_iter().enumerate() {
        assert!(words[index].len() >= 7, "{command}: {:?}", words[index]);
        assert!(texts[index].len() >= 7, "{command}: {:?}", texts[index]);
    }
}
