//! The store by itself: two schemas that agree, migrations, and every way in which a database can fail.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::{fs, time::Duration};

use sqlx::Row;

use super::{Engine, Location, Store, StoreError, Swept, both, migrate::MIGRATIONS, migrate::Migration};
use crate::testkit::{Database, World, on_both_engines};

/// Every column of every table: table, name, kind, whether it must be there.
async fn columns(store: &Store) -> Vec<(String, String, &'static str, bool)> {
    let mut columns = Vec::new();
    match &store.reader {
        Engine::Sqlite(pool) => {
            let sql = "SELECT t.name, c.name, c.type, c.\"notnull\" FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
                WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'";
            for row in sqlx::query(sql).fetch_all(pool).await.unwrap() {
                let kind = match row.get::<String, _>(2).as_str() {
                    "BLOB" => "bytes",
                    "INTEGER" => "number",
                    "TEXT" => "text",
                    _ => "something else",
                };
                columns.push((row.get(0), row.get(1), kind, row.get::<i64, _>(3) == 1));
            }
        }
        Engine::Postgres(pool) => {
            let sql = "SELECT table_name::text, column_name::text, data_type::text, is_nullable::text \
                FROM information_schema.columns WHERE table_schema = 'public'";
            for row in sqlx::query(sql).fetch_all(pool).await.unwrap() {
                let kind = match row.get::<String, _>(2).as_str() {
                    "bytea" => "bytes",
                    "bigint" => "number",
                    "text" => "text",
                    _ => "something else",
                };
                columns.push((row.get(0), row.get(1), kind, row.get::<String, _>(3) == "NO"));
            }
        }
    }
    columns.sort();
    columns
}

/// Every index: its table, its columns in order, whether it is unique.
async fn indexes(store: &Store) -> Vec<String> {
    let mut indexes: Vec<String> = match &store.reader {
        Engine::Sqlite(pool) => {
            let sql = "SELECT t.name || ' ' || i.\"unique\" || ' ' || group_concat(c.name) FROM sqlite_schema t \
                JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c WHERE t.type = 'table' GROUP BY i.name";
            sqlx::query_scalar(sql).fetch_all(pool).await.unwrap()
        }
        Engine::Postgres(pool) => {
            let sql = "SELECT t.relname || ' ' || i.indisunique::int || ' ' || string_agg(a.attname, ',' ORDER BY a.attnum) \
                FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace \
                JOIN pg_attribute a ON a.attrelid = i.indexrelid WHERE n.nspname = 'public' GROUP BY i.indexrelid, t.relname, \
                i.indisunique";
            sqlx::query_scalar(sql).fetch_all(pool).await.unwrap()
        }
    };
    // SQLite keeps a number that is a key in the table itself, without an index.
    indexes.retain(|i| !i.starts_with("schema_migrations "));
    indexes.sort();
    indexes
}

#[tokio::test]
async fn both_engines_have_the_same_columns_and_indexes() {
    let (sqlite, postgres) = (Database::sqlite(), Database::postgres().await);
    let (sqlite, postgres) =
        (Store::open(&sqlite.location).await.unwrap(), Store::open(&postgres.location).await.unwrap());
    let found = columns(&sqlite).await;
    assert!(found.len() > 60, "{found:?}");
    assert!(found.iter().all(|c| c.2 != "something else"), "{found:?}");
    assert_eq!(found, columns(&postgres).await);
    let found = indexes(&sqlite).await;
    assert!(found.len() > 20, "{found:?}");
    assert_eq!(found, indexes(&postgres).await);
}

