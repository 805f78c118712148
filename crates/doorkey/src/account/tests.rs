#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::*;
use crate::login::LoginOptions;
use crate::progress::Silent;
use crate::sign_in::choose::Wish;
use crate::testing::{Oauth, Seen, Service, World};
use crate::{Client, Exit, Revocation};

const FILE: &str = ".demo/credentials.json";

/// Answers calls of the API; everything else is plain OAuth.
fn api(oauth: &Oauth, answer: impl Fn(&Seen, &str) -> String + Send + Sync + 'static) {
    oauth.script(move |seen| {
        let path = seen.path().strip_prefix("/api/v1")?.to_owned();
        Some(answer(seen, &path))
    });
}

fn signed_in(oauth: &Oauth) -> World {
    let world = World::new();
    let token = oauth.good_token();
    let file = json!({ "server": oauth.url(), "access_token": token.expose(), "refresh_token": "r" });
    world.write(FILE, &file.to_string());
    world
}

fn me(id: &str, scopes: &[&str]) -> Value {
    json!({
        "account": { "id": id, "name": "Ada", "email": "ada@example.com" },
        "org": { "id": "o1", "slug": "ada", "name": "Ada" },
        "app": "demo", "kind": "sign_in", "scopes": scopes, "expires_at": null, "plan": "free",
    })
}

fn token(id: &str, name: &str, last_four: &str) -> Value {
    json!({
        "id": id, "app": "demo", "name": name, "kind": "personal", "key_kind": null, "start": "demo_pat_abcd",
        "last_four": last_four, "scopes": ["notes:write"], "org": { "id": "o1", "slug": "ada", "name": "Ada" },
        "holder": { "id": "u1", "name": "Ada", "kind": "person" }, "created_at": "2026-01-01T00:00:00Z",
        "created_by": { "id": "u1", "name": "Ada" }, "expires_at": "2026-01-31T00:00:00Z",
        "last_used": { "at": "2026-01-01T10:00:00Z", "address": "192.0.2.1", "agent": "curl" },
        "status": "active", "overlap_ends_at": null, "rate_limit": null, "allow": [], "something_new": 1,
    })
}

fn tokens_of(world: &World, oauth: &Oauth) -> Result<Vec<Token>, Error> {
    let client = world.demo(&oauth.url());
    client.account(&Cancel::never())?.tokens(&Cancel::never())
}

fn by_code() -> LoginOptions {
    LoginOptions { wish: Wish::Device, ..LoginOptions::default() }
}

#[test]
fn tokens_are_listed_with_the_credential_at_the_origin() {
    let oauth = Oauth::start();
    let world = signed_in(&oauth);
    api(&oauth, |_, _| Service::json(200, &json!({ "tokens": [token("3f2a", "CI", "x9Qz")] })));
    let tokens = tokens_of(&world, &oauth).unwrap();
    assert_eq!(
        (tokens[0].name.as_str(), tokens[0].status, tokens[0].kind),
        ("CI", Status::Active, TokenKind::Personal)
    );
    assert_eq!(tokens[0].expires_at.map(Moment::ms), Some(1_769_817_600_000));
    let seen = oauth.service.seen();
    assert_eq!((seen.len(), seen[0].method.as_str(), seen[0].target.as_str()), (1, "GET", "/api/v1/tokens"));
    assert!(seen[0].header("authorization").unwrap().starts_with("Bearer demo_at_"));
    let shown = serde_json::to_value(&tokens[0]).unwrap();
    assert_eq!(shown["created_at"], "2026-01-01T00:00:00Z");
}

#[test]
fn a_refused_credential_is_renewed_once_and_the_call_repeated() {
    let oauth = Oauth::start();
    let world = signed_in(&oauth);
    let first: Arc<Mutex<Option<String>>> = Arc::default();
    api(&oauth, move |seen, _| {
        let token = seen.header("authorization").unwrap().to_owned();
        let first = first.lock().unwrap().get_or_insert_with(|| token.clone()).clone();
        if first == token {
            Service::json(401, &json!({ "error": "invalid_token", "error_description": "It has ended." }))
        } else {
            Service::json(200, &json!({ "tokens": [] }))
        }
    });
    assert!(tokens_of(&world, &oauth).unwrap().is_empty());
    assert_eq!(oauth.service.count("/api/v1/tokens"), 2);
    assert_eq!(oauth.service.count("/oauth/token"), 1);
}

