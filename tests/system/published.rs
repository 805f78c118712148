//! Published clients, as they come from the registries, at the service: each signs in, says who it is, and does what it does
//! with organizations and keys, without knowing that this isn't the service that it was made for.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use doorkey_tests::browser::Browser;
use doorkey_tests::http::{Ask, ask};
use doorkey_tests::janitor::Folder;
use doorkey_tests::person::create_account;
use doorkey_tests::process::{Finished, Running};
use doorkey_tests::service::Service;
use doorkey_tests::tool::Tool;
use doorkey_tests::visitor::{Visited, Visitor};
use doorkey_tests::workspace;
use serde_json::{Value, json};

use crate::registries::{from_npm, from_pypi};
use crate::stage::{somebody, visitor};

/// The older generation: one credentials file, and a listener that the browser comes by at.
const OLDER: (&str, &str) = ("armoriq-0.6.10", include_str!("published/armoriq-0.6.10.txt"));
/// The newer one: profiles, and nothing but polling.
const NEWER: (&str, &str) = ("armoriq-0.8.17", include_str!("published/armoriq-0.8.17.txt"));

/// A published command on somebody's machine, which believes this service to be its own.
struct Client {
    program: PathBuf,
    home: PathBuf,
    service: String,
    _folder: Folder,
}

impl Client {
    fn armoriq((name, requirements): (&str, &str), service: &Service) -> Self {
        let program = from_pypi(name, requirements).join("bin/armoriq");
        let folder = Folder::new("home");
        Self { program, home: folder.path().to_owned(), service: service.url.clone(), _folder: folder }
    }

