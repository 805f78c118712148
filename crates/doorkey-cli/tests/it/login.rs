//! Saving a token, and the way by a browser on this machine.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Child;

use serde_json::json;

use crate::service::Service;
use crate::tool::{Tool, access_token, mode};

#[test]
fn a_token_from_standard_input_is_checked_and_saved() {
    let service = Service::start();
    let tool = Tool::with(&service);
    insta::assert_snapshot!(tool.run_with_input(&["--app", "demo", "login", "--token", "-"], &format!("{}\n", access_token(3))), @"
    exit: 0
    --- stderr ---
    The server accepts this token: signed in to Doorkey demo as Ada Lovelace (ada@example.com).
    Server: [server]
    Credential: [home]/.demo/credentials.json
    ");
    assert_eq!(mode(&tool.credentials()), 0o600);
    assert_eq!(mode(tool.credentials().parent().unwrap()), 0o700);
}

#[test]
fn a_token_that_the_service_refuses_is_not_saved() {
    let service = Service::start();
    service.forget("GET /oauth/userinfo").on(
        "GET /oauth/userinfo",
        401,
        &json!({ "error": "invalid_token" }),
    );
    let tool = Tool::with(&service);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "login", "--token", &access_token(3)]), @"
    exit: 1
    --- stderr ---
    error: [server] doesn't accept this token, so it wasn't saved.
    hint: It may have expired or been revoked, or belong to another server. Make a new one.
    ");
    assert!(!tool.credentials().exists());
}