#[test]
fn what_the_api_says_is_told_apart() {
    let said = |code: &str| json!({ "error": code, "error_description": "Because." });
    let scope = json!({ "error": "insufficient_scope", "error_description": "No.", "scope": MANAGE });
    let plan = json!({
        "error": "plan_required", "error_description": "No.", "plan": "team", "billing_url": "https://x.example/pay",
    });
    let cases: [(u16, Value, &str, Exit); 12] = [
        (400, said("invalid_request"), "account.refused", Exit::Usage),
        (401, said("invalid_token"), "credential.revoked", Exit::SignInRequired),
        (403, scope, "account.needs_manage", Exit::SignInRequired),
        (403, said("forbidden"), "account.forbidden", Exit::Forbidden),
        (403, plan, "account.plan_required", Exit::Forbidden),
        (404, said("not_found"), "account.not_found", Exit::Failed),
        (404, json!({ "error": "not_found" }), "account.no_api", Exit::Failed),
        (409, said("conflict"), "account.conflict", Exit::Failed),
        (429, said("rate_limited"), "account.rate_limited", Exit::CannotCheck),
        (503, said("temporarily_unavailable"), "service.try_later", Exit::CannotCheck),
        (418, said("teapot"), "service.unexpected", Exit::CannotCheck),
        (200, json!({ "surprise": true }), "service.broken", Exit::CannotCheck),
    ];
    for (status, body, code, exit) in cases {
        let oauth = Oauth::start();
        let world = signed_in(&oauth);
        let answer = body.clone();
        api(&oauth, move |_, _| Service::json(status, &answer));
        let error = tokens_of(&world, &oauth).unwrap_err();
        assert_eq!((error.code(), error.exit()), (code, exit), "{status} {body}: {error}");
    }
}

#[test]
fn pages_redirects_and_silence_are_no_answers() {
    let page = |status| Service::text(status, "text/html", "<html>hello</html>");
    let cases = [
        (page(404), "account.no_api"),
        (page(200), "service.web_page"),
        (page(403), "service.web_page"),
        (Service::raw("HTTP/1.1 302 X\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"), "service.redirected"),
        (
            Service::raw("HTTP/1.1 429 X\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"),
            "account.rate_limited",
        ),
    ];
    for (answer, code) in cases {
        let oauth = Oauth::start();
        let world = signed_in(&oauth);
        api(&oauth, move |_, _| answer.clone());
        assert_eq!(tokens_of(&world, &oauth).unwrap_err().code(), code);
    }
    let oauth = Oauth::start();
    let world = signed_in(&oauth);
    let url = oauth.url();
    drop(oauth);
    let client = world.demo(&url);
    let error = client.account(&Cancel::never()).unwrap().tokens(&Cancel::never()).unwrap_err();
    assert!(matches!(error.code(), "service.unreachable" | "service.broken"), "{error}");
}

#[test]
fn how_long_to_wait_and_where_to_pay_are_said() {
    let limited = AccountError::RateLimited {
        server: "https://x.example".to_owned(),
        after: Some(Duration::from_secs(42)),
    };
    assert_eq!(limited.hint().as_deref(), Some("Try again in 42 seconds."));
    let plan = |url: &str| {
        let oauth = Oauth::start();
        let world = signed_in(&oauth);
        let body = json!({ "error": "plan_required", "error_description": "No.", "plan": "team", "billing_url": url });
        api(&oauth, move |_, _| Service::json(403, &body));
        tokens_of(&world, &oauth).unwrap_err().hint()
    };
    assert_eq!(
        plan("https://x.example/pay").as_deref(),
        Some("The plan team does; change yours here: https://x.example/pay")
    );
    assert_eq!(plan("javascript:alert(1)").as_deref(), Some("The plan team does."));
}

