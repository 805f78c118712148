//! What holds for every place, whatever it is made of.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use doorkey_manifest::Values;
use serde_json::{Value, json};

use super::*;
use crate::cancel::Cancel;
use crate::progress::{Event, Silent};
use crate::store::Store;
use crate::system::KeyringFailure;
use crate::testing::World;
use crate::{App, Client, LogoutOptions, Overrides, System};

const SEALED: &str = ".demo/credentials.json.sealed";
const PASSPHRASE: &str = "correct horse battery staple";

/// The five kinds, and the caller's own memory.
const EVERYWHERE: [Spot; 6] = [
    Spot::Kind(Storage::File),
    Spot::Kind(Storage::Keyring),
    Spot::Kind(Storage::Encrypted),
    Spot::Kind(Storage::Memory),
    Spot::Kind(Storage::Command),
    Spot::InProcess,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spot {
    Kind(Storage),
    InProcess,
}

/// A machine where every kind of place works.
fn world() -> World {
    let world = World::new();
    world.know_passphrase(Some(PASSPHRASE));
    let program = world.home().join("vault");
    world.write(
        "vault",
        r#"#!/bin/sh
kept="$(dirname "$0")/vault-$2-$3"
case "$1" in
  get) cat "$kept" 2>/dev/null || true ;;
  store) cat > "$kept.new" && mv "$kept.new" "$kept" ;;
  erase) rm -f "$kept" ;;
esac
"#,
    );
    world.chmod("vault", 0o700);
    world.set("DOORKEY_STORAGE_COMMAND", program.to_str().unwrap());
    world
}

/// A client of the demo that keeps its credential there.
fn client(world: &World, spot: Spot) -> Client {
    let mut overrides = Overrides::default();
    match spot {
        Spot::Kind(kind) => overrides.storage = Some(kind),
        Spot::InProcess => overrides.in_process = Some(InProcess::new()),
    }
    Client::with(App::builtin("demo").unwrap(), world.system(), overrides)
}

fn values(token: &str) -> Values {
    Values::new().with("server", "http://127.0.0.1:7700").with("token", token).with("user.name", "Ada")
}

fn write(client: &Client, values: &Values) {
    let store = client.store().unwrap();
    store.prepare().unwrap();
    let lock = store.lock(&Cancel::never()).unwrap();
    store.write(&lock, values, &mut Silent).unwrap();
}

fn token(client: &Client) -> Option<String> {
    client.store().unwrap().read().unwrap().and_then(|stored| stored.values.text("token").map(str::to_owned))
}

fn text(store: &Store<'_>) -> Value {
    serde_json::from_slice(&store.take_text().unwrap().unwrap()).unwrap()
}

/// What was written into the machine's memory outlives the test's home folder.
struct Tidy<'a>(&'a Client);

impl Drop for Tidy<'_> {
    fn drop(&mut self) {
        let _ = self.0.logout(&LogoutOptions::default(), &Cancel::never());
    }
}

#[test]
fn what_is_written_is_read_again_also_eight_kibibytes_of_it() {
    for spot in EVERYWHERE {
        let world = world();
        let client = client(&world, spot);
        let _tidy = Tidy(&client);
        assert_eq!(token(&client), None, "{spot:?}");
        for secret in ["short", &"8 KiB of a token ".repeat(482)] {
            write(&client, &values(secret));
            assert_eq!(token(&client).as_deref(), Some(secret), "{spot:?}");
        }
        assert!(client.store().unwrap().exists(), "{spot:?}");
    }
}

#[test]
fn fields_that_nobody_knows_are_kept_in_their_order_and_nothing_of_the_old_credential() {
    for spot in EVERYWHERE {
        let world = world();
        let client = client(&world, spot);
        let _tidy = Tidy(&client);
        let store = client.store().unwrap();
        store.prepare().unwrap();
        let lock = store.lock(&Cancel::never()).unwrap();
        let before = br#"{"zebra": 1, "access_token": "old", "refresh_token": "r", "server": "http://127.0.0.1:7700", "apple": {"b": 2, "a": 1}}"#;
        store.put_text(&lock, before).unwrap();
        drop(lock);
        write(&client, &values("new"));
        let after = text(&store);
        assert_eq!((&after["zebra"], &after["access_token"]), (&json!(1), &json!("new")), "{spot:?}");
        assert_eq!(after.get("refresh_token"), None, "{spot:?}");
        let order: Vec<_> = after["apple"].as_object().unwrap().keys().collect();
        assert_eq!(order, ["b", "a"], "{spot:?}");
    }
}

