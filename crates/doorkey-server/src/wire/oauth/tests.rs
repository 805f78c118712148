//! The standard endpoints as off-the-shelf clients meet them. Names begin with the requirement that they show.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::path::{AUTHORIZE, DEVICE_AUTHORIZATION, INTROSPECT, METADATA, REVOKE, TOKEN, USERINFO};
use crate::wire::testkit::{Answer, ISSUER, Site, Visitor, encoded};

const VERIFIER: &str = "a-verifier-of-forty-three-characters-at-least";
const REDIRECT: &str = "http://127.0.0.1:61023/callback";
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

/// The address that a tool opens, with some parameters replaced, added or (when empty) left out.
fn authorize(changes: &[(&str, &str)]) -> String {
    let challenge = challenge();
    let mut all = vec![
        ("response_type", "code"),
        ("client_id", "demo"),
        ("redirect_uri", REDIRECT),
        ("state", "a state & more"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        all.retain(|(other, _)| other != name);
        all.push((name, value));
    }
    all.retain(|(_, value)| !value.is_empty());
    format!("{AUTHORIZE}?{}", encoded(&all))
}

/// Where a person who opens the address and presses a button is sent.
async fn decide(person: &mut Visitor<'_>, address: &str, decision: &str) -> Answer {
    let approval = person.get(address).await.location().to_owned();
    person.submit(&approval, &[("decision", decision)]).await
}

fn redemption(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", "demo"),
        ("code", code),
        ("code_verifier", VERIFIER),
        ("redirect_uri", REDIRECT),
    ]
}

/// The tokens of somebody who has just signed in.
async fn signed_in(site: &Site, name: &str) -> Answer {
    let mut person = site.person(name).await;
    let code = decide(&mut person, &authorize(&[]), "approve").await.sent_back("code").unwrap();
    site.form(TOKEN, &redemption(&code)).await
}

async fn device(site: &Site) -> Answer {
    site.form(DEVICE_AUTHORIZATION, &[("client_id", "demo"), ("host_name", "ada-laptop")]).await
}

async fn poll(site: &Site, device_code: &str) -> Answer {
    let fields = [("grant_type", DEVICE_GRANT), ("client_id", "demo"), ("device_code", device_code)];
    site.form_with(TOKEN, &fields, &[("prefer".parse().unwrap(), "wait=0")]).await
}

fn basic(credentials: &str) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

async fn introspect(site: &Site, token: &str) -> Answer {
    let authorization = basic("gateway:gateway%27s+password");
    site.form_with(INTROSPECT, &[("token", token)], &[(header::AUTHORIZATION, &authorization)]).await
}

#[tokio::test]
async fn a1_only_the_code_response_and_the_advertised_grants_are_served() {
    let site = Site::open().await;
    let refused = site.get(&authorize(&[("response_type", "token")])).await;
    assert_eq!(refused.sent_back("error").as_deref(), Some("unsupported_response_type"));
    let refused = site.get(&authorize(&[("response_type", "")])).await;
    assert_eq!(refused.sent_back("error").as_deref(), Some("invalid_request"));
    for grant in ["password", "client_credentials", "implicit"] {
        let refused = site.form(TOKEN, &[("grant_type", grant), ("client_id", "demo")]).await;
        assert_eq!((refused.status, refused.error().as_str()), (400, "unsupported_grant_type"), "{grant}");
    }
}

#[tokio::test]
async fn a2_a_repeated_parameter_is_refused_and_unknown_and_empty_ones_do_no_harm() {
    let site = Site::open().await;
    let twice = format!("{}&code_challenge_method=S256", authorize(&[]));
    assert_eq!(site.get(&twice).await.sent_back("error").as_deref(), Some("invalid_request"));
    let fields = [("grant_type", "refresh_token"), ("client_id", "demo"), ("client_id", "demo")];
    assert_eq!(site.form(TOKEN, &fields).await.error(), "invalid_request");
    let more = format!("{}&nonsense=1&scope=&login_hint=", authorize(&[]));
    assert!(site.get(&more).await.location().starts_with("/approve/"));
}

