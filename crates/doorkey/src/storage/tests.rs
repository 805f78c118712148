#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::time::Duration;

use doorkey_manifest::Values;
use serde_json::{Value, json};

use super::*;
use crate::App;
use crate::progress::Silent;
use crate::system::KeyringFailure;
use crate::testing::{Oauth, World};

const FILE: &str = ".demo/credentials.json";
const SEALED: &str = ".demo/credentials.json.sealed";
const SETTINGS: &str = ".config/doorkey/settings/demo.toml";
const KINDS: [Storage; 4] = [Storage::File, Storage::Keyring, Storage::Encrypted, Storage::Memory];

fn world() -> World {
    let world = World::new();
    world.know_passphrase(Some("correct horse battery staple"));
    world
}

fn client(world: &World) -> Client {
    Client::new(App::builtin("demo").unwrap(), world.system())
}

fn in_kind(world: &World, kind: Storage) -> Client {
    let overrides = Overrides { storage: Some(kind), ..Overrides::default() };
    Client::with(App::builtin("demo").unwrap(), world.system(), overrides)
}

fn write(client: &Client, token: &str) {
    let values = Values::new().with("server", "http://127.0.0.1:7700").with("token", token);
    let store = client.store().unwrap();
    store.prepare().unwrap();
    let lock = store.lock(&Cancel::never()).unwrap();
    store.write(&lock, &values, &mut Silent).unwrap();
}

fn token(client: &Client) -> Option<String> {
    client.store().unwrap().read().unwrap().and_then(|stored| stored.values.text("token").map(str::to_owned))
}

/// What was written into the machine's memory outlives the test's home folder.
struct Tidy<'a>(&'a World);

impl Drop for Tidy<'_> {
    fn drop(&mut self) {
        let store = in_kind(self.0, Storage::Memory);
        let _ = store.store().and_then(|store| Ok(store.remove(&store.lock(&Cancel::never())?)?));
    }
}

#[test]
fn the_kind_is_given_or_the_environments_or_settled_or_the_manifests_or_a_plain_file() {
    let world = world();
    let choice = |client: &Client| {
        let choice = client.storage_choice().unwrap();
        (choice.kind, choice.source)
    };
    assert_eq!(choice(&client(&world)), (Storage::File, StorageSource::Default));
    let source = doorkey_manifest::builtin::source("demo").unwrap();
    let source = source.replace("[credentials]\n", "[credentials]\nstorage = \"keyring\"\n");
    let with_manifest =
        |overrides| Client::with(App::from_source("demo.toml", &source).unwrap(), world.system(), overrides);
    assert_eq!(choice(&with_manifest(Overrides::default())), (Storage::Keyring, StorageSource::Manifest));
    world.write(
        SETTINGS,
        "[profiles.default]\nstorage = \"encrypted\"\n[profiles.work]\nstorage = \"memory\"\n",
    );
    assert_eq!(choice(&with_manifest(Overrides::default())), (Storage::Encrypted, StorageSource::Setting));
    let work = Overrides { profile: Some("work".to_owned()), ..Overrides::default() };
    assert_eq!(
        choice(&with_manifest(work)),
        (Storage::Memory, StorageSource::Setting),
        "each profile its own"
    );
    world.set("DOORKEY_STORAGE", "file");
    let environment = StorageSource::Environment { variable: "DOORKEY_STORAGE".to_owned() };
    assert_eq!(choice(&with_manifest(Overrides::default())), (Storage::File, environment));
    let given = Overrides { storage: Some(Storage::Keyring), ..Overrides::default() };
    assert_eq!(choice(&with_manifest(given)), (Storage::Keyring, StorageSource::Explicit));
    world.set("DOORKEY_STORAGE", "keychain");
    let error = client(&world).storage_choice().unwrap_err();
    assert_eq!((error.code(), error.exit().code()), ("store.unknown_kind", 2));
    assert!(error.hint().unwrap().contains("file, keyring, encrypted, memory, command"));
}