    fn start(&self, arguments: &[&str]) -> Running {
        let mut command = Command::new(&self.program);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", &self.home).current_dir(&self.home);
        command.env("BROWSER", "true").env("PYTHONUNBUFFERED", "1").args(arguments);
        for variable in ["ARMORIQ_BACKEND_URL", "BACKEND_ENDPOINT", "ARMORIQ_DASHBOARD_URL", "PROXY_ENDPOINT"]
        {
            command.env(variable, &self.service);
        }
        Running::start(&format!("armoriq {}", arguments.join(" ")), command)
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Finished {
        let mut finished = self.start(arguments).wait();
        finished.stdout = plain(&finished.stdout);
        finished
    }

    /// Runs it and says its output, when it ends well.
    #[track_caller]
    fn says(&self, arguments: &[&str]) -> String {
        self.run(arguments).exits(0).stdout
    }
}

/// A text without its colours.
fn plain(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').map_or("", |(_, rest)| rest))
}

/// The link that the command shows, and the code.
fn shown(login: &Running) -> (String, String) {
    let link = login.wait_for("the link", |_, line| {
        let line = plain(line);
        line.trim().starts_with("http://").then(|| line.trim().to_owned())
    });
    let code = login.wait_for("the code", |_, line| {
        Some(plain(line).split_once("Confirm this code in your browser: ")?.1.trim().to_owned())
    });
    (link, code)
}

/// Opens the link as the person who signs in; the page shows the code and asks.
#[track_caller]
fn open(person: &mut Visitor, link: &str, code: &str) -> Visited {
    person.open(link).says(code).says("Approve")
}

/// Signs in with the command that listens; its listener is reached, or not.
#[track_caller]
fn older_login(client: &Client, person: &mut Visitor, more: &[&str], reached: bool) -> String {
    let login = client.start(&[&["login"], more].concat());
    let (link, code) = shown(&login);
    let page = open(person, &link, &code);
    let (_, answer) = person.press_only(&page, "Approve", &[]);
    let home = answer.header("location").expect("the browser comes by at the command").to_owned();
    let (base, path) = home.split_at(home.find("/callback?state=").expect("its own address, as it was"));
    assert!(!home.contains("key"), "a key goes nowhere in a link: {home}");
    if reached {
        let base = base.replace("localhost", "127.0.0.1");
        assert!(ask(&base, &Ask::get(path)).is(200).body.contains("You can close this tab"));
    }
    plain(&login.wait().exits(0).stdout)
}

/// What a command can do with the account once it is signed in.
#[track_caller]
fn account(client: &Client, person: &mut Visitor, name: &str) {
    let orgs = client.says(&["orgs"]);
    assert!(orgs.contains(name) && orgs.contains('✓'), "{orgs}");
    let page = person.open("/orgs/new");
    person.press(&page, "Create organization", &[("name", "Acme Labs")]);
    let switched = client.says(&["switch-org", "Acme Labs", "--key-name", "on the train"]);
    assert!(
        switched.contains("✓ Switched to Acme Labs") && switched.contains("✓ New API key saved."),
        "{switched}"
    );
    let orgs = client.says(&["orgs"]);
    let active: Vec<&str> =
        orgs.lines().filter(|line| line.contains('✓') && !line.contains("Active org")).collect();
    assert!(active.len() == 1 && active[0].contains("Acme Labs"), "{orgs}");
    let nowhere = client.run(&["switch-org", "nowhere"]).exits(1);
    assert!(nowhere.stdout.contains("No organization named 'nowhere'"), "{}", nowhere.stdout);

    let keys = client.says(&["keys", "list"]);
    let row = keys.lines().find(|line| line.contains("on the train")).unwrap_or_else(|| panic!("{keys}"));
    assert!(row.contains("active"), "{keys}");
    let id = row.split_whitespace().find(|word| word.len() > 15).unwrap_or_else(|| panic!("no id: {keys}"));
    assert!(client.says(&["keys", "revoke", id]).contains(&format!("✓ Revoked key {id}.")));
    let after = client.run(&["orgs"]).exits(1);
    assert!(after.stdout.contains("API key rejected (401)"), "the key in use was the one: {}", after.stdout);
}

#[test]
fn the_older_armoriq_signs_in_and_manages_its_keys() {
    let service = Service::dev().root_app("armoriq").start();
    let client = Client::armoriq(OLDER, &service);
    let email = somebody();
    let mut person = Visitor::new(&service.url);
    person.sign_up(&email);
    let said = older_login(&client, &mut person, &[], true);
    assert!(said.contains(&format!("Logged in as {email}")), "{said}");
    let whoami = client.says(&["whoami"]);
    assert!(whoami.contains(&email) && whoami.contains("ak_live_"), "{whoami}");
    account(&client, &mut person, email.split('@').next().expect("a name"));
    assert!(client.says(&["logout"]).contains("Credentials removed"));
    assert!(client.says(&["whoami"]).contains("Not logged in"));
}

#[test]
fn a_browser_shows_the_code_of_the_older_armoriq_and_ends_at_its_page() {
    let service = Service::dev().root_app("armoriq").start();
    let client = Client::armoriq(OLDER, &service);
    let login = client.start(&["login", "--product", "armorclaw"]);
    let (link, code) = shown(&login);
    let person = Browser::shared().person();
    let page = person.tab();
    let email = somebody();
    page.goto(&link);
    page.press("Create an account");
    create_account(&page, &email);
    page.see("Confirm the code of your terminal");
    page.see(&code);
    page.press("Approve");
    page.see("You can close this tab and return to your terminal.");
    assert!(plain(&login.wait().exits(0).stdout).contains(&format!("Logged in as {email}")));
}

#[test]
fn the_older_armoriq_polls_where_its_listener_can_not_be_reached() {
    let service = Service::dev().root_app("armoriq").start();
    let client = Client::armoriq(OLDER, &service);
    let said =
        older_login(&client, &mut visitor(&service), &["--product", "armorclaw", "--org", "nowhere"], false);
    assert!(said.contains("Logged in as"), "{said}");
}

#[test]
fn the_older_armoriq_says_that_it_was_refused() {
    let service = Service::dev().root_app("armoriq").start();
    let client = Client::armoriq(OLDER, &service);
    let login = client.start(&["login"]);
    let (link, code) = shown(&login);
    let mut person = visitor(&service);
    let page = open(&mut person, &link, &code);
    person.press(&page, "Deny", &[]).says("You denied the sign-in");
    let said = plain(&login.wait().exits(1).stdout);
    assert!(said.contains("✘ the sign-in was denied"), "{said}");
}

#[test]
fn the_newer_armoriq_signs_in_and_manages_its_keys() {
    let service = Service::dev().root_app("armoriq").start();
    let client = Client::armoriq(NEWER, &service);
    let email = somebody();
    let mut person = Visitor::new(&service.url);
    person.sign_up(&email);
    let login = client.start(&["login"]);
    let (link, code) = shown(&login);
    let page = open(&mut person, &link, &code);
    person.press(&page, "Approve", &[]).says("You approved ArmorIQ");
    let said = plain(&login.wait().exits(0).stdout);
    assert!(said.contains(&format!("Logged in as {email}")), "{said}");
    assert!(client.says(&["login"]).contains("Already logged in"), "the saved key is good");
    let whoami = client.says(&["whoami"]);
    assert!(whoami.contains(&email), "{whoami}");
    account(&client, &mut person, email.split('@').next().expect("a name"));
    assert!(client.says(&["logout"]).contains("Removed the profile"));
}

/// A key of somebody who signs in with a device code, without any command.
#[track_caller]
fn armoriq_key(service: &Service) -> String {
    let begun = ask(&service.url, &Ask::json("/auth/device/code", &json!({}))).is(200).json();
    let text = |field: &str| begun[field].as_str().expect("a text").to_owned();
    let mut person = visitor(service);
    let page = open(&mut person, &text("verification_uri_complete"), &text("user_code"));
    person.press(&page, "Approve", &[]);
    let poll = Ask::json("/auth/device/token", &json!({ "deviceCode": text("device_code") }));
    ask(&service.url, &poll).is(200).field("api_key")
}

/// Makes a client of the published SDK for Node, with this key.
fn node_sdk(service: &Service, key: &str) -> Finished {
    let modules =
        from_npm("node", include_str!("published/package.json"), include_str!("published/package-lock.json"));
    let mut command = Command::new("node");
    command.env_clear().env("PATH", "/usr/bin:/bin").env("NODE_PATH", modules.join("node_modules"));
    command.arg(workspace().join("tests/system/published/check_key.js")).args([&service.url, key]);
    Running::start("node", command).wait()
}

#[test]
fn the_published_sdk_of_node_finds_its_key_good_or_not() {
    let service = Service::dev().root_app("armoriq").start();
    let check = |key: &str| node_sdk(&service, key);
    let key = armoriq_key(&service);
    assert!(check(&key).exits(0).stdout.contains("API key validated successfully"));
    let mistyped = format!("{}{}", &key[..key.len() - 1], if key.ends_with('x') { 'y' } else { 'x' });
    for refused in [mistyped.as_str(), "ak_live_of_another_make"] {
        let said = check(refused).exits(3).stdout;
        assert!(said.contains("refused: ConfigurationException: Invalid API key."), "{said}");
    }
}

#[test]
fn a_key_of_the_dashboard_is_good_for_the_published_sdk_until_it_is_deleted() {
    let service = Service::dev().root_app("armoriq").start();
    let mut person = visitor(&service);
    let page = person.open("/dashboard/api-keys").says("API Keys").says("Create Key");
    let form = doorkey_tests::html::link(&page.answer.body, "Create Key").expect("a link to the form");
    let form = person.open(&form);
    let made = person.press(&form, "Create Key", &[("name", "rotated")]);
    let shown = made.answer.body.split_once("class=\"secret\" value=\"").expect("the key, shown once").1;
    let key = shown.split('"').next().expect("its end").to_owned();
    assert!(node_sdk(&service, &key).exits(0).stdout.contains("validated successfully"));
    let client = Client::armoriq(OLDER, &service);
    fs::create_dir_all(client.home.join(".armoriq")).expect("a folder");
    let saved = json!({ "apiKey": key, "email": "", "userId": "", "orgId": "", "savedAt": "" });
    fs::write(client.home.join(".armoriq/credentials.json"), saved.to_string()).expect("a file");
    assert!(client.says(&["orgs"]).contains('✓'), "it acts for whoever made it");
    let ours = Tool::new("armoriq", &service.url).env("ARMORIQ_API_KEY", &key);
    ours.run(&["orgs"]).exits(0).says("owner");
    ours.run(&["keys", "list"]).exits(0).says("rotated");
    let list = person.open("/dashboard/api-keys").says("rotated");
    assert!(!list.answer.body.contains(&key), "it is shown once");
    let delete = doorkey_tests::html::link(&list.answer.body, "Revoke rotated").expect("a link to delete it");
    let page = person.open(&delete);
    person.press(&page, "Revoke this key", &[]);
    let said = node_sdk(&service, &key).exits(3).stdout;
    assert!(said.contains("Invalid API key."), "{said}");
}

#[test]
fn the_published_clients_find_the_key_that_our_command_saved() {
    let service = Service::dev().root_app("armoriq").start();
    let tool = Tool::new("armoriq", &service.url);
    let login = tool.start(&["login", "--no-browser"]);
    let (link, code) = shown(&login);
    let email = somebody();
    let mut person = Visitor::new(&service.url);
    person.sign_up(&email);
    let page = open(&mut person, &link, &code);
    person.press(&page, "Approve", &[]);
    login.wait().exits(0);
    let mut client = Client::armoriq(OLDER, &service);
    client.home = tool.home();
    assert!(client.says(&["whoami"]).contains(&email));
    let orgs = client.says(&["orgs"]);
    assert!(orgs.contains('✓'), "its key is good: {orgs}");
    let mut sdk = Command::new(client.program.with_file_name("python"));
    sdk.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", tool.home());
    sdk.arg(workspace().join("tests/system/published/find_key.py")).arg(&service.url);
    let said = Running::start("python", sdk).wait().exits(0).stdout;
    assert!(said.contains("API key validated successfully"), "{said}");
}

/// npm on somebody's machine, with this service as its registry.
fn npm(home: &Folder, service: &Service, arguments: &[&str]) -> Running {
    let mut command = Command::new("npm");
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home.path()).current_dir(home.path());
    command.args(arguments).arg(format!("--registry={}/", service.url));
    command.args(["--browser=false", "--update-notifier=false", "--fetch-retries=0"]);
    Running::start(&format!("npm {}", arguments.join(" ")), command)
}

