//! The book's page "Your tool in ten minutes", followed literally: every command of it is run as it stands there, in a
//! shell, by somebody with an empty home, and has to print the lines that the page shows.
//!
//! The one thing that is different is the port: the page names the usual one, the test takes a free one.

use std::fs;
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
    person: Option<Visitor>,
}

impl Reader {
    fn new() -> Self {
        let folder = Folder::new("reader");
        for inside in ["home", "work"] {
            fs::create_dir(folder.join(inside)).expect("a folder");
        }
        let opener = Opener::install(folder.path());
        Self { folder, opener, address: format!("127.0.0.1:{}", free_port()), person: None }
    }

    fn shell(&self, command: &str) -> Command {
        let programs = binary("doorkey", false);
        let programs = programs.parent().unwrap_or(Path::new("/"));
        let home = self.folder.join("home");
        let path = format!("{}:{}/.local/bin:/usr/bin:/bin", programs.display(), home.display());
        let mut shell = Command::new("bash");
        shell.args(["-c", command]).env_clear().env("PATH", path).env("HOME", home);
        shell.env("BROWSER", self.opener.program()).current_dir(self.folder.join("work"));
        shell
    }

    /// The page's own port becomes the test's, wherever it stands.
    fn own(&self, text: &str) -> String {
        text.replace(PORT, &self.address)
    }

    fn follow(&mut self, step: &Step, service: &mut Option<Running>) {
        let command = self.own(&step.command);
        if command.starts_with("doorkeyd dev") {
            let listen = format!("{command} --listen {}", self.address);
            let running = Running::start("doorkeyd", self.shell(&format!("exec {listen}")));
            running.wait_for_line("doorkeyd is listening on");
            self.compare(step, &running.said());
            *service = Some(running);
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
    let page = fs::read_to_string(workspace().join("docs/ten-minutes.md")).expect("the page");
    let steps = steps(&page);
    assert!(steps.iter().any(|step| step.command == "acme login"), "the page signs in: {steps:?}");
    let mut reader = Reader::new();
    let mut service = None;
    for step in &steps {
        reader.follow(step, &mut service);
    }
    assert!(service.is_some_and(|mut service| service.is_running()), "the service is still there");
}
