//! Signing in where no browser is: a code, typed by hand, and a poll that waits.

use std::time::{Duration, Instant};

use doorkey_tests::browser::Browser;
use doorkey_tests::http::{Ask, Connection, ask};
use doorkey_tests::person::create_account;
use doorkey_tests::tool::Tool;

use crate::stage::{CREDENTIAL, code_in, manifest, open_approval, service, shown_link, somebody, visitor};
use crate::tokens::is_token;

#[test]
fn a_code_typed_by_hand_signs_the_terminal_in() {
    let tool = Tool::new("demo", &service().url);
    let login = tool.start(&["login", "--device"]);
    let code = login.wait_for("a code", |_, line| code_in(line).map(str::to_owned));
    let person = Browser::shared().person();
    let page = person.tab();
    page.goto(&format!("{}/device", service().url));
    // The page may ask for the account first; the way leads back to it.
    if page.has("Create an account") {
        page.press("Create an account");
        create_account(&page, &somebody());
    }
    // As people type: no capitals, no dash, a blank too many.
    page.fill("Code", &format!(" {} ", code.replace('-', "").to_lowercase()));
    page.press("Continue");
    if page.has("Create an account") {
        page.press("Create an account");
        create_account(&page, &somebody());
    }
    page.see(&code);
    page.see("Only continue if you started this");
    page.press("Approve");
    page.see("terminal");
    login.wait().exits(0);
    tool.run(&["whoami"]).exits(0);
}

#[test]
fn a_code_that_nobody_has_is_refused_in_words() {
    let person = Browser::shared().person();
    let page = person.tab();
    page.goto(&format!("{}/sign-up", service().url));
    create_account(&page, &somebody());
    page.goto(&format!("{}/device", service().url));
    page.fill("Code", "BBBB-BBBB");
    page.press("Continue");
    assert!(page.has("Continue") && !page.has("Approve"), "to try again:\n{}", page.text());
}

#[test]
fn a_denied_code_ends_the_wait() {
    let tool = Tool::new("demo", &service().url);
    let login = tool.start(&["login", "--device"]);
    let mut visitor = visitor(service());
    let page = open_approval(&mut visitor, &shown_link(&login));
    visitor.press(&page, "Deny", &[]);
    login.wait().exits(1).says("denied");
    assert_eq!(tool.json(CREDENTIAL), None, "nothing is kept");
}

#[test]
fn a_held_poll_hears_of_the_decision_at_once() {
    let url = &service().url;
    let start =
        Ask::form("/oauth2/device_authorization", &[("client_id", "demo"), ("scope", "profile:read")]);
    let started = ask(url, &start).is(200);
    let mut visitor = visitor(service());
    let page = open_approval(&mut visitor, &started.field("verification_uri_complete"));

    let mut poll = Connection::open(url);
    poll.send(&device_poll("demo", &started.field("device_code")).header("Prefer", "wait=20")).expect("sent");
    std::thread::sleep(Duration::from_millis(300));
    let clicked = Instant::now();
    visitor.press(&page, "Approve", &[]);
    let answer = poll.receive().expect("an answer").is(200);
    let waited = clicked.elapsed();
    assert!(is_token("demo_at_", &answer.field("access_token")), "{answer:?}");
    // Held, it would take up to twenty seconds; polled again, at least one.
    assert!(waited < Duration::from_millis(900), "answered {waited:?} after the click");
    ask(url, &device_poll("demo", &started.field("device_code"))).is(400);
}

#[test]
fn a_poll_that_is_not_held_long_is_told_to_come_again() {
    let url = &service().url;
    let started = ask(url, &Ask::form("/oauth2/device_authorization", &[("client_id", "demo")])).is(200);
    let begun = Instant::now();
    let answer = ask(url, &device_poll("demo", &started.field("device_code"))).is(400);
    assert_eq!(answer.field("error"), "authorization_pending");
    assert!(begun.elapsed() < Duration::from_secs(5), "no longer than the interval");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[test]
fn a_device_code_is_nothing_in_another_clients_hands() {
    // CVE-2023-2585: a code that was not tied to the client it was given to.
    let url = &service().url;
    let started = ask(url, &Ask::form("/oauth2/device_authorization", &[("client_id", "demo")])).is(200);
    let answer = ask(url, &device_poll("brief", &started.field("device_code"))).is(400);
    assert_eq!(answer.field("error"), "invalid_grant");
}

#[test]
fn a_manifest_alone_makes_a_tool_that_polls_with_a_session() {
    let server = format!("{}/apps/parcel", service().url);
    let tool = Tool::new(&manifest("parcel"), &server);
    let login = tool.start(&["login"]);
    let link = shown_link(&login);
    let person = Browser::shared().person();
    let page = person.tab();
    page.goto(&link);
    page.press("Create an account");
    let email = somebody();
    create_account(&page, &email);
    page.see("Parcel");
    page.see("Send parcels in your name");
    let code = code_in(&page.text()).expect("a code to compare").to_owned();
    assert!(login.said().contains(&code), "the terminal shows {code}, too:\n{}", login.said());
    page.press("Let it in");
    login.wait().exits(0);
    let kept = tool.json(".parcel/config.json").expect("a credential is kept");
    let token = kept["token"].as_str().unwrap_or_default();
    assert!(is_token("parcel_", token), "{kept}");
    assert!(!link.contains(token), "the link carries no secret");
    tool.run(&["whoami"]).exits(0).says(&email);
    let answer = ask(&service().url, &Ask::get("/apps/parcel/api/whoami").bearer(token)).is(200);
    assert_eq!(answer.field("email"), email);

    tool.run(&["logout", "--revoke", "--yes"]).exits(0);
    ask(&service().url, &Ask::get("/apps/parcel/api/whoami").bearer(token)).is(401);
}

#[test]
fn a_session_that_is_denied_says_so() {
    let server = format!("{}/apps/parcel", service().url);
    let tool = Tool::new(&manifest("parcel"), &server);
    let login = tool.start(&["login"]);
    let mut visitor = visitor(service());
    let page = open_approval(&mut visitor, &shown_link(&login));
    visitor.press(&page, "Turn it away", &[]);
    login.wait().exits(1);
    assert_eq!(tool.json(".parcel/config.json"), None, "nothing is kept");
}

/// One poll of the device grant.
pub fn device_poll(client: &str, device_code: &str) -> Ask {
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    Ask::form("/oauth2/token", &[("grant_type", grant), ("client_id", client), ("device_code", device_code)])
}
