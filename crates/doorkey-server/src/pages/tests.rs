//! The pages as browsers meet them: what each allows, and what no browser may be talked into.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod dashboard;

use std::time::Duration;

use serde_json::json;

use crate::{
    testkit::PASSWORD,
    wire::testkit::{Site, Visitor},
};

/// The approval page of a session sign-in that has just begun.
async fn begun(site: &Site) -> String {
    begun_by(site, "ada-laptop").await
}

async fn begun_by(site: &Site, device: &str) -> String {
    let started =
        site.json("/apps/parcel/api/sign-in/start", &json!({ "state": "abc", "device": device })).await;
    let url = started.text("authUrl");
    url[url.find("/approve/").unwrap()..].to_owned()
}

const SAME: &[(&str, &str)] = &[("sec-fetch-site", "same-origin")];

#[tokio::test]
async fn w1_the_cookie_is_for_this_host_alone_and_new_after_every_sign_in() {
    let site = Site::open().await;
    let mut ada = site.visitor();
    let first = ada.get("/sign-up").await;
    let cookie = first.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-doorkey="), "{cookie}");
    for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
        assert!(cookie.contains(attribute), "{attribute}: {cookie}");
    }
    assert!(!cookie.contains("Domain"));
    let before = ada.cookie.clone();
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    ada.submit("/sign-up", &fields).await;
    assert_ne!(ada.cookie, before);
    let signed_in = ada.cookie.clone();
    ada.submit("/sign-out", &[]).await;
    assert_ne!(ada.cookie, signed_in);
    // The old secret is worth nothing, even to somebody who kept it.
    ada.cookie = signed_in;
    assert!(ada.get("/").await.body.contains("Create an account"));
}

#[tokio::test]
async fn w2_no_form_is_taken_from_another_site_or_without_its_token() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let approval = begun(&site).await;
    let token = ada.get(&approval).await.form_token();
    let stranger = site.visitor().get("/sign-in").await.form_token();
    let right = [("form_token", token.as_str()), ("decision", "approve")];
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example")],
        &[],
    ] {
        assert_eq!(ada.post(&approval, &right, headers).await.status, 403, "{headers:?}");
    }
    for token in ["", "nonsense", &stranger] {
        let fields = [("form_token", token), ("decision", "approve")];
        assert_eq!(ada.post(&approval, &fields, SAME).await.status, 403);
    }
    // Signing in has a form like any other: nobody is signed in to somebody else's account unawares.
    let fields = [("email", "ada@example.com"), ("password", PASSWORD), ("form_token", stranger.as_str())];
    assert_eq!(site.visitor().post("/sign-in", &fields, SAME).await.status, 403);
    assert_eq!(ada.post(&approval, &right, SAME).await.location(), "/done?app=parcel&outcome=approved");
}

#[tokio::test]
async fn w3_pages_load_nothing_from_elsewhere_and_stand_in_no_frame() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let approval = begun(&site).await;
    for path in ["/", "/device", "/sign-out", &approval, "/done", "/nowhere"] {
        let page = ada.get(path).await;
        let policy = page.header("content-security-policy");
        for part in ["default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}");
        // The way home of a loopback sign-in leads to another origin, which `form-action` would forbid.
        assert_eq!(policy.contains("form-action 'self'"), path != approval, "{path}");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(page.header("vary").contains("Sec-Fetch-Site"));
        assert!(!page.body.contains("<script") && !page.body.contains("style="), "{path}");
    }
    assert_eq!(ada.get("/").await.header("strict-transport-security"), "", "not over http");
    let secure = Site::with("https://sign-in.example.com", None).await;
    let policy = secure.visitor().get("/").await.header("strict-transport-security").to_owned();
    assert!(policy.contains("max-age=31536000"), "{policy}");
}

#[tokio::test]
async fn w4_signing_in_tells_nobody_who_has_an_account() {
    let site = Site::open().await;
    site.person("ada").await;
    let mut somebody = site.visitor();
    let wrong = somebody.submit("/sign-in", &[("email", "ada@example.com"), ("password", "not it")]).await;
    let nobody = somebody.submit("/sign-in", &[("email", "bob@example.com"), ("password", "not it")]).await;
    assert_eq!((wrong.status, nobody.status), (401, 401));
    assert_eq!(wrong.body.replace("ada@", "bob@"), nobody.body);
}

