//! Verifying, introspecting and revoking.

use std::time::Duration;

use doorkey_manifest::{Secret, TokenFormat};

use crate::{
    entropy::{Entropy, OsEntropy},
    testkit::{here, on_both_engines},
    token::{RevokeError, TokenKind},
};

fn never_issued() -> Secret {
    TokenFormat::new("demo_at_").from_entropy(|bytes| OsEntropy.fill(bytes))
}

on_both_engines! {
    async fn a_token_says_whose_it_is(world) {
        let tokens = world.tokens().await;
        let verified = world.domain.verify(&tokens.access_token).await.unwrap().unwrap();
        assert_eq!(verified.app, "demo");
        assert_eq!(verified.kind, TokenKind::Access);
        assert_eq!(verified.identity, tokens.identity);
        assert_eq!(verified.identity.name, "ada");
        assert!(!verified.identity.email_verified);
        assert_eq!(verified.scopes, ["profile:read", "notes:write"]);
        assert_eq!(verified.expires_at, tokens.expires_at);
        assert!(world.domain.verify(&never_issued()).await.unwrap().is_none());
    }

    async fn a_refresh_token_is_not_good_for_requests(world) {
        let token = world.tokens().await.refresh_token.unwrap();
        assert!(world.domain.verify(&token).await.unwrap().is_none());
        assert_eq!(world.domain.introspect(&token).await.unwrap().unwrap().kind, TokenKind::Refresh);
    }

    async fn a_token_expires(world) {
        let tokens = world.tokens().await;
        world.clock.advance(Duration::from_secs(3_599));
        assert!(world.domain.verify(&tokens.access_token).await.unwrap().is_some());
        world.clock.advance(Duration::from_secs(1));
        assert!(world.domain.verify(&tokens.access_token).await.unwrap().is_none());
    }

    async fn a_bad_checksum_never_reaches_the_database(world) {
        let tokens = world.tokens().await;
        let good = tokens.access_token.expose();
        let flipped = if good.ends_with('x') { "y" } else { "x" };
        let mistyped = format!("{}{flipped}", &good[..good.len() - 1]);
        world.domain.close().await;
        // The database is closed now: whatever asked it would fail.
        assert!(world.domain.verify(&tokens.access_token).await.is_err());
        for bad in [mistyped.as_str(), &good[..20], "", "demo_at_", &good.replace("demo_at_", "nobody_at_"), &format!("{good}\n")] {
            assert!(matches!(world.domain.verify(&Secret::new(bad)).await, Ok(None)), "{bad}");
        }
    }

    async fn a_revoked_access_token_is_bad_at_once_and_takes_nothing_along(world) {
        let tokens = world.tokens().await;
        let refresh_token = tokens.refresh_token.unwrap();
        world.domain.revoke("demo", &tokens.access_token, &here()).await.unwrap();
        assert!(world.domain.verify(&tokens.access_token).await.unwrap().is_none());
        assert!(world.domain.introspect(&refresh_token).await.unwrap().is_some());
    }

    async fn a_revoked_refresh_token_takes_its_family_along(world) {
        let tokens = world.tokens().await;
        let refresh_token = tokens.refresh_token.unwrap();
        world.domain.revoke("demo", &refresh_token, &here()).await.unwrap();
        assert!(world.domain.verify(&tokens.access_token).await.unwrap().is_none());
        assert!(world.domain.introspect(&refresh_token).await.unwrap().is_none());
        world.domain.revoke("demo", &refresh_token, &here()).await.unwrap();
        let events = world.domain.events_of(tokens.identity.account, 100).await.unwrap();
        assert_eq!(events.iter().filter(|e| e.action == "grant.revoked").count(), 1);
    }

    async fn unknown_tokens_are_revoked_without_a_word_and_others_not_at_all(world) {
        let tokens = world.tokens().await;
        for unknown in [never_issued(), Secret::new("nonsense"), Secret::new("")] {
            assert!(world.domain.revoke("demo", &unknown, &here()).await.is_ok());
        }
        let other = world.domain.revoke("other", &tokens.access_token, &here()).await;
        assert!(matches!(other, Err(RevokeError::OtherApp)));
        assert!(world.domain.verify(&tokens.access_token).await.unwrap().is_some());
    }

    async fn the_database_holds_no_secret_and_shows_none(world) {
        let tokens = world.tokens().await;
        let shown = format!("{tokens:?}");
        let secrets = [tokens.access_token.clone(), tokens.refresh_token.clone().unwrap()];
        for secret in &secrets {
            assert!(!shown.contains(secret.expose()));
        }
        let events = format!("{:?}", world.domain.events_of(tokens.identity.account, 100).await.unwrap());
        for secret in &secrets {
            assert!(!events.contains(secret.expose()));
            assert!(!events.contains(&secret.expose()[8..20]));
        }
    }

    async fn expired_tokens_are_swept(world) {
        let tokens = world.tokens().await;
        world.clock.advance(Duration::from_hours(24 * 2));
        assert_eq!(world.domain.sweep().await.unwrap().tokens, 1);
        world.clock.advance(Duration::from_hours(24 * 365));
        assert_eq!(world.domain.sweep().await.unwrap().grants, 1);
        assert!(world.domain.introspect(&tokens.refresh_token.unwrap()).await.unwrap().is_none());
    }
}
