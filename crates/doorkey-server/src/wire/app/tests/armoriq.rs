//! A product with two generations of published commands at the same routes.

use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};

use crate::wire::testkit::{Answer, ISSUER, Site, Visitor};

const CALLBACK: &str = "http://localhost:43117/callback?state=5ad1c3a0e1";

async fn started(site: &Site, body: &Value) -> Value {
    let answer = site.json("/auth/device/code", body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

async fn poll(site: &Site, started: &Value) -> Answer {
    site.json("/auth/device/token", &json!({ "deviceCode": started["device_code"] })).await
}

/// What the browser gets for the answer of somebody who opened the link of the command.
async fn decide(person: &mut Visitor<'_>, started: &Value, more: &str, decision: &str) -> Answer {
    let link = started["verification_uri_complete"].as_str().unwrap().strip_prefix(ISSUER).unwrap();
    let page = person.get(&format!("{link}{more}")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let action = page.body.split("action=\"/approve/").nth(1).unwrap().split('"').next().unwrap();
    let (action, token) = (format!("/approve/{action}"), page.form_token());
    let fields = [("form_token", token.as_str()), ("decision", decision)];
    person.post(&action, &fields, &[("sec-fetch-site", "same-origin")]).await
}

async fn with_key(site: &Site, method: &str, path: &str, key: &str, body: Option<&Value>) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header("x-api-key", key);
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    site.send(request.body(body).unwrap()).await
}

async fn key(site: &Site, person: &mut Visitor<'_>) -> String {
    let started = started(site, &json!({})).await;
    decide(person, &started, "", "approve").await;
    poll(site, &started).await.text("api_key")
}

#[tokio::test]
async fn c_2_3_the_older_command_is_visited_with_nothing_and_polls() {
    let site = Site::with(ISSUER, Some("armoriq")).await;
    let mut ada = site.person("ada").await;
    let begun = started(&site, &json!({ "callback_url": CALLBACK })).await;
    let pending = poll(&site, &begun).await;
    assert_eq!((pending.status, pending.text("error").as_str()), (400, "authorization_pending"));
    // What its link says of a callback is passed over: only the one that it began with counts.
    let home = decide(&mut ada, &begun, "&callback=http%3A%2F%2Fevil.example%2Fcallback", "approve").await;
    assert_eq!(home.location(), CALLBACK, "what it brought, and no key");
    let got = poll(&site, &begun).await.json();
    assert!(got["api_key"].as_str().unwrap().starts_with("ak_live_"), "{got}");
    assert_eq!(got["email"], "ada@example.com");
    assert!(got["user_id"].is_string() && got["org_id"].is_string(), "{got}");

    let begun = started(&site, &json!({ "callback_url": CALLBACK })).await;
    let page = decide(&mut ada, &begun, "", "deny").await;
    assert_eq!(page.location(), "/done?app=armoriq&outcome=denied", "there is no callback for a refusal");
    assert_eq!(poll(&site, &begun).await.text("error"), "access_denied");
}

#[tokio::test]
async fn c_2_3_a_callback_elsewhere_is_passed_over() {
    let site = Site::with(ISSUER, Some("armoriq")).await;
    let mut ada = site.person("ada").await;
    for callback in ["http://evil.example/callback?state=1", "http://localhost:1/x?state=1", "nonsense"] {
        let begun = started(&site, &json!({ "callback_url": callback })).await;
        let page = decide(&mut ada, &begun, "", "approve").await;
        assert_eq!(page.location(), "/done?app=armoriq&outcome=approved", "{callback}");
        assert_eq!(poll(&site, &begun).await.status, 200);
    }
}

#[tokio::test]
async fn c_2_5_another_organization_gets_a_key_of_its_own() {
    let site = Site::with(ISSUER, Some("armoriq")).await;
    let mut ada = site.person("ada").await;
    let old = key(&site, &mut ada).await;
    assert_eq!(ada.submit("/orgs/new", &[("name", "Acme Labs"), ("slug", "acme")]).await.status, 303);
    let orgs = with_key(&site, "GET", "/iap/sdk/orgs", &old, None).await.json();
    assert_eq!(orgs["success"], true);
    let active = |orgs: &Value| -> Vec<String> {
        let active = orgs["data"].as_array().unwrap().iter().filter(|org| org["active"] == true);
        active.map(|org| org["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((orgs["data"].as_array().unwrap().len(), active(&orgs)), (2, vec!["ada".to_owned()]));

    let body = json!({ "org": "Acme Labs", "keyName": "on the train" });
    let switched = with_key(&site, "POST", "/iap/sdk/switch-org", &old, Some(&body)).await;
    assert_eq!(
        (switched.status, switched.text("org_name").as_str()),
        (200, "Acme Labs"),
        "{}",
        switched.body
    );
    let new = switched.text("api_key");
    assert_ne!(new, old);
    let orgs = with_key(&site, "GET", "/iap/sdk/orgs", &new, None).await.json();
    assert_eq!(active(&orgs), ["Acme Labs"]);
    let orgs = with_key(&site, "GET", "/iap/sdk/orgs", &old, None).await.json();
    assert_eq!(active(&orgs), ["ada"], "the first works on for its own");
    let nowhere = json!({ "org": "nowhere" });
    assert_eq!(with_key(&site, "POST", "/iap/sdk/switch-org", &new, Some(&nowhere)).await.status, 404);
    // And back, with the usual name.
    let back = with_key(&site, "POST", "/iap/sdk/switch-org", &new, Some(&json!({ "org": "ada" }))).await;
    let names = |keys: Value| -> Vec<(String, String)> {
        let texts = |key: &Value| ["name", "status"].map(|field| key[field].as_str().unwrap().to_owned());
        keys["data"].as_array().unwrap().iter().map(texts).map(|[name, status]| (name, status)).collect()
    };
    let keys = with_key(&site, "GET", "/api-keys", &back.text("api_key"), None).await.json();
    assert_eq!(keys["data"].as_array().unwrap().len(), 2, "{keys}");
    assert!(names(keys).iter().all(|(name, status)| name.starts_with("cli-20") && status == "active"));
    let keys = with_key(&site, "GET", "/api-keys", &new, None).await.json();
    assert_eq!(names(keys.clone()), [("on the train".to_owned(), "active".to_owned())]);

    let id = keys["data"][0]["id"].as_str().unwrap();
    let revoke = format!("/api-keys/{id}/revoke");
    assert_eq!(
        with_key(&site, "POST", &revoke, &old, Some(&json!({}))).await.status,
        404,
        "another organization's"
    );
    assert_eq!(with_key(&site, "POST", &revoke, &new, Some(&json!({}))).await.status, 200);
    assert_eq!(with_key(&site, "GET", "/iap/sdk/orgs", &new, None).await.status, 401);
}

#[tokio::test]
async fn c_2_5_a_key_is_checked_where_the_sdks_ask() {
    let site = Site::with(ISSUER, Some("armoriq")).await;
    let good = key(&site, &mut site.person("ada").await).await;
    let never = good.replace(&good[10..20], "aaaaaaaaaa");
    assert_eq!(site.get("/health").await.status, 200, "a monitor has no key");
    for (key, status) in [(good.as_str(), 200), (never.as_str(), 401), ("ak_live_of_another_make", 401)] {
        assert_eq!(with_key(&site, "GET", "/health", key, None).await.status, status, "{key}");
        let bootstrap = with_key(&site, "POST", "/iap/sdk/bootstrap", key, Some(&json!({}))).await;
        assert_eq!(bootstrap.status, status, "{}", bootstrap.body);
    }
}

#[tokio::test]
async fn the_newer_command_says_what_its_computer_is_called_and_where_keys_are() {
    let site = Site::with(ISSUER, Some("armoriq")).await;
    let mut ada = site.person("ada").await;
    for body in [
        json!({ "deviceId": "d", "deviceName": "mybox" }),
        json!({ "deviceName": "mybox", "product": "sdk" }),
    ] {
        let begun = started(&site, &body).await;
        let link = begun["verification_uri_complete"].as_str().unwrap().strip_prefix(ISSUER).unwrap();
        let page = ada.get(link).await.body;
        assert!(page.contains("mybox"), "{body}: {page}");
    }
    let begun = started(&site, &json!({ "callback_url": CALLBACK, "product": "sdk" })).await;
    assert_eq!(
        decide(&mut ada, &begun, "", "approve").await.location(),
        CALLBACK,
        "the older one's is read as before"
    );
    for path in ["/dashboard/api-keys", "/dashboard/api/keys", "/dashboard/api/keys?q=x"] {
        let page = ada.get(path).await;
        assert!(page.status == 200 && page.body.contains("Create Key"), "{path}: {}", page.body);
    }
}
