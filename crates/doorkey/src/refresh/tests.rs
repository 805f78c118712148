#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::System;
use crate::system::Clock as _;
use crate::testing::{Oauth, Seen, Service, World};

const FILE: &str = ".demo/credentials.json";
const MINUTE: Duration = Duration::from_mins(1);

fn store(world: &World, oauth: &Oauth, expires_at: &str) {
    let file = json!({
        "server": oauth.url(), "access_token": "old-access", "refresh_token": "old-refresh",
        "expires_at": expires_at, "theirs": [1, 2],
    });
    world.write(FILE, &file.to_string());
}

fn file(world: &World) -> Value {
    serde_json::from_str(&world.read(FILE)).unwrap()
}

fn is_refresh(seen: &Seen) -> bool {
    seen.field("grant_type").as_deref() == Some("refresh_token")
}

fn refreshes(oauth: &Oauth) -> usize {
    oauth.service.seen().iter().filter(|seen| is_refresh(seen)).count()
}

fn token(world: &World, oauth: &Oauth) -> Result<String, Error> {
    world.demo(&oauth.url()).token(MINUTE, &Cancel::never()).map(|token| token.expose().to_owned())
}

/// The held clock begins at 12:00.
const IN_AN_HOUR: &str = "2026-01-01T13:00:00Z";
const A_MINUTE_AGO: &str = "2026-01-01T11:59:00Z";
const SOON: &str = "2026-01-01T12:00:30Z";

#[test]
fn a_token_that_lasts_is_given_without_asking_anybody() {
    let (world, oauth) = (World::new(), Oauth::start());
    store(&world, &oauth, IN_AN_HOUR);
    assert_eq!(token(&world, &oauth).unwrap(), "old-access");
    assert!(oauth.service.seen().is_empty());
}

#[test]
fn one_that_ends_soon_is_renewed_and_both_successors_are_kept() {
    for end in [SOON, A_MINUTE_AGO] {
        let (world, oauth) = (World::new(), Oauth::start());
        store(&world, &oauth, end);
        let fresh = token(&world, &oauth).unwrap();
        assert!(fresh.starts_with("demo_at_"));
        let file = file(&world);
        assert_eq!((&file["access_token"], &file["theirs"]), (&json!(fresh), &json!([1, 2])));
        assert!(file["refresh_token"].as_str().unwrap().starts_with("demo_rt_"));
        assert_eq!(file["expires_at"], "2026-01-01T13:00:00Z");
        let request = oauth.service.seen().into_iter().find(is_refresh).unwrap();
        assert_eq!(request.field("refresh_token").as_deref(), Some("old-refresh"));
        assert_eq!(token(&world, &oauth).unwrap(), fresh);
        assert_eq!(refreshes(&oauth), 1);
    }
}

