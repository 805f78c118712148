//! `armoriq`: `login`, `whoami`, `logout` and the rest of its commands, line by line of its document.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{parameter, parameters, visit};
use crate::service::Service;
use crate::tool::{Tool, mode};

const FILE: &str = "home/.armoriq/credentials.json";

const KEY: &str = "ak_live_abcdefgh01234567890123456789abcd";

/// The file as the document shows it.
const DOCUMENT: &str = r#"{
  "apiKey": "ak_live_abcdefgh01234567890123456789abcd",
  "email": "alice@acme.com",
  "userId": "8c0b55f8-b052-4041-9d15-02835bd919ad",
  "orgId": "144e79f7-7873-41f1-aed8-0ebb5b108200",
  "savedAt": "2026-04-22T08:48:08+00:00"
}
"#;

fn file(tool: &Tool) -> PathBuf {
    tool.path(FILE)
}

/// Signed in, with nothing that could be asked.
fn signed_in() -> Tool {
    let tool = Tool::called("armoriq").set("ARMORIQ_BACKEND_URL", "http://127.0.0.1:9");
    tool.write(FILE, DOCUMENT, 0o600);
    tool
}

fn signed_in_at(service: &Service) -> Tool {
    signed_in().set("ARMORIQ_BACKEND_URL", &service.url()).hide(&service.url(), "[server]")
}

fn starts(service: &Service, interval: u32) {
    let started = json!({
        "device_code": "a-device-code-that-nobody-sees",
        "user_code": "WDJB-MJHT",
        "verification_uri": "https://platform.armoriq.ai/auth/device",
        "verification_uri_complete": "https://platform.armoriq.ai/auth/device?code=WDJB-MJHT",
        "expires_in": 600,
        "interval": interval,
    });
    service.on("POST /auth/device/code", 200, &started);
}

fn approval() -> Value {
    json!({
        "api_key": KEY,
        "email": "alice@acme.com",
        "user_id": "8c0b55f8-b052-4041-9d15-02835bd919ad",
        "org_id": "144e79f7-7873-41f1-aed8-0ebb5b108200",
    })
}

fn pending() -> Value {
    json!({ "error": "authorization_pending" })
}

/// A service that begins a sign-in and gives these answers to the polls, and a person with a browser.
fn with_polls(interval: u32, answers: &[(u16, Value)]) -> (Service, Tool) {
    let service = Service::start();
    starts(&service, interval);
    for (status, body) in answers {
        service.on("POST /auth/device/token", *status, body);
    }
    let tool = Tool::called("armoriq").set("ARMORIQ_BACKEND_URL", &service.url()).with_browser();
    let tool = tool.hide(&service.url(), "[server]");
    (service, tool)
}

// Logging in.

