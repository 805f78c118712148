//! The book's pages "Your tool in ten minutes" and "Doorkey in your tool", followed literally: every command of them is
//! run as it stands there, in a shell, by somebody with an empty home, and has to print the lines that the page shows.
//!
//! The one thing that is different is the port: the page names the usual one, the test takes a free one.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use doorkey_tests::http::{Ask, ask};
use doorkey_tests::janitor::Folder;
use doorkey_tests::opener::Opener;
use doorkey_tests::process::Running;
use doorkey_tests::visitor::Visitor;
use doorkey_tests::{binary, workspace};

use crate::stage::{free_port, somebody};

/// The port that the page names.
const PORT: &str = "127.0.0.1:7700";

/// The port of the API that one of the pages starts.
const API_PORT: &str = "127.0.0.1:7800";

/// A command of the page, and the lines that it is shown to print.
#[derive(Debug)]
struct Step {
    command: String,
    shown: Vec<String>,
}

/// What stands in the page's consoles. A line that goes on begins with `>`.
fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ if !inside => {}
            line => match (line.strip_prefix("$ "), line.strip_prefix('>'), steps.last_mut()) {
                (Some(command), ..) => steps.push(Step { command: command.to_owned(), shown: Vec::new() }),
                (None, Some(more), Some(step)) => {
                    step.command.push('\n');
                    step.command.push_str(more.strip_prefix(' ').unwrap_or(more));
                }
                (None, None, Some(step)) => step.shown.push(line.to_owned()),
                (None, _, None) => panic!("the page shows a line before any command: {line}"),
            },
        }
    }
    steps
}

/// The reader: a home, a folder to work in, and the two programs on the path.
struct Reader {
    folder: Folder,
    opener: Opener,
    address: String,
    api_address: String,
    person: Option<Visitor>,
}

impl Reader {
    fn new() -> Self {
        let folder = Folder::new("reader");
        for inside in ["home", "work"] {
            fs::create_dir(folder.join(inside)).expect("a folder");
        }
        let opener = Opener::install(folder.path());
        let [address, api_address] = [free_port(), free_port()].map(|port| format!("127.0.0.1:{port}"));
        // One of the pages works in the project's own folder.
        symlink(workspace().join("examples"), folder.join("work/examples")).expect("a link");
        Self { folder, opener, address, api_address, person: None }
    }

    fn shell(&self, command: &str) -> Command {
        let programs = binary("doorkey", false);
        let programs = programs.parent().unwrap_or(Path::new("/"));
        let home = self.folder.join("home");
        let path = format!("{}:{}/.local/bin:/usr/bin:/bin", programs.display(), home.display());
        let mut shell = Command::new("bash");
        shell.args(["-c", command]).env_clear().env("PATH", path).env("HOME", home);
        shell.env("BROWSER", self.opener.program()).current_dir(self.folder.join("work"));
        // What is compiled in names the usual ports.
        shell.env("NOTES_SERVER", format!("http://{}", self.address));
        shell.env("NOTES_API", format!("http://{}", self.api_address));
        shell
    }

    /// The page's own port becomes the test's, wherever it stands.
    fn own(&self, text: &str) -> String {
        text.replace(PORT, &self.address).replace(API_PORT, &self.api_address)
    }

    fn follow(&mut self, step: &Step, services: &mut Vec<Running>) {
        let command = self.own(&step.command);
        if let Some((name, address)) = self.listens(&command) {
            let listen = format!("exec {command} --listen {address}");
            let running = Running::start(name, self.shell(&listen));
            running.wait_for_line("is listening on");
            self.compare(step, &running.said());
            services.push(running);
            return;
        }
        let running = Running::start(&command, self.shell(&command));
        let running = if command.ends_with(" login") { self.approve(running) } else { running };
        let finished = running.wait();
        let said = format!("{}{}", finished.stdout, finished.stderr);
        assert_eq!(finished.code, Some(0), "`{command}`: {said}");
        self.compare(step, &said);
        // What `app init` writes names the usual port.
        self.move_port();
    }

