//! `import`, from files that the real programs have just written.

use std::process::Stdio;
use std::sync::Arc;

use doorkey_tests::process::Running;
use serde_json::json;

use super::Machine;
use super::stand::{Answer, Seen, Stand};
use crate::registries::from_pypi;
use crate::tokens::made_up;

/// A service that knows whose the token is, and a registry to sign in to with it.
fn service(token: &str) -> Stand {
    let token = token.to_owned();
    Stand::plain(Arc::new(move |seen: &Seen| {
        let host = seen.headers.get("host").cloned().unwrap_or_default();
        let bearer = seen.authorization() == format!("Bearer {token}");
        match seen.path.as_str() {
            "/.well-known/oauth-authorization-server" => Answer::json(&json!({
                "issuer": format!("http://{host}"),
                "authorization_endpoint": format!("http://{host}/oauth2/authorize"),
                "token_endpoint": format!("http://{host}/oauth2/token"),
                "userinfo_endpoint": format!("http://{host}/oauth2/userinfo"),
            })),
            "/oauth2/userinfo" if bearer => Answer::json(&json!({ "sub": "u_1", "name": "Ada Lovelace" })),
            "/v2/" if seen.is_from("oauth2", &token) => Answer::json(&json!({})),
            "/v2/" => Answer::who_are_you("Basic realm=\"registry\""),
            _ => Answer::who_are_you("Bearer"),
        }
    }))
}

/// Somebody who isn't signed in, and the token that another program has.
fn newcomer() -> (Stand, Machine, String) {
    let token = made_up("demo_at_", 1);
    let service = service(&token);
    let machine = Machine::signed_in(&service.url);
    std::fs::remove_file(machine.path(".demo/credentials.json")).expect("signed out");
    (service, machine, token)
}

/// What the program has kept becomes a sign-in.
#[track_caller]
fn comes_along(machine: &Machine, program: &str, token: &str) {
    let shown = machine.doorkey(&["import", program, "--dry-run"]).exits(0);
    assert!(!shown.stdout.contains(token) && !shown.stderr.contains(token), "no secret is shown: {shown}");
    let _ = machine.doorkey(&["token"]).exits(4);
    let _ = machine.doorkey(&["import", program]).exits(0).says("Ada Lovelace");
    assert_eq!(machine.doorkey(&["token"]).exits(0).stdout, format!("{token}\n"));
}

#[test]
fn what_uv_keeps() {
    let (service, machine, token) = newcomer();
    let uv = from_pypi("uv-0.13.9", "uv==0.13.9\n").join("bin/uv");
    let mut login = machine.command(uv, &["auth", "login", &service.url, "--token", "-"]);
    login.stdin(Stdio::piped());
    let mut login = Running::start("uv auth login", login);
    login.give(&format!("{token}\n"));
    let _ = login.wait().exits(0);
    comes_along(&machine, "uv", &token);
}

#[test]
fn what_npm_keeps() {
    let (service, machine, token) = newcomer();
    let setting = format!("//{}/:_authToken={token}", service.authority());
    let _ =
        machine.run("npm", &["--no-update-notifier", "config", "set", &setting, "--location=user"]).exits(0);
    comes_along(&machine, "npm", &token);
}

#[test]
fn what_skopeo_keeps_in_dockers_file() {
    let (service, machine, token) = newcomer();
    let file = machine.path(".docker/config.json").display().to_string();
    let login = [
        "login",
        "--tls-verify=false",
        "--username",
        "oauth2",
        "--password-stdin",
        "--authfile",
        &file,
        service.authority(),
    ];
    let mut command = machine.command("skopeo", &login);
    command.stdin(Stdio::piped());
    let mut login = Running::start("skopeo login", command);
    login.give(&token);
    let _ = login.wait().exits(0);
    comes_along(&machine, "docker", &token);
}
