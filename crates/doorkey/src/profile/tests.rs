#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use super::*;
use crate::testing::World;
use crate::{App, Overrides, Resolution};

const SETTINGS: &str = ".config/doorkey/settings/demo.toml";

fn client(world: &World, profile: Option<&str>) -> Client {
    let overrides = Overrides { profile: profile.map(str::to_owned), ..Overrides::default() };
    Client::with(App::builtin("demo").unwrap(), world.system(), overrides)
}

fn name(text: &str) -> ProfileName {
    text.parse().unwrap()
}

fn chosen(world: &World, profile: Option<&str>) -> (String, ChosenBy) {
    let profile = client(world, profile).profile().unwrap();
    (profile.name.to_string(), profile.chosen_by)
}

#[test]
fn a_name_can_be_a_files_name_and_nothing_else() {
    for good in ["work", "a", "9", "Ada.2", "a.b_c-d", &"x".repeat(64)] {
        assert!(good.parse::<ProfileName>().is_ok(), "{good}");
    }
    for bad in ["", ".", "..", "../x", "a/b", "a\\b", "-x", ".x", "a b", "ä", "a\n", &"x".repeat(65)] {
        assert!(bad.parse::<ProfileName>().is_err(), "{bad:?}");
    }
}

#[test]
fn the_nearest_bound_folder_counts_and_only_whole_names_of_folders() {
    let world = World::new();
    world.write(SETTINGS, "[folders]\n\"/src\" = \"outer\"\n\"/src/acme\" = \"inner\"\n");
    for (folder, expected) in [
        ("/src", "outer"),
        ("/src/other", "outer"),
        ("/src/acme", "inner"),
        ("/src/acme/deep/er", "inner"),
        ("/src/acme-fork", "outer"),
        ("/srcs", "default"),
        ("/", "default"),
    ] {
        world.go_to(folder);
        assert_eq!(chosen(&world, None).0, expected, "{folder}");
    }
}

#[test]
fn a_products_own_variable_goes_before_doorkeys() {
    let world = World::new();
    let source = doorkey_manifest::builtin::source("demo").unwrap();
    let source = source.replace("[environment]\n", "[environment]\nprofile = \"DEMO_PROFILE\"\n");
    let app = App::from_source("demo.toml", &source).unwrap();
    let chosen = || Client::new(app.clone(), world.system()).profile().unwrap().name.to_string();
    world.set("DOORKEY_PROFILE", "mine");
    assert_eq!(chosen(), "mine");
    world.set("DEMO_PROFILE", "theirs");
    assert_eq!(chosen(), "theirs");
    world.set("DEMO_PROFILE", " ");
    assert_eq!(chosen(), "mine", "what is set to nothing counts as unset");
}

#[test]
fn a_profile_that_nobody_made_is_an_error_that_says_who_named_it() {
    let world = World::new();
    let error = client(&world, Some("typo")).resolve().unwrap_err();
    assert_eq!((error.code(), error.exit().code()), ("profile.unknown", 2));
    world.set("DOORKEY_PROFILE", "typo");
    let error = client(&world, None).resolve().unwrap_err();
    assert_eq!(error.to_string(), "There is no profile named `typo`, which DOORKEY_PROFILE names.");
    assert!(client(&world, None).logout(&crate::LogoutOptions::default(), &crate::Cancel::never()).is_err());
    world.set("DOORKEY_PROFILE", "../../etc/passwd");
    assert_eq!(client(&world, None).resolve().unwrap_err().code(), "profile.name");
}

#[test]
fn each_profile_has_a_file_of_its_own_and_its_own_server() {
    let world = World::new();
    let work = client(&world, Some("work"));
    let server = Server {
        url: "https://work.example".to_owned(),
        frontend: None,
        source: crate::ServerSource::Explicit,
    };
    work.settle_profile(&server).unwrap();
    work.settle_profile_org("acme").unwrap();
    let file = ".config/doorkey/profiles/demo/work.json";
    world.write(file, r#"{"access_token": "at work", "server": "https://work.example"}"#);
    world
        .write(".demo/credentials.json", r#"{"access_token": "at home", "server": "http://127.0.0.1:7700"}"#);
    let token = |profile| match client(&world, profile).resolve().unwrap() {
        Resolution::Found(found) => (found.token.expose().to_owned(), found.server.url),
        Resolution::SignedOut => unreachable!(),
    };
    assert_eq!(token(Some("work")), ("at work".to_owned(), "https://work.example".to_owned()));
    assert_eq!(token(Some("default")), ("at home".to_owned(), "http://127.0.0.1:7700".to_owned()));
    assert_eq!(token(None).0, "at home");
    let work = client(&world, Some("work"));
    assert_eq!(work.profile_org().unwrap().as_deref(), Some("acme"));
    // What was issued elsewhere isn't used for the profile's server.
    world.write(file, r#"{"access_token": "stray", "server": "https://other.example"}"#);
    assert!(matches!(work.resolve().unwrap(), Resolution::SignedOut));
}

#[test]
fn what_is_used_where_can_be_settled_and_taken_back() {
    let world = World::new();
    world.go_to("/src/acme");
    let fresh = || client(&world, None);
    let change = ProfileChange { server: Some(Some("https://work.example/".to_owned())), org: None };
    fresh().change_profile(&name("work"), &change).unwrap();
    assert!(fresh().use_profile(Some(&name("typo")), &Where::Everywhere).is_err());
    fresh().use_profile(Some(&name("work")), &Where::Everywhere).unwrap();
    assert_eq!(chosen(&world, None), ("work".to_owned(), ChosenBy::Setting));
    let here = Where::Folder("/src".into());
    fresh().use_profile(Some(&name("default")), &here).unwrap();
    assert_eq!(chosen(&world, None), ("default".to_owned(), ChosenBy::Folder { folder: "/src".into() }));
    fresh().use_profile(None, &here).unwrap();
    assert_eq!(chosen(&world, None).0, "work");
    fresh().use_profile(Some(&name("work")), &here).unwrap();
    fresh().remove_profile(&name("work")).unwrap();
    assert_eq!(chosen(&world, None), ("default".to_owned(), ChosenBy::Nothing));
    assert!(!world.read(SETTINGS).contains("work"), "{}", world.read(SETTINGS));
}

#[test]
fn whoever_names_a_profile_explicitly_gets_that_one_whatever_the_environment_holds() {
    let world = World::new();
    world.write(SETTINGS, "[profiles.work]\n");
    let at_work = r#"{"access_token": "at work", "server": "http://127.0.0.1:7700"}"#;
    world.write(".config/doorkey/profiles/demo/work.json", at_work);
    world.set("DEMO_TOKEN", "of the environment");
    let token = |client: &Client| match client.resolve().unwrap() {
        Resolution::Found(found) => found.token.expose().to_owned(),
        Resolution::SignedOut => unreachable!(),
    };
    let explicit = client(&world, Some("work"));
    assert_eq!(token(&explicit), "at work");
    assert_eq!(explicit.overriding_variable(), None);
    assert_eq!(explicit.overridden_variable().as_deref(), Some("DEMO_TOKEN"));
    world.set("DOORKEY_PROFILE", "work");
    assert_eq!(token(&client(&world, None)), "of the environment");
}
