//! The routes of a product that is nothing but a manifest.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod almyty;
mod arka;
mod arkor;
mod armoriq;
mod links;
mod tank;

use axum::{
    body::Body,
    http::{Request, header},
};
use doorkey_manifest::Manifest;
use serde_json::{Value, json};

use crate::{
    products::Products,
    wire::testkit::{ISSUER, Site, Visitor},
};

async fn start(site: &Site, prefix: &str) -> Value {
    let answer =
        site.json(&format!("{prefix}/api/sign-in/start"), &json!({ "state": "abc", "device": "box" })).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()
}

fn exchange(started: &Value, state: &str) -> Value {
    json!({ "sessionCode": started["sessionCode"], "state": state })
}

async fn decide(person: &mut Visitor<'_>, started: &Value, decision: &str) {
    let url = started["authUrl"].as_str().unwrap();
    let path = url.strip_prefix(ISSUER).unwrap();
    assert_eq!(person.submit(path, &[("decision", decision)]).await.status, 303);
}

const EXCHANGE: &str = "/apps/parcel/api/sign-in/exchange";

#[tokio::test]
async fn a_product_signs_in_by_its_own_words() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let started = start(&site, "/apps/parcel").await;
    let code = started["sessionCode"].as_str().unwrap();
    assert!(!started["authUrl"].as_str().unwrap().contains(code), "what the browser sees isn't what polls");
    decide(&mut ada, &started, "approve").await;
    let wrong = site.json(EXCHANGE, &exchange(&started, "another state")).await;
    assert_ne!(wrong.status, 200, "the session code alone is not enough");
    let answer = site.json(EXCHANGE, &exchange(&started, "abc")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["user"]["email"], "ada@example.com");
    let token = answer.text("token");
    assert!(token.starts_with("parcel_"));
    assert_ne!(site.json(EXCHANGE, &exchange(&started, "abc")).await.status, 200, "nobody gets it twice");

    let bearer = format!("Bearer {token}");
    let who = site.get_with("/apps/parcel/api/whoami", &bearer).await;
    assert_eq!((who.status, who.text("email").as_str()), (200, "ada@example.com"));
    for refused in [
        site.get("/apps/parcel/api/whoami").await,
        site.get_with("/apps/parcel/api/whoami", "Bearer x").await,
    ] {
        assert_eq!((refused.status, refused.text("error").as_str()), (401, "This token is not valid"));
    }
}

#[tokio::test]
async fn a_decision_wakes_a_product_poll_that_is_held() {
    let site = Site::open().await;
    let started = start(&site, "/apps/parcel").await;
    let body = exchange(&started, "abc");
    let mut ada = site.person("ada").await;
    let (held, ()) = tokio::join!(site.json(EXCHANGE, &body), async {
        while site.service.domain.waiting_room().is_empty() {
            tokio::task::yield_now().await;
        }
        decide(&mut ada, &started, "deny").await;
    });
    assert_eq!((held.status, held.text("error").as_str()), (403, "The sign-in was refused"));
}

#[tokio::test]
async fn a_pending_poll_is_held_for_an_interval_and_then_answered() {
    let site = Site::open().await;
    let started = start(&site, "/apps/parcel").await;
    let began = std::time::Instant::now();
    let answer = site.json(EXCHANGE, &exchange(&started, "abc")).await;
    assert_eq!((answer.status, answer.text("error").as_str()), (400, "Nobody has decided yet"));
    assert!(began.elapsed().as_millis() >= 900, "{:?}", began.elapsed());
}

#[tokio::test]
async fn the_root_app_stands_at_the_root_as_well_and_the_pages_stay() {
    let site = Site::with(ISSUER, Some("parcel")).await;
    start(&site, "").await;
    start(&site, "/apps/parcel").await;
    assert_eq!(site.visitor().get("/sign-in").await.status, 200);
    assert_eq!(site.get("/api/nowhere").await.status, 404);
    let without = Site::open().await;
    assert_eq!(without.json("/api/sign-in/start", &json!({ "state": "abc" })).await.status, 404);
}