#[tokio::test]
async fn a4_an_unknown_client_or_a_foreign_redirect_gets_a_page_and_never_a_redirect() {
    let site = Site::open().await;
    for changes in [
        ("client_id", "nobody"),
        ("client_id", ""),
        ("redirect_uri", ""),
        ("redirect_uri", "https://evil.example/callback"),
        ("redirect_uri", "http://127.0.0.1:61023/other"),
        ("redirect_uri", "http://localhost:61023/callback"),
    ] {
        // Even when something else is wrong as well.
        let address = authorize(&[changes, ("response_type", "token")]);
        let answer = site.visitor().get(&address).await;
        assert_eq!((answer.status, answer.header("location")), (400, ""), "{changes:?}");
        assert!(answer.header("content-type").starts_with("text/html"));
    }
    let twice = format!("{}&redirect_uri={REDIRECT}", authorize(&[]));
    assert_eq!(site.visitor().get(&twice).await.status, 400);
}

#[tokio::test]
async fn a5_a_redirect_over_plain_http_or_to_another_scheme_is_refused() {
    let site = Site::open().await;
    for redirect in ["http://example.com/callback", "myapp://callback", "com.example.app:/callback"] {
        assert_eq!(site.get(&authorize(&[("redirect_uri", redirect)])).await.status, 400, "{redirect}");
    }
}

#[tokio::test]
async fn a6_without_an_s256_challenge_nothing_begins() {
    let site = Site::open().await;
    for changes in [
        ("code_challenge", ""),
        ("code_challenge", "too short"),
        ("code_challenge_method", ""),
        ("code_challenge_method", "plain"),
        ("code_challenge_method", "s256"),
    ] {
        let refused = site.get(&authorize(&[changes])).await;
        assert_eq!(refused.sent_back("error").as_deref(), Some("invalid_request"), "{changes:?}");
    }
    assert_eq!(site.get(METADATA).await.json()["code_challenge_methods_supported"], json!(["S256"]));
}

#[tokio::test]
async fn a11_the_state_comes_back_as_it_was_and_the_issuer_is_named_in_every_answer() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let refused = site.get(&authorize(&[("scope", "everything")])).await;
    assert_eq!(refused.sent_back("error").as_deref(), Some("invalid_scope"));
    let approved = decide(&mut ada, &authorize(&[]), "approve").await;
    assert!(approved.sent_back("code").is_some() && approved.sent_back("error").is_none());
    let denied = decide(&mut ada, &authorize(&[]), "deny").await;
    assert_eq!(denied.sent_back("error").as_deref(), Some("access_denied"));
    assert!(denied.sent_back("code").is_none());
    for answer in [refused, approved, denied] {
        assert!(answer.location().starts_with(REDIRECT));
        assert_eq!(answer.sent_back("state").as_deref(), Some("a state & more"));
        assert_eq!(answer.sent_back("iss").as_deref(), Some(ISSUER));
    }
    let metadata = site.get(METADATA).await.json();
    assert_eq!(
        (&metadata["issuer"], &metadata["authorization_response_iss_parameter_supported"]),
        (&json!(ISSUER), &json!(true))
    );
}

#[tokio::test]
async fn a12_after_a_form_the_browser_is_sent_on_with_303() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let begun = ada.get(&authorize(&[])).await;
    assert_eq!(begun.status, 303);
    assert_eq!(ada.submit(begun.location(), &[("decision", "approve")]).await.status, 303);
}