#[tokio::test]
async fn too_many_wrong_passwords_are_answered_with_a_time_to_wait() {
    let site = Site::open().await;
    site.person("ada").await;
    let mut somebody = site.visitor();
    let fields = [("email", "ada@example.com"), ("password", "not it")];
    let mut last = somebody.submit("/sign-in", &fields).await;
    for _ in 0..12 {
        last = somebody.submit("/sign-in", &fields).await;
    }
    assert_eq!(last.status, 429);
    assert!(last.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert!(last.body.contains("too many attempts"), "{}", last.body);
    assert!(last.body.contains(r#"role="alert""#));
}

#[tokio::test]
async fn d9_another_account_can_neither_see_nor_decide_what_somebody_has_opened() {
    let site = Site::open().await;
    let (mut ada, mut eve) = (site.person("ada").await, site.person("eve").await);
    let approval = begun(&site).await;
    assert_eq!(ada.get(&approval).await.status, 200);
    let seen = eve.get(&approval).await;
    assert_eq!(seen.status, 403);
    assert!(!seen.body.contains("ada-laptop"), "nothing of it is shown");
    let token = eve.get("/device").await.form_token();
    let fields = [("form_token", token.as_str()), ("decision", "approve")];
    assert_eq!(eve.post(&approval, &fields, SAME).await.status, 403);
    // The same person in another browser is sent to the first.
    let mut other = site.visitor();
    other.submit("/sign-in", &[("email", "ada@example.com"), ("password", PASSWORD)]).await;
    assert!(other.get(&approval).await.body.contains("another browser"));
    assert_eq!(
        ada.submit(&approval, &[("decision", "deny")]).await.location(),
        "/done?app=parcel&outcome=denied"
    );
}

#[tokio::test]
async fn looking_claims_nothing_while_nobody_is_signed_in() {
    let site = Site::open().await;
    let approval = begun(&site).await;
    let away = site.visitor().get(&approval).await;
    let wanted = format!("/sign-in?app=parcel&return_to={}", approval.replace('/', "%2F"));
    assert_eq!(away.location(), wanted);
    let mut ada = site.visitor();
    // The sign-in that waits is still there after the account is made.
    let link = ada.get(&wanted).await;
    assert!(link.body.contains("Parcel"));
    let fields = [("email", "ada@example.com"), ("password", PASSWORD), ("return_to", &approval)];
    assert_eq!(ada.submit("/sign-up", &fields).await.location(), approval);
    assert_eq!(ada.get(&approval).await.status, 200);
}

#[tokio::test]
async fn the_wrong_account_lets_go_by_signing_out() {
    let site = Site::open().await;
    let (mut browser, _) = (site.person("ada").await, site.person("bob").await);
    let approval = begun(&site).await;
    assert!(browser.get(&approval).await.body.contains("ada@example.com"));
    let token = browser.get(&approval).await.form_token();
    let fields = [("form_token", token.as_str()), ("return_to", &approval)];
    assert_eq!(browser.post("/sign-out", &fields, SAME).await.location(), approval);
    browser.submit("/sign-in", &[("email", "bob@example.com"), ("password", PASSWORD)]).await;
    assert!(browser.get(&approval).await.body.contains("bob@example.com"));
}

#[tokio::test]
async fn a_decided_or_expired_sign_in_says_so() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let (approved, denied, expired) = (begun(&site).await, begun(&site).await, begun(&site).await);
    ada.submit(&approved, &[("decision", "approve")]).await;
    ada.submit(&denied, &[("decision", "deny")]).await;
    let says = async |ada: &mut Visitor<'_>, path: &str| {
        let page = ada.get(path).await;
        (page.status, page.body)
    };
    let (status, body) = says(&mut ada, &approved).await;
    assert!(status == 410 && body.contains("already approved"), "{body}");
    let (status, body) = says(&mut ada, &denied).await;
    assert!(status == 410 && body.contains("You denied"), "{body}");
    site.clock.advance(Duration::from_mins(6));
    let (status, body) = says(&mut ada, &expired).await;
    assert!(status == 410 && body.contains("expired") && body.contains("run the command again"), "{body}");
    let (status, body) = says(&mut ada, "/approve/made-up").await;
    assert!(status == 404 && body.contains("no such sign-in"), "{body}");
}

#[tokio::test]
async fn what_a_tool_says_of_its_machine_is_shown_without_its_tricks() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let tricks = format!("<b>laptop\u{202e}</b>\u{200b}{}", "x".repeat(500));
    let approval = begun_by(&site, &tricks).await;
    let page = ada.get(&approval).await.body;
    assert!(
        page.contains("&lt;b&gt;laptop&lt;/b&gt;") || page.contains("&#60;b&#62;laptop&#60;/b&#62;"),
        "{page}"
    );
    assert!(!page.contains('\u{202e}') && !page.contains('\u{200b}'));
    assert!(!page.contains(&"x".repeat(65)), "nobody reads five hundred letters");
}

