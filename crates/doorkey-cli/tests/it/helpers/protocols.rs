//! `helper`: what each program gets when all is well, word by word.

use serde_json::json;

use crate::service::{Service, tokens};
use crate::tool::{Tool, access_token, in_minutes};

const NOWHERE: &str = "http://127.0.0.1:9";

fn signed_in() -> Tool {
    let end = "2100-01-01T00:00:00Z";
    Tool::new().signed_in_until(NOWHERE, end).hide(&access_token(1), "[token]")
}

#[test]
fn every_program_is_answered_in_its_own_words() {
    let tool = signed_in();
    let helper =
        |program: &str, input: &str| tool.run_with_input(&["--app", "demo", "helper", program, "get"], input);
    insta::assert_snapshot!(helper("git", "protocol=http\nhost=127.0.0.1:9\nwwwauth[]=Basic\n\n"), @"
    exit: 0
    --- stdout ---
    username=oauth2
    password=[token]
    password_expiry_utc=4102444800
    ");
    insta::assert_snapshot!(helper("docker", "http://127.0.0.1:9/v2/"), @r#"
    exit: 0
    --- stdout ---
    {"ServerURL":"http://127.0.0.1:9/v2/","Username":"oauth2","Secret":"[token]"}
    "#);
    insta::assert_snapshot!(helper("bazel", r#"{"uri":"http://127.0.0.1:9/cache/%20?x"}"#), @r#"
    exit: 0
    --- stdout ---
    {"headers":{"Authorization":["Bearer [token]"]},"expires":"2100-01-01T00:00:00Z"}
    "#);
    let request = json!({ "v": 1, "registry": { "index-url": "sparse+http://127.0.0.1:9/index/" }, "kind": "get", "operation": "read" });
    let cargo =
        tool.run_with_input(&["--app", "demo", "helper", "cargo", "--cargo-plugin"], &format!("{request}\n"));
    insta::assert_snapshot!(cargo, @r#"
    exit: 0
    --- stdout ---
    {"v":[1]}
    {"Ok":{"kind":"get","token":"[token]","operation_independent":true,"cache":"expires","expiration":4102444800}}
    "#);
    let info = json!({
        "kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
        "spec": { "interactive": false, "cluster": { "server": "http://127.0.0.1:9" } },
    });
    let tool = tool.set("KUBERNETES_EXEC_INFO", &info.to_string());
    insta::assert_snapshot!(tool.run(&["--app", "demo", "helper", "kubectl"]), @r#"
    exit: 0
    --- stdout ---
    {"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"[token]","expirationTimestamp":"2100-01-01T00:00:00Z"}}
    "#);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "helper", "npm"]), @"
    exit: 0
    --- stdout ---
    registry=http://127.0.0.1:9/
    //127.0.0.1:9/:_authToken=${DEMO_TOKEN}
    ");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "helper", "aws"]), @"
    exit: 2
    --- stderr ---
    error: AWS takes no bearer tokens: its requests are signed with keys, and Doorkey demo gives none.
    hint: Where a role trusts these tokens, write one to a private file with `doorkey --app demo token` and name it in AWS_WEB_IDENTITY_TOKEN_FILE.
    ");
}

#[test]
fn a_link_with_a_helpers_name_is_that_helper() {
    let get = |link: &str, arguments: &[&str], input: &str| {
        Tool::new()
            .signed_in_until(NOWHERE, "2100-01-01T00:00:00Z")
            .hide(&access_token(1), "[token]")
            .linked_as(link)
            .run_with_input(arguments, input)
    };
    insta::assert_snapshot!(get("docker-credential-demo", &["list"], ""), @r#"
    exit: 0
    --- stdout ---
    {"http://127.0.0.1:9":"oauth2"}
    "#);
    insta::assert_snapshot!(get("git-credential-demo", &["get"], "protocol=http\nhost=127.0.0.1:9\n"), @"
    exit: 0
    --- stdout ---
    username=oauth2
    password=[token]
    password_expiry_utc=4102444800
    ");
    insta::assert_snapshot!(get("bazel-credential-demo", &["get"], r#"{"uri":"http://127.0.0.1:9"}"#), @r#"
    exit: 0
    --- stdout ---
    {"headers":{"Authorization":["Bearer [token]"]},"expires":"2100-01-01T00:00:00Z"}
    "#);
    insta::assert_snapshot!(get("cargo-credential-demo", &["--cargo-plugin"], ""), @r#"
    exit: 0
    --- stdout ---
    {"v":[1]}
    "#);
}

#[test]
fn a_token_that_ends_soon_is_renewed_before_it_is_given() {
    let service = Service::start();
    service.on("POST /oauth/token", 200, &tokens(2));
    let tool = Tool::with(&service).signed_in_until(&service.url(), &in_minutes(2));
    let authority = service.url().replace("http://", "");
    let given = tool.run_with_input(&["--app", "demo", "helper", "docker", "get"], &authority);
    assert!(given.contains(&access_token(2)), "{given}");
}

#[test]
fn somebody_who_is_signed_out_is_told_on_standard_error() {
    let tool = Tool::new();
    let helper =
        |program: &str, input: &str| tool.run_with_input(&["--app", "demo", "helper", program, "get"], input);
    insta::assert_snapshot!(helper("git", "protocol=http\nhost=127.0.0.1:9\n"), @"
    exit: 4
    --- stderr ---
    error: You aren't signed in to Doorkey demo.
    hint: Run `doorkey --app demo login`.
    ");
    insta::assert_snapshot!(helper("docker", "127.0.0.1:9"), @"
    exit: 4
    --- stdout ---
    credentials not found in native keychain
    --- stderr ---
    error: You aren't signed in to Doorkey demo.
    hint: Run `doorkey --app demo login`.
    ");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "helper", "docker", "list"]), @"
    exit: 0
    --- stdout ---
    {}
    ");
    let request = json!({ "v": 1, "registry": { "index-url": "sparse+http://127.0.0.1:9/" }, "kind": "get" });
    let cargo =
        tool.run_with_input(&["--app", "demo", "helper", "cargo", "--cargo-plugin"], &format!("{request}\n"));
    insta::assert_snapshot!(cargo, @r#"
    exit: 0
    --- stdout ---
    {"v":[1]}
    {"Err":{"kind":"other","message":"You aren't signed in to Doorkey demo. Run `doorkey --app demo login`.","caused-by":[]}}
    "#);
}

#[test]
fn a_tools_own_words_never_get_into_a_protocol() {
    // These say "not logged in" on standard output, to people.
    for app in ["armoriq", "arkor", "tank", "almyty", "arka"] {
        let manifest = doorkey_manifest::Manifest::builtin(app).unwrap().unwrap();
        let host =
            manifest.server.url.strip_prefix("https://").unwrap().split('/').next().unwrap().to_owned();
        let tool = Tool::new().unset("DEMO_URL");
        let shown = tool.run_with_input(
            &["--app", app, "helper", "git", "get"],
            &format!("protocol=https\nhost={host}\n"),
        );
        assert!(shown.starts_with("exit: 4\n") && !shown.contains("--- stdout ---"), "{app}: {shown}");
    }
}

#[test]
fn a_registry_of_the_manifest_gets_the_token_of_the_manifests_own_server() {
    let source = include_str!("../../../../../apps/demo.toml")
        .replace("http://127.0.0.1:7700", "https://acme.example");
    let helpers = "\n[helpers.docker]\norigins = [\"https://registry.acme.example\"]\nuser = \"acme\"\n";
    let tool = Tool::new().unset("DEMO_URL").hide(&access_token(1), "[token]");
    tool.write("acme.toml", &format!("{source}{helpers}"), 0o644);
    let ask = |tool: &Tool, program: &str, input: &str| {
        tool.run_with_input(&["--app", "./acme.toml", "helper", program, "get"], input)
    };
    let tool = tool.signed_in_until("https://acme.example", "2100-01-01T00:00:00Z");
    insta::assert_snapshot!(ask(&tool, "docker", "registry.acme.example"), @r#"
    exit: 0
    --- stdout ---
    {"ServerURL":"registry.acme.example","Username":"acme","Secret":"[token]"}
    "#);
    insta::assert_snapshot!(ask(&tool, "git", "protocol=https\nhost=registry.acme.example\n"), @"exit: 0");
    let elsewhere = tool.signed_in_until("https://acme.corp.example", "2100-01-01T00:00:00Z");
    insta::assert_snapshot!(ask(&elsewhere, "docker", "registry.acme.example"), @"
    exit: 1
    --- stdout ---
    credentials not found in native keychain
    ");
}
