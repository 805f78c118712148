//! Typing a code by hand.

use std::time::Duration;

use crate::{
    sign_in::{CodeError, OpenError},
    testkit::{from, here, on_both_engines},
};

on_both_engines! {
    async fn a_code_is_typed_in_any_way_and_opens_the_sign_in(world) {
        let (started, person) = (world.start_device().await, world.person("ada").await);
        let typed = format!("  {} ", started.user_code.clone().unwrap().to_lowercase().replace('-', " "));
        let approval_id = world.domain.by_user_code(&typed, &person, &here()).await.unwrap();
        assert_eq!(approval_id, started.approval_id);
        assert_eq!(world.trail(started.sign_in).await, ["sign_in.started", "sign_in.opened"]);
        let other = world.domain.by_user_code(&typed, &world.person("eve").await, &here()).await;
        assert!(matches!(other, Err(CodeError::Open(OpenError::OtherAccount))));
    }

    async fn a_code_of_what_has_ended_is_unknown(world) {
        let person = world.person("ada").await;
        let (decided, expired) = (world.start_device().await, world.start_device().await);
        world.open_and_approve(&decided, &person).await;
        let code = decided.user_code.unwrap();
        assert!(matches!(world.domain.by_user_code(&code, &person, &here()).await, Err(CodeError::Unknown)));
        world.clock.advance(Duration::from_mins(10));
        let code = expired.user_code.unwrap();
        assert!(matches!(world.domain.by_user_code(&code, &person, &here()).await, Err(CodeError::Unknown)));
    }

    async fn after_five_wrong_codes_an_account_has_to_wait(world) {
        let (started, person) = (world.start_device().await, world.person("ada").await);
        let right = started.user_code.unwrap();
        for n in 0..5 {
            // From ever different addresses, which doesn't help.
            let wrong = world.domain.by_user_code("BBBB-BBBB", &person, &from(n)).await;
            assert!(matches!(wrong, Err(CodeError::Unknown)), "{n}");
        }
        let blocked = world.domain.by_user_code(&right, &person, &from(99)).await;
        let Err(CodeError::Throttled(throttled)) = blocked else { panic!("{blocked:?}") };
        assert_eq!(throttled.retry_after, Duration::from_mins(10));
        // Another person at an address of their own isn't concerned.
        assert!(world.domain.by_user_code(&right, &world.person("eve").await, &from(100)).await.is_ok());
    }

    async fn after_five_wrong_codes_an_address_has_to_wait(world) {
        for n in 0..5 {
            let person = world.person(&format!("person{n}")).await;
            let wrong = world.domain.by_user_code("BBBB-BBBB", &person, &here()).await;
            assert!(matches!(wrong, Err(CodeError::Unknown)), "{n}");
        }
        let blocked = world.domain.by_user_code("BBBB-BBBB", &world.person("last").await, &here()).await;
        assert!(matches!(blocked, Err(CodeError::Throttled(_))));
    }

    async fn right_codes_are_not_counted(world) {
        let person = world.person("ada").await;
        for _ in 0..20 {
            let code = world.start_device().await.user_code.unwrap();
            world.domain.by_user_code(&code, &person, &here()).await.unwrap();
        }
    }

    async fn while_somebody_guesses_a_code_is_good_only_where_the_tool_is(world) {
        let person = world.person("ada").await;
        // Guesses from everywhere by everybody, without the cost of making so many accounts.
        let overall = crate::throttle::user_code(&world.domain.keys, person.account.id, here().address).overall;
        while world.domain.charge(&overall).await.unwrap().is_none() {}
        let (near, far) = (world.start_device().await, world.start_device().await);
        let far = world.domain.by_user_code(&far.user_code.unwrap(), &person, &from(2)).await;
        assert!(matches!(far, Err(CodeError::Unknown)));
        assert!(world.domain.by_user_code(&near.user_code.unwrap(), &person, &here()).await.is_ok());
    }
}
