#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use serde_json::json;

use super::*;
use crate::testing::{Oauth, Seen, Service, World};

const FILE: &str = ".demo/credentials.json";
const A_MINUTE_AGO: &str = "2026-01-01T11:59:00Z";

fn store(world: &World, url: &str, token: &str, refresh: Option<&str>, end: Option<&str>) {
    let file = json!({
        "server": url, "access_token": token, "refresh_token": refresh, "expires_at": end, "user": {"name": "Ada as stored"},
    });
    let mut file = file;
    file.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    world.write(FILE, &file.to_string());
}

fn ask(world: &World, url: &str) -> WhoAmI {
    world.demo(url).who_am_i(&Cancel::never()).unwrap()
}

fn is_userinfo(seen: &Seen) -> bool {
    seen.path() == "/oauth/userinfo"
}

#[test]
fn nobody_is_signed_out() {
    let who = ask(&World::new(), "http://127.0.0.1:1");
    assert_eq!(
        (who.truth, who.source, who.server.url.as_str()),
        (Truth::SignedOut, None, "http://127.0.0.1:1")
    );
}

#[test]
fn a_good_credential_is_valid_and_the_service_says_whose_it_is() {
    let (world, oauth) = (World::new(), Oauth::start());
    store(&world, &oauth.url(), oauth.good_token().expose(), None, None);
    let who = ask(&world, &oauth.url());
    assert_eq!(
        (who.truth, who.identity.name(), who.identity.email()),
        (Truth::Valid, Some("Ada"), Some("ada@example.com"))
    );
}

