//! `logs`.

use serde_json::{Value, json};

use super::signed_in;
use crate::terminal::Session;
use crate::tool::in_minutes;

fn event(id: &str, at: &str, action: &str) -> Value {
    json!({
        "id": id, "at": at, "action": action, "outcome": "done", "actor": { "id": "u_1", "name": "Ada Lovelace" },
        "app": "demo", "org": null, "subject": { "id": "t_1", "name": "CI" }, "address": "192.0.2.1", "agent": "curl/8",
        "detail": null,
    })
}

#[test]
fn the_latest_come_first_and_say_who_and_from_where() {
    let (service, tool) = signed_in(&[]);
    let mut refused = event("e_1", &in_minutes(-3 * 60), "key.created");
    refused["outcome"] = "refused".into();
    refused["subject"] = "a name\u{1b}[2J".into();
    let events = json!({ "events": [event("e_2", &in_minutes(-5), "token.revoked"), refused], "next": null });
    service.on("GET /api/v1/events", 200, &events);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "logs"]), @"
    exit: 0
    --- stdout ---
    When           What                   Who           About       From
    5 minutes ago  token.revoked          Ada Lovelace  CI          192.0.2.1
    3 hours ago    key.created (refused)  Ada Lovelace  a name�[2J  192.0.2.1
    ");
    assert_eq!(service.requests("GET /api/v1/events")[0].target, "/api/v1/events?limit=30");
}

#[test]
fn an_organizations_events_are_searched() {
    let (service, tool) = signed_in(&[]);
    service.on("GET /api/v1/orgs/acme/events", 200, &json!({ "events": [], "next": null }));
    let arguments = ["--app", "demo", "logs", "--org", "acme", "--search", "CI bot", "--limit", "5"];
    insta::assert_snapshot!(tool.run(&arguments), @"
    exit: 0
    --- stderr ---
    Nothing that happened mentions this.
    ");
    let target = &service.requests("GET /api/v1/orgs/acme/events")[0].target;
    assert_eq!(target, "/api/v1/orgs/acme/events?limit=5&search=CI+bot");
}

#[test]
fn events_for_programs() {
    let (service, tool) = signed_in(&[]);
    let events = json!({ "events": [event("e_1", "2026-01-01T00:00:00Z", "token.created")], "next": null });
    service.on("GET /api/v1/events", 200, &events);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "logs", "--json"]), @r#"
    exit: 0
    --- stdout ---
    {
      "events": [
        {
          "id": "e_1",
          "at": "2026-01-01T00:00:00Z",
          "action": "token.created",
          "outcome": "done",
          "actor": {
            "id": "u_1",
            "name": "Ada Lovelace"
          },
          "app": "demo",
          "org": null,
          "subject": {
            "id": "t_1",
            "name": "CI"
          },
          "address": "192.0.2.1",
          "agent": "curl/8",
          "detail": null
        }
      ]
    }
    "#);
}

#[test]
fn an_export_is_the_file_as_it_came() {
    let (service, tool) = signed_in(&[]);
    service.on_text("GET /api/v1/orgs/acme/events/export", "text/csv", "at,action\n2026,token.created\n");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "logs", "--org", "acme", "--export", "csv"]), @"
    exit: 0
    --- stdout ---
    at,action
    2026,token.created
    ");
    let target = &service.requests("GET /api/v1/orgs/acme/events/export")[0].target;
    assert_eq!(target, "/api/v1/orgs/acme/events/export?format=csv");
}

#[test]
fn following_shows_what_happens_until_ctrl_c() {
    let (service, tool) = signed_in(&[]);
    let first = event("e_1", "2026-01-01T10:00:00Z", "token.created");
    let second = event("e_2", "2026-01-01T10:00:02Z", "token.used");
    service.on("GET /api/v1/events", 200, &json!({ "events": [first], "next": null }));
    // One that is busy for a moment is asked again without a word.
    for _ in 0..3 {
        service.on(
            "GET /api/v1/events",
            503,
            &json!({ "error": "temporarily_unavailable", "error_description": "Busy." }),
        );
    }
    service.on("GET /api/v1/events", 200, &json!({ "events": [second, first], "next": null }));
    let tool = tool.set("NO_COLOR", "1");
    let mut session = Session::start(&tool, &["--app", "demo", "logs", "--follow"]);
    session.expect("token.used");
    session.interrupt();
    insta::assert_snapshot!(session.end(&tool), @"
    exit: Some(130)
    2026-01-01 10:00:00Z  token.created  Ada Lovelace  CI  192.0.2.1
    ⚠ [server] can't answer now (status 503). Trying again in 2 seconds.
    2026-01-01 10:00:02Z  token.used  Ada Lovelace  CI  192.0.2.1
    ");
}
