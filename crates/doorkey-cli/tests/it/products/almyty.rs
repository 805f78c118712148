//! `almyty`: its three ways of signing in, the file that its tools share, and every row of its troubleshooting.

use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{parameter, parameters, visit};
use crate::service::Service;
use crate::tool::{Tool, mode};

const FILE: &str = "home/.almyty/credentials.json";

const KEY: &str = "ak_live_abc123";

fn file(tool: &Tool) -> PathBuf {
    tool.path(FILE)
}

/// The file as the document shows it, for this server.
fn document(url: &str) -> String {
    format!(
        r#"{{
  "url": "{url}",
  "token": "{KEY}",
  "email": "alice@example.com",
  "frontendUrl": "https://app.almyty.com"
}}"#
    )
}

fn profile() -> Value {
    json!({ "success": true, "data": {
        "id": "u1", "email": "alice@example.com", "emailVerified": true,
        "organizationMemberships": [
            { "id": "m1", "role": "owner", "organization": { "id": "o1", "name": "Acme Inc.", "slug": "acme" } },
        ],
    } })
}

fn approval() -> Value {
    json!({ "success": true, "data": {
        "apiKey": KEY,
        "user": { "id": "u1", "email": "alice@example.com" },
        "organization": { "id": "o1", "slug": "acme", "name": "Acme Inc." },
    } })
}

fn refusal(status: u16, message: &str) -> Value {
    json!({ "error": { "code": "UNAUTHORIZED", "message": message, "statusCode": status, "path": "/auth/profile" } })
}

/// A service that knows Alice and begins sign-ins.
fn service() -> Service {
    let service = Service::start();
    service.on("GET /auth/profile", 200, &profile());
    service.on("POST /auth/cli/exchange", 200, &approval());
    let started = json!({ "success": true, "data": {
        "deviceCode": "a-device-code-that-nobody-sees", "userCode": "xyz789",
        "url": "https://app.almyty.com/cli-auth?code=xyz789", "interval": 1, "expiresIn": 600,
    } });
    service.on("POST /auth/cli/start", 201, &started);
    service
}

/// Somebody who hasn't signed in, at a machine with a browser.
fn tool(service: &Service) -> Tool {
    let tool = Tool::called("almyty").set("ALMYTY_URL", &service.url()).with_browser();
    tool.set("ALMYTY_FRONTEND_URL", "https://app.almyty.com").hide(&service.url(), "[server]")
}

/// Somebody who has.
fn signed_in(service: &Service) -> Tool {
    let tool = Tool::called("almyty").hide(&service.url(), "[server]");
    tool.write(FILE, &document(&service.url()), 0o600);
    tool
}

// Browser login.

#[test]
fn almyty_browser_login_comes_back_with_a_code_that_is_exchanged_for_an_api_key() {
    let service = service();
    let tool = tool(&service);
    let child = tool.start(&["login"]);
    let link = tool.opened();
    assert!(link.starts_with("https://app.almyty.com/cli-login?"), "{link}");
    assert_eq!(parameters(&link), ["callback", "state", "code_challenge"]);
    let (home, state) = (parameter(&link, "callback"), parameter(&link, "state"));
    assert!(home.starts_with("http://127.0.0.1:") && home.ends_with("/cb"), "{home}");
    assert!(state.len() == 64 && state.bytes().all(|byte| byte.is_ascii_hexdigit()), "{state}");

    assert_eq!(visit(&format!("{home}?code=a-code&state=somebody-elses")), 400, "and the wait goes on");
    assert_eq!(visit(&format!("{home}?code=a-code&state={state}")), 200);
    let output = child.wait_with_output().unwrap();
    let tool = tool.hide(&link, "[link]");
    insta::assert_snapshot!(tool.shown(&output), @"
    exit: 0
    --- stderr ---

      almyty login
      Open your browser to authenticate (auto-opening if available):
        [link]

      Waiting for you to complete login in your browser…
      (Press Ctrl+C to cancel.)

    ✓ Logged in. Credentials saved to [home]/.almyty/credentials.json
    ");

    let exchange = &service.requests("POST /auth/cli/exchange")[0];
    let body: Value = serde_json::from_str(&exchange.body).unwrap();
    let verifier = body["codeVerifier"].as_str().unwrap();
    assert_eq!(body, json!({ "code": "a-code", "state": state, "codeVerifier": verifier }));
    assert_eq!(fs::read_to_string(file(&tool)).unwrap(), document(&service.url()));
    assert_eq!((mode(&file(&tool)), mode(file(&tool).parent().unwrap())), (0o600, 0o700));
    let authority = home.strip_prefix("http://").unwrap().strip_suffix("/cb").unwrap();
    assert!(TcpStream::connect(authority).is_err(), "the local server is shut down");
}

#[test]
fn almyty_browser_login_takes_no_key_from_the_browser() {
    let service = service();
    let tool = tool(&service);
    let child = tool.start(&["login", "--timeout", "2s"]);
    let link = tool.opened();
    let (home, state) = (parameter(&link, "callback"), parameter(&link, "state"));
    assert_eq!(visit(&format!("{home}?token=ak_live_of_somebody_else&state={state}")), 400);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(1));
    assert!(!file(&tool).exists());
}

