#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use serde_json::json;

use super::*;
use crate::progress::Silent;
use crate::testing::{Oauth, Service, World};

const FILE: &str = ".demo/credentials.json";

fn save(client: &Client, token: &str) -> Result<SignedIn, Error> {
    client.save_token(Secret::new(token), &mut Silent, &Cancel::never())
}

#[test]
fn a_pasted_token_is_asked_about_and_kept_with_whose_it_is() {
    let (world, oauth) = (World::new(), Oauth::start());
    let token = oauth.good_token();
    let signed_in = save(&world.demo(&oauth.url()), &format!("  {}\n", token.expose())).unwrap();
    assert_eq!(
        (signed_in.checked, signed_in.way, signed_in.identity.name()),
        (Checked::Yes, None, Some("Ada"))
    );
    let file = world.read(FILE);
    assert!(file.contains(token.expose()) && file.contains("ada@example.com"), "{file}");
}

#[test]
fn what_cannot_be_a_token_never_reaches_the_service() {
    let (world, oauth) = (World::new(), Oauth::start());
    let good = oauth.good_token();
    let client = world.demo(&oauth.url());
    let cut = &good.expose()[..good.expose().len() - 1];
    let swapped = good.expose().replacen("demo_at_", "demo_rt_", 1);
    for bad in ["", "hunter2", cut, &format!("{cut}!"), &swapped, &format!("{} {}", good.expose(), "x")] {
        let error = save(&client, bad).unwrap_err();
        assert_eq!((error.code(), error.exit().code()), ("token.malformed", 2), "{bad}");
        assert!(bad.is_empty() || !format!("{error} {error:?}").contains(bad));
    }
    assert!(oauth.service.seen().is_empty() && !world.home().join(FILE).exists());
}

#[test]
fn a_token_that_the_service_refuses_is_not_kept() {
    let (world, oauth) = (World::new(), Oauth::start());
    let token = oauth.good_token();
    oauth.revoke_all();
    assert_eq!(save(&world.demo(&oauth.url()), token.expose()).unwrap_err().code(), "token.refused");
    assert!(!world.home().join(FILE).exists());
}

#[test]
fn with_no_service_in_reach_a_token_is_kept_and_called_unchecked() {
    let world = World::new();
    let token = Oauth::start().good_token();
    let signed_in = save(&world.demo("http://127.0.0.1:1"), token.expose()).unwrap();
    let Checked::No { why } = signed_in.checked else { panic!("it can't have been checked") };
    assert!(why.contains("can't be reached"), "{why}");
    assert!(world.read(FILE).contains(token.expose()));
}

#[test]
fn the_credential_is_on_disk_before_anything_else_is_asked() {
    let (world, oauth) = (World::new(), Oauth::start());
    let (other, seen) = (world.clone(), std::sync::Arc::new(std::sync::Mutex::new(String::new())));
    let kept = seen.clone();
    oauth.script(move |request| {
        if request.path() == "/oauth/userinfo" {
            *kept.lock().unwrap() = other.read(FILE);
            return Some(Service::json(500, &json!({})));
        }
        None
    });
    let options = LoginOptions { wish: choose::Wish::Device, ..LoginOptions::default() };
    let signed_in = world.demo(&oauth.url()).login(&options, &mut Silent, &Cancel::never()).unwrap();
    assert!(seen.lock().unwrap().contains("demo_rt_"));
    assert!(matches!(signed_in.checked, Checked::No { .. }));
}

#[test]
fn a_variable_that_wins_over_the_new_credential_is_named() {
    let (world, oauth) = (World::new(), Oauth::start());
    world.set("DEMO_TOKEN", "something");
    let token = oauth.good_token();
    let signed_in = save(&world.demo(&oauth.url()), token.expose()).unwrap();
    assert_eq!(signed_in.overridden_by.as_deref(), Some("DEMO_TOKEN"));
}

#[test]
fn where_nothing_can_be_kept_nobody_is_bothered() {
    let (world, oauth) = (World::new(), Oauth::start());
    world.person(|_| panic!("no page is opened"));
    std::fs::write(world.home().join(".demo"), "a file where the folder should be").unwrap();
    let error =
        world.demo(&oauth.url()).login(&LoginOptions::default(), &mut Silent, &Cancel::never()).unwrap_err();
    assert_eq!(error.code(), "store.unwritable");
    assert!(oauth.service.seen().is_empty());
}

#[test]
fn a_scope_that_the_manifest_does_not_know_is_refused_here() {
    let (world, oauth) = (World::new(), Oauth::start());
    let options = LoginOptions { scopes: Some(vec!["everything".to_owned()]), ..LoginOptions::default() };
    let error = world.demo(&oauth.url()).login(&options, &mut Silent, &Cancel::never()).unwrap_err();
    assert_eq!(error.to_string(), "Doorkey demo doesn't offer the scope `everything`.");
}

#[test]
fn what_could_not_be_sent_is_not_saved_either_where_the_manifest_says_nothing_of_tokens() {
    let (world, oauth) = (World::new(), Oauth::start());
    let source = include_str!("../../../../apps/examples/oidc-provider.toml");
    for token in ["a b", "a\nb", "bäd", "a\u{7f}b"] {
        let error = save(&world.client_of(source, &oauth.url()), token).unwrap_err();
        assert_eq!(error.code(), "token.malformed", "{token:?}");
    }
    assert!(oauth.service.seen().is_empty(), "and nobody is asked about it");
}
