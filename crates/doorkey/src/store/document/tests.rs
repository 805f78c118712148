#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use serde_json::json;

use super::*;
use crate::progress::Silent;
use crate::testing::World;
use crate::{App, Client};

const FILE: &str = ".demo/credentials.json";

fn client(world: &World) -> Client {
    Client::new(App::builtin("demo").unwrap(), world.system())
}

fn values(token: &str) -> Values {
    Values::new().with("server", "http://127.0.0.1:7700").with("token", token).with("user.name", "Ada")
}

fn write(client: &Client, values: &Values, progress: &mut dyn Progress) -> Result<(), StoreError> {
    let store = client.store().unwrap();
    let lock = store.lock(&Cancel::never()).unwrap();
    store.write(&lock, values, progress)
}

#[cfg(unix)]
fn mode(world: &World, path: &str) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(world.home().join(path)).unwrap().permissions().mode() & 0o7777
}

#[test]
fn what_is_written_is_read_again() {
    let world = World::new();
    let client = client(&world);
    assert!(client.store().unwrap().read().unwrap().is_none());
    write(&client, &values("one"), &mut Silent).unwrap();
    let stored = client.store().unwrap().read().unwrap().unwrap();
    assert_eq!((stored.values.text("token"), stored.values.text("user.name")), (Some("one"), Some("Ada")));
}

#[cfg(unix)]
#[test]
fn folder_file_and_lock_are_private() {
    let world = World::new();
    write(&client(&world), &values("one"), &mut Silent).unwrap();
    assert_eq!(mode(&world, ".demo"), 0o700);
    assert_eq!(mode(&world, FILE), 0o600);
    assert_eq!(mode(&world, ".demo/credentials.json.lock"), 0o600);
}

#[test]
fn fields_that_nobody_knows_are_kept_in_their_order() {
    let world = World::new();
    world.write(FILE, r#"{"zebra": 1, "access_token": "old", "server": "http://127.0.0.1:7700", "apple": {"b": 2, "a": 1}}"#);
    write(&client(&world), &values("new"), &mut Silent).unwrap();
    let text = world.read(FILE);
    let file: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&file["zebra"], &file["apple"], &file["access_token"]),
        (&json!(1), &json!({"b": 2, "a": 1}), &json!("new"))
    );
    assert!(text.find("zebra") < text.find("apple") && text.find("\"b\"") < text.find("\"a\""));
}

