//! `orgs` and `switch-org`.

use serde_json::json;

use super::{DAY, MANAGE, but, org, signed_in};
use crate::service::Service;
use crate::terminal::Session;
use crate::tool::{Tool, in_minutes};

fn with_orgs(scopes: &[&str]) -> (Service, Tool) {
    let (service, tool) = signed_in(scopes);
    let own = but(
        org("o_1", "ada", "Ada"),
        json!({ "personal": true, "active": true, "plan": null, "members": 1 }),
    );
    service.on("GET /api/v1/orgs", 200, &json!({ "orgs": [own, org("o_2", "acme", "Acme Ltd")] }));
    (service, tool)
}

#[test]
fn a_list_says_for_which_one_the_credential_acts() {
    let (_service, tool) = with_orgs(&[]);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "orgs"]), @"
    exit: 0
    --- stdout ---
    Name      Short name  Role   Members  Plan  Active
    Ada       ada         owner  1              you act for it
    Acme Ltd  acme        owner  3        team
    ");
}

#[test]
fn in_none_it_says_how_to_get_into_one() {
    let (service, tool) = signed_in(&[]);
    service.on("GET /api/v1/orgs", 200, &json!({ "orgs": [] }));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "orgs", "list"]), @"
    exit: 0
    --- stderr ---
    You are in no organization yet. Make one with `doorkey --app demo orgs create NAME`, or join one with the link of an invitation: `doorkey --app demo orgs join LINK`.
    ");
}

#[test]
fn a_new_one_says_how_to_act_for_it() {
    let (service, tool) = signed_in(&[MANAGE]);
    service.on("POST /api/v1/orgs", 201, &org("o_2", "acme", "Acme Ltd"));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "orgs", "create", "Acme Ltd", "--slug", "acme"]), @"
    exit: 0
    --- stderr ---
    Made the organization Acme Ltd (acme).
    Act for it with `doorkey --app demo switch-org acme`.
    ");
    assert_eq!(service.requests("POST /api/v1/orgs")[0].body, r#"{"name":"Acme Ltd","slug":"acme"}"#);
}

#[test]
fn members_are_shown_with_their_role() {
    let (service, tool) = signed_in(&[]);
    let members = json!({ "members": [
        { "account": { "id": "u_1", "name": "Ada Lovelace", "email": "ada@example.com" }, "role": "owner", "joined_at": in_minutes(-3 * DAY - 1) },
        { "account": { "id": "u_2", "name": null, "email": "bob@example.com" }, "role": "member", "joined_at": in_minutes(-5) },
    ]});
    service.on("GET /api/v1/orgs/o_1/members", 200, &members);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "orgs", "members"]), @"
    exit: 0
    --- stdout ---
    Name             E-mail           Role    Joined
    Ada Lovelace     ada@example.com  owner   3 days ago
    bob@example.com  bob@example.com  member  5 minutes ago
    ");
}

#[test]
fn an_invitation_is_a_link_alone_on_standard_output() {
    let (service, tool) = signed_in(&[MANAGE]);
    let invited = json!({
        "link": "https://x.example/join/s8Hk",
        "invitation": { "id": "i_1", "role": "admin", "created_at": in_minutes(0), "expires_at": in_minutes(7 * DAY), "created_by": null },
    });
    service.on("POST /api/v1/orgs/acme/invitations", 201, &invited);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "orgs", "invite", "acme", "--role", "admin"]), @"
    exit: 0
    --- stdout ---
    https://x.example/join/s8Hk
    --- stderr ---
    Whoever opens this link joins as admin. It works once, and expires in 7 days.
    ");
    assert_eq!(service.requests("POST /api/v1/orgs/acme/invitations")[0].body, r#"{"role":"admin"}"#);
}

