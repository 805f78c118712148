//! Polling, held or not.

use std::{sync::Arc, time::Duration};

use doorkey_manifest::Secret;

use crate::{
    sign_in::{NewProof, NewSignIn, Poll, PollProof, Way},
    testkit::{device, device_proof, here, on_both_engines, verifier},
};

on_both_engines! {
    async fn a_tool_polls_until_it_is_signed_in(world) {
        let (started, person) = (world.start_device().await, world.person("ada").await);
        assert!(matches!(world.poll(&started).await, Poll::Pending { .. }));
        world.open_and_approve(&started, &person).await;
        let Poll::Redeemed(tokens) = world.poll(&started).await else { panic!("it was approved") };
        let verified = world.domain.verify(&tokens.access_token).await.unwrap().unwrap();
        assert_eq!(verified.identity.account, person.account.id);
    }

    async fn nebi_448_polled_again_after_it_was_redeemed_gives_nothing(world) {
        let (started, person) = (world.start_device().await, world.person("ada").await);
        world.open_and_approve(&started, &person).await;
        assert!(matches!(world.poll(&started).await, Poll::Redeemed(_)));
        for _ in 0..3 {
            assert!(matches!(world.poll(&started).await, Poll::Unknown));
            world.clock.advance(Duration::from_secs(5));
        }
    }

    async fn cve_2023_2585_a_device_code_of_another_app_is_unknown(world) {
        let (started, person) = (world.start_device().await, world.person("ada").await);
        world.open_and_approve(&started, &person).await;
        let proof = device_proof(&started);
        let other = world.domain.poll("other", &proof, &here()).await.unwrap();
        assert!(matches!(other, Poll::Unknown));
        assert!(matches!(world.poll(&started).await, Poll::Redeemed(_)), "and is still good for its own");
    }

    async fn denied_is_denied_and_not_expired(world) {
        let (started, person) = (world.start_device().await, world.person("ada").await);
        world.domain.open(&started.approval_id, &person, &here()).await.unwrap();
        world.domain.deny(&started.approval_id, &person, &here()).await.unwrap();
        assert!(matches!(world.poll(&started).await, Poll::Denied));
        world.clock.advance(Duration::from_hours(1));
        assert!(matches!(world.poll(&started).await, Poll::Denied));
    }

    async fn what_was_approved_in_its_last_moment_can_still_be_fetched(world) {
        let (started, person) = (world.start_device().await, world.person("ada").await);
        world.clock.advance(Duration::from_secs(599));
        world.open_and_approve(&started, &person).await;
        world.clock.advance(Duration::from_secs(30));
        assert!(matches!(world.poll(&started).await, Poll::Redeemed(_)));
    }

    async fn approved_and_never_fetched_expires(world) {
        let (started, person) = (world.start_device().await, world.person("ada").await);
        world.open_and_approve(&started, &person).await;
        world.clock.advance(Duration::from_mins(10));
        assert!(matches!(world.poll(&started).await, Poll::Expired));
    }

    async fn polling_too_fast_slows_down_but_an_approved_one_is_redeemed_at_any_pace(world) {
        let (started, person) = (world.start_device().await, world.person("ada").await);
        let mut slowed_down = None;
        for _ in 0..10 {
            if let Poll::SlowDown { interval } = world.poll(&started).await {
                slowed_down = slowed_down.or(Some(interval));
            }
        }
        assert_eq!(slowed_down, Some(Duration::from_secs(6)));
        world.open_and_approve(&started, &person).await;
        assert!(matches!(world.poll(&started).await, Poll::Redeemed(_)));
    }

    async fn looking_again_in_a_held_poll_is_no_poll(world) {
        let started = world.start_device().await;
        let proof = device_proof(&started);
        assert!(matches!(world.poll(&started).await, Poll::Pending { .. }));
        for _ in 0..20 {
            let again = world.domain.poll_again("demo", &proof, &here()).await.unwrap();
            assert!(matches!(again, Poll::Pending { .. }));
        }
    }

    async fn a_held_poll_wakes_at_the_decision(world) {
        let (started, person) = (world.start_device().await, world.person("ada").await);
        let proof = device_proof(&started);
        let watch = world.domain.watch(&proof).unwrap();
        assert!(matches!(world.poll(&started).await, Poll::Pending { .. }));
        let domain = Arc::clone(&world.domain);
        let held = tokio::spawn(async move {
            watch.await;
            domain.poll_again("demo", &proof, &here()).await.unwrap()
        });
        world.open_and_approve(&started, &person).await;
        let woken = tokio::time::timeout(Duration::from_secs(5), held).await.unwrap().unwrap();
        assert!(matches!(woken, Poll::Redeemed(_)));
        assert!(world.domain.waiting_room().is_empty());
    }

    async fn stopping_lets_held_polls_go(world) {
        let started = world.start_device().await;
        let proof = device_proof(&started);
        let watch = world.domain.watch(&proof).unwrap();
        world.domain.stop_waiting();
        watch.await;
        assert!(world.domain.watch(&proof).is_none());
        assert!(matches!(world.domain.poll_again("demo", &proof, &here()).await.unwrap(), Poll::Pending { .. }));
    }

    async fn a_session_is_polled_with_both_its_code_and_its_state(world) {
        let state = verifier();
        let new = NewSignIn { way: Way::Session, proof: NewProof::State { state: state.clone() }, ..device("parcel") };
        let started = world.domain.start(new).await.unwrap();
        let session_code = started.device_code.clone().unwrap();
        let poll = async |session_code: &Secret, state: &Secret| {
            let proof = PollProof::State { session_code: session_code.clone(), state: state.clone() };
            world.domain.poll("parcel", &proof, &here()).await.unwrap()
        };
        assert!(matches!(poll(&session_code, &state).await, Poll::Pending { .. }));
        world.open_and_approve(&started, &world.person("ada").await).await;
        assert!(matches!(poll(&session_code, &verifier()).await, Poll::Unknown));
        assert!(matches!(poll(&verifier(), &state).await, Poll::Unknown));
        let as_device = PollProof::DeviceSecret { device_code: session_code.clone() };
        assert!(matches!(world.domain.poll("parcel", &as_device, &here()).await.unwrap(), Poll::Unknown));
        assert!(matches!(poll(&session_code, &state).await, Poll::Redeemed(_)));
    }

    async fn the_sweep_notices_what_ran_out_and_removes_it_much_later(world) {
        let started = world.start_device().await;
        world.clock.advance(Duration::from_mins(10));
        assert_eq!(world.domain.sweep().await.unwrap().sign_ins, 0);
        assert_eq!(world.trail(started.sign_in).await, ["sign_in.started", "sign_in.expired"]);
        world.clock.advance(Duration::from_hours(24 * 31));
        assert_eq!(world.domain.sweep().await.unwrap().sign_ins, 1);
        assert!(matches!(world.poll(&started).await, Poll::Unknown));
        assert_eq!(world.trail(started.sign_in).await.len(), 2, "the trail stays");
    }
}

/// Only PostgreSQL has several servers over one database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_on_one_replica_wakes_a_poll_on_another() {
    let world = crate::testkit::World::on_postgres().await;
    let other = world.replica().await;
    let (started, person) = (world.start_device().await, world.person("ada").await);
    let proof = device_proof(&started);
    for _ in 0..100 {
        // Whoever just began to listen wakes everybody once; after that, the watch is for the decision alone.
        let watch = other.watch(&proof).unwrap();
        if tokio::time::timeout(Duration::from_millis(200), watch).await.is_err() {
            break;
        }
    }
    let watch = other.watch(&proof).unwrap();
    world.open_and_approve(&started, &person).await;
    tokio::time::timeout(Duration::from_secs(5), watch).await.unwrap();
    let found = other.poll_again("demo", &proof, &here()).await.unwrap();
    assert!(matches!(found, Poll::Redeemed(_)));
    assert!(matches!(world.poll(&started).await, Poll::Unknown));
}
