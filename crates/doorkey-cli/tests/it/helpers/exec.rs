//! `exec`: a command with the token in its environment.

use crate::tool::{Tool, access_token};

const NOWHERE: &str = "http://127.0.0.1:9";

#[test]
fn the_command_gets_token_server_and_input() {
    let tool = Tool::new().set("PATH", "/usr/bin:/bin").signed_in(NOWHERE).hide(&access_token(1), "[token]");
    let command = [
        "--app",
        "demo",
        "exec",
        "--",
        "sh",
        "-c",
        "cat; echo \"$DEMO_TOKEN at $DEMO_URL, $0 $1\"",
        "--json",
        "-x",
    ];
    insta::assert_snapshot!(tool.run_with_input(&command, "input\n"), @"
    exit: 0
    --- stdout ---
    input
    [token] at http://127.0.0.1:9, --json -x
    ");
}

#[test]
fn what_cannot_be_run_is_told_as_a_shell_does() {
    let tool = Tool::new().set("PATH", "/usr/bin:/bin").signed_in(NOWHERE);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "exec", "--", "no-such-command"]), @"
    exit: 127
    --- stderr ---
    error: There is no command `no-such-command`.
    hint: Check its name, and your PATH.
    ");
    tool.write("plain", "text", 0o644);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "exec", "--", "./plain", "-v"]), @"
    exit: 126
    --- stderr ---
    error: `./plain` can't be run.
    ");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "exec", "--json", "--", "./plain"]), @r#"
    exit: 126
    --- stdout ---
    {
      "error": {
        "code": "exec.unusable",
        "message": "`./plain` can't be run.",
        "hint": null,
        "exit": 126
      }
    }
    "#);
}

#[test]
fn nothing_runs_without_a_credential() {
    let tool = Tool::new().set("PATH", "/usr/bin:/bin");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "exec", "--", "sh", "-c", "echo ran"]), @"
    exit: 4
    --- stderr ---
    error: You aren't signed in to Doorkey demo.
    hint: Run `doorkey --app demo login`.
    ");
}

#[test]
fn a_tool_without_a_variable_says_what_to_pass() {
    let tool = Tool::new().set("PATH", "/usr/bin:/bin");
    let source = include_str!("../../../../../apps/demo.toml").replace("token = \"DEMO_TOKEN\"\n", "");
    tool.write("bare.toml", &source, 0o644);
    let tool = tool.signed_in(NOWHERE).hide(&access_token(1), "[token]");
    insta::assert_snapshot!(tool.run(&["--app", "./bare.toml", "exec", "--", "env"]), @"
    exit: 2
    --- stderr ---
    error: Doorkey demo names no environment variable for its token.
    hint: Name one with `exec --env NAME`.
    ");
    let named = ["--app", "./bare.toml", "exec", "--env", "API_TOKEN", "--", "sh", "-c", "echo $API_TOKEN"];
    insta::assert_snapshot!(tool.run(&named), @"
    exit: 0
    --- stdout ---
    [token]
    ");
    let shown = tool.run(&["--app", "./bare.toml", "exec", "--env", "A=B", "--", "env"]);
    assert!(shown.starts_with("exit: 2\n"), "{shown}");
}
