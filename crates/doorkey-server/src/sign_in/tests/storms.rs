//! Many at once: one wins.

use std::sync::Arc;

use crate::{
    sign_in::{Poll, RedeemCode},
    testkit::{REDIRECT, device_proof, here, on_both_engines},
    token::IssuedTokens,
};

const MANY: usize = 100;

on_both_engines! {
    async fn of_a_hundred_polls_one_is_signed_in(world) {
        let (started, person) = (world.start_device().await, world.person("ada").await);
        world.open_and_approve(&started, &person).await;
        let polls: Vec<_> = (0..MANY).map(|_| {
            let (domain, proof) = (Arc::clone(&world.domain), device_proof(&started));
            tokio::spawn(async move { domain.poll("demo", &proof, &here()).await.unwrap() })
        }).collect();
        let mut redeemed = 0;
        for poll in polls {
            match poll.await.unwrap() {
                Poll::Redeemed(tokens) => {
                    redeemed += 1;
                    assert!(world.domain.verify(&tokens.access_token).await.unwrap().is_some());
                }
                Poll::Unknown => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(redeemed, 1);
        let trail = world.trail(started.sign_in).await;
        assert_eq!(trail.iter().filter(|a| *a == "sign_in.redeemed").count(), 1);
    }

    async fn of_a_hundred_exchanges_of_a_code_one_is_answered_and_its_tokens_are_dead(world) {
        let (started, verifier) = world.start_loopback().await;
        let code = world.code(&started, &world.person("ada").await).await;
        let exchanges: Vec<_> = (0..MANY).map(|_| {
            let (domain, code, verifier) = (Arc::clone(&world.domain), code.clone(), verifier.clone());
            tokio::spawn(async move {
                let redeem = RedeemCode {
                    app: "demo", code: &code, code_verifier: Some(&verifier), state: None, redirect_uri: Some(REDIRECT),
                };
                domain.redeem_code(redeem, &here()).await.ok()
            })
        }).collect();
        let mut answered: Vec<IssuedTokens> = Vec::new();
        for exchange in exchanges {
            answered.extend(exchange.await.unwrap());
        }
        assert_eq!(answered.len(), 1);
        assert!(world.domain.verify(&answered[0].access_token).await.unwrap().is_none());
        let refresh_token = answered[0].refresh_token.clone().unwrap();
        assert!(world.domain.introspect(&refresh_token).await.unwrap().is_none());
        let trail = world.trail(started.sign_in).await;
        assert_eq!(trail.iter().filter(|a| *a == "authorization_code.reused").count(), 1);
    }

    async fn of_approvals_and_denials_at_once_one_counts(world) {
        let (started, person) = (world.start_device().await, world.person("ada").await);
        world.domain.open(&started.approval_id, &person, &here()).await.unwrap();
        let decisions: Vec<_> = (0..20).map(|n| {
            let (domain, id, person) = (Arc::clone(&world.domain), started.approval_id.clone(), person.clone());
            tokio::spawn(async move {
                if n % 2 == 0 {
                    domain.approve(&id, &person, None, &here()).await.is_ok()
                } else {
                    domain.deny(&id, &person, &here()).await.is_ok()
                }
            })
        }).collect();
        let mut counted = 0;
        for decision in decisions {
            counted += usize::from(decision.await.unwrap());
        }
        assert_eq!(counted, 1);
        assert_eq!(world.trail(started.sign_in).await.len(), 3);
    }

    async fn of_many_that_open_it_at_once_one_has_it(world) {
        let started = world.start_device().await;
        let mut people = Vec::new();
        for n in 0..8 {
            people.push(world.person(&format!("person{n}")).await);
        }
        let openings: Vec<_> = people.into_iter().map(|person| {
            let (domain, id) = (Arc::clone(&world.domain), started.approval_id.clone());
            tokio::spawn(async move { domain.open(&id, &person, &here()).await.is_ok() })
        }).collect();
        let mut opened = 0;
        for opening in openings {
            opened += usize::from(opening.await.unwrap());
        }
        assert_eq!(opened, 1);
        assert_eq!(world.trail(started.sign_in).await, ["sign_in.started", "sign_in.opened"]);
    }
}
