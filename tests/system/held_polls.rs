//! What a poll costs that waits: less than a kibibyte more than a connection that does nothing.

use std::time::Duration;

use doorkey_tests::http::{Ask, Connection};
use doorkey_tests::service::Service;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::device_sign_in::device_poll;

const MANY: usize = 2000;

/// After so many rounds the heap has stopped growing.
const WARM_UP: usize = 5;

/// How often it is measured.
const ROUNDS: usize = 3;

#[test]
fn a_held_poll_costs_less_than_a_kibibyte_more_than_an_idle_connection() {
    // Two files for each connection, one here and one in the service, which inherits the limit.
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
        .expect("a higher limit");

    let mut service = Service::dev().start();
    let start = Ask::form("/oauth2/device_authorization", &[("client_id", "demo")]);
    let mut waiting: Vec<(Connection, Ask)> = (0..MANY)
        .map(|_| {
            let mut connection = Connection::open(&service.url);
            let code = connection.ask(&start).is(200).field("device_code");
            // One poll that isn't held, so that both sides of the comparison have been through the same code.
            let poll = device_poll("demo", &code);
            (connection, poll)
        })
        .collect();
    let ask_to_wait = |waiting: &mut Vec<(Connection, Ask)>, seconds: &str| {
        for (connection, poll) in waiting.iter_mut() {
            connection.send(&poll.clone().header("Prefer", &format!("wait={seconds}"))).expect("sent");
        }
    };
    let receive = |waiting: &mut Vec<(Connection, Ask)>| {
        for (connection, _) in waiting.iter_mut() {
            let answer = connection.receive().expect("an answer");
            assert_eq!(answer.field("error"), "authorization_pending", "{answer:?}");
        }
    };
    // Several times for the allocator, so that what is measured is what lives and not what was needed on the way.
    for _ in 0..WARM_UP {
        ask_to_wait(&mut waiting, "1");
        receive(&mut waiting);
    }
    // What really lives there lives there every time; what the heap happens to grow by does not.
    let each = (0..ROUNDS)
        .map(|_| {
            std::thread::sleep(Duration::from_secs(1));
            let idle = service.memory();
            ask_to_wait(&mut waiting, "6");
            std::thread::sleep(Duration::from_secs(3));
            let held = service.memory();
            let (connection, _) = waiting.first_mut().expect("one of them");
            connection.patience(Duration::from_millis(50));
            assert!(connection.receive().is_err(), "it is held");
            connection.patience(Duration::from_secs(30));
            receive(&mut waiting);
            held.saturating_sub(idle) / MANY as u64
        })
        .min()
        .unwrap_or(u64::MAX);
    assert!(each < 1024, "{each} bytes for each held poll");
}
