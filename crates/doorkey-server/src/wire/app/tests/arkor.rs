//! A product whose command finds out everything by asking: the service stands in for its interface and for the sign-in
//! service that it names.

use axum::http::header;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::wire::testkit::{Answer, ISSUER, Site, encoded};

const VERIFIER: &str = "a verifier of forty-three characters or more";
const REDIRECT: &str = "http://127.0.0.1:52521/callback";

fn verifier() -> String {
    VERIFIER.replace(' ', "-")
}

/// The link that the published command opens, for the server that the configuration names.
fn authorize(prefix: &str) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier()));
    let query = encoded(&[
        ("response_type", "code"),
        ("client_id", "arkor"),
        ("redirect_uri", REDIRECT),
        ("scope", "openid profile email offline_access"),
        ("audience", "https://api.arkor.ai"),
        ("state", "a-state"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    format!("{prefix}/authorize?{query}")
}

/// A person signs in in a browser; what the command gets for the code.
async fn signed_in(site: &Site, prefix: &str) -> Answer {
    let mut ada = site.person("ada").await;
    let page = ada.get(&authorize(prefix)).await.location().to_owned();
    let home = ada.submit(&page, &[("decision", "approve")]).await;
    assert!(home.location().starts_with(REDIRECT), "{}", home.location());
    assert_eq!(home.sent_back("state").as_deref(), Some("a-state"));
    let body = json!({
        "grant_type": "authorization_code",
        "code": home.sent_back("code"),
        "code_verifier": verifier(),
        "client_id": "arkor",
        "redirect_uri": REDIRECT,
    });
    site.json(&format!("{prefix}/oauth/token"), &body).await
}

#[tokio::test]
async fn the_configuration_names_this_service() {
    let site = Site::with(ISSUER, Some("arkor")).await;
    assert_eq!(
        site.get("/v1/auth/cli/config").await.json(),
        json!({
            "auth0Domain": "127.0.0.1:7700",
            "clientId": "arkor",
            "audience": "https://api.arkor.ai",
            "callbackPorts": [52521, 52522],
        })
    );
    let below = site.get("/apps/arkor/v1/auth/cli/config").await.json();
    assert_eq!(below["auth0Domain"], "127.0.0.1:7700/apps/arkor", "commands put paths behind it");
}

#[tokio::test]
async fn a_browser_sign_in_ends_in_tokens_that_are_refreshed_at_the_same_address() {
    let site = Site::open().await;
    let tokens = signed_in(&site, "/apps/arkor").await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let tokens = tokens.json();
    assert!(tokens["access_token"].as_str().unwrap().starts_with("arkor_at_"), "{tokens}");
    assert_eq!((&tokens["expires_in"], &tokens["id_token"]), (&json!(3600), &Value::Null));
    let refresh = |token: &Value| json!({ "grant_type": "refresh_token", "refresh_token": token, "client_id": "arkor" });
    let next = site.json("/apps/arkor/oauth/token", &refresh(&tokens["refresh_token"])).await;
    assert_eq!(next.status, 200, "{}", next.body);
    assert_ne!(next.json()["refresh_token"], tokens["refresh_token"]);
    let foreign = site.json("/apps/arkor/oauth/token", &refresh(&json!("arkor_rt_nonsense"))).await;
    assert_eq!((foreign.status, foreign.text("error").as_str()), (403, "invalid_grant"));
    let other = json!({ "grant_type": "password", "username": "ada" });
    assert_eq!(site.json("/apps/arkor/oauth/token", &other).await.status, 400);
}

#[tokio::test]
async fn anonymous_work_comes_along_and_whoami_lists_organizations() {
    let site = Site::open().await;
    let guest = site.json("/apps/arkor/v1/auth/anonymous", &json!({ "kind": "cli" })).await;
    assert_eq!(guest.status, 200, "{}", guest.body);
    let guest = guest.json();
    assert_eq!(guest["kind"], "cli");
    let whose = format!("Bearer {}", guest["token"].as_str().unwrap());
    let me = site.get_with("/apps/arkor/v1/me", &whose).await;
    assert_eq!(me.status, 200, "{}", me.body);
    assert!(me.json()["user"].is_object() && me.json()["orgs"].is_array(), "{}", me.body);

    let account = format!("Bearer {}", signed_in(&site, "/apps/arkor").await.text("access_token"));
    let claim = json!({ "anonymousToken": guest["token"] });
    let claimed = site.json_with("/apps/arkor/v1/auth/claim", &claim, &account).await;
    assert_eq!((claimed.status, &claimed.json()["org"]["id"]), (200, &guest["personalOrg"]["id"]));
    let me = site.get_with("/apps/arkor/v1/me", &account).await.json();
    let orgs = me["orgs"].as_array().unwrap();
    assert!(orgs.iter().any(|org| org["slug"] == guest["personalOrg"]["slug"]), "{me}");
    assert_eq!(me["user"]["email"], "ada@example.com");
}

#[tokio::test]
async fn a_file_without_a_token_is_refused_and_not_broken_on() {
    let site = Site::open().await;
    for authorization in ["Bearer undefined", "Bearer ", "undefined"] {
        let refused = site.get_with("/apps/arkor/v1/me", authorization).await;
        assert_eq!(refused.status, 401, "{authorization}");
        assert!(refused.json()["error"].is_string(), "{}", refused.body);
    }
}

#[tokio::test]
async fn a_version_that_is_not_served_any_more_is_told_how_to_upgrade() {
    let site = Site::open().await;
    let ask = async |path: &str, version: &str| {
        let request = axum::http::Request::get(path)
            .header("x-arkor-client", version)
            .header(header::AUTHORIZATION, "Bearer undefined");
        site.send(request.body(axum::body::Body::empty()).unwrap()).await
    };
    let refused = ask("/apps/arkor/v1/me", "arkor/0.0.0").await;
    assert_eq!(
        (refused.status, refused.json()),
        (
            426,
            json!({
                "error": "sdk_version_unsupported",
                "currentVersion": "0.0.0",
                "supportedRange": ">=0.0.1-alpha.1",
                "upgrade": "npm install -g arkor@latest",
            })
        )
    );
    for version in ["arkor/0.0.1-alpha.3", "arkor/0.0.3-alpha.1", "arkor/1.0.0"] {
        assert_eq!(ask("/apps/arkor/v1/me", version).await.status, 401, "{version} is served");
    }
    assert_eq!(ask("/apps/arkor/v1/auth/cli/config", "arkor/0.0.0").await.status, 200, "never gated");
}
