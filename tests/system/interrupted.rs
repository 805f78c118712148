//! Ended in the middle: by Ctrl-C, by `kill -9`, by a stop of the service. Nothing is half, nothing acknowledged is lost.

use std::fs;
use std::time::{Duration, Instant};

use doorkey_tests::http::{Ask, Connection, ask, query};
use doorkey_tests::janitor::Folder;
use doorkey_tests::service::Service;
use doorkey_tests::tool::Tool;
use doorkey_tests::visitor::{PASSWORD, Visitor};
use rustix::process::Signal;

use crate::device_sign_in::device_poll;
use crate::stage::{CREDENTIAL, free_port, open_approval, service, shown_link, somebody};
use crate::tokens::{is_token, made_up};

/// Nobody listens there: a token is kept unchecked, and nothing but the writing takes time.
const NOBODY: &str = "http://127.0.0.1:9";

#[test]
fn killed_five_hundred_times_while_writing_the_file_is_always_the_old_or_the_new_one() {
    let tool = Tool::new("demo", NOBODY);
    let write = |number: usize| {
        let token = made_up("demo_at_", number);
        let login = tool.start(&["login", "--token", &token]);
        (token, login)
    };
    let (mut old, login) = write(0);
    login.wait().exits(0);
    // How long an undisturbed one takes, to hit every moment of it.
    let begun = Instant::now();
    for number in 1..=5 {
        let (token, login) = write(number);
        login.wait().exits(0);
        old = token;
    }
    let usual = begun.elapsed() / 5;

    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let (mut stayed, mut changed) = (0, 0);
    for number in 100..600 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = usual.mul_f64(f64::from(u16::try_from(random >> 48).unwrap_or(0)) / 65536.0 * 1.15);
        let (new, mut login) = write(number);
        std::thread::sleep(moment);
        login.kill();
        let kept = tool.json(CREDENTIAL).expect("the file is there and whole");
        let token = kept["access_token"].as_str().unwrap_or_default().to_owned();
        assert!(token == old || token == new, "the old one or the new one, and not {token}");
        *(if token == old { &mut stayed } else { &mut changed }) += 1;
        old = token;
    }
    assert!(stayed > 20 && changed > 20, "killed before and after: {stayed} stayed, {changed} changed");

    // The dead hold no lock and leave no heap of rubbish behind.
    let (last, login) = write(700);
    login.wait().exits(0);
    assert_eq!(tool.run(&["token"]).exits(0).stdout.trim_end(), last);
    let left: Vec<_> = fs::read_dir(tool.path(".demo")).expect("the folder").flatten().collect();
    assert!(left.len() < 20, "{} files are left in the folder: {left:?}", left.len());
}

#[test]
fn ctrl_c_leaves_nothing_behind_at_any_way_of_signing_in() {
    for way in ["--browser", "--device"] {
        let tool = Tool::new("demo", &service().url);
        let mut login = tool.start(&["login", way]);
        let home = if way == "--browser" {
            query(&tool.opened(&mut login), "redirect_uri")
        } else {
            shown_link(&login);
            None
        };
        login.signal(Signal::INT);
        let finished = login.wait().exits(130);
        assert_eq!(tool.json(CREDENTIAL), None, "nothing is kept");
        if let Some(home) = home {
            assert!(Connection::try_open(&home).is_err(), "the port is closed");
        }
        assert!(!finished.stderr.contains("panicked"), "{finished}");
        tool.run(&["whoami"]).exits(4);
    }
}

#[test]
fn a_stop_lets_a_held_poll_go_and_ends_soon() {
    let service = Service::dev().start();
    let started =
        ask(&service.url, &Ask::form("/oauth2/device_authorization", &[("client_id", "demo")])).is(200);
    let mut poll = Connection::open(&service.url);
    poll.send(&device_poll("demo", &started.field("device_code")).header("Prefer", "wait=30")).expect("sent");
    std::thread::sleep(Duration::from_millis(300));
    let begun = Instant::now();
    let stopped = std::thread::spawn(move || service.stop());
    let answer = poll.receive().expect("an answer").is(400);
    assert_eq!(
        answer.field("error"),
        "authorization_pending",
        "the command asks again, somebody else perhaps"
    );
    stopped.join().expect("stopped").exits(0);
    assert!(begun.elapsed() < Duration::from_secs(10), "soon: {:?}", begun.elapsed());
}

#[test]
fn a_killed_service_has_lost_nothing_that_it_acknowledged() {
    let data = Folder::new("data");
    let port = free_port();
    let start = || Service::dev().data(data.path()).listen(&format!("127.0.0.1:{port}")).start();
    let mut service = start();
    let mut codes = Vec::new();
    for round in 0..5 {
        let email = somebody();
        let mut visitor = Visitor::new(&service.url);
        visitor.sign_up(&email);
        let started =
            ask(&service.url, &Ask::form("/oauth2/device_authorization", &[("client_id", "demo")])).is(200);
        let page = open_approval(&mut visitor, &started.field("verification_uri_complete"));
        let (_, answer) = visitor.press_only(&page, "Approve", &[]);
        service.kill();
        assert!(answer.status < 400, "approved in round {round}: {answer:?}");
        service = start();
        codes.push(started.field("device_code"));

        let mut again = Visitor::new(&service.url);
        let page = again.open("/sign-in");
        again.press(&page, "Sign in", &[("email", &email), ("password", PASSWORD)]).says(&email);
    }
    for code in codes {
        let answer = ask(&service.url, &device_poll("demo", &code)).is(200);
        assert!(is_token("demo_at_", &answer.field("access_token")), "{answer:?}");
    }
}

#[test]
fn a_command_that_goes_away_at_the_moment_of_approval_loses_nothing() {
    let url = &service().url;
    for _ in 0..5 {
        let started = ask(url, &Ask::form("/oauth2/device_authorization", &[("client_id", "demo")])).is(200);
        let mut visitor = crate::stage::visitor(service());
        let page = open_approval(&mut visitor, &started.field("verification_uri_complete"));
        let mut poll = Connection::open(url);
        let ask_again = device_poll("demo", &started.field("device_code"));
        poll.send(&ask_again.clone().header("Prefer", "wait=30")).expect("sent");
        std::thread::sleep(Duration::from_millis(200));
        drop(poll);
        visitor.press(&page, "Approve", &[]);
        let answer = ask(url, &ask_again).is(200);
        assert!(is_token("demo_at_", &answer.field("access_token")), "{answer:?}");
    }
}