#[test]
fn a_refused_credential_is_rejected_or_has_expired_if_it_said_so() {
    let (world, oauth) = (World::new(), Oauth::start());
    store(&world, &oauth.url(), "never-good", None, None);
    assert_eq!(ask(&world, &oauth.url()).truth, Truth::Rejected);
    store(&world, &oauth.url(), "never-good", None, Some(A_MINUTE_AGO));
    assert_eq!(ask(&world, &oauth.url()).truth, Truth::Expired);
    let jwt = format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(br#"{"exp":1700000000}"#));
    store(&world, &oauth.url(), &jwt, None, None);
    assert_eq!(ask(&world, &oauth.url()).truth, Truth::Expired);
    assert!(world.read(FILE).contains("Ada as stored"), "nothing is cleared by asking");
}

#[test]
fn forbidden_and_plan_are_neither_signed_out_nor_invalid() {
    let (world, oauth) = (World::new(), Oauth::start());
    store(&world, &oauth.url(), oauth.good_token().expose(), None, None);
    oauth.script(|seen| {
        is_userinfo(seen).then(|| {
            Service::json(403, &json!({"error": "forbidden", "error_description": "Ask your admin"}))
        })
    });
    let truth = ask(&world, &oauth.url()).truth;
    assert_eq!(truth, Truth::Forbidden { message: Some("Ask your admin".to_owned()) });
    assert_eq!(truth.exit().code(), 5);

    let manifest = format!(
        "{}\n{}",
        doorkey_manifest::builtin::source("demo").unwrap(),
        "[wire.whoami]\nrequest = \"GET /me\"\nauth = \"bearer\"\n[[wire.whoami.outcome]]\nmeans = \"needs_plan\"\n\
         match = { status = 402 }\nbody = { error = \"{message}\" }\n[[wire.whoami.outcome]]\nmeans = \"ok\"\n\
         body = { name = \"{user.name}\" }\n"
    );
    oauth.script(|_| Some(Service::json(402, &json!({"error": "Only with the pro plan"}))));
    let truth = world.client_of(&manifest, &oauth.url()).who_am_i(&Cancel::never()).unwrap().truth;
    assert_eq!(truth, Truth::NeedsPlan { message: Some("Only with the pro plan".to_owned()) });
}

#[test]
fn offline_busy_and_nonsense_cannot_be_checked_and_the_stored_name_is_shown() {
    let (world, oauth) = (World::new(), Oauth::start());
    for (status, kind, body) in [
        (503, "application/json", "{}"),
        (429, "text/plain", "slow down"),
        (502, "text/html", "<html>bad gateway</html>"),
        (200, "text/html", "<html>welcome</html>"),
        (302, "text/plain", ""),
        (418, "application/json", "{}"),
    ] {
        oauth.script(move |seen| is_userinfo(seen).then(|| Service::text(status, kind, body)));
        store(&world, &oauth.url(), "any", None, None);
        let who = ask(&world, &oauth.url());
        assert!(matches!(who.truth, Truth::CannotCheck { .. }), "{status}: {:?}", who.truth);
        assert_eq!((who.truth.exit().code(), who.identity.name()), (3, Some("Ada as stored")));
    }
    store(&world, "http://127.0.0.1:1", "any", None, None);
    let who = ask(&world, "http://127.0.0.1:1");
    let Truth::CannotCheck { why } = who.truth else { panic!("nobody is there to ask") };
    assert!(why.to_string().contains("can't be reached"), "{why}");
}

#[test]
fn a_refused_credential_is_renewed_once_before_the_refusal_is_believed() {
    let (world, oauth) = (World::new(), Oauth::start());
    store(&world, &oauth.url(), "revoked-access", Some("refresh"), Some("2026-01-01T13:00:00Z"));
    assert_eq!(ask(&world, &oauth.url()).truth, Truth::Valid);
    assert_eq!(oauth.service.count("/oauth/userinfo"), 2);

    oauth.script(|seen| {
        (seen.method == "POST").then(|| Service::json(400, &json!({"error": "invalid_grant"})))
    });
    oauth.revoke_all();
    assert_eq!(ask(&world, &oauth.url()).truth, Truth::Rejected);
}

#[test]
fn a_refusal_keeps_its_status_where_the_credential_cannot_be_renewed() {
    let (world, oauth) = (World::new(), Oauth::start());
    store(&world, &oauth.url(), "revoked-access", Some("refresh"), Some("2026-01-01T13:00:00Z"));
    oauth.script(|seen| (seen.method == "POST").then(|| Service::json(503, &json!({}))));
    let who = ask(&world, &oauth.url());
    assert!(matches!(who.truth, Truth::CannotCheck { .. }), "{:?}", who.truth);
    assert_eq!(who.status, Some(401));
}

#[test]
fn status_says_where_it_all_comes_from() {
    let (world, oauth) = (World::new(), Oauth::start());
    store(&world, &oauth.url(), "stored", Some("r"), Some("2026-01-01T12:30:00Z"));
    let token = oauth.good_token();
    let status = world.demo(&oauth.url()).status(&Cancel::never()).unwrap();
    assert_eq!(status.path, world.home().join(FILE));
    world.set("DEMO_TOKEN", token.expose());
    let status = world.demo(&oauth.url()).status(&Cancel::never()).unwrap();
    assert_eq!(status.who.source, Some(Source::Environment { variable: "DEMO_TOKEN".to_owned() }));
    assert_eq!((status.overridden_by.as_deref(), status.who.truth), (Some("DEMO_TOKEN"), Truth::Valid));
}

#[test]
fn only_a_jwt_says_when_it_ends() {
    let payload = URL_SAFE_NO_PAD.encode(br#"{"exp":1700000000}"#);
    assert_eq!(end_of_jwt(&format!("x.{payload}.y")), Some(1_700_000_000_000));
    for token in ["demo_at_abc", "a.b.c", "a.b", &format!("x.{payload}.y.z"), ""] {
        assert_eq!(end_of_jwt(token), None, "{token}");
    }
}

#[test]
fn what_a_busy_service_wishes_is_told_with_it() {
    let (world, oauth) = (World::new(), Oauth::start());
    oauth.script(|seen| {
        let answer = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n";
        is_userinfo(seen).then(|| Service::raw(answer))
    });
    store(&world, &oauth.url(), oauth.good_token().expose(), None, None);
    let Truth::CannotCheck { why } = ask(&world, &oauth.url()).truth else { panic!("it is busy") };
    assert!(why.to_string().ends_with("(status 429). Try again in 120 seconds."), "{why}");
}