#[test]
fn armoriq_login_opens_a_browser_and_saves_an_api_key() {
    let (service, tool) = with_polls(1, &[(400, pending()), (200, approval())]);
    insta::assert_snapshot!(tool.run(&["login"]), @"
    exit: 0
    --- stdout ---
    ArmorIQ Login
    Opening browser...
    If the browser didn't open, visit:
    https://platform.armoriq.ai/auth/device?code=WDJB-MJHT
    Confirm this code in your browser: WDJB-MJHT
    Waiting for authorization... ✔
    ✔ Logged in as alice@acme.com (org: 144e79f7-7873-41f1-aed8-0ebb5b108200)
    ✔ API key saved to [home]/.armoriq/credentials.json
    ");
    let start = &service.requests("POST /auth/device/code")[0];
    let body: Value = serde_json::from_str(&start.body).unwrap();
    let callback = body["callback_url"].as_str().unwrap();
    assert_eq!(body, json!({ "callback_url": callback }));
    assert!(callback.starts_with("http://localhost:") && callback.contains("/callback?state="), "{callback}");
    let polls = service.requests("POST /auth/device/token");
    let polls: Vec<&str> = polls.iter().map(|poll| poll.body.as_str()).collect();
    assert_eq!(polls, [r#"{"deviceCode":"a-device-code-that-nobody-sees"}"#; 2]);
    assert_eq!(service.all_requests().len(), 3, "and nothing else is asked");
}

#[test]
fn armoriq_the_browser_gets_the_way_home_and_the_person_the_plain_link() {
    let (_service, tool) = with_polls(1, &[(200, approval())]);
    let shown = tool.run(&["login", "--org", "acme", "--product", "another"]);
    assert!(shown.contains("\nhttps://platform.armoriq.ai/auth/device?code=WDJB-MJHT&org=acme\n"), "{shown}");
    let opened = tool.opened();
    assert_eq!(parameters(&opened), ["code", "callback", "org"]);
    assert_eq!(parameter(&opened, "code"), "WDJB-MJHT");
    assert!(parameter(&opened, "callback").starts_with("http://localhost:"));
}

#[test]
fn armoriq_the_credentials_file_is_created_on_first_login_with_0600() {
    let (_service, tool) = with_polls(1, &[(200, approval())]);
    tool.run(&["login"]);
    let text = fs::read_to_string(file(&tool)).unwrap();
    let saved: Value = serde_json::from_str(&text).unwrap();
    let saved_at = saved["savedAt"].as_str().unwrap();
    assert_eq!(text, DOCUMENT.replace("2026-04-22T08:48:08+00:00", saved_at));
    assert!(saved_at.len() == 25 && saved_at.ends_with("+00:00"), "{saved_at}");
    assert_eq!((mode(&file(&tool)), mode(file(&tool).parent().unwrap())), (0o600, 0o700));
}

#[test]
fn armoriq_the_callback_wins_when_it_can_be_reached() {
    // The next poll would come in ten minutes: only the browser that comes home can end this.
    let (service, tool) = with_polls(599, &[(400, pending()), (200, approval())]);
    let child = tool.start(&["login"]);
    let callback = parameter(&tool.opened(), "callback");
    while service.requests("POST /auth/device/token").is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let state = callback.split_once("state=").unwrap().1.to_owned();
    assert_eq!(visit(&callback.replace(&state, "somebody-elses")), 400, "and the wait goes on");
    assert_eq!(visit(&format!("{callback}&key=ak_live_of_somebody_else&email=eve%40example.com")), 200);
    insta::assert_snapshot!(tool.shown(&child.wait_with_output().unwrap()), @"
    exit: 0
    --- stdout ---
    ArmorIQ Login
    Opening browser...
    If the browser didn't open, visit:
    https://platform.armoriq.ai/auth/device?code=WDJB-MJHT
    Confirm this code in your browser: WDJB-MJHT
    Waiting for authorization... ✔
    ✔ Logged in as alice@acme.com (org: 144e79f7-7873-41f1-aed8-0ebb5b108200)
    ✔ API key saved to [home]/.armoriq/credentials.json
    ");
    assert!(
        fs::read_to_string(file(&tool)).unwrap().contains(KEY),
        "what the callback brings isn't looked at"
    );
}

#[test]
fn armoriq_login_falls_back_to_polling_when_the_callback_fails() {
    // The firewall: whoever tries to come home from another network finds nobody.
    let (service, tool) = with_polls(1, &[(400, pending()), (400, pending()), (200, approval())]);
    let child = tool.start(&["login"]);
    let callback = parameter(&tool.opened(), "callback");
    let reached = std::process::Command::new("unshare")
        .args(["--map-root-user", "--net", "bash", "-c"])
        .arg(format!("exec 3<>/dev/tcp/127.0.0.1/{}", callback.split(['/', ':']).nth(4).unwrap()))
        .output()
        .is_ok_and(|output| output.status.success());
    assert!(!reached);
    let shown = tool.shown(&child.wait_with_output().unwrap());
    assert!(shown.contains("Waiting for authorization... ✔\n✔ Logged in as alice@acme.com"), "{shown}");
    assert_eq!(service.requests("POST /auth/device/token").len(), 3);
}

#[test]
fn armoriq_login_without_a_browser_shows_the_link() {
    let (service, tool) = with_polls(1, &[(200, approval())]);
    insta::assert_snapshot!(tool.set("SSH_TTY", "/dev/pts/0").run(&["login"]), @"
    exit: 0
    --- stdout ---
    ArmorIQ Login
    If the browser didn't open, visit:
    https://platform.armoriq.ai/auth/device?code=WDJB-MJHT
    Confirm this code in your browser: WDJB-MJHT
    Waiting for authorization... ✔
    ✔ Logged in as alice@acme.com (org: 144e79f7-7873-41f1-aed8-0ebb5b108200)
    ✔ API key saved to [home]/.armoriq/credentials.json
    ");
    assert_eq!(service.requests("POST /auth/device/code")[0].body, "{}", "no page could lead back here");
}

#[test]
fn armoriq_login_when_the_browser_cannot_be_opened() {
    let (_service, tool) = with_polls(1, &[(200, approval())]);
    let missing = tool.path("no-such-browser");
    insta::assert_snapshot!(tool.set("BROWSER", missing.to_str().unwrap()).run(&["login"]), @"
    exit: 0
    --- stdout ---
    ArmorIQ Login
    ! Browser didn't open automatically.
    If the browser didn't open, visit:
    https://platform.armoriq.ai/auth/device?code=WDJB-MJHT
    Confirm this code in your browser: WDJB-MJHT
    Waiting for authorization... ✔
    ✔ Logged in as alice@acme.com (org: 144e79f7-7873-41f1-aed8-0ebb5b108200)
    ✔ API key saved to [home]/.armoriq/credentials.json
    ");
}

#[test]
fn armoriq_login_names_the_backend_the_product_and_the_organization() {
    let (service, tool) = with_polls(1, &[(200, approval())]);
    let tool = tool.unset("ARMORIQ_BACKEND_URL").set("ARMORIQ_PRODUCT", "armorcodex");
    tool.run(&["login", "--backend", &service.url()]);
    let product = |at: usize| {
        let body: Value = serde_json::from_str(&service.requests("POST /auth/device/code")[at].body).unwrap();
        body["product"].clone()
    };
    assert_eq!(product(0), "armorcodex");
    tool.run(&["login", "--backend", &service.url(), "--product", "armorclaude"]);
    assert_eq!(product(1), "armorclaude");
}

#[test]
fn armoriq_login_that_is_denied() {
    let answer = json!({ "error": "access_denied", "error_description": "The request was denied." });
    let (_service, tool) = with_polls(1, &[(400, answer)]);
    insta::assert_snapshot!(tool.run(&["login"]), @"
    exit: 1
    --- stdout ---
    ArmorIQ Login
    Opening browser...
    If the browser didn't open, visit:
    https://platform.armoriq.ai/auth/device?code=WDJB-MJHT
    Confirm this code in your browser: WDJB-MJHT
    Waiting for authorization... ✘
    ✘ The request was denied.
    ");
    assert!(!file(&tool).exists());
}

#[test]
fn armoriq_login_that_the_service_says_has_expired() {
    let (_service, tool) = with_polls(1, &[(400, json!({ "error": "expired_token" }))]);
    insta::assert_snapshot!(tool.run(&["login"]), @"
    exit: 1
    --- stdout ---
    ArmorIQ Login
    Opening browser...
    If the browser didn't open, visit:
    https://platform.armoriq.ai/auth/device?code=WDJB-MJHT
    Confirm this code in your browser: WDJB-MJHT
    Waiting for authorization... ✘
    ✘ Timed out waiting for authorization. Run `armoriq login` again.
    ");
}

#[test]
fn armoriq_login_that_nobody_approves_times_out() {
    let (_service, tool) = with_polls(1, &[(400, pending())]);
    insta::assert_snapshot!(tool.run(&["login", "--timeout", "1"]), @"
    exit: 1
    --- stdout ---
    ArmorIQ Login
    Opening browser...
    If the browser didn't open, visit:
    https://platform.armoriq.ai/auth/device?code=WDJB-MJHT
    Confirm this code in your browser: WDJB-MJHT
    Waiting for authorization... ✘
    ✘ Timed out waiting for authorization. Run `armoriq login` again.
    ");
    assert!(!file(&tool).exists());
}

#[test]
fn armoriq_login_looks_at_the_body_of_a_poll_alone() {
    let slow = json!({ "error": "slow_down" });
    let broken = json!({ "statusCode": 500, "message": "Internal server error" });
    let (_service, tool) = with_polls(1, &[(200, pending()), (500, broken), (201, approval())]);
    let shown = tool.run(&["login"]);
    assert!(shown.contains("✔ Logged in as alice@acme.com"), "{shown}");
    let (_service, tool) = with_polls(1, &[(200, slow), (200, approval())]);
    let shown = tool.run(&["login"]);
    assert!(shown.contains("✔ Logged in as alice@acme.com"), "{shown}");
}

#[test]
fn armoriq_login_with_the_network_cut() {
    let tool = Tool::called("armoriq").set("ARMORIQ_BACKEND_URL", "http://127.0.0.1:9").with_browser();
    insta::assert_snapshot!(tool.run(&["login"]), @"
    exit: 1
    --- stdout ---
    ArmorIQ Login
    ✘ Failed to request device code: http://127.0.0.1:9 can't be reached: the connection was refused.
    ");
}

#[test]
fn armoriq_login_at_a_backend_that_does_not_start_it() {
    let service = Service::start();
    service.on(
        "POST /auth/device/code",
        500,
        &json!({ "statusCode": 500, "message": "Internal server error" }),
    );
    let tool = Tool::called("armoriq").set("ARMORIQ_BACKEND_URL", &service.url()).with_browser();
    insta::assert_snapshot!(tool.hide(&service.url(), "[server]").run(&["login"]), @"
    exit: 1
    --- stdout ---
    ArmorIQ Login
    ✘ Failed to request device code: [server] can't answer now (status 500).
    ");
}

#[test]
fn armoriq_an_environment_is_a_backend_by_name() {
    let tool = Tool::called("armoriq").set("ARMORIQ_ENV", "local");
    insta::assert_snapshot!(tool.run(&["account", "status"]), @"
    exit: 4
    --- stdout ---
    App         ArmorIQ (armoriq)
    Signed in   no
    Server      http://127.0.0.1:3000 (from ARMORIQ_ENV)
    Credential  none ([home]/.armoriq/credentials.json)
    Storage     file: plain, for you alone; `armoriq storage migrate --to keyring` seals it
    ");
    let tool = tool.set("ARMORIQ_ENV", "production");
    insta::assert_snapshot!(tool.run(&["account", "status"]), @"
    exit: 4
    --- stdout ---
    App         ArmorIQ (armoriq)
    Signed in   no
    Server      https://api.armoriq.ai (from ARMORIQ_ENV)
    Credential  none ([home]/.armoriq/credentials.json)
    Storage     file: plain, for you alone; `armoriq storage migrate --to keyring` seals it
    ");
    let tool = tool.set("BACKEND_ENDPOINT", "https://one.example");
    assert!(tool.run(&["account", "status"]).contains("https://one.example (from BACKEND_ENDPOINT)"));
    let tool = tool.set("ARMORIQ_BACKEND_URL", "https://two.example");
    assert!(tool.run(&["account", "status"]).contains("https://two.example (from ARMORIQ_BACKEND_URL)"));
}

// Who is signed in.

#[test]
fn armoriq_whoami_shows_the_identity_without_hitting_the_network() {
    let service = Service::start();
    insta::assert_snapshot!(signed_in_at(&service).run(&["whoami"]), @"
    exit: 0
    --- stdout ---
    ArmorIQ Credentials
    Email: alice@acme.com
    API Key: ak_live_abcdefgh...
    User ID: 8c0b55f8-b052-4041-9d15-02835bd919ad
    Org ID: 144e79f7-7873-41f1-aed8-0ebb5b108200
    Saved at: 2026-04-22T08:48:08+00:00
    File: [home]/.armoriq/credentials.json
    ");
    assert!(service.all_requests().is_empty());
}

#[test]
fn armoriq_whoami_shows_unknown_where_nothing_is_known() {
    let tool = signed_in();
    tool.write(
        FILE,
        &format!("{{\"apiKey\":\"{KEY}\",\"email\":\"\",\"userId\":\"\",\"orgId\":\"\",\"savedAt\":\"\"}}"),
        0o600,
    );
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 0
    --- stdout ---
    ArmorIQ Credentials
    Email: unknown
    API Key: ak_live_abcdefgh...
    User ID: n/a
    Org ID: n/a
    Saved at: n/a
    File: [home]/.armoriq/credentials.json
    ");
    tool.write(FILE, &format!("{{\"apiKey\":\"{KEY}\"}}"), 0o600);
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 0
    --- stdout ---
    ArmorIQ Credentials
    Email: unknown
    API Key: ak_live_abcdefgh...
    User ID: n/a
    Org ID: n/a
    Saved at: n/a
    File: [home]/.armoriq/credentials.json
    ");
}

#[test]
fn armoriq_whoami_reads_what_the_published_commands_wrote() {
    let tool = signed_in();
    for saved_at in ["2026-04-22T08:48:08.083249+00:00", "2026-04-22T08:48:08.083Z"] {
        tool.write(FILE, &DOCUMENT.replace("2026-04-22T08:48:08+00:00", saved_at), 0o600);
        let shown = tool.run(&["whoami"]);
        assert!(shown.contains("Saved at: 2026-04-22T08:48:08+00:00\n"), "{shown}");
    }
}

#[test]
fn armoriq_whoami_when_nobody_is_signed_in() {
    let tool = Tool::called("armoriq");
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 0
    --- stdout ---
    Not logged in. Run `armoriq login` to authenticate.
    ");
}

#[test]
fn armoriq_whoami_with_a_file_that_others_can_read() {
    let tool = signed_in();
    tool.write(FILE, DOCUMENT, 0o644);
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 1
    --- stderr ---
    error: The credentials file [home]/.armoriq/credentials.json can be read by others (its mode is 0644), so it isn't used.
    hint: Run `chmod 600 [home]/.armoriq/credentials.json`. If others may have read it, sign in again.
    ");
}

// Logging out.

#[test]
fn armoriq_logout_deletes_the_local_credentials_file_and_asks_no_server() {
    let service = Service::start();
    let tool = signed_in_at(&service);
    insta::assert_snapshot!(tool.run(&["logout"]), @"
    exit: 0
    --- stdout ---
    ✔ Credentials removed from [home]/.armoriq/credentials.json
    ");
    assert!(!file(&tool).exists() && service.all_requests().is_empty());
    insta::assert_snapshot!(tool.run(&["logout"]), @"
    exit: 0
    --- stdout ---
    No credentials found — already logged out.
    ");
}

#[test]
fn armoriq_logout_deletes_a_file_that_is_damaged_or_of_a_newer_version() {
    for text in ["{ \"apiK", "{\"version\":2,\"active\":null,\"profiles\":{}}"] {
        let tool = signed_in();
        tool.write(FILE, text, 0o600);
        insta::allow_duplicates! { insta::assert_snapshot!(tool.run(&["logout"]), @"
        exit: 0
        --- stdout ---
        ✔ Credentials removed from [home]/.armoriq/credentials.json
        "); }
        assert!(!file(&tool).exists());
    }
}

#[test]
fn armoriq_logout_says_in_its_help_what_it_does_not_do() {
    insta::assert_snapshot!(Tool::called("armoriq").run(&["logout", "--help"]), @"
    exit: 0
    --- stdout ---
    Delete the local credentials file. This alone does not revoke the server-side API key: anyone who
    still holds its value can keep using it. To end a key, open the API Keys dashboard and rotate or
    delete it

    Usage: armoriq logout [OPTIONS]

    Options:
      -y, --yes
              Don't ask

          --revoke
              End the credential on the server, too; takes at most five seconds

          --all
              All profiles of this tool

          --everywhere
              Sign the account out of all terminals and browsers; tokens and keys that you made go on
              working

          --api <URL>
              The backend, in place of the usual one
              
              [aliases: --server, --backend]

          --credential <TOKEN>
              A token for this one command; `-` reads it from standard input (what stands here stays in
              the shell's history)

          --frontend <URL>
              The address of the tool's web pages, instead of the manifest's

          --profile <NAME>
              The profile to use: an account, a server and an organization under a name of yours

          --json
              Print JSON instead of text

      -v, --verbose
              Say more about what goes wrong

      -h, --help
              Print help (see a summary with '-h')
    ");
}

// Which key counts.

#[test]
fn armoriq_an_explicit_key_goes_first_then_the_variable_then_the_file() {
    let tool = signed_in().set("ARMORIQ_API_KEY", "ak_test_of_the_environment");
    let key = |tool: &Tool, arguments: &[&str]| tool.run(arguments);
    let explicit = ["--credential", "ak_claw_given_explicitly", "token"];
    assert_eq!(key(&tool, &explicit), "exit: 0\n--- stdout ---\nak_claw_given_explicitly\n");
    assert_eq!(key(&tool, &["token"]), "exit: 0\n--- stdout ---\nak_test_of_the_environment\n");
    let tool = tool.unset("ARMORIQ_API_KEY");
    assert_eq!(key(&tool, &["token"]), format!("exit: 0\n--- stdout ---\n{KEY}\n"));
}

#[test]
fn armoriq_the_first_source_that_yields_a_non_empty_string_wins() {
    let tool = signed_in().set("ARMORIQ_API_KEY", "");
    assert_eq!(tool.run(&["token"]), format!("exit: 0\n--- stdout ---\n{KEY}\n"));
    let tool = Tool::called("armoriq").set("ARMORIQ_API_KEY", KEY);
    assert_eq!(tool.run(&["token"]), format!("exit: 0\n--- stdout ---\n{KEY}\n"), "without any file");
}

#[test]
fn armoriq_whoami_shows_the_key_of_the_variable() {
    let tool = signed_in().set("ARMORIQ_API_KEY", "ak_test_of_the_environment");
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 0
    --- stdout ---
    ArmorIQ Credentials
    Email: unknown
    API Key: ak_test_of_the_e...
    User ID: n/a
    Org ID: n/a
    Saved at: n/a
    Variable: ARMORIQ_API_KEY
    ");
}

#[test]
fn armoriq_every_key_starts_with_one_of_the_prefixes() {
    for key in ["ak_live_x", "ak_test_x", "ak_claw_x"] {
        let tool = Tool::called("armoriq").set("ARMORIQ_API_KEY", key);
        assert_eq!(tool.run(&["token"]), format!("exit: 0\n--- stdout ---\n{key}\n"));
    }
    for key in ["ak_prod_x", "sk_live_x", "ak_live_", "x"] {
        let tool = Tool::called("armoriq").set("ARMORIQ_API_KEY", key);
        insta::allow_duplicates! { insta::assert_snapshot!(tool.run(&["token"]), @"
        exit: 1
        --- stderr ---
        ConfigurationException: Invalid API key format. API keys must start with 'ak_live_', 'ak_claw_', or 'ak_test_'. Get your API key from https://platform.armoriq.ai/dashboard/api-keys
        "); }
    }
}

#[test]
fn armoriq_a_missing_key_is_a_configuration_exception() {
    insta::assert_snapshot!(Tool::called("armoriq").run(&["token"]), @"
    exit: 1
    --- stderr ---
    ConfigurationException: API key is required. Set ARMORIQ_API_KEY environment variable or run `armoriq login`. Get your API key from https://platform.armoriq.ai/dashboard/api-keys
    ");
}

#[test]
fn armoriq_login_does_not_look_at_the_prefix_of_the_key_that_it_is_given() {
    let mut other = approval();
    other["api_key"] = json!("ak_claw_a_key_of_another_product");
    let (_service, tool) = with_polls(1, &[(200, other)]);
    let shown = tool.run(&["login"]);
    assert!(shown.contains("✔ API key saved to [home]/.armoriq/credentials.json"), "{shown}");
    assert!(tool.run(&["whoami"]).contains("API Key: ak_claw_a_key_of..."));
}

// Organizations.

fn orgs() -> Value {
    json!({ "success": true, "data": [
        { "orgId": "144e79f7-7873-41f1-aed8-0ebb5b108200", "name": "Acme", "userRole": "owner", "memberCount": 12, "active": true },
        { "orgId": "9a3e2c1d-0b5f-4e77-8a64-3f0c1b2d4e5f", "name": "Side Project", "userRole": "member", "memberCount": 1, "active": false },
    ] })
}

#[test]
fn armoriq_orgs_lists_the_organizations() {
    let service = Service::start();
    service.on("GET /iap/sdk/orgs", 200, &orgs());
    insta::assert_snapshot!(signed_in_at(&service).run(&["orgs"]), @"
    exit: 0
    --- stdout ---
      NAME          ORG_ID                                ROLE    MEMBERS
      -------------------------------------------------------------------
    ✓ Acme          144e79f7-7873-41f1-aed8-0ebb5b108200  owner   12
      Side Project  9a3e2c1d-0b5f-4e77-8a64-3f0c1b2d4e5f  member  1

    Active org is marked with ✓. Switch with `armoriq switch-org <name-or-id>`.
    ");
    let request = &service.requests("GET /iap/sdk/orgs")[0];
    assert_eq!(request.headers["x-api-key"], KEY);
    assert!(!request.headers.contains_key("authorization"));
}

#[test]
fn armoriq_orgs_of_somebody_in_none() {
    let service = Service::start();
    service.on("GET /iap/sdk/orgs", 200, &json!({ "success": true, "data": [] }));
    insta::assert_snapshot!(signed_in_at(&service).run(&["orgs"]), @"
    exit: 0
    --- stdout ---
    You don't belong to any organizations.
    ");
}

#[test]
fn armoriq_not_logged_in_when_credentials_json_is_missing() {
    for arguments in [
        &["orgs"][..],
        &["switch-org", "acme"],
        &["keys", "list"],
        &["keys", "revoke", "k1"],
        &["keys", "prune"],
    ] {
        let tool = Tool::called("armoriq").set("ARMORIQ_BACKEND_URL", "http://127.0.0.1:9");
        insta::allow_duplicates! { insta::assert_snapshot!(tool.run(arguments), @"
        exit: 1
        --- stdout ---
        Error: Not logged in (credentials.json missing). Run `armoriq login` first.
        "); }
    }
}

#[test]
fn armoriq_401_unauthorized_from_orgs_when_the_key_is_revoked() {
    let service = Service::start();
    service.on("GET /iap/sdk/orgs", 401, &json!({ "statusCode": 401, "message": "Unauthorized" }));
    let tool = signed_in_at(&service);
    insta::assert_snapshot!(tool.run(&["orgs"]), @"
    exit: 1
    --- stdout ---
    Error: 401 Unauthorized: API key rejected. Try `armoriq login` again.
    ");
    assert!(file(&tool).exists(), "and nothing is removed");
}

#[test]
fn armoriq_orgs_with_the_network_cut() {
    insta::assert_snapshot!(signed_in().run(&["orgs"]), @"
    exit: 1
    --- stdout ---
    Error: Failed to reach http://127.0.0.1:9: the connection was refused
    ");
}

#[test]
fn armoriq_orgs_of_a_broken_backend() {
    let service = Service::start();
    service.on("GET /iap/sdk/orgs", 500, &json!({ "statusCode": 500, "message": "Internal server error" }));
    insta::assert_snapshot!(signed_in_at(&service).run(&["orgs"]), @"
    exit: 1
    --- stdout ---
    Error: Failed to list orgs (HTTP 500).
    ");
}

#[test]
fn armoriq_lists_that_are_not_there_are_not_empty() {
    let service = Service::start();
    service.on(
        "GET /iap/sdk/orgs",
        404,
        &json!({ "statusCode": 404, "message": "Cannot GET /iap/sdk/orgs" }),
    );
    insta::assert_snapshot!(signed_in_at(&service).run(&["orgs"]), @"
    exit: 1
    --- stdout ---
    Error: Failed to list orgs (HTTP 404).
    ");
}

#[test]
fn armoriq_keys_list_for_programs_has_times_as_all_times_are() {
    let service = Service::start();
    let list = json!({ "data": [
        { "id": "k1", "name": "prod", "status": "active", "createdAt": "2026-04-22T08:48:08.000Z", "lastUsedAt": null, "expiresAt": null },
    ] });
    service.on("GET /api-keys", 200, &list);
    let said = signed_in_at(&service).run(&["keys", "list", "--json"]);
    assert!(said.contains("\"created_at\": \"2026-04-22T08:48:08Z\""), "{said}");
}

#[test]
fn armoriq_switch_org_saves_a_new_key_and_forgets_the_registration() {
    let service = Service::start();
    service.on(
        "POST /iap/sdk/switch-org",
        200,
        &json!({
            "api_key": "ak_live_of_the_other_organization",
            "org_id": "9a3e2c1d-0b5f-4e77-8a64-3f0c1b2d4e5f",
            "org_name": "Side Project",
        }),
    );
    let tool = signed_in_at(&service);
    let state = tool.write("home/.armoriq/state.json", "{}", 0o600);
    insta::assert_snapshot!(tool.run(&["switch-org", "Side Project"]), @"
    exit: 0
    --- stdout ---
    ✓ Switched to Side Project (org_id=9a3e2c1d-0b5f-4e77-8a64-3f0c1b2d4e5f)
    ✓ New API key saved.
      Previous agent registration cleared. Re-run `armoriq register` in this org.
    ");
    assert!(!state.exists());
    let request = &service.requests("POST /iap/sdk/switch-org")[0];
    assert_eq!(
        (request.headers["x-api-key"].as_str(), request.body.as_str()),
        (KEY, r#"{"org":"Side Project"}"#)
    );
    let kept = fs::read_to_string(file(&tool)).unwrap();
    let saved: Value = serde_json::from_str(&kept).unwrap();
    let expected = DOCUMENT
        .replace(KEY, "ak_live_of_the_other_organization")
        .replace("144e79f7-7873-41f1-aed8-0ebb5b108200", "9a3e2c1d-0b5f-4e77-8a64-3f0c1b2d4e5f")
        .replace("2026-04-22T08:48:08+00:00", saved["savedAt"].as_str().unwrap());
    assert_eq!((kept, mode(&file(&tool))), (expected, 0o600));
    insta::assert_snapshot!(tool.run(&["switch-org", "Side Project", "--key-name", "laptop"]), @"
    exit: 0
    --- stdout ---
    ✓ Switched to Side Project (org_id=9a3e2c1d-0b5f-4e77-8a64-3f0c1b2d4e5f)
    ✓ New API key saved.
    ");
    assert_eq!(
        service.requests("POST /iap/sdk/switch-org")[1].body,
        r#"{"org":"Side Project","keyName":"laptop"}"#
    );
}

#[test]
fn armoriq_switch_org_that_does_not_work() {
    let answered = |status: u16, body: &Value| {
        let service = Service::start();
        service.on("POST /iap/sdk/switch-org", status, body);
        let tool = signed_in_at(&service);
        let shown = tool.run(&["switch-org", "other"]);
        assert_eq!(fs::read_to_string(file(&tool)).unwrap(), DOCUMENT, "nothing is changed");
        shown
    };
    let says = |message: &str| format!("exit: 1\n--- stdout ---\nError: {message}\n");
    for (status, message, said) in [
        (401, "Unauthorized", "401 Unauthorized: API key rejected. Try `armoriq login` again."),
        (403, "Forbidden", "You are not a member of 'other'."),
        (404, "Not Found", "No organization named 'other' (or matching that id)."),
        (400, "The organization is suspended.", "The organization is suspended."),
        (409, "Conflict", "Switch failed (HTTP 409)."),
        (500, "Internal server error", "Switch failed (HTTP 500)."),
    ] {
        let body = json!({ "statusCode": status, "message": message });
        assert_eq!(answered(status, &body), says(said), "{status}");
    }
    assert_eq!(answered(400, &json!({})), says("Bad request."));
    assert_eq!(
        answered(200, &json!({ "org_id": "9a3e" })),
        says("Switch response missing api_key or org_id.")
    );
}

// Keys.

fn keys(count: usize) -> Value {
    let key = |number: usize| {
        json!({ "id": format!("k{number}"), "name": format!("key {number}"), "status": "active",
            "createdAt": "2026-04-22T08:48:08.000Z", "lastUsedAt": "2026-05-01T10:00:00.000Z", "expiresAt": null })
    };
    json!((1..=count).map(key).collect::<Vec<_>>())
}

#[test]
fn armoriq_keys_list() {
    let service = Service::start();
    let list = json!({ "data": [
        { "id": "k1", "name": "prod-2026-Q2", "status": "active", "createdAt": "2026-04-22T08:48:08.000Z", "lastUsedAt": "2026-05-01T10:00:00.000Z", "expiresAt": null },
        { "id": "k2", "name": "old", "status": "revoked", "createdAt": "2026-01-22T08:48:08.000Z", "lastUsedAt": null, "expiresAt": null },
    ] });
    service.on("GET /api-keys", 200, &list);
    let tool = signed_in_at(&service);
    insta::assert_snapshot!(tool.run(&["keys", "list"]), @"
    exit: 0
    --- stdout ---
      NAME          ID  STATUS    LAST USED
      -------------------------------------
      prod-2026-Q2  k1  active    2026-05-01T10:00:00.000Z
      old           k2  revoked   -
    ");
    assert_eq!(tool.run(&["keys"]), tool.run(&["keys", "list"]));
    assert_eq!(service.requests("GET /api-keys")[0].headers["x-api-key"], KEY);
}

#[test]
fn armoriq_keys_list_of_many_suggests_pruning() {
    let service = Service::start();
    service.on("GET /api-keys", 200, &keys(9));
    let shown = signed_in_at(&service).run(&["keys", "list"]);
    let advice = "! You have 9 API keys. Consider `armoriq keys prune` to revoke unused keys.\n";
    assert!(shown.ends_with(advice), "{shown}");
    let service = Service::start();
    service.on("GET /api-keys", 200, &keys(8));
    assert!(!signed_in_at(&service).run(&["keys", "list"]).contains("You have"));
}

#[test]
fn armoriq_keys_list_of_none() {
    let service = Service::start();
    service.on("GET /api-keys", 200, &json!([]));
    insta::assert_snapshot!(signed_in_at(&service).run(&["keys", "list"]), @"
    exit: 0
    --- stdout ---
    No API keys found for this account.
    ");
}

#[test]
fn armoriq_keys_revoke() {
    let service = Service::start();
    service.on("POST /api-keys/k1/revoke", 200, &json!({ "success": true }));
    insta::assert_snapshot!(signed_in_at(&service).run(&["keys", "revoke", "k1"]), @"
    exit: 0
    --- stdout ---
    ✓ Revoked key k1.
    ");
    let request = &service.requests("POST /api-keys/k1/revoke")[0];
    assert_eq!((request.headers["x-api-key"].as_str(), request.body.as_str()), (KEY, "{}"));
    insta::assert_snapshot!(signed_in_at(&service).run(&["keys", "revoke", "k9"]), @"
    exit: 1
    --- stdout ---
    Error: Failed to revoke key (HTTP 404): not_found
    ");
}

#[test]
fn armoriq_keys_prune_shows_the_candidates_and_revokes_them_with_yes() {
    let service = Service::start();
    let list = json!({ "data": [
        { "id": "k1", "name": "in use", "status": "active", "createdAt": "2026-04-22T08:48:08.000Z", "lastUsedAt": "2999-01-01T00:00:00.000Z", "expiresAt": null },
        { "id": "k2", "name": "long unused", "status": "active", "createdAt": "2020-01-22T08:48:08.000Z", "lastUsedAt": "2020-02-22T08:48:08.000Z", "expiresAt": null },
        { "id": "k3", "name": "never used", "status": "active", "createdAt": "2020-01-22T08:48:08.000Z", "lastUsedAt": null, "expiresAt": null },
        { "id": "k4", "name": "revoked", "status": "revoked", "createdAt": "2020-01-22T08:48:08.000Z", "lastUsedAt": null, "expiresAt": null },
    ] });
    service.on("GET /api-keys", 200, &list);
    service.on("POST /api-keys/k2/revoke", 500, &json!({ "message": "not now" }));
    service.on("POST /api-keys/k3/revoke", 200, &json!({}));
    let tool = signed_in_at(&service);
    insta::assert_snapshot!(tool.run(&["keys", "prune"]), @"
    exit: 0
    --- stdout ---
    Found 2 prune candidate(s):
      long unused  k2
      never used  k3
    Re-run with --yes to actually revoke these.
    ");
    assert_eq!(service.all_requests().len(), 1, "nothing is revoked yet");
    insta::assert_snapshot!(tool.run(&["keys", "prune", "--yes"]), @"
    exit: 0
    --- stdout ---
    Found 2 prune candidate(s):
      long unused  k2
      never used  k3
    ✘ Failed to revoke k2: [server] can't answer now (status 500).
    ✓ Revoked key k3.
    ");
}

#[test]
fn armoriq_keys_prune_with_nothing_to_prune() {
    let service = Service::start();
    service.on("GET /api-keys", 200, &json!([]));
    insta::assert_snapshot!(signed_in_at(&service).run(&["keys", "prune"]), @"
    exit: 0
    --- stdout ---
    Nothing to prune — all keys are either active, recent, or already revoked.
    ");
}

// What the agent's own program left.

#[test]
fn armoriq_status_shows_the_registration() {
    let tool = signed_in();
    let state = json!({
        "agent_id": "my-agent", "user_id": "default", "environment": "sandbox",
        "registered_at": "2026-04-22T08:48:08+00:00", "proxy_endpoint": "https://proxy.armoriq.ai",
        "mcp_servers": ["files", "mail"],
    });
    tool.write("home/.armoriq/state.json", &state.to_string(), 0o644);
    insta::assert_snapshot!(tool.run(&["status"]), @"
    exit: 0
    --- stdout ---
    Agent: my-agent
    User: default
    Environment: sandbox
    Registered at: 2026-04-22T08:48:08+00:00
    Proxy endpoint: https://proxy.armoriq.ai
    MCP servers: files, mail
    ");
}

#[test]
fn armoriq_status_without_a_registration() {
    insta::assert_snapshot!(signed_in().run(&["status"]), @"
    exit: 1
    --- stdout ---
    No local registration state found. Run `armoriq register` first.
    ");
}

#[test]
fn armoriq_logs_shows_what_the_program_did() {
    let tool = signed_in();
    let log = "{\"timestamp\":\"2026-04-22T08:48:08+00:00\",\"event\":\"register\",\"details\":{\"agent\":\"my-agent\"}}\nnot a line of it\n";
    tool.write("home/.armoriq/cli.log", log, 0o644);
    insta::assert_snapshot!(tool.run(&["logs"]), @r#"
    exit: 0
    --- stdout ---
    [2026-04-22T08:48:08+00:00] register: {"agent":"my-agent"}
    not a line of it
    "#);
    insta::assert_snapshot!(tool.run(&["logs", "--no-follow"]), @r#"
    exit: 0
    --- stdout ---
    [2026-04-22T08:48:08+00:00] register: {"agent":"my-agent"}
    not a line of it
    "#);
}

#[test]
fn armoriq_logs_without_any() {
    insta::assert_snapshot!(signed_in().run(&["logs"]), @"
    exit: 0
    --- stdout ---
    No CLI logs found yet.
    ");
}

// The product's own program.

/// A program of this name on the path that says what it was given.
fn with_program(tool: Tool, name: &str) -> Tool {
    let script = "#!/bin/sh\necho \"$@\"\necho \"key: $ARMORIQ_API_KEY\"\necho \"backend: $ARMORIQ_BACKEND_URL\"\nexit 7\n";
    tool.write(&format!("bin/{name}"), script, 0o755);
    let folder = tool.path("bin");
    tool.set("PATH", folder.to_str().unwrap())
}

#[test]
fn armoriq_init_validate_and_register_are_done_by_its_own_program() {
    let tool = with_program(signed_in(), "armoriq-cli");
    for command in ["init", "validate", "register"] {
        let shown = tool.run(&[command, "--config", "armoriq.yaml", "--help"]);
        let key = format!("key: {KEY}\nbackend: http://127.0.0.1:9\n");
        assert_eq!(shown, format!("exit: 7\n--- stdout ---\n{command} --config armoriq.yaml --help\n{key}"));
    }
}

#[test]
fn armoriq_a_program_needs_a_key_except_for_init() {
    let tool = with_program(Tool::called("armoriq"), "armoriq-cli");
    insta::assert_snapshot!(tool.run(&["init"]), @"
    exit: 7
    --- stdout ---
    init
    key: 
    backend:
    ");
    insta::assert_snapshot!(tool.run(&["register"]), @"
    exit: 1
    --- stderr ---
    ConfigurationException: API key is required. Set ARMORIQ_API_KEY environment variable or run `armoriq login`. Get your API key from https://platform.armoriq.ai/dashboard/api-keys
    ");
}

#[test]
fn armoriq_a_link_of_the_programs_name_does_not_call_itself() {
    let tool = signed_in();
    fs::create_dir(tool.path("bin")).unwrap();
    std::os::unix::fs::symlink(crate::tool::DOORKEY, tool.path("bin/armoriq")).unwrap();
    fs::copy(crate::tool::DOORKEY, tool.path("bin/armoriq-cli")).unwrap();
    let folder = tool.path("bin");
    insta::assert_snapshot!(tool.set("PATH", folder.to_str().unwrap()).run(&["validate"]), @"
    exit: 1
    --- stderr ---
    error: `validate` is done by ArmorIQ's own program, and there is none on your PATH: `armoriq-cli` or `armoriq`.
    hint: Install it with `pip install armoriq-sdk`.
    ");
}

#[test]
fn armoriq_without_its_own_program_the_command_says_what_is_missing() {
    insta::assert_snapshot!(signed_in().run(&["register"]), @"
    exit: 1
    --- stderr ---
    error: `register` is done by ArmorIQ's own program, and there is none on your PATH: `armoriq-cli` or `armoriq`.
    hint: Install it with `pip install armoriq-sdk`.
    ");
}

// The rest.

#[test]
fn armoriq_lists_its_commands() {
    insta::assert_snapshot!(Tool::called("armoriq").run(&["-h"]), @"
    exit: 0
    --- stdout ---
    Sign in to command-line tools

    Usage: armoriq [OPTIONS] <COMMAND>

    Commands:
      login        Authenticate this workstation and save an API key
      logout       Delete the local credentials file
      whoami       Show the current identity, without asking the network
      token        Print the token alone, for scripts; it is renewed first when it is about to expire
      exec         Run a command with the token in the variables that the tool's own programs read
      helper       Give the token to git, docker, cargo, kubectl, npm or Bazel, in their own protocols
      import       Take the token that gh, npm, uv or docker has for the tool's server
      doctor       Look for what keeps signing in from working, and say what to do about it
      storage      Show where the credential is kept and whether that works, or move it
      tokens       List, make, replace and revoke your personal access tokens
      keys         List, revoke and prune your API keys
      orgs         List the organizations you belong to
      switch-org   Act for another organization, with a new key
      profiles     Keep several accounts, servers and organizations side by side
      account      The tool's commands for tokens, keys and organizations under Doorkey's own names
      app          Make and check manifests, and print their schema
      completions  Print what a shell needs to complete this command
      man          Print the manual's page of this command, or write those of all commands
      init         Write an armoriq.yaml (done by the product's own program)
      validate     Check an armoriq.yaml (done by the product's own program)
      register     Register the agent of an armoriq.yaml (done by the product's own program)
      logs         Show what the product's own program did on this machine
      status       Show the agent that is registered on this machine

    Options:
          --api <URL>           The backend, in place of the usual one [aliases: --server, --backend]
          --credential <TOKEN>  A token for this one command; `-` reads it from standard input (what
                                stands here stays in the shell's history)
          --frontend <URL>      The address of the tool's web pages, instead of the manifest's
          --profile <NAME>      The profile to use: an account, a server and an organization under a
                                name of yours
          --json                Print JSON instead of text
      -v, --verbose             Say more about what goes wrong
      -h, --help                Print help (see more with '--help')
      -V, --version             Print version
    ");
    insta::assert_snapshot!(Tool::called("armoriq").run(&["login", "-h"]), @"
    exit: 0
    --- stdout ---
    Authenticate this workstation and save an API key

    Usage: armoriq login [OPTIONS]
           armoriq login <COMMAND>

    Commands:
      resume  Finish a sign-in that `login --no-wait` began

    Options:
          --device                     Sign in with a code, in a browser on any device
          --no-browser                 Open no browser; print the link
          --token [<TOKEN>]            Save this token instead of signing in with a browser; `-`, or no
                                       value, reads it from standard input
          --timeout <DURATION>         How long to wait for you: `90s`, `5m`, `1h`, or a number of
                                       seconds
          --poll-interval <DURATION>   How long to pause between two questions to the server, instead of
                                       what it asks for
          --scope <SCOPE>              Ask for this scope; may be given several times
          --org <ORG>                  The organization to sign in to: its id or name
          --product <NAME>             The tool of the family that signs in
          --storage <KIND>             Where to keep the credential: `file`, `keyring`, `encrypted`,
                                       `memory` or `command`; kept to from now on
          --insecure-storage           Keep the credential in a plain file that only you can read: the
                                       same as `--storage file`
          --browser-command <COMMAND>  The program that opens the page, with its arguments; `%s` stands
                                       for the address
          --qr                         Show the link as a QR code, too, for the camera of a phone; signs
                                       in with a code
          --no-wait                    Begin the sign-in and don't wait for you; `login resume` finishes
                                       it
          --api <URL>                  The backend, in place of the usual one [aliases: --server,
                                       --backend]
          --credential <TOKEN>         A token for this one command; `-` reads it from standard input
                                       (what stands here stays in the shell's history)
          --frontend <URL>             The address of the tool's web pages, instead of the manifest's
          --profile <NAME>             The profile to use: an account, a server and an organization
                                       under a name of yours
          --json                       Print JSON instead of text
      -v, --verbose                    Say more about what goes wrong
      -h, --help                       Print help (see more with '--help')
    ");
    insta::assert_snapshot!(Tool::called("armoriq").run(&["--version"]), @"
    exit: 0
    --- stdout ---
    armoriq 0.6.10 (doorkey 0.1.0)
    ");
}

#[test]
fn armoriq_goes_by_its_other_name() {
    let tool = Tool::called("armoriq-cli");
    tool.write(FILE, DOCUMENT, 0o600);
    assert!(tool.run(&["whoami"]).starts_with("exit: 0\n--- stdout ---\nArmorIQ Credentials\n"));
}