#[test]
fn what_was_read_is_updated_and_then_cleared_and_what_is_not_ours_stays() {
    for spot in EVERYWHERE {
        let world = world();
        let client = client(&world, spot);
        let store = client.store().unwrap();
        write(&client, &values("one"));
        let lock = store.lock(&Cancel::never()).unwrap();
        let stored = store.read().unwrap().unwrap();
        store.update(&lock, &stored, &stored.values.clone().with("token", "two")).unwrap();
        assert_eq!(token(&client).as_deref(), Some("two"), "{spot:?}");

        let mut mixed = text(&store);
        mixed["theirs"] = json!(true);
        store.put_text(&lock, mixed.to_string().as_bytes()).unwrap();
        store.clear(&lock).unwrap();
        assert_eq!(text(&store), json!({"theirs": true}), "{spot:?}");
        store.put_text(&lock, br#"{"access_token": "x", "server": "http://127.0.0.1:7700"}"#).unwrap();
        store.clear(&lock).unwrap();
        assert!(!store.exists(), "{spot:?}");
        store.clear(&lock).unwrap();
    }
}

#[test]
fn writers_that_run_at_once_leave_one_whole_document() {
    for spot in EVERYWHERE {
        let world = world();
        let clock = std::sync::Arc::new(crate::system::SystemClock::new());
        let system = System { clock, ..world.system() };
        let first = client(&world, spot);
        let _tidy = Tidy(&first);
        std::thread::scope(|scope| {
            for number in 0..6 {
                // Each like a process of its own, that knows no key yet.
                let (app, overrides) = (first.app().clone(), first.overrides().clone());
                let client = Client::with(app, system.clone(), overrides);
                scope.spawn(move || write(&client, &values(&format!("token-{number}"))));
            }
        });
        assert!(token(&first).unwrap().starts_with("token-"), "{spot:?}");
    }
}

#[test]
fn logout_leaves_nothing_of_the_credential_anywhere() {
    for spot in EVERYWHERE {
        let world = world();
        let client = client(&world, spot);
        write(&client, &values("a-secret"));
        assert!(client.logout(&LogoutOptions::default(), &Cancel::never()).unwrap().removed, "{spot:?}");
        assert!(!client.store().unwrap().exists(), "{spot:?}");
        assert!(world.keyring().is_empty(), "{spot:?}");
        assert!(!client.logout(&LogoutOptions::default(), &Cancel::never()).unwrap().removed, "{spot:?}");
    }
}

#[test]
fn only_a_plain_file_and_a_program_ever_show_a_token_below_the_home_folder() {
    for spot in EVERYWHERE {
        let world = world();
        let client = client(&world, spot);
        let _tidy = Tidy(&client);
        write(&client, &values("a-very-secret-token"));
        let found = grep(world.home(), b"a-very-secret-token");
        let plain = matches!(spot, Spot::Kind(Storage::File | Storage::Command));
        assert_eq!(found, plain, "{spot:?}");
    }
}

fn grep(folder: &Path, what: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            grep(&path, what)
        } else {
            std::fs::read(&path).unwrap().windows(what.len()).any(|part| part == what)
        }
    })
}

#[cfg(unix)]
#[test]
fn files_are_private_wherever_they_lie() {
    use std::os::unix::fs::PermissionsExt as _;
    for kind in [Storage::File, Storage::Keyring, Storage::Encrypted, Storage::Memory] {
        let world = world();
        let client = client(&world, Spot::Kind(kind));
        let _tidy = Tidy(&client);
        write(&client, &values("x"));
        let path = client.store().unwrap().path().to_owned();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700), "{kind:?}");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(
            client.store().unwrap().read().unwrap_err().code(),
            "store.readable_by_others",
            "{kind:?}"
        );
    }
}

