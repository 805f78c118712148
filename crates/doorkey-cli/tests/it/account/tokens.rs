//! `tokens`.

use serde_json::json;

use super::{CI, DAY, DEPLOY, MANAGE, but, signed_in, token, with_tokens};
use crate::terminal::Session;
use crate::tool::{access_token, in_minutes};

#[test]
fn a_list_says_what_each_may_do_and_until_when() {
    let (service, tool) = with_tokens(&[]);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "tokens"]), @"
    exit: 0
    --- stdout ---
    Name    Token               Scopes                    Last used    Expires
    CI      demo_pat_Kd8s…x9Qz  profile:read notes:write  2 hours ago  in 29 days
    deploy  demo_pat_Kd8s…AAAA                            never        never
    ");
    let asked = service.requests("GET /api/v1/tokens");
    assert_eq!(asked[0].headers["authorization"], format!("Bearer {}", access_token(1)));
}

#[test]
fn what_has_ended_or_is_ending_says_so() {
    let (service, tool) = signed_in(&[]);
    let tokens = [
        but(token("1", "replaced", "AAAA"), json!({ "overlap_ends_at": in_minutes(50) })),
        but(
            token("2", "old", "BBBB"),
            json!({ "status": "expired", "expires_at": in_minutes(-3 * DAY - 1) }),
        ),
        but(token("3", "gone", "CCCC"), json!({ "status": "revoked" })),
    ];
    service.on("GET /api/v1/tokens", 200, &json!({ "tokens": tokens }));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "tokens", "list"]), @"
    exit: 0
    --- stdout ---
    Name      Token               Scopes                    Last used    Expires
    replaced  demo_pat_Kd8s…AAAA  profile:read notes:write  2 hours ago  replaced, ends in 50 minutes
    old       demo_pat_Kd8s…BBBB  profile:read notes:write  2 hours ago  expired 3 days ago
    gone      demo_pat_Kd8s…CCCC  profile:read notes:write  2 hours ago  revoked
    ");
}

#[test]
fn a_narrow_terminal_gets_one_field_in_a_line() {
    let (_service, tool) = with_tokens(&[]);
    let tool = tool.set("NO_COLOR", "1");
    let session = Session::start_wide(&tool, &["--app", "demo", "tokens"], 40);
    insta::assert_snapshot!(session.end(&tool), @"
    exit: Some(0)
    CI
      Token      demo_pat_Kd8s…x9Qz
      Scopes     profile:read notes:write
      Last used  2 hours ago
      Expires    in 29 days
    deploy
      Token      demo_pat_Kd8s…AAAA
      Last used  never
      Expires    never
    ");
}

#[test]
fn a_terminal_that_is_nearly_wide_enough_gets_shorter_cells() {
    let (_service, tool) = with_tokens(&[]);
    let tool = tool.set("NO_COLOR", "1");
    let session = Session::start_wide(&tool, &["--app", "demo", "tokens"], 76);
    insta::assert_snapshot!(session.end(&tool), @"
    exit: Some(0)
    Name    Token               Scopes                   Last used    Expires
    CI      demo_pat_Kd8s…x9Qz  profile:read notes:wri…  2 hours ago  in 29 days
    deploy  demo_pat_Kd8s…AAAA                           never        never
    ");
}

#[test]
fn without_any_it_says_how_to_make_one() {
    let (service, tool) = signed_in(&[]);
    service.on("GET /api/v1/tokens", 200, &json!({ "tokens": [] }));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "tokens"]), @"
    exit: 0
    --- stderr ---
    No tokens yet. Make one with `doorkey --app demo tokens create NAME`.
    ");
}

#[test]
fn a_list_for_programs() {
    let (service, tool) = signed_in(&[]);
    let ends = in_minutes(90);
    let one = but(token(CI, "CI", "x9Qz"), json!({ "expires_at": ends, "last_used": null }));
    service.on("GET /api/v1/tokens", 200, &json!({ "tokens": [one] }));
    let tool = tool.hide(&ends, "[in 90 minutes]");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "tokens", "--json"]), @r#"
    exit: 0
    --- stdout ---
    {
      "tokens": [
        {
          "id": "3f2a91c0-5b7d-4c1e-8a66-0d2f4e6a8b10",
          "app": "demo",
          "name": "CI",
          "kind": "personal",
          "key_kind": null,
          "start": "demo_pat_Kd8s",
          "last_four": "x9Qz",
          "scopes": [
            "profile:read",
            "notes:write"
          ],
          "org": {
            "id": "o_1",
            "slug": "ada",
            "name": "Ada"
          },
          "holder": {
            "id": "u_1",
            "name": "Ada Lovelace",
            "kind": "person"
          },
          "created_at": "2026-01-01T00:00:00Z",
          "created_by": {
            "id": "u_1",
            "name": "Ada Lovelace"
          },
          "expires_at": "[in 90 minutes]",
          "last_used": null,
          "status": "active",
          "overlap_ends_at": null,
          "rate_limit": null,
          "allow": []
        }
      ]
    }
    "#);
}