/// The link that npm shows, and the page that it leads to.
#[track_caller]
fn npm_page(login: &Running, person: &mut Visitor) -> Visited {
    let link = login.wait_for("the link", |_, line| {
        let line = plain(line);
        line.trim().starts_with("http://").then(|| line.trim().to_owned())
    });
    person.open(&link).says("Sign in to npm?")
}

#[test]
fn npm_signs_in_with_its_own_web_login() {
    let service = Service::dev().apps(&workspace().join("apps/examples")).root_app("npm").start();
    let home = Folder::new("home");
    let mut person = visitor(&service);
    let login = npm(&home, &service, &["login", "--auth-type=web"]);
    let page = npm_page(&login, &mut person);
    person.press(&page, "Deny", &[]);
    assert_ne!(login.wait().code, Some(0), "refused");

    let login = npm(&home, &service, &["login", "--auth-type=web"]);
    let page = npm_page(&login, &mut person);
    person.press(&page, "Approve", &[]).says("You approved npm");
    login.wait().exits(0);
    let file = fs::read_to_string(home.join(".npmrc")).expect("npm keeps the token");
    assert!(file.contains(":_authToken=npm_"), "{file}");
    let whoami = npm(&home, &service, &["whoami"]).wait().exits(0).stdout;
    assert!(whoami.starts_with("person-"), "{whoami}");
    let page = person.open("/devices/sign-out-everywhere");
    person.press(&page, "Sign out everywhere", &[]);
    assert_ne!(npm(&home, &service, &["whoami"]).wait().code, Some(0), "revoked");
    let secret = file.split(":_authToken=").nth(1).map(str::trim).expect("a token");
    assert!(!service.log().iter().any(|line| line.contains(secret) || line.contains("sessionId")));
}

