//! The ways in which a service can be run.

use std::time::{Duration, Instant};

use doorkey_tests::browser::Browser;
use doorkey_tests::http::{Ask, Connection, ask};
use doorkey_tests::person::create_account;
use doorkey_tests::postgres;
use doorkey_tests::service::Service;
use doorkey_tests::tool::Tool;

use crate::device_sign_in::device_poll;
use crate::stage::{apps, free_port, manifest, open_approval, replica, shown_link, somebody, visitor};
use crate::tokens::is_token;

#[test]
fn a_decision_at_one_replica_wakes_the_poll_at_the_other() {
    let database = postgres::database();
    let (port, other_port) = (free_port(), free_port());
    let one = replica(&database, port, None).start();
    let key = one.data().join("key");
    let two = replica(&database, other_port, Some((&key, port))).start();

    // Started at one, polled at the other, decided at the first.
    let started = ask(&one.url, &Ask::form("/oauth2/device_authorization", &[("client_id", "demo")])).is(200);
    let mut visitor = visitor(&one);
    let page = open_approval(&mut visitor, &started.field("verification_uri_complete"));
    let mut poll = Connection::open(&two.url);
    poll.send(&device_poll("demo", &started.field("device_code")).header("Prefer", "wait=20")).expect("sent");
    std::thread::sleep(Duration::from_millis(500));
    let clicked = Instant::now();
    visitor.press(&page, "Approve", &[]);
    let answer = poll.receive().expect("an answer").is(200);
    assert!(clicked.elapsed() < Duration::from_secs(2), "woken, not polled: {:?}", clicked.elapsed());
    let token = answer.field("access_token");
    assert!(is_token("demo_at_", &token), "{answer:?}");

    // And a revocation at the second is seen there at once, and by the first within a second.
    ask(&one.url, &Ask::get("/oauth2/userinfo").bearer(&token)).is(200);
    ask(&two.url, &Ask::get("/oauth2/userinfo").bearer(&token)).is(200);
    ask(&two.url, &Ask::form("/oauth2/revoke", &[("client_id", "demo"), ("token", &token)])).is(200);
    ask(&two.url, &Ask::get("/oauth2/userinfo").bearer(&token)).is(401);
    std::thread::sleep(Duration::from_secs(1));
    ask(&one.url, &Ask::get("/oauth2/userinfo").bearer(&token)).is(401);
}

#[test]
fn two_replicas_may_start_at_once_on_an_empty_database() {
    let database = postgres::database();
    let key_folder = doorkey_tests::janitor::Folder::new("key");
    let key = key_folder.join("key");
    let ports = [free_port(), free_port()];
    let public = ports.first().copied().unwrap_or_default();
    let threads = ports.map(|port| {
        let plan = replica(&database, port, Some((&key, public)));
        std::thread::spawn(move || plan.start())
    });
    for thread in threads {
        let service = thread.join().expect("both come up");
        ask(&service.url, &Ask::get("/readyz")).is(200);
    }
}

#[test]
fn the_root_app_is_served_at_the_root_and_under_its_name() {
    let service = Service::dev().apps(apps()).root_app("parcel").start();
    for server in [service.url.clone(), format!("{}/apps/parcel", service.url)] {
        let tool = Tool::new(&manifest("parcel"), &server);
        let mut visitor = visitor(&service);
        let login = tool.start(&["login"]);
        let page = open_approval(&mut visitor, &shown_link(&login));
        visitor.press(&page, "Let it in", &[]);
        login.wait().exits(0);
        tool.run(&["whoami"]).exits(0);
    }
}

#[test]
fn with_tls_a_client_that_trusts_the_throw_away_authority_signs_in() {
    let service = Service::dev().with("--tls").start();
    assert!(service.url.starts_with("https://127.0.0.1:"), "{}", service.url);
    let log = service.log().join("\n");
    let certificate = log
        .split(|c: char| c.is_whitespace() || "`'\"".contains(c))
        .find(|word| std::path::Path::new(word).extension().is_some_and(|extension| extension == "pem"))
        .unwrap_or_else(|| panic!("it says where the certificate lies:\n{log}"))
        .to_owned();

    let stranger = Tool::new("demo", &service.url);
    let refused = stranger.run(&["login", "--device"]);
    assert!(refused.code != Some(0), "a certificate that nobody vouches for: {refused}");

    let tool = Tool::new("demo", &service.url).env("SSL_CERT_FILE", &certificate);
    let mut login = tool.start(&["login", "--browser"]);
    let link = tool.opened(&mut login);
    let browser = Browser::start(&["--ignore-certificate-errors"]);
    let person = browser.person();
    let page = person.tab();
    page.goto(&link);
    page.press("Create an account");
    let email = somebody();
    create_account(&page, &email);
    page.see("Only continue if you started this");
    page.press("Approve");
    login.wait().exits(0).says(&email);
    tool.run(&["whoami"]).exits(0).says(&email);
}

#[test]
fn an_off_the_shelf_client_finds_everything_in_the_metadata() {
    let service = crate::stage::service();
    let metadata = ask(&service.url, &Ask::get("/.well-known/oauth-authorization-server")).is(200).json();
    assert_eq!(metadata["issuer"], service.url.as_str(), "byte for byte");
    assert_eq!(metadata["code_challenge_methods_supported"], serde_json::json!(["S256"]));
    for endpoint in [
        "authorization_endpoint",
        "token_endpoint",
        "device_authorization_endpoint",
        "revocation_endpoint",
        "introspection_endpoint",
        "userinfo_endpoint",
    ] {
        let url = metadata[endpoint].as_str().unwrap_or_else(|| panic!("{endpoint}: {metadata}"));
        let path = url.strip_prefix(&service.url).expect("an endpoint of this service");
        let answer = ask(&service.url, &Ask::get(path));
        assert_ne!(answer.status, 404, "{endpoint} is there");
    }
}

#[test]
fn doorkeyd_check_finds_a_dev_service_fit() {
    let service = crate::stage::service();
    ask(&service.url, &Ask::get("/healthz")).is(200);
    ask(&service.url, &Ask::get("/readyz")).is(200);
    let folder = doorkey_tests::janitor::Folder::new("check");
    let config = folder.join("doorkeyd.toml");
    let text = "public_url = \"http://127.0.0.1:7700\"\ndatabase = \"doorkey.db\"\nkey_file = \"key\"\n";
    std::fs::write(&config, text).expect("written");
    let mut command = std::process::Command::new(doorkey_tests::binary("doorkeyd", false));
    command.env_clear().current_dir(folder.path()).args(["check", "--config"]).arg(&config);
    let finished = doorkey_tests::process::Running::start("doorkeyd check", command).wait();
    assert!(
        finished.stdout.contains("database") && finished.stdout.contains("key"),
        "each with a line: {finished}"
    );
}
