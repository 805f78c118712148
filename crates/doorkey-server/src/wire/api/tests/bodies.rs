//! What bodies may hold: nothing that they shouldn't.

use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};

use super::{APP, asker};
use crate::{
    asker::MANAGE_SCOPE,
    org::Role,
    wire::{api::table::operations, testkit::Site},
};

/// Every operation that takes a body, with one that would do, and all that can be seen of the account.
struct Stage {
    site: Site,
    token: String,
    all: Vec<(&'static str, String, Value)>,
}

impl Stage {
    async fn new() -> Self {
        let site = Site::open().await;
        let (ada, bob) = (site.signs_up("ada").await, site.signs_up("bob").await);
        let token = site.manages(&ada).await;
        let org = site.done("POST", "/orgs", &token, Some(json!({ "name": "Acme", "slug": "acme" }))).await;
        site.lets_in(&asker(&ada), org["id"].as_str().unwrap(), &asker(&bob), Role::Member).await;
        let bob = bob.account.id.to_string();
        let personal = site.done("POST", "/tokens", &token, Some(json!({ "name": "one" }))).await;
        let key = site.done("POST", "/orgs/acme/keys", &token, Some(json!({ "name": "one" }))).await;
        let began = site.done("POST", "/anonymous", "", Some(json!({ "app": APP }))).await;
        let id = |made: &Value| made["token"]["id"].as_str().unwrap().to_owned();
        let all = vec![
            ("createToken", "/tokens".to_owned(), json!({ "name": "two" })),
            ("rotateToken", format!("/tokens/{}/rotate", id(&personal)), json!({})),
            ("createOrg", "/orgs".to_owned(), json!({ "name": "Other" })),
            ("changeOrg", "/orgs/acme".to_owned(), json!({ "name": "Changed" })),
            ("transferOrg", "/orgs/acme/transfer".to_owned(), json!({ "to": bob })),
            ("changeMember", format!("/orgs/acme/members/{bob}"), json!({ "role": "owner" })),
            ("createInvitation", "/orgs/acme/invitations".to_owned(), json!({ "role": "member" })),
            ("acceptInvitation", "/invitations/accept".to_owned(), json!({ "token": "x" })),
            ("createKey", "/orgs/acme/keys".to_owned(), json!({ "name": "two" })),
            ("rotateKey", format!("/orgs/acme/keys/{}/rotate", id(&key)), json!({})),
            ("createServiceAccount", "/orgs/acme/service-accounts".to_owned(), json!({ "name": "two" })),
            ("beginAnonymous", "/anonymous".to_owned(), json!({ "app": APP })),
            ("claimAnonymous", "/claim".to_owned(), json!({ "token": began["token"] })),
        ];
        for operation in operations().iter().filter(|operation| operation.body.is_some()) {
            assert!(
                all.iter().any(|(id, ..)| *id == operation.id),
                "{}: say here what it takes",
                operation.id
            );
        }
        Self { site, token, all }
    }

    async fn refuses(&self, operation: &str, path: &str, body: &Value) {
        let method = if ["changeOrg", "changeMember"].contains(&operation) { "PATCH" } else { "POST" };
        let refused = self.site.refused(method, path, &self.token, Some(body.clone())).await;
        assert_eq!(refused, (400, "invalid_request".to_owned()), "{operation} {body}");
    }