#[tokio::test]
async fn a_request_that_a_route_can_not_read_is_refused_in_the_products_shape() {
    let site = Site::open().await;
    let empty = site.json("/apps/parcel/api/sign-in/start", &json!({})).await;
    assert_eq!(empty.status, 400);
    assert!(empty.json()["error"].is_string(), "{}", empty.body);
    let nul = site.json("/apps/parcel/api/sign-in/start", &json!({ "state": "a\0b" })).await;
    assert_eq!(nul.status, 400);
    assert_eq!(
        site.get("/apps/parcel/api/sign-in/start").await.status,
        404,
        "another method is another route"
    );
    assert_eq!(
        site.form("/apps/parcel/api/sign-in/start", &[("state", "abc")]).await.status,
        400,
        "this one takes JSON"
    );
}

/// The credential of a person who signed in to parcel and allowed these scopes.
async fn credential(site: &Site, person: &mut Visitor<'_>, scope: &str) -> String {
    let body = json!({ "state": "abc", "device": "box", "scope": scope });
    let started = site.json("/apps/parcel/api/sign-in/start", &body).await.json();
    decide(person, &started, "approve").await;
    format!("Bearer {}", site.json(EXCHANGE, &exchange(&started, "abc")).await.text("token"))
}

#[tokio::test]
async fn a_guests_work_becomes_a_persons_under_the_same_id() {
    let site = Site::open().await;
    let guest = site.json("/apps/parcel/api/guests", &json!({})).await;
    assert_eq!(guest.status, 201, "{}", guest.body);
    let (token, shop) = (guest.text("token"), guest.json()["shop"]["id"].clone());
    assert!(token.starts_with("pcl_guest_"));
    let mut ada = site.person("ada").await;
    let bearer = credential(&site, &mut ada, "").await;
    let claim = json!({ "guestToken": token });
    let claimed = site.json_with("/apps/parcel/api/guests/claim", &claim, &bearer).await;
    assert_eq!((claimed.status, &claimed.json()["shop"]["id"]), (200, &shop), "{}", claimed.body);
    let again = site.json_with("/apps/parcel/api/guests/claim", &claim, &bearer).await;
    assert_eq!(again.status, 404);
    let shops = site.get_with("/apps/parcel/api/shops", &bearer).await.json();
    assert!(shops["shops"].as_array().unwrap().iter().any(|own| own["id"] == shop), "{shops}");
    let whose = site.get_with("/apps/parcel/api/whoami", &format!("Bearer {token}")).await;
    assert_eq!((whose.status, whose.text("email").as_str()), (200, "ada@example.com"), "the token works on");
}

#[tokio::test]
async fn keys_are_made_replaced_and_ended_by_a_products_own_routes() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let plain = credential(&site, &mut ada, "parcels:send").await;
    let new = json!({ "name": "press", "kind": "test" });
    let refused = site.json_with("/apps/parcel/api/shop/keys", &new, &plain).await;
    assert_eq!(refused.status, 403, "a plain sign-in makes no keys: {}", refused.body);
    let manages = credential(&site, &mut ada, "doorkey:manage").await;
    let made = site.json_with("/apps/parcel/api/shop/keys", &new, &manages).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert!(made.text("key").starts_with("pcl_test_"));
    let rotate = format!("/apps/parcel/api/shop/keys/{}/rotate", made.text("id"));
    let replaced = site.json_with(&rotate, &json!({ "keepOldFor": 60 }), &manages).await;
    assert_eq!((replaced.status, replaced.text("id")), (201, made.text("id")), "{}", replaced.body);
    let good =
        async |key: String| site.get_with("/apps/parcel/verify", &format!("Bearer {key}")).await.status;
    assert_eq!((good(made.text("key")).await, good(replaced.text("key")).await), (200, 200));
    let listed = site.get_with("/apps/parcel/api/shop/keys", &plain).await.json();
    assert_eq!(
        (listed["keys"][0]["name"].as_str(), listed["keys"][0]["kind"].as_str()),
        (Some("press"), Some("test"))
    );
    assert!(!listed.to_string().contains(&replaced.text("key")));
    let mut eve = site.person("eve").await;
    let theirs = credential(&site, &mut eve, "doorkey:manage").await;
    let path = format!("/apps/parcel/api/shop/keys/{}", made.text("id"));
    assert_eq!(site.delete_with(&path, &theirs).await.status, 404, "another's key");
    assert_eq!(site.delete_with(&path, &plain).await.status, 204, "ending is allowed to a plain sign-in");
    assert_eq!((good(made.text("key")).await, good(replaced.text("key")).await), (401, 401));
}

