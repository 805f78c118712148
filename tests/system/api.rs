//! The JSON interface, visited by a program that knows nothing but its OpenAPI document: Schemathesis makes requests that
//! the document allows and such that it forbids, and holds every answer against what the document says.

use std::fs;
use std::process::Command;

use doorkey_tests::http::{Ask, ask};
use doorkey_tests::janitor::Folder;
use doorkey_tests::process::Running;
use doorkey_tests::service::Service;
use serde_json::json;

use crate::registries::from_pypi;
use crate::stage::{apps, managing, visitor};

/// Its version, and those of all that it brings along.
const REQUIREMENTS: &str = include_str!("schemathesis.txt");

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
    let mut command = Command::new(from_pypi("schemathesis", REQUIREMENTS).join("bin/schemathesis"));
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
