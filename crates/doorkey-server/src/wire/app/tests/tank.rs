//! A product whose published commands take any 400 for "not yet" and any success for the end.

use std::time::Duration;

use serde_json::{Value, json};

use crate::wire::testkit::{ISSUER, Site};

const STATE: &str = "0b4bd1c2-8b0a-4b6c-9c55-2a5f0c8f6a01";

async fn start(site: &Site, prefix: &str) -> Value {
    let answer = site.json(&format!("{prefix}/api/v1/cli-auth/start"), &json!({ "state": STATE })).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

fn exchange(started: &Value, state: &str) -> Value {
    json!({ "sessionCode": started["sessionCode"], "state": state })
}

#[tokio::test]
async fn b_2_2_nothing_but_the_end_is_a_success() {
    let site = Site::with(ISSUER, Some("tank")).await;
    // A registry that ends in a slash makes two of them.
    let started = start(&site, "/").await;
    let poll = async |body: &Value| site.json("/api/v1/cli-auth/exchange", body).await;
    let pending = poll(&exchange(&started, STATE)).await;
    let said = "Invalid, expired, or already used session code";
    assert_eq!((pending.status, pending.json()), (400, json!({ "error": said })));
    let wrong = poll(&exchange(&started, "another state")).await;
    assert_eq!((wrong.status, wrong.json()), (400, json!({ "error": said })), "a wrong state spends nothing");

    let mut ada = site.person("ada").await;
    let link = started["authUrl"].as_str().unwrap().strip_prefix(ISSUER).unwrap();
    let page = ada.get(link).await.location().to_owned();
    assert!(ada.get(&page).await.body.contains("Authorize"));
    ada.submit(&page, &[("decision", "approve")]).await;
    let done = poll(&exchange(&started, STATE)).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(done.json()["user"], json!({ "name": "ada", "email": "ada@example.com" }));
    let token = done.text("token");
    let used = poll(&exchange(&started, STATE)).await;
    assert_eq!((used.status, used.json()), (400, json!({ "error": said })), "spent");

    let whoami = site.get_with("/api/v1/auth/whoami", &format!("Bearer {token}")).await;
    assert_eq!(whoami.status, 200);
    assert!(whoami.json()["userId"].is_string(), "{}", whoami.body);
    for authorization in ["Bearer tank_nonsense", "Basic x", "Bearer "] {
        let refused = site.get_with("/api/v1/auth/whoami", authorization).await;
        let said = json!({ "error": "Unauthorized. Valid API key required." });
        assert_eq!((refused.status, refused.json()), (401, said), "{authorization}");
    }
}

#[tokio::test]
async fn a_session_ends_after_five_minutes_even_if_it_is_authorized_then() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let started = start(&site, "/apps/tank").await;
    let link = started["authUrl"].as_str().unwrap().strip_prefix(ISSUER).unwrap();
    let page = ada.get(link).await.location().to_owned();
    site.clock.advance(Duration::from_secs(299));
    assert_eq!(ada.get(&page).await.status, 200);
    site.clock.advance(Duration::from_secs(2));
    assert!(ada.get(&page).await.status >= 400, "the page asks nothing any more");
    let late = site.json("/apps/tank/api/v1/cli-auth/exchange", &exchange(&started, STATE)).await;
    let said = json!({ "error": "Invalid, expired, or already used session code" });
    assert_eq!((late.status, late.json()), (400, said));
}

#[tokio::test]
async fn b_2_2_a_refusal_ends_the_wait_at_once() {
    let site = Site::open().await;
    let started = start(&site, "/apps/tank").await;
    let mut ada = site.person("ada").await;
    let link = started["authUrl"].as_str().unwrap().strip_prefix(ISSUER).unwrap();
    let page = ada.get(link).await.location().to_owned();
    ada.submit(&page, &[("decision", "deny")]).await;
    let denied = site.json("/apps/tank/api/v1/cli-auth/exchange", &exchange(&started, STATE)).await;
    assert_eq!(denied.status, 403);
    assert!(denied.json()["error"].is_string(), "{}", denied.body);
}

#[tokio::test]
async fn b_2_1_what_can_not_be_read_is_refused_with_a_text() {
    let site = Site::open().await;
    for body in [json!({}), json!({ "state": 7 }), json!([])] {
        let refused = site.json("/apps/tank/api/v1/cli-auth/start", &body).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert!(refused.json()["error"].is_string(), "{}", refused.body);
    }
}