#[tokio::test]
async fn d10_a_link_that_brings_a_code_still_asks_to_compare_and_go_on() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let page = ada.get("/device?user_code=bcdf%20ghjk").await;
    assert!(page.body.contains(r#"value="BCDF-GHJK""#), "{}", page.body);
    assert!(page.body.contains("the very same"));
    let injected = ada.get("/device?user_code=%22%3E%3Cscript%3E").await;
    assert!(!injected.body.contains("<script"));
    let signed_out = site.visitor().get("/device?user_code=BCDF-GHJK").await;
    assert_eq!(signed_out.location(), "/sign-in?return_to=%2Fdevice%3Fuser_code%3DBCDF-GHJK");
}

#[tokio::test]
async fn wrong_codes_are_counted() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(ada.submit("/device", &[("user_code", "BCDF-GHJK")]).await.status);
    }
    assert_eq!(statuses, [422, 422, 422, 422, 422, 429]);
}

#[tokio::test]
async fn signing_in_goes_on_only_to_our_own_pages() {
    let site = Site::open().await;
    site.person("ada").await;
    for evil in ["https://evil.example", "//evil.example", "/\\evil.example"] {
        let fields = [("email", "ada@example.com"), ("password", PASSWORD), ("return_to", evil)];
        assert_eq!(site.visitor().submit("/sign-in", &fields).await.location(), "/", "{evil}");
    }
}

#[tokio::test]
async fn a_form_that_is_none_is_refused_in_words() {
    let site = Site::open().await;
    let mut ada = site.person("ada").await;
    let token = ada.get("/device").await.form_token();
    for fields in [
        &[("form_token", token.as_str()), ("user_code", "a"), ("user_code", "b")][..],
        &[("form_token", &token), ("user_code", "a\0b")],
    ] {
        let refused = ada.post("/device", fields, SAME).await;
        assert!(refused.status == 400 && refused.body.contains("could not be read"), "{}", refused.body);
    }
    let long = "x".repeat(70_000);
    assert_eq!(ada.post("/device", &[("user_code", &long)], SAME).await.status, 413);
}

#[tokio::test]
async fn a_program_never_gets_a_page_and_a_person_always_does() {
    let site = Site::open().await;
    assert_eq!(site.get("/nowhere").await.header("content-type"), "application/json");
    let mut visitor = site.visitor();
    assert!(visitor.get("/nowhere").await.body.contains("no such page"));
    assert_eq!(site.get("/apps/nobody/x").await.header("content-type"), "application/json");
    assert_eq!(visitor.post("/done", &[], SAME).await.status, 405);
}

#[tokio::test]
async fn the_last_page_says_nothing_that_a_link_makes_up() {
    let site = Site::open().await;
    let page = site.visitor().get("/done?app=%3Cscript%3E&outcome=You+won+a+prize").await;
    assert!(!page.body.contains("prize") && !page.body.contains("script"));
    assert!(site.visitor().get("/done?app=parcel&outcome=denied").await.body.contains("You denied"));
}

#[tokio::test]
async fn an_app_has_its_own_colour_without_a_style_inside_the_page() {
    let site = Site::open().await;
    let sheet = site.get("/assets/apps/parcel").await;
    assert_eq!((sheet.status, sheet.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(sheet.body.contains("#8a5a00") && sheet.body.contains("color: #ffffff"), "{}", sheet.body);
    assert_eq!(site.get("/assets/apps/nobody").await.status, 404);
}
