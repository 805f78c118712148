//! Clocks as they are: set hours or minutes wrong, running too fast. Bent with libfaketime around the real command, against
//! the real service; nobody is signed out by it, and nothing confusing is said.

use std::fs;
use std::process::Command;

use doorkey_tests::janitor::Folder;
use doorkey_tests::process::{Finished, Running};
use doorkey_tests::service::Service;
use doorkey_tests::tool::Tool;
use doorkey_tests::visitor::Visitor;
use doorkey_tests::workspace;
use serde_json::Value;

use crate::stage::{CREDENTIAL, open_approval, shown_link, visitor};

/// What a clock can be: `faketime`'s words for it, and by how many seconds `status` should say that it is ahead.
const CLOCKS: [(&str, Option<i64>); 5] = [
    ("+14h", Some(14 * 3600)),
    ("-14h", Some(-14 * 3600)),
    ("+10m", Some(600)),
    ("-10m", Some(-600)),
    ("+0 x1.3", None),
];

/// The command with a clock that is wrong like this.
fn bent(tool: &Tool, clock: &str, arguments: &[&str]) -> Running {
    let plain = tool.command(arguments);
    let mut command = Command::new("faketime");
    command.args(["-f", clock]).arg(plain.get_program()).args(plain.get_args());
    command.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(tool.home());
    Running::start(&format!("doorkey {} at {clock}", arguments.join(" ")), command)
}

/// Signs in with a code while the clock is wrong.
fn signs_in(tool: &Tool, clock: &str, person: &mut Visitor) -> Finished {
    let login = bent(tool, clock, &["login", "--device"]);
    let page = open_approval(person, &shown_link(&login));
    person.press(&page, "Approve", &[]);
    login.wait().exits(0)
}

/// Says nothing of an end, of a renewal that failed, or of trying again.
fn says_nothing_confusing(finished: Finished) -> Finished {
    for word in ["expired", "revoked", "Trying again", "clock", "error", "can't"] {
        assert!(!finished.stderr.contains(word), "`{word}`: {finished}");
    }
    finished
}

fn status(tool: &Tool, clock: &str) -> Value {
    let finished = bent(tool, clock, &["status", "--json"]).wait().exits(0);
    serde_json::from_str(&finished.stdout).unwrap_or_else(|problem| panic!("{problem}: {finished}"))
}

/// The demo with a token that is soon over, so that renewals come with every wrong clock, and a service that serves it.
fn hasty() -> (Folder, Service) {
    let demo = fs::read_to_string(workspace().join("apps/demo.toml")).expect("the demo's manifest");
    let hasty = demo
        .replace("name = \"demo\"", "name = \"hasty\"")
        .replacen("lifetime = \"1h\"", "lifetime = \"4s\"", 1)
        .replace("\"demo_", "\"hasty_")
        .replace("DEMO_", "HASTY_")
        .replace("~/.demo/", "~/.hasty/");
    let folder = Folder::new("hasty");
    fs::write(folder.join("hasty.toml"), hasty).expect("written");
    let service = Service::dev().apps(folder.path()).start();
    (folder, service)
}

#[test]
fn whatever_the_clock_says_a_sign_in_lasts_and_is_renewed() {
    let (apps, service) = hasty();
    let app = apps.join("hasty.toml").display().to_string();
    let person = &mut visitor(&service);
    for (clock, skew) in CLOCKS {
        let tool = Tool::new(&app, &service.url);
        says_nothing_confusing(signs_in(&tool, clock, person));
        let first = says_nothing_confusing(bent(&tool, clock, &["token"]).wait().exits(0)).stdout;
        says_nothing_confusing(bent(&tool, clock, &["whoami"]).wait().exits(0));
        let found = status(&tool, clock);
        match (skew, found["clock_skew"].as_i64()) {
            (None, None) => {}
            (Some(by), Some(seen)) if (by - seen).abs() <= 60 => {}
            (wanted, seen) => panic!("{clock}: {wanted:?} was to be seen, not {seen:?}: {found}"),
        }
        // It is over after four seconds, by any clock, and renewed without a word.
        std::thread::sleep(std::time::Duration::from_secs(5));
        let second = says_nothing_confusing(bent(&tool, clock, &["token"]).wait().exits(0)).stdout;
        assert_ne!(first, second, "{clock}: renewed");
        says_nothing_confusing(bent(&tool, clock, &["whoami"]).wait().exits(0));
    }
}

#[test]
fn a_clock_that_jumps_after_the_sign_in_signs_nobody_out() {
    let service = crate::stage::service();
    let person = &mut visitor(service);
    for (before, after) in
        [("+0", "+14h"), ("+14h", "+0"), ("+0", "-14h"), ("-14h", "+0"), ("+0", "+10m"), ("-10m", "+10m")]
    {
        let tool = Tool::new("demo", &service.url);
        signs_in(&tool, before, person);
        for clock in [after, before, after] {
            says_nothing_confusing(bent(&tool, clock, &["token"]).wait().exits(0));
            says_nothing_confusing(bent(&tool, clock, &["whoami"]).wait().exits(0));
        }
        assert!(tool.json(CREDENTIAL).is_some(), "{before}, then {after}");
    }
}

#[test]
fn a_wrong_clock_is_told_to_whoever_asks() {
    let (tool, _) = crate::stage::signed_in("demo", crate::stage::service());
    bent(&tool, "+14h", &["status"]).wait().exits(0).says("ahead of the server's");
    bent(&tool, "-14h", &["-v", "whoami"])
        .wait()
        .exits(0)
        .says("This machine's clock is")
        .says("behind the server's");
    bent(&tool, "-14h", &["doctor"])
        .wait()
        .exits(0)
        .says("behind the server's")
        .says("Set this machine's clock");
    bent(&tool, "+0", &["doctor"]).wait().exits(0).says("as the server's does");
}
