//! Tank: `login` with a session that is polled for, `logout`, `whoami`.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use doorkey_manifest::Manifest;
use serde_json::{Value, json};

use crate::service::{Request, Service};
use crate::tool::{Tool, mode};

const START: &str = "POST /api/v1/cli-auth/start";
const EXCHANGE: &str = "POST /api/v1/cli-auth/exchange";
const WHOAMI: &str = "GET /api/v1/auth/whoami";
const FILE: &str = "home/.tank/config.json";
const LINK: &str = "https://tank.dev/auth/cli?session=abc123&state=xyz789";

/// A polling login that doesn't take long.
const LOGIN: &[&str] = &["login", "--poll-interval", "100"];

/// A registry that starts sign-ins and says what the test wants to polls.
fn registry(polls: &[(u16, Value)]) -> Service {
    let service = Service::start();
    service.on(START, 200, &json!({ "authUrl": LINK, "sessionCode": "abc123" }));
    for (status, body) in polls {
        service.on(EXCHANGE, *status, body);
    }
    service
}

fn pending() -> (u16, Value) {
    (400, json!({ "error": "Invalid, expired, or already used session code" }))
}

fn approved() -> (u16, Value) {
    (
        200,
        json!({ "token": "tank_abc123xyz789", "user": { "name": "john-doe", "email": "john@example.com" } }),
    )
}

/// Somebody over SSH, with the registry that the variable names.
fn person(service: &Service) -> Tool {
    at(&service.url()).hide(&service.url(), "[registry]")
}

fn at(registry: &str) -> Tool {
    Tool::called("tank").set("SSH_TTY", "/dev/pts/0").set("TANK_REGISTRY_URL", registry)
}

fn config(registry: &str) -> String {
    format!(
        r#"{{
  "registry": "{registry}",
  "token": "tank_abc123xyz789",
  "user": {{
    "name": "john-doe",
    "email": "john@example.com"
  }},
  "telemetry": false
}}
"#
    )
}

/// Logged in as john-doe at this registry; the file holds something of another program, too.
fn logged_in(registry: &str) -> Tool {
    let tool = at(registry);
    tool.write(FILE, &config(registry), 0o600);
    tool
}

/// Logged in at a registry that answers this to the question who it is.
fn asked(status: u16, body: &Value) -> (Service, Tool) {
    let service = Service::start();
    service.on(WHOAMI, status, body);
    let tool = logged_in(&service.url()).hide(&service.url(), "[registry]");
    (service, tool)
}

fn john() -> Value {
    json!({ "name": "john-doe", "email": "john@example.com" })
}

fn body(request: &Request) -> Value {
    serde_json::from_str(&request.body).unwrap()
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    let hex = text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    parts == [8, 4, 4, 4, 12] && hex && text.as_bytes()[14] == b'4'
}

// login

