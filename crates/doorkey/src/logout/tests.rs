#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use serde_json::json;

use super::*;
use crate::testing::{Oauth, Service, World};

const FILE: &str = ".demo/credentials.json";

fn signed_in(oauth_url: &str) -> World {
    let world = World::new();
    let file = json!({
        "server": oauth_url, "access_token": "a", "refresh_token": "r", "user": {"name": "Ada"}, "theirs": true,
    });
    world.write(FILE, &file.to_string());
    world
}

fn logout(world: &World, url: &str, revoke: bool) -> LoggedOut {
    let options = LogoutOptions { revoke, ..LogoutOptions::default() };
    world.demo(url).logout(&options, &Cancel::never()).unwrap()
}

#[test]
fn the_credential_goes_and_what_others_wrote_stays() {
    let world = signed_in("http://127.0.0.1:7700");
    let out = logout(&world, "http://127.0.0.1:7700", false);
    assert!(out.removed);
    assert_eq!((out.identity.name(), out.revocation), (Some("Ada"), Revocation::NotAsked));
    assert_eq!(world.read(FILE), "{\n  \"theirs\": true\n}\n");
}

#[test]
fn it_is_ended_at_the_service_where_that_is_asked_for_the_refresh_token_first() {
    let oauth = Oauth::start();
    let world = signed_in(&oauth.url());
    assert_eq!(logout(&world, &oauth.url(), true).revocation, Revocation::Done);
    let seen = oauth.service.seen();
    let ended = seen.iter().filter(|seen| seen.path() == "/oauth/revoke");
    let ended: Vec<_> = ended.filter_map(|seen| seen.field("token")).collect();
    assert_eq!(ended, ["r", "a"]);
}

#[test]
fn a_service_that_cannot_end_it_keeps_nothing_here() {
    let broken = Service::start(|_| Service::json(503, &json!({})));
    for url in [broken.url(), "http://127.0.0.1:1".to_owned()] {
        let world = signed_in(&url);
        let out = logout(&world, &url, true);
        assert!(out.removed && matches!(out.revocation, Revocation::Failed { .. }), "{out:?}");
        assert!(!world.read(FILE).contains("access_token"));
    }
}

#[test]
fn a_token_is_not_sent_to_another_server_to_be_ended_there() {
    let oauth = Oauth::start();
    let world = signed_in("https://one.example");
    let out = logout(&world, &oauth.url(), true);
    assert!(out.removed && matches!(out.revocation, Revocation::Failed { .. }));
    assert!(oauth.service.seen().is_empty());
}

#[test]
fn nobody_signed_in_is_no_error_and_makes_no_folder() {
    let world = World::new();
    let out = logout(&world, "http://127.0.0.1:1", true);
    assert_eq!((out.removed, out.revocation), (false, Revocation::Nothing));
    assert!(!world.home().join(".demo").exists());
}

#[test]
fn a_file_that_others_can_read_is_no_reason_to_stay_signed_in() {
    let world = signed_in("http://127.0.0.1:1");
    world.chmod(FILE, 0o644);
    world.set("DEMO_TOKEN", "still here");
    let out = logout(&world, "http://127.0.0.1:1", false);
    assert!(out.removed);
    assert_eq!(out.overridden_by.as_deref(), Some("DEMO_TOKEN"));
}

/// A product whose file is deleted as a whole.
fn that_deletes(world: &World) -> Client {
    let source = include_str!("../../../../apps/demo.toml");
    let source = source.replacen("[credentials]", "[credentials]\nlogout = \"delete\"", 1);
    world.client_of(&source, "http://127.0.0.1:1")
}

#[test]
fn a_file_that_is_deleted_as_a_whole_goes_whatever_stands_in_it() {
    for text in ["{}", "not JSON", "", r#"{"server": "https://other.example", "access_token": "a"}"#] {
        let world = World::new();
        world.write(FILE, text);
        let client = that_deletes(&world);
        assert!(client.may_log_out(), "{text}");
        assert!(client.logout(&LogoutOptions::default(), &Cancel::never()).unwrap().removed, "{text}");
        assert!(!world.home().join(FILE).exists(), "{text}");
        assert!(!client.may_log_out(), "{text}");
    }
}

#[test]
fn there_is_something_to_ask_about_when_it_would_be_removed() {
    let asked_about = |text: &str| {
        let world = World::new();
        world.write(FILE, text);
        world.demo("http://127.0.0.1:1").may_log_out()
    };
    assert!(asked_about(r#"{"server": "https://other.example", "access_token": "a"}"#));
    assert!(!asked_about(r#"{"theirs": true}"#));
    assert!(asked_about("not JSON"), "it will be said why that can't be done");
    assert!(!World::new().demo("http://127.0.0.1:1").may_log_out());
}
