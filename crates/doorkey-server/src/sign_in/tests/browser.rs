//! Who may decide, and when.

use std::time::Duration;

use doorkey_manifest::Secret;

use crate::{
    account::Credentials,
    asker::{MANAGE_LIFETIME, MANAGE_SCOPE},
    sign_in::{DecideError, NewSignIn, OpenError, Poll, StartError, State, Way, WayHome},
    testkit::{PASSWORD, REDIRECT, device, here, loopback, on_both_engines, verifier},
};

on_both_engines! {
    async fn a_person_sees_what_the_tool_asks_for(world) {
        let (started, person) = (world.start_device().await, world.person("ada").await);
        let view = world.domain.open(&started.approval_id, &person, &here()).await.unwrap();
        assert_eq!(view.app, "demo");
        assert_eq!(view.scopes, ["profile:read", "notes:write"]);
        assert_eq!(view.host_name.as_deref(), Some("laptop"));
        assert_eq!(view.address, "192.0.2.1");
        assert_eq!(view.comparison, started.user_code);
        assert_eq!(view.orgs[0].slug, "ada");
        let again = world.domain.open(&started.approval_id, &person, &here()).await.unwrap();
        assert_eq!(again.sign_in, view.sign_in);
        assert_eq!(world.trail(view.sign_in).await, ["sign_in.started", "sign_in.opened"], "opening it twice is once");
    }

    async fn terminal_and_page_show_the_same_code(world) {
        let (started, _) = world.start_loopback().await;
        let person = world.person("ada").await;
        let view = world.domain.open(&started.approval_id, &person, &here()).await.unwrap();
        assert_eq!(view.comparison, started.comparison);
    }

    async fn approving_a_loopback_sign_in_sends_a_code_home(world) {
        let (started, _) = world.start_loopback().await;
        let person = world.person("ada").await;
        let WayHome::Redirect { redirect_uri, code, state } = world.open_and_approve(&started, &person).await else {
            panic!("the browser must go home");
        };
        assert_eq!(redirect_uri, REDIRECT);
        assert_eq!(state.as_deref(), Some("as it came: %20+&"));
        assert!(code.is_some_and(|c| c.expose().len() >= 43));
    }

    async fn denying_sends_no_code_home(world) {
        let (started, _) = world.start_loopback().await;
        let person = world.person("ada").await;
        world.domain.open(&started.approval_id, &person, &here()).await.unwrap();
        let decided = world.domain.deny(&started.approval_id, &person, &here()).await.unwrap();
        assert!(matches!(decided.way_home, WayHome::Redirect { code: None, state: Some(_), .. }));
        assert_eq!(world.trail(started.sign_in).await.last().unwrap(), "sign_in.denied");
    }

    async fn cve_2026_45337_another_session_can_not_decide(world) {
        let started = world.start_device().await;
        let (ada, eve) = (world.person("ada").await, world.person("eve").await);
        let adas_other = world.other_browser(&ada).await;
        // Nobody has opened it: then nobody can decide it, either.
        let unopened = world.domain.approve(&started.approval_id, &eve, None, &here()).await;
        assert!(unopened.is_err());
        world.domain.open(&started.approval_id, &ada, &here()).await.unwrap();
        let opened = world.domain.open(&started.approval_id, &eve, &here()).await;
        assert!(matches!(opened, Err(OpenError::OtherAccount)));
        for session in [&eve, &adas_other] {
            let approved = world.domain.approve(&started.approval_id, session, None, &here()).await;
            assert!(matches!(approved, Err(DecideError::Open(OpenError::OtherAccount | OpenError::OtherBrowser))));
            let denied = world.domain.deny(&started.approval_id, session, &here()).await;
            assert!(matches!(denied, Err(DecideError::Open(OpenError::OtherAccount | OpenError::OtherBrowser))));
        }
        assert!(matches!(world.poll(&started).await, Poll::Pending { .. }));
        world.domain.approve(&started.approval_id, &ada, None, &here()).await.unwrap();
        assert!(matches!(world.poll(&started).await, Poll::Redeemed(_)));
    }

    async fn it_is_decided_once(world) {
        let (started, person) = (world.start_device().await, world.person("ada").await);
        world.open_and_approve(&started, &person).await;
        let again = world.domain.approve(&started.approval_id, &person, None, &here()).await;
        assert!(matches!(again, Err(DecideError::Open(OpenError::Decided(State::Approved)))));
        let regret = world.domain.deny(&started.approval_id, &person, &here()).await;
        assert!(matches!(regret, Err(DecideError::Open(OpenError::Decided(State::Approved)))));
        let back = world.domain.open(&started.approval_id, &person, &here()).await;
        assert!(matches!(back, Err(OpenError::Decided(State::Approved))));
        let stranger = world.domain.open(&started.approval_id, &world.person("eve").await, &here()).await;
        assert!(matches!(stranger, Err(OpenError::OtherAccount)));
    }

    async fn what_has_expired_can_not_be_decided(world) {
        let (started, person) = (world.start_device().await, world.person("ada").await);
        world.domain.open(&started.approval_id, &person, &here()).await.unwrap();
        world.clock.advance(Duration::from_mins(10));
        let late = world.domain.approve(&started.approval_id, &person, None, &here()).await;
        assert!(matches!(late, Err(DecideError::Open(OpenError::Expired))));
        assert!(matches!(world.poll(&started).await, Poll::Expired));
        assert_eq!(world.trail(started.sign_in).await, ["sign_in.started", "sign_in.opened", "sign_in.expired"]);
    }

    async fn a_session_that_ended_decides_nothing(world) {
        let (started, person) = (world.start_device().await, world.person("ada").await);
        world.domain.open(&started.approval_id, &person, &here()).await.unwrap();
        world.domain.sign_out(&person, &here()).await.unwrap();
        assert!(world.domain.approve(&started.approval_id, &person, None, &here()).await.is_err());
        assert!(world.domain.open(&started.approval_id, &person, &here()).await.is_err());
        assert!(matches!(world.poll(&started).await, Poll::Pending { .. }));
    }

    async fn who_opened_it_with_the_wrong_account_signs_out_and_opens_it_with_the_right_one(world) {
        let started = world.start_device().await;
        let (wrong, right) = (world.person("work").await, world.person("home").await);
        world.domain.open(&started.approval_id, &wrong, &here()).await.unwrap();
        // The same browser signs in with the other account, which ends the first session.
        let typed = Credentials { email: right.account.email.clone(), password: Secret::new(PASSWORD) };
        let right = world.domain.authenticate(typed, Some(&wrong), &here()).await.unwrap().session;
        world.open_and_approve(&started, &right).await;
        let Poll::Redeemed(tokens) = world.poll(&started).await else { panic!("it was approved") };
        assert_eq!(tokens.identity.account, right.account.id);
        assert_eq!(world.trail(started.sign_in).await[1..4], ["sign_in.opened", "sign_in.released", "sign_in.opened"]);
    }

    async fn the_claim_survives_a_new_secret(world) {
        let (started, person) = (world.start_device().await, world.person("ada").await);
        world.domain.open(&started.approval_id, &person, &here()).await.unwrap();
        let typed = Credentials { email: person.account.email.clone(), password: Secret::new(PASSWORD) };
        let renewed = world.domain.authenticate(typed, Some(&person), &here()).await.unwrap().session;
        assert!(world.domain.approve(&started.approval_id, &renewed, None, &here()).await.is_ok());
    }

    async fn only_an_organization_of_ones_own_can_be_chosen(world) {
        let started = world.start_device().await;
        let (ada, eve) = (world.person("ada").await, world.person("eve").await);
        world.domain.open(&started.approval_id, &ada, &here()).await.unwrap();
        let eves = world.domain.orgs(eve.account.id).await.unwrap()[0].id;
        let approved = world.domain.approve(&started.approval_id, &ada, Some(eves), &here()).await;
        assert!(matches!(approved, Err(DecideError::Org)));
        assert!(matches!(world.poll(&started).await, Poll::Pending { .. }));
    }

    async fn a_made_up_name_is_unknown(world) {
        let (started, person) = (world.start_device().await, world.person("ada").await);
        for name in ["", "x", &started.sign_in.to_string(), started.device_code.as_ref().unwrap().expose()] {
            let opened = world.domain.open(name, &person, &here()).await;
            assert!(matches!(opened, Err(OpenError::Unknown)));
        }
    }

    async fn what_an_app_does_not_offer_does_not_begin(world) {
        let start = async |new| world.domain.start(new).await.unwrap_err();
        assert!(matches!(start(device("nobody")).await, StartError::UnknownApp));
        assert!(matches!(start(device("parcel")).await, StartError::Way(Way::Device)));
        let mut new = device("demo");
        new.scopes = vec!["profile:read".to_owned(), "everything".to_owned()];
        assert!(matches!(start(new).await, StartError::Scope(scope) if scope == "everything"));
        let mut new = loopback(&verifier());
        new.redirect_uri = None;
        assert!(matches!(start(new).await, StartError::Proof));
        let mut new = loopback(&verifier());
        new.proof = crate::sign_in::NewProof::Pkce { code_challenge: "short".to_owned() };
        assert!(matches!(start(new).await, StartError::Challenge));
    }

    async fn w7_a_tool_that_would_make_keys_is_let_in_only_with_a_password_typed_just_now(world) {
        let person = world.person("ada").await;
        world.clock.advance(MANAGE_LIFETIME);
        let new = NewSignIn { scopes: vec![MANAGE_SCOPE.to_owned()], ..device("demo") };
        let started = world.domain.start(new).await.unwrap();
        world.domain.open(&started.approval_id, &person, &here()).await.unwrap();
        let stale = world.domain.approve(&started.approval_id, &person, None, &here()).await;
        assert!(matches!(stale, Err(DecideError::StepUp)), "{stale:?}");
        let typed = Credentials { email: person.account.email.clone(), password: Secret::new(PASSWORD) };
        let fresh = world.domain.authenticate(typed, Some(&person), &here()).await.unwrap().session;
        world.domain.approve(&started.approval_id, &fresh, None, &here()).await.unwrap();
        world.clock.advance(MANAGE_LIFETIME);
        let plain = world.start_device().await;
        world.open_and_approve(&plain, &fresh).await;
    }
}
