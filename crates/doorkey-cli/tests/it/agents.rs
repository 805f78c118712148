//! The command in the hands of a program: a line for each thing that happens, a sign-in in two steps, and nobody to ask.

use std::fs;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::service::{Service, tokens};
use crate::tool::{Tool, access_token, mode};

const PENDING: &str = "authorization_pending";
const LOGIN: [&str; 4] = ["--app", "demo", "login", "--json"];

/// What the command says, line by line, each of which has the published shape.
fn events(stdout: &[u8]) -> Vec<Value> {
    let schema: Value = serde_json::from_str(include_str!("../../../../docs/events.schema.json")).unwrap();
    let shape = jsonschema::validator_for(&schema).unwrap();
    let text = String::from_utf8(stdout.to_vec()).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        let problems: Vec<_> = shape.iter_errors(line).map(|problem| problem.to_string()).collect();
        assert!(problems.is_empty(), "{line}: {problems:?}");
    }
    lines
}

fn names(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["event"].as_str().unwrap()).collect()
}

/// The way an agent starts things: no terminal anywhere, standard input closed.
fn started(tool: &Tool, arguments: &[&str]) -> Child {
    let mut command = std::process::Command::new("/bin/sh");
    let inner = tool.command(arguments);
    command.args(["-c", "exec \"$0\" \"$@\" <&-"]).arg(inner.get_program()).args(inner.get_args());
    command.env_clear().current_dir(inner.get_current_dir().unwrap());
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn run(tool: &Tool, arguments: &[&str]) -> (i32, Vec<Value>) {
    let output = started(tool, arguments).wait_with_output().unwrap();
    (output.status.code().unwrap(), events(&output.stdout))
}

/// Where sign-ins wait that were begun.
fn waiting(tool: &Tool) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(tool.path("home/.local/state/doorkey/sign-ins")).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|end| end == "json")).collect()
}

#[test]
fn every_thing_that_happens_is_a_line_and_the_last_one_is_the_result() {
    let service = Service::start();
    service.on("POST /oauth/token", 400, &json!({ "error": PENDING }));
    service.on("POST /oauth/token", 200, &tokens(2));
    let (code, events) = run(&Tool::with(&service), &LOGIN);
    assert_eq!((code, names(&events)), (0, vec!["way", "prompt", "waiting", "saved"]));
    assert_eq!(
        events[0]["why"],
        "This runs over SSH (SSH_TTY is set), so your browser is on another machine."
    );
    assert_eq!(
        events[1],
        json!({
            "event": "prompt",
            "url": format!("{}/device?user_code=BCDF-GHJK", service.url()),
            "verification_uri": format!("{}/device", service.url()),
            "user_code": "BCDF-GHJK",
            "comparison_code": null,
            "opened": false,
            "expires_in": 300,
        })
    );
    assert_eq!(
        (&events[3]["status"], &events[3]["user"]["name"]),
        (&json!("signed_in"), &json!("Ada Lovelace"))
    );
}

#[test]
fn a_server_that_wants_to_be_asked_less_often_and_one_that_fails_are_told() {
    let service = Service::start();
    service.on("POST /oauth/token", 400, &json!({ "error": "slow_down" }));
    let (code, events) = run(&Tool::with(&service), &[&LOGIN[..], &["--timeout", "2"]].concat());
    assert_eq!(code, 1);
    assert_eq!(names(&events), ["way", "prompt", "waiting", "slow_down", "error"]);
    assert_eq!(events[3], json!({ "event": "slow_down", "interval": 7 }), "a second more than it has to be");
    assert_eq!(events[4]["error"]["code"], "sign_in.timed_out");
    assert_eq!(events[4]["error"]["exit"], 1);

    let service = Service::start();
    service.on("POST /oauth/token", 503, &json!({}));
    service.on("POST /oauth/token", 400, &json!({ "error": "access_denied" }));
    let (code, events) = run(&Tool::with(&service), &LOGIN);
    assert_eq!((code, names(&events)), (1, vec!["way", "prompt", "waiting", "trying_again", "error"]));
    assert_eq!(events[4]["error"]["code"], "sign_in.denied");
}

#[test]
fn a_sign_in_survives_the_command_that_began_it() {
    let service = Service::start();
    service.on("POST /oauth/token", 400, &json!({ "error": PENDING }));
    let tool = Tool::with(&service);
    let (code, begun) = run(&tool, &[&LOGIN[..], &["--no-wait"]].concat());
    assert_eq!((code, names(&begun)), (0, vec!["way", "prompt", "begun"]));
    let id = begun[2]["id"].as_str().unwrap();
    assert_eq!(begun[2]["resume"], format!("doorkey --app demo login resume {id}"));
    assert!(begun[2]["expires_in"].as_u64().unwrap() > 590);
    let file = waiting(&tool).remove(0);
    assert_eq!(mode(&file), 0o600);
    assert!(!serde_json::to_string(&begun).unwrap().contains("a-device-code"), "the secret isn't said");

    let once = ["--app", "demo", "login", "resume", "--json", "--no-wait"];
    let (code, pending) = run(&tool, &once);
    assert_eq!((code, names(&pending)), (3, vec!["pending"]));
    assert_eq!(pending[0]["id"], id);

    // Somebody kills the command that waits for it.
    let mut waits = started(&tool, &["--app", "demo", "login", "resume", id]);
    while service.requests("POST /oauth/token").len() < 3 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    waits.kill().unwrap();
    waits.wait().unwrap();

    service.forget("POST /oauth/token").approves();
    let (code, done) = run(&tool, &["--app", "demo", "login", "resume", "--json", id]);
    assert_eq!((code, *names(&done).last().unwrap()), (0, "saved"));
    assert_eq!(done.last().unwrap()["way"], "device");
    assert!(fs::read_to_string(tool.credentials()).unwrap().contains(&access_token(2)));
    assert!(waiting(&tool).is_empty(), "nothing of it is left");

    let (code, again) = run(&tool, &["--app", "demo", "login", "resume", "--json", id]);
    assert_eq!((code, &again[0]["error"]["code"]), (1, &json!("resume.unknown")));
}