#[test]
fn joining_sends_the_end_of_the_link() {
    let (service, tool) = signed_in(&[MANAGE]);
    service.on(
        "POST /api/v1/invitations/accept",
        200,
        &but(org("o_2", "acme", "Acme Ltd"), json!({ "role": "member" })),
    );
    let link = format!("{}/join/s8Hk", service.url());
    insta::assert_snapshot!(tool.run(&["--app", "demo", "orgs", "join", &link]), @"
    exit: 0
    --- stderr ---
    Joined Acme Ltd (acme) as member.
    Act for it with `doorkey --app demo switch-org acme`.
    ");
    assert_eq!(service.requests("POST /api/v1/invitations/accept")[0].body, r#"{"token":"s8Hk"}"#);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "orgs", "join", "https://other.example/join/s8Hk"]), @"
    exit: 2
    --- stderr ---
    error: This invitation is for https://other.example, and you are signed in at [server].
    hint: Name that server with `--api`, and sign in there.
    ");
    insta::assert_snapshot!(tool.run_with_input(&["--app", "demo", "orgs", "join", "-"], "not a link\n"), @"
    exit: 2
    --- stderr ---
    error: This isn't the link of an invitation.
    hint: Copy it again, from its first to its last character.
    ");
    assert_eq!(service.requests("POST /api/v1/invitations/accept").len(), 1);
}

#[test]
fn leaving_asks_first() {
    let (service, tool) = with_orgs(&[MANAGE]);
    let line = "DELETE /api/v1/orgs/o_2/members/u_1";
    service.on(line, 204, &json!(null));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "orgs", "leave", "acme"]), @"
    exit: 2
    --- stderr ---
    error: `orgs leave` asks before it leaves an organization, and there is no terminal to ask on.
    hint: Pass `-y` to leave it without being asked.
    ");
    assert!(service.requests(line).is_empty());
    let tool = tool.set("NO_COLOR", "1");
    let mut session = Session::start(&tool, &["--app", "demo", "orgs", "leave", "Acme Ltd"]);
    session.expect("[y/N] ");
    session.press("yes\n");
    insta::assert_snapshot!(session.end(&tool), @"
    exit: Some(0)
    Leave Acme Ltd (acme)? You lose access to what belongs to it at once. [y/N] yes
    ✓ Left Acme Ltd (acme).
    ");
    assert_eq!(service.requests(line).len(), 1);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "orgs", "leave", "nobody", "-y"]), @"
    exit: 1
    --- stderr ---
    error: You are in no organization called `nobody`.
    hint: `doorkey --app demo orgs` shows those that you are in.
    ");
}

#[test]
fn switching_says_for_whom_the_credential_acts() {
    let (service, tool) = with_orgs(&[]);
    let acme = but(org("o_2", "acme", "Acme Ltd"), json!({ "active": true, "joined_at": null }));
    service.on("POST /api/v1/orgs/o_2/switch", 200, &acme);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "switch-org", "acme"]), @"
    exit: 0
    --- stderr ---
    You act for Acme Ltd (acme) from now on.
    ");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "switch-org", "acme", "--json"]), @r#"
    exit: 0
    --- stdout ---
    {
      "status": "switched",
      "organization": {
        "id": "o_2",
        "slug": "acme",
        "name": "Acme Ltd",
        "role": "owner",
        "plan": "team",
        "personal": false,
        "active": true,
        "members": 3,
        "joined_at": null,
        "longest_token": null,
        "rate_limit": null
      }
    }
    "#);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "switch-org", "nobody"]), @"
    exit: 1
    --- stderr ---
    error: You are in no organization called `nobody`.
    hint: `doorkey --app demo orgs` shows those that you are in.
    ");
}

#[test]
fn switching_keeps_the_credentials_file_right() {
    let (service, tool) = with_orgs(&[]);
    service.on("POST /api/v1/orgs/o_2/switch", 200, &org("o_2", "acme", "Acme Ltd"));
    let source = include_str!("../../../../../apps/demo.toml");
    tool.write("demo.toml", &format!("{source}\n[credentials.json.org]\nslug = \"{{org.slug?}}\"\n"), 0o644);
    let shown = tool.run(&["--app", "./demo.toml", "switch-org", "acme"]);
    assert!(shown.starts_with("exit: 0"), "{shown}");
    let kept: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(tool.credentials()).unwrap()).unwrap();
    assert_eq!((&kept["org"]["slug"], &kept["theme"]), (&json!("acme"), &json!("dark")));
}

#[test]
fn a_sign_in_can_name_the_organization() {
    let service = Service::start();
    service.approves();
    let tool = Tool::with(&service);
    let shown = tool.run(&["--app", "demo", "login", "--org", "acme", "--scope", MANAGE]);
    assert!(shown.starts_with("exit: 0"), "{shown}");
    let begun = &service.requests("POST /oauth/device_authorization")[0].body;
    assert!(begun.contains("org=acme") && begun.contains("scope=doorkey%3Amanage"), "{begun}");
}
