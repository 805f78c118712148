//! `import`: what gh, npm, uv and docker have kept becomes a sign-in, if it is for exactly this tool's server.

use serde_json::{Value, json};

use crate::service::Service;
use crate::tool::{Tool, access_token, mode};

/// Somebody with the files of all four, each with a token for this server and one for another.
fn machine(service: &Service) -> Tool {
    let host = service.url().replace("http://", "");
    let token = access_token(5);
    let tool = Tool::with(service).hide(&host, "[host]").hide(&token, "[token]");
    let gh = format!(
        "github.com:\n    users:\n        ada:\n    user: ada\n{host}:\n    users:\n        ada:\n            oauth_token: {token}\n        \
         grace:\n            oauth_token: other\n    oauth_token: {token}\n    user: ada\n"
    );
    tool.write("home/.config/gh/hosts.yml", &gh, 0o600);
    let npm = format!("//registry-x.example/:_authToken=npm_other\n//{host}/:_authToken={token}\n");
    tool.write("home/.npmrc", &npm, 0o600);
    let uv = format!(
        "[[credential]]\nservice = \"http://{host}/\"\nusername = \"__token__\"\nscheme = \"basic\"\npassword = \"{token}\"\n\n\
         [[credential]]\nservice = \"https://pypi.example.com/\"\nusername = \"ada\"\nscheme = \"basic\"\npassword = \"s3cret\"\n"
    );
    tool.write("home/.local/share/uv/credentials/credentials.toml", &uv, 0o600);
    // `oauth2:` and the token, as docker keeps it.
    let docker = json!({
        "auths": { &host: { "auth": encoded(&format!("oauth2:{token}")) }, "https://index.docker.io/v1/": {} },
        "credHelpers": { "gcr.example.com": "gcloud" }, "credsStore": "secretservice",
    });
    tool.write("home/.docker/config.json", &docker.to_string(), 0o600);
    tool
}

fn encoded(text: &str) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text)
}

