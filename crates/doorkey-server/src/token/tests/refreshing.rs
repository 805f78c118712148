//! Refreshing: one successor, the same for all who ask in time, and the end of the family for a thief.

use std::{sync::Arc, time::Duration};

use doorkey_manifest::Secret;

use crate::{
    testkit::{World, from, here, on_both_engines},
    token::{IssuedTokens, Refresh, RefreshError},
};

async fn refresh(world: &World, token: &Secret) -> Result<IssuedTokens, RefreshError> {
    world.domain.refresh(Refresh { app: "demo", refresh_token: token, scopes: None }, &here()).await
}

async fn is_good(world: &World, token: &Secret) -> bool {
    world.domain.introspect(token).await.unwrap().is_some()
}

async fn actions(world: &World, tokens: &IssuedTokens) -> Vec<String> {
    let events = world.domain.events_of(tokens.identity.account, 1_000).await.unwrap();
    events.into_iter().map(|e| e.action).collect()
}

on_both_engines! {
    async fn a_refresh_token_is_exchanged_for_the_next(world) {
        let first = world.tokens().await;
        let old = first.refresh_token.unwrap();
        world.clock.advance(Duration::from_mins(50));
        let second = refresh(world, &old).await.unwrap();
        let new = second.refresh_token.clone().unwrap();
        assert_ne!(old, new);
        assert_ne!(first.access_token, second.access_token);
        assert_eq!(second.grant, first.grant);
        assert_eq!(second.scopes, first.scopes);
        assert!(!is_good(world, &old).await, "it was exchanged");
        assert!(is_good(world, &first.access_token).await, "it has its own time");
        assert!(is_good(world, &second.access_token).await && is_good(world, &new).await);
        assert!(refresh(world, &new).await.is_ok());
    }

    async fn within_the_grace_the_answer_is_the_same(world) {
        let old = world.tokens().await.refresh_token.unwrap();
        let first = refresh(world, &old).await.unwrap();
        world.clock.advance(Duration::from_secs(29));
        let again = refresh(world, &old).await.unwrap();
        assert_eq!(first.access_token, again.access_token);
        assert_eq!(first.refresh_token, again.refresh_token);
        assert_eq!(first.expires_at, again.expires_at);
        assert_eq!(first.scopes, again.scopes);
    }

    async fn after_the_grace_the_family_ends(world) {
        let first = world.tokens().await;
        let old = first.refresh_token.clone().unwrap();
        let second = refresh(world, &old).await.unwrap();
        world.clock.advance(Duration::from_secs(30));
        assert!(matches!(refresh(world, &old).await, Err(RefreshError::Invalid)));
        for token in [&first.access_token, &second.access_token, second.refresh_token.as_ref().unwrap()] {
            assert!(!is_good(world, token).await);
        }
        assert!(refresh(world, second.refresh_token.as_ref().unwrap()).await.is_err());
        assert!(refresh(world, &old).await.is_err());
        let actions = actions(world, &first).await;
        assert_eq!(actions.iter().filter(|a| *a == "refresh_token.reused").count(), 1, "{actions:?}");
        assert_eq!(actions.iter().filter(|a| *a == "grant.revoked").count(), 1, "{actions:?}");
    }

    async fn once_the_successor_was_used_the_old_one_ends_the_family_even_in_the_grace(world) {
        let old = world.tokens().await.refresh_token.unwrap();
        let second = refresh(world, &old).await.unwrap();
        let third = refresh(world, &second.refresh_token.unwrap()).await.unwrap();
        assert!(matches!(refresh(world, &old).await, Err(RefreshError::Invalid)));
        assert!(!is_good(world, &third.access_token).await);
    }

    async fn of_a_hundred_refreshes_all_get_the_same(world) {
        let first = world.tokens().await;
        let old = first.refresh_token.clone().unwrap();
        let all: Vec<_> = (0..100).map(|_| {
            let (domain, old) = (Arc::clone(&world.domain), old.clone());
            tokio::spawn(async move {
                domain.refresh(Refresh { app: "demo", refresh_token: &old, scopes: None }, &here()).await.unwrap()
            })
        }).collect();
        let mut answers = Vec::new();
        for one in all {
            answers.push(one.await.unwrap());
        }
        assert!(answers.iter().all(|a| a.access_token == answers[0].access_token));
        assert!(answers.iter().all(|a| a.refresh_token == answers[0].refresh_token));
        assert!(is_good(world, &answers[0].access_token).await);
        let refreshed = actions(world, &first).await.into_iter().filter(|a| a == "token.refreshed").count();
        assert_eq!(refreshed, 1);
    }

    async fn a_refresh_token_that_is_not_used_expires(world) {
        let token = world.tokens().await.refresh_token.unwrap();
        world.clock.advance(Duration::from_hours(24 * 30));
        assert!(matches!(refresh(world, &token).await, Err(RefreshError::Invalid)));
    }

    async fn refreshing_never_goes_beyond_the_absolute_end(world) {
        let first = world.tokens().await;
        let end = first.issued_at.plus(Duration::from_hours(24 * 90));
        let mut token = first.refresh_token.unwrap();
        let mut last = None;
        for _ in 0..4 {
            world.clock.advance(Duration::from_hours(24 * 20));
            let next = refresh(world, &token).await.unwrap();
            assert!(next.refresh_expires_at.unwrap() <= end);
            token = next.refresh_token.clone().unwrap();
            last = Some(next);
        }
        assert_eq!(last.unwrap().refresh_expires_at, Some(end), "it slides up to the end and stays there");
        world.clock.advance(Duration::from_hours(24 * 10));
        assert!(refresh(world, &token).await.is_err());
    }

    async fn it_is_bound_to_its_app(world) {
        let token = world.tokens().await.refresh_token.unwrap();
        let other = Refresh { app: "other", refresh_token: &token, scopes: None };
        assert!(matches!(world.domain.refresh(other, &from(9)).await, Err(RefreshError::Invalid)));
        assert!(refresh(world, &token).await.is_ok());
    }

    async fn an_access_token_may_have_less_but_the_refresh_token_keeps_all(world) {
        let token = world.tokens().await.refresh_token.unwrap();
        let (less, more) = (["profile:read".to_owned()], ["profile:read".to_owned(), "everything".to_owned()]);
        let with = |refresh_token, scopes| Refresh { app: "demo", refresh_token, scopes: Some(scopes) };
        let refused = world.domain.refresh(with(&token, &more), &here()).await;
        assert!(matches!(refused, Err(RefreshError::Scope(scope)) if scope == "everything"));
        let narrow = world.domain.refresh(with(&token, &less), &here()).await.unwrap();
        assert_eq!(narrow.scopes, less);
        assert_eq!(world.domain.verify(&narrow.access_token).await.unwrap().unwrap().scopes, less);
        let wide = refresh(world, &narrow.refresh_token.unwrap()).await.unwrap();
        assert_eq!(wide.scopes.len(), 2);
    }

    async fn an_access_token_does_not_refresh(world) {
        let access_token = world.tokens().await.access_token;
        assert!(matches!(refresh(world, &access_token).await, Err(RefreshError::Invalid)));
        assert!(is_good(world, &access_token).await);
    }
}
