//! Pictures of how each product is signed in to, as a person sees it: the page and the terminal.
//!
//! Nothing here knows any product: what has to be said and pressed stands in the manifests.

mod screen;

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use doorkey_tests::browser::{Browser, Look, Page};
use doorkey_tests::janitor::Folder;
use doorkey_tests::person::create_account;
use doorkey_tests::service::Service;
use doorkey_tests::{binary, workspace};

use crate::Outcome;

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
        let mut terminal = Terminal::open(self, &service)?;
        let link = terminal.link()?;
        page.goto(&link);
        page.press("Create an account");
        create_account(&page, "ada@example.com");
        if let Some(plan) = self.text(&["plans", "needs"]) {
            service.admin(&["plan", "ada@example.com", plan]).exits(0);
        }
        if self.pastes() {
            let token = self.make_token(&page, folder);
            terminal.type_in(&token)?;
        } else {
            if page.has("Continue") {
                page.press("Continue");
            }
            self.looks(&page, folder);
            page.press(self.text(&["pages", "approve", "approve"]).unwrap_or("Approve"));
        }
        let shown = terminal.wait()?;
        let shown = self.at_home(&shown, &link, &service.url);
        let picture = folder.join("terminal.html");
        fs::write(&picture, screen::html(&self.name, &shown)).map_err(|problem| problem.to_string())?;
        page.look(Look { width: 920, dark: false });
        page.goto(&format!("file://{}", picture.display()));
        page.fit(920, screen::height(&shown));
        page.picture(&folder.join(format!("{}-terminal.png", self.name)));
        fs::remove_file(picture).map_err(|problem| problem.to_string())
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

/// A login in a terminal, and what it has shown so far.
struct Terminal {
    child: Child,
    shown: Arc<Mutex<Vec<u8>>>,
    note: PathBuf,
    folder: Folder,
}

impl Terminal {
    /// Starts `NAME login` in a terminal, as somebody types it.
    fn open(product: &Product, service: &Service) -> Result<Self, String> {
        let folder = Folder::new("terminal");
        let program = folder.join(&product.name);
        std::os::unix::fs::symlink(binary("doorkey", false), &program)
            .map_err(|problem| problem.to_string())?;
        let opener = doorkey_tests::opener::Opener::install(folder.path());
        let mut command = Command::new("script");
        // What is typed at the question for a token isn't shown, so the terminal's echo may stay on.
        let mut login = format!("{} login", program.display());
        if product.text(&["environment", "server"]).is_none() {
            let _ = write!(login, " --api {}", service.url);
        }
        command.args(["-qefc", &login, "/dev/null"]);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", folder.path())
            .env("TERM", "xterm-256color");
        command.env("BROWSER", opener.program()).env("SHELL", "/bin/sh").current_dir(folder.path());
        command.env("SSL_CERT_FILE", authority(service));
        for key in ["server", "default_server", "frontend"] {
            if let Some(variable) = product.text(&["environment", key]) {
                command.env(variable, &service.url);
            }
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child =
            command.spawn().map_err(|problem| format!("`script` cannot be started: {problem}"))?;
        let shown = Arc::new(Mutex::new(Vec::new()));
        if let Some(mut output) = child.stdout.take() {
            let shown = Arc::clone(&shown);
            thread::spawn(move || {
                let mut piece = [0; 4096];
                while let Ok(read @ 1..) = output.read(&mut piece) {
                    if let (Ok(mut shown), Some(piece)) = (shown.lock(), piece.get(..read)) {
                        shown.extend_from_slice(piece);
                    }
                }
            });
        }
        let note = folder.join("open-link.link");
        Ok(Self { child, shown, note, folder })
    }

    fn said(&self) -> String {
        self.shown.lock().map(|shown| String::from_utf8_lossy(&shown).into_owned()).unwrap_or_default()
    }

    /// The link that it has opened.
    fn link(&self) -> Result<String, String> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Ok(link) = fs::read_to_string(&self.note) {
                return Ok(link);
            }
            if Instant::now() > until {
                return Err(format!("no link was opened; the terminal shows:\n{}", self.said()));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn type_in(&mut self, text: &str) -> Outcome {
        let typed = self.child.stdin.as_mut().map(|input| writeln!(input, "{text}"));
        typed.transpose().map(drop).map_err(|problem| problem.to_string())
    }

    /// Everything that it shows at its end.
    fn wait(mut self) -> Result<String, String> {
        let until = Instant::now() + PATIENCE;
        while self.child.try_wait().map_err(|problem| problem.to_string())?.is_none() {
            if Instant::now() > until {
                let _ = self.child.kill();
                return Err(format!("the login doesn't end; the terminal shows:\n{}", self.said()));
            }
            thread::sleep(Duration::from_millis(20));
        }
        // The last of it may still be on its way.
        thread::sleep(Duration::from_millis(100));
        let home = self.folder.path().display().to_string();
        Ok(screen::settled(&self.said()).replace(&home, "/home/ada"))
    }
}

/// The certificate of the service's own authority, where it speaks https.
fn authority(service: &Service) -> String {
    let log = service.log().join("\n");
    let found =
        log.split_whitespace().find(|word| Path::new(word).extension().is_some_and(|end| end == "pem"));
    found.unwrap_or("/etc/ssl/certs/ca-certificates.crt").to_owned()
}