#[test]
fn what_there_is_is_shown_without_its_secrets() {
    let service = Service::start();
    let tool = machine(&service);
    insta::assert_snapshot!(tool.run(&["import", "gh"]), @"
    exit: 0
    --- stdout ---
    Host             Who    Kept
    github.com       ada    in the system's keyring
    [host]  ada    a token
    [host]  grace  a token
    --- stderr ---
    Name the tool that one of them is for, to save it: `--app NAME`.
    ");
    insta::assert_snapshot!(tool.run(&["import", "npm"]), @"
    exit: 0
    --- stdout ---
    Host                Who  Kept
    registry-x.example       a token
    [host]          a token
    --- stderr ---
    Name the tool that one of them is for, to save it: `--app NAME`.
    ");
    insta::assert_snapshot!(tool.run(&["import", "uv"]), @"
    exit: 0
    --- stdout ---
    Host                       Who  Kept
    http://[host]/         a token
    https://pypi.example.com/  ada  a password
    --- stderr ---
    Name the tool that one of them is for, to save it: `--app NAME`.
    ");
    insta::assert_snapshot!(tool.run(&["import", "docker"]), @"
    exit: 0
    --- stdout ---
    Host                         Who     Kept
    [host]              oauth2  a token
    https://index.docker.io/v1/          with docker-credential-secretservice
    gcr.example.com                      with docker-credential-gcloud
    --- stderr ---
    Name the tool that one of them is for, to save it: `--app NAME`.
    ");
    insta::assert_snapshot!(tool.run(&["import", "docker", "--json"]), @r#"
    exit: 0
    --- stdout ---
    {
      "program": "docker",
      "path": "[home]/.docker/config.json",
      "found": [
        {
          "host": "[host]",
          "user": "oauth2",
          "kept": "token",
          "in_use": true,
          "fits": false
        },
        {
          "host": "https://index.docker.io/v1/",
          "user": null,
          "kept": "program",
          "in_use": true,
          "fits": false
        },
        {
          "host": "gcr.example.com",
          "user": null,
          "kept": "program",
          "in_use": true,
          "fits": false
        }
      ],
      "saved": null
    }
    "#);
    assert_eq!(service.all_requests().len(), 0, "nobody was asked");
    assert!(!tool.credentials().exists(), "and nothing was saved");
}

#[test]
fn the_token_for_this_server_is_checked_there_and_saved() {
    for program in ["gh", "npm", "uv", "docker"] {
        let service = Service::start();
        let tool = machine(&service);
        let shown = tool.run(&["--app", "demo", "import", program]);
        assert!(shown.starts_with("exit: 0\n") && shown.contains("Ada Lovelace"), "{program}: {shown}");
        let asked = service.requests("GET /oauth/userinfo");
        assert_eq!(asked[0].headers["authorization"], format!("Bearer {}", access_token(5)), "{program}");
        let stored = std::fs::read_to_string(tool.credentials()).unwrap();
        assert!(stored.contains(&access_token(5)), "{program}: {stored}");
        assert_eq!(mode(&tool.credentials()), 0o600);
        assert_eq!(tool.run(&["--app", "demo", "token"]), "exit: 0\n--- stdout ---\n[token]\n");
    }
}

#[test]
fn of_several_one_has_to_be_named() {
    let tool = Tool::new().set("DEMO_URL", "https://npm.example.com");
    let lines = "//npm.example.com/one/:_authToken=a\n//npm.example.com/two/:_authToken=b\n";
    tool.write("home/.npmrc", lines, 0o600);
    let import = ["--app", "demo", "import", "npm", "--dry-run"];
    insta::assert_snapshot!(tool.run(&import), @"
    exit: 2
    --- stdout ---
    Host                 Who  Kept
    npm.example.com/one       a token
    npm.example.com/two       a token
    --- stderr ---
    error: Several fit: npm.example.com/one, npm.example.com/two.
    hint: Choose one with `--host HOST`.
    ");
    let named = [&import[..], &["--host", "npm.example.com/two"]].concat();
    insta::assert_snapshot!(tool.run(&named), @"
    exit: 0
    --- stdout ---
    Host                 Who  Kept
    npm.example.com/one       a token
    npm.example.com/two       a token
    --- stderr ---
    The token of npm.example.com/two would be checked with Doorkey demo's server and saved. Nothing was changed.
    ");
}

#[test]
fn a_dry_run_changes_and_asks_nothing() {
    let service = Service::start();
    let tool = machine(&service);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "import", "gh", "--dry-run"]), @"
    exit: 0
    --- stdout ---
    Host             Who    Kept
    github.com       ada    in the system's keyring
    [host]  ada    a token
    [host]  grace  a token
    --- stderr ---
    The token of [host] would be checked with Doorkey demo's server and saved. Nothing was changed.
    ");
    assert_eq!(service.all_requests().len(), 0);
    assert!(!tool.credentials().exists());
}

#[test]
fn for_programs_it_is_one_object() {
    let service = Service::start();
    let tool = machine(&service);
    let output = tool.start(&["--app", "demo", "import", "npm", "--json"]).wait_with_output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["saved"]["status"], "signed_in", "{said}");
    assert_eq!(said["saved"]["user"]["name"], "Ada Lovelace");
    assert_eq!(
        said["found"][0],
        json!({ "host": "registry-x.example", "user": null, "kept": "token", "in_use": true, "fits": false })
    );
    assert!(!said.to_string().contains(&access_token(5)), "no secret: {said}");
}

#[test]
fn a_token_that_the_server_refuses_is_not_saved() {
    let service = Service::start();
    service.forget("GET /oauth/userinfo").on(
        "GET /oauth/userinfo",
        401,
        &json!({ "error": "invalid_token" }),
    );
    let tool = machine(&service);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "import", "npm"]), @"
    exit: 1
    --- stdout ---
    Host                Who  Kept
    registry-x.example       a token
    [host]          a token
    --- stderr ---
    error: http://[host] doesn't accept this token, so it wasn't saved.
    hint: It may have expired or been revoked, or belong to another server. Make a new one.
    ");
    assert!(!tool.credentials().exists());
}

#[test]
fn another_host_is_never_taken_however_it_is_asked_for() {
    let (service, other) = (Service::start(), Service::start());
    let tool = machine(&service).set("DEMO_URL", &other.url()).hide(&other.url(), "[other]");
    insta::assert_snapshot!(tool.run(&["--app", "demo", "import", "npm"]), @"
    exit: 1
    --- stdout ---
    Host                Who  Kept
    registry-x.example       a token
    [host]          a token
    --- stderr ---
    error: None of them is for Doorkey demo at [other].
    hint: With `--api URL` it is another server's turn.
    ");
    let host = service.url().replace("http://", "");
    for host in [&host, "registry-x.example", "[host]"] {
        let shown = tool.run(&["--app", "demo", "import", "npm", "--host", host]);
        assert!(shown.starts_with("exit: 1\n"), "{shown}");
    }
    assert_eq!(other.all_requests().len() + service.all_requests().len(), 0, "no token left this machine");
    let there = tool.run(&["--app", "demo", "--api", &service.url(), "import", "npm"]);
    assert!(there.starts_with("exit: 0\n"), "{there}");
}

#[test]
fn what_is_kept_elsewhere_is_said_with_how_it_comes_here() {
    let tool = Tool::new().set("DEMO_URL", "https://ghe.example.com");
    tool.write(
        "home/.config/gh/hosts.yml",
        "ghe.example.com:\n    users:\n        ada:\n    user: ada\n",
        0o600,
    );
    insta::assert_snapshot!(tool.run(&["--app", "demo", "import", "gh"]), @"
    exit: 1
    --- stdout ---
    Host             Who  Kept
    ghe.example.com  ada  in the system's keyring
    --- stderr ---
    error: gh keeps the token of ghe.example.com in the system's keyring, not in its file.
    hint: Pipe it in: `gh auth token --hostname ghe.example.com --user ada | doorkey --app demo login --token -`.
    ");
    let docker = r#"{ "credHelpers": { "ghe.example.com": "gcloud" } }"#;
    tool.write("home/.docker/config.json", docker, 0o600);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "import", "docker"]), @"
    exit: 1
    --- stdout ---
    Host             Who  Kept
    ghe.example.com       with docker-credential-gcloud
    --- stderr ---
    error: docker keeps what it has for ghe.example.com with docker-credential-gcloud, not in its file.
    hint: Ask it: `printf %s ghe.example.com | docker-credential-gcloud get`.
    ");
    tool.write("home/.npmrc", "//ghe.example.com/:_authToken=${NPM_TOKEN}\n", 0o600);
    insta::assert_snapshot!(tool.run(&["--app", "demo", "import", "npm"]), @"
    exit: 1
    --- stdout ---
    Host             Who  Kept
    ghe.example.com       in the variable NPM_TOKEN
    --- stderr ---
    error: The token of ghe.example.com stands in the environment variable NPM_TOKEN, which isn't set.
    hint: Set NPM_TOKEN, or pipe the token in: `doorkey --app demo login --token -`.
    ");
}

#[test]
fn a_file_that_is_not_there_or_not_right_is_named() {
    let tool = Tool::new();
    insta::assert_snapshot!(tool.run(&["import", "uv"]), @"
    exit: 1
    --- stderr ---
    error: There are no credentials of uv in [home]/.local/share/uv/credentials/credentials.toml.
    hint: Name another file with `--file FILE`.
    ");
    tool.write("home/.config/gh/hosts.yml", "github.com:\n\toauth_token: gho_secret\n", 0o600);
    insta::assert_snapshot!(tool.run(&["import", "gh"]), @"
    exit: 1
    --- stderr ---
    error: [home]/.config/gh/hosts.yml:2: it is indented with a tab.
    ");
    tool.write("home/.docker/config.json", "{\n  \"auths\": [\n", 0o600);
    insta::assert_snapshot!(tool.run(&["import", "docker", "--json"]), @r#"
    exit: 1
    --- stdout ---
    {
      "error": {
        "code": "import.damaged",
        "message": "[home]/.docker/config.json:2: it isn't the JSON that docker writes.",
        "hint": null,
        "exit": 1
      }
    }
    "#);
    tool.write("large", &"x".repeat(5 * 1024 * 1024), 0o600);
    insta::assert_snapshot!(tool.run(&["import", "npm", "--file", "large"]), @"
    exit: 1
    --- stderr ---
    error: large can't be used: it is larger than 4 MiB.
    hint: Name another file with `--file FILE`.
    ");
    insta::assert_snapshot!(tool.run(&["import", "npm", "--file", "home"]), @"
    exit: 1
    --- stderr ---
    error: home can't be used: it isn't a file.
    hint: Name another file with `--file FILE`.
    ");
}