#[tokio::test]
async fn a13_no_other_site_may_read_an_answer() {
    let site = Site::open().await;
    for (method, path) in [
        (Method::GET, authorize(&[])),
        (Method::OPTIONS, AUTHORIZE.to_owned()),
        (Method::OPTIONS, TOKEN.to_owned()),
        (Method::GET, METADATA.to_owned()),
    ] {
        let request =
            Request::builder().method(method).uri(&path).header(header::ORIGIN, "https://evil.example");
        let answer = site.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
}

#[tokio::test]
async fn a15_the_person_is_asked_every_time() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    for _ in 0..2 {
        let approval = ada.get(&authorize(&[])).await.location().to_owned();
        let page = ada.get(&approval).await;
        assert_eq!(page.status, 200);
        for words in
            ["Read your name and e-mail address", "Stay signed in for up to 90 days", "ada@example.com"]
        {
            assert!(page.body.contains(words), "{words}");
        }
        ada.submit(&approval, &[("decision", "approve")]).await;
    }
    let refused = ada.get(&authorize(&[("prompt", "none")])).await;
    assert_eq!(refused.sent_back("error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn a16_only_the_scopes_of_the_client_are_given_and_the_answer_names_them() {
    let site = Site::open().await;
    let refused = site.get(&authorize(&[("scope", "profile:read parcels:send")])).await;
    assert_eq!(refused.sent_back("error").as_deref(), Some("invalid_scope"));
    let mut ada = site.person("ada").await;
    let wide = authorize(&[("scope", "notes:write profile:read")]);
    let code = decide(&mut ada, &wide, "approve").await.sent_back("code").unwrap();
    assert_eq!(site.form(TOKEN, &redemption(&code)).await.text("scope"), "notes:write profile:read");
    assert_eq!(signed_in(&site, "bob").await.text("scope"), "profile:read");
}

#[tokio::test]
async fn t1_the_token_endpoint_takes_a_post_with_a_form_and_nothing_else() {
    let site = Site::open().await;
    let answer = site.get(TOKEN).await;
    assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
    let answer = site.json(TOKEN, &json!({ "grant_type": "refresh_token", "client_id": "demo" })).await;
    assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request"));
    // What stands in the query doesn't count, least of all a secret.
    let in_query = format!("{TOKEN}?{}", encoded(&redemption("x")));
    assert_eq!(site.form(&in_query, &[]).await.error(), "invalid_request");
}

#[tokio::test]
async fn t2_no_answer_of_the_token_endpoint_is_kept_by_anybody() {
    let site = Site::open().await;
    let tokens = signed_in(&site, "ada").await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    for answer in [tokens, site.form(TOKEN, &redemption("x")).await, device(&site).await] {
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn t3_errors_have_the_status_that_their_rfc_gives_them() {
    let site = Site::open().await;
    let fields =
        |client| vec![("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", "x")];
    let answer = site.form(TOKEN, &fields("demo")).await;
    assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_grant"));
    let answer = site.form(TOKEN, &fields("nobody")).await;
    assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_client"));
    let answer = site.form(TOKEN, &[("grant_type", "refresh_token"), ("client_id", "demo")]).await;
    assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request"));
    // RFC 6749, section 5.2: printable ASCII without quotation marks and backslashes.
    let description = answer.text("error_description");
    assert!(
        description.bytes().all(|byte| matches!(byte, 0x20..=0x7e) && byte != b'"' && byte != b'\\'),
        "{description}"
    );
}

#[tokio::test]
async fn t4_a_public_client_may_name_itself_with_basic_but_has_nothing_to_prove() {
    let site = Site::open().await;
    let fields = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let with = async |authorization: &str, more: &[(&str, &str)]| {
        let fields: Vec<_> = fields.iter().chain(more).copied().collect();
        site.form_with(TOKEN, &fields, &[(header::AUTHORIZATION, &basic(authorization))]).await.error()
    };
    assert_eq!(with("demo:", &[]).await, "invalid_grant", "it got as far as the token");
    assert_eq!(with("demo:", &[("client_id", "demo")]).await, "invalid_grant");
    assert_eq!(with("demo:password", &[]).await, "invalid_request");
    assert_eq!(with("demo:", &[("client_id", "parcel")]).await, "invalid_request");
    assert_eq!(with("demo:", &[("client_secret", "x")]).await, "invalid_request");
}

#[tokio::test]
async fn t6_the_answer_has_a_type_a_number_of_seconds_and_a_refresh_token() {
    let site = Site::open().await;
    let tokens = signed_in(&site, "ada").await;
    assert_eq!((tokens.text("token_type").as_str(), &tokens.json()["expires_in"]), ("Bearer", &json!(3600)));
    assert!(tokens.text("access_token").starts_with("demo_at_"));
    assert!(tokens.text("refresh_token").starts_with("demo_rt_"), "also without any scope being asked for");
}

#[tokio::test]
async fn t6_the_answer_says_when_the_sign_in_itself_ends() {
    const DAY: u64 = 24 * 60 * 60;
    let site = Site::open().await;
    let tokens = signed_in(&site, "ada").await;
    let ends = |tokens: &Value| {
        (tokens["refresh_token_expires_in"].as_u64(), tokens["authorization_expires_in"].as_u64())
    };
    assert_eq!(ends(&tokens.json()), (Some(30 * DAY), Some(90 * DAY)));
    let refresh = async |token: &str| {
        let fields = [("grant_type", "refresh_token"), ("client_id", "demo"), ("refresh_token", token)];
        site.form(TOKEN, &fields).await
    };
    // Using it moves the one end and not the other; a repeated refresh gets the very same answer.
    site.clock.advance(Duration::from_secs(20 * DAY));
    let first = refresh(&tokens.text("refresh_token")).await;
    assert_eq!(ends(&first.json()), (Some(30 * DAY), Some(70 * DAY)));
    site.clock.advance(Duration::from_secs(7));
    assert_eq!(refresh(&tokens.text("refresh_token")).await.json(), first.json());
}

#[tokio::test]
async fn t7_a_client_may_use_only_the_ways_of_its_manifest() {
    let site = Site::open().await;
    let refused = site.form(DEVICE_AUTHORIZATION, &[("client_id", "parcel")]).await;
    assert_eq!(refused.error(), "unauthorized_client");
    let refused = site.get(&authorize(&[("client_id", "parcel")])).await;
    assert_eq!(refused.sent_back("error").as_deref(), Some("unauthorized_client"));
}

#[tokio::test]
async fn r3_a_refresh_may_narrow_the_access_token_and_never_widen_it() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let wide = authorize(&[("scope", "notes:write profile:read")]);
    let code = decide(&mut ada, &wide, "approve").await.sent_back("code").unwrap();
    let token = site.form(TOKEN, &redemption(&code)).await.text("refresh_token");
    let refresh = async |token: &str, scope: &str| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", "demo"),
            ("refresh_token", token),
            ("scope", scope),
        ];
        site.form(TOKEN, &fields).await
    };
    assert_eq!(refresh(&token, "parcels:send").await.error(), "invalid_scope");
    let narrow = refresh(&token, "notes:write").await;
    assert_eq!(narrow.text("scope"), "notes:write");
    let again = refresh(&token, "notes:write").await;
    assert_eq!(again.body, narrow.body, "within the grace, the very same answer");
    assert_eq!(refresh(&narrow.text("refresh_token"), "").await.text("scope"), "notes:write profile:read");
}

#[tokio::test]
async fn d2_the_device_answer_has_all_that_the_tool_shows() {
    let site = Site::open().await;
    let answer = device(&site).await;
    let (code, uri) = (answer.text("user_code"), answer.text("verification_uri"));
    assert_eq!(uri, format!("{ISSUER}/device"));
    assert_eq!(answer.text("verification_uri_complete"), format!("{uri}?user_code={code}"));
    assert_eq!((&answer.json()["expires_in"], &answer.json()["interval"]), (&json!(600), &json!(1)));
    assert_eq!(doorkey_manifest::code::normalize(&code), Some(code));
    assert!(answer.text("device_code").len() >= 43, "D5: 256 bits");
    let refused = site.form(DEVICE_AUTHORIZATION, &[("client_id", "nobody")]).await;
    assert_eq!(refused.error(), "invalid_client");
}

#[tokio::test]
async fn d6_a_pending_poll_says_so_and_one_that_is_a_little_early_is_no_crime() {
    let site = Site::open().await;
    let device_code = device(&site).await.text("device_code");
    for _ in 0..3 {
        let answer = poll(&site, &device_code).await;
        assert_eq!((answer.status, answer.error().as_str()), (400, "authorization_pending"));
        site.clock.advance(Duration::from_millis(400));
    }
}

#[tokio::test]
async fn d6_a_tool_that_polls_in_bursts_is_told_to_slow_down() {
    let site = Site::open().await;
    let device_code = device(&site).await.text("device_code");
    let mut last = String::new();
    for _ in 0..10 {
        last = poll(&site, &device_code).await.error();
    }
    assert_eq!(last, "slow_down");
}

#[tokio::test]
async fn d7_what_a_poll_finds_has_the_names_of_the_rfc() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let open = async |ada: &mut Visitor<'_>, started: &Answer| {
        let answer = ada.submit("/device", &[("user_code", &started.text("user_code"))]).await;
        answer.location().to_owned()
    };
    let (denied, approved, expired) = (device(&site).await, device(&site).await, device(&site).await);
    let page = open(&mut ada, &denied).await;
    ada.submit(&page, &[("decision", "deny")]).await;
    assert_eq!(poll(&site, &denied.text("device_code")).await.error(), "access_denied");
    let page = open(&mut ada, &approved).await;
    ada.submit(&page, &[("decision", "approve")]).await;
    assert_eq!(poll(&site, &approved.text("device_code")).await.status, 200, "however early the poll is");
    assert_eq!(
        poll(&site, &approved.text("device_code")).await.error(),
        "invalid_grant",
        "nobody gets it twice"
    );
    site.clock.advance(Duration::from_mins(11));
    assert_eq!(poll(&site, &expired.text("device_code")).await.error(), "expired_token");
    assert_eq!(poll(&site, "made up").await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_held_poll_is_answered_by_the_decision_and_not_by_the_clock() {
    let site = Site::open().await;
    let started = device(&site).await;
    let (user_code, device_code) = (started.text("user_code"), started.text("device_code"));
    let fields = [("grant_type", DEVICE_GRANT), ("client_id", "demo"), ("device_code", device_code.as_str())];
    let waits = [("prefer".parse().unwrap(), "wait=20")];
    let began = std::time::Instant::now();
    let (held, ()) = tokio::join!(site.form_with(TOKEN, &fields, &waits), async {
        let mut ada = site.person("ada").await;
        let page = ada.submit("/device", &[("user_code", &user_code)]).await.location().to_owned();
        ada.submit(&page, &[("decision", "approve")]).await;
    });
    assert_eq!(held.status, 200, "{}", held.body);
    assert!(began.elapsed() < Duration::from_secs(15));
    assert!(site.service.domain.waiting_room().is_empty());
}

#[tokio::test]
async fn a_stop_answers_held_polls_as_they_stand() {
    let site = Site::open().await;
    let device_code = device(&site).await.text("device_code");
    let fields = [("grant_type", DEVICE_GRANT), ("client_id", "demo"), ("device_code", device_code.as_str())];
    let waits = [("prefer".parse().unwrap(), "wait=20")];
    let (held, ()) = tokio::join!(site.form_with(TOKEN, &fields, &waits), async {
        while site.service.domain.waiting_room().is_empty() {
            tokio::task::yield_now().await;
        }
        site.service.stop();
    });
    assert_eq!(held.error(), "authorization_pending");
    assert_eq!(site.get("/readyz").await.status, 503);
    assert_eq!(site.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn v1_a_revoked_refresh_token_takes_its_access_token_along_and_an_unknown_one_is_no_error() {
    let site = Site::open().await;
    let tokens = signed_in(&site, "ada").await;
    let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
    let revoke = async |client: &str, token: &str| {
        site.form(REVOKE, &[("client_id", client), ("token", token), ("token_type_hint", "nonsense")]).await
    };
    assert_eq!(revoke("demo", "made up").await.status, 200);
    assert_eq!(revoke("parcel", &refresh).await.error(), "invalid_grant", "another client's token");
    assert_eq!(site.form(REVOKE, &[("client_id", "demo")]).await.error(), "invalid_request");
    assert_eq!(introspect(&site, &access).await.json()["active"], true);
    assert_eq!(revoke("demo", &refresh).await.status, 200);
    // V3: on the very next request.
    assert_eq!(introspect(&site, &access).await.json(), json!({ "active": false }));
    assert_eq!(site.get_with(USERINFO, &format!("Bearer {access}")).await.status, 401);
}

#[tokio::test]
async fn v2_only_a_resource_server_may_look_into_tokens_and_of_bad_ones_it_learns_nothing() {
    let site = Site::open().await;
    let token = signed_in(&site, "ada").await.text("access_token");
    let refused = site.form(INTROSPECT, &[("token", &token), ("client_id", "demo")]).await;
    assert_eq!((refused.status, refused.error().as_str()), (401, "invalid_client"));
    assert!(refused.header("www-authenticate").starts_with("Basic"));
    let found = introspect(&site, &token).await;
    let body = found.json();
    for field in ["scope", "client_id", "sub", "aud", "iss", "exp", "iat", "token_type"] {
        assert!(!body[field].is_null(), "{field}: {body}");
    }
    assert_eq!(found.header("cache-control"), "no-store");
    for bad in ["made up", "demo_at_", &token[..token.len() - 1]] {
        let answer = introspect(&site, bad).await;
        assert_eq!((answer.status, answer.json()), (200, json!({ "active": false })), "{bad}");
    }
    site.clock.advance(Duration::from_mins(61));
    assert_eq!(introspect(&site, &token).await.json(), json!({ "active": false }), "expired");
}

#[tokio::test]
async fn x4_userinfo_tells_a_missing_token_from_a_bad_one_and_reads_only_the_header() {
    let site = Site::open().await;
    let token = signed_in(&site, "ada").await.text("access_token");
    let missing = site.get(USERINFO).await;
    assert_eq!((missing.status, missing.header("www-authenticate")), (401, "Bearer"));
    assert_eq!(site.get(&format!("{USERINFO}?access_token={token}")).await.status, 401);
    let bad = site.get_with(USERINFO, "Bearer made-up").await;
    assert_eq!((bad.status, bad.header("www-authenticate")), (401, r#"Bearer error="invalid_token""#));
    let good = site.get_with(USERINFO, &format!("bEARER {token}")).await.json();
    assert_eq!((&good["email"], &good["email_verified"]), (&json!("ada@example.com"), &json!(false)));
    assert_eq!(good["org"]["name"], "ada");
}

#[tokio::test]
async fn m1_every_endpoint_that_the_metadata_names_is_there() {
    let site = Site::open().await;
    let metadata = site.get(METADATA).await.json();
    assert_eq!(metadata["issuer"], ISSUER);
    let endpoints: Vec<_> =
        metadata.as_object().unwrap().iter().filter(|(name, _)| name.ends_with("_endpoint")).collect();
    assert_eq!(endpoints.len(), 6);
    for (name, address) in endpoints {
        let path = address.as_str().unwrap().strip_prefix(ISSUER).unwrap();
        assert_ne!(site.get(path).await.status, 404, "{name}");
    }
}