#[test]
fn nobody_signed_in_asks_nobody() {
    let oauth = Oauth::start();
    let error = tokens_of(&World::new(), &oauth).unwrap_err();
    assert_eq!((error.code(), oauth.service.seen().len()), ("credential.signed_out", 0));
}

#[test]
fn below_a_path_the_metadata_says_where_the_api_is() {
    let oauth = Oauth::start();
    let url = format!("{}/apps/demo", oauth.url());
    let world = World::new();
    world.write(FILE, &json!({ "server": url, "access_token": "a" }).to_string());
    let issuer = oauth.url();
    oauth.script(move |seen| match seen.path() {
        "/.well-known/oauth-authorization-server/apps/demo" => Some(Service::json(404, &json!({}))),
        "/.well-known/oauth-authorization-server" => Some(Service::json(200, &json!({ "issuer": issuer }))),
        "/api/v1/tokens" => Some(Service::json(200, &json!({ "tokens": [] }))),
        _ => None,
    });
    let client = world.demo(&url);
    let account = client.account(&Cancel::never()).unwrap();
    assert_eq!(account.origin(), oauth.url());
    assert!(account.tokens(&Cancel::never()).unwrap().is_empty());

    oauth.script(|_| Some(Service::json(200, &json!({ "issuer": "http://accounts.example" }))));
    assert_eq!(client.account(&Cancel::never()).unwrap_err().code(), "service.untrusted_address");
}

#[test]
fn a_name_never_becomes_another_path() {
    let oauth = Oauth::start();
    let world = signed_in(&oauth);
    api(&oauth, |_, _| Service::json(200, &json!({ "keys": [] })));
    let client = world.demo(&oauth.url());
    let account = client.account(&Cancel::never()).unwrap();
    account.keys("a/../b?c", &Cancel::never()).unwrap();
    assert_eq!(oauth.service.seen()[0].target, "/api/v1/orgs/a%2F..%2Fb%3Fc/keys");
    for bad in ["", ".", ".."] {
        assert_eq!(account.keys(bad, &Cancel::never()).unwrap_err().code(), "account.no_such");
    }
}

#[test]
fn what_is_sent_for_new_ones_is_what_was_wished() {
    let oauth = Oauth::start();
    let world = signed_in(&oauth);
    api(&oauth, |_, _| {
        Service::json(201, &json!({ "secret": "demo_pat_secret", "token": token("1", "CI", "cret") }))
    });
    let client = world.demo(&oauth.url());
    let account = client.account(&Cancel::never()).unwrap();
    let never = Cancel::never();
    let plain = NewToken { name: "CI".to_owned(), ..NewToken::default() };
    let made = account.create_token(&plain, &never).unwrap();
    assert_eq!(made.secret.expose(), "demo_pat_secret");
    assert!(!format!("{made:?}").contains("demo_pat_secret"));
    let full = NewToken {
        scopes: vec!["notes:write".to_owned()],
        expires: Some(Expires::After(Duration::from_hours(24))),
        org: Some("acme".to_owned()),
        ..plain
    };
    account.create_token(&full, &never).unwrap();
    account.rotate_token("1", Duration::from_hours(1), Some(Expires::Never), &never).unwrap();
    let key = NewKey {
        name: "backend".to_owned(),
        kind: Some("live".to_owned()),
        rate_limit: Some(600),
        allow: vec!["10.0.0.0/8".to_owned()],
        ..NewKey::default()
    };
    account.create_key("acme", &key, &never).unwrap();
    account.rotate_key("acme", "1", Duration::ZERO, None, &never).unwrap();
    let sent: Vec<_> =
        oauth.service.seen().iter().map(|seen| format!("{} {}", seen.target, seen.body)).collect();
    assert_eq!(
        sent,
        [
            r#"/api/v1/tokens {"name":"CI"}"#,
            r#"/api/v1/tokens {"name":"CI","scopes":["notes:write"],"expires_in":86400,"org":"acme"}"#,
            r#"/api/v1/tokens/1/rotate {"overlap":3600,"expires_in":null}"#,
            r#"/api/v1/orgs/acme/keys {"name":"backend","kind":"live","rate_limit":600,"allow":["10.0.0.0/8"]}"#,
            r#"/api/v1/orgs/acme/keys/1/rotate {"overlap":0}"#,
        ]
    );
}

