//! What goes wrong outside: a clear error that names it, and nothing lost.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use doorkey_tests::http::{Ask, Connection, ask};
use doorkey_tests::janitor::Folder;
use doorkey_tests::service::Service;
use doorkey_tests::tool::Tool;
use doorkey_tests::visitor::Visitor;
use serde_json::json;
use sqlx::{Connection as _, Executor, SqliteConnection};

use crate::stage::{
    CREDENTIAL, Engine, apps, manifest, open_approval, service, service_on, shown_link, signed_in, visitor,
};

#[test]
fn a_port_that_is_taken_is_named_with_a_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let failed = Service::dev().listen(&address).fails();
    assert_eq!(failed.code, Some(1), "{failed}");
    failed.says(&address).says("--listen");
}

#[test]
fn a_database_that_somebody_locks_is_busy_and_not_lost() {
    let service = service_on(Engine::Sqlite);
    let mut visitor = visitor(&service);
    let started =
        ask(&service.url, &Ask::form("/oauth2/device_authorization", &[("client_id", "demo")])).is(200);
    let page = open_approval(&mut visitor, &started.field("verification_uri_complete"));

    let database = files(service.data(), &["db", "sqlite", "sqlite3"]);
    let database = database.first().expect("the database lies in the data folder").display().to_string();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut lock =
        runtime.block_on(SqliteConnection::connect(&format!("sqlite://{database}"))).expect("opened");
    runtime.block_on(lock.execute("BEGIN IMMEDIATE")).expect("locked");

    let (_, refused) = visitor.press_only(&page, "Approve", &[]);
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(refused.header("retry-after").is_some(), "says when to try again: {refused:?}");
    let api = ask(&service.url, &Ask::form("/oauth2/device_authorization", &[("client_id", "demo")])).is(503);
    assert!(api.json()["error"].is_string() && api.header("retry-after").is_some(), "{api:?}");

    runtime.block_on(lock.execute("ROLLBACK")).expect("unlocked");
    drop(lock);
    visitor.press(&page, "Approve", &[]);
    ask(&service.url, &crate::device_sign_in::device_poll("demo", &started.field("device_code"))).is(200);
}

fn files(folder: &std::path::Path, extensions: &[&str]) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let fits = |path: &std::path::PathBuf| {
        path.extension()
            .and_then(|extension| extension.to_str())
            .is_some_and(|found| extensions.contains(&found))
    };
    entries.filter(fits).collect()
}

#[test]
fn a_server_that_answers_with_a_web_page_is_called_that() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("its address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let _ = stream.read(&mut [0; 4096]);
            let page = "<!doctype html><title>Welcome to nginx</title>";
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n";
            let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{page}", page.len());
        }
    });
    let tool = Tool::new("demo", &address);
    let finished = tool.run(&["login", "--device"]).says("web page");
    assert!(matches!(finished.code, Some(1 | 3)), "{finished}");
    assert_eq!(tool.json(CREDENTIAL), None, "nothing is kept");
}

#[test]
fn no_server_at_all_is_offline_and_not_signed_out() {
    let mut own = Service::dev().start();
    let (tool, _visitor) = signed_in("demo", &own);
    let before = tool.json(CREDENTIAL);
    own.kill();
    tool.run(&["whoami"]).exits(3);
    assert_eq!(tool.json(CREDENTIAL), before, "the credential is left alone");
    tool.run(&["token"]).exits(0);
}

#[test]
fn a_clock_that_is_ten_hours_off_signs_nobody_out() {
    let (tool, _visitor) = signed_in("demo", service());
    let kept = tool.json(CREDENTIAL).expect("a credential");
    for (expires_at, what) in [("2001-09-09T01:46:40Z", "long over"), ("2099-01-01T00:00:00Z", "far away")] {
        let mut wrong = tool.json(CREDENTIAL).expect("a credential");
        wrong["expires_at"] = json!(expires_at);
        tool.write_json(CREDENTIAL, &wrong);
        tool.run(&["token"]).exits(0);
        let status = tool.run(&["whoami"]);
        assert_eq!(status.code, Some(0), "an expiry that is {what}: {status}");
    }
    assert_ne!(
        tool.json(CREDENTIAL).map(|kept| kept["access_token"].clone()),
        Some(kept["access_token"].clone())
    );
}

#[test]
fn half_a_credentials_file_is_named_kept_aside_and_replaced() {
    let (tool, mut visitor) = signed_in("demo", service());
    let whole = fs::read_to_string(tool.path(CREDENTIAL)).expect("the file");
    let half = whole.get(..whole.len() / 2).unwrap_or_default();
    fs::write(tool.path(CREDENTIAL), half).expect("cut");
    let finished = tool.run(&["token"]).says("credentials.json");
    assert!(finished.stdout.is_empty() && finished.code != Some(0), "{finished}");

    let login = tool.start(&["login", "--device"]);
    let page = open_approval(&mut visitor, &shown_link(&login));
    visitor.press(&page, "Approve", &[]);
    login.wait().exits(0);
    tool.run(&["whoami"]).exits(0);
    let aside =
        fs::read_to_string(tool.path(".demo/credentials.json.broken-1")).expect("the half is kept aside");
    assert_eq!(aside, half, "nothing of it is lost");
}

