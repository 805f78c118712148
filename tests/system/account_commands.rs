//! `tokens`, `keys`, `orgs`, `switch-org` and `logs`: the real command against the real service.

use doorkey_tests::http::{Ask, ask};
use doorkey_tests::service::Service;
use doorkey_tests::tool::Tool;
use doorkey_tests::visitor::Visitor;

use crate::stage::{apps, open_approval, shown_link, visitor};
use crate::tokens::is_token;

/// A tool that may make and change things for ten minutes, and the browser of its person.
#[track_caller]
fn manager(service: &Service) -> (Tool, Visitor) {
    let tool = Tool::new("demo", &service.url);
    let mut person = visitor(service);
    let login = tool.start(&["login", "--device", "--scope", "doorkey:manage"]);
    let page = open_approval(&mut person, &shown_link(&login));
    person.press(&page, "Approve", &[]);
    login.wait().exits(0);
    (tool, person)
}

/// What a gateway says of a token.
fn verified(service: &Service, token: &str) -> u16 {
    ask(&service.url, &Ask::get("/apps/demo/verify").bearer(token)).status
}

/// The secret that a command wrote, which is all of its standard output.
#[track_caller]
fn secret(tool: &Tool, arguments: &[&str], prefix: &str) -> String {
    let made = tool.run(arguments).exits(0);
    let secret = made.stdout.trim().to_owned();
    assert!(is_token(prefix, &secret), "the secret alone on standard output: {made}");
    assert!(made.stderr.contains("won't be shown again"), "{made}");
    secret
}

#[test]
fn a_token_is_made_listed_replaced_and_revoked() {
    let service = Service::dev().apps(apps()).start();
    let (tool, _) = manager(&service);
    tool.run(&["tokens"]).exits(0).says("No tokens yet");
    let first = secret(&tool, &["tokens", "create", "CI / CD", "--expires", "30d"], "demo_pat_");
    assert_eq!(verified(&service, &first), 200);
    tool.run(&["tokens", "list"]).exits(0).says("CI / CD");
    let second = secret(&tool, &["tokens", "rotate", "CI / CD", "--overlap", "1h"], "demo_pat_");
    assert_eq!([verified(&service, &first), verified(&service, &second)], [200, 200]);
    let third = secret(&tool, &["tokens", "rotate", "CI / CD", "--overlap", "0"], "demo_pat_");
    assert_eq!([verified(&service, &second), verified(&service, &third)], [401, 200]);
    tool.run(&["tokens", "revoke", "CI / CD", "--yes"]).exits(0);
    assert_eq!([first, second, third].map(|token| verified(&service, &token)), [401; 3]);
    tool.run(&["logs"]).exits(0).says("token");
    let csv = tool.run(&["logs", "--export", "csv"]).exits(0);
    assert!(csv.stdout.contains("token.created") && !csv.stdout.contains("demo_pat_"), "{csv}");
}

#[test]
fn an_organization_is_made_shared_and_switched_to() {
    let service = Service::dev().apps(apps()).start();
    let (ada, _) = manager(&service);
    let (bob, _) = manager(&service);
    ada.run(&["orgs", "create", "Acme GmbH"]).exits(0).says("acme-gmbh");
    let invited = ada.run(&["orgs", "invite", "acme-gmbh", "--role", "admin"]).exits(0);
    let link = invited.stdout.trim().to_owned();
    assert!(link.starts_with(&format!("{}/invite/", service.url)), "{invited}");
    bob.run(&["orgs", "join", &link]).exits(0).says("Acme GmbH");
    let again = bob.run(&["orgs", "join", &link]);
    assert!(again.code != Some(0) && again.stderr.contains("accepted already"), "{again}");
    let members = ada.run(&["orgs", "members", "acme-gmbh", "--json"]).exits(0);
    let members: serde_json::Value = serde_json::from_str(&members.stdout).expect("JSON");
    let others = members["members"].as_array().expect("a list").iter().find(|one| one["role"] == "admin");
    let email = others.expect("joined as admin")["account"]["email"].as_str().expect("an address").to_owned();
    ada.run(&["orgs", "set-role", &email, "owner", "--org", "acme-gmbh"]).exits(0).says("owner");
    ada.run(&["orgs", "set-role", &email, "admin", "--org", "acme-gmbh"]).exits(0).says("admin");
    bob.run(&["switch-org", "acme-gmbh"]).exits(0).says("Acme GmbH");
    let key =
        secret(&bob, &["keys", "create", "press", "--kind", "test", "--rate-limit", "60"], "demo_test_");
    assert_eq!(verified(&service, &key), 200);
    bob.run(&["orgs", "leave", "acme-gmbh", "--yes"]).exits(0);
    assert_eq!(verified(&service, &key), 200, "the organization's keys go on");
    ada.run(&["keys", "list", "--org", "acme-gmbh"]).exits(0).says("press");
    ada.run(&["keys", "revoke", "press", "--org", "acme-gmbh", "--yes"]).exits(0);
    assert_eq!(verified(&service, &key), 401);
    ada.run(&["logs", "--org", "acme-gmbh"]).exits(0).says("member");
}

#[test]
fn a_plain_sign_in_makes_nothing_and_says_what_to_do() {
    let service = crate::stage::service();
    let (tool, _) = crate::stage::signed_in("demo", service);
    let refused = tool.run(&["tokens", "create", "CI"]);
    assert!(refused.code != Some(0), "{refused}");
    assert!(refused.stderr.contains("login --scope doorkey:manage"), "{refused}");
    assert!(refused.stdout.is_empty(), "{refused}");
    tool.run(&["orgs"]).exits(0);
}
