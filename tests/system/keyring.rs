//! Where secrets lie: GNOME's keyring, for real, and what happens when it is locked, absent or never answers.

use std::path::Path;
use std::time::Duration;

use doorkey_tests::desktop::{Desktop, SilentBus};
use doorkey_tests::process::Finished;
use doorkey_tests::service::Service;
use doorkey_tests::tool::Tool;
use serde_json::{Value, json};

use crate::stage::{CREDENTIAL, mode, open_approval, service, shown_link, visitor};

const SEALED: &str = ".demo/credentials.json.sealed";
const MANY: usize = 100;

/// Somebody at this desktop, who keeps what they have in its keyring.
fn at(desktop: &Desktop, app: &str, service: &Service) -> Tool {
    Tool::new(app, &service.url)
        .env("DBUS_SESSION_BUS_ADDRESS", &desktop.address)
        .env("DOORKEY_STORAGE", "keyring")
}

/// Signs in with the device's code.
#[track_caller]
fn sign_in(tool: &Tool, service: &Service, more: &[&str]) -> Finished {
    let mut visitor = visitor(service);
    let login = tool.start(&[&["login", "--device"], more].concat());
    let page = open_approval(&mut visitor, &shown_link(&login));
    visitor.press(&page, "Approve", &[]);
    login.wait().exits(0)
}

#[track_caller]
fn token(tool: &Tool) -> String {
    tool.run(&["token"]).exits(0).stdout.trim_end().to_owned()
}

#[track_caller]
fn in_json(tool: &Tool, arguments: &[&str], code: i32) -> Value {
    let finished = tool.run(&[arguments, &["--json"]].concat()).exits(code);
    serde_json::from_str(&finished.stdout).unwrap_or_else(|problem| panic!("{problem}\n{finished}"))
}

