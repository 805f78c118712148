//! A hundred at once, on both databases: one winner, and what holds afterwards.

use std::sync::{Arc, Barrier};

use doorkey_tests::http::{Answer, Ask, Connection, ask, query};
use doorkey_tests::service::Service;
use doorkey_tests::visitor::Visitor;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::device_sign_in::device_poll;
use crate::stage::{CREDENTIAL, Engine, open_approval, service_on, signed_in, visitor};

const MANY: usize = 100;

/// The same request, a hundred times, as much at once as the machine can.
#[track_caller]
fn storm(url: &str, request: &Ask) -> Vec<Answer> {
    let gate = Arc::new(Barrier::new(MANY));
    let threads: Vec<_> = (0..MANY)
        .map(|_| {
            let (gate, request) = (Arc::clone(&gate), request.clone());
            let mut connection = Connection::open(url);
            std::thread::spawn(move || {
                gate.wait();
                connection.ask(&request)
            })
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

fn refresh(client: &str, token: &str) -> Ask {
    Ask::form(
        "/oauth2/token",
        &[("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token)],
    )
}

fn userinfo(service: &Service, token: &str) -> u16 {
    ask(&service.url, &Ask::get("/oauth2/userinfo").bearer(token)).status
}

fn of_one_device_code(engine: Engine) {
    let service = service_on(engine);
    let started =
        ask(&service.url, &Ask::form("/oauth2/device_authorization", &[("client_id", "demo")])).is(200);
    let mut visitor = visitor(&service);
    let page = open_approval(&mut visitor, &started.field("verification_uri_complete"));
    visitor.press(&page, "Approve", &[]);

    let answers = storm(&service.url, &device_poll("demo", &started.field("device_code")));
    assert_eq!(count(&answers, 200), 1, "one winner");
    assert_eq!(count(&answers, 400), MANY - 1, "everybody else is refused: {answers:?}");
    let won = answers.iter().find(|answer| answer.status == 200).expect("the winner");
    let (access, refresh_token) = (won.field("access_token"), won.field("refresh_token"));
    assert_eq!(userinfo(&service, &access), 200, "and keeps what it won");
    ask(&service.url, &refresh("demo", &refresh_token)).is(200);
    let later = ask(&service.url, &device_poll("demo", &started.field("device_code"))).is(400);
    assert_eq!(later.field("error"), "invalid_grant", "the code is dead");
}

fn of_one_authorization_code(engine: Engine) {
    let service = service_on(engine);
    let mut visitor = visitor(&service);
    let (code, verifier, home) = authorization_code(&mut visitor);
    let redemption = redemption(&code, &verifier, &home);

    // Somebody who has the code and no verifier gets nothing, and ends nothing.
    let thief = ask(&service.url, &self::redemption(&code, &"x".repeat(43), &home)).is(400);
    assert_eq!(thief.field("error"), "invalid_grant");

    let answers = storm(&service.url, &redemption);
    assert_eq!(count(&answers, 200), 1, "one answer");
    assert_eq!(count(&answers, 400), MANY - 1, "everybody else is refused: {answers:?}");
    let won = answers.iter().find(|answer| answer.status == 200).expect("the answer");
    // The second valid redemption means that somebody else had code and verifier: what the first gave is ended.
    assert_eq!(userinfo(&service, &won.field("access_token")), 401, "the access token is dead");
    let again = ask(&service.url, &refresh("demo", &won.field("refresh_token"))).is(400);
    assert_eq!(again.field("error"), "invalid_grant", "and the refresh token, too");
}

/// Approves a sign-in over loopback and takes the code from the way home.
#[track_caller]
fn authorization_code(visitor: &mut Visitor) -> (String, String, String) {
    let verifier = "a-verifier-of-the-length-that-the-standard-asks-for";
    let challenge = base64url(&Sha256::digest(verifier));
    let home = "http://127.0.0.1:9/callback";
    let parameters = doorkey_tests::http::encode_form(&[
        ("response_type", "code"),
        ("client_id", "demo"),
        ("redirect_uri", home),
        ("state", "a-state-that-is-long-enough"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    let page = visitor.open(&format!("/oauth2/authorize?{parameters}"));
    let done = visitor.press(&page, "Approve", &[]);
    let way_home = done.leads_to().unwrap_or_else(|| panic!("a redirect: {done:?}"));
    assert!(way_home.starts_with(home), "home: {way_home}");
    let code = query(way_home, "code").expect("with a code");
    (code, verifier.to_owned(), home.to_owned())
}

fn redemption(code: &str, verifier: &str, home: &str) -> Ask {
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "demo"),
        ("code", code),
        ("code_verifier", verifier),
        ("redirect_uri", home),
    ];
    Ask::form("/oauth2/token", &fields)
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

fn of_processes_that_refresh(engine: Engine) {
    let service = service_on(engine);
    let (tool, _visitor) = signed_in("demo", &service);
    let mut kept = tool.json(CREDENTIAL).expect("a credential");
    let before = kept["access_token"].clone();
    kept["expires_at"] = json!("2001-09-09T01:46:40Z");
    tool.write_json(CREDENTIAL, &kept);
    let asked_before = service.requests("/oauth2/token");

    let running: Vec<_> = (0..MANY).map(|_| tool.start(&["token"])).collect();
    let finished: Vec<_> = running.into_iter().map(|running| running.wait().exits(0)).collect();

    let kept = tool.json(CREDENTIAL).expect("a credential");
    let token = kept["access_token"].as_str().expect("a token").to_owned();
    assert_ne!(kept["access_token"], before, "it is a new one");
    assert!(finished.iter().all(|one| one.stdout.trim_end() == token), "everybody has it");
    assert_eq!(
        service.requests("/oauth2/token") - asked_before,
        1,
        "asked once:\n{}",
        service.log().join("\n")
    );
    tool.run(&["whoami"]).exits(0);
}

fn of_requests_that_refresh(engine: Engine) {
    let service = service_on(engine);
    let (tool, _visitor) = signed_in("demo", &service);
    let kept = tool.json(CREDENTIAL).expect("a credential");
    let presented = kept["refresh_token"].as_str().expect("a refresh token").to_owned();

    let answers = storm(&service.url, &refresh("demo", &presented));
    assert_eq!(count(&answers, 200), MANY, "everybody is answered: {answers:?}");
    let first = answers.first().map(|answer| (answer.field("access_token"), answer.field("refresh_token")));
    let (access, successor) = first.expect("an answer");
    let same = |answer: &Answer| {
        answer.field("access_token") == access && answer.field("refresh_token") == successor
    };
    assert!(answers.iter().all(same), "all get the same successor");
    assert_eq!(userinfo(&service, &access), 200, "nobody is signed out");

    // Once the successor is used, the old one is a stolen one: the family ends.
    let next = ask(&service.url, &refresh("demo", &successor)).is(200);
    ask(&service.url, &refresh("demo", &presented)).is(400);
    assert_eq!(userinfo(&service, &next.field("access_token")), 401, "reuse ends everything");
    ask(&service.url, &refresh("demo", &next.field("refresh_token"))).is(400);
}

#[test]
fn a_hundred_redemptions_of_one_device_code_have_one_winner_on_sqlite() {
    of_one_device_code(Engine::Sqlite);
}

#[test]
fn a_hundred_redemptions_of_one_device_code_have_one_winner_on_postgres() {
    of_one_device_code(Engine::Postgres);
}

#[test]
fn a_hundred_redemptions_of_one_authorization_code_get_one_answer_and_end_it_on_sqlite() {
    of_one_authorization_code(Engine::Sqlite);
}

#[test]
fn a_hundred_redemptions_of_one_authorization_code_get_one_answer_and_end_it_on_postgres() {
    of_one_authorization_code(Engine::Postgres);
}

#[test]
fn a_hundred_processes_with_an_expired_token_make_one_refresh_on_sqlite() {
    of_processes_that_refresh(Engine::Sqlite);
}

#[test]
fn a_hundred_processes_with_an_expired_token_make_one_refresh_on_postgres() {
    of_processes_that_refresh(Engine::Postgres);
}

#[test]
fn a_hundred_refreshes_of_one_token_get_the_same_successor_on_sqlite() {
    of_requests_that_refresh(Engine::Sqlite);
}

#[test]
fn a_hundred_refreshes_of_one_token_get_the_same_successor_on_postgres() {
    of_requests_that_refresh(Engine::Postgres);
}
