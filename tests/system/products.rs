//! The products, each from its manifest alone: our command signs in at our service, in a real browser, at the addresses and in
//! the words that the product's document has.

use std::fs;
use std::path::Path;
use std::time::Duration;

use doorkey_tests::browser::{Browser, Page, Person};
use doorkey_tests::http::query;
use doorkey_tests::janitor::Folder;
use doorkey_tests::person::create_account;
use doorkey_tests::process::{Finished, Running};
use doorkey_tests::service::Service;
use doorkey_tests::tool::Tool;
use doorkey_tests::workspace;
use serde_json::json;

use crate::stage::{mode, somebody};

/// The service of a product, at the root of its host.
fn service_of(app: &str) -> Service {
    Service::dev().root_app(app).start()
}

/// Somebody's machine with the product's command on it, which believes the service to be the product's.
fn tool_of(app: &str, service: &Service) -> Tool {
    Tool::new(app, &service.url)
}

/// Somebody at a browser who has just made an account.
struct Newcomer {
    page: Page,
    email: String,
    /// The browser forgets whoever isn't held.
    _person: Person,
}

/// Somebody opens the link, makes an account and waits for the question.
fn newcomer(browser: &Browser, link: &str) -> Newcomer {
    let person = browser.person();
    let page = person.tab();
    page.goto(link);
    page.press("Create an account");
    let email = somebody();
    create_account(&page, &email);
    Newcomer { page, email, _person: person }
}

/// Makes a token or a key on the page of them, and reads it where it is shown once.
fn make(page: &Page, create: &str, name: &str) -> String {
    page.press(create);
    page.fill("Name", name);
    page.press(create);
    let secret = page.evaluate("document.getElementById('secret').value");
    secret.as_str().expect("the secret").to_owned()
}

fn lines(finished: &Finished) -> Vec<&str> {
    finished.stdout.lines().collect()
}

/// Signs in through a browser that the command opens.
fn signed_in(tool: &Tool, approve: &str) -> Newcomer {
    let mut login = tool.start(&["login"]);
    let newcomer = newcomer(Browser::shared(), &tool.opened(&mut login));
    newcomer.page.press(approve);
    login.wait().exits(0);
    newcomer
}

#[test]
fn tank_is_signed_in_to_at_its_own_page() {
    let service = service_of("tank");
    let tool = tool_of("tank", &service);
    let mut login = tool.start(&["login"]);
    let link = tool.opened(&mut login);
    assert!(link.starts_with(&format!("{}/auth/cli?session=", service.url)), "{link}");
    assert!(query(&link, "state").is_some(), "{link}");
    let Newcomer { page, email, .. } = &newcomer(Browser::shared(), &link);
    page.see("Authorize CLI");
    page.see("The Tank CLI is requesting access to your account.");
    for scope in [
        "Read skill metadata and download tarballs",
        "Publish new skill versions",
        "Read organization membership",
    ] {
        page.see(scope);
    }
    page.press("Authorize");
    let done = login.wait().exits(0);
    let name = email.split('@').next().unwrap_or_default();
    assert_eq!(
        lines(&done)[..3],
        ["Starting login...", "Opened browser for authentication.", "Waiting for authorization..."],
        "{done}"
    );
    let last = lines(&done).last().copied().unwrap_or_default();
    assert!(last == format!("✓ Logged in as {name}") || last == format!("✓ Logged in as {email}"), "{done}");

    let file = tool.json(".tank/config.json").expect("the file");
    assert_eq!(
        (file["registry"].as_str(), mode(tool.path(".tank/config.json"))),
        (Some(service.url.as_str()), 0o600)
    );
    assert!(file["token"].as_str().is_some_and(|token| token.starts_with("tank_")), "the prefix");
    let known = tool.run(&["whoami"]).exits(0);
    assert!(
        known.stdout.starts_with("Logged in as: ") && known.stdout.contains(&format!("Email: {email}\n")),
        "{known}"
    );

    // The person ends it on the page of their devices; the very next question is answered so.
    page.goto(&format!("{}/devices", service.url));
    page.press("Sign out everywhere…");
    page.press("Sign out everywhere");
    page.see("Sign in");
    tool.run(&["whoami"]).exits(1).says("Token is invalid or expired. Run: tank login");
    let out = tool.run(&["logout"]).exits(0);
    assert_eq!(lines(&out), ["✓ Logged out"], "{out}");
    assert_eq!(tool.json(".tank/config.json"), Some(json!({ "registry": service.url })), "the rest stays");
    tool.run(&["whoami"]).exits(1).says("⚠ Not logged in. Run: tank login");
}

