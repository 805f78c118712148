//! Credentials files of every product, broken in every way that a file can be broken: read, told apart, or refused in words
//! that hold nothing of what stands in them.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use doorkey_manifest::builtin;
use doorkey_tests::mangle::{Change, mangle};
use proptest::prelude::*;

use super::*;
use crate::progress::Silent;
use crate::testing::{SECRET, World, full_credential};
use crate::{App, Client};

fn any_client(world: &World) -> impl Iterator<Item = Client> {
    builtin::names().map(|name| Client::new(App::builtin(name).unwrap(), world.system()))
}

fn credential(until: i64) -> Values {
    full_credential("https://example.com", until)
}

fn write(client: &Client, values: &Values) {
    let store = client.store().unwrap();
    let lock = store.lock(&Cancel::never()).unwrap();
    store.write(&lock, values, &mut Silent).unwrap();
}

/// The error says what is wrong, with a name and a number, and nothing of what stands in the file.
fn is_told(error: &StoreError) {
    let told = format!("{error} {:?} {} {error:?}", error.hint(), error.code());
    assert!(!told.contains(SECRET), "{told}");
    assert!(error.code().starts_with("store."), "{told}");
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn a_broken_file_is_read_or_refused_and_a_sign_in_mends_it(
        changes in prop::collection::vec(any::<Change>(), 1..6), at in 0_i64..4_000_000_000_000,
    ) {
        let world = World::new();
        for client in any_client(&world) {
            write(&client, &credential(at / 1000 * 1000));
            let store = client.store().unwrap();
            let whole = std::fs::read(store.path()).unwrap();
            std::fs::write(store.path(), mangle(&whole, &changes)).unwrap();
            match store.read() {
                Ok(stored) => drop(format!("{stored:?}")),
                Err(error) => is_told(&error),
            }
            let _ = (store.kept(), client.named_values());
            if let Err(error) = client.resolve() {
                let told = format!("{error} {:?} {error:?}", error.hint());
                prop_assert!(!told.contains(SECRET), "{}", told);
            }
            write(&client, &credential(at));
            let mended = store.read().unwrap().unwrap();
            let token = format!("{SECRET}-token");
            prop_assert_eq!(mended.values.text("token"), Some(token.as_str()));
            let lock = store.lock(&Cancel::never()).unwrap();
            store.clear(&lock).unwrap();
            prop_assert!(store.read().ok().flatten().is_none(), "{} is signed out", client.app().name());
        }
    }

    #[test]
    fn any_bytes_at_all_are_no_credential(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let world = World::new();
        for client in any_client(&world) {
            let store = client.store().unwrap();
            store.prepare().unwrap();
            std::fs::write(store.path(), &bytes).unwrap();
            world.chmod(store.path(), 0o600);
            match store.read() {
                Ok(stored) => prop_assert!(stored.is_none()),
                Err(error) => is_told(&error),
            }
        }
    }

    #[test]
    fn what_stands_in_the_locks_file_is_nobodys_business(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let world = World::new();
        let client = any_client(&world).next().unwrap();
        let store = client.store().unwrap();
        store.prepare().unwrap();
        let path = lock::path_of(store.path());
        std::fs::write(&path, &bytes).unwrap();
        write(&client, &credential(0));
        prop_assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
}