#[test]
fn a_token_with_a_wrong_checksum_never_reaches_anybody() {
    let tool = Tool::new("demo", &service().url);
    let token = crate::tokens::made_up("demo_at_", 7);
    let mistyped = token.replace("00007", "00008");
    tool.run_with(&["login", "--token", "-"], &format!("{mistyped}\n")).exits(2);
    assert_eq!(tool.json(CREDENTIAL), None, "nothing is kept");
    ask(&service().url, &Ask::get("/oauth2/userinfo").bearer(&mistyped)).is(401);
    // A right checksum, and nobody issued it: the server is asked, and nothing is kept either.
    let unknown = tool.run_with(&["login", "--token", "-"], &format!("{token}\n"));
    assert!(matches!(unknown.code, Some(1 | 4)), "{unknown}");
    assert_eq!(tool.json(CREDENTIAL), None, "nothing is kept");
}

#[test]
fn a_manifest_with_a_typo_is_named_by_line_on_both_sides() {
    let folder = Folder::new("typo");
    let brief = fs::read_to_string(apps().join("brief.toml")).expect("a manifest");
    let line = brief.lines().position(|line| line.starts_with("expires_in")).expect("a line") + 1;
    fs::write(folder.join("brief.toml"), brief.replace("expires_in", "expire_in")).expect("written");
    let path = folder.join("brief.toml").display().to_string();
    let place = format!("brief.toml:{line}:");
    Tool::new(&path, &service().url).run(&["whoami"]).exits(2).says(&place).says("expires_in");
    let failed = Service::dev().apps(folder.path()).fails();
    assert_ne!(failed.code, Some(0), "{failed}");
    failed.says(&place).says("expires_in");
}

#[test]
fn requests_that_are_no_requests_get_an_answer_and_no_more() {
    let url = &service().url;
    for (request, status) in [
        (Ask::get("/oauth2/token"), 405),
        (Ask::json("/oauth2/token", &json!({ "grant_type": "refresh_token" })), 400),
        (Ask::form("/oauth2/token", &[("grant_type", "password"), ("client_id", "demo")]), 400),
        (Ask::form("/oauth2/token", &[("grant_type", "a"), ("grant_type", "b"), ("client_id", "demo")]), 400),
        (Ask::form("/oauth2/introspect", &[("token", "x")]), 401),
    ] {
        let answer = ask(url, &request).is(status);
        assert!(!answer.body.contains("<html"), "no page for a program: {answer:?}");
    }
    let mut big = Connection::open(url);
    let answer = big.ask(&Ask::form("/oauth2/token", &[("grant_type", &"x".repeat(3_000_000))]));
    assert!(matches!(answer.status, 400 | 413), "{answer:?}");
}

#[test]
fn a_client_that_sends_its_request_very_slowly_is_let_go() {
    let service = service();
    let mut slow =
        std::net::TcpStream::connect(doorkey_tests::http::authority(&service.url)).expect("connected");
    slow.set_read_timeout(Some(Duration::from_secs(45))).expect("set");
    slow.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ").expect("written");
    let mut said = Vec::new();
    let ended = slow.read_to_end(&mut said);
    assert!(ended.is_ok(), "the connection is closed within the time-out: {ended:?}");
    ask(&service.url, &Ask::get("/healthz")).is(200);
}

#[test]
fn a_form_from_another_site_is_refused() {
    let mut visitor = visitor(service());
    let page = visitor.open("/");
    let (_, request) = Visitor::new(&service().url).pressing(&page, "Sign out", &[]);
    for (name, value) in [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")] {
        let refused = visitor.ask(request.clone().header(name, value));
        assert_eq!(refused.status, 403, "{name}: {refused:?}");
    }
    visitor.open("/").says("You are signed in");
}

#[test]
fn a_wrong_mode_is_refused_with_the_command_that_mends_it() {
    use std::os::unix::fs::PermissionsExt;
    let (tool, _visitor) = signed_in("demo", service());
    let file = tool.path(CREDENTIAL);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("set");
    let refused = tool.run(&["token"]).says("chmod 600").says("credentials.json");
    assert!(refused.stdout.is_empty() && refused.code != Some(0), "{refused}");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("set");
    tool.run(&["token"]).exits(0);
}

#[test]
fn a_variable_wins_over_what_is_stored_and_says_so() {
    let (tool, _visitor) = signed_in("demo", service());
    let own = tool.run(&["token"]).exits(0).stdout;
    let other = crate::tokens::made_up("demo_at_", 11);
    let tool = tool.env("DEMO_TOKEN", &other);
    assert_eq!(tool.run(&["token"]).exits(0).stdout.trim_end(), other);
    assert_ne!(own.trim_end(), other);
    tool.run(&["logout", "--yes"]).says("DEMO_TOKEN");
}

#[test]
fn an_app_that_nobody_knows_is_said_to_be_unknown() {
    Tool::new("nothing-like-it", &service().url).run(&["whoami"]).exits(2).says("demo");
    Tool::new(&manifest("missing"), &service().url).run(&["whoami"]).exits(2).says("missing.toml");
}