/// Signs in for one change and gives back what came of it, with the requests that were made.
fn managed(approved_by: &str, works: bool) -> (Result<Org, Error>, Vec<Seen>, String, String) {
    let oauth = Oauth::start();
    let world = signed_in(&oauth);
    let (stored, approver) = (world.read(FILE), approved_by.to_owned());
    api(&oauth, move |_, path| match (path, works) {
        ("/me", _) => Service::json(200, &me(&approver, &[MANAGE])),
        (_, true) => Service::json(201, &json!({ "id": "o2", "slug": "acme", "name": "Acme" })),
        _ => Service::json(409, &json!({ "error": "conflict", "error_description": "It is taken." })),
    });
    let client = world.demo(&oauth.url());
    let account = client.account(&Cancel::never()).unwrap();
    let ada: Me = serde_json::from_value(me("u1", &[])).unwrap();
    let result = account.managing(&ada, &by_code(), &mut Silent, &Cancel::new(), |account| {
        account.create_org("Acme", None, &Cancel::never())
    });
    let result = result.map(|(org, ended)| {
        assert_eq!(ended, Revocation::Done);
        org
    });
    (result, oauth.service.seen(), stored, world.read(FILE))
}

#[test]
fn a_sign_in_for_one_change_is_used_once_ended_and_kept_nowhere() {
    for (approved_by, works, code) in [
        ("u1", true, None),
        ("u1", false, Some("account.conflict")),
        ("u2", true, Some("account.other_account")),
    ] {
        let (result, seen, before, after) = managed(approved_by, works);
        assert_eq!(result.as_ref().err().map(Error::code), code);
        assert_eq!(before, after, "the stored credential stays as it is");
        let find = |path: &str| seen.iter().find(|seen| seen.path() == path);
        let begun = find("/oauth/device_authorization").unwrap();
        assert_eq!(begun.field("scope").as_deref(), Some(MANAGE));
        let used = find("/api/v1/me").unwrap().header("authorization").unwrap().to_owned();
        assert!(!before.contains(used.strip_prefix("Bearer ").unwrap()));
        assert_eq!(find("/api/v1/orgs").is_some(), approved_by == "u1");
        let last = seen.last().unwrap();
        assert_eq!((last.path(), last.field("token").is_some()), ("/oauth/revoke", true));
    }
}

#[test]
fn a_person_who_stops_changes_nothing() {
    let oauth = Oauth::start();
    let world = signed_in(&oauth);
    api(&oauth, |_, _| panic!("nothing is called"));
    let client = world.demo(&oauth.url());
    let account = client.account(&Cancel::never()).unwrap();
    let ada: Me = serde_json::from_value(me("u1", &[])).unwrap();
    let cancel = Cancel::new();
    cancel.cancel();
    let result = account.managing(&ada, &by_code(), &mut Silent, &cancel, |_| Ok(()));
    assert_eq!(result.unwrap_err().code(), "cancelled");
}