#[test]
fn the_published_client_of_dvc_studio_signs_in() {
    let service = Service::dev().apps(&workspace().join("apps/examples")).root_app("dvc-studio").start();
    let requirements = include_str!("published/dvc-studio-0.23.0.txt");
    let home = Folder::new("home");
    let mut command = Command::new(from_pypi("dvc-studio-0.23.0", requirements).join("bin/python"));
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home.path()).env("PYTHONUNBUFFERED", "1");
    command.arg(workspace().join("tests/system/published/device_login.py")).arg(&service.url);
    let login = Running::start("python", command);
    let link = login.wait_for("the link", |_, line| {
        Some(line.split_once("Open this url to continue in your web browser: ")?.1.to_owned())
    });
    let mut person = visitor(&service);
    let page = person.open(&link).says("Let a terminal in").says("Read and write your experiments");
    person.press(&page, "Approve", &[]);
    let said = login.wait().exits(0).stdout;
    assert!(said.contains("\"name\": \"box\"") && said.contains("\"token\": \"isat_"), "{said}");
}

/// Signs in as the published command does: with a state of its own, polling with a session that the browser doesn't see.
#[track_caller]
fn tank_token(service: &Service, person: &mut Visitor) -> String {
    let state = "7e6f0e0a-6f0d-4a5a-9a5e-5b8f6f0f7f11";
    let start = Ask::json("/api/v1/cli-auth/start", &json!({ "state": state }));
    let begun = ask(&service.url, &start).is(200).json();
    let exchange = Ask::json(
        "/api/v1/cli-auth/exchange",
        &json!({ "sessionCode": begun["sessionCode"], "state": state }),
    );
    ask(&service.url, &exchange).is(400);
    let page = person.open(begun["authUrl"].as_str().expect("a link")).says("Authorize CLI");
    person.press(&page, "Authorize", &[]);
    ask(&service.url, &exchange).is(200).field("token")
}

