//! Servers as other people publish them, from the registries, with no code of ours in them: `doorkey` signs in to each
//! with nothing but a manifest, one of the examples that come with it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use doorkey_tests::browser::{Browser, Page};
use doorkey_tests::http::{Ask, ask, query};
use doorkey_tests::janitor::Folder;
use doorkey_tests::process::Running;
use doorkey_tests::tool::Tool;
use doorkey_tests::visitor::{Visited, Visitor};
use doorkey_tests::workspace;
use serde_json::{Value, json};

use crate::registries::{from_npm, from_pypi};
use crate::stage::{free_port, shown_link};

/// Where the examples keep their credential.
const CREDENTIAL: &str = ".config/notes/credentials.json";

/// How many commands want a token at once.
const MANY: usize = 20;

/// A running server and the manifest of a tool that is signed in to at it.
struct Server {
    url: String,
    running: Running,
    manifest: String,
    folder: Folder,
}

impl Server {
    /// npm's `oidc-provider`: OAuth and `OpenID` Connect by the book.
    fn oidc_provider(seconds: u64) -> Self {
        let package = include_str!("../servers/oidc-provider/package.json");
        let lock = include_str!("../servers/oidc-provider/package-lock.json");
        Self::node("oidc-provider", from_npm("oidc-provider", package, lock), seconds)
    }

    /// npm's `better-auth`: the device flow in JSON, and sessions.
    fn better_auth(seconds: u64) -> Self {
        let package = include_str!("../servers/better-auth/package.json");
        let lock = include_str!("../servers/better-auth/package-lock.json");
        Self::node("better-auth", from_npm("better-auth", package, lock), seconds)
    }

    fn node(name: &str, installed: PathBuf, seconds: u64) -> Self {
        let mut command = Command::new("node");
        command.env("NODE_PATH", installed.join("node_modules"));
        command.arg(workspace().join(format!("tests/servers/{name}/server.mjs")));
        Self::start(name, command, "", seconds)
    }

    /// `PyPI`'s `django-oauth-toolkit`: below a path, with what it says about itself there.
    fn django_oauth_toolkit(seconds: u64) -> Self {
        let requirements = include_str!("../servers/django-oauth-toolkit/requirements.txt");
        let installed = from_pypi("django-oauth-toolkit", requirements);
        let mut command = Command::new(installed.join("bin/python"));
        command.arg(workspace().join("tests/servers/django-oauth-toolkit/server.py"));
        Self::start("django-oauth-toolkit", command, "/o", seconds)
    }

    fn start(name: &str, mut command: Command, path: &str, seconds: u64) -> Self {
        let folder = Folder::new(name);
        let port = free_port();
        command.env("PATH", "/usr/bin:/bin").env("HOME", folder.path()).current_dir(folder.path());
        command.env("PYTHONDONTWRITEBYTECODE", "1").args([port.to_string(), seconds.to_string()]);
        let running = Running::start(name, command);
        running.wait_for_line("listening on");
        let url = format!("http://127.0.0.1:{port}");
        let example = fs::read_to_string(workspace().join(format!("apps/examples/{name}.toml")));
        let example = example.expect("the example's manifest");
        let own = example.lines().find(|line| line.starts_with("url = ")).expect("an address");
        let manifest = example.replacen(own, &format!("url = \"{url}{path}\""), 1);
        let file = folder.join(format!("{name}.toml"));
        fs::write(&file, manifest).expect("a manifest can be written");
        Self { url, running, manifest: file.display().to_string(), folder }
    }

    /// Somebody's machine with the tool on it.
    fn tool(&self) -> Tool {
        Tool::at_home(&self.manifest)
    }

    /// The tool with some of its manifest replaced.
    fn tool_with(&self, replaced: &[(&str, &str)]) -> Tool {
        let mut manifest = fs::read_to_string(&self.manifest).expect("the manifest");
        for (right, other) in replaced {
            assert!(manifest.contains(right), "the manifest has no `{right}`");
            manifest = manifest.replace(right, other);
        }
        let file = self.folder.join("other.toml");
        fs::write(&file, manifest).expect("a manifest can be written");
        Tool::at_home(&file.display().to_string())
    }

    /// How often it was asked this.
    fn asked(&self, what: &str) -> usize {
        self.running.lines().iter().filter(|line| line.starts_with(what)).count()
    }
}

/// Starts signing in by a code, and the link that is shown.
#[track_caller]
fn by_code(tool: &Tool) -> (Running, String) {
    let login = tool.start(&["login", "--device"]);
    let link = shown_link(&login);
    (login, link)
}

#[track_caller]
fn kept(tool: &Tool, field: &str) -> String {
    let file = tool.json(CREDENTIAL).expect("a credential");
    file[field].as_str().unwrap_or_default().to_owned()
}

#[track_caller]
fn token(tool: &Tool) -> String {
    tool.run(&["token"]).exits(0).stdout.trim_end().to_owned()
}

