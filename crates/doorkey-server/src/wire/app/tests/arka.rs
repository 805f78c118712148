//! A product whose people paste a token, and whose service says what is wrong with one.

use doorkey_manifest::{Secret, TokenFormat};
use serde_json::json;

use crate::{
    account::Session,
    asker::Asker,
    audit::Origin,
    entropy::{Entropy, OsEntropy},
    plan::PlanHolder,
    token::{HandedOut, Lifetime, NewToken},
    wire::testkit::{ISSUER, Site, Visitor},
};

pub(super) async fn asker(site: &Site, person: &Visitor<'_>) -> Asker {
    let cookie = person.cookie.as_deref().unwrap().split_once('=').unwrap().1;
    let session: Session = site.service.domain.session(&Secret::new(cookie)).await.unwrap().unwrap();
    session.asker(&Origin::ourselves(), site.service.domain.now())
}

async fn token(site: &Site, ada: &Asker, lifetime: Lifetime) -> HandedOut {
    let new = NewToken { app: "arka", name: "MacBook Pro", lifetime, ..NewToken::default() };
    site.service.domain.create_personal_token(ada, new).await.unwrap()
}

async fn asked(site: &Site, token: &str) -> (u16, serde_json::Value) {
    let answer = site.get_with("/apps/arka/v1/account", &format!("Bearer {token}")).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn unknown_revoked_expired_and_without_a_plan_are_told_apart() {
    let site = Site::open().await;
    let person = site.person("ada").await;
    let ada = asker(&site, &person).await;
    let refused = |error: &str, message: &str| (403, json!({ "error": error, "message": message }));
    let never = TokenFormat::new("arka_").from_entropy(|bytes| OsEntropy.fill(bytes));
    for unknown in [never.expose(), "arka_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "undefined"] {
        assert_eq!(asked(&site, unknown).await, refused("invalid_token", "Invalid token"), "{unknown}");
    }
    let nobody = site.get("/apps/arka/v1/account").await;
    assert_eq!((nobody.status, nobody.json()), refused("invalid_token", "Invalid token"), "no credential");
    let good = token(&site, &ada, Lifetime::Usual).await;
    assert_eq!(
        asked(&site, good.secret.expose()).await,
        refused("pro_required", "Pro subscription required")
    );
    site.service
        .domain
        .set_plan(PlanHolder::Account("ada@example.com"), Some("pro"), None, &Origin::ourselves())
        .await
        .unwrap();
    let (status, body) = asked(&site, good.secret.expose()).await;
    assert_eq!((status, &body["email"], &body["plan"]), (200, &json!("ada@example.com"), &json!("pro")));

    site.service.domain.revoke_personal_token(&ada, good.token.id).await.unwrap();
    assert_eq!(asked(&site, good.secret.expose()).await, refused("token_revoked", "Token revoked"));
    let hour = std::time::Duration::from_hours(1);
    let short = token(&site, &ada, Lifetime::For(hour)).await;
    site.clock.advance(hour);
    assert_eq!(asked(&site, short.secret.expose()).await, refused("token_expired", "Token expired"));
}

#[tokio::test]
async fn the_tokens_page_stands_where_the_document_says_with_its_words() {
    let site = Site::with(ISSUER, Some("arka")).await;
    let mut ada = site.person("ada").await;
    let list = ada.get("/app/personal/settings/tokens").await;
    for words in ["Settings", "Personal Access Tokens", "Create Token"] {
        assert!(list.body.contains(words), "{words}: {}", list.body);
    }
    let form = ada.get("/app/personal/settings/tokens/new").await;
    assert!(form.body.contains("value=\"never\""), "an end may be left out: {}", form.body);
    let once = form.body.split("name=\"once\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let (token, more) = (form.form_token(), ("sec-fetch-site", "same-origin"));
    let fields = [
        ("form_token", token.as_str()),
        ("once", once),
        ("app", "arka"),
        ("name", "MacBook Pro"),
        ("expires", "30"),
    ];
    let made = ada.post("/app/personal/settings/tokens/new", &fields, &[more]).await;
    assert!(made.body.contains("Copy your token now - it won&#39;t be shown again!"), "{}", made.body);
    assert!(made.body.contains("arka_"), "{}", made.body);
}

#[tokio::test]
async fn who_signs_in_is_told_what_comes_next() {
    let site = Site::with(ISSUER, Some("arka")).await;
    let question = "Then you decide whether ARKA Code may sign in on your terminal.";
    let tokens = "/app/personal/settings/tokens";
    for (way_on, asks) in
        [("/approve/x", true), ("/apps/arka/device?user_code=B", true), (tokens, false), ("/", false)]
    {
        for page in ["/sign-in", "/sign-up"] {
            let shown = site.visitor().get(&format!("{page}?app=arka&return_to={way_on}")).await.body;
            assert_eq!(shown.contains(question), asks, "{page} {way_on}: {shown}");
            assert_eq!(
                shown.contains("Then you go on to your account for ARKA Code."),
                !asks,
                "{page} {way_on}"
            );
        }
    }
}
