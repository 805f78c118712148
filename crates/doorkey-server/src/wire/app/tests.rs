//! The routes of a product that is nothing but a manifest.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use serde_json::{Value, json};

use crate::wire::testkit::{ISSUER, Site, Visitor};

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
