#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use doorkey_manifest::{Body, Request, Response, ResponseBody};
use proptest::prelude::*;

use super::*;
use crate::http::{Http, Limits, UreqHttp};
use crate::sign_in::choose::Wish;
use crate::testing::{Oauth, Service, World};
use crate::{App, Checked, SignedIn};

/// What a browser does with an address.
fn visit(url: &str) -> Response {
    let request =
        Request { method: "GET".to_owned(), url: url.to_owned(), headers: Vec::new(), body: Body::None };
    UreqHttp::new().send(&request, &Limits::default()).unwrap()
}

fn text_of(response: &Response) -> &str {
    match &response.body {
        ResponseBody::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

fn browser() -> LoginOptions {
    LoginOptions { wish: Wish::Browser, ..LoginOptions::default() }
}

fn login(client: &Client) -> Result<SignedIn, Error> {
    client.login(&browser(), &mut crate::Silent, &Cancel::new())
}

fn swap(url: &str, name: &str, value: Option<&str>) -> String {
    let mut url = url::Url::parse(url).unwrap();
    let pairs: Vec<(String, String)> =
        url.query_pairs().into_owned().filter(|(key, _)| key != name).collect();
    url.query_pairs_mut().clear().extend_pairs(pairs);
    if let Some(value) = value {
        url.query_pairs_mut().append_pair(name, value);
    }
    url.into()
}

#[test]
fn a_person_who_approves_is_signed_in_and_the_credential_is_on_disk() {
    let (world, oauth) = (World::new(), Oauth::start());
    let approve = oauth.approver();
    let pages = Arc::new(Mutex::new(Vec::new()));
    let seen = pages.clone();
    world.person(move |link| seen.lock().unwrap().push(visit(&approve(&link))));
    let mut compared = None;
    let mut progress = |event: Event<'_>| {
        if let Event::Page(page) = event {
            assert!(page.opened);
            compared = page.comparison.map(|code| (page.url.to_owned(), code.to_owned()));
        }
    };
    let signed_in = world.demo(&oauth.url()).login(&browser(), &mut progress, &Cancel::new()).unwrap();
    assert_eq!((signed_in.identity.name(), signed_in.checked), (Some("Ada"), Checked::Yes));
    let file = world.read(".demo/credentials.json");
    assert!(file.contains("ada@example.com") && file.contains("demo_rt_"), "{file}");

    let (link, comparison) = compared.unwrap();
    let link = url::Url::parse(&link).unwrap();
    let get = |name: &str| link.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    assert_eq!(comparison, code::comparison(&get("code_challenge")));
    assert_eq!((get("code_challenge_method").as_str(), get("client_id").as_str()), ("S256", "demo"));
    assert_eq!((get("host_name").as_str(), get("scope").as_str()), ("ada-laptop", "profile:read"));
    assert!(
        get("redirect_uri").starts_with("http://127.0.0.1:") && get("redirect_uri").ends_with("/callback")
    );
    assert!(get("state").len() >= 22, "at least 128 bits");

    while pages.lock().unwrap().is_empty() {
        std::thread::yield_now();
    }
    let page = pages.lock().unwrap().remove(0);
    assert_eq!(page.status, 200);
    assert!(text_of(&page).contains("You can return to your terminal"));
    assert!(!text_of(&page).contains("code-"), "nothing that came with the request is shown");
    let redeemed = oauth.service.seen().into_iter().find(|seen| seen.path() == "/oauth/token").unwrap();
    assert_eq!(redeemed.field("redirect_uri"), Some(get("redirect_uri")));
}

#[test]
fn requests_without_the_right_state_are_answered_and_ignored() {
    let (world, oauth) = (World::new(), Oauth::start());
    let approve = oauth.approver();
    let statuses = Arc::new(Mutex::new(Vec::new()));
    let answers = statuses.clone();
    world.person(move |link| {
        let home = approve(&link);
        let origin = home.split("/callback").next().unwrap().to_owned();
        let strays = [
            swap(&home, "state", Some("somebody-elses")),
            swap(&home, "state", None),
            format!("{home}&state=twice"),
            format!("{origin}/callback?error=access_denied&state=wrong"),
            format!("{origin}/callback"),
            format!("{home}&code=another"),
            format!("{origin}/favicon.ico"),
            home.replace("/callback", "/callback/"),
            home.replace("/callback", "//callback"),
            home.replace("/callback", "/Callback"),
        ];
        for stray in strays {
            answers.lock().unwrap().push(visit(&stray).status);
        }
        let post =
            Request { method: "POST".to_owned(), url: home.clone(), headers: Vec::new(), body: Body::None };
        answers.lock().unwrap().push(UreqHttp::new().send(&post, &Limits::default()).unwrap().status);
        visit(&home);
    });
    assert!(login(&world.demo(&oauth.url())).is_ok());
    assert_eq!(*statuses.lock().unwrap(), [400, 400, 400, 400, 400, 400, 404, 404, 404, 404, 405]);
}

#[test]
fn a_foreign_state_ends_the_wait_only_where_the_manifest_says_so_and_only_with_a_code() {
    let (world, oauth) = (World::new(), Oauth::start());
    let approve = oauth.approver();
    world.person(move |link| {
        let home = approve(&link);
        let foreign = swap(&home, "state", Some("foreign"));
        visit(&swap(&foreign, "code", None));
        visit(&foreign.replace("/callback", "/other"));
        visit(&foreign);
    });
    let manifest = format!(
        "{}\n[sign_in.loopback]\nforeign_state = \"abort\"\n",
        doorkey_manifest::builtin::source("demo").unwrap()
    );
    let error = login(&world.client_of(&manifest, &oauth.url())).unwrap_err();
    assert_eq!(error.code(), "sign_in.foreign_state");
    assert_eq!(oauth.service.count("/oauth/token"), 0);
    assert!(!world.home().join(".demo/credentials.json").exists());
}

#[test]
fn a_denial_with_the_right_state_is_believed() {
    let (world, oauth) = (World::new(), Oauth::start());
    let approve = oauth.approver();
    world.person(move |link| {
        let home = swap(&approve(&link), "code", None);
        let page = visit(&swap(&home, "error", Some("access_denied")));
        assert_eq!(page.status, 400);
    });
    let error = login(&world.demo(&oauth.url())).unwrap_err();
    assert_eq!((error.code(), error.exit().code()), ("sign_in.denied", 1));
}

#[test]
fn an_answer_with_neither_a_code_nor_an_error_ends_the_wait_at_once() {
    for emptied in ["", "somebody=else", "code=&error="] {
        let (world, oauth) = (World::new(), Oauth::start());
        let approve = oauth.approver();
        world.person(move |link| {
            let home = swap(&approve(&link), "code", None);
            assert_eq!(visit(&format!("{home}&{emptied}")).status, 400);
        });
        let error = login(&world.demo(&oauth.url())).unwrap_err();
        assert_eq!((error.code(), error.exit().code()), ("sign_in.no_answer", 1), "{emptied}");
        assert_eq!(oauth.service.count("/oauth/token"), 0);
    }
}

/// Signs in at a service whose token endpoint answers so.
fn given(answer: serde_json::Value) -> (World, Result<SignedIn, Error>) {
    let (world, oauth) = (World::new(), Oauth::start());
    oauth.script(move |seen| (seen.path() == "/oauth/token").then(|| Service::json(200, &answer)));
    let approve = oauth.approver();
    world.person(move |link| drop(visit(&approve(&link))));
    let result = login(&world.demo(&oauth.url()));
    (world, result)
}

#[test]
fn the_type_of_a_token_is_read_without_regard_to_case_and_has_to_be_bearer() {
    for kind in ["Bearer", "bearer", "BEARER"] {
        given(serde_json::json!({"access_token": "any", "token_type": kind})).1.unwrap();
    }
    let (world, result) = given(serde_json::json!({"access_token": "any", "token_type": "DPoP"}));
    assert_eq!(result.unwrap_err().code(), "sign_in.unknown_token_type");
    assert!(!world.home().join(".demo/credentials.json").exists());
}

#[test]
fn the_end_of_a_token_is_understood_as_servers_write_it() {
    let noon = World::new().system().clock.now_ms();
    let written = [serde_json::json!(3600), serde_json::json!("3600"), serde_json::json!(3600.9)];
    for seconds in written {
        let (_, result) = given(serde_json::json!({"access_token": "any", "expires_in": seconds}));
        assert_eq!(result.unwrap().expires_at, Some(noon + 3_600_000), "{seconds}");
    }
}

#[test]
fn a_token_that_says_nothing_of_its_end_is_kept_and_a_success_without_a_token_is_said_to_be_one() {
    let (world, result) = given(serde_json::json!({"access_token": "any", "token_type": "bearer"}));
    assert_eq!(result.unwrap().expires_at, None);
    assert!(!world.read(".demo/credentials.json").contains("expires_at"));
    for answer in [serde_json::json!({}), serde_json::json!({"access_token": "", "token_type": "bearer"})] {
        let error = given(answer).1.unwrap_err();
        assert_eq!((error.code(), error.exit().code()), ("service.no_credential", 1));
        assert!(error.to_string().ends_with("but not with a whole credential (status 200)."), "{error}");
    }
}

#[test]
fn an_answer_from_another_issuer_or_from_none_is_not_redeemed() {
    for other in [Some("https://evil.example"), None] {
        let (world, oauth) = (World::new(), Oauth::start());
        let approve = oauth.approver();
        world.person(move |link| drop(visit(&swap(&approve(&link), "iss", other))));
        assert_eq!(login(&world.demo(&oauth.url())).unwrap_err().code(), "sign_in.wrong_issuer");
        assert_eq!(oauth.service.count("/oauth/token"), 0);
    }
}

#[test]
fn metadata_of_another_issuer_and_unsafe_endpoints_are_not_trusted() {
    for (name, value, expected) in [
        ("issuer", "https://evil.example", "service.wrong_issuer"),
        ("token_endpoint", "http://evil.example/token", "service.untrusted_address"),
        ("authorization_endpoint", "javascript:alert(1)", "service.untrusted_address"),
        ("device_authorization_endpoint", "file:///etc/passwd", "service.untrusted_address"),
    ] {
        let (world, oauth) = (World::new(), Oauth::start());
        let url = oauth.url();
        oauth.script(move |seen| {
            (seen.path() == "/.well-known/oauth-authorization-server").then(|| {
                let mut metadata = serde_json::json!({
                    "issuer": url, "token_endpoint": format!("{url}/t"), "authorization_endpoint": format!("{url}/a"),
                });
                metadata[name] = value.into();
                Service::json(200, &metadata)
            })
        });
        world.person(|_| panic!("nothing is opened"));
        assert_eq!(login(&world.demo(&oauth.url())).unwrap_err().code(), expected, "{name}");
        assert!(world.opened().is_empty());
    }
}

#[test]
fn nobody_who_comes_within_the_time_is_a_time_out_on_the_monotonic_clock() {
    let (world, oauth) = (World::new(), Oauth::start());
    let clock = world.clone();
    world.person(move |_| {
        // Setting the wall clock ends nothing.
        clock.set_wall_clock(10);
        clock.advance(Duration::from_secs(301));
    });
    let error = login(&world.demo(&oauth.url())).unwrap_err();
    assert_eq!(error.to_string(), "Nobody approved the sign-in within 300 seconds.");
}

#[test]
fn cancelling_ends_the_wait_and_closes_the_port() {
    let (world, oauth) = (World::new(), Oauth::start());
    let cancel = Cancel::new();
    let other = cancel.clone();
    let port = Arc::new(Mutex::new(None));
    let kept = port.clone();
    world.person(move |link| {
        let link = url::Url::parse(&link).unwrap();
        let home = link.query_pairs().find(|(key, _)| key == "redirect_uri").unwrap().1.into_owned();
        *kept.lock().unwrap() = url::Url::parse(&home).unwrap().port();
        other.cancel();
    });
    let error = world.demo(&oauth.url()).login(&browser(), &mut crate::Silent, &cancel).unwrap_err();
    assert_eq!((error.code(), error.exit().code()), ("cancelled", 130));
    let port = port.lock().unwrap().unwrap();
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(!world.home().join(".demo/credentials.json").exists());
}

#[test]
fn a_browser_that_does_not_start_leaves_the_link() {
    let (world, oauth) = (World::new(), Oauth::start());
    let approve = oauth.approver();
    let mut failed = false;
    let mut progress = |event: Event<'_>| match event {
        Event::BrowserFailed { .. } => failed = true,
        Event::Page(page) => {
            assert!(!page.opened);
            let home = approve(page.url);
            std::thread::spawn(move || visit(&home));
        }
        _ => {}
    };
    world.demo(&oauth.url()).login(&browser(), &mut progress, &Cancel::new()).unwrap();
    assert!(failed);
}

fn rules_of<'a>(state: &'a Secret, exchange: &'a Exchange, foreign: ForeignState) -> Rules<'a> {
    let title = "Demo <1>";
    Rules { path: "/callback", done_path: None, state, foreign, exchange, standard: true, title }
}

proptest! {
    #[test]
    fn nothing_without_the_state_is_ever_an_answer(
        method in "GET|POST|HEAD|PUT",
        path in "/callback|/callback/|/|/favicon.ico|/[a-z]{0,9}",
        query in "(code=[a-z]{1,5}|state=[a-z]{0,5}|error=[a-z_]{1,9}|&|%[0-9a-f]{2}|[ -~]){0,8}",
    ) {
        let app = App::builtin("demo").unwrap();
        let exchange = app.manifest().exchange(Operation::Callback).unwrap();
        let state = Secret::new("the-right-state-and-a-long-one");
        let rules = rules_of(&state, exchange, ForeignState::Ignore);
        let (reply, home) = rules.judge(Head::Request { method: &method, path: &path, query: &query });
        prop_assert!(home.is_none());
        prop_assert!(matches!(reply.status, 400 | 404 | 405));
    }
}
