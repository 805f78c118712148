//! Arkor: `login` through Auth0 or without an account, `logout`, `whoami`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, ChildStdout};
use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use super::{parameter, parameters, visit};
use crate::service::{Request, Service};
use crate::terminal::Session;
use crate::tool::{Tool, mode};

const CONFIG: &str = "GET /v1/auth/cli/config";
const ANONYMOUS: &str = "POST /v1/auth/anonymous";
const CLAIM: &str = "POST /v1/auth/claim";
const TOKEN: &str = "POST /oauth/token";
const ME: &str = "GET /v1/me";
const FILE: &str = "home/.arkor/credentials.json";
const STATE: &str = ".arkor/state.json";

/// The cloud API, and Auth0 behind a second door with TLS.
struct Cloud {
    service: Service,
    auth0: String,
    certificate: String,
}

impl Cloud {
    /// One where signing in with Auth0 is configured, with any port for the way home.
    fn new() -> Cloud {
        Cloud::with_ports(&json!([0]))
    }

    fn with_ports(ports: &Value) -> Cloud {
        let service = Service::start();
        let (auth0, certificate) = service.with_tls();
        let cloud = Cloud { service, auth0, certificate };
        let config = json!({
            "auth0Domain": cloud.auth0, "clientId": "client-1", "audience": "https://api.arkor.ai",
            "callbackPorts": ports,
        });
        cloud.service.on(CONFIG, 200, &config);
        cloud.service.on(ANONYMOUS, 200, &anonymous());
        cloud
    }

    /// One where it isn't.
    fn without_auth0() -> Cloud {
        let cloud = Cloud::new();
        let config = json!({ "auth0Domain": null, "clientId": null, "audience": null, "callbackPorts": [] });
        cloud.service.forget(CONFIG).on(CONFIG, 200, &config);
        cloud
    }

    /// Somebody over SSH who uses this cloud, and trusts its Auth0.
    fn person(&self) -> Tool {
        let tool = at(&self.service.url()).hide(&self.service.url(), "[api]").hide(&self.auth0, "[auth0]");
        let certificate = tool.write("auth0.pem", &self.certificate, 0o644);
        tool.set("SSL_CERT_FILE", certificate.to_str().unwrap())
    }

    /// Auth0 gives tokens.
    fn approves(&self) {
        self.service.on(TOKEN, 200, &tokens("2"));
    }

    fn lines(&self) -> Vec<String> {
        self.service.all_requests().into_iter().map(|request| request.line).collect()
    }
}

fn at(api: &str) -> Tool {
    let tool = Tool::called("arkor").set("SSH_TTY", "/dev/pts/0").set("ARKOR_CLOUD_API_URL", api);
    // A project in the folder where the command runs.
    tool.write(STATE, PROJECT, 0o644);
    tool
}

const PROJECT: &str = r#"{"orgSlug":"acme","projectSlug":"one","projectId":"p1"}"#;

fn is_untouched(tool: &Tool) {
    assert_eq!(fs::read_to_string(tool.path(STATE)).unwrap(), PROJECT);
    let beside = fs::read_dir(tool.path(".arkor")).unwrap().count();
    assert_eq!(beside, 1, "nothing is put beside it");
}

fn anonymous() -> Value {
    json!({
        "token": "anon-token-1", "anonymousId": "anon_42", "kind": "cli",
        "personalOrg": { "id": "o1", "slug": "anon-42", "name": "Anonymous" },
    })
}

fn tokens(number: &str) -> Value {
    json!({
        "access_token": format!("at-{number}"), "refresh_token": format!("rt-{number}"), "expires_in": 86400,
        "id_token": "not.used.here", "token_type": "Bearer",
    })
}

fn anonymous_file(api: &str) -> String {
    format!(
        r#"{{
  "mode": "anon",
  "token": "anon-token-1",
  "anonymousId": "anon_42",
  "arkorCloudApiUrl": "{api}",
  "orgSlug": "anon-42"
}}"#
    )
}

fn now() -> i64 {
    i64::try_from(UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap()
}

/// Signed in with Auth0, until so many seconds from now.
fn account_file(auth0: &str, seconds: i64) -> String {
    let end = now() + seconds;
    format!(
        r#"{{
  "mode": "auth0",
  "accessToken": "at-1",
  "refreshToken": "rt-1",
  "expiresAt": {end},
  "auth0Domain": "{auth0}",
  "audience": "https://api.arkor.ai",
  "clientId": "client-1"
}}"#
    )
}

/// Signed in with Auth0 at a cloud that answers this to the question who it is.
fn asked(status: u16, headers: &str, body: &Value) -> (Cloud, Tool) {
    let cloud = Cloud::new();
    cloud.service.on_with(ME, status, headers, body);
    let tool = cloud.person();
    tool.write(FILE, &account_file(&cloud.auth0, 3600), 0o600);
    // What it refuses is renewed once before that is believed; here there is nothing to renew.
    cloud.service.on(TOKEN, 503, &json!({}));
    (cloud, tool)
}

fn ada() -> Value {
    json!({
        "user": { "id": "u1", "email": "ada@example.com", "admin": false },
        "orgs": [{ "id": "o1", "slug": "acme", "name": "Acme" }, { "id": "o2" }],
    })
}

fn body(request: &Request) -> Value {
    serde_json::from_str(&request.body).unwrap()
}

/// A login that waits for its browser.
struct Waiting {
    child: Child,
    out: BufReader<ChildStdout>,
    said: String,
    link: String,
}

impl Waiting {
    fn start(tool: &Tool, arguments: &[&str]) -> Waiting {
        Waiting::until_link(tool.start(arguments))
    }

