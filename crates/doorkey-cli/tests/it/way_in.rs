//! The way in that fits where the command runs, and what it is opened with.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::service::{Service, come_home_address};
use crate::terminal::Session;
use crate::tool::Tool;

/// Says on the terminal, past what the test runner keeps to itself, what wasn't tried and why.
fn skip(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// Somebody at their own desktop, with nothing on the path but what a test puts there.
fn desktop(service: &Service) -> Tool {
    let tool = Tool::with(service).unset("SSH_TTY").set("DISPLAY", ":0");
    let path = tool.path("bin");
    fs::create_dir(&path).unwrap();
    tool.set("PATH", path.to_str().unwrap())
}

/// A program that notes what it was told.
fn program(tool: &Tool, name: &str) {
    let note = tool.path(&format!("{name}.told"));
    let note = note.display();
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > {note}.part && /bin/mv {note}.part {note}\n");
    tool.write(&format!("bin/{name}"), &script, 0o755);
}

/// What a program was told, word by word.
fn told(tool: &Tool, name: &str) -> Vec<String> {
    let note = tool.path(&format!("{name}.told"));
    fs::read_to_string(note).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// What a login says that nobody ever approves.
fn said(tool: &Tool, arguments: &[&str]) -> String {
    let all = [&["--app", "demo", "login", "--timeout", "1"], arguments].concat();
    tool.run(&all)
}

fn pending() -> Service {
    let service = Service::start();
    service.on("POST /oauth/token", 400, &json!({ "error": "authorization_pending" }));
    service
}

#[test]
fn an_empty_environment_gets_a_code_and_hears_why() {
    let service = pending();
    let tool = Tool::with(&service);
    let mut command = Command::new(crate::tool::DOORKEY);
    command.args(["--app", "demo", "--api", &service.url(), "login", "--timeout", "1"]).env_clear();
    // Where the credential goes has to be known.
    command.env("HOME", tool.path("home"));
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = tool.shown(&output);
    let in_container = Path::new("/.dockerenv").exists() || Path::new("/run/.containerenv").exists();
    let why = if in_container { "This runs in a container" } else { "There is no display" };
    assert!(said.contains(&format!("Signing in to Doorkey demo with a code. {why}")), "{said}");
}

#[test]
fn where_the_browser_is_elsewhere_it_is_a_code_and_the_reason_names_what_tells() {
    let service = Service::start();
    service.approves();
    for (variable, value, why) in [
        ("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22", "This runs over SSH (SSH_CONNECTION is set)"),
        ("CODESPACES", "true", "This runs in a container (CODESPACES)"),
        ("GITPOD_WORKSPACE_ID", "ada-notes", "This runs in a container (GITPOD_WORKSPACE_ID)"),
        ("KUBERNETES_SERVICE_HOST", "10.0.0.1", "This runs in a container (KUBERNETES_SERVICE_HOST)"),
        ("CI", "true", "This runs in CI (CI is set)"),
    ] {
        let tool = desktop(&service).set(variable, value);
        program(&tool, "xdg-open");
        let shown = tool.run(&["--app", "demo", "login"]);
        assert!(shown.contains(&format!("Signing in to Doorkey demo with a code. {why}")), "{shown}");
        assert!(told(&tool, "xdg-open").is_empty(), "{variable}: nothing is opened");
    }
}

#[test]
fn a_machine_whose_only_browser_draws_text_gets_a_code_and_keeps_its_terminal() {
    let service = pending();
    let in_container = Path::new("/.dockerenv").exists() || Path::new("/run/.containerenv").exists();
    for browser in [None, Some("w3m")] {
        let tool = desktop(&service);
        program(&tool, "w3m");
        std::os::unix::fs::symlink("w3m", tool.path("bin/xdg-open")).unwrap();
        let tool = browser.into_iter().fold(tool, |tool, browser| tool.set("BROWSER", browser));
        if in_container && browser.is_none() {
            skip("in a container the command looks no further than that for a browser that nobody names");
        } else {
            let shown = said(&tool, &[]);
            let why = "with a code. The browser here is w3m, which would take over this terminal.";
            assert!(shown.contains(&format!("Signing in to Doorkey demo {why}")), "{browser:?}: {shown}");
        }
        let asked_for = said(&tool, &["--browser"]);
        let why = "No browser could be opened: w3m shows pages in this terminal, which is taken while the command waits.";
        assert!(asked_for.contains(why), "{browser:?}: {asked_for}");
        assert!(told(&tool, "w3m").is_empty(), "it isn't run");
    }
}

#[test]
fn the_real_xdg_open_with_nothing_but_w3m_is_not_tried() {
    let (xdg_open, w3m) = (Path::new("/usr/bin/xdg-open"), Path::new("/usr/bin/w3m"));
    if !xdg_open.exists() || !w3m.exists() {
        return skip("this takes Debian's xdg-utils and w3m");
    }
    let service = pending();
    let tool = desktop(&service);
    std::os::unix::fs::symlink(xdg_open, tool.path("bin/xdg-open")).unwrap();
    std::os::unix::fs::symlink(w3m, tool.path("bin/w3m")).unwrap();
    // No desktop is installed here as far as the command can see.
    let empty = tool.path("share");
    let tool = tool.set("XDG_DATA_DIRS", empty.to_str().unwrap());
    let shown = said(&tool, &["--browser"]);
    assert!(shown.contains("No browser could be opened: w3m shows pages in this terminal"), "{shown}");
}

#[test]
fn who_is_named_opens_the_page_and_under_windows_its_own_browser() {
    let service = pending();
    let tool = desktop(&service);
    let all = ["chosen", "own", "usual", "wslview", "powershell.exe", "xdg-open"];
    for name in all {
        program(&tool, name);
    }
    let mut tool = tool.set("DEMO_BROWSER", "own").set("BROWSER", "usual").set("WSL_DISTRO_NAME", "Debian");
    let opens = |tool: &Tool, arguments: &[&str], expected: &str| {
        let shown = said(tool, &[&["--browser"], arguments].concat());
        for name in all {
            let told = told(tool, name);
            assert_eq!(told.is_empty(), name != expected, "{name}: {told:?} {shown}");
            let _ = fs::remove_file(tool.path(&format!("{name}.told")));
        }
        assert!(shown.contains("Your browser opens now."), "{shown}");
    };
    opens(&tool, &["--browser-command", "chosen --new"], "chosen");
    opens(&tool, &[], "own");
    tool = tool.unset("DEMO_BROWSER");
    opens(&tool, &[], "usual");
    tool = tool.unset("BROWSER");
    opens(&tool, &[], "wslview");
    fs::remove_file(tool.path("bin/wslview")).unwrap();
    opens(&tool, &[], "powershell.exe");
    tool = tool.unset("WSL_DISTRO_NAME");
    opens(&tool, &[], "xdg-open");
}

#[test]
fn powershell_is_told_the_address_between_quotes() {
    let service = pending();
    let tool = desktop(&service).set("WSL_INTEROP", "/run/WSL/1_interop");
    program(&tool, "powershell.exe");
    said(&tool, &["--browser"]);
    let told = told(&tool, "powershell.exe");
    assert_eq!(told[..3], ["-NoProfile", "-NonInteractive", "-Command"]);
    assert!(told[3].starts_with("Start-Process 'http://127.0.0.1:") && told[3].ends_with('\''), "{told:?}");
}

#[test]
fn an_opener_that_fails_is_told_and_the_link_stands_there() {
    let service = pending();
    let tool = desktop(&service).set("BROWSER", "/bin/false");
    let shown = said(&tool, &["--browser"]);
    assert!(
        shown.contains(
            "No browser could be opened: /bin/false failed (exit status: 1).\nOpen this link in a browser:\n\n"
        ),
        "{shown}"
    );
    assert!(shown.contains("\n[server]/oauth/authorize?"), "{shown}");
}

/// The link of a login that waits.
fn link_of(child: &mut Child) -> String {
    let lines = BufReader::new(child.stderr.as_mut().unwrap()).lines();
    lines.map(Result::unwrap).find(|line| line.starts_with("http")).unwrap()
}

#[test]
fn a_port_and_a_host_can_be_named_also_where_a_code_would_be_chosen() {
    let service = Service::start();
    let free = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() };
    let tool = Tool::with(&service);
    let port = free.to_string();
    let login = ["--app", "demo", "login", "--callback-port", &port, "--callback-host", "localhost"];
    let mut child = tool.start(&login);
    let home = crate::login::parameter(&link_of(&mut child), "redirect_uri");
    assert_eq!(home, format!("http://localhost:{free}/callback"));
    let busy = tool.run(&login);
    child.kill().unwrap();
    child.wait().unwrap();
    let tool = tool.hide(&port, "[port]");
    insta::assert_snapshot!(tool.tidy(&busy), @"
    exit: 1
    --- stderr ---
    Signing in to Doorkey demo with your browser. You asked for this way.
    error: Port [port] on this machine, which you named, couldn't be opened for the browser to come back to: another program uses it.
    hint: Another sign-in that still waits may have it, or a tunnel; `lsof -i :[port]` shows which program it is. End that one, name another port, or use `--device`, which needs none.
    ");
}

#[test]
fn only_this_machine_can_be_listened_on() {
    insta::assert_snapshot!(Tool::new().run(&["--app", "demo", "login", "--callback-host", "0.0.0.0"]), @"
    exit: 2
    --- stderr ---
    error: invalid value '0.0.0.0' for '--callback-host <HOST>': the command listens on this machine alone: write `localhost`, `127.0.0.1` or `[::1]`. Where the browser can't reach that, as in a container, sign in with `--device`, or paste the address that the browser ends up at

    For more information, try '--help'.
    ");
}

/// A network of its own, in which a browser lives that can't reach this machine.
struct Elsewhere(String);

impl Elsewhere {
    /// `None`, with the reason, where this machine can't make one.
    fn make() -> Result<Elsewhere, String> {
        let name = format!("doorkey-{}", std::process::id());
        let made = Command::new("ip").args(["netns", "add", &name]).output();
        match made {
            Ok(output) if output.status.success() => {}
            Ok(output) => return Err(String::from_utf8_lossy(&output.stderr).into_owned()),
            Err(error) => return Err(format!("ip: {error}")),
        }
        let elsewhere = Elsewhere(name);
        let up = elsewhere.command("ip").args(["link", "set", "lo", "up"]).status();
        if up.is_ok_and(|status| status.success()) {
            Ok(elsewhere)
        } else {
            Err("its lo stays down".to_owned())
        }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.0, program]);
        command
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "delete", &self.0]).status();
    }
}

