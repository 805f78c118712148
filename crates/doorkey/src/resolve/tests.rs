#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use super::*;
use crate::testing::World;
use crate::{App, Overrides, ServerSource};

const FILE: &str = ".demo/credentials.json";
const DEFAULT: &str = "http://127.0.0.1:7700";

fn client(world: &World, overrides: Overrides) -> Client {
    Client::with(App::builtin("demo").unwrap(), world.system(), overrides)
}

fn stored(world: &World, server: &str) {
    world.write(FILE, &format!(r#"{{"access_token": "stored", "server": "{server}"}}"#));
}

fn found(world: &World, overrides: Overrides) -> Option<(String, Source)> {
    match client(world, overrides).resolve().unwrap() {
        Resolution::Found(credential) => Some((credential.token.expose().to_owned(), credential.source)),
        Resolution::SignedOut => None,
    }
}

#[test]
fn the_explicit_token_goes_before_the_environment_and_that_before_the_stored_one() {
    let world = World::new();
    assert_eq!(found(&world, Overrides::default()), None);
    stored(&world, DEFAULT);
    let path = world.home().join(FILE);
    assert_eq!(found(&world, Overrides::default()), Some(("stored".to_owned(), Source::Stored { path })));
    world.set("DEMO_TOKEN", " from-environment\n");
    let variable = "DEMO_TOKEN".to_owned();
    assert_eq!(
        found(&world, Overrides::default()),
        Some(("from-environment".to_owned(), Source::Environment { variable }))
    );
    let explicit = Overrides { token: Some(Secret::new("explicit")), ..Overrides::default() };
    assert_eq!(found(&world, explicit), Some(("explicit".to_owned(), Source::Explicit)));
}

#[test]
fn what_is_set_to_nothing_counts_as_unset() {
    let world = World::new();
    stored(&world, DEFAULT);
    for empty in ["", "  ", "\n"] {
        world.set("DEMO_TOKEN", empty);
        world.set("DEMO_URL", empty);
        let overrides =
            Overrides { server: Some(String::new()), token: Some(Secret::new("")), ..Overrides::default() };
        assert_eq!(found(&world, overrides).unwrap().0, "stored", "{empty:?}");
    }
}

#[test]
fn while_the_variable_is_set_the_file_is_not_even_opened() {
    let world = World::new();
    world.write(FILE, "half a fi");
    world.chmod(FILE, 0o666);
    assert!(client(&world, Overrides::default()).resolve().is_err());
    world.set("DEMO_TOKEN", "t");
    assert!(found(&world, Overrides::default()).is_some());
}

#[test]
fn a_stored_token_is_not_found_for_another_server_than_its_own() {
    let world = World::new();
    stored(&world, "https://one.example/");
    let at = |server: &str| Overrides { server: Some(server.to_owned()), ..Overrides::default() };
    assert!(found(&world, at("https://one.example")).is_some());
    for other in [
        "https://two.example",
        "https://one.example.evil",
        "https://one.example:8443",
        "http://127.0.0.1:7700",
    ] {
        assert_eq!(found(&world, at(other)), None, "{other}");
    }
    world.set("DEMO_URL", "https://two.example");
    assert_eq!(found(&world, Overrides::default()), None);
}

#[test]
fn the_server_is_the_explicit_one_else_the_environments_else_that_of_the_credential_else_the_manifests() {
    let world = World::new();
    let server = |overrides: Overrides| {
        let server = client(&world, overrides).server_for_login().unwrap();
        (server.url, server.source)
    };
    assert_eq!(server(Overrides::default()), (DEFAULT.to_owned(), ServerSource::Manifest));
    stored(&world, "https://stored.example");
    assert_eq!(server(Overrides::default()), ("https://stored.example".to_owned(), ServerSource::Stored));
    world.set("DEMO_URL", "https://variable.example/");
    let variable = "DEMO_URL".to_owned();
    assert_eq!(
        server(Overrides::default()),
        ("https://variable.example".to_owned(), ServerSource::Environment { variable })
    );
    let explicit = Overrides { server: Some("https://explicit.example".to_owned()), ..Overrides::default() };
    assert_eq!(server(explicit), ("https://explicit.example".to_owned(), ServerSource::Explicit));
}

#[test]
fn a_stored_server_that_secrets_must_not_go_to_is_refused() {
    let world = World::new();
    stored(&world, "http://evil.example");
    let error = client(&world, Overrides::default()).resolve().unwrap_err();
    assert_eq!((error.code(), error.exit().code()), ("server.address", 2));
}

#[test]
fn neither_debug_nor_errors_show_a_token() {
    let world = World::new();
    world.write(
        FILE,
        &format!(r#"{{"access_token": "hush-a", "refresh_token": "hush-b", "server": "{DEFAULT}"}}"#),
    );
    let client = client(&world, Overrides { token: None, ..Overrides::default() });
    assert!(!format!("{:?}", client.resolve().unwrap()).contains("hush"));
    let explicit = Overrides { token: Some(Secret::new("hush")), ..Overrides::default() };
    assert!(!format!("{:?}", self::client(&world, explicit)).contains("hush"));
}

#[test]
fn a_file_that_holds_a_token_and_nonsense_beside_it_is_damaged_and_not_signed_out() {
    let world = World::new();
    let token = r#""access_token": "hush-a", "refresh_token": "hush-b""#;
    for beside in [
        format!(r#""server": "{DEFAULT}", "expires_at": "yesterday""#),
        r#""server": 7"#.to_owned(),
        r#""theme": "dark""#.to_owned(),
    ] {
        world.write(FILE, &format!("{{ {token}, {beside} }}"));
        let error = client(&world, Overrides::default()).resolve().unwrap_err();
        assert_eq!(error.code(), "store.misshapen", "{beside}");
        assert!(!format!("{error} {error:?}").contains("hush"));
        let client = client(&world, Overrides::default());
        assert!(client.may_log_out(), "{beside}");
        let out = client.logout(&crate::LogoutOptions::default(), &crate::Cancel::never()).unwrap();
        assert!(out.removed, "{beside}");
        let left = std::fs::read_to_string(world.home().join(FILE)).unwrap_or_default();
        assert!(!left.contains("hush"), "{left}");
    }
}

#[test]
fn a_token_with_a_line_break_is_none_wherever_it_comes_from() {
    let world = World::new();
    for token in ["a\nusername=evil", "a\rb", "a\0b", "a\u{85}b"] {
        let stored = serde_json::json!({ "access_token": token, "server": DEFAULT });
        world.write(FILE, &stored.to_string());
        let error = client(&world, Overrides::default()).resolve().unwrap_err();
        assert_eq!(error.code(), "store.misshapen", "{token:?}");
        let explicit = Overrides { token: Some(Secret::new(token)), ..Overrides::default() };
        assert_eq!(client(&world, explicit).resolve().unwrap_err().code(), "token.malformed", "{token:?}");
    }
}
