//! `keys`.

use serde_json::json;

use super::{CI, DEPLOY, MANAGE, but, signed_in, token};

fn key(id: &str, name: &str, last_four: &str) -> serde_json::Value {
    let fields = json!({
        "kind": "api_key", "key_kind": "live", "start": "demo_live_Kd8s", "rate_limit": 600, "allow": ["10.0.0.0/8"],
        "holder": { "id": "s_1", "name": "worker", "kind": "service" },
    });
    but(token(id, name, last_four), fields)
}

#[test]
fn the_keys_are_those_of_the_organization_that_one_acts_for() {
    let (service, tool) = signed_in(&[]);
    service.on("GET /api/v1/orgs/o_1/keys", 200, &json!({ "keys": [key(CI, "backend", "x9Qz")] }));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "keys"]), @"
    exit: 0
    --- stdout ---
    Name     Key                  Kind  Acts as  Last used    Expires
    backend  demo_live_Kd8s…x9Qz  live  worker   2 hours ago  in 29 days
    ");
}

#[test]
fn another_organization_can_be_named_anywhere_and_none_yet_says_how_to_make_one() {
    let (service, tool) = signed_in(&[]);
    service.on("GET /api/v1/orgs/acme/keys", 200, &json!({ "keys": [] }));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "keys", "list", "--org", "acme"]), @"
    exit: 0
    --- stderr ---
    No keys yet. Make one with `doorkey --app demo keys create NAME --org acme`.
    ");
    assert!(service.requests("GET /api/v1/me").is_empty());
}

#[test]
fn a_new_key_has_everything_that_was_asked_for() {
    let (service, tool) = signed_in(&[MANAGE]);
    let line = "POST /api/v1/orgs/acme/keys";
    service.on(line, 201, &json!({ "secret": "demo_live_the_secret", "token": key(CI, "backend", "cret") }));
    let arguments = [
        "--app",
        "demo",
        "keys",
        "create",
        "backend",
        "--org",
        "acme",
        "--kind",
        "live",
        "--scope",
        "notes:write",
        "--expires",
        "90d",
        "--rate-limit",
        "600",
        "--allow",
        "10.0.0.0/8",
        "--allow",
        "2001:db8::/32",
        "--service-account",
        "s_1",
    ];
    insta::assert_snapshot!(tool.run(&arguments), @r#"
    exit: 0
    --- stdout ---
    demo_live_the_secret
    --- stderr ---
    Made the key "backend". It expires in 29 days.
    Copy it now: it won't be shown again.
    "#);
    insta::assert_snapshot!(service.requests(line)[0].body, @r#"{"name":"backend","scopes":["notes:write"],"expires_in":7776000,"kind":"live","rate_limit":600,"allow":["10.0.0.0/8","2001:db8::/32"],"service_account":"s_1"}"#);
}

#[test]
fn a_key_is_replaced_and_revoked_by_its_name() {
    let (service, tool) = signed_in(&[MANAGE]);
    service.on("GET /api/v1/orgs/o_1/keys", 200, &json!({ "keys": [key(CI, "backend", "x9Qz")] }));
    let rotate = format!("POST /api/v1/orgs/o_1/keys/{CI}/rotate");
    service.on(&rotate, 201, &json!({ "secret": "demo_live_new", "token": key(DEPLOY, "backend", "_new") }));
    service.on(&format!("DELETE /api/v1/orgs/o_1/keys/{CI}"), 204, &json!(null));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "keys", "rotate", "backend", "--overlap", "7d"]), @r#"
    exit: 0
    --- stdout ---
    demo_live_new
    --- stderr ---
    Replaced the key "backend" (…x9Qz) by a new one. It expires in 29 days. The old one works for 7 days more.
    Copy it now: it won't be shown again.
    "#);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "keys", "revoke", "backend"]), @"
    exit: 2
    --- stderr ---
    error: `keys revoke` asks before it revokes a key, and there is no terminal to ask on.
    hint: Pass `-y` to revoke it without being asked.
    ");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "keys", "revoke", "backend", "-y"]), @r#"
    exit: 0
    --- stderr ---
    Revoked the key "backend" (…x9Qz). It works no more.
    "#);
}

#[test]
fn for_no_organization_there_are_no_keys() {
    let (service, tool) = signed_in(&[]);
    let nobody = but(super::me(&[]), json!({ "org": null }));
    service.forget("GET /api/v1/me").on("GET /api/v1/me", 200, &nobody);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "keys"]), @"
    exit: 2
    --- stderr ---
    error: This is about an organization, and your sign-in acts for none.
    hint: Name one; `doorkey --app demo orgs` shows yours.
    ");
}
