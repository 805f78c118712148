//! What most tests begin with: a service that is already running, the apps it serves, a login that waits.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use doorkey_tests::http::{Ask, ask};
use doorkey_tests::janitor::Folder;
use doorkey_tests::postgres;
use doorkey_tests::process::Running;
use doorkey_tests::service::{Plan, Service};
use doorkey_tests::tool::Tool;
use doorkey_tests::visitor::{Visited, Visitor};
use doorkey_tests::workspace;

/// Where the demo tool keeps its credential.
pub const CREDENTIAL: &str = ".demo/credentials.json";

/// The databases that everything has to hold on.
#[derive(Clone, Copy, Debug)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// The invented tools that the tests sign in to: parcel (sessions, no OAuth) and brief (a demo that is soon over).
pub fn apps() -> &'static Path {
    static APPS: OnceLock<Folder> = OnceLock::new();
    let folder = APPS.get_or_init(|| {
        let folder = Folder::new("apps");
        fs::copy(workspace().join("tests/apps/parcel.toml"), folder.join("parcel.toml")).expect("a copy");
        let demo = fs::read_to_string(workspace().join("apps/demo.toml")).expect("the demo's manifest");
        let brief = demo
            .replace("name = \"demo\"", "name = \"brief\"")
            .replace("expires_in = \"10m\"", "expires_in = \"4s\"")
            .replace("\"demo_", "\"brief_")
            .replace("DEMO_", "BRIEF_")
            .replace("~/.demo/", "~/.brief/");
        fs::write(folder.join("brief.toml"), brief).expect("a manifest can be written");
        folder
    });
    folder.path()
}

/// The manifest of one of these apps, as an argument of `--app`.
pub fn manifest(name: &str) -> String {
    apps().join(format!("{name}.toml")).display().to_string()
}

/// A service for tests that don't mind sharing it; on SQLite, ends with the run.
pub fn service() -> &'static Service {
    static SERVICE: OnceLock<Service> = OnceLock::new();
    SERVICE.get_or_init(|| Service::dev().apps(apps()).start())
}

/// A port that is free now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// A service of one's own on this engine.
pub fn service_on(engine: Engine) -> Service {
    match engine {
        Engine::Sqlite => Service::dev().apps(apps()).start(),
        Engine::Postgres => replica(&postgres::database(), free_port(), None).start(),
    }
}

/// `doorkeyd serve` over a PostgreSQL, to start as often as one likes; `key` is a key file to share.
pub fn replica(database: &str, port: u16, key: Option<(&Path, u16)>) -> Plan {
    let (key, public) =
        key.map_or(("{data}/key".into(), port), |(key, public)| (key.display().to_string(), public));
    Service::dev().config(&format!(
        "listen = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{public}\"\n\
         database = \"{database}\"\nkey_file = \"{key}\"\napps = \"{}\"\n",
        apps().display()
    ))
}

/// An address that nobody else in this run has.
pub fn somebody() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("person-{}@example.com", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Somebody at the pages without a browser, signed in to a new account.
pub fn visitor(service: &Service) -> Visitor {
    let mut visitor = Visitor::new(&service.url);
    visitor.sign_up(&somebody());
    visitor
}

/// The link that a login shows on a line of its own.
#[track_caller]
pub fn shown_link(login: &Running) -> String {
    login.wait_for("the link", |_, line| {
        let line = line.trim();
        (line.starts_with("http://") || line.starts_with("https://")).then(|| line.to_owned())
    })
}

/// A code of two times four letters in what a program has said or a page shows.
pub fn code_in(text: &str) -> Option<&str> {
    text.split(|c: char| c.is_whitespace() || c == '=' || c == '&').find(|word| {
        let letters =
            |part: &str| part.len() == 4 && part.bytes().all(|b| b"BCDFGHJKLMNPQRSTVWXZ".contains(&b));
        word.split_once('-').is_some_and(|(first, second)| letters(first) && letters(second))
    })
}

/// Opens a link of a sign-in and goes on until the approval page.
#[track_caller]
pub fn open_approval(visitor: &mut Visitor, link: &str) -> Visited {
    let page = visitor.open(link);
    if page.path.starts_with("/device") {
        return visitor.press(&page, "Continue", &[]);
    }
    page
}

/// Signs a tool in through a visitor, by the device's code.
#[track_caller]
pub fn signed_in(app: &str, service: &Service) -> (Tool, Visitor) {
    let tool = Tool::new(app, &service.url);
    let mut visitor = visitor(service);
    let login = tool.start(&["login", "--device"]);
    let page = open_approval(&mut visitor, &shown_link(&login));
    visitor.press(&page, "Approve", &[]);
    login.wait().exits(0);
    (tool, visitor)
}

/// The mode of a file or folder.
#[track_caller]
pub fn mode(path: PathBuf) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(&path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display())).permissions().mode()
        & 0o777
}

/// A token of this person's that may make and change things, for ten minutes.
#[track_caller]
pub fn managing(service: &Service, person: &mut Visitor) -> String {
    let form = [("client_id", "demo"), ("scope", "doorkey:manage")];
    let started = ask(&service.url, &Ask::form("/oauth2/device_authorization", &form)).is(200);
    let page = open_approval(person, &started.field("verification_uri_complete"));
    person.press(&page, "Approve", &[]);
    let poll = crate::device_sign_in::device_poll("demo", &started.field("device_code"));
    ask(&service.url, &poll).is(200).field("access_token")
}