/// Waits until the token that the sign-in gave has run out, and then some: a server may count whole seconds.
fn outlive(signed_in: Instant, seconds: u64) {
    std::thread::sleep(
        (Duration::from_secs(seconds) + Duration::from_millis(1100)).saturating_sub(signed_in.elapsed()),
    );
}

/// The first token runs out; of many commands that find it so one asks for another, and all have that one.
#[track_caller]
fn renewed_once(server: &Server, tool: &Tool, endpoint: &str) {
    let (first, refresh) = (kept(tool, "access_token"), kept(tool, "refresh_token"));
    let before = server.asked(endpoint);
    let running: Vec<_> = (0..MANY).map(|_| tool.start(&["token"])).collect();
    let finished: Vec<_> = running.into_iter().map(|running| running.wait().exits(0)).collect();
    let second = kept(tool, "access_token");
    assert_ne!(second, first, "it is a new one");
    assert!(finished.iter().all(|one| one.stdout.trim_end() == second), "and everybody has it");
    assert_eq!(server.asked(endpoint) - before, 1, "asked once:\n{}", server.running.said());
    assert_ne!(kept(tool, "refresh_token"), refresh, "what renews was replaced, too");
    tool.run(&["whoami"]).exits(0);
}

/// What is ended at the server is told truthfully where it still lies, and then forgotten.
#[track_caller]
fn revoked(server: &Server, tool: &Tool) {
    let elsewhere = server.tool();
    elsewhere.write_json(CREDENTIAL, &tool.json(CREDENTIAL).expect("a credential"));
    elsewhere.run(&["whoami"]).exits(0);
    tool.run(&["logout", "--revoke", "-y"]).exits(0).says("has ended it, too");
    assert_eq!(tool.json(CREDENTIAL), None, "nothing is left here");
    tool.run(&["whoami"]).exits(4).says("You aren't signed in");
    let said = elsewhere.run(&["whoami", "--json"]).exits(4);
    let said: Value = serde_json::from_str(&said.stdout).expect("JSON");
    assert_eq!(said["status"], "rejected", "{said}");
}

/// Signs in at the pages of `oidc-provider` as whoever one likes, and lets the tool in.
#[track_caller]
fn let_in(page: &Page, who: &str) {
    page.see("Sign-in");
    page.fill("Enter any login", who);
    page.fill("and password", "any");
    page.press("Sign-in");
    page.see("Authorize");
    page.press("Continue");
}

#[test]
fn a_browser_signs_in_at_oidc_provider_which_renews_and_revokes() {
    let server = Server::oidc_provider(3);
    let tool = server.tool();
    let mut login = tool.start(&["login", "--browser"]);
    let link = tool.opened(&mut login);
    assert_eq!(query(&link, "prompt").as_deref(), Some("consent"), "else there is no refresh token");
    let person = Browser::shared().person();
    let page = person.tab();
    page.goto(&link);
    let_in(&page, "ada");
    page.see("close this tab");
    login.wait().exits(0).says("ada of the tests (ada@example.com)");
    let signed_in = Instant::now();
    outlive(signed_in, 3);
    renewed_once(&server, &tool, "POST /token 200");
    revoked(&server, &tool);
}

#[test]
fn a_refusal_at_oidc_provider_comes_home_with_its_issuer() {
    let server = Server::oidc_provider(3600);
    let tool = server.tool();
    let mut login = tool.start(&["login", "--browser"]);
    let person = Browser::shared().person();
    let page = person.tab();
    page.goto(&tool.opened(&mut login));
    page.press("[ Cancel ]");
    assert_eq!(query(&page.address(), "iss").as_deref(), Some(server.url.as_str()), "RFC 9207");
    login.wait().exits(1).says("denied");
    assert_eq!(tool.json(CREDENTIAL), None, "nothing is kept");
}

#[test]
fn a_code_signs_in_at_oidc_provider_which_says_nothing_of_an_interval() {
    let server = Server::oidc_provider(3600);
    let tool = server.tool();
    let begun = Instant::now();
    let (login, link) = by_code(&tool);
    let person = Browser::shared().person();
    let page = person.tab();
    page.goto(&link);
    // What the link fills in is sent by itself.
    page.see("Confirm Device");
    page.press("Continue");
    let_in(&page, "grace");
    page.see("Sign-in Success");
    login.wait().exits(0).says("grace@example.com");
    // RFC 8628, section 3.2: without a word five seconds lie between two polls, and the first found it pending.
    let polls = server.asked("POST /token");
    let least = Duration::from_secs(5) * u32::try_from(polls - 1).expect("few");
    assert!(polls >= 2 && begun.elapsed() >= least, "{polls} polls in {:?}", begun.elapsed());
    assert_eq!(token(&tool), kept(&tool, "access_token"));
    tool.run(&["whoami"]).exits(0).says("grace of the tests");
}

/// One Django site for all tests in which nothing has to run out.
fn patient_django() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::django_oauth_toolkit(3600))
}

