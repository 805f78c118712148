//! The links that a product's own people know, at the product's own addresses.

use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};

use crate::wire::testkit::{Answer, ISSUER, Site};

async fn started(site: &Site, path: &str, body: &Value) -> Value {
    let answer = site.json(path, body).await;
    assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
    answer.json()
}

/// A path of this service from one of its addresses.
fn local(address: &Value) -> &str {
    address.as_str().unwrap().strip_prefix(ISSUER).unwrap()
}

#[tokio::test]
async fn a_link_with_a_code_shows_the_code_and_the_question_at_once() {
    let site = Site::with(ISSUER, Some("armoriq")).await;
    let answer =
        started(&site, "/auth/device/code", &json!({ "deviceId": "x", "product": "armorclaw" })).await;
    let link = answer["verification_uri_complete"].as_str().unwrap();
    let code = answer["user_code"].as_str().unwrap();
    assert_eq!(link, format!("{ISSUER}/auth/device?code={code}&product=armorclaw"));
    let answer = started(&site, "/auth/device/code", &json!({})).await;
    let code = answer["user_code"].as_str().unwrap();
    assert_eq!(answer["verification_uri_complete"], format!("{ISSUER}/auth/device?code={code}"));
    assert_eq!(answer["verification_uri"], format!("{ISSUER}/auth/device"));

    // Published commands add where they listen, and an organization.
    let mut ada = site.person("ada").await;
    let link = format!("/auth/device?code={code}&callback=http%3A%2F%2F127.0.0.1%3A1%2Fx&org=acme");
    let page = ada.get(&link).await;
    assert_eq!(page.status, 200, "{}", page.body);
    for part in [code, "Approve", "Confirm the code of your terminal", "acme"] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    // Looking takes it from nobody.
    let mut eve = site.person("eve").await;
    let page = eve.get(&link).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let action = page.body.split("action=\"/approve/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let token = ada.get(&link).await.form_token();
    let fields = [("form_token", token.as_str()), ("decision", "approve")];
    let done = ada.post(&format!("/approve/{action}"), &fields, &[("sec-fetch-site", "same-origin")]).await;
    assert!(done.location().starts_with("/done?"), "{}", done.location());
    assert_ne!(eve.get(&link).await.status, 200, "it is decided");
}

#[tokio::test]
async fn nobody_signed_in_comes_back_to_the_link_after_signing_in() {
    let site = Site::open().await;
    let answer = started(&site, "/apps/almyty/auth/cli/start", &json!({})).await;
    let link = local(&answer["data"]["url"]);
    let code = answer["data"]["userCode"].as_str().unwrap();
    assert_eq!(link, format!("/apps/almyty/cli-auth?code={code}"));
    let to = site.visitor().get(&format!("{link}&org=acme")).await.location().to_owned();
    let return_to = format!("/apps/almyty/cli-auth?user_code={code}&org=acme");
    let encoded: String = url::form_urlencoded::byte_serialize(return_to.as_bytes()).collect();
    assert_eq!(to, format!("/sign-in?app=almyty&return_to={encoded}"));
    let mut ada = site.person("ada").await;
    let page = ada.get(&return_to).await;
    assert!(page.body.contains("Connect CLI") && page.body.contains("Connect almyty CLI"), "{}", page.body);
}

#[tokio::test]
async fn a_link_of_a_session_leads_to_its_question() {
    let site = Site::with(ISSUER, Some("tank")).await;
    let answer = started(&site, "/api/v1/cli-auth/start", &json!({ "state": "a state of their own" })).await;
    let link = local(&answer["authUrl"]);
    assert!(link.starts_with("/auth/cli?session="), "{link}");
    assert!(
        !link.contains(answer["sessionCode"].as_str().unwrap()),
        "what the browser sees isn't what polls"
    );
    let mut ada = site.person("ada").await;
    let page = ada.get(&format!("{link}&org=acme")).await.location().to_owned();
    assert!(page.starts_with("/approve/") && page.ends_with("?org=acme"), "{page}");
    let page = ada.get(&page).await;
    assert!(page.body.contains("Authorize CLI"), "{}", page.body);
    for nothing in ["/auth/cli", "/auth/cli?session=../x&state=y", "/auth/cli?session=x"] {
        assert_eq!(ada.get(nothing).await.status, 400, "{nothing}");
    }
}

#[tokio::test]
async fn the_host_of_a_request_does_not_choose_whose_tokens_pass_a_gateway() {
    let site = Site::with(ISSUER, Some("tank")).await;
    let state = "a state of their own";
    let answer = started(&site, "/api/v1/cli-auth/start", &json!({ "state": state })).await;
    let mut ada = site.person("ada").await;
    let page = ada.get(local(&answer["authUrl"])).await.location().to_owned();
    ada.submit(&page, &[("decision", "approve")]).await;
    let exchange = json!({ "sessionCode": answer["sessionCode"], "state": state });
    let token = site.json("/api/v1/cli-auth/exchange", &exchange).await.text("token");
    let verify = async |host: &str, path: &str| {
        let request = Request::get(path).header(header::HOST, host);
        let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        site.send(request.body(Body::empty()).unwrap()).await.status
    };
    for host in ["127.0.0.1:7700", "tank.dev", "api.arkor.ai"] {
        assert_eq!(verify(host, "/verify").await, 200, "{host}");
        assert_eq!(verify(host, "/apps/arkor/verify").await, 401, "{host}");
    }
}

async fn at_host(site: &Site, host: &str, path: &str) -> Answer {
    let request = Request::get(path).header(header::HOST, host).header(header::ACCEPT, "text/html");
    site.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_service_answers_as_every_host_that_a_manifest_names() {
    let site = Site::with(ISSUER, Some("tank")).await;
    let config = at_host(&site, "api.arkor.ai", "/v1/auth/cli/config").await;
    assert_eq!(config.json()["auth0Domain"], "api.arkor.ai", "{}", config.body);
    let request = Request::post("/auth/cli/start")
        .header(header::HOST, "api.almyty.com")
        .header(header::CONTENT_TYPE, "application/json");
    let begun = site.send(request.body(Body::from("{}")).unwrap()).await.json();
    let link = begun["data"]["url"].as_str().unwrap();
    assert!(link.starts_with("https://app.almyty.com/cli-auth?code="), "{link}");
    let page = at_host(&site, "app.almyty.com", link.strip_prefix("https://app.almyty.com").unwrap()).await;
    assert!(page.location().starts_with("/sign-in?app=almyty&"), "{}", page.location());
    assert_eq!(
        at_host(&site, "localhost:5173", "/auth/device").await.status,
        303,
        "an environment of its own"
    );
    // Any other name is the root product's, and changes nothing of what the service says of itself.
    for host in ["evil.example", "almyty.com", "127.0.0.1:7700", "api.almyty.com:81"] {
        assert_eq!(at_host(&site, host, "/cli-auth").await.status, 404, "{host}");
        assert_eq!(at_host(&site, host, "/auth/cli").await.status, 400, "{host}");
        let metadata = at_host(&site, host, "/.well-known/oauth-authorization-server").await.json();
        assert_eq!(metadata["issuer"], ISSUER, "{host}");
    }
    let metadata = at_host(&site, "api.arkor.ai", "/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata["issuer"], ISSUER);
}
