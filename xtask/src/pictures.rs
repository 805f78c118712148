//! Pictures of how each product is signed in to, as a person sees it: the page and the terminal.
//!
//! Nothing here knows any product: what has to be said and pressed stands in the manifests.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use doorkey_tests::browser::{Browser, Look, Page};
use doorkey_tests::janitor::Folder;
use doorkey_tests::person::create_account;
use doorkey_tests::service::Service;
use doorkey_tests::terminal::{self, Terminal, USUAL};
use doorkey_tests::{binary, workspace};

use crate::Outcome;
use crate::run::{cargo, run};

/// The product that has pictures of its own: the demo's.
const DEMO: &str = "demo";

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Pictures of every product of `apps/`, in this folder.
pub fn products(folder: &Path) -> Outcome {
    let folder = folder.join("products");
    fs::create_dir_all(&folder).map_err(|problem| format!("{}: {problem}", folder.display()))?;
    let mut files: Vec<PathBuf> = fs::read_dir(workspace().join("apps"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.retain(|path| {
        let is_demo = path.file_stem().is_some_and(|name| name == DEMO);
        path.extension().is_some_and(|end| end == "toml") && !is_demo
    });
    files.sort();
    for file in files {
        let product = Product::read(&file)?;
        println!("{}: its page and its terminal", product.name);
        product.picture(&folder)?;
    }
    Ok(())
}

/// Pictures of every command of the book, in this folder: the test that runs all of them makes them, too.
pub fn terminals(folder: &Path) -> Outcome {
    let mut test = cargo();
    test.args(["test", "--package", "doorkey-tests", "--test", "system", "--", "terminals::"]);
    test.env("DOORKEY_PICTURES", folder.join("terminals"));
    run(test)
}

/// What of a manifest says how its sign-in looks.
struct Product {
    name: String,
    manifest: toml::Table,
}

impl Product {
    fn read(file: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(file).map_err(|problem| format!("{}: {problem}", file.display()))?;
        let manifest: toml::Table =
            toml::from_str(&text).map_err(|problem| format!("{}: {problem}", file.display()))?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, manifest })
    }

    /// A text of the manifest, by the keys that lead there.
    fn text(&self, keys: &[&str]) -> Option<&str> {
        let (last, tables) = keys.split_last()?;
        let table = tables.iter().try_fold(&self.manifest, |table, key| table.get(*key)?.as_table())?;
        let value = table.get(*last)?;
        value.as_str().or_else(|| value.as_array()?.first()?.as_str())
    }

    /// Whether its way of signing in is to paste a token.
    fn pastes(&self) -> bool {
        self.text(&["sign_in", "ways"]) == Some("paste")
    }

    /// Whether its browser is sent to https and nowhere else.
    fn insists_on_https(&self) -> bool {
        self.text(&["wire", "authorize", "request"])
            .is_some_and(|request| request.starts_with("GET https://"))
    }

    fn picture(&self, folder: &Path) -> Outcome {
        let plan = Service::dev().root_app(&self.name);
        let service = if self.insists_on_https() { plan.with("--tls") } else { plan }.start();
        let browser = Browser::start(&["--ignore-certificate-errors"]);
        let person = browser.person();
        let page = person.tab();
        let mut login = Login::open(self, &service)?;
        let link = login.link()?;
        page.goto(&link);
        page.press("Create an account");
        create_account(&page, "ada@example.com");
        if let Some(plan) = self.text(&["plans", "needs"]) {
            service.admin(&["plan", "ada@example.com", plan]).exits(0);
        }
        if self.pastes() {
            let token = self.make_token(&page, folder);
            login.terminal.type_in(&token);
        } else {
            if page.has("Continue") {
                page.press("Continue");
            }
            self.looks(&page, folder);
            page.press(self.text(&["pages", "approve", "approve"]).unwrap_or("Approve"));
        }
        let shown = login.wait();
        let shown = self.at_home(&shown, &link, &service.url);
        let picture = folder.join(format!("{}-terminal.png", self.name));
        terminal::picture(&page, &format!("{} login", self.name), &shown, USUAL, &picture);
        Ok(())
    }

    /// What was shown, with the addresses of the product where those of the service stand.
    fn at_home(&self, shown: &str, link: &str, service: &str) -> String {
        let server = self.text(&["server", "url"]).unwrap_or(service);
        let frontend = self.text(&["server", "frontend"]).unwrap_or(server);
        let page = link.replace(service, frontend);
        shown.replace(link, &page).replace(service, server)
    }

    /// Makes a token on the page that is open, and gives it back.
    fn make_token(&self, page: &Page, folder: &Path) -> String {
        let create = self.text(&["pages", "tokens", "create"]).unwrap_or("Create token");
        page.press(create);
        page.fill("Name", "MacBook Pro");
        page.press(create);
        page.see(self.text(&["pages", "tokens", "created"]).unwrap_or("Copy your token now"));
        let token = page.evaluate("document.getElementById('secret').value");
        self.looks(page, folder);
        token.as_str().unwrap_or_default().to_owned()
    }

    fn looks(&self, page: &Page, folder: &Path) {
        for look in [Look::DESKTOP, Look { width: 390, dark: true }] {
            page.look(look);
            page.picture(&folder.join(format!("{}-page-{}.png", self.name, look.name())));
        }
        page.look(Look::DESKTOP);
    }
}

/// A login in a terminal, and the home that it runs in.
struct Login {
    terminal: Terminal,
    note: PathBuf,
    folder: Folder,
}

impl Login {
    /// Starts `NAME login` in a terminal, as somebody types it.
    fn open(product: &Product, service: &Service) -> Result<Self, String> {
        let folder = Folder::new("terminal");
        let program = folder.join(&product.name);
        std::os::unix::fs::symlink(binary("doorkey", false), &program)
            .map_err(|problem| problem.to_string())?;
        let opener = doorkey_tests::opener::Opener::install(folder.path());
        // What is typed at the question for a token isn't shown, so the terminal's echo may stay on.
        let mut login = format!("{} login", program.display());
        if product.text(&["environment", "server"]).is_none() {
            let _ = write!(login, " --api {}", service.url);
        }
        let mut command = Command::new(&program);
        command.env("PATH", "/usr/bin:/bin").env("HOME", folder.path()).current_dir(folder.path());
        command.env("BROWSER", opener.program()).env("SSL_CERT_FILE", authority(service));
        for key in ["server", "default_server", "frontend"] {
            if let Some(variable) = product.text(&["environment", key]) {
                command.env(variable, &service.url);
            }
        }
        let terminal = Terminal::open(&login, USUAL, command);
        let note = folder.join("open-link.link");
        Ok(Self { terminal, note, folder })
    }

    /// The link that it has opened.
    fn link(&self) -> Result<String, String> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Ok(link) = fs::read_to_string(&self.note) {
                return Ok(link);
            }
            if Instant::now() > until {
                return Err(format!("no link was opened; the terminal shows:\n{}", self.terminal.said()));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Everything that it shows at its end.
    fn wait(self) -> String {
        let home = self.folder.path().display().to_string();
        self.terminal.wait().replace(&home, "/home/ada")
    }
}

/// The certificate of the service's own authority, where it speaks https.
fn authority(service: &Service) -> String {
    let log = service.log().join("\n");
    let found =
        log.split_whitespace().find(|word| Path::new(word).extension().is_some_and(|end| end == "pem"));
    found.unwrap_or("/etc/ssl/certs/ca-certificates.crt").to_owned()
}