#[test]
fn of_many_that_find_it_too_old_one_renews_and_all_get_the_same() {
    let (world, oauth) = (World::new(), Oauth::start());
    store(&world, &oauth, A_MINUTE_AGO);
    let tokens: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| {
                    // The lock is waited for on a real clock; the end is told by the held one.
                    let system = System {
                        clock: Arc::new(Mixed(world.clone(), crate::system::SystemClock::new())),
                        ..world.system()
                    };
                    let overrides =
                        crate::Overrides { server: Some(oauth.url()), ..crate::Overrides::default() };
                    let client = Client::with(crate::App::builtin("demo").unwrap(), system, overrides);
                    client.token(MINUTE, &Cancel::never()).unwrap().expose().to_owned()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(refreshes(&oauth), 1);
    assert!(tokens.iter().all(|token| *token == tokens[0]));
}

/// The wall clock of the test's world, and a monotonic clock that runs by itself.
struct Mixed(World, crate::system::SystemClock);

impl crate::system::Clock for Mixed {
    fn now_ms(&self) -> i64 {
        self.0.now_ms()
    }

    fn monotonic(&self) -> Duration {
        self.1.monotonic()
    }

    fn wait(&self, time: Duration, cancel: &Cancel) -> bool {
        self.1.wait(time, cancel)
    }
}

#[test]
fn only_the_services_no_to_the_stored_token_signs_out() {
    let (world, oauth) = (World::new(), Oauth::start());
    store(&world, &oauth, A_MINUTE_AGO);
    oauth.script(|seen| is_refresh(seen).then(|| Service::json(400, &json!({"error": "invalid_grant"}))));
    let error = token(&world, &oauth).unwrap_err();
    assert_eq!((error.code(), error.exit().code()), ("credential.revoked", 4));
    assert_eq!(file(&world), json!({"theirs": [1, 2]}));
}

#[test]
fn a_no_to_a_token_that_is_not_stored_any_more_clears_nothing() {
    let (world, oauth) = (World::new(), Oauth::start());
    store(&world, &oauth, A_MINUTE_AGO);
    let (other, url) = (world.clone(), oauth.url());
    oauth.script(move |seen| {
        is_refresh(seen).then(|| {
            // A program that doesn't know our lock signs in while we ask.
            other.write(
                FILE,
                &json!({"server": url, "access_token": "theirs", "refresh_token": "newer"}).to_string(),
            );
            Service::json(400, &json!({"error": "invalid_grant"}))
        })
    });
    assert_eq!(token(&world, &oauth).unwrap(), "theirs");
    assert_eq!(file(&world)["access_token"], "theirs");
}

#[test]
fn a_successor_without_an_end_does_not_have_its_predecessors() {
    let (world, oauth) = (World::new(), Oauth::start());
    store(&world, &oauth, A_MINUTE_AGO);
    oauth.script(|seen| {
        let answer = json!({"access_token": "endless", "token_type": "bearer"});
        is_refresh(seen).then(|| Service::json(200, &answer))
    });
    assert_eq!(token(&world, &oauth).unwrap(), "endless");
    let kept = file(&world);
    assert_eq!((&kept["expires_at"], &kept["refresh_token"]), (&Value::Null, &json!("old-refresh")));
    assert_eq!(token(&world, &oauth).unwrap(), "endless");
    assert_eq!(refreshes(&oauth), 1, "it isn't renewed at every use");
}

/// A demo whose manifest doesn't say how long a token lives, and whose file says when it was stored.
fn demo_without_lifetime() -> String {
    let demo = doorkey_manifest::builtin::source("demo").unwrap();
    let short = demo.replace("lifetime = \"1h\"", "").replace(
        "expires_at = \"{expires_at?:rfc3339}\"",
        "expires_at = \"{expires_at?:rfc3339}\"\nsaved_at = \"{saved_at?:rfc3339}\"",
    );
    assert!(short != demo && short.contains("saved_at"));
    short
}

#[test]
fn a_token_that_lives_for_less_than_is_asked_for_is_not_renewed_at_every_use() {
    let (world, oauth) = (World::new(), Oauth::start());
    store(&world, &oauth, A_MINUTE_AGO);
    oauth.script(|seen| {
        let answer = json!({"access_token": "brief", "expires_in": 20, "refresh_token": "next"});
        is_refresh(seen).then(|| Service::json(200, &answer))
    });
    let client = world.client_of(&demo_without_lifetime(), &oauth.url());
    let token = || client.token(MINUTE, &Cancel::never()).unwrap();
    assert_eq!(token().expose(), "brief");
    world.advance(Duration::from_secs(9));
    assert_eq!(token().expose(), "brief");
    assert_eq!(refreshes(&oauth), 1, "it has more than half of its life before it");
    world.advance(Duration::from_secs(2));
    token();
    assert_eq!(refreshes(&oauth), 2);
}

#[test]
fn what_another_process_has_just_renewed_is_taken_however_briefly_it_lasts() {
    let (world, oauth) = (World::new(), Oauth::start());
    store(&world, &oauth, A_MINUTE_AGO);
    let client = world.demo(&oauth.url());
    let Resolution::Found(seen) = client.resolve().unwrap() else { unreachable!() };
    let renewed = json!({
        "server": oauth.url(), "access_token": "theirs", "refresh_token": "newer", "expires_at": SOON,
    });
    world.write(FILE, &renewed.to_string());
    let taken = client.renew(&seen, Some(MINUTE), &Cancel::never()).unwrap();
    assert_eq!((taken.token.expose(), refreshes(&oauth)), ("theirs", 0));
}

#[cfg(unix)]
#[test]
fn nobody_is_asked_for_a_successor_that_could_not_be_kept() {
    let (world, oauth) = (World::new(), Oauth::start());
    // The file has a name that leaves no letters for a temporary file beside it.
    let name = format!(".demo/{}", "x".repeat(249));
    let demo = doorkey_manifest::builtin::source("demo").unwrap();
    let client = world.client_of(&demo.replace(".demo/credentials.json", &name), &oauth.url());
    store(&world, &oauth, A_MINUTE_AGO);
    world.write(&name, &world.read(FILE));
    let before = world.read(&name);
    assert_eq!(client.token(MINUTE, &Cancel::never()).unwrap_err().code(), "store.unwritable");
    assert_eq!((refreshes(&oauth), world.read(&name)), (0, before));
    world.write(&name, &world.read(FILE).replace(A_MINUTE_AGO, SOON));
    assert_eq!(client.token(MINUTE, &Cancel::never()).unwrap().expose(), "old-access", "what lasts is used");
}

#[test]
fn a_service_that_cannot_answer_signs_nobody_out() {
    let answers = [
        || Service::json(503, &json!({})),
        || Service::json(500, &json!({"error": "invalid_grant"})),
        || Service::json(429, &json!({})),
        || Service::text(502, "text/html", "<html>"),
        || Service::json(400, &json!({"error": "invalid_client"})),
        String::new,
    ];
    for answer in answers {
        let (world, oauth) = (World::new(), Oauth::start());
        oauth.script(move |seen| is_refresh(seen).then(answer));
        store(&world, &oauth, A_MINUTE_AGO);
        let before = world.read(FILE);
        assert!(matches!(token(&world, &oauth), Err(Error::Service(_))), "{}", answer());
        assert_eq!(world.read(FILE), before);
        store(&world, &oauth, SOON);
        assert_eq!(token(&world, &oauth).unwrap(), "old-access", "what still lasts is used");
    }
}

/// A network on which the token endpoint never answers: how long it was waited for is kept.
struct Stalled(crate::UreqHttp, std::sync::Mutex<Vec<Duration>>);

impl crate::Http for Stalled {
    fn send(
        &self,
        request: &doorkey_manifest::Request,
        limits: &Limits,
    ) -> Result<doorkey_manifest::Response, crate::HttpFailure> {
        if !request.url.ends_with("/oauth/token") {
            return self.0.send(request, limits);
        }
        self.1.lock().unwrap().push(limits.total);
        Err(crate::HttpFailure::TimedOut)
    }
}

#[test]
fn a_service_that_never_answers_signs_nobody_out_and_is_not_waited_for_longer_than_others_wait() {
    let (world, oauth) = (World::new(), Oauth::start());
    store(&world, &oauth, A_MINUTE_AGO);
    let before = world.read(FILE);
    let stalled = Arc::new(Stalled(crate::UreqHttp::new(), std::sync::Mutex::default()));
    let system = System { http: stalled.clone(), ..world.system() };
    let overrides = crate::Overrides { server: Some(oauth.url()), ..crate::Overrides::default() };
    let client = Client::with(crate::App::builtin("demo").unwrap(), system, overrides);
    let error = client.token(MINUTE, &Cancel::never()).unwrap_err();
    assert_eq!((error.code(), error.exit().code()), ("service.timed_out", 3));
    assert_eq!(world.read(FILE), before);
    store(&world, &oauth, SOON);
    assert_eq!(client.token(MINUTE, &Cancel::never()).unwrap().expose(), "old-access", "what lasts is used");
    assert!(stalled.1.lock().unwrap().iter().all(|limit| *limit < LOCK_PATIENCE));
}

#[test]
fn offline_is_not_signed_out() {
    let (world, oauth) = (World::new(), Oauth::start());
    store(&world, &oauth, A_MINUTE_AGO);
    let url = oauth.url();
    drop(oauth);
    std::thread::sleep(Duration::from_millis(50));
    let error = world.demo(&url).token(MINUTE, &Cancel::never()).unwrap_err();
    assert_eq!((error.code(), error.exit().code()), ("service.unreachable", 3));
    assert!(file(&world)["refresh_token"].is_string());
}

#[test]
fn a_clock_that_is_ten_hours_off_either_way_signs_nobody_out() {
    for hours in [10, -10] {
        let (world, oauth) = (World::new(), Oauth::start());
        store(&world, &oauth, IN_AN_HOUR);
        world.set_wall_clock(hours);
        let fresh = token(&world, &oauth).unwrap();
        assert!(fresh.starts_with("demo_at_"), "{hours}");
        assert_eq!(token(&world, &oauth).unwrap(), fresh, "and it isn't renewed again and again");
        assert_eq!(refreshes(&oauth), 1);
    }
}

#[test]
fn what_cannot_be_renewed_and_seems_over_is_tried_before_it_is_given_up() {
    let (world, oauth) = (World::new(), Oauth::start());
    let good = oauth.good_token();
    let text =
        json!({"server": oauth.url(), "access_token": good.expose(), "expires_at": A_MINUTE_AGO}).to_string();
    world.write(FILE, &text);
    assert_eq!(token(&world, &oauth).unwrap(), good.expose());
    oauth.revoke_all();
    let error = token(&world, &oauth).unwrap_err();
    assert_eq!((error.code(), error.exit().code()), ("credential.expired", 4));
    assert_eq!(world.read(FILE), text);
}

#[test]
fn what_seems_over_and_cannot_be_checked_is_not_called_expired() {
    let world = World::new();
    let nobody = "http://127.0.0.1:9";
    let text = json!({"server": nobody, "access_token": "a-token", "expires_at": A_MINUTE_AGO}).to_string();
    world.write(FILE, &text);
    let error = world.demo(nobody).token(MINUTE, &Cancel::never()).unwrap_err();
    assert_eq!((error.code(), error.exit().code()), ("service.unreachable", 3));
    let error = world.demo(nobody).credential_as_it_is().unwrap_err();
    assert_eq!((error.code(), error.exit().code()), ("credential.expired", 4), "nobody is asked");
}

#[test]
fn nobody_signed_in_is_said_so() {
    let (world, oauth) = (World::new(), Oauth::start());
    let error = token(&world, &oauth).unwrap_err();
    assert_eq!((error.code(), error.exit().code()), ("credential.signed_out", 4));
    assert_eq!(error.hint().as_deref(), Some("Run `demo login`."));
}

#[test]
fn an_end_that_the_service_names_is_counted_on_our_clock() {
    let world = World::new();
    let client = world.demo("http://127.0.0.1:1");
    let now = world.now_ms();
    let answer = |ahead_ms, values| Answer { means: Meaning::Ok, values, status: 200, ahead_ms };
    let end = |answer: Answer| client.received(answer).number("expires_at").unwrap() - now;
    let at = |ms: i64| Values::new().with("expires_at", now + ms);
    let ten_hours = 36_000_000;
    assert_eq!(end(answer(Some(ten_hours), at(ten_hours + 5000))), 5000);
    assert_eq!(end(answer(Some(1500), at(5000))), 5000, "clocks that differ by a second are equal");
    assert_eq!(end(answer(None, at(5000))), 5000);
    assert_eq!(end(answer(Some(ten_hours), Values::new().with("expires_in", 5))), 5000);
}

#[test]
fn the_end_of_the_sign_in_itself_is_kept_and_moves_with_each_refresh() {
    let (world, oauth) = (World::new(), Oauth::start());
    let client = world.demo(&oauth.url());
    let answers = |ends: Value| {
        oauth.script(move |seen| {
            let mut answer = json!({
                "access_token": doorkey_manifest::TokenFormat::new("demo_at_").from_entropy(|b: &mut [u8]| b.fill(7)).expose(),
                "refresh_token": "next", "token_type": "Bearer", "expires_in": 60,
            });
            answer.as_object_mut().unwrap().extend(ends.as_object().unwrap().clone());
            (seen.path() == "/oauth/token").then(|| Service::json(200, &answer))
        });
    };
    let ends = || {
        let file = file(&world);
        [file["refresh_expires_at"].clone(), file["session_expires_at"].clone()]
    };
    answers(json!({ "refresh_token_expires_in": 3600, "authorization_expires_in": 7200 }));
    let options = crate::LoginOptions { wish: crate::Wish::Device, ..crate::LoginOptions::default() };
    client.login(&options, &mut crate::Silent, &Cancel::never()).unwrap();
    assert_eq!(ends(), [json!("2026-01-01T13:00:00Z"), json!("2026-01-01T14:00:00Z")]);
    let session = client.status(&Cancel::never()).unwrap().session;
    assert!(session.unused_until < session.ends_at && session.unused_until.is_some());

    world.advance(30 * MINUTE);
    answers(json!({ "refresh_token_expires_in": 3600, "authorization_expires_in": 5400 }));
    client.token(MINUTE, &Cancel::never()).unwrap();
    assert_eq!(ends(), [json!("2026-01-01T13:30:00Z"), json!("2026-01-01T14:00:00Z")]);

    world.advance(30 * MINUTE);
    answers(json!({}));
    client.token(MINUTE, &Cancel::never()).unwrap();
    assert_eq!(
        ends(),
        [Value::Null, json!("2026-01-01T14:00:00Z")],
        "what isn't said of the new token isn't known"
    );
}

#[test]
fn an_end_beyond_all_reason_loses_nothing_of_what_was_given() {
    for seconds in ["253402300799", "1e12", "1e20", "-99999999999999", "9223372036854775807"] {
        let (world, oauth) = (World::new(), Oauth::start());
        oauth.script(move |seen| {
            let body = format!(
                r#"{{"access_token": "new-access", "refresh_token": "new-refresh", "token_type": "Bearer", "expires_in": {seconds}}}"#
            );
            is_refresh(seen).then(|| Service::text(200, "application/json", &body))
        });
        store(&world, &oauth, A_MINUTE_AGO);
        assert_eq!(token(&world, &oauth).unwrap(), "new-access", "{seconds}");
        assert_eq!(file(&world)["refresh_token"], "new-refresh", "{seconds}");
    }
}

#[test]
fn a_token_with_a_line_break_is_not_taken_from_the_service() {
    let (world, oauth) = (World::new(), Oauth::start());
    oauth.script(|seen| {
        let body =
            json!({ "access_token": "a\nusername=evil", "refresh_token": "r", "token_type": "Bearer" });
        is_refresh(seen).then(|| Service::json(200, &body))
    });
    store(&world, &oauth, A_MINUTE_AGO);
    assert_eq!(token(&world, &oauth).unwrap_err().code(), "service.no_credential");
    assert_eq!(file(&world)["refresh_token"], "old-refresh");
}