    /// All that can be seen, but for the trail.
    async fn seen(&self) -> Value {
        let mut seen = Vec::new();
        for path in [
            "/me",
            "/tokens",
            "/orgs",
            "/devices",
            "/orgs/acme/members",
            "/orgs/acme/invitations",
            "/orgs/acme/keys",
            "/orgs/acme/service-accounts",
        ] {
            seen.push(self.site.done("GET", path, &self.token, None).await);
        }
        seen.into()
    }
}

#[tokio::test]
async fn a_field_that_nobody_asked_for_is_refused_and_changes_nothing() {
    let stage = Stage::new().await;
    let before = stage.seen().await;
    for (operation, path, body) in &stage.all {
        for field in ["account", "role", "owner", "id", "plan", "Name", "", "__proto__"] {
            let mut more = body.clone();
            if more.get(field).is_some() {
                continue;
            }
            // An invitation has a role; what else isn't a role is refused as such.
            more[field] =
                json!(if field == "role" { "emperor" } else { "019b0000-0000-7000-8000-000000000000" });
            stage.refuses(operation, path, &more).await;
        }
    }
    assert_eq!(stage.seen().await, before);
}

/// CVE-2025-61928: who could name another account while making a key got a key of that account.
#[tokio::test]
async fn cve_2025_61928_the_owner_of_a_key_always_comes_from_the_token() {
    let site = Site::open().await;
    let (ada, eve) = (site.signs_up("ada").await, site.signs_up("eve").await);
    let token = site.manages(&eve).await;
    let org = site.makes_org(&asker(&eve), "Evil").await;
    let victim = ada.account.id.to_string();
    for field in ["userId", "user_id", "account", "account_id", "owner", "holder", "created_by", "sub"] {
        for path in ["/tokens".to_owned(), format!("/orgs/{org}/keys")] {
            let body = json!({ "name": "mine", field: victim });
            assert_eq!(site.refused("POST", &path, &token, Some(body)).await.0, 400, "{path} {field}");
            assert_eq!(
                site.refused("POST", &path, "", Some(json!({ "name": "mine", field: victim }))).await.0,
                401
            );
        }
    }
    // The one field that names a holder takes the organization's own programs only.
    let body = json!({ "name": "mine", "service_account": victim });
    assert_eq!(site.refused("POST", &format!("/orgs/{org}/keys"), &token, Some(body)).await.0, 404);
    let made = site.done("POST", "/tokens", &token, Some(json!({ "name": "mine" }))).await;
    assert_eq!(made["token"]["holder"]["id"], eve.account.id.to_string());
    let theirs = site.tool(&ada, &[MANAGE_SCOPE]).await.access_token;
    assert_eq!(site.done("GET", "/tokens", theirs.expose(), None).await["tokens"], json!([]));
}

#[tokio::test]
async fn names_that_nobody_can_read_are_refused() {
    let stage = Stage::new().await;
    let long = "x".repeat(10_000);
    for (operation, path, body) in stage.all.iter().filter(|(_, _, body)| body.get("name").is_some()) {
        for name in [long.as_str(), "abc\u{202e}cba", "", "  ", "a\nb", "a\u{0}b", "\u{200b}"] {
            let mut wrong = body.clone();
            wrong["name"] = json!(name);
            stage.refuses(operation, path, &wrong).await;
        }
    }
}

#[tokio::test]
async fn wrong_types_and_numbers_out_of_range_are_refused() {
    let stage = Stage::new().await;
    let before = stage.seen().await;
    for (operation, path, body) in &stage.all {
        for (field, _) in body.as_object().unwrap() {
            for wrong in [json!(1), json!([]), json!({}), json!(true)] {
                let mut body = body.clone();
                body[field] = wrong;
                stage.refuses(operation, path, &body).await;
            }
        }
    }
    let numbers = [
        (
            "createToken",
            "expires_in",
            vec![json!(0), json!(59), json!(-1), json!(1.5), json!("60"), json!(u64::MAX), json!(1e300)],
        ),
        ("rotateToken", "overlap", vec![json!(2_592_001), json!(-1), json!(u64::MAX)]),
        ("rotateKey", "expires_in", vec![json!(1), json!(u64::MAX)]),
        ("createKey", "rate_limit", vec![json!(0), json!(1_000_001), json!(4_294_967_297_u64), json!("1")]),
        (
            "createKey",
            "allow",
            vec![
                json!(["10.0.0.0/33"]),
                json!(["localhost"]),
                json!("10.0.0.0/8"),
                json!(vec!["10.0.0.1"; 51]),
            ],
        ),
        ("createKey", "kind", vec![json!("nothing"), json!(1)]),
        ("createKey", "scopes", vec![json!(["doorkey:manage"]), json!(["nothing"]), json!("notes:write")]),
        ("changeOrg", "longest_token", vec![json!(3599), json!(u64::MAX), json!("a day")]),
        ("changeOrg", "rate_limit", vec![json!(0), json!(u64::MAX)]),
        ("createInvitation", "expires_in", vec![json!(59), json!(2_592_001), json!(u64::MAX)]),
        ("createOrg", "slug", vec![json!("A b"), json!("x"), json!("a--b"), json!("-a")]),
    ];
    for (operation, field, wrong) in numbers {
        let (_, path, body) = stage.all.iter().find(|(id, ..)| *id == operation).unwrap();
        for wrong in wrong {
            let mut body = body.clone();
            body[field] = wrong;
            stage.refuses(operation, path, &body).await;
        }
    }
    assert_eq!(stage.seen().await, before);
}

#[tokio::test]
async fn what_is_no_json_object_is_refused() {
    let stage = Stage::new().await;
    let send = async |media_type: Option<&str>, body: Vec<u8>| {
        let mut request =
            Request::post("/api/v1/orgs").header(header::AUTHORIZATION, format!("Bearer {}", stage.token));
        if let Some(media_type) = media_type {
            request = request.header(header::CONTENT_TYPE, media_type);
        }
        let answer = stage.site.send(request.body(Body::from(body)).unwrap()).await;
        (answer.status, answer.error())
    };
    let json = Some("application/json; charset=utf-8");
    for body in [
        "",
        "null",
        "[]",
        "[\"Acme\"]",
        "\"Acme\"",
        "{",
        "{\"name\":\"Acme\"}}",
        "{\"name\":\"Acme\",\"name\":\"Acme\"}",
        "{\"name\":\"a\\u0000b\"}",
        "{\"name\":\"\\ud800\"}",
        "{'name':'Acme'}",
        "name=Acme",
    ] {
        assert_eq!(send(json, body.into()).await, (400, "invalid_request".to_owned()), "{body}");
    }
    assert_eq!(send(json, b"{\"name\":\"\xff\"}".to_vec()).await.0, 400);
    let good = || br#"{"name":"Acme"}"#.to_vec();
    for media_type in
        [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp")]
    {
        assert_eq!(send(media_type, good()).await, (415, "invalid_request".to_owned()), "{media_type:?}");
    }
    let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(70_000));
    assert_eq!(send(json, long.into()).await, (413, "invalid_request".to_owned()));
    // Where all of a body may be missing, what is there still has to be JSON.
    let rotate = |body: &'static str| {
        let (_, path, _) = stage.all.iter().find(|(id, ..)| *id == "rotateToken").unwrap();
        let request = Request::post(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", stage.token));
        stage.site.send(request.body(Body::from(body)).unwrap())
    };
    assert_eq!(rotate("overlap=60").await.status, 415);
    assert_eq!(rotate("").await.status, 201);
}