#[test]
fn a_credential_moves_from_every_kind_to_every_other_with_all_that_is_in_its_document() {
    for from in KINDS {
        for to in KINDS.into_iter().filter(|to| *to != from) {
            let world = world();
            let _tidy = Tidy(&world);
            write(&in_kind(&world, from), "one");
            client(&world).settle_storage(from).unwrap();
            let store = in_kind(&world, from);
            let store = store.store().unwrap();
            let lock = store.lock(&Cancel::never()).unwrap();
            let mut document: Value = serde_json::from_slice(&store.take_text().unwrap().unwrap()).unwrap();
            document["theirs"] = json!([1, 2]);
            store.put_text(&lock, document.to_string().as_bytes()).unwrap();
            drop(lock);

            let moved = client(&world).migrate_storage(to, false, &Cancel::never()).unwrap();
            assert_eq!(moved.from.map(|(kind, _)| kind), Some(from));
            assert_eq!(moved.choice, StorageChoice { kind: to, source: StorageSource::Setting });
            let after = client(&world);
            assert_eq!(token(&after).as_deref(), Some("one"), "{from:?} → {to:?}");
            let text = after.store().unwrap().take_text().unwrap().unwrap();
            assert_eq!(serde_json::from_slice::<Value>(&text).unwrap(), document, "{from:?} → {to:?}");
            assert!(!in_kind(&world, from).store().unwrap().holds(from), "{from:?} → {to:?}: nothing stays");
            assert_eq!(world.keyring().is_empty(), to != Storage::Keyring, "{from:?} → {to:?}");
            assert_eq!(world.home().join(FILE).exists(), to == Storage::File, "{from:?} → {to:?}");
        }
    }
}

#[test]
fn ended_after_any_step_somebody_is_still_signed_in_and_the_next_migration_finishes_it() {
    for (from, to) in [
        (Storage::File, Storage::Keyring),
        (Storage::Keyring, Storage::Encrypted),
        (Storage::Encrypted, Storage::Keyring),
        (Storage::Keyring, Storage::File),
    ] {
        for last in [Step::Written, Step::Recorded, Step::Retired] {
            let world = world();
            write(&in_kind(&world, from), "one");
            client(&world).settle_storage(from).unwrap();
            let ended = client(&world).migrate(to, false, &Cancel::never(), &mut |step| {
                if step == last { Err(Error::Cancelled) } else { Ok(()) }
            });
            assert!(ended.is_err());
            assert_eq!(
                token(&client(&world)).as_deref(),
                Some("one"),
                "{from:?} → {to:?} ended after {last:?}"
            );
            client(&world).migrate_storage(to, false, &Cancel::never()).unwrap();
            assert_eq!(
                token(&client(&world)).as_deref(),
                Some("one"),
                "{from:?} → {to:?} again after {last:?}"
            );
            let report = client(&world).storage().unwrap();
            assert_eq!((report.choice.kind, report.others), (to, vec![]), "{from:?} → {to:?} after {last:?}");
        }
    }
}

#[test]
fn a_place_that_cannot_be_used_changes_nothing() {
    let world = world();
    write(&client(&world), "one");
    world.break_keyring(Some(KeyringFailure::Locked));
    let error = client(&world).migrate_storage(Storage::Keyring, false, &Cancel::never()).unwrap_err();
    assert_eq!(error.code(), "store.keyring_unavailable");
    assert!(!world.home().join(SETTINGS).exists() && !world.home().join(SEALED).exists());
    assert_eq!(token(&client(&world)).as_deref(), Some("one"));
}

#[test]
fn nothing_to_move_is_an_error_and_what_is_there_already_is_none() {
    let world = world();
    let error = client(&world).migrate_storage(Storage::Keyring, false, &Cancel::never()).unwrap_err();
    assert_eq!(error.code(), "store.nothing_to_move");
    assert!(world.keyring().is_empty() || !world.home().join(SEALED).exists());
    write(&in_kind(&world, Storage::Keyring), "one");
    let moved = client(&world).migrate_storage(Storage::Keyring, false, &Cancel::never()).unwrap();
    assert_eq!((moved.from, moved.choice.source), (None, StorageSource::Setting));
    assert_eq!(token(&client(&world)).as_deref(), Some("one"));
}

