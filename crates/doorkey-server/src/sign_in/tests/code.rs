//! Exchanging an authorization code.

use std::time::Duration;

use doorkey_manifest::Secret;

use crate::{
    sign_in::{NewProof, RedeemCode, RedeemError, State, WayHome},
    testkit::{REDIRECT, device, here, loopback, on_both_engines, verifier},
};

fn redeem<'a>(code: &'a Secret, verifier: &'a Secret) -> RedeemCode<'a> {
    RedeemCode { app: "demo", code, code_verifier: Some(verifier), state: None, redirect_uri: Some(REDIRECT) }
}

on_both_engines! {
    async fn a_code_gives_tokens_for_the_one_who_approved(world) {
        let (started, verifier) = world.start_loopback().await;
        let person = world.person("ada").await;
        let code = world.code(&started, &person).await;
        let tokens = world.domain.redeem_code(redeem(&code, &verifier), &here()).await.unwrap();
        assert!(tokens.access_token.expose().starts_with("demo_at_"));
        assert!(tokens.refresh_token.as_ref().is_some_and(|t| t.expose().starts_with("demo_rt_")));
        assert_eq!(tokens.scopes, ["profile:read", "notes:write"]);
        assert_eq!(tokens.identity.email.as_deref(), Some("ada@example.com"));
        assert_eq!(tokens.identity.org.as_ref().map(|o| o.slug.as_str()), Some("ada"));
        assert_eq!(tokens.expires_in(world.domain.now()), Some(3600));
        let trail = ["sign_in.started", "sign_in.opened", "sign_in.approved", "sign_in.redeemed"];
        assert_eq!(world.trail(started.sign_in).await, trail);
    }

    async fn the_redirect_need_not_be_repeated_but_must_not_differ(world) {
        let (started, verifier) = world.start_loopback().await;
        let code = world.code(&started, &world.person("ada").await).await;
        for other in ["http://127.0.0.1:61024/callback", "http://127.0.0.1:61023/callback/", ""] {
            let with_other = RedeemCode { redirect_uri: Some(other), ..redeem(&code, &verifier) };
            let refused = world.domain.redeem_code(with_other, &here()).await;
            assert!(matches!(refused, Err(RedeemError::Invalid)), "{other}");
        }
        let without = RedeemCode { redirect_uri: None, ..redeem(&code, &verifier) };
        assert!(world.domain.redeem_code(without, &here()).await.is_ok());
    }

    async fn a_code_of_another_app_is_refused_and_stays_good(world) {
        let (started, verifier) = world.start_loopback().await;
        let code = world.code(&started, &world.person("ada").await).await;
        let other = RedeemCode { app: "other", ..redeem(&code, &verifier) };
        assert!(matches!(world.domain.redeem_code(other, &here()).await, Err(RedeemError::Invalid)));
        assert!(world.domain.redeem_code(redeem(&code, &verifier), &here()).await.is_ok());
    }

    async fn a_wrong_missing_or_malformed_verifier_is_refused_and_changes_nothing(world) {
        let (started, right) = world.start_loopback().await;
        let code = world.code(&started, &world.person("ada").await).await;
        let wrong = verifier();
        assert!(matches!(world.domain.redeem_code(redeem(&code, &wrong), &here()).await, Err(RedeemError::Invalid)));
        let without = RedeemCode { code_verifier: None, ..redeem(&code, &right) };
        assert!(matches!(world.domain.redeem_code(without, &here()).await, Err(RedeemError::Verifier)));
        for text in ["a".repeat(42), "a".repeat(129), format!("{}+", "a".repeat(43))] {
            let malformed = Secret::new(text);
            let refused = world.domain.redeem_code(redeem(&code, &malformed), &here()).await;
            assert!(matches!(refused, Err(RedeemError::Verifier)));
        }
        assert!(world.domain.redeem_code(redeem(&code, &right), &here()).await.is_ok());
    }

    async fn a_code_lives_a_minute(world) {
        let (started, verifier) = world.start_loopback().await;
        let code = world.code(&started, &world.person("ada").await).await;
        world.clock.advance(Duration::from_mins(1));
        assert!(matches!(world.domain.redeem_code(redeem(&code, &verifier), &here()).await, Err(RedeemError::Invalid)));
        assert_eq!(world.trail(started.sign_in).await.last().unwrap(), "sign_in.expired");
    }

    async fn a9_a_second_valid_exchange_ends_what_the_first_gave(world) {
        let (started, verifier) = world.start_loopback().await;
        let code = world.code(&started, &world.person("ada").await).await;
        let tokens = world.domain.redeem_code(redeem(&code, &verifier), &here()).await.unwrap();
        // Whoever has only the code can't end anything.
        let thief = crate::testkit::verifier();
        assert!(world.domain.redeem_code(redeem(&code, &thief), &here()).await.is_err());
        assert!(world.domain.verify(&tokens.access_token).await.unwrap().is_some());
        world.clock.advance(Duration::from_hours(1) - Duration::from_secs(1));
        assert!(matches!(world.domain.redeem_code(redeem(&code, &verifier), &here()).await, Err(RedeemError::Invalid)));
        assert!(world.domain.verify(&tokens.access_token).await.unwrap().is_none());
        assert!(world.domain.introspect(&tokens.refresh_token.unwrap()).await.unwrap().is_none());
        assert_eq!(world.trail(started.sign_in).await.last().unwrap(), "authorization_code.reused");
    }

    async fn a_verifier_where_there_was_no_challenge_is_refused(world) {
        let (state, none) = (verifier(), verifier());
        let new = crate::sign_in::NewSignIn {
            app: "parcel".to_owned(),
            proof: NewProof::State { state: state.clone() },
            ..loopback(&none)
        };
        let started = world.domain.start(new).await.unwrap();
        let code = world.code(&started, &world.person("ada").await).await;
        let with = |code_verifier, state| RedeemCode { app: "parcel", code: &code, code_verifier, state, redirect_uri: None };
        assert!(matches!(world.domain.redeem_code(with(Some(&none), Some(&state)), &here()).await, Err(RedeemError::Verifier)));
        assert!(matches!(world.domain.redeem_code(with(None, Some(&none)), &here()).await, Err(RedeemError::Invalid)));
        assert!(matches!(world.domain.redeem_code(with(None, None), &here()).await, Err(RedeemError::Invalid)));
        let tokens = world.domain.redeem_code(with(None, Some(&state)), &here()).await.unwrap();
        assert!(tokens.access_token.expose().starts_with("parcel_") && tokens.refresh_token.is_none());
        assert_eq!(tokens.expires_at, None);
    }

    async fn a_sign_in_that_polls_has_no_code(world) {
        let started = world.domain.start(device("demo")).await.unwrap();
        let person = world.person("ada").await;
        assert!(matches!(world.open_and_approve(&started, &person).await, WayHome::Poll));
        let row = world.domain.store.sign_in(started.sign_in).await.unwrap().unwrap();
        assert_eq!(row.state, State::Approved);
        let guess = started.device_code.unwrap();
        let without = RedeemCode { app: "demo", code: &guess, code_verifier: None, state: None, redirect_uri: None };
        assert!(matches!(world.domain.redeem_code(without, &here()).await, Err(RedeemError::Invalid)));
    }
}