/// The files below a folder that hold this text.
fn grep(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder can be read").flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.extend(grep(&path, text));
        } else if let Ok(bytes) = std::fs::read(&path)
            && bytes.windows(text.len()).any(|part| part == text.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn with_a_keyring_no_plain_token_is_anywhere_below_the_home_folder_from_login_to_logout() {
    let (desktop, service) = (Desktop::start(), service());
    let tool = at(&desktop, "demo", service);
    sign_in(&tool, service, &[]);
    let access = token(&tool);
    tool.run(&["whoami"]).exits(0).says("person-");
    assert_eq!(mode(tool.path(SEALED)), 0o600, "the sealed file");
    assert_eq!(grep(&tool.home(), &access), Vec::<String>::new(), "the token is nowhere");
    assert_eq!(grep(&tool.home(), "demo_rt_"), Vec::<String>::new(), "nor is a refresh token");
    let status = in_json(&tool, &["status"], 0);
    assert_eq!(status["storage"]["kind"], "keyring");
    let storage = in_json(&tool, &["storage"], 0);
    assert_eq!((&storage["works"], &storage["holds"]), (&json!(true), &json!(true)));

    // At another desktop the sealed file is worth nothing.
    let other = Desktop::start();
    let thief = at(&other, "demo", service);
    std::fs::create_dir(thief.path(".demo")).expect("a folder");
    std::fs::copy(tool.path(SEALED), thief.path(SEALED)).expect("a copy");
    let refused = in_json(&thief, &["token"], 1);
    assert_eq!(refused["error"]["code"], "store.key_lost");

    tool.run(&["logout", "--yes", "--revoke"]).exits(0);
    assert!(!tool.path(SEALED).exists(), "the sealed file is gone");
    tool.run(&["token"]).exits(4);
}

#[test]
fn a_hundred_processes_with_an_expired_token_in_the_keyring_make_one_refresh() {
    let (desktop, service) = (Desktop::start(), Service::dev().start());
    let tool = Tool::new("demo", &service.url).env("DBUS_SESSION_BUS_ADDRESS", &desktop.address);
    sign_in(&tool, &service, &[]);
    let mut kept = tool.json(CREDENTIAL).expect("a credential");
    kept["expires_at"] = json!("2001-09-09T01:46:40Z");
    tool.write_json(CREDENTIAL, &kept);
    tool.run(&["storage", "migrate", "--to", "keyring"]).exits(0);
    let asked_before = service.requests("/oauth2/token");

    let running: Vec<_> = (0..MANY).map(|_| tool.start(&["token"])).collect();
    let finished: Vec<_> = running.into_iter().map(|running| running.wait().exits(0)).collect();

    assert_eq!(service.requests("/oauth2/token") - asked_before, 1, "asked once");
    let new = token(&tool);
    assert_ne!(kept["access_token"], new.as_str(), "it is a new one");
    assert!(finished.iter().all(|one| one.stdout.trim_end() == new), "everybody has it");
    assert_eq!(grep(&tool.home(), &new), Vec::<String>::new(), "sealed as before");
    tool.run(&["whoami"]).exits(0);
}

#[test]
fn a_locked_keyring_is_said_at_once_and_nothing_is_lost() {
    let (mut desktop, service) = (Desktop::start(), service());
    let tool = at(&desktop, "demo", service);
    sign_in(&tool, service, &[]);
    let kept = token(&tool);
    desktop.lock();
    let refused = in_json(&tool, &["token"], 1);
    assert_eq!(refused["error"]["code"], "store.keyring_unavailable");
    assert!(refused["error"]["hint"].as_str().is_some_and(|hint| hint.contains("Unlock it")), "{refused}");
    tool.run(&["storage"]).exits(1).says("locked");
    desktop.unlock();
    assert_eq!(token(&tool), kept, "unlocked, it is all there");
}

#[test]
fn without_a_bus_login_fails_before_a_browser_is_opened_and_a_plain_file_has_to_be_asked_for() {
    let service = service();
    let tool = Tool::new("demo", &service.url).env("DOORKEY_STORAGE", "keyring");
    let refused = tool.run(&["login"]).exits(1).says("keyring can't be used").says("--insecure-storage");
    assert!(!refused.stderr.contains("http://"), "no page was shown:\n{refused}");
    assert!(!tool.path(CREDENTIAL).exists(), "nothing was written in plain");
    sign_in(&tool, service, &["--insecure-storage"]).says("DOORKEY_STORAGE says `keyring`");
    assert_eq!(mode(tool.path(CREDENTIAL)), 0o600, "the file that was asked for");
}

#[test]
fn a_bus_that_never_answers_costs_three_seconds_and_is_a_clear_error() {
    let (desktop, service) = (Desktop::start(), service());
    let signed_in = at(&desktop, "demo", service);
    sign_in(&signed_in, service, &[]);
    let bus = SilentBus::start();
    let tool = Tool::new("demo", &service.url)
        .env("DOORKEY_STORAGE", "keyring")
        .env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
    std::fs::create_dir(tool.path(".demo")).expect("a folder");
    std::fs::copy(signed_in.path(SEALED), tool.path(SEALED)).expect("a copy");
    for arguments in [&["token"][..], &["whoami"], &["status"], &["login", "--device"]] {
        // A command that waited for the bus would be ended by this limit, and fail the test.
        let running = tool.start(&[arguments, &["--json"]].concat());
        let finished = running.wait_at_most(Duration::from_secs(20)).exits(1);
        let said: Value = serde_json::from_str(&finished.stdout).expect("JSON");
        assert_eq!(said["error"]["code"], "store.keyring_unavailable", "{arguments:?}");
        assert!(finished.stdout.contains("within 3 seconds"), "{finished}");
    }
    assert!(!tool.path(CREDENTIAL).exists(), "nothing was written in plain");
    // Many at once wait together, not one after the other.
    let running: Vec<_> = (0..20).map(|_| tool.start(&["token"])).collect();
    for one in running {
        one.wait_at_most(Duration::from_secs(20)).exits(1).says("within 3 seconds");
    }
    // Whoever can't open it can still get rid of it.
    tool.start(&["logout", "--yes"]).wait_at_most(Duration::from_secs(20)).exits(0);
    assert!(!tool.path(SEALED).exists(), "the sealed file is gone");
}

#[test]
fn a_credential_moves_into_the_keyring_and_out_again() {
    let (desktop, service) = (Desktop::start(), service());
    let tool = Tool::new("demo", &service.url)
        .env("DBUS_SESSION_BUS_ADDRESS", &desktop.address)
        .env("DOORKEY_PASSPHRASE", "correct horse battery staple");
    sign_in(&tool, service, &[]);
    let kept = token(&tool);
    assert!(!grep(&tool.home(), &kept).is_empty(), "a plain file, as the manifest has it");
    for (kind, plain) in [("keyring", false), ("encrypted", false), ("keyring", false), ("file", true)] {
        tool.run(&["storage", "migrate", "--to", kind]).exits(0);
        assert_eq!(token(&tool), kept, "in {kind}");
        assert_eq!(!grep(&tool.home(), &kept).is_empty(), plain, "in {kind}");
        assert_eq!(in_json(&tool, &["storage"], 0)["storage"]["chosen_by"], "setting");
    }
}

#[test]
fn signing_in_with_another_storage_is_kept_to() {
    let (desktop, service) = (Desktop::start(), service());
    let tool = Tool::new("demo", &service.url).env("DBUS_SESSION_BUS_ADDRESS", &desktop.address);
    sign_in(&tool, service, &["--storage", "keyring"]);
    let kept = token(&tool);
    assert!(tool.path(SEALED).exists() && grep(&tool.home(), &kept).is_empty(), "sealed from then on");
}