#[test]
fn a_sealed_file_that_cannot_be_opened_says_why_and_is_kept_aside_by_the_next_sign_in() {
    for kind in [Storage::Keyring, Storage::Encrypted] {
        let world = world();
        write(&client(&world, Spot::Kind(kind)), &values("one"));
        let whole = world.read(SEALED);
        let nonce: Value = serde_json::from_str(&whole).unwrap();
        let nonce = nonce["nonce"].as_str().unwrap();
        let broken = [
            whole[..whole.len() / 2].to_owned(),
            "{}".to_owned(),
            String::new(),
            whole.replace("\"sealed\": \"", "\"sealed\": \"AAAA"),
            whole.replace(nonce, "AAAAAAAAAAAAAAAA"),
            whole.replace(nonce, ""),
        ];
        for (number, text) in broken.iter().enumerate() {
            world.write(SEALED, text);
            let fresh = client(&world, Spot::Kind(kind));
            let error = fresh.store().unwrap().read().unwrap_err();
            assert_eq!(error.code(), "store.seal_damaged", "{kind:?} {text}");
            let mut aside = 0;
            let store = fresh.store().unwrap();
            let lock = store.lock(&Cancel::never()).unwrap();
            let mut progress =
                |event: Event<'_>| aside += usize::from(matches!(event, Event::KeptAside { .. }));
            store.write(&lock, &values("two"), &mut progress).unwrap();
            assert_eq!((aside, token(&fresh).as_deref()), (1, Some("two")), "{kind:?}");
            assert_eq!(world.read(&format!("{SEALED}.broken-{}", number + 1)), *text);
        }
    }
}

#[test]
fn another_apps_or_profiles_sealed_file_is_not_taken_for_ones_own() {
    for kind in [Storage::Keyring, Storage::Encrypted] {
        let world = world();
        let of = |profile: &str| {
            let overrides =
                Overrides { storage: Some(kind), profile: Some(profile.to_owned()), ..Overrides::default() };
            Client::with(App::builtin("demo").unwrap(), world.system(), overrides)
        };
        write(&of("default"), &values("mine"));
        write(&of("work"), &values("of the work"));
        let work = ".config/doorkey/profiles/demo/work.json.sealed";
        world.write(work, &world.read(SEALED));
        // In the keyring each has a key of its own; a passphrase is the same for both.
        let expected = if kind == Storage::Keyring { "store.key_lost" } else { "store.seal_damaged" };
        assert_eq!(of("work").store().unwrap().read().unwrap_err().code(), expected);
        assert_eq!(token(&of("default")).as_deref(), Some("mine"));
    }
}

#[test]
fn a_lost_key_and_another_key_are_told_and_the_next_sign_in_makes_a_new_one() {
    for other in [None, Some("c29tZXRoaW5nIGVsc2UgdGhhdCBpcyAzMiBieXRlcyE="), Some("no key at all")] {
        let world = world();
        write(&client(&world, Spot::Kind(Storage::Keyring)), &values("one"));
        world.set_keyring("demo", other);
        let fresh = client(&world, Spot::Kind(Storage::Keyring));
        assert_eq!(fresh.store().unwrap().read().unwrap_err().code(), "store.key_lost", "{other:?}");
        write(&fresh, &values("two"));
        assert_eq!(token(&client(&world, Spot::Kind(Storage::Keyring))).as_deref(), Some("two"));
    }
}

#[test]
fn a_keyring_that_cannot_be_used_is_found_out_before_anybody_is_bothered_and_nothing_is_written_in_plain() {
    for failure in [
        KeyringFailure::Absent("no bus".to_owned()),
        KeyringFailure::Locked,
        KeyringFailure::TimedOut(std::time::Duration::from_secs(3)),
        KeyringFailure::NotBuiltIn,
    ] {
        let world = world();
        world.break_keyring(Some(failure.clone()));
        let client = client(&world, Spot::Kind(Storage::Keyring));
        let error = client.store().unwrap().prepare().unwrap_err();
        assert_eq!(error.code(), "store.keyring_unavailable", "{failure:?}");
        let hint = error.hint().unwrap();
        assert!(hint.contains("--storage encrypted") && hint.contains("--insecure-storage"), "{hint}");
        let store = client.store().unwrap();
        let lock = store.lock(&Cancel::never()).unwrap();
        assert!(store.write(&lock, &values("a-very-secret-token"), &mut Silent).is_err());
        assert!(!grep(world.home(), b"a-very-secret-token"));
    }
}

#[test]
fn a_keyring_is_asked_once_per_process_and_never_written_to_by_a_renewal() {
    let world = world();
    write(&client(&world, Spot::Kind(Storage::Keyring)), &values("one"));
    assert_eq!(world.keyring_calls().iter().filter(|call| **call == "set").count(), 1);
    let process = client(&world, Spot::Kind(Storage::Keyring));
    let store = process.store().unwrap();
    let lock = store.lock(&Cancel::never()).unwrap();
    let stored = store.read().unwrap().unwrap();
    // From here on it doesn't answer any more: the renewed token is kept all the same.
    world.break_keyring(Some(KeyringFailure::Locked));
    store.update(&lock, &stored, &stored.values.clone().with("token", "two")).unwrap();
    assert_eq!(world.keyring_calls(), ["get"]);
    world.break_keyring(None);
    assert_eq!(token(&client(&world, Spot::Kind(Storage::Keyring))).as_deref(), Some("two"));
}