#[test]
fn a_browser_in_another_network_cannot_come_home_and_the_person_has_two_ways_out() {
    let elsewhere = match Elsewhere::make() {
        Ok(elsewhere) => elsewhere,
        Err(why) => return skip(&format!("this machine can't make a network of its own: {why}")),
    };
    for way_out in ["paste", "code"] {
        let service = Service::start();
        service.approves();
        let tool = Tool::with(&service).set("NO_COLOR", "1").with_browser();
        let mut session = Session::start(&tool, &["--app", "demo", "login", "--browser"]);
        session.expect("Waiting");
        let home = come_home_address(&tool.opened(), &service.url(), "a-code");
        let authority = home.strip_prefix("http://").unwrap().split_once('/').unwrap().0.to_owned();
        let (host, port) = authority.split_once(':').unwrap();
        let mut reach = elsewhere.command("/bin/bash");
        reach.args(["-c", &format!("exec 3<>/dev/tcp/{host}/{port}")]).stderr(Stdio::null());
        assert!(!reach.status().unwrap().success(), "the browser finds nobody");
        session.press(&if way_out == "paste" { format!("{home}\n") } else { "c".to_owned() });
        let shown = session.end(&tool);
        assert!(
            shown.starts_with("exit: Some(0)") && shown.contains("✓ Signed in to Doorkey demo"),
            "{shown}"
        );
    }
}