#[test]
fn a_copy_stays_where_it_was_wished_for_and_is_named() {
    let world = world();
    write(&client(&world), "one");
    client(&world).migrate_storage(Storage::Keyring, true, &Cancel::never()).unwrap();
    assert!(world.read(FILE).contains("one"));
    let report = client(&world).storage().unwrap();
    assert_eq!(report.others, [(Storage::File, world.home().join(FILE))]);
    // Another credential than this one isn't a copy, and isn't removed as one.
    write(&in_kind(&world, Storage::File), "another");
    client(&world).migrate_storage(Storage::Keyring, false, &Cancel::never()).unwrap();
    assert!(world.read(FILE).contains("another"));
    assert_eq!(token(&client(&world)).as_deref(), Some("one"));
}

#[test]
fn a_variable_that_says_otherwise_is_told() {
    let world = world();
    write(&client(&world), "one");
    world.set("DOORKEY_STORAGE", "file");
    let moved = client(&world).migrate_storage(Storage::Keyring, false, &Cancel::never()).unwrap();
    assert_eq!((moved.to.0, moved.choice.kind), (Storage::Keyring, Storage::File));
}

#[test]
fn whoever_signs_in_elsewhere_leaves_no_old_credential_behind() {
    let world = world();
    world.write(FILE, r#"{"theirs": 1, "access_token": "old", "server": "http://127.0.0.1:7700"}"#);
    let elsewhere = in_kind(&world, Storage::Keyring);
    write(&elsewhere, "new");
    elsewhere.settle_storage(Storage::Keyring).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&world.read(FILE)).unwrap(), json!({"theirs": 1}));
    assert_eq!(token(&client(&world)).as_deref(), Some("new"));
    // And back, although the keyring doesn't answer any more.
    world.break_keyring(Some(KeyringFailure::TimedOut(Duration::from_secs(3))));
    let back = in_kind(&world, Storage::File);
    write(&back, "newest");
    back.settle_storage(Storage::File).unwrap();
    assert!(!world.home().join(SEALED).exists());
    assert_eq!(token(&client(&world)).as_deref(), Some("newest"));
}

#[test]
fn a_report_says_what_is_wrong_with_a_place() {
    let world = world();
    world.set("DOORKEY_STORAGE", "keyring");
    let report = client(&world).storage().unwrap();
    assert!(!report.holds && report.problem.is_none());
    world.break_keyring(Some(KeyringFailure::Absent("no bus".to_owned())));
    let problem = client(&world).storage().unwrap().problem.unwrap();
    assert_eq!(problem.code(), "store.keyring_unavailable");
}

#[test]
fn a_credential_is_renewed_wherever_it_is_kept() {
    for kind in [Storage::File, Storage::Keyring, Storage::Encrypted, Storage::Memory] {
        let (world, oauth) = (world(), Oauth::start());
        let _tidy = Tidy(&world);
        world.set("DOORKEY_STORAGE", kind.name());
        let client = world.demo(&oauth.url());
        let store = client.store().unwrap();
        store.prepare().unwrap();
        let document = json!({
            "server": oauth.url(), "access_token": "old", "refresh_token": "old-refresh",
            "expires_at": "2026-01-01T11:59:00Z", "theirs": 1,
        });
        store.put_text(&store.lock(&Cancel::never()).unwrap(), document.to_string().as_bytes()).unwrap();
        let renewed = client.token(Duration::from_mins(1), &Cancel::never()).unwrap();
        assert!(renewed.expose().starts_with("demo_at_"), "{kind:?}");
        let again = world.demo(&oauth.url()).token(Duration::from_mins(1), &Cancel::never()).unwrap();
        assert_eq!(again, renewed, "{kind:?}: it was kept");
        let text = store.take_text().unwrap().unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&text).unwrap()["theirs"], 1, "{kind:?}");
    }
}