#[test]
fn tank_login_opens_the_browser_waits_and_says_who_it_is() {
    let service = registry(&[pending(), approved()]);
    let tool = person(&service).unset("SSH_TTY").with_browser();
    insta::assert_snapshot!(tool.run(LOGIN), @"
    exit: 0
    --- stdout ---
    Starting login...
    Opened browser for authentication.
    Waiting for authorization...
    ✓ Logged in as john-doe
    ");
    assert_eq!(tool.opened(), LINK, "whatever address the registry gives");
}

#[test]
fn tank_login_shows_the_url_where_no_browser_opens() {
    let service = registry(&[approved()]);
    insta::assert_snapshot!(person(&service).run(LOGIN), @"
    exit: 0
    --- stdout ---
    Starting login...
    Could not open browser automatically.
    Open this URL in your browser:
      https://tank.dev/auth/cli?session=abc123&state=xyz789
    Waiting for authorization...
    ✓ Logged in as john-doe
    ");
}

#[test]
fn tank_login_shows_the_url_where_the_browser_cannot_be_started() {
    let service = registry(&[approved()]);
    let tool = person(&service).unset("SSH_TTY").set("BROWSER", "/nonexistent").set("PATH", "/nonexistent");
    insta::assert_snapshot!(tool.run(LOGIN), @"
    exit: 0
    --- stdout ---
    Starting login...
    Could not open browser automatically.
    Open this URL in your browser:
      https://tank.dev/auth/cli?session=abc123&state=xyz789
    Waiting for authorization...
    ✓ Logged in as john-doe
    ");
}

#[test]
fn tank_login_sends_a_random_uuid_as_state_and_polls_with_session_and_state() {
    let service = registry(&[pending(), pending(), approved()]);
    person(&service).run(LOGIN);
    let requests = service.all_requests();
    let lines: Vec<&str> = requests.iter().map(|request| request.line.as_str()).collect();
    assert_eq!(lines, [START, EXCHANGE, EXCHANGE, EXCHANGE]);
    let state = body(&requests[0])["state"].as_str().unwrap().to_owned();
    assert!(is_uuid(&state), "{state}");
    assert_eq!(body(&requests[0]), json!({ "state": state }));
    for poll in &requests[1..] {
        assert_eq!(body(poll), json!({ "sessionCode": "abc123", "state": state }));
    }
    for request in &requests {
        assert_eq!(request.headers["content-type"], "application/json");
        assert_eq!(request.headers["user-agent"], "tank/0.16.5");
        assert!(!request.headers.contains_key("authorization"));
    }
    let again = registry(&[approved()]);
    person(&again).run(LOGIN);
    assert_ne!(body(&again.requests(START)[0])["state"], json!(state), "another one each time");
}

#[test]
fn tank_login_writes_token_and_user_to_the_config() {
    let service = registry(&[approved()]);
    let tool = person(&service);
    tool.run(LOGIN);
    let written = fs::read_to_string(tool.path(FILE)).unwrap();
    insta::assert_snapshot!(tool.tidy(&written), @r#"
    {
      "registry": "[registry]",
      "token": "tank_abc123xyz789",
      "user": {
        "name": "john-doe",
        "email": "john@example.com"
      }
    }
    "#);
    assert!(written.ends_with("}\n"));
    assert_eq!(mode(&tool.path(FILE)), 0o600);
    assert_eq!(mode(&tool.path("home/.tank")), 0o700);
}

#[test]
fn tank_login_again_replaces_token_and_user_and_keeps_the_rest() {
    let (status, mut body) = approved();
    body["token"] = json!("tank_another");
    let service = registry(&[(status, body)]);
    let tool = logged_in(&service.url());
    assert!(tool.run(LOGIN).starts_with("exit: 0\n"), "nobody asks whether one is logged in already");
    let expected = config(&service.url()).replace("tank_abc123xyz789", "tank_another");
    assert_eq!(fs::read_to_string(tool.path(FILE)).unwrap(), expected);
}

#[test]
fn tank_login_names_the_email_of_somebody_without_a_name_and_nobody_unknown() {
    let mail = json!({ "token": "tank_a", "user": { "name": null, "email": "john@example.com" } });
    let said = person(&registry(&[(200, mail)])).run(LOGIN);
    assert!(said.contains("\n✓ Logged in as john@example.com\n"), "{said}");
    let service = registry(&[(200, json!({ "token": "tank_a", "user": { "name": null, "email": null } }))]);
    service.on(WHOAMI, 200, &json!({ "userId": "u1", "name": null, "email": null }));
    let said = person(&service).run(LOGIN);
    assert!(said.contains("\n✓ Logged in as unknown\n"), "{said}");
}

#[test]
fn tank_login_polls_at_once_and_then_every_two_seconds() {
    let service = registry(&[pending(), approved()]);
    let begun = Instant::now();
    let said = person(&service).run(&["login"]);
    assert!(said.starts_with("exit: 0\n"), "{said}");
    assert!(begun.elapsed() >= Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(service.requests(EXCHANGE).len(), 2);
}

#[test]
fn tank_login_waits_five_minutes_unless_told_otherwise() {
    let tank = Manifest::builtin("tank").unwrap().unwrap();
    assert_eq!(tank.sign_in.timeout.duration(), Duration::from_mins(5));
    assert_eq!(tank.sign_in.expires_in.duration(), Duration::from_mins(5), "a session lives as long");
    assert_eq!(tank.sign_in.session.interval.unwrap().duration(), Duration::from_secs(2));
}

#[test]
fn tank_login_timed_out() {
    let service = registry(&[pending()]);
    let tool = person(&service);
    insta::assert_snapshot!(tool.run(&["login", "--timeout", "700", "--poll-interval", "200"]), @"
    exit: 1
    --- stdout ---
    Starting login...
    Could not open browser automatically.
    Open this URL in your browser:
      https://tank.dev/auth/cli?session=abc123&state=xyz789
    Waiting for authorization...
    --- stderr ---
    Login timed out. Please try again.
    ");
    let polls = service.requests(EXCHANGE).len();
    assert!((2..=4).contains(&polls), "milliseconds, and no more polls than that: {polls}");
    assert!(!tool.path(FILE).exists());
}

#[test]
fn tank_login_refuses_a_time_that_is_none() {
    insta::assert_snapshot!(at("http://127.0.0.1:9").run(&["login", "--timeout", "soon"]), @"
    exit: 2
    --- stderr ---
    error: invalid value 'soon' for '--timeout <MILLISECONDS>': write a number of milliseconds above zero, or a whole number and a unit, such as `90s`, `5m` or `1h`

    For more information, try '--help'.
    ");
}

#[test]
fn tank_login_failed_to_start_says_the_registrys_error() {
    let service = Service::start();
    service.on(START, 503, &json!({ "error": "The registry is being moved" }));
    insta::assert_snapshot!(person(&service).run(LOGIN), @"
    exit: 1
    --- stdout ---
    Starting login...
    --- stderr ---
    Failed to start auth session: The registry is being moved
    ");
}

#[test]
fn tank_login_failed_to_start_says_the_status_where_there_is_no_error() {
    for (status, text) in
        [(400, "Bad Request"), (404, "Not Found"), (426, "Upgrade Required"), (500, "Internal Server Error")]
    {
        let service = Service::start();
        service.on(START, status, &json!({}));
        let said = person(&service).run(LOGIN);
        assert!(said.starts_with("exit: 1\n"), "{said}");
        assert!(said.ends_with(&format!("Failed to start auth session: {text}\n")), "{said}");
    }
}

#[test]
fn tank_login_failed_to_start_where_the_registry_cannot_be_reached() {
    insta::assert_snapshot!(at("http://127.0.0.1:9").run(LOGIN), @"
    exit: 1
    --- stdout ---
    Starting login...
    --- stderr ---
    Failed to start auth session: http://127.0.0.1:9 can't be reached: the connection was refused.
    ");
}

#[test]
fn tank_login_failed_to_start_where_the_answer_is_no_session() {
    let service = Service::start();
    service.on(START, 200, &json!({ "authUrl": LINK }));
    insta::assert_snapshot!(person(&service).run(LOGIN), @"
    exit: 1
    --- stdout ---
    Starting login...
    --- stderr ---
    Failed to start auth session: [registry] gave an answer to `start` that isn't understood (status 200).
    ");
    let service = Service::start();
    service.on_page(START, 200, "<!doctype html><p>Another site");
    insta::assert_snapshot!(person(&service).run(LOGIN), @"
    exit: 1
    --- stdout ---
    Starting login...
    --- stderr ---
    Failed to start auth session: [registry] answered with a web page where data was expected (status 200); a captive portal or a proxy may have answered instead.
    ");
}

#[test]
fn tank_login_exchange_failed_says_the_registrys_error_and_stops() {
    let service = registry(&[pending(), (500, json!({ "error": "Failed to create API key" }))]);
    let tool = person(&service);
    insta::assert_snapshot!(tool.run(LOGIN), @"
    exit: 1
    --- stdout ---
    Starting login...
    Could not open browser automatically.
    Open this URL in your browser:
      https://tank.dev/auth/cli?session=abc123&state=xyz789
    Waiting for authorization...
    --- stderr ---
    Exchange failed: Failed to create API key
    ");
    assert_eq!(service.requests(EXCHANGE).len(), 2);
    assert!(!tool.path(FILE).exists());
}

#[test]
fn tank_login_exchange_failed_at_every_status_but_400() {
    for (status, body, text) in [
        (401, json!({ "error": "No" }), "No"),
        (403, json!({ "error": "Account is suspended or banned" }), "Account is suspended or banned"),
        (404, json!({}), "Not Found"),
        (409, json!({}), "Conflict"),
        (410, json!({}), "Gone"),
        (426, json!({}), "Upgrade Required"),
        (428, json!({}), "Precondition Required"),
        (429, json!({}), "Too Many Requests"),
        (502, json!({}), "Bad Gateway"),
    ] {
        let service = registry(&[(status, body)]);
        let said = person(&service).run(LOGIN);
        assert!(said.starts_with("exit: 1\n"), "{status}: {said}");
        assert!(said.ends_with(&format!("--- stderr ---\nExchange failed: {text}\n")), "{status}: {said}");
        assert_eq!(service.requests(EXCHANGE).len(), 1, "{status}");
    }
}

#[test]
fn tank_login_exchange_failed_where_the_answer_is_no_token() {
    insta::assert_snapshot!(person(&registry(&[(200, json!({ "success": true }))])).run(LOGIN), @"
    exit: 1
    --- stdout ---
    Starting login...
    Could not open browser automatically.
    Open this URL in your browser:
      https://tank.dev/auth/cli?session=abc123&state=xyz789
    Waiting for authorization...
    --- stderr ---
    Exchange failed: [registry] answered `poll` with success, but not with a whole credential (status 200).
    ");
    let service = registry(&[]);
    service.on_page(EXCHANGE, 404, "<!doctype html><p>A proxy");
    insta::assert_snapshot!(person(&service).run(LOGIN), @"
    exit: 1
    --- stdout ---
    Starting login...
    Could not open browser automatically.
    Open this URL in your browser:
      https://tank.dev/auth/cli?session=abc123&state=xyz789
    Waiting for authorization...
    --- stderr ---
    Exchange failed: [registry] answered with a web page where data was expected (status 404); a captive portal or a proxy may have answered instead.
    ");
}

#[test]
fn tank_login_waits_on_at_any_400_whatever_it_says() {
    let odd = json!({ "success": false, "error": { "name": "ZodError", "message": "…" } });
    let service = registry(&[(400, odd), (400, json!({})), pending(), approved()]);
    assert!(person(&service).run(LOGIN).starts_with("exit: 0\n"));
    assert_eq!(service.requests(EXCHANGE).len(), 4);
}

#[test]
fn tank_login_waits_on_in_silence_while_the_network_is_cut() {
    let service = registry(&[pending()]);
    service.on_nothing(EXCHANGE);
    let (status, body) = approved();
    service.on(EXCHANGE, status, &body);
    insta::assert_snapshot!(person(&service).run(LOGIN), @"
    exit: 0
    --- stdout ---
    Starting login...
    Could not open browser automatically.
    Open this URL in your browser:
      https://tank.dev/auth/cli?session=abc123&state=xyz789
    Waiting for authorization...
    ✓ Logged in as john-doe
    ");
}

#[test]
fn tank_login_where_the_config_cannot_be_written_does_not_begin() {
    let service = registry(&[approved()]);
    let tool = person(&service);
    tool.write("home/.tank", "a file where the folder should be", 0o600);
    insta::assert_snapshot!(tool.run(LOGIN), @"
    exit: 1
    --- stdout ---
    Starting login...
    --- stderr ---
    error: The credentials file [home]/.tank couldn't be written; what was there before is still there.
    hint: Check that the folder is yours and that the disk isn't full or read-only.
    ");
    assert!(service.all_requests().is_empty(), "no session is spent");
}

// logout

#[test]
fn tank_logout_removes_token_and_user_and_keeps_the_rest_of_the_config() {
    let service = Service::start();
    let tool = logged_in(&service.url()).hide(&service.url(), "[registry]");
    insta::assert_snapshot!(tool.run(&["logout"]), @"
    exit: 0
    --- stdout ---
    ✓ Logged out
    ");
    insta::assert_snapshot!(tool.tidy(&fs::read_to_string(tool.path(FILE)).unwrap()), @r#"
    {
      "registry": "[registry]",
      "telemetry": false
    }
    "#);
    assert_eq!(mode(&tool.path(FILE)), 0o600);
    assert!(service.all_requests().is_empty(), "it makes no network requests");
}

#[test]
fn tank_logout_when_not_logged_in() {
    insta::assert_snapshot!(at("http://127.0.0.1:9").run(&["logout"]), @"
    exit: 0
    --- stdout ---
    ⚠ Not logged in. Run: tank login
    ");
}

#[test]
fn tank_logout_is_safe_to_run_several_times() {
    let tool = logged_in("http://127.0.0.1:9");
    assert_eq!(tool.run(&["logout"]), "exit: 0\n--- stdout ---\n✓ Logged out\n");
    let left = fs::read_to_string(tool.path(FILE)).unwrap();
    for _ in 0..2 {
        assert_eq!(tool.run(&["logout"]), "exit: 0\n--- stdout ---\n⚠ Not logged in. Run: tank login\n");
        assert_eq!(fs::read_to_string(tool.path(FILE)).unwrap(), left);
    }
}

#[test]
fn tank_logout_says_that_the_variable_is_still_used() {
    let tool = logged_in("http://127.0.0.1:9").set("TANK_TOKEN", "tank_of_the_environment");
    insta::assert_snapshot!(tool.run(&["logout"]), @"
    exit: 0
    --- stdout ---
    ✓ Logged out
    --- stderr ---
    TANK_TOKEN is set in your environment and is used instead of the stored credential. Unset it to use the stored one.
    ");
    assert!(!fs::read_to_string(tool.path(FILE)).unwrap().contains("tank_"));
}

// whoami

#[test]
fn tank_whoami_shows_name_and_email_and_verifies_the_token() {
    let (service, tool) = asked(200, &john());
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 0
    --- stdout ---
    Logged in as: john-doe
    Email: john@example.com
    ");
    let requests = service.all_requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].line, WHOAMI);
    assert_eq!(requests[0].headers["authorization"], "Bearer tank_abc123xyz789");
    assert_eq!(requests[0].headers["user-agent"], "tank/0.16.5");
}

#[test]
fn tank_whoami_when_not_logged_in() {
    insta::assert_snapshot!(at("http://127.0.0.1:9").run(&["whoami"]), @"
    exit: 1
    --- stdout ---
    ⚠ Not logged in. Run: tank login
    ");
}

#[test]
fn tank_whoami_when_the_token_is_revoked_or_expired() {
    let (service, tool) = asked(401, &json!({ "error": "Unauthorized. Valid API key required." }));
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 1
    --- stderr ---
    Token is invalid or expired. Run: tank login
    ");
    assert_eq!(fs::read_to_string(tool.path(FILE)).unwrap(), config(&service.url()), "nothing is cleared");
}

#[test]
fn tank_whoami_offline_shows_the_cached_user() {
    insta::assert_snapshot!(logged_in("http://127.0.0.1:9").run(&["whoami"]), @"
    exit: 1
    --- stdout ---
    Logged in as: john-doe (offline)
    Email: john@example.com
    ⚠ Could not reach server to verify token. Run: tank login
    ");
}

#[test]
fn tank_whoami_while_the_network_is_cut_shows_the_cached_user() {
    let service = Service::start();
    service.on_nothing(WHOAMI);
    insta::assert_snapshot!(logged_in(&service.url()).run(&["whoami"]), @"
    exit: 1
    --- stdout ---
    Logged in as: john-doe (offline)
    Email: john@example.com
    ⚠ Could not reach server to verify token. Run: tank login
    ");
}

#[test]
fn tank_whoami_at_any_other_status_shows_the_cached_user_unverified() {
    for status in [400, 402, 403, 404, 409, 426, 429, 500, 503] {
        let (_service, tool) = asked(status, &json!({ "error": "Something else" }));
        let said = tool.run(&["whoami"]);
        insta::allow_duplicates! {
            insta::assert_snapshot!(said, @"
            exit: 1
            --- stdout ---
            Logged in as: john-doe
            Email: john@example.com
            ⚠ Could not verify token with server. Run: tank login
            ");
        }
    }
}

#[test]
fn tank_whoami_with_a_token_from_the_environment() {
    let (service, tool) = asked(200, &john());
    let tool = tool.set("TANK_TOKEN", "  tank_of_the_environment ");
    assert_eq!(
        tool.run(&["whoami"]),
        "exit: 0\n--- stdout ---\nLogged in as: john-doe\nEmail: john@example.com\n"
    );
    assert_eq!(service.requests(WHOAMI)[0].headers["authorization"], "Bearer tank_of_the_environment");
}

#[test]
fn tank_whoami_of_a_token_that_nobody_is_known_for() {
    let (_service, tool) = asked(200, &json!({ "userId": "u1", "name": null, "email": null }));
    insta::assert_snapshot!(tool.set("TANK_TOKEN", "tank_x").run(&["whoami"]), @"
    exit: 0
    --- stdout ---
    Logged in (token verified).
    ");
    let (_service, tool) = asked(500, &json!({}));
    insta::assert_snapshot!(tool.set("TANK_TOKEN", "tank_x").run(&["whoami"]), @"
    exit: 1
    --- stderr ---
    Could not verify token. Server returned an error. Run: tank login
    ");
    let tool = at("http://127.0.0.1:9").set("TANK_TOKEN", "tank_x");
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 1
    --- stderr ---
    Could not verify token. Check your network connection.
    ");
}

#[test]
fn tank_whoami_of_somebody_without_a_name() {
    let (_service, tool) = asked(200, &json!({ "name": null, "email": "john@example.com" }));
    let tool = tool.set("TANK_TOKEN", "tank_x");
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 0
    --- stdout ---
    Logged in as: unknown
    Email: john@example.com
    ");
}

// scripts

/// What a shell says that runs this with `tank` on its path.
fn shell(tool: &Tool, script: &str) -> String {
    let mut command = Command::new("/bin/sh");
    let known = tool.command(&[]);
    command.args(["-c", script]).env_clear();
    command.envs(known.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let folder = tool.path("tank").parent().unwrap().to_owned();
    let output = command.env("PATH", folder).output().unwrap();
    tool.shown(&output)
}

#[test]
fn tank_whoami_in_a_script_tells_by_its_exit_code() {
    let script = "if tank whoami > /dev/null 2>&1; then echo Authenticated; else echo Not authenticated; fi";
    let (_service, tool) = asked(200, &john());
    assert_eq!(shell(&tool, script), "exit: 0\n--- stdout ---\nAuthenticated\n");
    let revoked = asked(401, &json!({}));
    for tool in [&at("http://127.0.0.1:9"), &revoked.1] {
        assert_eq!(shell(tool, script), "exit: 0\n--- stdout ---\nNot authenticated\n");
    }
}

#[test]
fn tank_logout_and_login_in_one_line() {
    let service = registry(&[approved()]);
    let tool = logged_in(&service.url()).hide(&service.url(), "[registry]");
    insta::assert_snapshot!(shell(&tool, "tank logout && tank login && echo done"), @"
    exit: 0
    --- stdout ---
    ✓ Logged out
    Starting login...
    Could not open browser automatically.
    Open this URL in your browser:
      https://tank.dev/auth/cli?session=abc123&state=xyz789
    Waiting for authorization...
    ✓ Logged in as john-doe
    done
    ");
}

// the file, the environment, the help

#[test]
fn tank_config_that_others_can_read_is_refused_with_the_command_that_mends_it() {
    let tool = at("http://127.0.0.1:9");
    tool.write(FILE, &config("http://127.0.0.1:9"), 0o644);
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 1
    --- stderr ---
    error: The credentials file [home]/.tank/config.json can be read by others (its mode is 0644), so it isn't used.
    hint: Run `chmod 600 [home]/.tank/config.json`. If others may have read it, sign in again.
    ");
}

#[test]
fn tank_config_that_others_can_read_is_made_private_by_login() {
    let service = registry(&[approved()]);
    let tool = person(&service);
    tool.write(FILE, &config(&service.url()), 0o644);
    insta::assert_snapshot!(tool.run(LOGIN), @"
    exit: 0
    --- stdout ---
    Starting login...
    Could not open browser automatically.
    Open this URL in your browser:
      https://tank.dev/auth/cli?session=abc123&state=xyz789
    Waiting for authorization...
    ✓ Logged in as john-doe
    --- stderr ---
    Others could read [home]/.tank/config.json. It is private now; if somebody may have read it, sign out with --revoke and sign in again.
    ");
    assert_eq!(mode(&tool.path(FILE)), 0o600);
}

#[test]
fn tank_config_that_is_damaged_is_told_and_never_lost() {
    let service = registry(&[approved()]);
    let tool = person(&service);
    tool.write(FILE, "{ \"registry\": ", 0o600);
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 1
    --- stderr ---
    error: The credentials file [home]/.tank/config.json is damaged: it ends in the middle at line 1, column 14.
    hint: Mend it, or sign in again: the damaged file is kept beside the new one.
    ");
    insta::assert_snapshot!(tool.run(LOGIN), @"
    exit: 0
    --- stdout ---
    Starting login...
    Could not open browser automatically.
    Open this URL in your browser:
      https://tank.dev/auth/cli?session=abc123&state=xyz789
    Waiting for authorization...
    ✓ Logged in as john-doe
    --- stderr ---
    [home]/.tank/config.json was damaged. What stood in it is kept in [home]/.tank/config.json.broken-1.
    ");
    assert_eq!(fs::read_to_string(tool.path(&format!("{FILE}.broken-1"))).unwrap(), "{ \"registry\": ");
}

#[test]
fn tank_registry_of_the_config_goes_before_the_variable() {
    let (service, tool) = asked(200, &john());
    let tool = tool.set("TANK_REGISTRY_URL", "http://127.0.0.1:9");
    assert!(tool.run(&["whoami"]).starts_with("exit: 0\n"));
    assert_eq!(service.requests(WHOAMI).len(), 1);
}

#[test]
fn tank_registry_that_is_named_gets_no_token_of_another() {
    let (service, tool) = asked(200, &john());
    insta::assert_snapshot!(tool.run(&["whoami", "--api", "http://127.0.0.1:9"]), @"
    exit: 1
    --- stdout ---
    ⚠ Not logged in. Run: tank login
    ");
    assert!(service.all_requests().is_empty());
}

#[test]
fn tank_registry_of_its_own_is_tank_dev() {
    let tank = Manifest::builtin("tank").unwrap().unwrap();
    assert_eq!(tank.server.url, "https://tank.dev");
}

#[test]
fn tank_token_that_is_not_there_goes_nowhere_but_to_standard_error() {
    insta::assert_snapshot!(at("http://127.0.0.1:9").run(&["token"]), @"
    exit: 1
    --- stderr ---
    ⚠ Not logged in. Run: tank login
    ");
}

#[test]
fn tank_tokens_have_the_documented_scopes_and_prefix() {
    let tank = Manifest::builtin("tank").unwrap().unwrap();
    assert_eq!(tank.sign_in.scopes, ["skills:read", "skills:write", "orgs:read"]);
    assert_eq!(tank.tokens.api_key.unwrap().prefix, "tank_");
}

#[test]
fn tank_help_names_the_documented_options() {
    let tool = at("http://127.0.0.1:9");
    insta::assert_snapshot!(tool.run(&["login", "-h"]), @"
    exit: 0
    --- stdout ---
    Authenticate with the Tank registry via browser OAuth

    Usage: tank login [OPTIONS]
           tank login <COMMAND>

    Commands:
      resume  Finish a sign-in that `login --no-wait` began

    Options:
          --browser                       Sign in with a browser on this machine
          --device                        Sign in with a code, in a browser on any device
          --no-browser                    Open no browser; print the link
          --token [<TOKEN>]               Save this token instead of signing in with a browser; `-`, or
                                          no value, reads it from standard input
          --timeout <MILLISECONDS>        Maximum time to wait for authorization (milliseconds).
                                          Default: 5 minutes (300000)
          --poll-interval <MILLISECONDS>  Interval between authorization polling requests
                                          (milliseconds). Default: 2 seconds (2000)
          --scope <SCOPE>                 Ask for this scope; may be given several times
          --org <ORG>                     Act for this organization: its id or short name
          --storage <KIND>                Where to keep the credential: `file`, `keyring`, `encrypted`,
                                          `memory` or `command`; kept to from now on
          --insecure-storage              Keep the credential in a plain file that only you can read:
                                          the same as `--storage file`
          --browser-command <COMMAND>     The program that opens the page, with its arguments; `%s`
                                          stands for the address
          --qr                            Show the link as a QR code, too, for the camera of a phone;
                                          signs in with a code
          --no-wait                       Begin the sign-in and don't wait for you; `login resume`
                                          finishes it
          --api <URL>                     The address of the tool's server, instead of the manifest's
                                          [aliases: --server, --registry]
          --credential <TOKEN>            A token for this one command; `-` reads it from standard input
                                          (what stands here stays in the shell's history)
          --profile <NAME>                The profile to use: an account, a server and an organization
                                          under a name of yours
          --json                          Print JSON instead of text
      -v, --verbose                       Say more about what goes wrong
      -h, --help                          Print help (see more with '--help')
    ");
    insta::assert_snapshot!(tool.run(&["logout", "-h"]), @"
    exit: 0
    --- stdout ---
    Remove authentication token from config

    Usage: tank logout [OPTIONS]

    Options:
      -y, --yes                 Don't ask
          --revoke              End the credential on the server, too; takes at most five seconds
          --all                 All profiles of this tool
          --everywhere          Sign the account out of all terminals and browsers; tokens and keys that
                                you made go on working
          --api <URL>           The address of the tool's server, instead of the manifest's [aliases:
                                --server, --registry]
          --credential <TOKEN>  A token for this one command; `-` reads it from standard input (what
                                stands here stays in the shell's history)
          --profile <NAME>      The profile to use: an account, a server and an organization under a
                                name of yours
          --json                Print JSON instead of text
      -v, --verbose             Say more about what goes wrong
      -h, --help                Print help (see more with '--help')
    ");
    insta::assert_snapshot!(tool.run(&["whoami", "-h"]), @"
    exit: 0
    --- stdout ---
    Show the currently logged-in user

    Usage: tank whoami [OPTIONS]

    Options:
          --api <URL>           The address of the tool's server, instead of the manifest's [aliases:
                                --server, --registry]
          --credential <TOKEN>  A token for this one command; `-` reads it from standard input (what
                                stands here stays in the shell's history)
          --profile <NAME>      The profile to use: an account, a server and an organization under a
                                name of yours
          --json                Print JSON instead of text
      -v, --verbose             Say more about what goes wrong
      -h, --help                Print help (see more with '--help')
    ");
}

// What is kept and what isn't there.

#[test]
fn tank_re_authenticate_logs_in_at_the_same_registry() {
    let service = registry(&[approved()]);
    let tool =
        Tool::called("tank").set("SSH_TTY", "/dev/pts/0").set("TANK_REGISTRY_URL", "http://127.0.0.1:9");
    tool.write(FILE, &config(&service.url()), 0o600);
    assert!(tool.run(&["logout"]).starts_with("exit: 0\n"));
    let said = tool.run(LOGIN);
    assert!(said.starts_with("exit: 0\n") && said.ends_with("✓ Logged in as john-doe\n"), "{said}");
    assert_eq!(service.requests(START).len(), 1, "the file goes before the variable");
}

#[test]
fn tank_token_of_the_environment_goes_to_the_registry_of_the_file() {
    let service = Service::start();
    service.on(WHOAMI, 200, &john());
    let tool = Tool::called("tank").set("TANK_TOKEN", "tank_of_the_environment");
    tool.write(FILE, &format!(r#"{{"registry":"{}"}}"#, service.url()), 0o600);
    assert!(tool.run(&["whoami"]).starts_with("exit: 0\n"));
    assert_eq!(service.requests(WHOAMI)[0].headers["authorization"], "Bearer tank_of_the_environment");
}

#[test]
fn tank_whoami_and_logout_with_a_file_that_names_no_user() {
    for user in ["", r#","user":null"#] {
        let service = Service::start();
        service.on(WHOAMI, 200, &json!({ "userId": "u1" }));
        let tool = Tool::called("tank");
        let file = format!(r#"{{"registry":"{}","token":"tank_abc123xyz789"{user}}}"#, service.url());
        tool.write(FILE, &file, 0o600);
        insta::allow_duplicates! { insta::assert_snapshot!(tool.run(&["whoami"]), @"
        exit: 0
        --- stdout ---
        Logged in (token verified).
        "); }
        assert_eq!(tool.run(&["logout"]), "exit: 0\n--- stdout ---\n✓ Logged out\n");
        assert!(!fs::read_to_string(tool.path(FILE)).unwrap().contains("tank_"));
    }
}

#[test]
fn tank_login_timeout_holds_where_the_registry_does_not_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    // The start is answered, the poll is not.
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for mut connection in listener.incoming().flatten() {
            if open.is_empty() {
                let body = json!({ "authUrl": LINK, "sessionCode": "abc123" }).to_string();
                let _ = connection.read(&mut [0; 4096]);
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length:";
                let _ = write!(connection, "{head} {}\r\n\r\n{body}", body.len());
            }
            open.push(connection);
        }
    });
    let begun = Instant::now();
    let said = at(&address).run(&["login", "--timeout", "1000", "--poll-interval", "100"]);
    assert!(said.starts_with("exit: 1\n") && said.contains("Login timed out"), "{said}");
    assert!(begun.elapsed() < Duration::from_secs(10), "not as long as a request may take");
}