#[tokio::test]
async fn a_products_command_switches_to_another_organization() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let bearer = credential(&site, &mut ada, "").await;
    let guest = site.json("/apps/parcel/api/guests", &json!({})).await;
    let claim = json!({ "guestToken": guest.text("token") });
    site.json_with("/apps/parcel/api/guests/claim", &claim, &bearer).await;
    let shop = guest.json()["shop"].clone();
    let switched =
        site.json_with("/apps/parcel/api/shops/switch", &json!({ "shop": shop["handle"] }), &bearer).await;
    assert_eq!((switched.status, &switched.json()["shop"]["id"]), (200, &shop["id"]), "{}", switched.body);
    let shops = site.get_with("/apps/parcel/api/shops", &bearer).await.json();
    let current: Vec<_> =
        shops["shops"].as_array().unwrap().iter().filter(|s| s["current"] == true).collect();
    assert_eq!((current.len(), &current[0]["id"]), (1, &shop["id"]));
    let nowhere =
        site.json_with("/apps/parcel/api/shops/switch", &json!({ "shop": "nowhere" }), &bearer).await;
    assert_eq!((nowhere.status, nowhere.text("error").as_str()), (404, "You are not in a shop of this name"));
}

#[tokio::test]
async fn a_version_that_will_not_be_served_for_long_is_warned_with_whatever_it_is_answered() {
    let source = include_str!("../../../../../../tests/apps/parcel.toml");
    let gate = r#"
[wire.gate]
header = "X-Parcel-Client"
value = "parcel/{version}"
minimum = "2.0.0"
current = "2.3.0"
warning = "Versions before 2.3 end soon"
sunset = "Sat, 01 Jan 2028 00:00:00 GMT"
body = { error = "too_old", oldest = "{supported_versions}", reason = "{gate_reason?}" }
"#;
    let manifest = Manifest::parse("parcel.toml", &format!("{source}{gate}")).unwrap();
    let site = Site::serving(ISSUER, Products::new(vec![manifest], Some("parcel")).unwrap()).await;
    let ask = async |version: Option<&str>| {
        let request = Request::get("/api/whoami").header(header::AUTHORIZATION, "Bearer parcel_x");
        let request = version.into_iter().fold(request, |request, it| request.header("x-parcel-client", it));
        site.send(request.body(Body::empty()).unwrap()).await
    };
    let fresh = ask(Some("parcel/2.3.1")).await;
    assert_eq!((fresh.status, fresh.header("deprecation")), (401, ""));
    let old = ask(Some("parcel/2.1.0")).await;
    assert_eq!((old.status, old.header("deprecation")), (401, "true"));
    assert_eq!(old.header("warning"), "299 - \"Versions before 2.3 end soon\"");
    assert_eq!(old.header("sunset"), "Sat, 01 Jan 2028 00:00:00 GMT");
    for (version, reason) in
        [(Some("parcel/1.9"), Value::Null), (None, json!("missing")), (Some("x"), json!("malformed"))]
    {
        let refused = ask(version).await;
        assert_eq!((refused.status, refused.text("error").as_str()), (426, "too_old"), "{version:?}");
        assert_eq!(refused.json()["reason"], reason, "{version:?}");
    }
}