#[test]
fn a_keyring_that_breaks_while_the_person_signs_in_loses_nothing() {
    let world = world();
    let signing_in = client(&world, Spot::Kind(Storage::Keyring));
    let store = signing_in.store().unwrap();
    store.prepare().unwrap();
    world.break_keyring(Some(KeyringFailure::Locked));
    let lock = store.lock(&Cancel::never()).unwrap();
    store.write(&lock, &values("one"), &mut Silent).unwrap();
    world.break_keyring(None);
    assert_eq!(token(&client(&world, Spot::Kind(Storage::Keyring))).as_deref(), Some("one"));
}

#[test]
fn somebody_who_signs_out_while_another_signs_in_takes_no_key_from_them() {
    let world = world();
    let signing_in = client(&world, Spot::Kind(Storage::Keyring));
    write(&client(&world, Spot::Kind(Storage::Keyring)), &values("old"));
    signing_in.store().unwrap().prepare().unwrap();
    client(&world, Spot::Kind(Storage::Keyring)).logout(&LogoutOptions::default(), &Cancel::never()).unwrap();
    assert!(world.keyring().is_empty());
    write(&signing_in, &values("new"));
    assert_eq!(token(&client(&world, Spot::Kind(Storage::Keyring))).as_deref(), Some("new"));
}

#[test]
fn a_passphrase_is_asked_for_once_and_comes_from_a_variable_or_a_file_where_there_is_one() {
    use crate::system::PassphraseFor::{Opening, Sealing};
    let world = world();
    write(&client(&world, Spot::Kind(Storage::Encrypted)), &values("one"));
    assert_eq!(world.passphrases_asked_for(), [Sealing]);
    let process = client(&world, Spot::Kind(Storage::Encrypted));
    assert_eq!((token(&process).as_deref(), token(&process).as_deref()), (Some("one"), Some("one")));
    assert_eq!(world.passphrases_asked_for(), [Opening]);

    let read = || {
        client(&world, Spot::Kind(Storage::Encrypted)).store().unwrap().read().map(|stored| stored.is_some())
    };
    world.know_passphrase(None);
    assert_eq!(read().unwrap_err().code(), "store.passphrase_needed");
    world.know_passphrase(Some("wrong"));
    assert_eq!(read().unwrap_err().code(), "store.wrong_passphrase");
    world.write("passphrase", &format!("{PASSPHRASE}\n"));
    world.set("DOORKEY_PASSPHRASE_FILE", world.home().join("passphrase").to_str().unwrap());
    assert!(read().unwrap());
    world.set("DOORKEY_PASSPHRASE", "wrong, and it goes first");
    assert_eq!(read().unwrap_err().code(), "store.wrong_passphrase");
    world.set("DOORKEY_PASSPHRASE", PASSPHRASE);
    assert!(read().unwrap());
}

#[test]
fn another_passphrase_never_replaces_a_file_but_logout_removes_it() {
    let world = world();
    write(&client(&world, Spot::Kind(Storage::Encrypted)), &values("one"));
    world.know_passphrase(Some("another"));
    let other = client(&world, Spot::Kind(Storage::Encrypted));
    assert_eq!(other.store().unwrap().prepare().unwrap_err().code(), "store.wrong_passphrase");
    assert!(other.logout(&LogoutOptions::default(), &Cancel::never()).unwrap().removed);
    write(&other, &values("two"));
    assert_eq!(token(&other).as_deref(), Some("two"));
}

#[test]
fn who_cannot_open_a_sealed_file_can_still_sign_out() {
    let world = world();
    write(&client(&world, Spot::Kind(Storage::Keyring)), &values("one"));
    world.break_keyring(Some(KeyringFailure::Locked));
    let client = client(&world, Spot::Kind(Storage::Keyring));
    let options = LogoutOptions { revoke: true, ..LogoutOptions::default() };
    let done = client.logout(&options, &Cancel::never()).unwrap();
    assert!(done.removed && matches!(done.revocation, crate::Revocation::Failed { .. }), "{done:?}");
    assert!(!world.home().join(SEALED).exists());
}

