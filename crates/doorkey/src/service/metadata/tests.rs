#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use serde_json::json;

use super::*;
use crate::testing::{Oauth, Seen, Service, World};

const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";

#[test]
fn the_well_known_path_goes_between_host_and_path_or_behind_it() {
    let oauth = |issuer: &str| metadata_url(issuer).unwrap();
    assert_eq!(oauth("https://example.com"), "https://example.com/.well-known/oauth-authorization-server");
    assert_eq!(
        oauth("http://127.0.0.1:7700/apps/x/"),
        "http://127.0.0.1:7700/.well-known/oauth-authorization-server/apps/x"
    );
    let openid = |issuer: &str| openid_url(issuer).unwrap();
    assert_eq!(openid("https://example.com/"), "https://example.com/.well-known/openid-configuration");
    assert_eq!(openid("https://example.com/o"), "https://example.com/o/.well-known/openid-configuration");
}

/// A demo whose manifest says more about its OAuth.
fn demo_with(more: &str) -> String {
    format!("{}\n{more}", doorkey_manifest::builtin::source("demo").unwrap())
}

fn endpoint(world: &World, manifest: &str, url: &str, name: &str) -> Result<String, Error> {
    let client = world.client_of(manifest, url);
    let server = client.server_without_file()?;
    let known = client.look_up_endpoints(&server, &Cancel::never())?;
    Ok(known.text(name).unwrap_or_default().to_owned())
}

fn metadata(issuer: &str) -> String {
    let token = format!("{issuer}/t");
    Service::json(200, &json!({"issuer": issuer, "token_endpoint": token, "authorization_endpoint": token}))
}

#[test]
fn a_service_with_openid_connects_metadata_alone_is_asked_for_that() {
    let absent = [
        Service::json(404, &json!({"error": "not_found"})),
        Service::text(404, "text/html", "<h1>Not Found</h1>"),
        Service::text(200, "text/html", "<!doctype html><div id=app></div>"),
        Service::json(401, &json!({"message": "no token"})),
        Service::json(200, &json!({})),
    ];
    for nothing in absent {
        let (world, oauth) = (World::new(), Oauth::start());
        let url = oauth.url();
        oauth.script(move |seen| match seen.path() {
            OAUTH => Some(nothing.clone()),
            OPENID => Some(metadata(&url)),
            _ => None,
        });
        let found = endpoint(&world, &demo_with(""), &oauth.url(), "token_endpoint").unwrap();
        assert_eq!(found, format!("{}/t", oauth.url()));
    }
}

#[test]
fn an_issuer_with_a_path_has_its_openid_document_below_that_path() {
    let (world, oauth) = (World::new(), Oauth::start());
    let url = format!("{}/o", oauth.url());
    let issuer = url.clone();
    oauth.script(move |seen| {
        (seen.path() == "/o/.well-known/openid-configuration").then(|| metadata(&issuer))
    });
    assert_eq!(endpoint(&world, &demo_with(""), &url, "token_endpoint").unwrap(), format!("{url}/t"));
    let asked: Vec<String> = oauth.service.seen().iter().map(|seen| seen.target.clone()).collect();
    assert_eq!(asked, [format!("{OAUTH}/o"), format!("/o{OPENID}")]);
}

#[test]
fn a_service_that_can_not_answer_is_not_asked_for_the_other_document() {
    let (world, oauth) = (World::new(), Oauth::start());
    oauth.script(|_| Some(Service::json(503, &json!({}))));
    let error = endpoint(&world, &demo_with(""), &oauth.url(), "token_endpoint").unwrap_err();
    assert_eq!(error.code(), "service.try_later");
    // Asked again, since it may have been busy for a moment only, and for nothing else.
    let asked: Vec<String> = oauth.service.seen().iter().map(|seen| seen.target.clone()).collect();
    assert_eq!(asked, [OAUTH; 3]);
}

#[test]
fn openid_connects_metadata_has_to_be_the_services_own_too() {
    let (world, oauth) = (World::new(), Oauth::start());
    oauth.script(|seen: &Seen| match seen.path() {
        OAUTH => Some(Service::json(404, &json!({}))),
        _ => Some(metadata("https://evil.example")),
    });
    let error = endpoint(&world, &demo_with(""), &oauth.url(), "token_endpoint").unwrap_err();
    assert_eq!(error.code(), "service.wrong_issuer");
}

#[test]
fn an_issuer_that_ends_in_a_slash_is_named_as_it_is_written() {
    let (world, oauth) = (World::new(), Oauth::start());
    let issuer = format!("{}/", oauth.url());
    let own = issuer.clone();
    oauth.script(move |seen: &Seen| (seen.path() == OAUTH).then(|| metadata(&own)));
    let error = endpoint(&world, &demo_with(""), &oauth.url(), "issuer").unwrap_err();
    assert_eq!(error.code(), "service.wrong_issuer");
    assert!(error.hint().unwrap().contains(&format!("`oauth.issuer = \"{issuer}\"`")), "{:?}", error.hint());
    let said = demo_with("[oauth]\nissuer = \"{server}/\"\n");
    assert_eq!(endpoint(&world, &said, &oauth.url(), "issuer").unwrap(), issuer);
}

#[test]
fn what_the_manifest_names_goes_before_the_metadata_and_adds_to_it() {
    let (world, oauth) = (World::new(), Oauth::start());
    let manifest = demo_with("[oauth.endpoints]\ndevice_authorization = \"{server}/own/device\"\n");
    let found = |name: &str| endpoint(&world, &manifest, &oauth.url(), name).unwrap();
    assert_eq!(found("device_authorization_endpoint"), format!("{}/own/device", oauth.url()));
    assert_eq!(found("token_endpoint"), format!("{}/oauth/token", oauth.url()));
}

#[test]
fn a_service_without_any_metadata_is_spoken_to_where_the_manifest_names_its_endpoints() {
    let (world, oauth) = (World::new(), Oauth::start());
    oauth.script(|seen: &Seen| {
        seen.path().starts_with("/.well-known").then(|| Service::json(404, &json!({})))
    });
    let manifest = demo_with(
        "[oauth.endpoints]\ntoken = \"{server}/oauth/token\"\n\
         device_authorization = \"{server}/oauth/device_authorization\"\n",
    );
    let client = world.client_of(&manifest, &oauth.url());
    let device = crate::LoginOptions { wish: crate::Wish::Device, ..crate::LoginOptions::default() };
    let signed_in = client.login(&device, &mut crate::Silent, &Cancel::new()).unwrap();
    assert_eq!(signed_in.identity.name(), None, "nothing says who it is");
    let error = endpoint(&world, &demo_with(""), &oauth.url(), "token_endpoint").unwrap_err();
    assert_eq!(error.code(), "service.unexpected", "without them there has to be metadata");
}
