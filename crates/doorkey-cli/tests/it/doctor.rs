//! `doctor`: what it says of a machine that is well and of one that isn't, to people and to programs.

use serde_json::{Value, json};

use crate::service::Service;
use crate::terminal::Session;
use crate::tool::{Tool, access_token};

/// With one authority, so that every machine has as many.
fn with_one_authority(tool: Tool) -> Tool {
    let made = rcgen::generate_simple_self_signed(vec!["id.example".to_owned()]).unwrap();
    let path = tool.write("authority.pem", &made.cert.pem(), 0o600);
    tool.set("SSL_CERT_FILE", path.to_str().unwrap())
}

/// What differs from machine to machine and from minute to minute.
fn tidy(text: &str) -> String {
    let machine = format!("on {} {}", std::env::consts::OS, std::env::consts::ARCH);
    let lines = text.replace(&machine, "on [machine]").replace(env!("CARGO_PKG_VERSION"), "[version]");
    let line = |line: &str| match line
        .split_once("it says ")
        .and_then(|(head, rest)| Some((head, rest.split_once(" UTC")?.1)))
    {
        Some((head, rest)) => format!("{head}it says [now]{rest}"),
        None if line.contains("not on [::1]") => {
            "ok       Port         can be opened on 127.0.0.1 and [::1]".to_owned()
        }
        None => line.to_owned(),
    };
    lines.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn doctor_of_a_machine_that_is_well() {
    let service = Service::start();
    let tool = with_one_authority(Tool::with(&service).signed_in(&service.url()));
    insta::assert_snapshot!(tidy(&tool.run(&["--app", "demo", "doctor"])), @"
    exit: 0
    --- stdout ---
    ok       Version      doorkey [version] on [machine], Doorkey demo [version]
    ok       Server       [server] answers and says where everything is
    unknown  Clock        it says [now]; the server hasn't said what time it is
    ok       Proxy        not used: the server is on this machine
    ok       Authorities  1, those in [folder]/authority.pem (from SSL_CERT_FILE) instead of the system's own
    ok       Port         can be opened on 127.0.0.1 and [::1]
    ok       Storage      `file`, which works here
    ok       File         [home]/.demo/credentials.json holds a credential, mode 0600
    ok       Sign-in      a credential, stored; `whoami` asks the server whether it is good
    ok       Environment  set: SSL_CERT_FILE, DEMO_URL
    --- stderr ---
    Nothing has to be mended.
    ");
}

#[test]
fn doctor_without_a_tool_looks_at_what_needs_none() {
    let tool = with_one_authority(Tool::new());
    insta::assert_snapshot!(tidy(&tool.run(&["doctor"])), @"
    exit: 0
    --- stdout ---
    ok       Version      doorkey [version] on [machine]
    unknown  Clock        it says [now]; there is no server to compare it with
    ok       Proxy        none is named in the environment
    ok       Authorities  1, those in [folder]/authority.pem (from SSL_CERT_FILE) instead of the system's own
    ok       Port         can be opened on 127.0.0.1 and [::1]
    ok       Environment  set: SSL_CERT_FILE
    --- stderr ---
    Nothing has to be mended.
    ");
}

#[test]
fn doctor_of_a_machine_that_is_not_well_says_what_to_do() {
    let tool = Tool::new()
        .set("DEMO_URL", "https://id.doorkey.test")
        .set("HTTPS_PROXY", "ftp://ada:hunter2@proxy.corp")
        .set("SSL_CERT_FILE", "/nowhere/ca.pem")
        .set("DEMO_TOKEN", &access_token(4))
        .signed_in("https://id.doorkey.test");
    std::fs::set_permissions(tool.credentials(), std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .unwrap();
    let said = tool.run(&["--app", "demo", "doctor"]);
    assert!(!said.contains("hunter2") && !said.contains(&access_token(4)), "{said}");
    insta::assert_snapshot!(tidy(&said), @"
    exit: 1
    --- stdout ---
    ok       Version      doorkey [version] on [machine], Doorkey demo [version]
    broken   Server       https://id.doorkey.test can't be reached: HTTPS_PROXY doesn't hold the address of a proxy.
                          Give it as http://HOST:PORT, or unset HTTPS_PROXY if there is no proxy.
    unknown  Clock        it says [now]; the server hasn't said what time it is
    broken   Proxy        HTTPS_PROXY doesn't hold the address of a proxy
                          Give it as http://HOST:PORT, or unset HTTPS_PROXY if there is no proxy.
    broken   Authorities  the certificate authorities in /nowhere/ca.pem (from SSL_CERT_FILE) can't be used: it isn't there
                          Check the path, the file's mode, and that it is PEM.
    ok       Port         can be opened on 127.0.0.1 and [::1]
    ok       Storage      `file`, which works here
    broken   File         The credentials file [home]/.demo/credentials.json can be read by others (its mode is 0644), so it isn't used.
                          Run `chmod 600 [home]/.demo/credentials.json`. If others may have read it, sign in again.
    ok       Sign-in      a credential, from DEMO_TOKEN; `whoami` asks the server whether it is good
    note     Environment  DEMO_TOKEN overrides the stored sign-in (set: SSL_CERT_FILE, DEMO_TOKEN, DEMO_URL)
                          Unset DEMO_TOKEN to use your own sign-in.
    --- stderr ---
    To be mended: Server, Proxy, Authorities, File.
    ");
}

#[test]
fn doctor_for_programs() {
    let tool = Tool::new().set("DEMO_URL", "http://127.0.0.1:9");
    let output = tool.start(&["--app", "demo", "doctor", "--json"]).wait_with_output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &said["status"]), (Some(1), &json!("broken")));
    let findings = said["findings"].as_array().unwrap();
    let shown: Vec<_> = findings.iter().map(|finding| finding["name"].as_str().unwrap()).collect();
    let names = [
        "version",
        "server",
        "clock",
        "proxy",
        "authorities",
        "port",
        "storage",
        "file",
        "sign_in",
        "environment",
    ];
    assert_eq!(shown, names, "the names are stable");
    let server = &findings[1];
    assert_eq!(server["state"], "broken");
    assert!(server["remedy"].is_string(), "{server}");
    assert!(output.stderr.is_empty());
}

#[test]
fn doctor_tells_of_a_version_that_is_not_served_for_long() {
    let service = Service::start();
    let line = "GET /.well-known/oauth-authorization-server";
    let url = service.url();
    let body = json!({ "issuer": url, "token_endpoint": format!("{url}/oauth/token") });
    let headers = "Deprecation: true\r\nSunset: Sat, 31 Jan 2026 00:00:00 GMT\r\n";
    service.forget(line).on_with(line, 200, headers, &body);
    let said = Tool::with(&service).run(&["--app", "demo", "doctor"]);
    assert!(said.contains("note     Version") && said.contains("still serves"), "{said}");
    assert!(said.starts_with("exit: 0"), "{said}");
}

#[test]
fn on_a_terminal_a_mark_stands_beside_the_word() {
    let tool = with_one_authority(Tool::new()).set("NO_COLOR", "1");
    let mut session = Session::start(&tool, &["doctor"]);
    session.expect("Environment");
    let said = session.end(&tool);
    assert!(said.contains("✓ ok"), "{said}");
    assert!(!said.contains('\u{1b}'), "{said}");
}

#[test]
fn on_a_narrow_terminal_nothing_is_cut_off() {
    let tool = with_one_authority(Tool::new()).set("NO_COLOR", "1").set("DEMO_URL", "http://127.0.0.1:9");
    let mut session = Session::start_wide(&tool, &["--app", "demo", "doctor"], 40);
    session.expect("To be mended");
    let said = session.end(&tool);
    let long = |line: &&str| line.chars().count() > 40 && line.contains(' ') && !line.contains('/');
    assert_eq!(said.lines().find(long), None, "{said}");
    assert!(said.contains("✗ broken") && said.contains("refused"), "{said}");
}