#[test]
fn a_new_token_stands_alone_on_standard_output() {
    let (service, tool) = signed_in(&[MANAGE]);
    service.on(
        "POST /api/v1/tokens",
        201,
        &json!({ "secret": "demo_pat_the_secret", "token": token(CI, "CI", "cret") }),
    );
    let arguments = [
        "--app",
        "demo",
        "tokens",
        "create",
        "CI",
        "--scope",
        "notes:write",
        "--expires",
        "30d",
        "--org",
        "acme",
    ];
    insta::assert_snapshot!(tool.run(&arguments), @r#"
    exit: 0
    --- stdout ---
    demo_pat_the_secret
    --- stderr ---
    Made the token "CI". It expires in 29 days.
    Copy it now: it won't be shown again.
    "#);
    insta::assert_snapshot!(service.requests("POST /api/v1/tokens")[0].body, @r#"{"name":"CI","scopes":["notes:write"],"expires_in":2592000,"org":"acme"}"#);
}

#[test]
fn a_new_token_on_a_terminal() {
    let (service, tool) = signed_in(&[MANAGE]);
    let one = but(token(CI, "CI", "cret"), json!({ "expires_at": null }));
    service.on("POST /api/v1/tokens", 201, &json!({ "secret": "demo_pat_the_secret", "token": one }));
    let tool = tool.set("NO_COLOR", "1");
    let session = Session::start(&tool, &["--app", "demo", "tokens", "create", "CI", "--expires", "never"]);
    insta::assert_snapshot!(session.end(&tool), @r#"
    exit: Some(0)
    ✓ Made the token "CI". It doesn't expire.
      Copy it now: it won't be shown again.
    demo_pat_the_secret
    "#);
    assert_eq!(service.requests("POST /api/v1/tokens")[0].body, r#"{"name":"CI","expires_in":null}"#);
}

#[test]
fn a_new_token_for_programs() {
    let (service, tool) = signed_in(&[MANAGE]);
    let one = but(token(CI, "CI", "cret"), json!({ "expires_at": null, "last_used": null }));
    service.on("POST /api/v1/tokens", 201, &json!({ "secret": "demo_pat_the_secret", "token": one }));
    let output =
        tool.start(&["--app", "demo", "tokens", "create", "CI", "--json"]).wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&result["secret"], &result["token"]["id"]), (&json!("demo_pat_the_secret"), &json!(CI)));
}

#[test]
fn rotating_says_what_becomes_of_the_old_one() {
    let (service, tool) = with_tokens(&[MANAGE]);
    let line = format!("POST /api/v1/tokens/{CI}/rotate");
    service.on(&line, 201, &json!({ "secret": "demo_pat_new", "token": token(DEPLOY, "CI", "_new") }));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "tokens", "rotate", "3f2a"]), @r#"
    exit: 0
    --- stdout ---
    demo_pat_new
    --- stderr ---
    Replaced the token "CI" (…x9Qz) by a new one. It expires in 29 days. The old one works for 60 minutes more.
    Copy it now: it won't be shown again.
    "#);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "tokens", "rotate", "CI", "--overlap", "0", "--expires", "90d"]), @r#"
    exit: 0
    --- stdout ---
    demo_pat_new
    --- stderr ---
    Replaced the token "CI" (…x9Qz) by a new one. It expires in 29 days. The old one works no more.
    Copy it now: it won't be shown again.
    "#);
    let sent: Vec<_> = service.requests(&line).into_iter().map(|request| request.body).collect();
    assert_eq!(sent, [r#"{"overlap":3600}"#, r#"{"overlap":0,"expires_in":7776000}"#]);
}

#[test]
fn revoking_asks_and_names_what_ends() {
    let (service, tool) = with_tokens(&[]);
    let line = format!("DELETE /api/v1/tokens/{CI}");
    service.on(&line, 204, &json!(null));
    let tool = tool.set("NO_COLOR", "1");
    let mut session = Session::start(&tool, &["--app", "demo", "tokens", "revoke", "x9Qz"]);
    session.expect("[y/N] ");
    session.press("y\n");
    insta::assert_snapshot!(session.end(&tool), @r#"
    exit: Some(0)
    Revoke the token "CI" (…x9Qz), last used 2 hours ago? It stops working at once. [y/N] y
    ✓ Revoked the token "CI" (…x9Qz). It works no more.
    "#);
    assert_eq!(service.requests(&line).len(), 1);
}

#[test]
fn a_no_revokes_nothing() {
    let (service, tool) = with_tokens(&[]);
    let mut session = Session::start(&tool, &["--app", "demo", "tokens", "revoke", "deploy"]);
    session.expect("[y/N] ");
    session.press("\n");
    insta::assert_snapshot!(session.end(&tool), @r#"
    exit: Some(0)
    Revoke the token "deploy" (…AAAA), never used? It stops working at once. [y/N] 
    Nothing was changed.
    "#);
    assert!(service.requests(&format!("DELETE /api/v1/tokens/{DEPLOY}")).is_empty());
}

#[test]
fn without_a_terminal_revoking_takes_a_yes() {
    let (service, tool) = with_tokens(&[]);
    let line = format!("DELETE /api/v1/tokens/{CI}");
    service.on(&line, 204, &json!(null));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "tokens", "revoke", "CI"]), @"
    exit: 2
    --- stderr ---
    error: `tokens revoke` asks before it revokes a token, and there is no terminal to ask on.
    hint: Pass `-y` to revoke it without being asked.
    ");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "tokens", "revoke", "CI", "--json"]), @r#"
    exit: 2
    --- stdout ---
    {
      "error": {
        "code": "command.nobody_to_ask",
        "message": "`tokens revoke` asks before it revokes a token, and with `--json` nobody is asked.",
        "hint": "Pass `-y` to revoke it without being asked.",
        "exit": 2
      }
    }
    "#);
    assert!(service.requests(&line).is_empty());
    insta::assert_snapshot!(tool.run(&["--app", "demo", "tokens", "revoke", "CI", "-y"]), @r#"
    exit: 0
    --- stderr ---
    Revoked the token "CI" (…x9Qz). It works no more.
    "#);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "tokens", "revoke", "CI", "-y", "--json"]), @r#"
    exit: 0
    --- stdout ---
    {
      "status": "revoked",
      "id": "3f2a91c0-5b7d-4c1e-8a66-0d2f4e6a8b10",
      "name": "CI"
    }
    "#);
}

#[test]
fn what_is_not_clear_is_not_revoked() {
    let (service, tool) = signed_in(&[]);
    let tokens = [token(CI, "CI", "x9Qz"), token(DEPLOY, "CI", "AAAA")];
    service.on("GET /api/v1/tokens", 200, &json!({ "tokens": tokens }));
    insta::assert_snapshot!(tool.run(&["--app", "demo", "tokens", "revoke", "CI", "-y"]), @"
    exit: 2
    --- stderr ---
    error: `CI` fits CI (…x9Qz, 3f2a91c0-5b7d-4c1e-8a66-0d2f4e6a8b10) and CI (…AAAA, 90ab12ef-1c2d-4e3f-9a8b-7c6d5e4f3a21).
    hint: Name one of them by its id.
    ");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "tokens", "revoke", "nothing", "-y"]), @"
    exit: 1
    --- stderr ---
    error: There is nothing called `nothing`.
    hint: Name it by its id, the beginning of the id, its name or its last four characters.
    ");
}

#[test]
fn a_secret_that_could_not_be_written_is_not_passed_over() {
    let (service, tool) = signed_in(&[MANAGE]);
    let made = json!({ "secret": "demo_pat_the_secret", "token": token(CI, "CI", "cret") });
    service.on("POST /api/v1/tokens", 201, &made);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = tool.command(&["--app", "demo", "tokens", "create", "CI"]);
    let output = command.stdin(std::process::Stdio::null()).stdout(full).output().unwrap();
    insta::assert_snapshot!(tool.shown(&output), @r#"
    exit: 1
    --- stderr ---
    Made the token "CI". It expires in 29 days.
    Copy it now: it won't be shown again.
    error: It was made, but its secret couldn't be written to standard output and is lost.
    hint: End it with `doorkey --app demo tokens revoke 3f2a91c0-5b7d-4c1e-8a66-0d2f4e6a8b10`, and make another.
    "#);
}