#[test]
fn a_new_credential_leaves_nothing_of_the_old_one() {
    let world = World::new();
    let client = client(&world);
    write(&client, &values("one").with("refresh_token", "r1").with("expires_at", 5000), &mut Silent).unwrap();
    write(&client, &Values::new().with("server", "http://127.0.0.1:7700").with("token", "two"), &mut Silent)
        .unwrap();
    let stored = client.store().unwrap().read().unwrap().unwrap();
    assert_eq!(stored.values.text("token"), Some("two"));
    for name in ["refresh_token", "expires_at", "user.name"] {
        assert_eq!(stored.values.get(name), None, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_refused_with_the_command_that_mends_it() {
    let world = World::new();
    world.write(FILE, r#"{"access_token": "x", "server": "http://127.0.0.1:7700"}"#);
    for open in [0o644, 0o640, 0o604, 0o660, 0o620] {
        world.chmod(FILE, open);
        let error = client(&world).store().unwrap().read().unwrap_err();
        assert_eq!(error.code(), "store.readable_by_others", "{open:o}");
        let path = world.home().join(FILE);
        assert!(error.hint().unwrap().contains(&format!("chmod 600 {}", path.display())));
    }
    world.chmod(FILE, 0o400);
    assert!(client(&world).store().unwrap().read().unwrap().is_some());
}

#[cfg(unix)]
#[test]
fn writing_mends_a_file_that_others_can_read_and_says_so() {
    let world = World::new();
    world.write(FILE, r#"{"other": true}"#);
    world.chmod(FILE, 0o644);
    let mut mended = Vec::new();
    let mut progress = |event: Event<'_>| {
        if let Event::Mended { mode, .. } = event {
            mended.push(mode);
        }
    };
    write(&client(&world), &values("one"), &mut progress).unwrap();
    assert_eq!((mended, mode(&world, FILE)), (vec![0o644], 0o600));
    assert!(world.read(FILE).contains("other"));
}

#[test]
fn half_a_file_is_named_with_its_line_and_kept_aside_by_the_next_sign_in() {
    let world = World::new();
    let half = "{\n  \"access_token\": \"demo_at_sec";
    world.write(FILE, half);
    let client = client(&world);
    let error = client.store().unwrap().read().unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("credentials.json") && text.contains("line 2") && text.contains("ends in the middle"),
        "{text}"
    );
    assert!(!format!("{error:?}{text}").contains("sec\""), "nothing of what stands in it is shown");

    let mut aside = Vec::new();
    let mut progress = |event: Event<'_>| {
        if let Event::KeptAside { aside: path, .. } = event {
            aside.push(path.to_owned());
        }
    };
    write(&client, &values("one"), &mut progress).unwrap();
    assert_eq!(world.read(".demo/credentials.json.broken-1"), half);
    assert_eq!(aside, [world.home().join(".demo/credentials.json.broken-1")]);
    assert!(client.store().unwrap().read().unwrap().is_some());

    world.write(FILE, "[1]");
    write(&client, &values("two"), &mut Silent).unwrap();
    assert_eq!(world.read(".demo/credentials.json.broken-2"), "[1]");
}

#[test]
fn an_empty_file_and_one_that_is_no_object_are_damaged() {
    let world = World::new();
    for text in ["", "  \n", "null", "[]", "\"x\"", "{} {}", "{'a': 1}"] {
        world.write(FILE, text);
        assert_eq!(client(&world).store().unwrap().read().unwrap_err().code(), "store.malformed", "{text:?}");
    }
    world.write(FILE, "{}");
    assert!(client(&world).store().unwrap().read().unwrap().is_none());
}

#[test]
fn a_file_beyond_all_measure_is_refused() {
    let world = World::new();
    world.write(FILE, &" ".repeat(1024 * 1024 + 1));
    assert_eq!(client(&world).store().unwrap().read().unwrap_err().code(), "store.too_large");
}

#[cfg(unix)]
#[test]
fn another_owners_file_is_refused_for_reading_and_for_writing() {
    let world = World::new();
    world.write(FILE, r#"{"access_token": "x", "server": "http://127.0.0.1:7700"}"#);
    world.become_user(4_000_000);
    assert_eq!(client(&world).store().unwrap().read().unwrap_err().code(), "store.foreign_owner");
    assert_eq!(client(&world).store().unwrap().prepare().unwrap_err().code(), "store.foreign_owner");
    assert!(world.read(FILE).contains("\"x\""));
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_neither_read_nor_written() {
    let world = World::new();
    world.write("elsewhere.json", "{}");
    std::fs::create_dir(world.home().join(".demo")).unwrap();
    std::os::unix::fs::symlink("../elsewhere.json", world.home().join(FILE)).unwrap();
    let client = client(&world);
    assert_eq!(client.store().unwrap().read().unwrap_err().code(), "store.link_outside");
    assert_eq!(write(&client, &values("one"), &mut Silent).unwrap_err().code(), "store.link_outside");
    assert_eq!(world.read("elsewhere.json"), "{}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_anybody_can_write_to_keeps_no_credential() {
    let world = World::new();
    std::fs::create_dir(world.home().join(".demo")).unwrap();
    world.chmod(".demo", 0o777);
    let error = client(&world).store().unwrap().prepare().unwrap_err();
    assert_eq!(error.code(), "store.folder_writable_by_others");
}

#[test]
fn clearing_removes_what_is_ours_and_the_file_when_nothing_is_left() {
    let world = World::new();
    let client = client(&world);
    write(&client, &values("one"), &mut Silent).unwrap();
    let store = client.store().unwrap();
    let lock = store.lock(&Cancel::never()).unwrap();
    store.clear(&lock).unwrap();
    assert!(!world.home().join(FILE).exists());

    world.write(FILE, r#"{"theirs": 1, "access_token": "x", "server": "http://127.0.0.1:7700"}"#);
    store.clear(&lock).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&world.read(FILE)).unwrap(), json!({"theirs": 1}));
    store.clear(&lock).unwrap();
}

#[test]
fn writers_that_run_at_once_leave_one_whole_file() {
    let world = World::new();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let world = &world;
            scope.spawn(move || {
                // Their own clock: waiting for the lock must not run out because others wait, too.
                let system = System {
                    clock: std::sync::Arc::new(crate::system::SystemClock::new()),
                    ..world.system()
                };
                let client = Client::new(App::builtin("demo").unwrap(), system);
                write(&client, &values(&format!("token-{number}")), &mut Silent).unwrap();
            });
        }
    });
    let stored = client(&world).store().unwrap().read().unwrap().unwrap();
    assert!(stored.values.text("token").unwrap().starts_with("token-"));
    let left = std::fs::read_dir(world.home().join(".demo")).unwrap().count();
    assert_eq!(left, 2, "the file and its lock");
}