#[test]
fn the_published_sdk_of_tank_knows_whose_token_it_is() {
    let service = Service::dev().root_app("tank").start();
    let python = from_pypi("tank-0.16.2", include_str!("published/tank-0.16.2.txt")).join("bin/python");
    let home = Folder::new("home");
    let who = |token: Option<&str>| -> Value {
        let mut command = Command::new(&python);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home.path());
        command.arg(workspace().join("tests/system/published/who_am_i.py")).arg(&service.url).args(token);
        let said = Running::start("python", command).wait().exits(0).stdout;
        serde_json::from_str(said.trim()).unwrap_or_else(|problem| panic!("{problem}: {said}"))
    };
    let email = somebody();
    let mut person = Visitor::new(&service.url);
    person.sign_up(&email);
    let token = tank_token(&service, &mut person);
    let known = who(Some(&token));
    assert_eq!(known["email"], email.as_str());
    assert!(known["id"].is_string() && known["name"].is_string(), "{known}");
    assert_eq!(who(None), Value::Null, "nobody asks without a token");
    assert_eq!(who(Some("tank_nonsense")), Value::Null);
    let page = person.open("/devices/sign-out-everywhere");
    person.press(&page, "Sign out everywhere", &[]);
    assert_eq!(who(Some(&token)), Value::Null, "revoked");
}
