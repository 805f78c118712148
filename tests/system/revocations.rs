//! Revoked is revoked: ten thousand tokens, each used while it is revoked, each refused on the very next request.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use doorkey_tests::http::{Ask, Connection};
use doorkey_tests::service::Service;
use serde_json::{Value, json};

use crate::stage::{Engine, managing, service_on, visitor};

/// How many in all, and how many at once.
const ALL: usize = 10_000;
const WORKERS: usize = 4;
/// How many one account revokes: making and revoking are two changes, and an account may make 600 a minute.
const EACH: usize = 250;
/// How many are always verifying something else.
const READERS: usize = 2;

#[test]
fn revoked_then_verified_ten_thousand_times_under_load_on_sqlite() {
    revoke_and_verify(Engine::Sqlite, ALL);
}

#[test]
fn revoked_then_verified_a_thousand_times_under_load_on_postgresql() {
    revoke_and_verify(Engine::Postgres, ALL / 10);
}

fn revoke_and_verify(engine: Engine, count: usize) {
    let service = service_on(engine);
    let manages = managing(&service, &mut visitor(&service));
    let (accounts, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(|| {
                let mut connection = Connection::open(&service.url);
                while !done.load(Ordering::Relaxed) {
                    connection.ask(&Ask::get("/verify").bearer(&manages)).is(200);
                }
            });
        }
        let workers: Vec<_> = (0..WORKERS)
            .map(|_| {
                scope.spawn(|| {
                    while accounts.fetch_add(1, Ordering::Relaxed) < count / EACH {
                        one_account(&service);
                    }
                })
            })
            .collect();
        let ends: Vec<_> = workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Relaxed);
        assert!(ends.iter().all(Result::is_ok), "no revoked key was good");
    });
}

/// As many as one account may.
fn one_account(service: &Service) {
    let manages = managing(service, &mut visitor(service));
    let mut connection = Connection::open(&service.url);
    let me = connection.ask(&Ask::get("/api/v1/me").bearer(&manages)).is(200).json();
    let keys = format!("/api/v1/orgs/{}/keys", me["org"]["id"].as_str().expect("an organization"));
    for _ in 0..EACH {
        once(&mut connection, &keys, &manages);
    }
}

/// A key is made, used, revoked, and refused at once.
fn once(connection: &mut Connection, keys: &str, manages: &str) {
    let made: Value =
        connection.ask(&Ask::json(keys, &json!({ "name": "k" })).bearer(manages)).is(201).json();
    let secret = made["secret"].as_str().expect("a secret");
    let id = made["token"]["id"].as_str().expect("an id");
    connection.ask(&Ask::get("/verify").bearer(secret)).is(200);
    connection.ask(&Ask::new("DELETE", &format!("{keys}/{id}")).bearer(manages)).is(204);
    let refused = connection.ask(&Ask::get("/verify").bearer(secret)).is(401);
    assert_eq!(refused.json()["reason"], "revoked");
}
