//! A product whose document describes a code and whose published packages take the key itself.

use doorkey_manifest::Secret;
use serde_json::json;

use crate::wire::testkit::{Answer, Site, encoded};

const HOME: &str = "http://127.0.0.1:43117/cb";
const STATE: &str = "5ad1c3a0e1";

fn login(more: &[(&str, &str)]) -> String {
    let mut query = vec![("callback", HOME), ("state", STATE)];
    query.extend(more);
    format!("/apps/almyty/cli-login?{}", encoded(&query))
}

const PUBLISHED: (&str, &str) = ("success", "http://127.0.0.1:43117/success");

/// Where the browser is sent when a new person has decided.
async fn decided(site: &Site, name: &str, link: &str, decision: &str) -> Answer {
    let mut person = site.person(name).await;
    let page = person.get(link).await.location().to_owned();
    person.submit(&page, &[("decision", decision)]).await
}

#[tokio::test]
async fn b_2_1_a_published_package_gets_its_key_in_the_fragment() {
    let site = Site::open().await;
    let home = decided(&site, "ada", &login(&[PUBLISHED]), "approve").await;
    let (address, fragment) = home.location().split_once('#').unwrap();
    assert_eq!(address, HOME, "nothing but the fragment holds it");
    let fields: Vec<(String, String)> =
        url::form_urlencoded::parse(fragment.as_bytes()).into_owned().collect();
    assert_eq!(fields[1], ("state".to_owned(), STATE.to_owned()));
    assert_eq!(fields[0].0, "token");
    let key = fields[0].1.clone();
    assert!(key.starts_with("ak_live_"));
    assert!(!home.body.contains(&key), "no page shows it");
    assert_eq!(home.header("referrer-policy"), "no-referrer");
    let profile = site.get_with("/apps/almyty/auth/profile", &format!("Bearer {key}")).await.json();
    assert_eq!(profile["data"]["email"], "ada@example.com");
    let membership = &profile["data"]["organizationMemberships"][0];
    assert_eq!((&membership["role"], &membership["organization"]["slug"]), (&json!("owner"), &json!("ada")));
    assert!(site.service.domain.verify(&Secret::new(key)).await.unwrap().unwrap().from_sign_in);
}

#[tokio::test]
async fn b_2_1_a_published_package_is_not_told_of_a_refusal() {
    let site = Site::open().await;
    let home = decided(&site, "ada", &login(&[PUBLISHED]), "deny").await;
    assert_eq!(home.location(), "/done?app=almyty&outcome=denied");
}

#[tokio::test]
async fn a_command_that_sends_no_more_than_it_must_gets_a_code() {
    let site = Site::open().await;
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    for (name, more) in [("ada", vec![]), ("bob", vec![PUBLISHED, ("code_challenge", challenge)])] {
        let home = decided(&site, name, &login(&more), "approve").await;
        assert!(
            !home.location().contains('#') && !home.location().contains("ak_live_"),
            "{}",
            home.location()
        );
        let code = home.sent_back("code").unwrap();
        assert_eq!(home.sent_back("state").as_deref(), Some(STATE));
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let mut body = json!({ "code": code, "state": STATE });
        if more.len() > 1 {
            body["codeVerifier"] = json!(verifier);
        }
        let got = site.json("/apps/almyty/auth/cli/exchange", &body).await;
        assert_eq!((got.status, &got.json()["success"]), (200, &json!(true)), "{}", got.body);
        assert!(got.json()["data"]["apiKey"].as_str().unwrap().starts_with("ak_live_"));
        let again = site.json("/apps/almyty/auth/cli/exchange", &body).await;
        assert_eq!(
            (again.status, &again.json()["error"]["statusCode"]),
            (401, &json!(401)),
            "{}",
            again.body
        );
    }
}

#[tokio::test]
async fn b_4_a_key_is_sent_to_this_machine_and_nowhere_else() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    for callback in [
        "https://127.0.0.1:43117/cb",
        "http://evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.1:43117/other",
        "nonsense",
    ] {
        let query = encoded(&[("callback", callback), ("state", STATE), PUBLISHED]);
        let page = ada.get(&format!("/apps/almyty/cli-login?{query}")).await;
        assert_eq!(page.status, 400, "{callback}: {}", page.body);
    }
    for callback in ["http://localhost:43117/cb", "http://[::1]:43117/cb"] {
        let query = encoded(&[("callback", callback), ("state", STATE), PUBLISHED]);
        assert_eq!(ada.get(&format!("/apps/almyty/cli-login?{query}")).await.status, 303, "{callback}");
    }
    assert_eq!(ada.get(&format!("/apps/almyty/cli-login?callback={HOME}")).await.status, 400, "no state");
}
