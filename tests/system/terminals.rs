//! Every command of the book in a terminal, with a picture of what it shows. `cargo xtask screenshots` keeps the pictures
//! in docs/images/terminals.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use doorkey_tests::browser::{Browser, Page, Person};
use doorkey_tests::service::Service;
use doorkey_tests::terminal::{Terminal, USUAL, picture, pictures_folder};
use doorkey_tests::tool::Tool;
use doorkey_tests::visitor::Visitor;
use doorkey_tests::{binary, workspace};

use crate::stage::visitor;

/// How wide the narrow terminal is.
const NARROW: usize = 40;

/// What is typed, in this order, and the name of its picture. Each of them has to succeed.
const TYPED: &[(&str, &str)] = &[
    ("help", "demo --help"),
    ("whoami", "demo whoami"),
    ("status", "demo status"),
    ("doctor", "demo doctor"),
    ("token", "demo token"),
    ("token-header", "demo token --header"),
    ("exec", "demo exec -- sh -c 'echo $DEMO_TOKEN | cut -c1-8'"),
    ("helper", "demo helper git --setup"),
    ("import", "demo import npm --dry-run || true"),
    ("storage", "demo storage"),
    ("storage-migrate", "demo storage migrate --to memory && demo storage migrate --to file"),
    ("completions", "demo completions fish | head -5"),
    ("man", "demo man | head -8"),
    ("orgs-create", "demo orgs create 'Acme GmbH'"),
    ("orgs", "demo orgs"),
    ("orgs-members", "demo orgs members acme-gmbh"),
    ("orgs-invite", "demo orgs invite acme-gmbh"),
    ("switch-org", "demo switch-org acme-gmbh"),
    ("tokens-create", "demo tokens create laptop --expires 30d"),
    ("tokens", "demo tokens"),
    ("tokens-rotate", "demo tokens rotate laptop"),
    ("tokens-revoke", "demo tokens revoke laptop --yes"),
    ("keys-create", "demo keys create backend --kind live --rate-limit 600"),
    ("keys", "demo keys"),
    ("logs", "demo logs --limit 8"),
    ("account", "demo account status"),
    ("profiles-set", "demo profiles set work --api https://work.example --org acme"),
    ("profiles-use", "demo profiles use work --here"),
    ("profiles", "demo profiles"),
    ("profiles-remove", "demo profiles remove work --yes"),
    ("app-init", "doorkey app init acme"),
    ("app-validate", "doorkey app validate acme.toml"),
    ("app-add", "doorkey app add acme.toml"),
    ("logout", "demo logout --revoke --yes"),
];

#[test]
fn every_command_of_the_book_has_a_picture() {
    let service = Service::dev().start();
    let studio = Studio::open(&service);
    studio.sign_in();
    for (name, line) in TYPED {
        studio.shoot(name, line, USUAL);
    }
    studio.shoot("signed-out", "demo whoami || true", USUAL);
    for (name, line) in [("narrow-status", "demo status || true"), ("narrow-profiles", "demo profiles")] {
        studio.shoot(name, line, NARROW);
    }
    for command in documented() {
        let there = TYPED.iter().any(|(_, line)| line.split(' ').nth(1) == Some(command.as_str()));
        assert!(
            there || command == "login",
            "docs/command.md has `{command}`, and there is no picture of it"
        );
    }
}

/// The commands in the table at the beginning of docs/command.md.
fn documented() -> Vec<String> {
    let text = fs::read_to_string(workspace().join("docs/command.md")).expect("the book");
    let table = text.split("| command | what it does |").nth(1).expect("its table of commands");
    let rows =
        table.lines().skip(1).skip_while(|line| line.is_empty()).take_while(|line| line.starts_with('|'));
    let words = rows.filter_map(|row| row.strip_prefix("| `")?.split([' ', '`']).next());
    let commands: Vec<String> = words.map(str::to_owned).collect();
    assert!(commands.len() > 10, "{commands:?}");
    commands
}

/// Where the pictures are made: a machine with the command on it, the person, and a browser as the camera.
struct Studio<'a> {
    service: &'a Service,
    tool: Tool,
    camera: Page,
    folder: PathBuf,
    _in_front: (Person, Browser),
}

impl<'a> Studio<'a> {
    fn open(service: &'a Service) -> Self {
        let tool = Tool::new("demo", &service.url).env("SSH_TTY", "/dev/pts/0");
        let programs = tool.path("bin");
        fs::create_dir_all(&programs).expect("a folder");
        for name in ["demo", "doorkey"] {
            std::os::unix::fs::symlink(binary("doorkey", false), programs.join(name)).expect("a link");
        }
        let registries = "//npm.example/:_authToken=npm_of_somebody\n";
        fs::write(tool.path(".npmrc"), registries).expect("what npm has");
        let folder = pictures_folder();
        fs::create_dir_all(&folder).expect("a folder for pictures");
        let browser = Browser::start(&[]);
        let person = browser.person();
        let camera = person.tab();
        Self { service, tool, camera, folder, _in_front: (person, browser) }
    }

    /// The environment of whatever is typed.
    fn command(&self) -> Command {
        let mut command = self.tool.command(&[]);
        command.env("PATH", format!("{}:/usr/bin:/bin", self.tool.path("bin").display()));
        command
    }

    /// The one command that waits for a person.
    fn sign_in(&self) {
        let typed = "demo login --device --scope doorkey:manage";
        let line = format!("{typed} --api {}", self.service.url);
        let mut terminal = Terminal::open(&line, USUAL, self.command());
        let address = link_of(&mut terminal, &self.service.url);
        let mut person: Visitor = visitor(self.service);
        let page = crate::stage::open_approval(&mut person, &address);
        person.press(&page, "Approve", &[]);
        self.keep("login", typed, &terminal.wait(), USUAL);
    }

    /// Types it, takes a picture, and insists on success.
    #[track_caller]
    fn shoot(&self, name: &str, line: &str, columns: usize) {
        let ended = format!("{line}; echo \"[exit $?]\"");
        let shown = Terminal::open(&ended, columns, self.command()).wait();
        let (shown, exit) = shown.rsplit_once("[exit ").expect("it ends");
        assert_eq!(exit, "0]", "{line}:\n{shown}");
        self.keep(name, line.trim_end_matches(" || true"), shown.trim_end(), columns);
    }

    #[track_caller]
    fn keep(&self, name: &str, line: &str, shown: &str, columns: usize) {
        let page = fs::read_to_string(workspace().join("docs/terminals.md")).expect("the page of pictures");
        assert!(
            page.contains(&format!("images/terminals/{name}.png")),
            "docs/terminals.md doesn't show {name}"
        );
        let home = self.tool.home().display().to_string();
        let shown = shown.replace(&home, "/home/ada").replace(&self.service.url, "https://demo.example");
        picture(&self.camera, line, &shown, columns, &self.file(name));
        assert!(self.file(name).exists());
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.png"))
    }
}

/// The link that the login shows on a line of its own.
fn link_of(terminal: &mut Terminal, server: &str) -> String {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let said = terminal.said();
        let begins = said.match_indices(server).map(|(begin, _)| said.get(begin..).unwrap_or_default());
        let links = begins.map(|rest| rest.split(char::is_control).next().unwrap_or_default());
        if let Some(link) = links.into_iter().find(|link| link.contains('?')) {
            return link.to_owned();
        }
        assert!(Instant::now() < until && terminal.is_running(), "{said}");
        thread::sleep(Duration::from_millis(20));
    }
}