#[test]
fn a_token_that_cannot_be_checked_is_saved_and_called_unchecked() {
    let tool = Tool::new();
    insta::assert_snapshot!(tool.run_with_input(&["--app", "demo", "login", "--token", "-"], &access_token(3)), @"
    exit: 0
    --- stderr ---
    The token is saved, but unchecked. http://127.0.0.1:9 can't be reached: the connection was refused.
    Server: http://127.0.0.1:9
    Credential: [home]/.demo/credentials.json
    Run `doorkey --app demo whoami` later to check it.
    ");
    assert!(tool.credentials().exists());
}

#[test]
fn a_mistyped_token_is_refused_without_asking_and_without_repeating_it() {
    let service = Service::start();
    let tool = Tool::with(&service);
    let mistyped = format!("{}x", &access_token(3)[..access_token(3).len() - 1]);
    insta::assert_snapshot!(tool.run_with_input(&["--app", "demo", "login", "--token", "-"], &mistyped), @"
    exit: 2
    --- stderr ---
    error: This can't be a token of Doorkey demo: the token was mistyped: its checksum doesn't fit.
    hint: Copy it again, from its first to its last character.
    ");
    assert!(service.requests("GET /oauth/userinfo").is_empty());
}

#[test]
fn an_empty_input_is_no_token() {
    insta::assert_snapshot!(Tool::new().run_with_input(&["--app", "demo", "login", "--token", "-"], "\n"), @"
    exit: 2
    --- stderr ---
    error: There is no token on standard input.
    hint: Pipe one in: `doorkey --app demo login --token - < FILE`.
    ");
}

#[test]
fn a_token_for_programs_is_not_repeated() {
    let service = Service::start();
    let tool = Tool::with(&service);
    insta::assert_snapshot!(tool.run_with_input(&["--app", "demo", "login", "--token", "--json"], &access_token(3)), @r#"
    exit: 0
    --- stdout ---
    {"event":"saved","status":"signed_in","app":"demo","profile":"default","server":"[server]","user":{"id":"u_1","name":"Ada Lovelace","email":"ada@example.com","email_verified":false},"organization":null,"way":"token","credentials":"[home]/.demo/credentials.json","expires_at":null,"missed_organization":null,"checked":true,"overridden_by":null}
    "#);
}

#[test]
fn a_variable_that_wins_is_told() {
    let service = Service::start();
    let tool = Tool::with(&service).set("DEMO_TOKEN", &access_token(4));
    insta::assert_snapshot!(tool.run_with_input(&["--app", "demo", "login", "--token", "-"], &access_token(3)), @"
    exit: 0
    --- stderr ---
    The server accepts this token: signed in to Doorkey demo as Ada Lovelace (ada@example.com).
    Server: [server]
    Credential: [home]/.demo/credentials.json
    DEMO_TOKEN is set in your environment and is used instead of the stored credential. Unset it to use the stored one.
    ");
}

/// A login that waits for its browser, and the link that it showed.
fn until_link(child: &mut Child) -> (String, String, BufReader<std::process::ChildStderr>) {
    let mut reader = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    loop {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).unwrap() > 0, "no link: {said}");
        said.push_str(&line);
        if line.starts_with("http") {
            return (line.trim_end().to_owned(), said, reader);
        }
    }
}

pub fn parameter(link: &str, name: &str) -> String {
    let query = link.split_once('?').unwrap().1;
    let value = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap();
    value.replace("%3A", ":").replace("%2F", "/")
}

/// What the person's browser does: it comes home with a code. Gives back the status that it gets.
fn come_home(link: &str, issuer: &str, state: &str) -> u16 {
    let home = parameter(link, "redirect_uri");
    let rest = home.strip_prefix("http://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(authority).unwrap();
    let issuer = issuer.replace(':', "%3A").replace('/', "%2F");
    write!(
        stream,
        "GET /{path}?code=a-code&state={state}&iss={issuer} HTTP/1.1\r\nHost: {authority}\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_browser_here_comes_home_and_the_credential_is_on_disk() {
    let service = Service::start();
    service.approves();
    let tool = Tool::with(&service);
    let mut child = tool.start(&["--app", "demo", "login", "--browser", "--no-browser"]);
    let (link, mut said, mut reader) = until_link(&mut child);

    assert_eq!(come_home(&link, &service.url(), "somebody-elses-state"), 400);
    assert_eq!(come_home(&link, &service.url(), &parameter(&link, "state")), 200);

    reader.read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success(), "{said}");
    let code = said.split_once("Compare this code with the page: ").unwrap().1[..9].to_owned();
    let tool = tool.hide(&link, "[link]").hide(&code, "[XXXX-XXXX]");
    insta::assert_snapshot!(tool.tidy(&said), @"
    Signing in to Doorkey demo with your browser. You asked for this way.
    Open this link in a browser:

    [link]

    Compare this code with the page: [XXXX-XXXX]
    Signed in to Doorkey demo as Ada Lovelace (ada@example.com).
    Server: [server]
    Credential: [home]/.demo/credentials.json
    ");
    let kept = std::fs::read_to_string(tool.credentials()).unwrap();
    assert!(kept.contains(&access_token(2)) && kept.contains("Ada Lovelace"), "{kept}");
    assert!(service.requests("POST /oauth/token")[0].body.contains("code_verifier="));
}

#[test]
fn the_browser_that_is_named_is_opened_with_the_whole_link() {
    let service = Service::start();
    let tool = Tool::with(&service);
    let opened = tool.path("opened");
    let script =
        format!("#!/bin/sh\nprintf '%s' \"$1\" > {0}.part && /bin/mv {0}.part {0}\n", opened.display());
    let browser = tool.write("bin/browser", &script, 0o755);
    let tool = tool.set("BROWSER", browser.to_str().unwrap());
    let mut child = tool.start(&["--app", "demo", "login", "--browser", "--timeout", "1500ms"]);
    let (link, mut said, mut reader) = until_link(&mut child);
    reader.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!(std::fs::read_to_string(&opened).unwrap(), link);
    let code = said.split_once("Compare this code with the page: ").unwrap().1[..9].to_owned();
    let tool = tool.hide(&link, "[link]").hide(&code, "[XXXX-XXXX]");
    insta::assert_snapshot!(tool.tidy(&said), @"
    Signing in to Doorkey demo with your browser. You asked for this way.
    Your browser opens now. If it doesn't, open this link:

    [link]

    Compare this code with the page: [XXXX-XXXX]
    error: Nobody approved the sign-in within 1 second.
    hint: Run login again; `--timeout` makes it wait longer.
    ");
    assert!(!tool.credentials().exists());
}

#[test]
fn ctrl_c_ends_the_wait_and_leaves_nothing() {
    let service = Service::start();
    let tool = Tool::with(&service);
    let mut child = tool.start(&["--app", "demo", "login", "--browser", "--no-browser"]);
    let (link, _, mut reader) = until_link(&mut child);
    let process = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(rest.ends_with("Cancelled. Nothing was changed.\n"), "{rest}");
    assert!(!tool.credentials().exists());
    let home = parameter(&link, "redirect_uri");
    let authority = home.strip_prefix("http://").unwrap().split_once('/').unwrap().0;
    assert!(TcpStream::connect(authority).is_err(), "the listener is still there");
}
