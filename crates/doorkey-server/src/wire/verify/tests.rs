//! `/verify` as a gateway sees it.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use axum::{
    body::Body,
    http::{Request, header},
};
use doorkey_manifest::Secret;

use crate::{
    asker::Asker,
    audit::Origin,
    org::NewOrg,
    token::{HandedOut, NewKey},
    wire::testkit::{Answer, Site},
};

struct Vendor {
    site: Site,
    asker: Asker,
    org: String,
}

impl Vendor {
    async fn open(root: Option<&str>) -> Self {
        let site = Site::with(crate::wire::testkit::ISSUER, root).await;
        let cookie = site.person("ada").await.cookie.unwrap();
        let cookie = Secret::new(cookie.split_once('=').unwrap().1);
        let session = site.service.domain.session(&cookie).await.unwrap().unwrap();
        let asker = session.asker(&Origin::ourselves(), site.service.domain.now());
        let org = site.service.domain.create_org(&asker, NewOrg { name: "Acme", slug: None }).await.unwrap();
        Self { site, asker, org: org.org.slug }
    }

    async fn key(&self, new: NewKey<'_>) -> HandedOut {
        let new = NewKey { app: "parcel", org: &self.org, name: "Łódź", ..new };
        self.site.service.domain.create_key(&self.asker, new).await.unwrap()
    }

    async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.site.send(request.body(Body::empty()).unwrap()).await
    }

    async fn verify(&self, path: &str, key: &HandedOut) -> Answer {
        self.ask(path, &[("authorization", &format!("Bearer {}", key.secret.expose()))]).await
    }
}

#[tokio::test]
async fn one_request_says_whose_it_is_and_what_it_may() {
    let vendor = Vendor::open(Some("parcel")).await;
    let key = vendor.key(NewKey { rate_limit: Some(100), ..NewKey::default() }).await;
    let answer = vendor.verify("/verify", &key).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body = answer.json();
    assert_eq!(body["valid"], true);
    assert_eq!(
        (body["name"].as_str(), body["account"]["kind"].as_str()),
        (Some("Łódź"), Some("organization"))
    );
    assert_eq!(body["org"]["slug"].as_str(), Some(vendor.org.as_str()));
    assert_eq!(body["rate_limit"]["remaining"], 99);
    assert_eq!(answer.header("x-doorkey-app"), "parcel");
    assert_eq!(answer.header("x-doorkey-org-slug"), vendor.org);
    assert_eq!(answer.header("x-doorkey-token-kind"), "api_key");
    assert_eq!((answer.header("ratelimit-limit"), answer.header("ratelimit-remaining")), ("100", "99"));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(!answer.body.contains(key.secret.expose()));
}

#[tokio::test]
async fn the_header_that_the_apps_manifest_names_is_taken_too() {
    let vendor = Vendor::open(Some("parcel")).await;
    let key = vendor.key(NewKey::default()).await;
    let named = vendor.site.service.products.get("parcel").unwrap();
    let headers: Vec<&str> = named.credential_headers().collect();
    for name in headers {
        assert_eq!(vendor.ask("/verify", &[(name, key.secret.expose())]).await.status, 200);
    }
    assert_eq!(vendor.ask("/verify", &[("x-made-up", key.secret.expose())]).await.status, 401);
    let in_query = format!("/verify?token={0}&access_token={0}", key.secret.expose());
    assert_eq!(vendor.ask(&in_query, &[]).await.status, 401, "never from an address");
}

#[tokio::test]
async fn what_is_wrong_is_told_apart() {
    let vendor = Vendor::open(Some("parcel")).await;
    let key = vendor.key(NewKey::default()).await;
    let missing = vendor.ask("/verify", &[]).await;
    assert_eq!((missing.status, missing.header("www-authenticate")), (401, "Bearer"));
    assert_eq!(missing.text("reason"), "missing");
    let scope = vendor.verify("/verify?scope=nothing%20like%20it", &key).await;
    assert_eq!((scope.status, scope.text("error").as_str()), (403, "insufficient_scope"));
    assert_eq!(
        scope.header("www-authenticate"),
        r#"Bearer error="insufficient_scope", scope="nothing like it""#
    );
    let by_header = [
        ("authorization", format!("Bearer {}", key.secret.expose())),
        ("x-doorkey-scope", "nothing".to_owned()),
    ];
    let by_header: Vec<(&str, &str)> = by_header.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(vendor.ask("/verify", &by_header).await.status, 403);
    let new = NewKey { scopes: vec!["parcels:insure".to_owned()], ..NewKey::default() };
    let poor = vendor.key(new).await;
    let plan = vendor.verify("/verify?scope=parcels:insure", &poor).await;
    assert_eq!((plan.status, plan.text("error").as_str()), (403, "plan_required"));
    assert_eq!(plan.text("error_description"), "Your shop needs the plan box for this");
    assert_eq!(plan.header("x-doorkey-billing-url"), "https://parcel.example/shop/billing?plan=box");
    assert_eq!(plan.header("www-authenticate"), "", "it is no trouble with signing in");
    let elsewhere =
        vendor.key(NewKey { allow: vec!["10.0.0.0/8".parse().unwrap()], ..NewKey::default() }).await;
    let address = vendor.verify("/verify", &elsewhere).await;
    assert_eq!((address.status, address.text("reason").as_str()), (403, "address"));
    let slow = vendor.key(NewKey { rate_limit: Some(1), ..NewKey::default() }).await;
    assert_eq!(vendor.verify("/verify", &slow).await.status, 200);
    let limited = vendor.verify("/verify", &slow).await;
    assert_eq!(
        (limited.status, limited.header("retry-after"), limited.header("ratelimit-remaining")),
        (429, "60", "0")
    );
    vendor.site.service.domain.revoke_key(&vendor.asker, &vendor.org, key.token.id).await.unwrap();
    let revoked = vendor.verify("/verify", &key).await;
    assert_eq!((revoked.status, revoked.text("reason").as_str()), (401, "revoked"));
    assert!(revoked.header("www-authenticate").contains("the token was revoked"));
    assert_eq!(vendor.ask("/verify?scope=a&scope=b", &[("authorization", "Bearer x")]).await.status, 400);
}

#[tokio::test]
async fn the_root_serves_the_root_app_and_each_app_has_its_own() {
    let vendor = Vendor::open(Some("demo")).await;
    let key = vendor.key(NewKey::default()).await;
    assert_eq!(vendor.verify("/verify", &key).await.status, 401, "the root app is another");
    assert_eq!(vendor.verify("/apps/parcel/verify", &key).await.status, 200);
    assert_eq!(vendor.verify("/apps/demo/verify", &key).await.status, 401);
    assert_eq!(vendor.verify("/apps/nothing/verify", &key).await.status, 404);
    let any = Vendor::open(None).await;
    let key = any.key(NewKey::default()).await;
    assert_eq!(any.verify("/verify", &key).await.status, 200, "without a root app, all are served");
}

#[tokio::test]
async fn a_gateway_may_ask_with_any_method() {
    let vendor = Vendor::open(Some("parcel")).await;
    let key = vendor.key(NewKey::default()).await;
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let request = Request::builder().method(method).uri("/verify");
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", key.secret.expose()));
        assert_eq!(vendor.site.send(request.body(Body::empty()).unwrap()).await.status, 200, "{method}");
    }
}
