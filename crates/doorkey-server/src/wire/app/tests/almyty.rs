//! A product whose document describes a code and whose published packages take the key itself.

use doorkey_manifest::Secret;
use serde_json::json;

use super::arka::asker;
use crate::{
    asker::{Asker, Refusal},
    org::{NewOrg, Role},
    token::{NewKey, Rotation},
    wire::testkit::{Answer, ISSUER, Site, encoded},
};

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

async fn get(site: &Site, path: &str, key: &Secret) -> Answer {
    site.get_with(&format!("/apps/almyty{path}"), &format!("Bearer {}", key.expose())).await
}

/// Somebody's organization with another member.
async fn two(site: &Site) -> (Asker, Asker, String) {
    let (ada, bob) = (site.person("ada").await, site.person("bob").await);
    let (ada, bob) = (asker(site, &ada).await, asker(site, &bob).await);
    let domain = &site.service.domain;
    let org = domain.create_org(&ada, NewOrg { name: "Acme", slug: None }).await.unwrap().org.slug;
    let (link, _) = domain.invite(&ada, &org, Role::Member, None).await.unwrap();
    domain.accept_invitation(&bob, &link).await.unwrap();
    (ada, bob, org)
}

#[tokio::test]
async fn a_key_made_on_purpose_acts_for_whoever_made_it_in_the_organization() {
    let site = Site::open().await;
    let (ada, bob, org) = two(&site).await;
    let domain = &site.service.domain;
    let new = |name| NewKey { app: "almyty", org: &org, name, ..NewKey::default() };
    let own = domain.create_key(&bob, new("laptop")).await.unwrap();
    let other = domain.create_key(&ada, new("server")).await.unwrap();
    let profile = get(&site, "/auth/profile", &own.secret).await.json()["data"].clone();
    assert_eq!(profile["email"], "bob@example.com", "{profile}");
    let membership = &profile["organizationMemberships"][0];
    assert_eq!((&membership["role"], &membership["organization"]["slug"]), (&json!("member"), &json!(org)));
    let orgs = get(&site, "/organizations", &own.secret).await.json();
    assert_eq!(orgs["data"].as_array().unwrap().len(), 2, "{orgs}");
    domain.write_uses().await.unwrap();
    let listed = get(&site, "/auth/api-keys", &own.secret).await.json()["data"]["apiKeys"].clone();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["name"]), (1, &json!("laptop")), "{listed}");
    assert!(listed[0]["lastUsedAt"].is_string(), "asking is a use: {listed}");
    assert_eq!(domain.keys(&bob, &org).await.unwrap().len(), 1, "the others' are the admins' business");
    assert_eq!(domain.keys(&ada, &org).await.unwrap().len(), 2);

    let bearer = format!("Bearer {}", own.secret.expose());
    let more = site.json_with("/apps/almyty/auth/api-keys", &json!({ "name": "more" }), &bearer).await;
    assert_eq!(more.status, 403, "a key makes no others: {}", more.body);
    let path = |id| format!("/apps/almyty/auth/api-keys/{id}");
    assert_eq!(site.delete_with(&path(other.token.id), &bearer).await.status, 400, "somebody else's");
    let replaced = domain.rotate_key(&ada, &org, own.token.id, Rotation::default()).await;
    assert!(matches!(replaced, Err(Refusal::Conflict(_))), "an admin would get to act for bob: {replaced:?}");
    let next = domain.rotate_key(&bob, &org, own.token.id, Rotation::default()).await.unwrap();
    let bearer = format!("Bearer {}", next.secret.expose());
    assert_eq!(site.delete_with(&path(own.token.id), &bearer).await.status, 200, "it ends itself");
    assert_eq!(get(&site, "/auth/profile", &next.secret).await.status, 401);

    let last = domain.create_key(&bob, new("last")).await.unwrap();
    domain.remove_member(&ada, &org, bob.account).await.unwrap();
    assert_eq!(get(&site, "/auth/profile", &last.secret).await.status, 401, "it ended with the membership");
    let (id, ours) = (other.token.id, domain.revoke_key(&ada, &org, other.token.id).await);
    assert!(ours.is_ok(), "{id}: {ours:?}");
}

#[tokio::test]
async fn a_key_without_an_address_has_an_answer() {
    let site = Site::open().await;
    let (ada, _, org) = two(&site).await;
    let domain = &site.service.domain;
    let program = domain.create_service_account(&ada, &org, "CI").await.unwrap().id;
    let new =
        NewKey { app: "almyty", org: &org, name: "CI", service_account: Some(program), ..NewKey::default() };
    let key = domain.create_key(&ada, new).await.unwrap().secret;
    let profile = get(&site, "/auth/profile", &key).await;
    assert_eq!((profile.status, &profile.json()["data"]["email"]), (200, &json!("")), "{}", profile.body);
    assert_eq!(get(&site, "/auth/api-keys", &key).await.status, 403, "a program has no keys of its own");
}

#[tokio::test]
async fn a_link_that_lacks_something_is_told_of_in_the_browser() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    for (query, missing) in [
        (format!("?callback={HOME}"), "“state” is missing"),
        (format!("?state={STATE}"), "“callback” is missing"),
        (String::new(), "“callback” and “state” are missing"),
    ] {
        let page = ada.get(&format!("/apps/almyty/cli-login{query}")).await;
        assert_eq!(page.status, 400, "{query}");
        assert!(page.header("content-type").starts_with("text/html"), "{query}: {}", page.body);
        assert!(page.body.contains(missing), "{missing}: {}", page.body);
    }
}

#[tokio::test]
async fn a_code_that_no_command_shows_is_called_that() {
    let site = Site::with(ISSUER, Some("almyty")).await;
    let mut ada = site.person("ada").await;
    let link = "/cli-auth?code=xyz789";
    let page = ada.get(link).await;
    assert_eq!(page.status, 422, "{}", page.body);
    assert!(page.body.contains("No command shows a code like this one."), "{}", page.body);
    assert!(page.body.contains("value=\"xyz789\""), "{}", page.body);
    let onward = site.visitor().get(link).await.location().to_owned();
    assert!(onward.contains("xyz789"), "it is said after signing in, too: {onward}");
    let unknown = ada.get("/cli-auth?code=BCDF-GHJK").await;
    assert!(unknown.body.contains("No terminal is waiting with this code."), "{}", unknown.body);
}
