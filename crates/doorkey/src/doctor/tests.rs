#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use serde_json::json;

use super::*;
use crate::testing::{Oauth, Service, World};

fn found<'f>(findings: &'f [Finding], name: &str) -> &'f Finding {
    findings.iter().find(|finding| finding.name == name).unwrap()
}

fn examined(world: &World, server: &str) -> Vec<Finding> {
    examine(&world.system(), Some(&world.demo(server)), None, &Cancel::never())
}

#[test]
fn a_machine_that_is_well_has_nothing_to_mend() {
    let (world, oauth) = (World::new(), Oauth::start());
    let findings = examined(&world, &oauth.url());
    for finding in &findings {
        assert!(finding.state != State::Broken, "{finding:?}");
    }
    assert!(found(&findings, "server").what.contains("says where everything is"), "{findings:?}");
    assert_eq!(found(&findings, "sign_in").what, "nobody is signed in");
    assert!(!world.home().join(".demo").exists(), "looking changes nothing");
}

#[test]
fn without_a_tool_what_needs_none_is_looked_at() {
    let world = World::new();
    let names: Vec<_> =
        examine(&world.system(), None, None, &Cancel::never()).iter().map(|finding| finding.name).collect();
    assert_eq!(names, ["version", "clock", "proxy", "authorities", "port", "environment"]);
}

#[test]
fn a_server_that_is_not_there_is_broken_and_the_clock_unknown() {
    let findings = examined(&World::new(), "http://127.0.0.1:9");
    let server = found(&findings, "server");
    assert_eq!(server.state, State::Broken);
    assert!(server.remedy.is_some() && server.what.contains("refused"), "{server:?}");
    assert_eq!(found(&findings, "clock").state, State::Unknown);
}

#[test]
fn a_wrong_clock_is_told_by_how_much() {
    let service = Service::start(|seen| {
        let url = format!("http://{}", seen.header("host").unwrap());
        let body = json!({ "issuer": url, "token_endpoint": format!("{url}/token") }).to_string();
        // Two hours and ten minutes after the world's beginning.
        Service::raw(&format!(
            "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 14:10:00 GMT\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    });
    let world = World::new();
    let findings = examined(&world, &service.url());
    let clock = found(&findings, "clock");
    assert_eq!(clock.what, "it says 2026-01-01 12:00 UTC, 2 hours 10 minutes behind the server's");
    assert_eq!(clock.state, State::Note);
    world.set_wall_clock(24);
    let findings = examined(&world, &service.url());
    assert!(found(&findings, "clock").what.ends_with("21 hours 50 minutes ahead of the server's"));
}

#[test]
fn a_proxy_is_named_with_its_variable_and_without_its_password() {
    let world = World::new();
    let through = |server: &str, variables: &[(&str, &str)]| {
        for (name, value) in variables {
            world.set(name, value);
        }
        let client = world.demo(server);
        let patient = Patient {
            system: &world.system(),
            client: Some(&client),
            server: client.server_for_login().ok(),
            ca_file: None,
        };
        proxy::check(&patient)
    };
    assert_eq!(through("https://id.example", &[]).what, "none is named in the environment");
    let found = through("https://id.example", &[("HTTPS_PROXY", "http://ada:hunter2@proxy.corp:3128")]);
    assert_eq!(found.what, "http://proxy.corp:3128, from HTTPS_PROXY, with a user name or password");
    assert_eq!(through("http://127.0.0.1:9", &[]).what, "not used: the server is on this machine");
    let exception = through("https://id.example", &[("NO_PROXY", "a.test, .example")]);
    assert_eq!(exception.what, "not used for id.example: NO_PROXY names .example");
    world.set("NO_PROXY", "");
    let wrong = through("https://id.example", &[("HTTPS_PROXY", "ftp://ada:hunter2@x")]);
    assert_eq!(wrong.state, State::Broken);
    assert!(!format!("{wrong:?}").contains("hunter2"));
}

#[test]
fn authorities_that_cannot_be_used_are_broken_only_where_they_are_needed() {
    let world = World::new();
    world.set("SSL_CERT_FILE", "/nowhere.pem");
    let state = |server: &str| {
        let client = world.demo(server);
        let server = client.server_for_login().ok();
        let patient = Patient { system: &world.system(), client: Some(&client), server, ca_file: None };
        authorities::check(&patient).state
    };
    assert_eq!(state("https://id.example"), State::Broken);
    assert_eq!(state("http://127.0.0.1:9"), State::Note);
}

#[test]
fn a_variable_that_hides_the_stored_sign_in_is_named() {
    let (world, oauth) = (World::new(), Oauth::start());
    world.set("DEMO_TOKEN", "demo_at_secret");
    assert_eq!(found(&examined(&world, &oauth.url()), "environment").state, State::Ok);
    world.write(".demo/credentials.json", "{}");
    let findings = examined(&world, &oauth.url());
    let environment = found(&findings, "environment");
    assert_eq!(environment.state, State::Note);
    assert!(environment.what.starts_with("DEMO_TOKEN overrides the stored sign-in"), "{environment:?}");
    assert!(!format!("{findings:?}").contains("demo_at_secret"), "no secret is shown");
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_broken() {
    let (world, oauth) = (World::new(), Oauth::start());
    world.write(".demo/credentials.json", "{}");
    world.chmod(".demo/credentials.json", 0o644);
    let findings = examined(&world, &oauth.url());
    let file = found(&findings, "file");
    assert_eq!((file.state, file.remedy.is_some()), (State::Broken, true), "{file:?}");
    world.chmod(".demo/credentials.json", 0o600);
    let findings = examined(&world, &oauth.url());
    assert!(found(&findings, "file").what.ends_with("mode 0600"), "{findings:?}");
}

#[test]
fn a_lock_that_somebody_holds_is_told() {
    let (world, oauth) = (World::new(), Oauth::start());
    let client = world.demo(&oauth.url());
    let lock = client.store().unwrap().lock(&Cancel::never()).unwrap();
    let held = examined(&world, &oauth.url());
    assert!(found(&held, "file").what.contains("holds its lock"), "{held:?}");
    drop(lock);
    assert_eq!(found(&examined(&world, &oauth.url()), "file").state, State::Ok);
}
