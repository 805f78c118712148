//! `arka`: the page of the tokens, the hidden paste, what is said about each kind of token, and where it is kept.

use std::fs;
use std::path::PathBuf;

use doorkey_manifest::Manifest;
use serde_json::{Value, json};

use crate::service::Service;
use crate::terminal::Session;
use crate::tool::{Tool, mode};

const FILE: &str = "home/.config/arka-code-nodejs/config.json";

const TOKEN: &str = "arka_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

const PAGES: &str = "https://arka-ai.com";

fn file(tool: &Tool) -> PathBuf {
    tool.path(FILE)
}

fn account() -> Value {
    json!({ "id": "u1", "name": "Ada Lovelace", "email": "ada@example.com", "plan": "pro" })
}

/// A service that gives this answer about every token.
fn answering(status: u16, body: &Value) -> (Service, Tool) {
    let service = Service::start();
    service.on("GET /v1/account", status, body);
    let tool = Tool::called("arka").with_browser().set("NO_COLOR", "1").hide(&service.url(), "[server]");
    (service, tool)
}

fn at<'a>(url: &'a str, arguments: &[&'a str]) -> Vec<&'a str> {
    [&["--api", url, "--frontend", PAGES], arguments].concat()
}

/// Signed in with the token of the document.
fn signed_in(tool: &Tool) {
    tool.write(FILE, &format!("{{\n\t\"apiKey\": \"{TOKEN}\"\n}}"), 0o600);
}

// `arka login`.

#[test]
fn arka_login_opens_the_tokens_page_and_prompts_for_the_token() {
    let (service, tool) = answering(200, &account());
    let url = service.url();
    let mut session = Session::start(&tool, &at(&url, &["login"]));
    session.expect("Token (hidden): ");
    session.press(&format!("{TOKEN}\n"));
    let shown = session.end(&tool);
    assert!(!shown.contains(TOKEN), "{shown}");
    insta::assert_snapshot!(shown, @r#"
    exit: Some(0)
    ARKA Code Login
    Opening browser to generate a Personal Access Token...
    https://arka-ai.com/app/personal/settings/tokens
    If the browser didn't open, visit the URL above manually.
    Steps:
    1. Sign in to ARKA AI (if not already)
    2. Click "Create Token"
    3. Copy the token and paste it here
    Token (hidden): 
    ✓ The server accepts this token: signed in to ARKA Code as Ada Lovelace (ada@example.com).
      Server: [server]
      Credential: [home]/.config/arka-code-nodejs/config.json
    "#);
    assert_eq!(tool.opened(), "https://arka-ai.com/app/personal/settings/tokens");
    let requests = service.all_requests();
    let asked: Vec<&str> = requests.iter().map(|request| request.line.as_str()).collect();
    assert_eq!(asked, ["GET /v1/account"]);
    assert_eq!(requests[0].headers["authorization"], format!("Bearer {TOKEN}"));
}

#[test]
fn arka_login_without_a_browser_shows_the_page() {
    let (service, tool) = answering(200, &account());
    let url = service.url();
    for (tool, arguments) in [
        (tool.set("SSH_TTY", "/dev/pts/0"), vec!["login"]),
        (answering(200, &account()).1, vec!["login", "--no-browser"]),
    ] {
        let mut session = Session::start(&tool, &at(&url, &arguments));
        session.expect("Token (hidden): ");
        session.press(&format!("{TOKEN}\n"));
        let shown = session.end(&tool);
        assert!(shown.contains("\nhttps://arka-ai.com/app/personal/settings/tokens\n"), "{shown}");
        assert!(!tool.path("opened").exists());
    }
}

#[test]
fn arka_login_where_there_is_nobody_to_paste() {
    let tool = Tool::called("arka");
    insta::assert_snapshot!(tool.run(&["login"]), @"
    exit: 2
    --- stderr ---
    ARKA Code Login
    error: ARKA Code is signed in to with a token.
    hint: Make one at https://arka-ai.com/app/personal/settings/tokens and pass it with `--token -`.
    ");
}

#[test]
fn arka_login_takes_the_token_from_standard_input() {
    let (service, tool) = answering(200, &account());
    let url = service.url();
    insta::assert_snapshot!(tool.run_with_input(&at(&url, &["login", "--token", "-"]), &format!("{TOKEN}\n")), @"
    exit: 0
    --- stderr ---
    The server accepts this token: signed in to ARKA Code as Ada Lovelace (ada@example.com).
    Server: [server]
    Credential: [home]/.config/arka-code-nodejs/config.json
    ");
    assert_eq!(fs::read_to_string(file(&tool)).unwrap(), format!("{{\n\t\"apiKey\": \"{TOKEN}\"\n}}"));
}

#[test]
fn arka_login_with_the_network_cut_saves_the_token_and_says_that_it_is_unchecked() {
    let tool = Tool::called("arka");
    insta::assert_snapshot!(tool.run(&at("http://127.0.0.1:9", &["login", "--api-key", TOKEN])), @"
    exit: 0
    --- stderr ---
    The token is saved, but unchecked. http://127.0.0.1:9 can't be reached: the connection was refused.
    Server: http://127.0.0.1:9
    Credential: [home]/.config/arka-code-nodejs/config.json
    Run `arka whoami` later to check it.
    ");
    assert!(file(&tool).exists());
}

// Where it is kept.

#[test]
fn arka_the_token_is_stored_in_the_config_file() {
    let (service, tool) = answering(200, &account());
    let url = service.url();
    tool.run(&at(&url, &["login", "--api-key", TOKEN]));
    assert_eq!(fs::read_to_string(file(&tool)).unwrap(), format!("{{\n\t\"apiKey\": \"{TOKEN}\"\n}}"));
    assert_eq!((mode(&file(&tool)), mode(file(&tool).parent().unwrap())), (0o600, 0o700));
}

#[test]
fn arka_settings_of_the_published_command_stay() {
    let (service, tool) = answering(200, &account());
    let url = service.url();
    tool.write(FILE, "{\n\t\"theme\": \"dark\",\n\t\"apiKey\": \"arka_old\"\n}", 0o600);
    tool.run(&at(&url, &["login", "--api-key", TOKEN]));
    let expected = format!("{{\n\t\"theme\": \"dark\",\n\t\"apiKey\": \"{TOKEN}\"\n}}");
    assert_eq!(fs::read_to_string(file(&tool)).unwrap(), expected);
    tool.run(&["logout"]);
    assert_eq!(fs::read_to_string(file(&tool)).unwrap(), "{\n\t\"theme\": \"dark\"\n}");
}

#[test]
fn arka_the_location_varies_by_operating_system() {
    let manifest = Manifest::builtin("arka").unwrap().unwrap();
    let path = &manifest.credentials.path;
    for (system, expected) in [
        ("linux", "{config}/arka-code-nodejs/config.json"),
        ("macos", "{config}/arka-code-nodejs/config.json"),
        ("windows", "{config}/arka-code-nodejs/Config/config.json"),
    ] {
        assert_eq!(path.on(system), expected);
    }
    let (service, tool) = answering(200, &account());
    let url = service.url();
    let settings = tool.path("settings");
    let tool = tool.set("XDG_CONFIG_HOME", settings.to_str().unwrap());
    tool.run(&at(&url, &["login", "--api-key", TOKEN]));
    assert!(tool.path("settings/arka-code-nodejs/config.json").exists() && !file(&tool).exists());
}

// The variable and the option.

#[test]
fn arka_api_key_in_the_environment_is_used_and_nothing_is_stored() {
    let (service, tool) = answering(200, &account());
    let url = service.url();
    let tool = tool.set("ARKA_API_KEY", TOKEN);
    assert_eq!(tool.run(&["token"]), format!("exit: 0\n--- stdout ---\n{TOKEN}\n"));
    insta::assert_snapshot!(tool.run(&at(&url, &["whoami"])), @"
    exit: 0
    --- stdout ---
    Ada Lovelace (ada@example.com)
    Server: [server]
    Credential: ARKA_API_KEY, an environment variable
    ");
    assert_eq!(service.all_requests()[0].headers["authorization"], format!("Bearer {TOKEN}"));
    assert!(!file(&tool).exists());
}

#[test]
fn arka_a_token_is_passed_directly_before_the_variable_and_the_file() {
    let tool = Tool::called("arka").set("ARKA_API_KEY", "arka_of_the_environment");
    signed_in(&tool);
    for option in ["--api-key", "--token"] {
        let given = tool.run(&[option, "arka_given", "token"]);
        assert_eq!(given, "exit: 0\n--- stdout ---\narka_given\n", "{option}");
        assert_eq!(tool.run(&["token", option, "arka_given"]), given, "{option}");
    }
    assert_eq!(tool.run(&["token"]), "exit: 0\n--- stdout ---\narka_of_the_environment\n");
    let tool = tool.unset("ARKA_API_KEY");
    assert_eq!(tool.run(&["token"]), format!("exit: 0\n--- stdout ---\n{TOKEN}\n"));
}

#[test]
fn arka_help_names_the_option_and_says_what_it_costs() {
    insta::assert_snapshot!(Tool::called("arka").run(&["login", "--help"]), @"
    exit: 0
    --- stdout ---
    Open the page of your tokens and store the one that you paste

    Usage: arka login [OPTIONS]

    Options:
          --no-browser
              Open no browser; print the link

          --timeout <DURATION>
              How long to wait for you: `90s`, `5m`, `1h`, or a number of seconds

          --scope <SCOPE>
              Ask for this scope; may be given several times

          --org <ORG>
              Act for this organization: its id or short name

          --storage <KIND>
              Where to keep the credential: `file`, `keyring`, `encrypted`, `memory` or `command`; kept
              to from now on

          --insecure-storage
              Keep the credential in a plain file that only you can read: the same as `--storage file`

          --browser-command <COMMAND>
              The program that opens the page, with its arguments; `%s` stands for the address

          --api <URL>
              The address of the tool's server, instead of the manifest's
              
              [alias: --server]

          --api-key <TOKEN>
              Your Personal Access Token, in place of the stored one; `-` reads it from standard input
              (what stands here stays in the shell's history)
              
              [alias: --token]

          --frontend <URL>
              The address of the tool's web pages, instead of the manifest's

          --profile <NAME>
              The profile to use: an account, a server and an organization under a name of yours

          --json
              Print JSON instead of text

      -v, --verbose
              Say more about what goes wrong

      -h, --help
              Print help (see a summary with '-h')
    ");
}

// `arka logout`.

#[test]
fn arka_logout_clears_the_stored_credentials() {
    let service = Service::start();
    let tool = Tool::called("arka");
    signed_in(&tool);
    insta::assert_snapshot!(tool.run(&["logout"]), @"
    exit: 0
    --- stderr ---
    Signed out of ARKA Code.
    The credential is gone from [home]/.config/arka-code-nodejs/config.json.
    ");
    assert!(!file(&tool).exists() && service.all_requests().is_empty());
    insta::assert_snapshot!(tool.run(&["logout"]), @"
    exit: 0
    --- stderr ---
    You aren't signed in to ARKA Code, so there is nothing to remove.
    ");
}

// What may be wrong with a token.

#[test]
fn arka_invalid_token_when_it_does_not_start_with_the_prefix() {
    let (service, tool) = answering(200, &account());
    let url = service.url();
    for token in ["sk_xxxxxxxx", "Arka_xxxx", "arka_"] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(tool.run(&at(&url, &["login", "--api-key", token])), @"
            exit: 1
            --- stderr ---
            Invalid token: a Personal Access Token starts with arka_
            ");
        }
    }
    assert!(service.all_requests().is_empty() && !file(&tool).exists());
}

#[test]
fn arka_invalid_revoked_expired_and_without_pro_are_told_apart() {
    let error = |error: &str, message: &str| json!({ "error": error, "message": message });
    let said = |status: u16, body: &Value| {
        let (service, tool) = answering(status, body);
        let url = service.url();
        let login = tool.run(&at(&url, &["login", "--api-key", TOKEN]));
        let kept = file(&tool).exists();
        signed_in(&tool);
        format!(
            "login, {}\n{login}\nwhoami\n{}",
            if kept { "saved" } else { "not saved" },
            tool.run(&at(&url, &["whoami"]))
        )
    };
    insta::assert_snapshot!(said(403, &error("invalid_token", "Invalid token")), @"
    login, not saved
    exit: 1
    --- stderr ---
    Invalid token. The server doesn't know this token. Create another at https://arka-ai.com/app/personal/settings/tokens

    whoami
    exit: 1
    --- stderr ---
    Invalid token. The server doesn't know this token. Create another at https://arka-ai.com/app/personal/settings/tokens
    ");
    insta::assert_snapshot!(said(401, &json!({})), @"
    login, not saved
    exit: 1
    --- stderr ---
    Invalid token. The server doesn't know this token. Create another at https://arka-ai.com/app/personal/settings/tokens

    whoami
    exit: 1
    --- stderr ---
    Invalid token. The server doesn't know this token. Create another at https://arka-ai.com/app/personal/settings/tokens
    ");
    insta::assert_snapshot!(said(403, &error("token_revoked", "Token revoked")), @"
    login, not saved
    exit: 1
    --- stderr ---
    Invalid token. This token was revoked. Create another at https://arka-ai.com/app/personal/settings/tokens

    whoami
    exit: 1
    --- stderr ---
    Invalid token. This token was revoked. Create another at https://arka-ai.com/app/personal/settings/tokens
    ");
    insta::assert_snapshot!(said(403, &error("token_expired", "Token expired")), @"
    login, not saved
    exit: 1
    --- stderr ---
    Invalid token: it has expired. Create another at https://arka-ai.com/app/personal/settings/tokens

    whoami
    exit: 1
    --- stderr ---
    Invalid token: it has expired. Create another at https://arka-ai.com/app/personal/settings/tokens
    ");
    insta::assert_snapshot!(said(403, &error("pro_required", "Pro subscription required")), @"
    login, saved
    exit: 1
    --- stderr ---
    Pro subscription required. Visit https://arka-ai.com/billing to upgrade.

    whoami
    exit: 1
    --- stderr ---
    Pro subscription required. Visit https://arka-ai.com/billing to upgrade.
    ");
}

#[test]
fn arka_unauthorized_when_there_is_no_token() {
    let tool = Tool::called("arka");
    for arguments in [&["whoami"][..], &["token"]] {
        insta::allow_duplicates! { insta::assert_snapshot!(tool.run(arguments), @"
        exit: 1
        --- stderr ---
        Unauthorized: there is no token. Run `arka login`, or set ARKA_API_KEY.
        "); }
    }
}