#[test]
fn a_product_without_a_browser_sign_in_names_the_page() {
    let source = include_str!("../../../../apps/demo.toml")
        .replace(r#"ways = ["loopback", "device"]"#, r#"ways = ["paste"]"#)
        .replace("[credentials]\n", "[sign_in.paste]\npage = \"{server}/tokens\"\n\n[credentials]\n");
    let oauth = Oauth::start();
    let world = signed_in(&oauth);
    let client = world.client_of(&source, &oauth.url());
    let account = client.account(&Cancel::never()).unwrap();
    let ada: Me = serde_json::from_value(me("u1", &[])).unwrap();
    let error = account
        .managing(&ada, &LoginOptions::default(), &mut Silent, &Cancel::new(), |_| Ok(()))
        .unwrap_err();
    assert_eq!(
        (error.code(), error.hint()),
        ("account.no_step_up", Some(format!("Do it in a browser: {}", oauth.url())))
    );
}

/// The demo, with what its credentials file says about the organization.
fn with_organization() -> String {
    let fields = "[credentials.json.org]\nid = \"{org.id?}\"\nslug = \"{org.slug?}\"\n";
    format!("{}\n{fields}", include_str!("../../../../apps/demo.toml"))
}

#[test]
fn switching_keeps_what_is_stored_right() {
    let oauth = Oauth::start();
    let world = World::new();
    let file = json!({
        "server": oauth.url(), "access_token": "a", "user": { "name": "Ada" }, "org": { "id": "o1", "slug": "ada" },
        "theirs": true,
    });
    world.write(FILE, &file.to_string());
    api(&oauth, |_, _| {
        Service::json(200, &json!({ "id": "o2", "slug": "acme", "name": "Acme", "active": true }))
    });
    let client = world.client_of(&with_organization(), &oauth.url());
    let org = client.account(&Cancel::never()).unwrap().switch_org("acme", &Cancel::never()).unwrap();
    assert_eq!(org.name, "Acme");
    let seen = &oauth.service.seen()[0];
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/api/v1/orgs/acme/switch"));
    let kept: Value = serde_json::from_str(&world.read(FILE)).unwrap();
    assert_eq!(kept["org"], json!({ "id": "o2", "slug": "acme" }));
    assert_eq!((&kept["access_token"], &kept["theirs"]), (&json!("a"), &json!(true)));

    // A template that doesn't name it is left as it is.
    let before = world.read(FILE);
    world.demo(&oauth.url()).account(&Cancel::never()).unwrap().switch_org("acme", &Cancel::never()).unwrap();
    let unchanged: Value = serde_json::from_str(&world.read(FILE)).unwrap();
    assert_eq!(unchanged, serde_json::from_str::<Value>(&before).unwrap());
}

fn login_for_acme(client: &Client, wish: Wish) -> Result<crate::SignedIn, Error> {
    let options = LoginOptions { wish, organization: Some("acme".to_owned()), ..LoginOptions::default() };
    client.login(&options, &mut Silent, &Cancel::new())
}

#[test]
fn a_sign_in_names_the_organization_that_was_asked_for() {
    let (world, oauth) = (World::new(), Oauth::start());
    login_for_acme(&world.demo(&oauth.url()), Wish::Device).unwrap();
    let begun =
        oauth.service.seen().into_iter().find(|seen| seen.path() == "/oauth/device_authorization").unwrap();
    assert_eq!(begun.field("org").as_deref(), Some("acme"));

    let approve = oauth.approver();
    world.person(move |link| {
        let home = approve(&link);
        let request = doorkey_manifest::Request {
            method: "GET".to_owned(),
            url: home,
            headers: Vec::new(),
            body: doorkey_manifest::Body::None,
        };
        crate::Http::send(&crate::UreqHttp::new(), &request, &crate::HttpLimits::default()).unwrap();
    });
    login_for_acme(&world.demo(&oauth.url()), Wish::Browser).unwrap();
    assert_eq!(world.opened()[0].matches("&org=acme").count(), 1, "{:?}", world.opened());
}

#[test]
fn a_wire_that_cannot_name_the_organization_says_so_before_anything_happens() {
    let wire = |org: &str| {
        format!(
            "{}\n[wire.start]\nrequest = \"POST /start\"\nbody = {{ client_id = \"{{client_id}}\"{org} }}\n\
             [[wire.start.outcome]]\nmeans = \"started\"\nmatch = {{ status = 200 }}\n\
             body = {{ device_code = \"{{device_code}}\", user_code = \"{{user_code}}\", \
             verification_uri = \"{{verification_uri}}\" }}\n",
            include_str!("../../../../apps/demo.toml")
        )
    };
    let (world, oauth) = (World::new(), Oauth::start());
    let error = login_for_acme(&world.client_of(&wire(""), &oauth.url()), Wish::Device).unwrap_err();
    assert_eq!((error.code(), error.exit()), ("manifest.not_offered", Exit::Usage));
    assert!(oauth.service.seen().is_empty());

    let started = json!({ "device_code": "d", "user_code": "BCDF-GHJK", "verification_uri": oauth.service.at("/device") });
    oauth.script(move |seen| (seen.path() == "/start").then(|| Service::json(200, &started)));
    let named = wire(", organization = \"{org.wanted?}\"");
    login_for_acme(&world.client_of(&named, &oauth.url()), Wish::Device).unwrap();
    assert!(oauth.service.seen()[0].body.contains(r#""organization":"acme""#));
}

#[test]
fn the_scope_for_managing_is_known_to_every_product() {
    let (world, oauth) = (World::new(), Oauth::start());
    let options = LoginOptions { scopes: Some(vec![MANAGE.to_owned()]), ..by_code() };
    world.demo(&oauth.url()).login(&options, &mut Silent, &Cancel::new()).unwrap();
}

#[test]
fn a_person_names_a_token_in_several_ways_and_never_two_at_once() {
    let list = |items: &[(&str, &str, &str)]| -> Vec<Token> {
        items.iter().map(|(id, name, end)| serde_json::from_value(token(id, name, end)).unwrap()).collect()
    };
    let tokens = list(&[
        ("3f2a91c0-1", "CI", "x9Qz"),
        ("3f2a77aa-2", "deploy", "AAAA"),
        ("90ab0000-3", "deploy", "BBBB"),
        ("x9Qz0000-4", "other", "CCCC"),
    ]);
    let id =
        |wanted: &str| pick(&tokens, wanted).map(|token| token.id.as_str()).map_err(|error| error.code());
    assert_eq!(id("3F2A91C0-1"), Ok("3f2a91c0-1"));
    assert_eq!(id("3f2a9"), Ok("3f2a91c0-1"));
    assert_eq!(id("CI"), Ok("3f2a91c0-1"));
    assert_eq!(id("BBBB"), Ok("90ab0000-3"));
    assert_eq!(id("…BBBB"), Ok("90ab0000-3"));
    // A name that two have, a beginning that two have, and an end that is another one's beginning.
    for wanted in ["deploy", "3f2a", "x9Qz"] {
        assert_eq!(id(wanted), Err("account.ambiguous"), "{wanted}");
    }
    for wanted in ["", "…", "nothing", "bbbb"] {
        assert_eq!(id(wanted), Err("account.no_such"), "{wanted}");
    }
    let mut over = tokens.clone();
    over[1].status = Status::Revoked;
    assert_eq!(pick(&over, "deploy").unwrap().id, "90ab0000-3");
    over[2].status = Status::Revoked;
    assert_eq!(pick(&over, "deploy").unwrap_err().code(), "account.already_revoked");
}

#[test]
fn a_link_of_another_service_is_not_sent_to_this_one() {
    let oauth = Oauth::start();
    let world = signed_in(&oauth);
    let client = world.demo(&oauth.url());
    let account = client.account(&Cancel::never()).unwrap();
    let token = |link: &str| {
        let found = account.invitation_token(&Secret::new(link));
        found.map(|token| token.expose().to_owned()).map_err(|error| error.code())
    };
    assert_eq!(token(&format!("{}/join/s8Hk-1/ ", oauth.url())).as_deref(), Ok("s8Hk-1"));
    assert_eq!(token("s8Hk-1").as_deref(), Ok("s8Hk-1"));
    assert_eq!(token("https://other.example/join/s8Hk"), Err("account.foreign_link"));
    for bad in ["", "two words", &oauth.url(), "a/b"] {
        assert_eq!(token(bad), Err("account.bad_link"), "{bad}");
    }
}

fn event(number: u32) -> Value {
    json!({
        "id": format!("e{number}"), "at": "2026-01-01T00:00:00Z", "action": "token.created", "outcome": "done",
        "actor": { "id": "u1", "name": "Ada" }, "app": null, "org": null, "subject": "CI", "address": null,
        "agent": null, "detail": null,
    })
}

/// A service where so many events have happened, the latest first, ten in a page.
fn events(oauth: &Oauth) -> Arc<Mutex<u32>> {
    let happened = Arc::new(Mutex::new(0));
    let count = happened.clone();
    api(oauth, move |seen, _| {
        let url = url::Url::parse(&format!("http://x{}", seen.target)).unwrap();
        let number = |name: &str| url.query_pairs().find(|(key, _)| key == name)?.1.parse::<u32>().ok();
        let from = number("before").unwrap_or(*count.lock().unwrap() + 1);
        let last = from.saturating_sub(number("limit").unwrap().min(10)).max(1);
        let events: Vec<Value> = (last..from).rev().map(event).collect();
        let next = (last > 1).then(|| last.to_string());
        Service::json(200, &json!({ "events": events, "next": next }))
    });
    happened
}

#[test]
fn events_come_page_by_page_and_no_more_than_were_asked_for() {
    let oauth = Oauth::start();
    let world = signed_in(&oauth);
    *events(&oauth).lock().unwrap() = 25;
    let client = world.demo(&oauth.url());
    let account = client.account(&Cancel::never()).unwrap();
    let query = EventQuery { org: Some("acme".to_owned()), search: Some("to ken".to_owned()) };
    let found = account.events(&query, 12, &Cancel::never()).unwrap();
    assert_eq!((found.len(), found[0].id.as_str(), found[11].id.as_str()), (12, "e25", "e14"));
    assert_eq!(label(&found[0].actor).as_deref(), Some("Ada"));
    let targets: Vec<_> = oauth.service.seen().into_iter().map(|seen| seen.target).collect();
    assert_eq!(
        targets,
        [
            "/api/v1/orgs/acme/events?limit=12&search=to+ken",
            "/api/v1/orgs/acme/events?limit=2&before=16&search=to+ken",
        ]
    );
    assert_eq!(account.events(&query, 100, &Cancel::never()).unwrap().len(), 25);
}

#[test]
fn a_watch_gives_everything_once_in_order() {
    let oauth = Oauth::start();
    let world = signed_in(&oauth);
    let happened = events(&oauth);
    let client = world.demo(&oauth.url());
    let account = client.account(&Cancel::never()).unwrap();
    let (query, mut watch) = (EventQuery::default(), Watch::default());
    let mut look = || {
        let found = account.watch(&query, &mut watch, 2, &Cancel::never()).unwrap();
        found.into_iter().map(|event| event.id).collect::<Vec<_>>()
    };
    *happened.lock().unwrap() = 5;
    assert_eq!(look(), ["e4", "e5"]);
    assert!(look().is_empty());
    *happened.lock().unwrap() = 30;
    let fresh = look();
    assert_eq!((fresh.len(), fresh[0].as_str(), fresh[24].as_str()), (25, "e6", "e30"));
    assert!(look().is_empty());
}

#[test]
fn an_export_is_passed_on_as_it_is() {
    let oauth = Oauth::start();
    let world = signed_in(&oauth);
    api(&oauth, |seen, _| {
        if seen.target.contains("csv") {
            Service::text(200, "text/csv", "at,action\n2026,x\n")
        } else {
            Service::text(200, "application/jsonl", "{\"id\":1}\n{\"id\":2}\n")
        }
    });
    let client = world.demo(&oauth.url());
    let account = client.account(&Cancel::never()).unwrap();
    let export = |form| account.export_events(&EventQuery::default(), form, &Cancel::never()).unwrap();
    assert_eq!(export(Export::Csv), "at,action\n2026,x\n");
    assert_eq!(export(Export::JsonLines), "{\"id\":1}\n{\"id\":2}\n");
    assert_eq!(oauth.service.seen()[1].target, "/api/v1/events/export?format=jsonl");
}
