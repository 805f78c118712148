//! What a helper is asked by somebody who wants a token that isn't theirs. Each input was made to look, to one reader, like the
//! server that the token belongs to; none of them gets it.

use serde_json::json;

use crate::tool::{Tool, access_token};

const SERVER: &str = "https://git.acme.example";

fn signed_in() -> Tool {
    Tool::new().set("DEMO_URL", SERVER).signed_in_until(SERVER, "2100-01-01T00:00:00Z")
}

/// Asks, and makes sure that the token isn't in what comes back.
#[track_caller]
fn refused(tool: &Tool, program: &str, input: &str) -> String {
    let shown = tool.run_with_input(&["--app", "demo", "helper", program, "get"], input);
    assert!(!shown.contains(&access_token(1)), "{program} {input:?}: {shown}");
    shown
}

#[test]
fn the_right_question_is_answered() {
    let shown = signed_in().run_with_input(
        &["--app", "demo", "helper", "git", "get"],
        "protocol=https\nhost=git.acme.example\n\n",
    );
    assert!(shown.contains(&access_token(1)), "{shown}");
}

#[test]
fn git_is_not_fooled() {
    let tool = signed_in();
    let long = format!("protocol=https\nhost=git.acme.example\npath={}\n", "a".repeat(70_000));
    for input in [
        "protocol=https\nhost=git.acme.example\r\n",
        "protocol=https\nhost=git.acme.example\rhost=evil.example\n",
        "protocol=https\nhost=evil.example\nhost=git.acme.example\n",
        "protocol=https\nhost=git.acme.example\nhost=evil.example\n",
        "protocol=https\nhost=git.acme.example\0\n",
        "protocol=https\nhost=git.acme.example%0a\n",
        "protocol=https\nhost=git.acme.example%0d%0ahost=evil.example\n",
        "protocol=https\nhost=git.acme.example@evil.example\n",
        "protocol=https\nhost=oauth2:x@git.acme.example\n",
        "protocol=https\nhost=git.acme.example:8443\n",
        "protocol=https\nhost=git.acme.example.\n",
        "protocol=https\nhost=git.acme.example.evil.example\n",
        "protocol=https\nhost=sub.git.acme.example\n",
        "protocol=https\nhost=acme.example\n",
        "protocol=https\nhost=git.acme.example/\n",
        "protocol=https\nhost=git.acme.example\npath=../../etc/passwd\n",
        "protocol=https\nhost=git.acme.example\nusername=a\rb\n",
        "protocol=https\nhost=git.acme.example\nsurprise=1\n",
        "protocol=http\nhost=git.acme.example\n",
        "protocol=HTTPS\nhost=git.acme.example\n",
        "protocol=ssh\nhost=git.acme.example\n",
        "protocol=\nhost=git.acme.example\n",
        "host=git.acme.example\n",
        "protocol=https\n",
        "url=https://git.acme.example\n",
        "https://git.acme.example",
        "",
        &long,
    ] {
        refused(&tool, "git", input);
    }
    insta::assert_snapshot!(refused(&tool, "git", "protocol=https\nhost=evil.example\n"), @"exit: 0");
    insta::assert_snapshot!(refused(&tool, "git", "protocol=http\nhost=git.acme.example\n"), @"
    exit: 2
    --- stderr ---
    error: What git asks can't be answered: the address can't be used: http sends secrets in the clear; only a server on this machine may use it.
    ");
    insta::assert_snapshot!(refused(&tool, "git", "protocol=https\nhost=git.acme.example\rx\n"), @"
    exit: 2
    --- stderr ---
    error: What git asks can't be answered: there is a control character in it, or it isn't text.
    ");
    insta::assert_snapshot!(refused(&tool, "git", &long), @"
    exit: 2
    --- stderr ---
    error: What git asks can't be answered: it is longer than 65536 bytes.
    ");
}

#[test]
fn the_others_are_not_fooled() {
    let tool = signed_in();
    for registry in [
        "http://git.acme.example",
        "git.acme.example:444",
        "git.acme.example\r",
        "git.acme.example\nevil.example",
        "git.acme.example@evil.example",
        "https://git.acme.example/v2/../../x",
        "git.acme.example%2f",
        "",
    ] {
        refused(&tool, "docker", registry);
        // What Bazel asks for may stand anywhere at the server; there it is the host alone that counts.
        if !registry.contains("..") {
            refused(&tool, "bazel", &json!({ "uri": registry }).to_string());
        }
        for index in [registry.to_owned(), format!("sparse+{registry}"), format!("sparse+https://{registry}")]
        {
            let request =
                json!({ "v": 1, "registry": { "index-url": index }, "kind": "get", "operation": "read" });
            let shown = tool.run_with_input(
                &["--app", "demo", "helper", "cargo", "--cargo-plugin"],
                &format!("{request}\n"),
            );
            assert!(!shown.contains(&access_token(1)), "{index:?}: {shown}");
        }
        let info = json!({
            "kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
            "spec": { "cluster": { "server": registry } },
        });
        let tool = signed_in().set("KUBERNETES_EXEC_INFO", &info.to_string());
        let shown = tool.run(&["--app", "demo", "helper", "kubectl"]);
        assert!(shown.starts_with("exit: 2\n") || shown.starts_with("exit: 1\n"), "{registry:?}: {shown}");
        assert!(!shown.contains(&access_token(1)), "{registry:?}: {shown}");
    }
}

#[test]
fn who_wants_to_store_or_erase_is_sent_to_the_right_command() {
    let tool = signed_in();
    for action in ["store", "erase"] {
        let input = "protocol=https\nhost=git.acme.example\nusername=x\npassword=y\n";
        let shown = tool.run_with_input(&["--app", "demo", "helper", "git", action], input);
        assert_eq!(shown, "exit: 0\n", "git says so every time");
    }
    insta::assert_snapshot!(tool.run_with_input(&["--app", "demo", "helper", "docker", "store"], "{}"), @"
    exit: 1
    --- stdout ---
    docker can't sign in here.
    --- stderr ---
    error: docker can't sign in here.
    hint: Run `doorkey --app demo login`.
    ");
    insta::assert_snapshot!(tool.run_with_input(&["--app", "demo", "helper", "docker", "erase"], "x"), @"
    exit: 1
    --- stdout ---
    docker can't sign out here.
    --- stderr ---
    error: docker can't sign out here.
    hint: Run `doorkey --app demo logout`.
    ");
    let stored = std::fs::read_to_string(tool.credentials()).unwrap();
    assert!(stored.contains(&access_token(1)), "{stored}");
}