#[test]
fn almyty_browser_login_that_is_refused_on_the_page() {
    let service = service();
    let tool = tool(&service);
    let child = tool.start(&["login"]);
    let link = tool.opened();
    let (home, state) = (parameter(&link, "callback"), parameter(&link, "state"));
    visit(&format!("{home}?error=access_denied&state={state}"));
    let output = child.wait_with_output().unwrap();
    insta::assert_snapshot!(tool.hide(&link, "[link]").shown(&output), @"
    exit: 1
    --- stderr ---

      almyty login
      Open your browser to authenticate (auto-opening if available):
        [link]

      Waiting for you to complete login in your browser…
      (Press Ctrl+C to cancel.)

    Login failed: The sign-in was denied.

    Alternatives:
      npx @almyty/auth login --token <T>   # paste a token directly
      npx @almyty/auth login --no-browser  # show the URL only
    ");
}

#[test]
fn almyty_browser_login_when_the_browser_is_closed_times_out() {
    let service = service();
    let tool = tool(&service);
    let output = tool.start(&["login", "--timeout", "1"]).wait_with_output().unwrap();
    let link = tool.opened();
    let tool = tool.hide(&link, "[link]");
    insta::assert_snapshot!(tool.shown(&output), @"
    exit: 1
    --- stderr ---

      almyty login
      Open your browser to authenticate (auto-opening if available):
        [link]

      Waiting for you to complete login in your browser…
      (Press Ctrl+C to cancel.)

    Login failed: Login timed out after 1s

    Alternatives:
      npx @almyty/auth login --token <T>   # paste a token directly
      npx @almyty/auth login --no-browser  # show the URL only
    ");
    assert!(!file(&tool).exists());
}

#[test]
fn almyty_browser_login_with_a_code_that_the_service_does_not_take() {
    let service = service();
    service.forget("POST /auth/cli/exchange");
    service.on("POST /auth/cli/exchange", 400, &json!({ "error": { "code": "BAD_REQUEST", "message": "The code was used already", "statusCode": 400 } }));
    let tool = tool(&service);
    let child = tool.start(&["login"]);
    let link = tool.opened();
    let (home, state) = (parameter(&link, "callback"), parameter(&link, "state"));
    visit(&format!("{home}?code=a-code&state={state}"));
    let output = child.wait_with_output().unwrap();
    insta::assert_snapshot!(tool.hide(&link, "[link]").shown(&output), @"
    exit: 1
    --- stderr ---

      almyty login
      Open your browser to authenticate (auto-opening if available):
        [link]

      Waiting for you to complete login in your browser…
      (Press Ctrl+C to cancel.)

    Login failed: The code was used already

    Alternatives:
      npx @almyty/auth login --token <T>   # paste a token directly
      npx @almyty/auth login --no-browser  # show the URL only
    ");
}

// Token login.

#[test]
fn almyty_token_login_skips_the_browser_entirely() {
    let service = service();
    let tool = tool(&service);
    insta::assert_snapshot!(tool.run(&["login", "--token", KEY]), @"
    exit: 0
    --- stderr ---
    ✓ Token saved to [home]/.almyty/credentials.json
    ");
    assert!(!tool.path("opened").exists());
    assert_eq!(fs::read_to_string(file(&tool)).unwrap(), document(&service.url()));
    assert_eq!(service.all_requests()[0].headers["authorization"], format!("Bearer {KEY}"));
}

#[test]
fn almyty_token_login_takes_every_key_that_the_service_has_made_and_a_jwt() {
    let service = service();
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1MSJ9.c2lnbmF0dXJl";
    for token in ["ak_live_abc123...", "almyty_0123456789abcdef", "almyty_sk_0123", "gw_abc-def", jwt] {
        let tool = tool(&service);
        let shown = tool.run(&["login", "--token", token]);
        assert!(shown.starts_with("exit: 0\n--- stderr ---\n✓ Token saved to "), "{token}: {shown}");
        assert!(fs::read_to_string(file(&tool)).unwrap().contains(&format!("\"token\": \"{token}\"")));
    }
}

#[test]
fn almyty_token_login_with_the_network_cut() {
    let tool = Tool::called("almyty").set("ALMYTY_URL", "http://127.0.0.1:9");
    insta::assert_snapshot!(tool.run(&["login", "--token", KEY]), @"
    exit: 0
    --- stderr ---
    ✓ Token saved to [home]/.almyty/credentials.json
    Not checked: http://127.0.0.1:9 can't be reached: the connection was refused.
    ");
    insta::assert_snapshot!(fs::read_to_string(file(&tool)).unwrap(), @r#"
    {
      "url": "http://127.0.0.1:9",
      "token": "ak_live_abc123",
      "frontendUrl": "http://127.0.0.1:9"
    }
    "#);
}

#[test]
fn almyty_token_login_with_a_token_that_the_server_refuses() {
    let service = service();
    service.forget("GET /auth/profile").on("GET /auth/profile", 401, &refusal(401, "Invalid token"));
    let tool = tool(&service);
    insta::assert_snapshot!(tool.run(&["login", "--token", KEY]), @"
    exit: 1
    --- stderr ---
    401 Unauthorized: [server] does not accept this token. It was revoked, or it belongs to another environment.
    Run: npx @almyty/auth login
    ");
    insta::assert_snapshot!(tool.run(&["login", "--token", "sk_live_abc123"]), @"
    exit: 1
    --- stderr ---
    Error: This can't be a token of almyty: the token doesn't begin with the expected prefix. An API key begins with ak_live_.
    ");
    assert!(!file(&tool).exists());
}

// Headless login.

#[test]
fn almyty_headless_login_prints_a_url_for_another_machine_and_picks_up_the_token() {
    let service = service();
    let pending = json!({ "error": { "code": "AUTHORIZATION_PENDING", "message": "Nobody has decided yet.", "statusCode": 400 } });
    service.on("POST /auth/cli/poll", 400, &pending);
    service.on("POST /auth/cli/poll", 200, &approval());
    let tool = tool(&service);
    insta::assert_snapshot!(tool.run(&["login", "--no-browser"]), @"
    exit: 0
    --- stderr ---
    Open this URL in any browser:
      https://app.almyty.com/cli-auth?code=xyz789

    Waiting for authentication...

    ✓ Logged in. Credentials saved to [home]/.almyty/credentials.json
    ");
    assert!(!tool.path("opened").exists());
    assert_eq!(fs::read_to_string(file(&tool)).unwrap(), document(&service.url()));
    let polls = service.requests("POST /auth/cli/poll");
    let polls: Vec<&str> = polls.iter().map(|poll| poll.body.as_str()).collect();
    assert_eq!(polls, [r#"{"deviceCode":"a-device-code-that-nobody-sees"}"#; 2]);
}

#[test]
fn almyty_login_over_ssh_is_the_headless_one() {
    let service = service();
    service.on("POST /auth/cli/poll", 200, &approval());
    let shown = tool(&service).set("SSH_TTY", "/dev/pts/0").run(&["login"]);
    let begin = "exit: 0\n--- stderr ---\nOpen this URL in any browser:\n  https://app.almyty.com/cli-auth?code=xyz789\n";
    assert!(shown.starts_with(begin), "{shown}");
}

#[test]
fn almyty_headless_login_that_ends_otherwise() {
    for (status, code, message) in
        [(403, "ACCESS_DENIED", "The sign-in was refused."), (400, "EXPIRED_TOKEN", "This has expired.")]
    {
        let service = service();
        let answer = json!({ "error": { "code": code, "message": message, "statusCode": status } });
        service.on("POST /auth/cli/poll", status, &answer);
        let shown = tool(&service).run(&["login", "--no-browser"]);
        assert!(shown.starts_with("exit: 1\n") && shown.contains("\n\nLogin failed: "), "{shown}");
        assert!(shown.contains(
            "\n\nAlternatives:\n  npx @almyty/auth login --token <T>   # paste a token directly\n"
        ));
    }
}

// Staging and self-hosted environments.

#[test]
fn almyty_api_and_frontend_are_saved_and_used_from_then_on() {
    let (first, other) = (service(), service());
    first.on("POST /auth/cli/poll", 200, &approval());
    let tool = Tool::called("almyty").hide(&first.url(), "[server]");
    tool.run(&[
        "login",
        "--no-browser",
        "--api",
        &first.url(),
        "--frontend",
        "https://app.staging.almyty.com",
    ]);
    insta::assert_snapshot!(tool.tidy(&fs::read_to_string(file(&tool)).unwrap()), @r#"
    {
      "url": "[server]",
      "token": "ak_live_abc123",
      "email": "alice@example.com",
      "frontendUrl": "https://app.staging.almyty.com"
    }
    "#);
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 0
    --- stdout ---
    Logged in as alice@example.com
    Organization: acme
    API: [server]
    ");
    assert!(other.all_requests().is_empty());
}

#[test]
fn almyty_an_address_in_the_clear_is_refused_before_anything_is_sent() {
    let tool = Tool::called("almyty");
    insta::assert_snapshot!(tool.run(&["login", "--api", "http://api.staging.almyty.com"]), @"
    exit: 2
    --- stderr ---
    error: `http://api.staging.almyty.com` can't be used as the server's address: http sends secrets in the clear; only a server on this machine may use it.
    hint: Give it as https://HOST, or as http://127.0.0.1:PORT for a server on this machine.
    ");
}

// Logout and identity.

#[test]
fn almyty_logout_removes_the_stored_credentials() {
    let service = service();
    let tool = signed_in(&service);
    insta::assert_snapshot!(tool.run(&["logout"]), @"
    exit: 0
    --- stderr ---
    ✓ Logged out.
    ");
    assert!(!file(&tool).exists() && service.all_requests().is_empty());
    insta::assert_snapshot!(tool.run(&["logout"]), @"
    exit: 0
    --- stderr ---
    No stored credentials.
    ");
}

#[test]
fn almyty_whoami_shows_the_user_the_organization_and_the_api() {
    let service = service();
    insta::assert_snapshot!(signed_in(&service).run(&["whoami"]), @"
    exit: 0
    --- stdout ---
    Logged in as alice@example.com
    Organization: acme
    API: [server]
    ");
    let request = &service.requests("GET /auth/profile")[0];
    assert_eq!(request.headers["authorization"], format!("Bearer {KEY}"));
}

#[test]
fn almyty_whoami_of_somebody_without_an_organization() {
    let service = service();
    service.forget("GET /auth/profile");
    service.on("GET /auth/profile", 200, &json!({ "success": true, "data": { "id": "u1", "email": "alice@example.com", "organizationMemberships": [] } }));
    insta::assert_snapshot!(signed_in(&service).run(&["whoami"]), @"
    exit: 0
    --- stdout ---
    Logged in as alice@example.com
    API: [server]
    ");
}

#[test]
fn almyty_whoami_with_the_network_cut() {
    let tool = Tool::called("almyty");
    tool.write(FILE, &document("http://127.0.0.1:9"), 0o600);
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 0
    --- stdout ---
    Logged in as alice@example.com
    API: http://127.0.0.1:9
    Not checked: http://127.0.0.1:9 can't be reached: the connection was refused.
    ");
}

// The credentials file.

#[test]
fn almyty_one_login_serves_every_tool_of_the_family() {
    let service = service();
    service.on("POST /auth/cli/poll", 200, &approval());
    let tool = Tool::called("almyty-auth").set("ALMYTY_URL", &service.url());
    tool.run(&["login", "--no-browser"]);
    let mut tool = tool;
    for name in ["almyty", "almyty-skills", "almyty-agents", "almyty-chat", "almyty-mcp"] {
        tool = tool.linked_as(name);
        let shown = tool.run(&["whoami"]);
        assert!(
            shown.starts_with("exit: 0\n--- stdout ---\nLogged in as alice@example.com\n"),
            "{name}: {shown}"
        );
        assert_eq!(tool.run(&["token"]), format!("exit: 0\n--- stdout ---\n{KEY}\n"), "{name}");
    }
}

#[test]
fn almyty_a_file_of_the_published_packages_is_read() {
    let service = service();
    let tool = signed_in(&service);
    tool.write(FILE, &format!("{{\n  \"url\": \"{}/\",\n  \"token\": \"{KEY}\"\n}}", service.url()), 0o600);
    assert!(tool.run(&["whoami"]).starts_with("exit: 0\n--- stdout ---\nLogged in as alice@example.com\n"));
    tool.write(FILE, &format!("{{ \"token\": \"{KEY}\" }}"), 0o600);
    let tool = tool.set("ALMYTY_URL", &service.url());
    assert!(tool.run(&["whoami"]).starts_with("exit: 0\n--- stdout ---\nLogged in as alice@example.com\n"));
}

// Environment variables.

#[test]
fn almyty_environment_variables_take_precedence_over_the_file() {
    let (stored, named) = (service(), service());
    let tool = signed_in(&stored).set("ALMYTY_TOKEN", "ak_live_of_the_environment");
    let tool = tool.set("ALMYTY_URL", &named.url()).hide(&named.url(), "[named]");
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 0
    --- stdout ---
    Logged in as alice@example.com
    Organization: acme
    API: [named]
    ");
    assert_eq!(named.all_requests()[0].headers["authorization"], "Bearer ak_live_of_the_environment");
    assert!(stored.all_requests().is_empty());
}

#[test]
fn almyty_without_almyty_url_the_token_is_for_the_usual_api() {
    let tool = signed_in(&service()).set("ALMYTY_TOKEN", KEY);
    let shown = tool.run(&["account", "status"]);
    assert!(shown.contains("https://api.almyty.com"), "{shown}");
}

#[cfg(target_os = "linux")]
#[test]
fn almyty_when_almyty_token_is_set_the_file_is_never_read() {
    use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};

    let service = service();
    let tool = signed_in(&service).set("ALMYTY_TOKEN", KEY).set("ALMYTY_URL", &service.url());
    let watcher = init(CreateFlags::NONBLOCK).unwrap();
    add_watch(&watcher, file(&tool), WatchFlags::OPEN | WatchFlags::ACCESS).unwrap();
    let mut room = [std::mem::MaybeUninit::uninit(); 512];
    let mut opened = || Reader::new(&watcher, &mut room).next().is_ok();
    for arguments in [&["whoami"][..], &["token"], &["account", "status"]] {
        assert!(tool.run(arguments).starts_with("exit: 0\n"));
        assert!(!opened(), "{arguments:?} opened the file");
    }
    let tool = tool.unset("ALMYTY_URL");
    assert!(tool.run(&["token"]).starts_with("exit: 0\n"));
    assert!(!opened(), "without a server in the environment it is the usual one");
    tool.unset("ALMYTY_TOKEN").run(&["token"]);
    assert!(opened(), "and without a token it is opened, so that this test notices");
}

// Troubleshooting.

#[test]
fn almyty_not_authenticated_means_that_there_is_no_token_anywhere() {
    let tool = Tool::called("almyty");
    for arguments in [&["whoami"][..], &["token"], &["orgs"]] {
        insta::allow_duplicates! { insta::assert_snapshot!(tool.run(arguments), @"
        exit: 1
        --- stderr ---
        Not authenticated. Run one of:
          npx @almyty/auth login
          export ALMYTY_TOKEN=<your-token>
        "); }
    }
    tool.write(FILE, "{}", 0o600);
    assert!(tool.run(&["whoami"]).starts_with("exit: 1\n--- stderr ---\nNot authenticated. Run one of:\n"));
}

#[test]
fn almyty_401_unauthorized_when_the_key_was_revoked() {
    let service = service();
    service.forget("GET /auth/profile").on("GET /auth/profile", 401, &refusal(401, "Invalid API key"));
    let tool = signed_in(&service);
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 1
    --- stderr ---
    401 Unauthorized: [server] does not accept this token. It was revoked, or it belongs to another environment.
    Run: npx @almyty/auth login
    ");
    assert!(file(&tool).exists());
}

#[test]
fn almyty_401_unauthorized_when_the_jwt_has_expired() {
    // {"exp":1700000000}
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDAwMDAwMDB9.c2lnbmF0dXJl";
    let service = service();
    service.forget("GET /auth/profile").on("GET /auth/profile", 401, &refusal(401, "Invalid token"));
    let tool = tool(&service).set("ALMYTY_TOKEN", jwt);
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 1
    --- stderr ---
    401 Unauthorized: this token has expired.
    Run: npx @almyty/auth login
    ");
    let tool = tool.unset("ALMYTY_TOKEN");
    insta::assert_snapshot!(tool.run(&["login", "--token", jwt]), @"
    exit: 1
    --- stderr ---
    401 Unauthorized: this token has expired.
    Run: npx @almyty/auth login
    ");
}

#[test]
fn almyty_401_unauthorized_from_the_wrong_environment() {
    // The key of one environment, sent to another one.
    let staging = service();
    staging.forget("GET /auth/profile").on("GET /auth/profile", 401, &refusal(401, "Invalid API key"));
    let tool = Tool::called("almyty").set("ALMYTY_TOKEN", KEY).set("ALMYTY_URL", &staging.url());
    let tool = tool.hide(&staging.url(), "[staging]");
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 1
    --- stderr ---
    401 Unauthorized: [staging] does not accept this token. It was revoked, or it belongs to another environment.
    Run: npx @almyty/auth login
    ");
    // What is stored for one isn't sent to another.
    let production = service();
    let tool = signed_in(&production).set("ALMYTY_URL", &staging.url());
    let tool = tool.hide(&production.url(), "[production]").hide(&staging.url(), "[staging]");
    for arguments in [&["whoami"][..], &["token"], &["orgs"]] {
        insta::allow_duplicates! { insta::assert_snapshot!(tool.run(arguments), @"
        exit: 1
        --- stderr ---
        401 Unauthorized: your credentials are for [production], not for [staging].
        Run: npx @almyty/auth login --api [staging]
        "); }
    }
    assert!(production.all_requests().is_empty() && staging.all_requests().len() == 1);
}

#[test]
fn almyty_wrong_environment_is_mended_by_logging_out_and_in_again() {
    let (production, staging) = (service(), service());
    let tool = signed_in(&production).hide(&staging.url(), "[staging]");
    assert!(tool.run(&["whoami"]).contains("API: [server]\n"));
    tool.run(&["logout"]);
    staging.on("POST /auth/cli/poll", 200, &approval());
    tool.run(&[
        "login",
        "--no-browser",
        "--api",
        &staging.url(),
        "--frontend",
        "https://app.staging.almyty.com",
    ]);
    assert!(tool.run(&["whoami"]).contains("API: [staging]\n"));
}

#[test]
fn almyty_file_permission_errors_name_the_command_that_mends_them() {
    let service = service();
    let tool = signed_in(&service);
    tool.write(FILE, &document(&service.url()), 0o644);
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 1
    --- stderr ---
    error: The credentials file [home]/.almyty/credentials.json can be read by others (its mode is 0644), so it isn't used.
    hint: Run `chmod 600 [home]/.almyty/credentials.json`. If others may have read it, sign in again.
    ");
    fs::set_permissions(file(&tool), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert!(tool.run(&["whoami"]).starts_with("exit: 0\n"));
}

#[test]
fn almyty_browser_does_not_open() {
    let service = service();
    let tool = tool(&service);
    let missing = tool.path("no-such-browser");
    let tool = tool.set("BROWSER", missing.to_str().unwrap());
    let output = tool.start(&["login", "--timeout", "1"]).wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    let link = said.lines().find(|line| line.trim_start().starts_with("https://")).unwrap().trim().to_owned();
    insta::assert_snapshot!(tool.hide(&link, "[link]").shown(&output), @"
    exit: 1
    --- stderr ---
    Could not open browser automatically. Please visit:
      [link]

    Waiting for authentication...

    Login failed: Login timed out after 1s

    Alternatives:
      npx @almyty/auth login --token <T>   # paste a token directly
      npx @almyty/auth login --no-browser  # show the URL only
    ");
}

#[test]
fn almyty_scopes_that_the_wire_has_no_place_for_are_refused_before_anything_happens() {
    let service = service();
    insta::assert_snapshot!(tool(&service).run(&["login", "--scope", "doorkey:manage"]), @"
    exit: 2
    --- stderr ---
    error: almyty doesn't offer signing in with scopes that are named.
    ");
    assert!(service.all_requests().is_empty());
}