/// Somebody at the pages of the Django site, and what stands in them.
#[track_caller]
fn at_django(server: &Server, link: &str) -> (Visitor, Visited) {
    let mut person = Visitor::new(&server.url);
    let page = person.open(link).says("Django administration");
    let fields = [("username", "ada"), ("password", "wade through quiet marigolds")];
    let page = person.press(&page, "Log in", &fields);
    (person, page)
}

#[test]
fn a_code_signs_in_at_django_oauth_toolkit_which_renews_and_revokes() {
    let server = Server::django_oauth_toolkit(3);
    let tool = server.tool();
    let (login, link) = by_code(&tool);
    let (mut person, page) = at_django(&server, &link);
    let page = person.press(&page, "Verify", &[]).says("Read and write your notes");
    person.press(&page, "Accept", &[]).says("Authorized");
    login.wait().exits(0).says("Signed in to Notes");
    let signed_in = Instant::now();
    outlive(signed_in, 3);
    renewed_once(&server, &tool, "POST /o/token/ 200");
    revoked(&server, &tool);
}

#[test]
fn a_refusal_at_django_oauth_toolkit_reaches_the_terminal() {
    let server = patient_django();
    let tool = server.tool();
    let (login, link) = by_code(&tool);
    let (mut person, page) = at_django(server, &link);
    let page = person.press(&page, "Verify", &[]);
    person.press(&page, "Deny", &[]).says("Denied");
    login.wait().exits(1).says("denied");
}

#[test]
fn a_browser_signs_in_at_django_oauth_toolkit_below_its_path() {
    // The same site has an application for browsers. It wants PKCE, and says whose answer it is.
    let server = patient_django();
    let tool = server.tool_with(&[
        ("\"notes-cli\"", "\"notes-browser\""),
        ("ways = [\"device\"]", "ways = [\"loopback\"]"),
    ]);
    let mut login = tool.start(&["login", "--browser"]);
    let (mut person, page) = at_django(server, &tool.opened(&mut login));
    let (_, answer) = person.press_only(&page, "Authorize", &[]);
    let home = answer.header("location").expect("the way home").to_owned();
    let issuer = format!("{}/o", server.url);
    assert_eq!(query(&home, "iss"), Some(issuer));
    let (base, path) = home.split_at(home.find("/callback").expect("the listener"));
    assert!(ask(base, &Ask::get(path)).is(200).body.contains("close this tab"));
    login.wait().exits(0).says("Signed in to Notes");
    tool.run(&["whoami"]).exits(0);
}

/// Somebody with an account at the application, who decides about a code; what they send is what its own client would.
#[track_caller]
fn at_better_auth(server: &Server, link: &str, decision: &str) {
    let post = |path: &str, body: &Value, cookie: &str| {
        let request = Ask::json(&format!("/api/auth{path}"), body).header("Origin", &server.url);
        ask(&server.url, &request.header("Cookie", cookie)).is(200)
    };
    let account = json!({ "email": "ada@example.com", "password": "wade through quiet", "name": "Ada" });
    let account = post("/sign-up/email", &account, "");
    let cookie = account.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a session");
    let code = query(link, "user_code").expect("a code");
    let claim = Ask::get(&format!("/api/auth/device?user_code={code}")).header("Cookie", cookie);
    assert_eq!(ask(&server.url, &claim).is(200).field("client_id"), "notes-cli");
    post(&format!("/device/{decision}"), &json!({ "userCode": code }), cookie);
}

#[test]
fn a_code_signs_in_at_better_auth_which_revokes() {
    let server = Server::better_auth(3600);
    let tool = server.tool();
    let (login, link) = by_code(&tool);
    at_better_auth(&server, &link, "approve");
    login.wait().exits(0).says("Ada (ada@example.com)");
    tool.run(&["whoami"]).exits(0).says("ada@example.com");
    assert_eq!(token(&tool), kept(&tool, "token"));
    let running: Vec<_> = (0..MANY).map(|_| tool.start(&["token"])).collect();
    assert!(running.into_iter().all(|one| one.wait().exits(0).stdout.trim_end() == kept(&tool, "token")));
    revoked(&server, &tool);
}

#[test]
fn a_session_of_better_auth_that_runs_out_is_said_to_have() {
    let server = Server::better_auth(3);
    let tool = server.tool();
    let (login, link) = by_code(&tool);
    at_better_auth(&server, &link, "approve");
    login.wait().exits(0);
    outlive(Instant::now(), 3);
    let said = tool.run(&["whoami", "--json"]).exits(4);
    assert_eq!(serde_json::from_str::<Value>(&said.stdout).expect("JSON")["status"], "expired", "{said}");
    tool.run(&["token"]).exits(4).says("expired");
}

#[test]
fn a_refusal_at_better_auth_reaches_the_terminal() {
    let server = Server::better_auth(3600);
    let tool = server.tool();
    let (login, link) = by_code(&tool);
    at_better_auth(&server, &link, "deny");
    login.wait().exits(1).says("denied");
    assert_eq!(tool.json(CREDENTIAL), None, "nothing is kept");
}