    fn until_link(mut child: Child) -> Waiting {
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        loop {
            let mut line = String::new();
            assert!(out.read_line(&mut line).unwrap() > 0, "no link: {said}");
            said.push_str(&line);
            if let Some(link) = line.strip_prefix("Browser: ") {
                return Waiting { child, out, said, link: link.trim_end().to_owned() };
            }
        }
    }

    fn home(&self) -> String {
        parameter(&self.link, "redirect_uri")
    }

    /// What Auth0 does when the person has agreed.
    fn come_home(&self) -> u16 {
        visit(&format!("{}?code=the-code&state={}", self.home(), parameter(&self.link, "state")))
    }

    /// How it ends: the exit code, everything on standard output, everything on standard error.
    fn end(mut self, tool: &Tool) -> String {
        self.out.read_to_string(&mut self.said).unwrap();
        let output = self.child.wait_with_output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        let mut shown = format!("exit: {}\n--- stdout ---\n{}", output.status.code().unwrap(), self.said);
        if !errors.is_empty() {
            shown.extend(["--- stderr ---\n", &errors]);
        }
        tool.tidy(&shown.replace(&self.link, "[link]"))
    }
}

// login with Auth0

#[test]
fn arkor_login_reads_the_configuration_and_signs_in_with_auth0() {
    let cloud = Cloud::new();
    cloud.approves();
    let tool = cloud.person();
    let waiting = Waiting::start(&tool, &["login"]);
    let link = waiting.link.clone();
    assert!(link.starts_with(&format!("https://{}/authorize?", cloud.auth0)), "{link}");
    assert_eq!(
        parameters(&link),
        [
            "response_type",
            "client_id",
            "redirect_uri",
            "scope",
            "audience",
            "state",
            "code_challenge",
            "code_challenge_method"
        ]
    );
    assert_eq!(parameter(&link, "client_id"), "client-1");
    assert_eq!(parameter(&link, "audience"), "https://api.arkor.ai");
    assert_eq!(parameter(&link, "scope").replace('+', " "), "openid profile email offline_access");
    assert_eq!(parameter(&link, "code_challenge").len(), 43);
    assert_eq!(parameter(&link, "code_challenge_method"), "S256");
    let home = waiting.home();
    assert!(home.starts_with("http://127.0.0.1:") && home.ends_with("/callback"), "{home}");
    assert_eq!(waiting.come_home(), 200);
    insta::assert_snapshot!(waiting.end(&tool), @"
    exit: 0
    --- stdout ---
    Browser: [link]
    Waiting for browser callback
    Signed in
    ");

    let exchange = cloud.service.requests(TOKEN).remove(0);
    let sent = body(&exchange);
    assert_eq!(exchange.headers["content-type"], "application/json");
    assert!(!exchange.headers.contains_key("x-arkor-client"), "Auth0 isn't told");
    assert_eq!(sent["code_verifier"].as_str().unwrap().len(), 43);
    assert_eq!(
        sent,
        json!({
            "grant_type": "authorization_code", "code": "the-code", "code_verifier": sent["code_verifier"],
            "client_id": "client-1", "redirect_uri": home,
        })
    );
    is_untouched(&tool);
}

#[test]
fn arkor_login_writes_the_tokens_with_the_mode_auth0() {
    let cloud = Cloud::new();
    cloud.approves();
    let tool = cloud.person();
    let begun = now();
    let waiting = Waiting::start(&tool, &["login"]);
    waiting.come_home();
    waiting.end(&tool);
    let written = fs::read_to_string(tool.path(FILE)).unwrap();
    let expires_at = serde_json::from_str::<Value>(&written).unwrap()["expiresAt"].as_i64().unwrap();
    assert!((begun + 86400..=now() + 86400).contains(&expires_at), "{written}");
    let tool = tool.hide(&expires_at.to_string(), "[in a day]");
    insta::assert_snapshot!(tool.tidy(&written), @r#"
    {
      "mode": "auth0",
      "accessToken": "at-2",
      "refreshToken": "rt-2",
      "expiresAt": [in a day],
      "auth0Domain": "[auth0]",
      "audience": "https://api.arkor.ai",
      "clientId": "client-1"
    }
    "#);
    assert!(written.ends_with('}'), "no line break at the end");
    assert_eq!((mode(&tool.path(FILE)), mode(&tool.path("home/.arkor"))), (0o600, 0o700));
}

#[test]
fn arkor_login_opens_the_browser_and_prints_the_url_all_the_same() {
    let cloud = Cloud::new();
    let tool = cloud.person().unset("SSH_TTY").with_browser();
    let waiting = Waiting::start(&tool, &["login", "--timeout", "2s"]);
    assert_eq!(tool.opened(), waiting.link);
    insta::assert_snapshot!(waiting.end(&tool), @"
    exit: 1
    --- stdout ---
    Browser: [link]
    Waiting for browser callback
    Login failed
    --- stderr ---
    error: Nobody approved the sign-in within 2 seconds.
    hint: Run login again; `--timeout` makes it wait longer.
    ");
}

#[test]
fn arkor_login_no_browser_prints_the_url_and_opens_nothing() {
    let cloud = Cloud::new();
    cloud.approves();
    let tool = cloud.person().unset("SSH_TTY").with_browser();
    let waiting = Waiting::start(&tool, &["login", "--no-browser"]);
    waiting.come_home();
    insta::assert_snapshot!(waiting.end(&tool), @"
    exit: 0
    --- stdout ---
    Browser: [link]
    Waiting for browser callback
    Signed in
    ");
    assert!(!tool.path("opened").exists());
}

#[test]
fn arkor_login_says_nothing_more_where_the_browser_cannot_be_started() {
    let cloud = Cloud::new();
    cloud.approves();
    let tool = cloud.person().unset("SSH_TTY").set("BROWSER", "/nonexistent").set("PATH", "/nonexistent");
    let waiting = Waiting::start(&tool, &["login"]);
    waiting.come_home();
    insta::assert_snapshot!(waiting.end(&tool), @"
    exit: 0
    --- stdout ---
    Browser: [link]
    Waiting for browser callback
    Signed in
    ");
}

#[test]
fn arkor_login_takes_the_first_of_the_clouds_ports_that_is_free() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let ports = [taken.local_addr().unwrap().port(), free.local_addr().unwrap().port()];
    drop(free);
    let cloud = Cloud::with_ports(&json!(ports));
    cloud.approves();
    let tool = cloud.person();
    let waiting = Waiting::start(&tool, &["login"]);
    assert_eq!(waiting.home(), format!("http://127.0.0.1:{}/callback", ports[1]));
    assert_eq!(waiting.come_home(), 200);
    assert!(waiting.end(&tool).starts_with("exit: 0\n"));
}

#[test]
fn arkor_login_without_a_free_port() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let cloud = Cloud::with_ports(&json!([port]));
    let tool = cloud.person().hide(&port.to_string(), "[port]");
    insta::assert_snapshot!(tool.run(&["login"]), @"
    exit: 1
    --- stderr ---
    Unable to bind any of the loopback ports [port]. The Auth0 Application must list at least one of these as an Allowed Callback URL: another program uses it
    ");
}

#[test]
fn arkor_login_state_mismatch_ends_it_before_the_code_is_exchanged() {
    let cloud = Cloud::new();
    cloud.approves();
    let tool = cloud.person();
    let waiting = Waiting::start(&tool, &["login"]);
    let home = waiting.home();
    assert_eq!(visit(&format!("{home}?code=a-stale-code&state=of-a-stale-tab")), 400);
    insta::assert_snapshot!(waiting.end(&tool), @"
    exit: 1
    --- stdout ---
    Browser: [link]
    Waiting for browser callback
    Login failed
    --- stderr ---
    State mismatch — aborting to prevent CSRF
    ");
    assert!(cloud.service.requests(TOKEN).is_empty());
    assert!(!tool.path(FILE).exists());
    let authority = home.strip_prefix("http://").unwrap().split_once('/').unwrap().0;
    assert!(std::net::TcpStream::connect(authority).is_err(), "the loopback server is closed");
}

#[test]
fn arkor_login_goes_on_waiting_at_whatever_else_comes_to_the_port() {
    let cloud = Cloud::new();
    cloud.approves();
    let tool = cloud.person();
    let waiting = Waiting::start(&tool, &["login"]);
    let home = waiting.home();
    let root = home.strip_suffix("/callback").unwrap();
    assert_eq!(visit(&format!("{root}/favicon.ico")), 404);
    assert_eq!(visit(&home), 400, "neither code nor state");
    assert_eq!(waiting.come_home(), 200);
    assert!(waiting.end(&tool).starts_with("exit: 0\n"));
}

#[test]
fn arkor_login_without_a_refresh_token() {
    let cloud = Cloud::new();
    cloud.service.on(TOKEN, 200, &json!({ "access_token": "at-2", "expires_in": 86400 }));
    let tool = cloud.person();
    let waiting = Waiting::start(&tool, &["login"]);
    waiting.come_home();
    insta::assert_snapshot!(waiting.end(&tool), @"
    exit: 1
    --- stdout ---
    Browser: [link]
    Waiting for browser callback
    Login failed
    --- stderr ---
    Auth0 did not return a refresh token. Make sure the Application has 'offline_access' scope enabled.
    ");
    assert!(!tool.path(FILE).exists());
}

#[test]
fn arkor_login_that_auth0_refuses() {
    let cloud = Cloud::new();
    let tool = cloud.person();
    let refuse = |answer: &str| {
        let waiting = Waiting::start(&tool, &["login"]);
        let state = parameter(&waiting.link, "state");
        assert_eq!(visit(&format!("{}?{answer}&state={state}", waiting.home())), 400);
        waiting.end(&tool)
    };
    insta::assert_snapshot!(refuse("error=access_denied&error_description=Not%20today."), @"
    exit: 1
    --- stdout ---
    Browser: [link]
    Waiting for browser callback
    Login failed
    --- stderr ---
    Authentication failed: access_denied Not today.
    ");
    insta::assert_snapshot!(refuse("error=unauthorized_client"), @"
    exit: 1
    --- stdout ---
    Browser: [link]
    Waiting for browser callback
    Login failed
    --- stderr ---
    Authentication failed: unauthorized_client
    ");
}

#[test]
fn arkor_login_whose_code_auth0_does_not_take() {
    let cloud = Cloud::new();
    cloud.service.on(TOKEN, 403, &json!({ "error": "invalid_grant" }));
    let tool = cloud.person();
    let waiting = Waiting::start(&tool, &["login"]);
    waiting.come_home();
    insta::assert_snapshot!(waiting.end(&tool), @r#"
    exit: 1
    --- stdout ---
    Browser: [link]
    Waiting for browser callback
    Login failed
    --- stderr ---
    Auth0 token exchange failed (403): {"error":"invalid_grant"}
    "#);
}

#[test]
fn arkor_login_where_auth0_breaks_off() {
    let cloud = Cloud::new();
    cloud.service.on_nothing(TOKEN);
    let tool = cloud.person();
    let waiting = Waiting::start(&tool, &["login"]);
    waiting.come_home();
    insta::assert_snapshot!(waiting.end(&tool), @"
    exit: 1
    --- stdout ---
    Browser: [link]
    Waiting for browser callback
    Login failed
    --- stderr ---
    The answer of https://[auth0] couldn't be read: it stopped in the middle.
    ");
}

#[test]
fn arkor_login_without_a_configuration() {
    let cloud = Cloud::new();
    cloud.service.forget(CONFIG).on(CONFIG, 503, &json!({}));
    insta::assert_snapshot!(cloud.person().run(&["login"]), @"
    exit: 1
    --- stderr ---
    Failed to fetch CLI config from [api] (503)
    ");
    assert_eq!(cloud.lines(), [CONFIG; 3], "asked again, and nothing else");
}

#[test]
fn arkor_login_where_the_cloud_cannot_be_reached() {
    insta::assert_snapshot!(at("http://127.0.0.1:9").run(&["login"]), @"
    exit: 1
    --- stderr ---
    http://127.0.0.1:9 can't be reached: the connection was refused.
    ");
}

#[test]
fn arkor_login_asks_for_the_configuration_without_saying_its_version() {
    let cloud = Cloud::without_auth0();
    cloud.person().run(&["login"]);
    let requests = cloud.service.all_requests();
    assert!(!requests[0].headers.contains_key("x-arkor-client"));
    assert_eq!(requests[1].headers["x-arkor-client"], "arkor/0.0.1-alpha.3");
}

// login without an account

#[test]
fn arkor_login_is_anonymous_where_auth0_is_not_configured() {
    let cloud = Cloud::without_auth0();
    let tool = cloud.person();
    insta::assert_snapshot!(tool.run(&["login"]), @"
    exit: 0
    --- stdout ---
    Auth0 is not configured — continuing with an anonymous session.
    Requesting anonymous token
    Anonymous id: anon_42
    Signed in anonymously (personal org: anon-42).
    ");
    assert_eq!(cloud.lines(), [CONFIG, ANONYMOUS]);
    is_untouched(&tool);
}

#[test]
fn arkor_login_is_anonymous_where_one_of_auth0s_settings_is_missing() {
    for missing in ["auth0Domain", "clientId", "audience"] {
        let cloud = Cloud::new();
        let mut config = json!({
            "auth0Domain": "auth.arkor.ai", "clientId": "c", "audience": "a", "callbackPorts": [52521],
        });
        config[missing] = json!("");
        cloud.service.forget(CONFIG).on(CONFIG, 200, &config);
        let said = cloud.person().run(&["login"]);
        assert!(
            said.contains("\nAuth0 is not configured — continuing with an anonymous session.\n"),
            "{said}"
        );
    }
}

#[test]
fn arkor_login_anonymous_skips_auth0() {
    let cloud = Cloud::new();
    let tool = cloud.person();
    insta::assert_snapshot!(tool.run(&["login", "--anonymous"]), @"
    exit: 0
    --- stdout ---
    Requesting anonymous token
    Anonymous id: anon_42
    Signed in anonymously (personal org: anon-42).
    ");
    assert_eq!(cloud.lines(), [CONFIG, ANONYMOUS]);
    let asked = cloud.service.requests(ANONYMOUS).remove(0);
    assert_eq!(body(&asked), json!({ "kind": "cli" }));
    assert_eq!(asked.headers["content-type"], "application/json");
    assert_eq!(asked.headers["x-arkor-client"], "arkor/0.0.1-alpha.3");
    assert!(!asked.headers.contains_key("authorization"));
    is_untouched(&tool);
}

#[test]
fn arkor_login_anonymous_writes_the_token_with_the_mode_anon() {
    let cloud = Cloud::new();
    let tool = cloud.person();
    tool.run(&["login", "--anonymous"]);
    let written = fs::read_to_string(tool.path(FILE)).unwrap();
    assert_eq!(written, anonymous_file(&cloud.service.url()));
    assert_eq!((mode(&tool.path(FILE)), mode(&tool.path("home/.arkor"))), (0o600, 0o700));
}

#[test]
fn arkor_login_anonymous_does_not_depend_on_the_configuration() {
    let cloud = Cloud::new();
    cloud.service.forget(CONFIG).on(CONFIG, 426, &json!({}));
    let said = cloud.person().run(&["login", "--anonymous", "--no-browser"]);
    assert!(said.starts_with("exit: 0\n"), "{said}");
}

#[test]
fn arkor_login_anonymous_again_is_another_workspace() {
    let cloud = Cloud::new();
    let tool = cloud.person();
    tool.run(&["login", "--anonymous"]);
    let mut another = anonymous();
    another["anonymousId"] = json!("anon_43");
    cloud.service.forget(ANONYMOUS).on(ANONYMOUS, 200, &another);
    tool.run(&["login", "--anonymous"]);
    let written = fs::read_to_string(tool.path(FILE)).unwrap();
    assert_eq!(written, anonymous_file(&cloud.service.url()).replace("anon_42", "anon_43"));
}

#[test]
fn arkor_login_anonymous_that_is_refused() {
    for status in [401, 403, 429, 500] {
        let cloud = Cloud::new();
        cloud.service.forget(ANONYMOUS).on(ANONYMOUS, status, &json!({ "error": "Sign-in is required" }));
        let tool = cloud.person().hide(&format!("({status})"), "([status])");
        insta::allow_duplicates! {
            insta::assert_snapshot!(tool.run(&["login", "--anonymous"]), @r#"
            exit: 1
            --- stdout ---
            Requesting anonymous token
            --- stderr ---
            Failed to acquire anonymous token ([status]): {"error":"Sign-in is required"}
            "#);
        }
        assert!(!tool.path(FILE).exists());
    }
}

#[test]
fn arkor_login_anonymous_whose_answer_is_not_whole() {
    let cloud = Cloud::new();
    let part = json!({ "token": "t", "anonymousId": "a", "kind": "cli" });
    cloud.service.forget(ANONYMOUS).on(ANONYMOUS, 200, &part);
    insta::assert_snapshot!(cloud.person().run(&["login", "--anonymous"]), @"
    exit: 1
    --- stdout ---
    Requesting anonymous token
    --- stderr ---
    [api] answered `anonymous` with success, but not with a whole credential (status 200).
    ");
}

#[test]
fn arkor_login_after_anonymous_brings_the_work_along() {
    let cloud = Cloud::new();
    cloud.approves();
    cloud.service.on(CLAIM, 200, &json!({ "org": { "id": "o9", "slug": "ada", "name": "Ada" } }));
    let tool = cloud.person();
    tool.run(&["login", "--anonymous"]);
    let waiting = Waiting::start(&tool, &["login"]);
    waiting.come_home();
    insta::assert_snapshot!(waiting.end(&tool), @"
    exit: 0
    --- stdout ---
    Browser: [link]
    Waiting for browser callback
    Signed in
    --- stderr ---
    What you did without an account is yours now: Ada.
    ");
    let claim = cloud.service.requests(CLAIM).remove(0);
    assert_eq!(claim.headers["authorization"], "Bearer at-2");
    assert_eq!(body(&claim), json!({ "anonymousToken": "anon-token-1" }));
    let written: Value = serde_json::from_str(&fs::read_to_string(tool.path(FILE)).unwrap()).unwrap();
    let keys: Vec<&String> = written.as_object().unwrap().keys().collect();
    let expected =
        ["mode", "accessToken", "refreshToken", "expiresAt", "auth0Domain", "audience", "clientId"];
    assert_eq!(keys, expected, "nothing of the anonymous session is left");
}

#[test]
fn arkor_login_after_anonymous_keeps_the_work_where_the_cloud_cannot_take_it() {
    let cloud = Cloud::new();
    cloud.approves();
    let tool = cloud.person();
    tool.run(&["login", "--anonymous"]);
    let waiting = Waiting::start(&tool, &["login"]);
    waiting.come_home();
    insta::assert_snapshot!(waiting.end(&tool), @"
    exit: 1
    --- stdout ---
    Browser: [link]
    Waiting for browser callback
    Login failed
    --- stderr ---
    error: What you did without an account can't be taken along here, so everything stays as it is.
    hint: To sign in all the same and leave it behind, pass `-y`.
    ");
    assert_eq!(fs::read_to_string(tool.path(FILE)).unwrap(), anonymous_file(&cloud.service.url()));
}

// logout

#[test]
fn arkor_logout_without_a_file() {
    let tool = at("http://127.0.0.1:9");
    insta::assert_snapshot!(tool.run(&["logout"]), @"
    exit: 0
    --- stdout ---
    No credentials on file.
    ");
    is_untouched(&tool);
}

#[test]
fn arkor_logout_asks_and_enter_deletes() {
    let tool = at("http://127.0.0.1:9");
    tool.write(FILE, &account_file("auth.arkor.ai", 3600), 0o600);
    let mut session = Session::start(&tool, &["logout"]);
    session.expect("[Y/n] ");
    session.press("\n");
    insta::assert_snapshot!(session.end(&tool), @"
    exit: Some(0)
    Delete [home]/.arkor/credentials.json? [Y/n] 
    Removed [home]/.arkor/credentials.json.
    ");
    assert!(!tool.path(FILE).exists());
    is_untouched(&tool);
}

#[test]
fn arkor_logout_declined() {
    let tool = at("http://127.0.0.1:9");
    tool.write(FILE, &anonymous_file("http://127.0.0.1:9"), 0o600);
    let mut session = Session::start(&tool, &["logout"]);
    session.expect("[Y/n] ");
    session.press("n\n");
    insta::assert_snapshot!(session.end(&tool), @"
    exit: Some(0)
    Delete [home]/.arkor/credentials.json? [Y/n] n
    Aborted.
    ");
    assert!(tool.path(FILE).exists());
}

#[test]
fn arkor_logout_yes_skips_the_prompt_and_asks_no_server() {
    for flag in ["-y", "--yes", "-f", "--force"] {
        let cloud = Cloud::new();
        let tool = cloud.person();
        tool.write(FILE, &account_file(&cloud.auth0, 3600), 0o600);
        let mut session = Session::start(&tool, &["logout", flag]);
        session.expect("Removed");
        insta::allow_duplicates! {
            insta::assert_snapshot!(session.end(&tool), @"
            exit: Some(0)
            Removed [home]/.arkor/credentials.json.
            ");
        }
        assert!(!tool.path(FILE).exists());
        assert!(cloud.lines().is_empty());
        is_untouched(&tool);
    }
}

#[test]
fn arkor_logout_where_nobody_can_be_asked_deletes() {
    let tool = at("http://127.0.0.1:9");
    tool.write(FILE, &account_file("auth.arkor.ai", 3600), 0o600);
    insta::assert_snapshot!(tool.run(&["logout"]), @"
    exit: 0
    --- stdout ---
    Removed [home]/.arkor/credentials.json.
    ");
    assert!(!tool.path(FILE).exists());
}

#[test]
fn arkor_logout_deletes_a_damaged_file_and_one_of_another_cloud_too() {
    for text in ["{ \"mode\": \"au", "null", "{}", &anonymous_file("https://other.example")] {
        let tool = at("http://127.0.0.1:9");
        tool.write(FILE, text, 0o600);
        let mut session = Session::start(&tool, &["logout"]);
        session.expect("[Y/n] ");
        session.press("y\n");
        let shown = session.end(&tool);
        assert!(shown.ends_with("Removed [home]/.arkor/credentials.json.\n"), "{text}: {shown}");
        assert!(!tool.path(FILE).exists(), "{text}");
    }
}

// whoami

#[test]
fn arkor_whoami_prints_the_user_as_json_and_the_organizations() {
    let (cloud, tool) = asked(200, "", &ada());
    insta::assert_snapshot!(tool.run(&["whoami"]), @r#"
    exit: 0
    --- stdout ---
    {
      "id": "u1",
      "email": "ada@example.com",
      "admin": false
    }
    Orgs: acme, o2
    "#);
    let requests = cloud.service.all_requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].line, ME);
    assert_eq!(requests[0].headers["authorization"], "Bearer at-1");
    assert_eq!(requests[0].headers["x-arkor-client"], "arkor/0.0.1-alpha.3");
    is_untouched(&tool);
}

#[test]
fn arkor_whoami_without_organizations_has_no_such_line() {
    for more in [json!({ "user": { "id": "u1" }, "orgs": [] }), json!({ "user": { "id": "u1" } })] {
        let (_cloud, tool) = asked(200, "", &more);
        insta::allow_duplicates! {
            insta::assert_snapshot!(tool.run(&["whoami"]), @r#"
            exit: 0
            --- stdout ---
            {
              "id": "u1"
            }
            "#);
        }
    }
}

#[test]
fn arkor_whoami_of_an_anonymous_session() {
    let cloud = Cloud::new();
    cloud.service.on(
        ME,
        200,
        &json!({ "user": { "id": "anon_42", "email": null }, "orgs": [{ "slug": "anon-42" }] }),
    );
    let tool = cloud.person();
    tool.run(&["login", "--anonymous"]);
    insta::assert_snapshot!(tool.run(&["whoami"]), @r#"
    exit: 0
    --- stdout ---
    {
      "id": "anon_42",
      "email": null
    }
    Orgs: anon-42
    "#);
    assert_eq!(cloud.service.requests(ME)[0].headers["authorization"], "Bearer anon-token-1");
}

#[test]
fn arkor_whoami_not_signed_in() {
    let tool = at("http://127.0.0.1:9");
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 0
    --- stdout ---
    Not signed in. Run `arkor login` or `arkor login --anonymous`.
    ");
    is_untouched(&tool);
}

#[test]
fn arkor_whoami_token_may_be_expired() {
    for status in [400, 401, 402, 403, 404, 429, 500, 503] {
        let (_cloud, tool) = asked(status, "", &json!({ "error": "no" }));
        let tool = tool.hide(&format!("({status})"), "([status])");
        insta::allow_duplicates! {
            insta::assert_snapshot!(tool.run(&["whoami"]), @"
            exit: 0
            --- stdout ---
            Failed to fetch /v1/me ([status]). Token may be expired.
            ");
        }
        assert!(tool.path(FILE).exists());
    }
}

#[test]
fn arkor_whoami_where_the_cloud_cannot_be_reached() {
    let tool = at("http://127.0.0.1:9");
    tool.write(FILE, &account_file("auth.arkor.ai", 3600), 0o600);
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 1
    --- stderr ---
    Failed to fetch /v1/me: http://127.0.0.1:9 can't be reached: the connection was refused.
    ");
}

#[test]
fn arkor_whoami_token_may_be_expired_where_auth0_cannot_be_reached() {
    // The end has come by this machine's clock, or the cloud says so.
    for left in [-60, 3600] {
        let cloud = Cloud::new();
        cloud.service.on(ME, 401, &json!({ "error": "no" }));
        let tool = cloud.person();
        tool.write(FILE, &account_file("127.0.0.1:9", left), 0o600);
        insta::allow_duplicates! { insta::assert_snapshot!(tool.run(&["whoami"]), @"
        exit: 0
        --- stdout ---
        Failed to fetch /v1/me (401). Token may be expired.
        "); }
        assert!(tool.path(FILE).exists());
    }
}

#[test]
fn arkor_whoami_of_an_organization_with_neither_slug_nor_id() {
    let (_cloud, tool) =
        asked(200, "", &json!({ "user": { "id": "u" }, "orgs": [{ "slug": "a" }, { "name": "N" }] }));
    insta::assert_snapshot!(tool.run(&["whoami"]), @r#"
    exit: 0
    --- stdout ---
    {
      "id": "u"
    }
    Orgs: a
    "#);
}

#[test]
fn arkor_login_where_somebody_else_answers_for_the_cloud() {
    let cloud = Cloud::new();
    cloud.service.forget(CONFIG).on_page(CONFIG, 200, "<h1>Welcome to our network</h1>");
    let said = cloud.person().run(&["login"]);
    assert!(said.starts_with("exit: 1\n"), "{said}");
    assert_eq!(cloud.service.requests(ANONYMOUS).len(), 0, "nobody said that it isn't configured");
}

#[test]
fn arkor_whoami_uses_the_refresh_token_that_is_stored() {
    let cloud = Cloud::new();
    cloud.approves();
    cloud.service.on(ME, 200, &ada());
    let tool = cloud.person();
    tool.write(FILE, &account_file(&cloud.auth0, -60), 0o600);
    let said = tool.run(&["whoami"]);
    assert!(said.starts_with("exit: 0\n"), "{said}");
    assert_eq!(cloud.lines(), [TOKEN, ME]);
    let refresh = cloud.service.requests(TOKEN).remove(0);
    assert_eq!(
        body(&refresh),
        json!({ "grant_type": "refresh_token", "refresh_token": "rt-1", "client_id": "client-1" })
    );
    assert_eq!(cloud.service.requests(ME)[0].headers["authorization"], "Bearer at-2");
    assert!(fs::read_to_string(tool.path(FILE)).unwrap().contains("\"refreshToken\": \"rt-2\""));
}

#[test]
fn arkor_whoami_after_the_refresh_token_was_revoked() {
    let cloud = Cloud::new();
    cloud.service.on(TOKEN, 403, &json!({ "error": "invalid_grant" }));
    let tool = cloud.person();
    tool.write(FILE, &account_file(&cloud.auth0, -60), 0o600);
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 0
    --- stdout ---
    Failed to fetch /v1/me (401). Token may be expired.
    ");
}

#[test]
fn arkor_whoami_reads_what_later_releases_write() {
    let (cloud, tool) = asked(200, "", &ada());
    let newer = account_file(&cloud.auth0, 3600).replace("\"auth0\"", "\"oauth\"");
    tool.write(FILE, &newer, 0o600);
    assert!(tool.run(&["whoami"]).starts_with("exit: 0\n"));
    assert_eq!(fs::read_to_string(tool.path(FILE)).unwrap(), newer);
}

#[test]
fn arkor_whoami_sends_no_token_to_another_cloud() {
    let cloud = Cloud::new();
    cloud.service.on(ME, 200, &ada());
    let tool = cloud.person();
    tool.write(FILE, &anonymous_file("https://api.arkor.ai"), 0o600);
    assert!(tool.run(&["whoami"]).contains("Not signed in."));
    assert!(cloud.lines().is_empty());
}

// versions

fn unsupported(reason: Option<&str>) -> Value {
    let mut body = json!({
        "error": "sdk_version_unsupported", "currentVersion": "0.0.1-alpha.3", "supportedRange": ">=0.0.3",
        "upgrade": "npm install -g something@else",
    });
    if let Some(reason) = reason {
        body["reason"] = json!(reason);
    }
    body
}

#[test]
fn arkor_whoami_upgrade_required() {
    let (_cloud, tool) = asked(426, "", &unsupported(None));
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 1
    --- stderr ---
    Arkor SDK 0.0.1-alpha.3 is no longer supported by the cloud API. Supported versions: >=0.0.3. Run `npm install -g arkor@latest`.
    ");
}

#[test]
fn arkor_upgrade_required_says_what_is_wrong_with_the_header() {
    let (_cloud, tool) = asked(426, "", &unsupported(Some("missing")));
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 1
    --- stderr ---
    Arkor SDK 0.0.1-alpha.3 is no longer supported by the cloud API: the X-Arkor-Client header was missing. Supported versions: >=0.0.3. Run `npm install -g arkor@latest`.
    ");
}

#[test]
fn arkor_upgrade_required_without_details() {
    for body in [json!({}), json!("upgrade"), json!({ "error": "old" })] {
        let (_cloud, tool) = asked(426, "", &body);
        insta::allow_duplicates! {
            insta::assert_snapshot!(tool.run(&["whoami"]), @"
            exit: 1
            --- stderr ---
            Arkor SDK is no longer supported by the cloud API. Run `npm install -g arkor@latest`.
            ");
        }
    }
}

#[test]
fn arkor_upgrade_required_of_other_calls_too() {
    let cloud = Cloud::new();
    cloud.service.forget(ANONYMOUS).on(ANONYMOUS, 426, &json!({}));
    let tool = cloud.person();
    insta::assert_snapshot!(tool.run(&["login", "--anonymous"]), @"
    exit: 1
    --- stdout ---
    Requesting anonymous token
    --- stderr ---
    Arkor SDK is no longer supported by the cloud API. Run `npm install -g arkor@latest`.
    ");
    cloud.service.forget(CONFIG).on(CONFIG, 426, &json!({}));
    insta::assert_snapshot!(tool.run(&["login"]), @"
    exit: 1
    --- stderr ---
    Arkor SDK is no longer supported by the cloud API. Run `npm install -g arkor@latest`.
    ");
}

#[test]
fn arkor_upgrade_required_names_the_command_of_the_package_manager_in_use() {
    let (_cloud, mut tool) = asked(426, "", &json!({}));
    for (agent, command) in [
        ("npm/10.8.2 node/v22.5.1 linux x64 workspaces/false", "npm install -g arkor@latest"),
        ("pnpm/9.1.0 npm/? node/v22.5.1 linux x64", "pnpm add -g arkor@latest"),
        ("yarn/1.22.22 npm/? node/v22.5.1 linux x64", "yarn global add arkor@latest"),
        ("bun/1.1.20 npm/? node/v22.5.1 linux x64", "bun add -g arkor@latest"),
    ] {
        tool = tool.set("npm_config_user_agent", agent);
        let said = tool.run(&["whoami"]);
        assert!(said.starts_with("exit: 1\n") && said.ends_with(&format!(" Run `{command}`.\n")), "{said}");
    }
}

#[test]
fn arkor_whoami_deprecated_version() {
    let headers = "Deprecation: true\r\nWarning: 299 - \"Arkor SDK 0.0.1 goes away\"\r\nSunset: Wed, 30 Sep 2026 00:00:00 GMT\r\n";
    let (_cloud, tool) = asked(200, headers, &json!({ "user": { "id": "u1" }, "orgs": [] }));
    insta::assert_snapshot!(tool.run(&["whoami"]), @r#"
    exit: 0
    --- stdout ---
    {
      "id": "u1"
    }
    Arkor SDK 0.0.1 goes away (current: 0.0.1-alpha.3). Cutoff: Wed, 30 Sep 2026 00:00:00 GMT. Run `npm install -g arkor@latest`.
    "#);
}

#[test]
fn arkor_whoami_deprecated_version_without_details() {
    let (_cloud, tool) = asked(200, "Deprecation: true\r\n", &json!({ "user": { "id": "u1" }, "orgs": [] }));
    insta::assert_snapshot!(tool.run(&["whoami"]), @r#"
    exit: 0
    --- stdout ---
    {
      "id": "u1"
    }
    Arkor SDK 0.0.1-alpha.3 is deprecated (current: 0.0.1-alpha.3). Run `npm install -g arkor@latest`.
    "#);
    for (_cloud, tool) in
        [asked(200, "Deprecation: @1688169599\r\n", &ada()), asked(200, "Sunset: now\r\n", &ada())]
    {
        assert!(!tool.run(&["whoami"]).contains("deprecated"));
    }
}

#[test]
fn arkor_upgrade_required_comes_before_the_warning_of_the_same_answer() {
    let (_cloud, tool) = asked(426, "Deprecation: true\r\n", &json!({}));
    let mut session = Session::start(&tool, &["whoami"]);
    session.expect("deprecated");
    insta::assert_snapshot!(session.end(&tool), @"
    exit: Some(1)
    Arkor SDK is no longer supported by the cloud API. Run `npm install -g arkor@latest`.
    Arkor SDK 0.0.1-alpha.3 is deprecated (current: 0.0.1-alpha.3). Run `npm install -g arkor@latest`.
    ");
}

// the file, the help

#[test]
fn arkor_credentials_that_others_can_read_are_refused_with_the_command_that_mends_it() {
    let tool = at("http://127.0.0.1:9");
    tool.write(FILE, &account_file("auth.arkor.ai", 3600), 0o644);
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 1
    --- stderr ---
    error: The credentials file [home]/.arkor/credentials.json can be read by others (its mode is 0644), so it isn't used.
    hint: Run `chmod 600 [home]/.arkor/credentials.json`. If others may have read it, sign in again.
    ");
}

#[test]
fn arkor_credentials_that_are_damaged_are_told_and_kept_aside_by_login() {
    let cloud = Cloud::without_auth0();
    let tool = cloud.person();
    tool.write(FILE, "{ \"mode\": ", 0o600);
    insta::assert_snapshot!(tool.run(&["whoami"]), @"
    exit: 1
    --- stderr ---
    error: The credentials file [home]/.arkor/credentials.json is damaged: it ends in the middle at line 1, column 10.
    hint: Mend it, or sign in again: the damaged file is kept beside the new one.
    ");
    insta::assert_snapshot!(tool.run(&["login"]), @"
    exit: 0
    --- stdout ---
    Auth0 is not configured — continuing with an anonymous session.
    Requesting anonymous token
    Anonymous id: anon_42
    Signed in anonymously (personal org: anon-42).
    --- stderr ---
    [home]/.arkor/credentials.json was damaged. What stood in it is kept in [home]/.arkor/credentials.json.broken-1.
    ");
    assert_eq!(fs::read_to_string(tool.path(FILE)).unwrap(), anonymous_file(&cloud.service.url()));
}

#[test]
fn arkor_token_that_is_not_there_goes_nowhere_but_to_standard_error() {
    insta::assert_snapshot!(at("http://127.0.0.1:9").run(&["token"]), @"
    exit: 4
    --- stderr ---
    Not signed in. Run `arkor login` or `arkor login --anonymous`.
    ");
}

#[test]
fn arkor_help_names_the_documented_options() {
    let tool = at("http://127.0.0.1:9");
    insta::assert_snapshot!(tool.run(&["login", "-h"]), @"
    exit: 0
    --- stdout ---
    Sign in to arkor (Auth0 Authorization Code + PKCE on loopback)

    Usage: arkor login [OPTIONS]

    Options:
          --browser                    Sign in via OAuth in the browser [alias: --oauth]
          --no-browser                 Open no browser; print the link
          --anonymous                  Issue a throwaway anonymous token instead
          --token [<TOKEN>]            Save this token instead of signing in with a browser; `-`, or no
                                       value, reads it from standard input
          --timeout <DURATION>         How long to wait for you: `90s`, `5m`, `1h`, or a number of
                                       seconds
          --scope <SCOPE>              Ask for this scope; may be given several times
          --org <ORG>                  Act for this organization: its id or short name
          --storage <KIND>             Where to keep the credential: `file`, `keyring`, `encrypted`,
                                       `memory` or `command`; kept to from now on
          --insecure-storage           Keep the credential in a plain file that only you can read: the
                                       same as `--storage file`
      -y, --yes                        Don't ask whether what was done without an account may stay
                                       behind [aliases: -f, --force]
          --browser-command <COMMAND>  The program that opens the page, with its arguments; `%s` stands
                                       for the address
          --callback-port <PORT>       The port on this machine that the browser comes back to
          --callback-host <HOST>       What the address says that the browser comes back to:
                                       `localhost`, `127.0.0.1` or `[::1]`
          --api <URL>                  The address of the tool's server, instead of the manifest's
                                       [alias: --server]
          --credential <TOKEN>         A token for this one command; `-` reads it from standard input
                                       (what stands here stays in the shell's history)
          --profile <NAME>             The profile to use: an account, a server and an organization
                                       under a name of yours
          --json                       Print JSON instead of text
      -v, --verbose                    Say more about what goes wrong
      -h, --help                       Print help (see more with '--help')
    ");
    insta::assert_snapshot!(tool.run(&["logout", "-h"]), @"
    exit: 0
    --- stdout ---
    Delete ~/.arkor/credentials.json

    Usage: arkor logout [OPTIONS]

    Options:
      -y, --yes                 Don't ask [aliases: -f, --force]
          --revoke              End the credential on the server, too; takes at most five seconds
          --all                 All profiles of this tool
          --everywhere          Sign the account out of all terminals and browsers; tokens and keys that
                                you made go on working
          --api <URL>           The address of the tool's server, instead of the manifest's [alias:
                                --server]
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
    Print the current identity and reachable orgs

    Usage: arkor whoami [OPTIONS]

    Options:
          --api <URL>           The address of the tool's server, instead of the manifest's [alias:
                                --server]
          --credential <TOKEN>  A token for this one command; `-` reads it from standard input (what
                                stands here stays in the shell's history)
          --profile <NAME>      The profile to use: an account, a server and an organization under a
                                name of yours
          --json                Print JSON instead of text
      -v, --verbose             Say more about what goes wrong
      -h, --help                Print help (see more with '--help')
    ");
}