on_both_engines! {
    async fn many_that_start_at_once_make_the_schema_once(world) {
        let fresh = match world.domain.store.writer {
            Engine::Sqlite(_) => Database::sqlite(),
            Engine::Postgres(_) => Database::postgres().await,
        };
        let all: Vec<_> = (0..6).map(|_| {
            let location = fresh.location.clone();
            tokio::spawn(async move { Store::open(&location).await.unwrap().is_ready().await.unwrap() })
        }).collect();
        for one in all {
            one.await.unwrap();
        }
    }

    async fn a_newer_schema_and_another_history_are_left_alone(world) {
        const NEXT: &[Migration] = &[
            Migration { name: "0001_foundation", sqlite: MIGRATIONS[0].sqlite, postgres: MIGRATIONS[0].postgres },
            Migration { name: "0002_vendor", sqlite: MIGRATIONS[1].sqlite, postgres: MIGRATIONS[1].postgres },
            Migration { name: "0003_products", sqlite: MIGRATIONS[2].sqlite, postgres: MIGRATIONS[2].postgres },
            Migration { name: "0004_next", sqlite: "CREATE TABLE next (x INTEGER)", postgres: "CREATE TABLE next (x BIGINT)" },
        ];
        const OTHER: &[Migration] = &[
            Migration { name: "0001_foundation", sqlite: "SELECT 1", postgres: "SELECT 1" },
            Migration { name: "0002_vendor", sqlite: MIGRATIONS[1].sqlite, postgres: MIGRATIONS[1].postgres },
            Migration { name: "0003_products", sqlite: MIGRATIONS[2].sqlite, postgres: MIGRATIONS[2].postgres },
        ];
        let store = &world.domain.store;
        let other = store.migrate(OTHER).await;
        assert!(matches!(other, Err(StoreError::OtherHistory { version: 1 })), "{other:?}");
        store.migrate(NEXT).await.unwrap();
        store.migrate(NEXT).await.unwrap();
        let refused = Store::open(&world.database.location).await.unwrap_err();
        assert!(matches!(refused, StoreError::TooNew { found: 4, known: 3 }), "{refused:?}");
        assert!(refused.to_string().contains("newer doorkeyd"));
    }

    async fn a_step_that_fails_is_not_half_taken(world) {
        const BROKEN: &[Migration] = &[
            Migration { name: "0001_foundation", sqlite: MIGRATIONS[0].sqlite, postgres: MIGRATIONS[0].postgres },
            Migration { name: "0002_vendor", sqlite: MIGRATIONS[1].sqlite, postgres: MIGRATIONS[1].postgres },
            Migration { name: "0003_products", sqlite: MIGRATIONS[2].sqlite, postgres: MIGRATIONS[2].postgres },
            Migration {
                name: "0004_broken",
                sqlite: "CREATE TABLE half (x INTEGER); CREATE TABLE half (x INTEGER);",
                postgres: "CREATE TABLE half (x BIGINT); CREATE TABLE half (x BIGINT);",
            },
        ];
        let before = columns(&world.domain.store).await;
        let broken = world.domain.store.migrate(BROKEN).await;
        assert!(matches!(broken, Err(StoreError::Statement { .. })), "{broken:?}");
        assert_eq!(columns(&world.domain.store).await, before);
    }

    async fn events_can_be_neither_changed_nor_removed(world) {
        world.start_device().await;
        for sql in ["UPDATE events SET outcome = 'refused'", "DELETE FROM events"] {
            let done = both!(&world.domain.store.writer, pool => sqlx::query(sql).execute(pool).await.map(drop));
            assert!(done.is_err(), "{sql}");
        }
    }

    async fn a_change_that_is_dropped_never_was(world) {
        let started = world.start_device().await;
        let mut tx = world.domain.store.begin().await.unwrap();
        world.clock.advance(Duration::from_hours(1));
        assert!(tx.expire_sign_in(started.sign_in, world.domain.now()).await.unwrap().is_some());
        drop(tx);
        assert_eq!(world.trail(started.sign_in).await, ["sign_in.started"]);
        assert_eq!(world.domain.sweep().await.unwrap(), Swept::default());
        assert_eq!(world.trail(started.sign_in).await, ["sign_in.started", "sign_in.expired"]);
    }
}

#[tokio::test]
async fn a_locked_database_is_busy_and_loses_nothing() {
    let database = Database::sqlite();
    let (one, other) = (
        Store::open(&database.location).await.unwrap(),
        Store::open_patiently(&database.location, Duration::from_millis(50)).await.unwrap(),
    );
    let held = one.begin().await.unwrap();
    let refused = other.begin().await.unwrap_err();
    assert!(matches!(refused, StoreError::Busy) && refused.is_temporary(), "{refused:?}");
    other.is_ready().await.unwrap();
    held.rollback().await.unwrap();
    other.begin().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn a_full_database_is_full_and_keeps_what_it_has() {
    let world = World::on_sqlite().await;
    let kept = world.start_device().await;
    let Engine::Sqlite(writer) = &world.domain.store.writer else { return };
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(writer).await.unwrap();
    let sql = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {}", pages + 1));
    sqlx::query(sql).execute(writer).await.unwrap();
    let mut refused = None;
    for _ in 0..200 {
        match world.domain.start(crate::testkit::device("demo")).await {
            Ok(_) => {}
            Err(crate::sign_in::StartError::Store(error)) => {
                refused = Some(error);
                break;
            }
            Err(_) => break,
        }
    }
    let refused = refused.unwrap();
    assert!(matches!(refused, StoreError::Full) && refused.is_temporary(), "{refused:?}");
    assert!(matches!(world.poll(&kept).await, crate::sign_in::Poll::Pending { .. }));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_said_to_be_none_and_left_alone() {
    let database = Database::sqlite();
    let path = database.folder().join("doorkey.db");
    fs::write(&path, "this was never a database, however long one looks at it\n".repeat(100)).unwrap();
    let before = fs::read(&path).unwrap();
    let refused = Store::open(&database.location).await.unwrap_err();
    assert!(matches!(refused, StoreError::Corrupt(_)), "{refused:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_refused() {
    let database = Database::sqlite();
    let location = Location::from(database.folder().join("no").join("doorkey.db").as_path());
    let refused = Store::open(&location).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused), "{refused:?}");
}

#[tokio::test]
async fn a_postgresql_that_is_not_there_is_unreachable_and_its_password_is_not_told() {
    let location: Location = "postgres://doorkey:hunter2@127.0.0.1:1/doorkey".parse().unwrap();
    let refused = Store::open(&location).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unreachable), "{refused:?}");
    assert!(!format!("{refused:?} {refused} {location:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_database_that_postgresql_does_not_have_is_refused() {
    let database = Database::postgres().await;
    let Location::Postgres(address) = &database.location else { return };
    let location: Location = format!("{}x", address.expose()).parse().unwrap();
    let refused = Store::open(&location).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused), "{refused:?}");
}
