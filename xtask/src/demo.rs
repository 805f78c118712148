//! The demo: a whole sign-in, in one terminal.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use doorkey_tests::janitor::Folder;
use doorkey_tests::service::Service;
use doorkey_tests::{binary, workspace};
use serde_json::Value;

use crate::installed::{CHROMIUM, ensure};
use crate::run::run_cargo;
use crate::{Outcome, pictures};

/// `cargo xtask demo`.
pub fn run(arguments: &[String]) -> Outcome {
    let mut headless = false;
    let mut screenshots = None;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--headless" => headless = true,
            "--screenshots" => {
                screenshots = Some(PathBuf::from(rest.next().ok_or("--screenshots needs a folder")?));
            }
            other => return Err(format!("the demo has no `{other}`; `cargo xtask help` says what it has")),
        }
    }
    match (headless, screenshots) {
        (true, folder) => by_itself(&folder.unwrap_or_else(|| workspace().join("target/demo"))),
        (false, None) => with_a_person(),
        (false, Some(_)) => {
            Err("--screenshots needs --headless: a person's browser takes no pictures".to_owned())
        }
    }
}

/// `cargo xtask screenshots`.
pub fn screenshots() -> Outcome {
    let folder = workspace().join("docs/images");
    by_itself(&folder)?;
    pictures::products(&folder)?;
    pictures::terminals(&folder)
}

/// Development builds: they are built in half the time, and nobody notices their speed here.
fn build() -> Outcome {
    run_cargo(&[
        "build",
        "--package",
        "doorkey-cli",
        "--package",
        "doorkey-server",
        "--package",
        "doorkey-tests",
    ])
}

fn doorkey(service: &Service, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary("doorkey", false));
    command.args(["--app", "demo", "--api", &service.url]).args(arguments);
    command
}

fn with_a_person() -> Outcome {
    build()?;
    let mut service = Service::dev().start();
    println!("The service is running on {}. Signing you in to the demo tool:\n", service.url);
    for arguments in [&["login"][..], &["whoami"]] {
        println!("$ doorkey --app demo {}", arguments.join(" "));
        let mut command = doorkey(&service, arguments);
        let status = command.status().map_err(|problem| format!("doorkey cannot be started: {problem}"))?;
        println!();
        if !status.success() {
            return Err(format!("`doorkey --app demo {}` did not succeed ({status})", arguments.join(" ")));
        }
    }
    let program = binary("doorkey", false);
    let program = program.strip_prefix(workspace()).unwrap_or(&program).display().to_string();
    let try_it = format!("{program} --app demo --api {}", service.url);
    println!("The service stays up until Ctrl-C. From another terminal, try:");
    println!("  {try_it} status           # where the credential lies, and until when it is good");
    println!("  {try_it} login --device   # sign in as if over SSH, with a code to type in");
    println!("  {try_it} logout --revoke  # forget the credential, here and at the service");
    // Ctrl-C reaches the service, too, and it stops by itself; we are ended by it, and the janitor cleans up.
    while service.process().is_running() {
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    Err(format!("the service has ended by itself; it said:\n{}", service.log().join("\n")))
}

fn by_itself(folder: &Path) -> Outcome {
    ensure(&[CHROMIUM])?;
    build()?;
    let folder = std::path::absolute(folder).map_err(|problem| format!("{}: {problem}", folder.display()))?;
    fs::create_dir_all(&folder).map_err(|problem| format!("{}: {problem}", folder.display()))?;
    let service = Service::dev().start();
    let home = Folder::new("home");
    let report = home.join("report.json");
    let in_home = |arguments: &[&str]| {
        let mut command = doorkey(&service, arguments);
        command.env("HOME", home.path()).env("BROWSER", binary("headless-person", false));
        command.env("PERSON_FOLDER", &folder).env("PERSON_REPORT", &report);
        command
    };

    println!("$ doorkey --app demo login --browser");
    // Whatever this machine is, there is somebody at a browser: said aloud, because it may look like one without.
    let signed_in = in_home(&["login", "--browser", "--timeout", "3m"]).status();
    let signed_in = signed_in.map_err(|problem| format!("doorkey cannot be started: {problem}"))?;
    let report = wait_for_report(&report)?;
    if let Some(problem) = report["problem"].as_str() {
        return Err(format!("the person at the browser gave up: {problem}"));
    }
    if !signed_in.success() {
        return Err(format!("`doorkey login` did not succeed ({signed_in})"));
    }
    println!("\n$ doorkey --app demo whoami");
    let shown = crate::run::output(in_home(&["whoami"]))?;
    print!("{shown}");
    let email = report["email"].as_str().unwrap_or("no address at all");
    if !shown.contains(email) {
        return Err(format!("whoami should show {email}, the account that was made just now"));
    }
    let complaints: Vec<&str> = strings(&report["complaints"]);
    if !complaints.is_empty() {
        return Err(format!("the pages need work:\n  {}", complaints.join("\n  ")));
    }
    println!("\nPages seen: {}", strings(&report["seen"]).join(", "));
    println!("Screenshots: {}", folder.display());
    Ok(())
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The person may still be looking around when the command is done already.
fn wait_for_report(path: &Path) -> Result<Value, String> {
    for _ in 0..600 {
        if let Ok(text) = fs::read_to_string(path) {
            return serde_json::from_str(&text).map_err(|problem| format!("the person's report: {problem}"));
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    Err("the person at the browser did not report within a minute".to_owned())
}