#[test]
fn almyty_comes_home_with_a_code_and_the_key_is_exchanged_for_it() {
    let service = service_of("almyty");
    let tool = tool_of("almyty", &service).env("ALMYTY_FRONTEND_URL", &service.url);
    let mut login = tool.start(&["login"]);
    let link = tool.opened(&mut login);
    assert!(
        link.starts_with(&format!("{}/cli-login?callback=http%3A%2F%2F127.0.0.1%3A", service.url)),
        "{link}"
    );
    let Newcomer { page, email, .. } = &newcomer(Browser::shared(), &link);
    page.press("Connect CLI");
    login.wait().exits(0).says("✓ Logged in. Credentials saved to");
    page.see("You can return to your terminal");
    assert!(!page.address().contains("ak_live_"), "a key isn't in the address: {}", page.address());
    let file = tool.json(".almyty/credentials.json").expect("the file");
    assert!(file["token"].as_str().is_some_and(|token| token.starts_with("ak_live_")), "the prefix");
    assert_eq!(
        (file["url"].as_str(), file["frontendUrl"].as_str(), file["email"].as_str()),
        (Some(service.url.as_str()), Some(service.url.as_str()), Some(email.as_str()))
    );
    let known = tool.run(&["whoami"]).exits(0);
    let shown = lines(&known);
    assert_eq!(
        (shown[0], shown[2]),
        (format!("Logged in as {email}").as_str(), format!("API: {}", service.url).as_str()),
        "{known}"
    );
    assert!(shown[1].starts_with("Organization: "), "{known}");
}

#[test]
fn almyty_prints_a_link_that_works_on_another_machine_and_picks_the_key_up() {
    let service = service_of("almyty");
    let tool = tool_of("almyty", &service);
    let login = tool.start(&["login", "--no-browser"]);
    let link = crate::stage::shown_link(&login);
    assert!(link.starts_with(&format!("{}/cli-auth?code=", service.url)), "{link}");
    login.wait_for_line("Open this URL in any browser:");
    login.wait_for_line("Waiting for authentication...");
    let Newcomer { page, .. } = &newcomer(Browser::shared(), &link);
    approve_device(page, "Connect CLI");
    login.wait().exits(0);
    let file = tool.json(".almyty/credentials.json").expect("the file");
    assert!(file["token"].as_str().is_some_and(|token| token.starts_with("ak_live_")), "the prefix");
}

/// A page with the code of a terminal may ask to compare it first.
fn approve_device(page: &Page, approve: &str) {
    if page.has("Continue") {
        page.press("Continue");
    }
    page.press(approve);
}

#[test]
fn armoriq_is_done_when_the_browser_comes_by_at_the_command() {
    let service = service_of("armoriq");
    let tool = tool_of("armoriq", &service);
    let mut login = tool.start(&["login", "--poll-interval", "60s"]);
    let link = tool.opened(&mut login);
    assert!(link.starts_with(&format!("{}/auth/device?code=", service.url)), "{link}");
    let callback = query(&link, "callback").expect("the address to come by at");
    assert!(callback.starts_with("http://localhost:") && callback.contains("/callback?state="), "{callback}");
    let code = query(&link, "code").expect("the code");
    login.wait_for_line(&format!("Confirm this code in your browser: {code}"));
    let Newcomer { page, email, .. } = &newcomer(Browser::shared(), &link);
    page.see(&code);
    approve_device(page, "Approve");
    let done = login.wait().exits(0);
    page.see("You can return to your terminal");
    assert!(!page.address().contains("ak_"), "no key comes that way: {}", page.address());
    let shown = lines(&done);
    assert_eq!(shown[..2], ["ArmorIQ Login", "Opening browser..."], "{done}");
    assert!(shown.contains(&"Waiting for authorization... ✔"), "{done}");
    assert!(shown.iter().any(|line| line.starts_with(&format!("✔ Logged in as {email} (org: "))), "{done}");
    assert!(
        shown.contains(&format!("{}/auth/device?code={code}", service.url).as_str()),
        "people see it without: {done}"
    );

    let known = tool.run(&["whoami"]).exits(0);
    assert_eq!(lines(&known)[1], format!("Email: {email}"), "{known}");
    let orgs = tool.run(&["orgs"]).exits(0);
    assert!(orgs.stdout.contains("NAME") && orgs.stdout.contains("✓ "), "{orgs}");
}

