#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::SignedIn;
use crate::sign_in::choose::Wish;
use crate::testing::{Oauth, Seen, Service, World};

fn login(client: &Client, progress: &mut dyn Progress) -> Result<SignedIn, Error> {
    let options = LoginOptions { wish: Wish::Device, ..LoginOptions::default() };
    client.login(&options, progress, &Cancel::new())
}

fn is_poll(seen: &Seen) -> bool {
    seen.field("grant_type").is_some_and(|grant| grant.ends_with("device_code"))
}

/// Answers polls one after the other with these errors, each after the service held it for so long, and then lets
/// them through.
fn polls(oauth: &Oauth, world: &World, answers: &[(&'static str, u64)]) {
    let (count, world, answers) = (Arc::new(AtomicUsize::new(0)), world.clone(), answers.to_vec());
    oauth.script(move |seen| {
        if !is_poll(seen) {
            return None;
        }
        let (error, held) = answers.get(count.fetch_add(1, Ordering::SeqCst))?;
        world.advance(Duration::from_secs(*held));
        Some(match *error {
            "503" => Service::json(503, &json!({})),
            "429" => Service::raw(
                "HTTP/1.1 429 X\r\nRetry-After: 7\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            ),
            "page" => Service::text(502, "text/html", "<html>bad gateway</html>"),
            "gone" => String::new(),
            error => Service::json(400, &json!({"error": error})),
        })
    });
}

fn paused(world: &World) -> Duration {
    world.waits().iter().sum()
}

fn waited(world: &World) -> Vec<u64> {
    world.waits().iter().map(Duration::as_secs).collect()
}

#[test]
fn the_code_and_both_links_are_shown_and_the_approval_is_kept() {
    let (world, oauth) = (World::new(), Oauth::start());
    let mut shown = None;
    let mut progress = |event: Event<'_>| {
        if let Event::Page(page) = event {
            let own = |text: Option<&str>| text.map(str::to_owned);
            shown = Some((
                page.url.to_owned(),
                own(page.verification_uri),
                own(page.user_code),
                own(page.comparison),
            ));
        }
    };
    let signed_in = login(&world.demo(&oauth.url()), &mut progress).unwrap();
    assert_eq!((signed_in.identity.email(), signed_in.way), (Some("ada@example.com"), Some(Way::Device)));
    let code = || Some("BCDF-GHJK".to_owned());
    let url = oauth.url();
    let expected =
        (format!("{url}/device?user_code=BCDF-GHJK"), Some(format!("{url}/device")), code(), code());
    assert_eq!(shown.unwrap(), expected);
    assert!(world.opened().is_empty(), "no browser is opened for a code");
    let poll = oauth.service.seen().into_iter().find(is_poll).unwrap();
    assert_eq!((poll.header("prefer"), poll.field("client_id")), (Some("wait=20"), Some("demo".to_owned())));
    let start =
        oauth.service.seen().into_iter().find(|seen| seen.path() == "/oauth/device_authorization").unwrap();
    assert_eq!(start.field("host_name").as_deref(), Some("ada-laptop"));
}

#[test]
fn a_poll_that_was_held_is_followed_at_once_and_one_that_was_not_after_the_interval() {
    let (world, oauth) = (World::new(), Oauth::start());
    let pending = "authorization_pending";
    polls(&oauth, &world, &[(pending, 20), (pending, 1), (pending, 0), (pending, 20)]);
    login(&world.demo(&oauth.url()), &mut crate::Silent).unwrap();
    assert_eq!(paused(&world), Duration::from_millis(1200), "a fast clock would count a second too short");
}

#[test]
fn slow_down_adds_five_seconds_for_good() {
    let (world, oauth) = (World::new(), Oauth::start());
    let pending = "authorization_pending";
    polls(&oauth, &world, &[("slow_down", 0), (pending, 0), ("slow_down", 0), (pending, 0)]);
    login(&world.demo(&oauth.url()), &mut crate::Silent).unwrap();
    assert_eq!(paused(&world), Duration::from_secs(6 + 6 + 11 + 11) * 6 / 5);
}

#[test]
fn a_missing_interval_is_five_seconds() {
    for more in [json!({"expires_in": 99}), json!({}), json!({"expires_in": null, "interval": null})] {
        assert_eq!(waited_after(&more), 5, "{more}");
    }
}

/// How long is paused after the first poll where the sign-in begins with this beside what has to be there.
fn waited_after(more: &serde_json::Value) -> u64 {
    let (world, oauth) = (World::new(), Oauth::start());
    let url = oauth.url();
    let mut begun =
        json!({"device_code": "d", "user_code": "BCDF-GHJK", "verification_uri": format!("{url}/d")});
    begun.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let polled = AtomicUsize::new(0);
    oauth.script(move |seen| match seen.path() {
        "/oauth/device_authorization" => Some(Service::json(200, &begun)),
        "/oauth/token" if polled.fetch_add(1, Ordering::SeqCst) == 0 => {
            Some(Service::json(400, &json!({"error": "authorization_pending"})))
        }
        _ => None,
    });
    login(&world.demo(&oauth.url()), &mut crate::Silent).unwrap();
    waited(&world).iter().sum::<u64>()
}

#[test]
fn a_service_that_stumbles_is_asked_again_with_pauses() {
    let (world, oauth) = (World::new(), Oauth::start());
    polls(&oauth, &world, &[("503", 0), ("429", 0), ("page", 0), ("gone", 0)]);
    let mut whys = Vec::new();
    let mut progress = |event: Event<'_>| {
        if let Event::TryingAgain { after, .. } = event {
            whys.push(after);
        }
    };
    login(&world.demo(&oauth.url()), &mut progress).unwrap();
    assert_eq!(whys.len(), 4);
    // Retry-After is honoured, the rest backs off; nobody knows by how much more, so that not all come back at once.
    for (pause, least) in whys.iter().zip([1.2, 7.0, 2.0, 4.0]) {
        assert!((least..=least * 1.25).contains(&pause.as_secs_f64()), "{whys:?}");
    }
}

#[test]
fn a_denial_an_expiry_and_any_other_error_end_it() {
    for (answer, code) in [
        ("access_denied", "sign_in.denied"),
        ("expired_token", "sign_in.expired"),
        ("invalid_grant", "sign_in.refused"),
        ("invalid_client", "sign_in.refused"),
        ("something_new", "sign_in.refused"),
    ] {
        let (world, oauth) = (World::new(), Oauth::start());
        oauth.script(move |seen| is_poll(seen).then(|| Service::json(400, &json!({"error": answer}))));
        let error = login(&world.demo(&oauth.url()), &mut crate::Silent).unwrap_err();
        assert_eq!(error.code(), code, "{answer}");
        assert_eq!(oauth.service.count("/oauth/token"), 1, "no poll follows {answer}");
    }
}

#[test]
fn the_wait_ends_with_the_code_or_with_the_persons_patience_whichever_comes_first() {
    let (world, oauth) = (World::new(), Oauth::start());
    oauth.script(move |seen| {
        is_poll(seen).then(|| Service::json(400, &json!({"error": "authorization_pending"})))
    });
    let client = world.demo(&oauth.url());
    let mut options = LoginOptions { wish: Wish::Device, ..LoginOptions::default() };
    options.timeout = Some(Duration::from_secs(3));
    let error = client.login(&options, &mut crate::Silent, &Cancel::new()).unwrap_err();
    assert_eq!(error.code(), "sign_in.timed_out");
    assert_eq!(paused(&world), Duration::from_secs(3));
    options.timeout = Some(Duration::from_hours(1));
    let error = client.login(&options, &mut crate::Silent, &Cancel::new()).unwrap_err();
    assert_eq!(error.code(), "sign_in.expired");
}

#[test]
fn where_the_service_says_no_end_whoever_asks_for_a_longer_wait_is_believed() {
    let world = World::new();
    let service = Service::start(|seen| match seen.path() {
        "/api/sign-in/start" => Service::json(
            201,
            &json!({"sessionCode": "session-secret", "authUrl": "https://parcel.example/approve/1"}),
        ),
        _ => Service::json(400, &json!({"error": "Nobody has decided yet"})),
    });
    let manifest = include_str!("../../../../../tests/apps/parcel.toml");
    let client = world.client_of(manifest, &service.url());
    let mut options = LoginOptions { poll_interval: Some(Duration::from_mins(1)), ..LoginOptions::default() };
    let mut waited_for = |timeout| {
        options.timeout = timeout;
        let before = waited(&world).iter().sum::<u64>();
        let error = client.login(&options, &mut crate::Silent, &Cancel::new()).unwrap_err();
        assert_eq!(error.code(), "sign_in.timed_out");
        waited(&world).iter().sum::<u64>() - before
    };
    assert_eq!(waited_for(None), 300);
    assert_eq!(waited_for(Some(Duration::from_mins(20))), 1200);
}

#[test]
fn a_poll_whose_answer_cannot_be_used_ends_a_sign_in_that_had_begun() {
    let (world, oauth) = (World::new(), Oauth::start());
    oauth.script(move |seen| is_poll(seen).then(|| Service::text(200, "text/html", "<!doctype html>")));
    let error = login(&world.demo(&oauth.url()), &mut crate::Silent).unwrap_err();
    assert!(matches!(error, Error::SignIn(SignInError::Unfinished(_))), "{error:?}");
    assert_eq!(error.code(), "service.web_page");
}

#[test]
fn a_web_page_instead_of_an_answer_says_so() {
    let world = World::new();
    let service =
        Service::start(|_| Service::text(200, "text/html; charset=utf-8", "<!doctype html><p>Welcome"));
    let error = login(&world.demo(&service.url()), &mut crate::Silent).unwrap_err();
    assert_eq!(error.code(), "service.web_page");
    assert!(error.to_string().contains("captive portal"));
}

#[test]
fn a_page_that_may_not_be_opened_is_not_shown() {
    let (world, oauth) = (World::new(), Oauth::start());
    oauth.script(move |seen| {
        (seen.path() == "/oauth/device_authorization").then(|| {
            Service::json(
                200,
                &json!({"device_code": "d", "user_code": "B", "verification_uri": "http://evil.example/", "expires_in": 9}),
            )
        })
    });
    assert_eq!(
        login(&world.demo(&oauth.url()), &mut crate::Silent).unwrap_err().code(),
        "sign_in.untrusted_page"
    );
}

#[test]
fn cancelling_a_held_poll_does_not_wait_for_its_answer() {
    let (world, oauth) = (World::new(), Oauth::start());
    let (cancel, begun) = (Cancel::new(), std::time::Instant::now());
    let other = cancel.clone();
    oauth.script(move |seen| {
        is_poll(seen).then(|| {
            other.cancel();
            std::thread::sleep(Duration::from_secs(3));
            Service::json(400, &json!({"error": "authorization_pending"}))
        })
    });
    let options = LoginOptions { wish: Wish::Device, ..LoginOptions::default() };
    let error = world.demo(&oauth.url()).login(&options, &mut crate::Silent, &cancel).unwrap_err();
    assert!(matches!(error, Error::Cancelled) && begun.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_session_is_polled_with_its_code_and_both_sides_can_show_the_same_comparison() {
    let world = World::new();
    let polled = AtomicUsize::new(0);
    let service = Service::start(move |seen| match seen.path() {
        "/api/sign-in/start" => Service::json(
            201,
            &json!({"sessionCode": "session-secret", "authUrl": "https://parcel.example/approve/1", "expiresIn": 300}),
        ),
        "/api/sign-in/exchange" if polled.fetch_add(1, Ordering::SeqCst) == 0 => {
            Service::json(400, &json!({"error": "Nobody has decided yet"}))
        }
        "/api/sign-in/exchange" => {
            let token = doorkey_manifest::TokenFormat::new("parcel_").from_entropy(|bytes| bytes.fill(9));
            Service::json(
                200,
                &json!({"token": token.expose(), "user": {"id": "u1", "name": "Ada", "email": null}}),
            )
        }
        "/api/whoami" => Service::json(200, &json!({"userId": "u1", "name": "Ada", "email": null})),
        _ => Service::json(404, &json!({})),
    });
    let manifest = include_str!("../../../../../tests/apps/parcel.toml");
    let mut shown = None;
    let mut progress = |event: Event<'_>| {
        if let Event::Page(page) = event {
            shown = page.comparison.map(str::to_owned);
        }
    };
    let client = world.client_of(manifest, &service.url());
    let signed_in = client.login(&LoginOptions::default(), &mut progress, &Cancel::new()).unwrap();
    assert_eq!((signed_in.way, signed_in.identity.name()), (Some(Way::Session), Some("Ada")));
    assert_eq!(shown, Some(code::comparison("session-secret")));
    let states: Vec<String> = service
        .seen()
        .iter()
        .filter(|seen| seen.method == "POST")
        .map(|seen| serde_json::from_str::<serde_json::Value>(&seen.body).unwrap()["state"].to_string())
        .collect();
    assert!(states.len() == 3 && states.iter().all(|state| *state == states[0]));
}

proptest! {
    #[test]
    fn the_pace_never_gets_faster(took in proptest::collection::vec(0_u64..30, 1..20), kinds in any::<u32>()) {
        let mut pace = Pace { interval: Duration::from_secs(1), padded: kinds & 1 == 0, failures: 0 };
        let mut slowest = pace.interval;
        for (step, took) in took.into_iter().enumerate() {
            let took = Duration::from_secs(took);
            let pause = match (kinds >> step) & 3 {
                0 => pace.after_slow_down(),
                1 => pace.after_failure(&ServiceError::TimedOut { server: String::new() }).unwrap(),
                _ => pace.after_pending(took),
            };
            prop_assert!(pace.interval >= slowest);
            // From one start to the next it is never less than the interval.
            prop_assert!(pause + took >= pace.interval);
            slowest = pace.interval;
        }
    }
}
