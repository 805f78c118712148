#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use doorkey_tests::mangle::{Change, mangle};
use proptest::prelude::*;

use super::*;
use crate::testing::World;
use crate::{App, Overrides, System};

const FILE: &str = ".config/doorkey/settings/demo.toml";

fn client(system: System) -> Client {
    Client::with(App::builtin("demo").unwrap(), system, Overrides::default())
}

#[test]
fn what_was_written_by_hand_keeps_its_comments_and_its_order() {
    let world = World::new();
    let by_hand =
        "# mine\nprofile = \"work\" # most of the time\n\n[profiles.work]\norg = \"acme\" # the big one\n";
    world.write(FILE, by_hand);
    client(world.system())
        .change_settings(|document| set(document, &["profiles", "home", "org"], Some("me")))
        .unwrap();
    assert_eq!(world.read(FILE), format!("{by_hand}\n[profiles.home]\norg = \"me\"\n"));
}

#[test]
fn a_file_that_means_nothing_is_refused_with_its_line_and_never_written_over() {
    let world = World::new();
    for (text, line) in
        [("profile = ", 1), ("\nprofil = \"x\"\n", 2), ("profile = \"../x\"\n", 1), ("[folders", 1)]
    {
        world.write(FILE, text);
        let client = client(world.system());
        let error = client.settings().unwrap_err();
        assert_eq!((error.code(), error.exit().code()), ("settings.malformed", 2), "{text}");
        assert!(error.to_string().contains(&format!("line {line}:")), "{error}");
        assert!(client.change_settings(|document| set(document, &["profile"], Some("x"))).is_err());
        assert_eq!(world.read(FILE), text);
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_change_is_not_used() {
    let world = World::new();
    world.write(FILE, "profile = \"work\"\n");
    for (mode, used) in [(0o600, true), (0o644, true), (0o664, false), (0o646, false)] {
        world.chmod(FILE, mode);
        assert_eq!(client(world.system()).settings().is_ok(), used, "{mode:o}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn broken_settings_are_read_or_refused_and_never_written_over(
        changes in prop::collection::vec(any::<Change>(), 1..6),
    ) {
        let world = World::new();
        let whole = "profile = \"work\"\n\n[folders]\n\"/src\" = \"work\"\n\n[profiles.work]\nserver = \"https://a.example\"\norg = \"acme\"\n";
        world.write(FILE, whole);
        let path = world.home().join(FILE);
        let broken = mangle(whole.as_bytes(), &changes);
        std::fs::write(&path, &broken).unwrap();
        let client = client(world.system());
        let _ = (client.profile(), client.profiles(), client.resolve());
        let changed = client.change_settings(|document| set(document, &["profiles", "new", "org"], Some("x")));
        match changed {
            Ok(()) => prop_assert!(parse(&path, &std::fs::read_to_string(&path).unwrap()).is_ok()),
            Err(error) => {
                prop_assert!(error.code().starts_with("settings."), "{}", error);
                prop_assert_eq!(std::fs::read(&path).unwrap(), broken);
            }
        }
    }
}