#[test]
fn armoriq_polls_on_where_the_browser_can_not_come_by() {
    let service = service_of("armoriq");
    let tool = tool_of("armoriq", &service);
    let mut login = tool.start(&["login"]);
    let link = tool.opened(&mut login);
    // This browser finds no way to the command: a firewall, or another machine.
    let browser = Browser::start(&["--host-resolver-rules=MAP localhost ~NOTFOUND"]);
    let Newcomer { page, email, .. } = &newcomer(&browser, &link);
    approve_device(page, "Approve");
    login.wait().exits(0).says(&format!("✔ Logged in as {email}"));
}

/// The service with a certificate, which a product that insists on https needs, and a browser that trusts it.
struct Secure {
    service: Service,
    certificate: String,
    browser: Browser,
}

impl Secure {
    fn start(app: &str, apps: Option<&Folder>) -> Self {
        let mut plan = Service::dev().with("--tls").root_app(app);
        if let Some(folder) = apps {
            plan = plan.apps(folder.path());
        }
        let service = plan.start();
        let log = service.log().join("\n");
        let is_certificate = |word: &&str| Path::new(word).extension().is_some_and(|end| end == "pem");
        let certificate = log.split_whitespace().find(is_certificate).expect("where it lies").to_owned();
        Self { service, certificate, browser: Browser::start(&["--ignore-certificate-errors"]) }
    }

    fn tool(&self, app: &str) -> Tool {
        Tool::new(app, &self.service.url).env("SSL_CERT_FILE", &self.certificate)
    }

    fn sign_in(&self, tool: &Tool, more: &[&str]) -> (String, Finished) {
        let mut login: Running = tool.start(&[&["login"], more].concat());
        let link = tool.opened(&mut login);
        assert!(
            link.starts_with(&format!("{}/authorize?response_type=code&client_id=", self.service.url)),
            "{link}"
        );
        let Newcomer { page, email, .. } = &newcomer(&self.browser, &link);
        page.press("Approve");
        (email.clone(), login.wait().exits(0))
    }
}

#[test]
fn arkor_signs_in_with_what_stands_in_for_auth0_and_stays_signed_in() {
    let secure = Secure::start("arkor", None);
    let tool = secure.tool("arkor");
    fs::create_dir(tool.path(".arkor")).expect("a folder");
    let state = json!({ "orgSlug": "acme", "projectSlug": "p", "projectId": "1" });
    fs::write(tool.path(".arkor/state.json"), state.to_string()).expect("the project's own file");
    let (email, done) = secure.sign_in(&tool, &[]);
    assert!(lines(&done)[0].starts_with(&format!("Browser: {}/authorize?", secure.service.url)), "{done}");
    let file = tool.json(".arkor/credentials.json").expect("the file");
    assert_eq!(file["mode"], "auth0");
    let now = std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
    assert!(file["expiresAt"].as_u64().is_some_and(|end| end > now), "Unix seconds: {}", file["expiresAt"]);

    let known = tool.run(&["whoami"]).exits(0);
    assert!(known.stdout.starts_with("{\n  \"id\": ") && known.stdout.contains(&email), "{known}");
    assert!(lines(&known).last().is_some_and(|line| line.starts_with("Orgs: ")), "{known}");

    // The access token runs out: the stored refresh token is used, unnoticed.
    let mut over = file.clone();
    over["expiresAt"] = json!(now - 60);
    tool.write_json(".arkor/credentials.json", &over);
    tool.run(&["whoami"]).exits(0).says(&email);
    let renewed = tool.json(".arkor/credentials.json").expect("the file");
    assert!(renewed["accessToken"] != file["accessToken"] && renewed["refreshToken"] != file["refreshToken"]);
    assert_eq!(tool.json(".arkor/state.json"), Some(state), "nobody touches the project's own file");

    let out = tool.run(&["logout", "-y"]).exits(0);
    assert_eq!(out.stdout, format!("Removed {}.\n", tool.path(".arkor/credentials.json").display()));
    tool.run(&["whoami"]).exits(0).says("Not signed in. Run `arkor login` or `arkor login --anonymous`.");
}

