//! `exec` becomes the command that it runs.

use rustix::process::Signal;

use super::{Machine, TOKEN};
use doorkey_tests::binary;
use doorkey_tests::process::Running;

#[test]
fn a_command_finds_token_and_server_in_the_tools_variables() {
    let machine = Machine::signed_in("http://127.0.0.1:9");
    let shown = machine.doorkey(&[
        "exec",
        "--env",
        "API_TOKEN",
        "--",
        "sh",
        "-c",
        "echo $DEMO_TOKEN $API_TOKEN $DEMO_URL",
    ]);
    assert_eq!(shown.exits(0).stdout, format!("{TOKEN} {TOKEN} http://127.0.0.1:9\n"));
}

#[test]
fn the_exit_code_is_the_commands_own() {
    let machine = Machine::signed_in("http://127.0.0.1:9");
    for code in [0, 1, 4, 77, 255] {
        let _ = machine.doorkey(&["exec", "--", "sh", "-c", &format!("exit {code}")]).exits(code);
    }
    machine.write("plain.txt", "not a program");
    let plain = machine.path("plain.txt").display().to_string();
    let _ = machine.doorkey(&["exec", "--", &plain]).exits(126).says("can't be run");
    let _ = machine
        .doorkey(&["exec", "--", "no-such-command-anywhere"])
        .exits(127)
        .says("no-such-command-anywhere");
    std::fs::remove_file(machine.path(".demo/credentials.json")).expect("signed out");
    let _ = machine.doorkey(&["exec", "--", "sh", "-c", "echo never"]).exits(4);
}

#[test]
fn the_command_takes_the_place_of_ours_and_gets_its_signals() {
    let machine = Machine::signed_in("http://127.0.0.1:9");
    let script = "trap 'echo got it; exit 9' TERM; echo $$; while :; do sleep 0.05; done";
    let command =
        machine.command(binary("doorkey", false), &["--app", "demo", "exec", "--", "sh", "-c", script]);
    let running = Running::start("doorkey exec", command);
    let id = running.id().to_string();
    running.wait_for_line(&id);
    running.signal(Signal::TERM);
    let _ = running.wait().exits(9).says("got it");
    let ended = machine.doorkey(&["exec", "--", "sh", "-c", "kill -KILL $$"]);
    assert_eq!((ended.code, ended.signal), (None, Some(9)));
}