#[cfg(target_os = "linux")]
#[test]
fn memory_is_where_the_session_has_it_or_where_everybody_may_and_never_a_folder_of_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = world();
    let path = || client(&world, Spot::Kind(Storage::Memory)).store().unwrap().path().to_owned();
    // The home folder isn't in memory, whatever the variable says.
    world.set("XDG_RUNTIME_DIR", "/proc");
    assert!(path().starts_with("/dev/shm"), "{}", path().display());
    let session = tempfile::Builder::new().prefix("doorkey-test-").tempdir_in("/dev/shm").unwrap();
    world.set("XDG_RUNTIME_DIR", session.path().to_str().unwrap());
    assert_eq!(path().parent().unwrap(), session.path().join("doorkey"));
    // Somebody was there first, and left the door open.
    std::fs::create_dir(session.path().join("doorkey")).unwrap();
    std::fs::set_permissions(session.path().join("doorkey"), std::fs::Permissions::from_mode(0o750)).unwrap();
    let error = client(&world, Spot::Kind(Storage::Memory)).store().unwrap().prepare().unwrap_err();
    assert_eq!(error.code(), "store.folder_writable_by_others");
    std::fs::remove_dir(session.path().join("doorkey")).unwrap();
    let elsewhere = session.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, session.path().join("doorkey")).unwrap();
    assert!(client(&world, Spot::Kind(Storage::Memory)).store().unwrap().prepare().is_err());
}

#[cfg(unix)]
#[test]
fn a_program_that_fails_hangs_or_floods_is_an_error_with_what_it_said() {
    let world = world();
    let run = |script: &str| {
        world.write("vault", &format!("#!/bin/sh\n{script}\n"));
        world.chmod("vault", 0o700);
        let site_client = client(&world, Spot::Kind(Storage::Command));
        site_client
            .store()
            .unwrap()
            .read()
            .map(|stored| stored.is_some())
            .map_err(|error| (error.code(), error.to_string()))
    };
    assert_eq!(run("exit 0"), Ok(false), "nothing said is nothing kept");
    let (code, text) = run("echo 'the vault is sealed' >&2; exit 3").unwrap_err();
    assert!(code == "store.command_failed" && text.contains("it says: the vault is sealed"), "{text}");
    assert!(run("exit 7").unwrap_err().1.contains("exit status: 7"));
    assert_eq!(run("head -c 1100000 /dev/zero").unwrap_err().0, "store.too_large");
    assert_eq!(run("echo nonsense").unwrap_err().0, "store.malformed");
    world.set("DOORKEY_STORAGE_COMMAND", "/not/there");
    let error = client(&world, Spot::Kind(Storage::Command)).store().unwrap().prepare().unwrap_err();
    assert!(error.to_string().contains("can't be started"), "{error}");
    world.set("DOORKEY_STORAGE_COMMAND", "");
    let error = client(&world, Spot::Kind(Storage::Command)).store().err().unwrap();
    assert_eq!(error.code(), "store.no_command");
}

#[cfg(unix)]
#[test]
fn a_program_that_never_ends_is_ended_and_so_is_one_that_floods() {
    for script in ["exec sleep 1000", "exec cat /dev/zero"] {
        let world = world();
        world.write("vault", &format!("#!/bin/sh\necho $$ > \"$0.pid\"\n{script}\n"));
        world.chmod("vault", 0o700);
        let place =
            command::Command::for_test(&world.home().join("vault"), std::time::Duration::from_millis(300));
        let error = place.read().unwrap_err();
        assert_eq!(
            error.code(),
            if script.contains("zero") { "store.too_large" } else { "store.command_failed" }
        );
        let process = format!("/proc/{}", world.read("vault.pid").trim());
        assert!(!Path::new(&process).exists(), "{script}: it is gone");
    }
}

#[cfg(unix)]
#[test]
fn a_program_never_sees_a_secret_in_its_arguments() {
    let world = world();
    world.write("vault", "#!/bin/sh\necho \"$@\" >> \"$0.log\"\ncat > /dev/null\n");
    world.chmod("vault", 0o700);
    write(&client(&world, Spot::Kind(Storage::Command)), &values("a-very-secret-token"));
    let log = world.read("vault.log");
    assert!(log.contains("store demo default") && !log.contains("secret"), "{log}");
}