#[test]
fn arkor_takes_along_what_was_done_without_an_account() {
    let secure = Secure::start("arkor", None);
    let tool = secure.tool("arkor");
    let anonymous = tool.run(&["login", "--anonymous"]).exits(0);
    assert!(
        anonymous.stdout.contains("Anonymous id: ")
            && anonymous.stdout.contains("Signed in anonymously (personal org: "),
        "{anonymous}"
    );
    let before = tool.json(".arkor/credentials.json").expect("the file");
    assert_eq!(before["mode"], "anon");
    let slug = before["orgSlug"].as_str().expect("its organization").to_owned();

    let (email, _) = secure.sign_in(&tool, &[]);
    let after = tool.json(".arkor/credentials.json").expect("the file");
    assert_eq!((after["mode"].as_str(), after.get("anonymousId")), (Some("auth0"), None));
    let known = tool.run(&["whoami"]).exits(0).says(&email);
    let orgs = lines(&known).last().copied().unwrap_or_default().to_owned();
    assert!(orgs.contains(&slug), "the organization came along: {orgs}");
}

/// The product's manifest, changed.
fn changed(app: &str, changes: &[(&str, &str)]) -> Folder {
    let folder = Folder::new("apps");
    let mut source = fs::read_to_string(workspace().join(format!("apps/{app}.toml"))).expect("the manifest");
    for (old, new) in changes {
        assert!(source.contains(old), "{old}");
        source = source.replace(old, new);
    }
    fs::write(folder.join(format!("{app}.toml")), source).expect("a copy");
    folder
}

#[test]
fn arkor_demands_an_upgrade_and_announces_one_by_the_gate() {
    let minimum = "minimum = \"0.0.1-alpha.1\"";
    let old = changed("arkor", &[(minimum, "minimum = \"0.0.2\"")]);
    let secure = Secure::start("arkor", Some(&old));
    let tool = secure.tool("arkor").env("npm_config_user_agent", "pnpm/9.1.0 npm/? node/v20.0.0 linux x64");
    let (_, _) = secure.sign_in(&tool, &[]);
    let refused = tool.run(&["whoami"]).exits(1);
    assert!(refused.stderr.contains("Arkor SDK 0.0.1-alpha.3 is no longer supported"), "{refused}");
    assert!(
        refused.stderr.contains(">=0.0.2") && refused.stderr.contains("pnpm add -g arkor@latest"),
        "{refused}"
    );

    let soon = changed(
        "arkor",
        &[(
            minimum,
            "minimum = \"0.0.1-alpha.1\"\ncurrent = \"0.0.2\"\nwarning = \"Arkor SDK 0.0.1 is deprecated\"\nsunset = \"Sat, 01 May 2027 00:00:00 GMT\"",
        )],
    );
    let secure = Secure::start("arkor", Some(&soon));
    let tool = secure.tool("arkor");
    let (email, _) = secure.sign_in(&tool, &[]);
    let warned = tool.run(&["whoami"]).exits(0).says(&email);
    let warning = "Arkor SDK 0.0.1 is deprecated (current: 0.0.1-alpha.3). Cutoff: Sat, 01 May 2027 00:00:00 GMT. Run `npm install -g arkor@latest`.";
    assert_eq!(
        warned.stdout.matches(warning).count() + warned.stderr.matches(warning).count(),
        1,
        "{warned}"
    );
}

