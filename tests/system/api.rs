//! The JSON interface, visited by a program that knows nothing but its OpenAPI document: Schemathesis makes requests that
//! the document allows and such that it forbids, and holds every answer against what the document says.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use doorkey_tests::http::{Ask, ask};
use doorkey_tests::janitor::Folder;
use doorkey_tests::process::Running;
use doorkey_tests::service::Service;
use doorkey_tests::{binary, workspace};
use serde_json::json;

use crate::stage::{apps, managing, visitor};

/// Its version, and those of all that it brings along.
const REQUIREMENTS: &str = include_str!("schemathesis.txt");

/// Schemathesis, installed once into a folder of its own beside what cargo builds.
fn schemathesis() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let doorkeyd = binary("doorkeyd", false);
        let target = doorkeyd.ancestors().nth(2).expect("a target folder");
        let folder = target.join("schemathesis");
        let (program, installed) = (folder.join("bin/schemathesis"), folder.join("installed.txt"));
        if fs::read_to_string(&installed).is_ok_and(|known| known == REQUIREMENTS) {
            return program;
        }
        let finishes = |command: &mut Command| {
            let output = command.output().expect("python3 is there; `cargo xtask test` installs it");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "Schemathesis cannot be installed: {said}");
        };
        finishes(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
        let requirements = workspace().join("tests/system/schemathesis.txt");
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
        finishes(Command::new(folder.join("bin/python")).args(pip).arg(requirements));
        fs::write(&installed, REQUIREMENTS).expect("written");
        program
    })
}

/// Visits the service, and fails with all that it found.
fn visit(service: &Service, org: &str, token: Option<&str>, more: &[&str]) {
    let folder = Folder::new("schemathesis");
    // A request that the document allows may still name a scope or an app that there isn't, or come too often.
    let config = format!(
        "[parameters]\n\"path.org\" = \"{org}\"\n[checks.positive_data_acceptance]\n\
         expected-statuses = [\"2xx\", 400, 401, 403, 404, 409, 429]\n"
    );
    let file = folder.join("schemathesis.toml");
    fs::write(&file, config).expect("written");
    let mut command = Command::new(schemathesis());
    command.current_dir(folder.path()).arg("--config-file").arg(&file).args(["--no-color", "run"]);
    command.arg(format!("{}/openapi.json", service.url));
    command.args(["--checks", "all", "--seed", "1", "--continue-on-failure"]);
    command.args(["--warnings", "off"]).args(more);
    if let Some(token) = token {
        command.arg("--header").arg(format!("Authorization: Bearer {token}"));
    }
    let finished = Running::start("schemathesis", command).wait();
    assert_eq!(finished.code, Some(0), "{}\n{}", finished.stdout, finished.stderr);
}

#[test]
fn whatever_comes_the_interface_answers_as_its_document_says() {
    let service = Service::dev().apps(apps()).start();
    visit(&service, "acme", None, &["--max-examples", "2"]);

    let token = managing(&service, &mut visitor(&service));
    let made = Ask::json("/api/v1/orgs", &json!({ "name": "Acme", "slug": "acme" }));
    ask(&service.url, &made.bearer(&token)).is(201);
    // What ends the token comes last.
    let ends = "^/(devices/|sign-out)";
    visit(&service, "acme", Some(&token), &["--max-examples", "4", "--exclude-path-regex", ends]);
    ask(&service.url, &Ask::get("/api/v1/me").bearer(&token)).is(200);
    visit(&service, "acme", Some(&token), &["--max-examples", "1", "--include-path-regex", ends]);
    ask(&service.url, &Ask::get("/api/v1/me").bearer(&token)).is(401);

    let log = service.log();
    let tells = |line: &String| line.contains("panicked") || line.contains(&token);
    assert!(!log.iter().any(tells), "{log:#?}");
    // It got behind the door: things were seen and made, not only refused.
    let made = ["tokens", "orgs", "orgs/{org}/keys", "orgs/{org}/invitations", "orgs/{org}/service-accounts"];
    for (status, routes) in [(201, &made[..]), (200, &["me", "events/export", "orgs/{org}/members"])] {
        for route in routes {
            let (route, status) = (format!("\"/api/v1/{route}\""), format!("\"status\":{status}"));
            let found = log.iter().any(|line| line.contains(&route) && line.contains(&status));
            assert!(found, "{route} never answered {status}");
        }
    }
}