#[test]
fn a_person_can_do_it_in_two_steps_too() {
    let service = Service::start();
    let tool = Tool::with(&service);
    let begun = tool.run(&["--app", "demo", "login", "--no-wait"]);
    let id = begun.split("login resume ").nth(1).unwrap()[..8].to_owned();
    let tool = tool.hide(&id, "[id]");
    insta::assert_snapshot!(tool.tidy(&begun), @"
    exit: 0
    --- stderr ---
    Signing in to Doorkey demo with a code. It is finished later, so no browser can come back here.
    Open this link in a browser:

    [server]/device?user_code=BCDF-GHJK

    Or open this address and type the code:

    [server]/device
    BCDF-GHJK

    Approve only if the page shows this same code.
    The sign-in waits for you. Once you have approved it, `doorkey --app demo login resume [id]` finishes it, within 10 minutes.
    ");
    service.on("POST /oauth/token", 400, &json!({ "error": PENDING }));
    let pending = tool.run(&["--app", "demo", "login", "resume", "--no-wait"]);
    assert!(
        pending.starts_with("exit: 3\n--- stderr ---\nNobody has approved the sign-in [id] yet, "),
        "{pending}"
    );
    service.forget("POST /oauth/token").approves();
    insta::assert_snapshot!(tool.run(&["--app", "demo", "login", "resume", &id]), @"
    exit: 0
    --- stderr ---
    Open this link in a browser:

    [server]/device?user_code=BCDF-GHJK

    Or open this address and type the code:

    [server]/device
    BCDF-GHJK

    Approve only if the page shows this same code.
    Signed in to Doorkey demo as Ada Lovelace (ada@example.com).
    Server: [server]
    Credential: [home]/.demo/credentials.json
    ");
}

#[test]
fn one_that_was_denied_or_begun_elsewhere_says_so() {
    let service = Service::start();
    let tool = Tool::with(&service);
    run(&tool, &[&LOGIN[..], &["--no-wait"]].concat());
    let elsewhere = Service::start();
    let resume = ["--app", "demo", "login", "resume", "--json"];
    let (code, other) = run(&tool, &[&resume[..], &["--api", &elsewhere.url()]].concat());
    assert_eq!((code, &other[0]["error"]["code"]), (2, &json!("resume.other_server")));
    assert!(elsewhere.all_requests().is_empty(), "the device code doesn't leave for another server");
    service.on("POST /oauth/token", 400, &json!({ "error": "access_denied" }));
    let (code, denied) = run(&tool, &resume);
    assert_eq!((code, &denied.last().unwrap()["error"]["code"]), (1, &json!("sign_in.denied")));
    assert!(waiting(&tool).is_empty());
    let (code, none) = run(&tool, &resume);
    assert_eq!((code, &none[0]["error"]["code"]), (1, &json!("resume.none")));
}

#[test]
fn what_would_have_to_ask_fails_at_once_and_says_what_to_pass() {
    let service = Service::start();
    let answer = |tool: &Tool, arguments: &[&str]| -> (i32, Value) {
        let all = [&["--app", "demo"], arguments, &["--json"]].concat();
        let output = started(tool, &all).wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), serde_json::from_str(&text).unwrap_or_default())
    };
    let signed_in = || Tool::with(&service).signed_in(&service.url());
    let (code, said) = answer(&signed_in(), &["logout"]);
    assert_eq!((code, &said["error"]["code"]), (2, &json!("command.nobody_to_ask")), "{said}");
    assert_eq!(said["error"]["hint"], "Pass `-y` to remove it without being asked.");

    let (code, said) = answer(&signed_in(), &["login", "--token", "-"]);
    assert_eq!((code, &said["error"]["code"]), (2, &json!("command.no_token")), "{said}");
}

#[test]
fn with_json_nobody_is_asked_on_a_terminal_either() {
    let service = Service::start();
    let tool = Tool::with(&service).signed_in(&service.url());
    let shown = crate::terminal::Session::start(&tool, &["--app", "demo", "logout", "--json"]).end(&tool);
    assert!(shown.starts_with("exit: Some(2)") && shown.contains("command.nobody_to_ask"), "{shown}");
}

#[test]
fn the_published_shape_is_the_one_that_the_command_has() {
    let printed = Tool::new().command(&["app", "schema", "--events"]).output().unwrap().stdout;
    let printed: Value = serde_json::from_slice(&printed).unwrap();
    let published: Value = serde_json::from_str(include_str!("../../../../docs/events.schema.json")).unwrap();
    assert_eq!(printed, published, "run `cargo xtask generate`");
}

#[test]
fn a_tool_with_words_of_its_own_for_the_wait_does_not_say_them_where_nobody_waits() {
    let service = Service::start();
    let tool = Tool::with(&service);
    let source = format!(
        "{}\n[messages.waiting]\ntext = \"Hold the line ...\"\ndone = \" done\"\n",
        include_str!("../../../../apps/demo.toml")
    );
    tool.write("demo.toml", &source, 0o644);
    let begun = tool.run(&["--app", "./demo.toml", "login", "--no-wait"]);
    assert!(begun.contains("login resume ") && !begun.contains("Hold the line"), "{begun}");
    service.approves();
    let resumed = tool.run(&["--app", "./demo.toml", "login", "resume"]);
    assert!(resumed.contains("Hold the line ... done\n"), "{resumed}");
}