    /// Of a command that starts a service: its name, and where it has to listen.
    fn listens(&self, command: &str) -> Option<(&'static str, &str)> {
        let known = [("doorkeyd", &self.address), ("notes-api", &self.api_address)];
        let named = command.split(' ').next();
        known
            .into_iter()
            .find(|(name, _)| Some(*name) == named)
            .map(|(name, address)| (name, address.as_str()))
    }

    fn move_port(&self) {
        let manifest = self.folder.join("work/acme.toml");
        if let Ok(source) = fs::read_to_string(&manifest)
            && source.contains(PORT)
        {
            fs::write(&manifest, self.own(&source)).expect("the manifest can be written");
        }
    }

    /// Does at the browser what the page says: an account, then the approval.
    fn approve(&mut self, mut login: Running) -> Running {
        let link = self.opener.opened(&mut login);
        self.opener.forget();
        let base = format!("http://{}", self.address);
        let person = self.person.get_or_insert_with(|| {
            let mut person = Visitor::new(&base);
            person.sign_up(&somebody());
            person
        });
        let page = person.open(&link);
        let done = person.press(&page, "Approve", &[]);
        let home = done.leads_to().expect("the way back to the terminal").to_owned();
        let (origin, path) = home.split_at(home.find("/callback").expect("the listener's path"));
        ask(origin, &Ask::get(path)).is(200);
        login
    }

    /// Every line that the page shows is printed, in its order; `…` stands for anything.
    fn compare(&self, step: &Step, said: &str) {
        let mut lines = said.lines();
        for shown in &step.shown {
            let shown = self.own(shown);
            let parts: Vec<&str> = shown.split('…').collect();
            let fits = |line: &str| {
                let mut rest = line;
                parts.iter().enumerate().all(|(index, part)| match rest.find(part) {
                    Some(at) if index > 0 || at == 0 => {
                        rest = &rest[at + part.len()..];
                        true
                    }
                    _ => false,
                }) && (rest.is_empty() || shown.ends_with('…'))
            };
            assert!(lines.any(fits), "`{}` doesn't print `{shown}`, but:\n{said}", step.command);
        }
    }
}

#[test]
fn the_ten_minutes_of_the_book_lead_to_a_working_login() {
    follow("ten-minutes.md", "acme login");
}

#[test]
fn the_book_says_how_a_tool_takes_doorkey_in_and_that_is_how_it_works() {
    follow("embedding.md", "notes login");
}

/// Does what a page says, a sign-in among it, from its first command to its last.
fn follow(page: &str, login: &str) {
    let page = fs::read_to_string(workspace().join("docs").join(page)).expect("the page");
    let steps = steps(&page);
    assert!(steps.iter().any(|step| step.command == login), "the page signs in: {steps:?}");
    let mut reader = Reader::new();
    let mut services = Vec::new();
    for step in &steps {
        reader.follow(step, &mut services);
    }
    assert!(!services.is_empty(), "the page starts a service");
    for service in &mut services {
        assert!(service.is_running(), "it is still there");
    }
}

#[test]
fn the_code_that_the_book_shows_is_the_examples() {
    let page = fs::read_to_string(workspace().join("docs/embedding.md")).expect("the page");
    let example = |file: &str| {
        let path = workspace().join("examples/notes").join(file);
        fs::read_to_string(path).expect("a file of the example")
    };
    let blocks = blocks(&page);
    assert!(blocks.len() >= 4, "the page shows code: {blocks:?}");
    for (language, code) in blocks {
        let file = match language {
            "rust" => "src/main.rs",
            "toml" => "apps/notes.toml",
            other => panic!("the page shows {other}, which nothing checks"),
        };
        assert!(example(file).contains(&code), "{file} doesn't hold what the page shows:\n{code}");
    }
}

/// The page's blocks of code, with their language; what is typed at a shell is another test's.
fn blocks(page: &str) -> Vec<(&str, String)> {
    let mut blocks: Vec<(&str, String)> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some("") => inside = false,
            Some("console" | "sh") => {}
            Some(language) => {
                inside = true;
                blocks.push((language, String::new()));
            }
            None if inside => blocks.iter_mut().next_back().into_iter().for_each(|(_, code)| {
                code.push_str(line);
                code.push('\n');
            }),
            None => {}
        }
    }
    blocks
}
