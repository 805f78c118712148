//! Doorkey inside other programs: a tool of somebody else's with our commands in it, and the library alone.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use doorkey_tests::janitor::Folder;
use doorkey_tests::process::Running;
use doorkey_tests::service::Service;
use doorkey_tests::tool::Tool;
use doorkey_tests::{binary, workspace};
use rustix::process::{Pid, Signal, kill_process};

use crate::stage::{apps, open_approval, shown_link, visitor};

/// Where the notes keep their credential.
const CREDENTIAL: &str = ".notes/credentials.json";

/// A service that knows the notes.
fn service() -> &'static Service {
    static SERVICE: OnceLock<Service> = OnceLock::new();
    SERVICE.get_or_init(|| Service::dev().apps(&workspace().join("examples/notes/apps")).start())
}

/// The API that keeps the notes, and where it is.
fn api() -> (Running, String) {
    let mut command = Command::new(binary("notes-api", false));
    command.args(["--listen", "127.0.0.1:0", "--service", &service().url]);
    let running = Running::start("notes-api", command);
    let line = running.wait_for_line("is listening on");
    let url = line.rsplit(' ').next().unwrap_or_default().to_owned();
    (running, url)
}

fn notes(api: &str) -> Tool {
    Tool::of("notes").env("NOTES_SERVER", &service().url).env("NOTES_API", api)
}

/// Approves what a waiting login shows.
fn approve(login: &Running) {
    let mut visitor = visitor(service());
    let page = open_approval(&mut visitor, &shown_link(login));
    visitor.press(&page, "Approve", &[]);
}

#[test]
fn a_tool_that_has_taken_doorkey_in_signs_in_works_and_signs_out() {
    let (_api, url) = api();
    let notes = notes(&url);
    let login = notes.start(&["login", "--device"]);
    approve(&login);
    login.wait().exits(0).says("Signed in to Notes as");
    let who = notes.run(&["whoami"]).exits(0);
    assert!(who.stdout.contains(&format!("Server: {}", service().url)), "{who}");
    notes.run(&["add", "Buy milk"]).exits(0);
    notes.run(&["add", "Water the plants"]).exits(0);
    let list = notes.run(&["list"]).exits(0);
    assert_eq!(list.stdout, "Buy milk\nWater the plants\n");
    let said = notes.run(&["whoami", "--json"]).exits(0);
    assert!(said.stdout.contains(r#""app": "notes""#), "{said}");
    let token = notes.run(&["token"]).exits(0);
    assert!(token.stdout.starts_with("notes_at_"), "{token}");
    notes.run(&["logout", "--revoke"]).exits(0).says("Your notes stay where they are. Goodbye.");
    assert_eq!(notes.json(CREDENTIAL), None, "nothing is kept");
    // What was revoked is refused by the API, and the tool says what to do about it.
    let refused = notes.env("NOTES_TOKEN", token.stdout.trim()).run(&["list"]).exits(4);
    assert!(refused.stderr.contains("isn't accepted any more"), "{refused}");
    assert!(refused.stderr.contains("Run `notes login`."), "in its own name: {refused}");
}

#[test]
fn a_tools_own_command_without_a_terminal_says_what_to_do_and_asks_nothing() {
    let (_api, url) = api();
    let finished = notes(&url).run(&["list"]).exits(4);
    assert_eq!(finished.stdout, "");
    assert!(finished.stderr.contains("Run `notes login`"), "{finished}");
    assert!(!finished.stderr.contains("[Y/n]"), "{finished}");
}

/// The tool on a terminal: `script` is between us and it.
fn on_a_terminal(tool: &Tool, arguments: &str) -> Running {
    let command = tool.command(&[]);
    let program = command.get_program().display().to_string();
    let mut script = Command::new("script");
    // The shell's id is the tool's own: it takes the shell's place.
    script.args(["-qec", &format!("echo $$ > id; exec {program} {arguments}"), "/dev/null"]).env_clear();
    script.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    // Enough for a login to show a link rather than open a browser.
    script.env("SSH_TTY", "/dev/pts/0").env("TERM", "xterm").env("NO_COLOR", "1").current_dir(tool.home());
    Running::start("a terminal", script)
}

#[test]
fn a_tools_own_command_on_a_terminal_offers_to_sign_in_right_there() {
    let (_api, url) = api();
    let notes = notes(&url);
    let mut list = on_a_terminal(&notes, "add 'Buy milk'");
    // The question has no line break: it is the link after it that shows that it was put and answered.
    list.give("y\n");
    approve(&list);
    list.wait().exits(0).says("You aren't signed in to Notes. Sign in now? [Y/n]");
    assert_eq!(notes.run(&["list"]).exits(0).stdout, "Buy milk\n", "signed in, and done what was asked");
}

#[test]
fn after_a_sign_in_ctrl_c_is_the_tools_again() {
    // An API that takes the connection and never answers.
    let api = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let notes = notes(&format!("http://{}", api.local_addr().expect("its address")));
    let mut list = on_a_terminal(&notes, "list");
    list.give("y\n");
    approve(&list);
    let (_connection, _) = api.accept().expect("the tool's own request");
    let id = fs::read_to_string(notes.path("id")).expect("its id").trim().parse().expect("a number");
    kill_process(Pid::from_raw(id).expect("a process"), Signal::INT).expect("it runs");
    let finished = list.wait().exits(130);
    assert!(!finished.stdout.contains("Cancelled"), "it just ends, as any program does: {finished}");
}

#[test]
fn whoever_says_no_is_told_what_to_do() {
    let (_api, url) = api();
    let mut list = on_a_terminal(&notes(&url), "list");
    list.give("n\n");
    list.wait().exits(4).says("Run `notes login`");
}

#[test]
fn a_stopped_login_in_a_tool_ends_as_it_does_in_doorkey() {
    let notes = notes("http://127.0.0.1:9");
    let login = notes.start(&["login", "--device"]);
    shown_link(&login);
    login.signal(Signal::INT);
    login.wait().exits(130);
    assert_eq!(notes.json(CREDENTIAL), None, "nothing is kept");
}

#[test]
fn two_tools_live_in_one_program_that_prints_nothing_of_ours() {
    let folder = Folder::new("two-tools");
    let service = Service::dev().apps(apps()).start();
    let mut command = Command::new(binary("examples/two_tools", false));
    command.env_clear().env("HOME", folder.path()).args([&service.url]).arg(folder.path());
    command.arg(apps().join("brief.toml"));
    let program = Running::start("two_tools", command);
    for name in ["demo", "brief"] {
        let mut visitor = visitor(&service);
        let link = wait_for_file(folder.join(format!("{name}.link")));
        let page = open_approval(&mut visitor, &link);
        visitor.press(&page, "Approve", &[]);
    }
    let finished = program.wait().exits(0);
    assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("", ""), "not a word");
    let who = |name: &str| fs::read_to_string(folder.join(format!("{name}.who"))).expect("it was written");
    assert_ne!(who("demo"), who("brief"), "each is signed in as whoever approved it");
    assert_eq!(who("stopped"), "cancelled", "and the third was stopped");
}

/// What a program writes into a file, as soon as it is there.
fn wait_for_file(path: PathBuf) -> String {
    let until = std::time::Instant::now() + doorkey_tests::process::PATIENCE;
    loop {
        if let Ok(text) = fs::read_to_string(&path)
            && !text.is_empty()
        {
            return text;
        }
        assert!(std::time::Instant::now() < until, "{} wasn't written", path.display());
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}