#[test]
fn arka_makes_a_token_on_its_page_and_tells_apart_what_is_wrong_with_one() {
    let service = service_of("arka");
    let tool = tool_of("arka", &service);
    let person = Browser::shared().person();
    let page = person.tab();
    page.goto(&format!("{}/app/personal/settings/tokens", service.url));
    page.press("Create an account");
    let email = somebody();
    create_account(&page, &email);
    page.see("Settings");
    page.see("Personal Access Tokens");
    let token = make(&page, "Create Token", "MacBook Pro");
    page.see("Copy your token now - it won't be shown again!");
    assert!(token.starts_with("arka_"), "the prefix");

    let save = || tool.run_with(&["login", "--api-key", "-"], &token);
    let unpaid = save();
    assert!(unpaid.code == Some(1) && unpaid.to_string().contains("Pro subscription required"), "{unpaid}");
    assert!(unpaid.to_string().contains("/billing"), "{unpaid}");

    service.admin(&["plan", &email, "pro"]).exits(0);
    // What is changed beside the service is seen within a second.
    std::thread::sleep(Duration::from_secs(1));
    save().exits(0);
    assert_eq!(tool.json(".config/arka-code-nodejs/config.json"), Some(json!({ "apiKey": token })));
    tool.run(&["whoami"]).exits(0).says(&email);
    let given = tool_of("arka", &service);
    given.run(&["whoami", "--api-key", &token]).exits(0).says(&email);
    tool_of("arka", &service).env("ARKA_API_KEY", &token).run(&["whoami"]).exits(0).says(&email);

    page.goto(&format!("{}/app/personal/settings/tokens", service.url));
    let other = make(&page, "Create Token", "Desktop");
    page.goto(&format!("{}/app/personal/settings/tokens", service.url));
    page.press("Revoke MacBook Pro");
    page.press("Revoke this token");
    given.run(&["whoami", "--api-key", &other]).exits(0).says(&email);
    let revoked = tool.run(&["whoami"]).exits(1);
    assert!(revoked.to_string().contains("revoked"), "{revoked}");
    let unknown = tool.run_with(&["login", "--api-key", "-"], "arka_nobody_has_ever_seen_this_one");
    assert!(unknown.code == Some(1) && unknown.to_string().contains("Invalid token"), "{unknown}");
    assert!(!unknown.to_string().contains("revoked"), "{unknown}");
}

#[test]
fn almyty_keys_are_made_in_the_settings_and_saved_by_the_command() {
    let service = service_of("almyty");
    let tool = tool_of("almyty", &service);
    let Newcomer { page, email, .. } =
        &newcomer(Browser::shared(), &format!("{}/settings/api-keys", service.url));
    page.see("Settings");
    page.see("API Keys");
    page.press("Create Key");
    page.see("until it is revoked");
    assert_eq!(page.evaluate("document.querySelector('[name=expires]:checked').value"), "never");
    page.goto(&format!("{}/settings/api-keys", service.url));
    let key = make(page, "Create Key", "CI pipeline");
    let saved = tool.run(&["login", "--token", &key]).exits(0);
    let path = tool.home().join(".almyty/credentials.json");
    assert_eq!(saved.stderr.trim(), format!("✓ Token saved to {}", path.display()), "{saved}");
    let given = tool_of("almyty", &service).env("ALMYTY_TOKEN", &key);
    let slug = email.split('@').next().unwrap_or_default();
    given
        .run(&["whoami"])
        .exits(0)
        .says(&format!("Logged in as {email}"))
        .says(&format!("Organization: {slug}"));
    assert_eq!(tool.json(".almyty/credentials.json").expect("the file")["token"], key.as_str());
    page.goto(&format!("{}/settings/api-keys", service.url));
    page.press("Revoke CI pipeline");
    page.press("Revoke this key");
    let refused = tool_of("almyty", &service).run(&["login", "--token", &key]);
    assert_ne!(refused.code, Some(0), "{refused}");
}

#[test]
fn the_second_sign_in_of_somebody_who_is_signed_in_is_one_press() {
    let service = service_of("almyty");
    let tool = tool_of("almyty", &service).env("ALMYTY_FRONTEND_URL", &service.url);
    let Newcomer { page, .. } = &signed_in(&tool, "Connect CLI");
    let mut again = tool.start(&["login"]);
    page.goto(&tool.opened(&mut again));
    page.press("Connect CLI");
    again.wait().exits(0);
}
