//! What published tools of old products need: a browser that only goes by, a credential that goes home itself, a session
//! that begins with nothing.

use doorkey_manifest::Secret;

use crate::{
    sign_in::{NewProof, NewSignIn, Poll, PollProof, RedeemCode, RedeemError, State, Way, WayHome},
    testkit::{REDIRECT, device, here, loopback, on_both_engines, verifier},
};

const GOES_BY: &str = "http://localhost:4000/callback?state=f0";

fn goes_by() -> NewSignIn {
    NewSignIn { redirect_uri: Some(GOES_BY.to_owned()), ..device("demo") }
}

fn legacy(state: &Secret) -> NewSignIn {
    let proof = NewProof::State { state: state.clone() };
    NewSignIn {
        app: "parcel".to_owned(),
        proof,
        client_state: Some(state.expose().to_owned()),
        legacy: true,
        ..loopback(state)
    }
}

on_both_engines! {
    async fn a_browser_goes_by_with_nothing_and_the_tool_polls(world) {
        let (started, ada) = (world.domain.start(goes_by()).await.unwrap(), world.person("ada").await);
        let WayHome::GoBy { redirect_uri } = world.open_and_approve(&started, &ada).await else { panic!() };
        assert_eq!(redirect_uri, GOES_BY);
        let row = world.domain.store.sign_in(started.sign_in).await.unwrap().unwrap();
        assert_eq!((row.state, row.expires_at), (State::Approved, started.expires_at), "as if it had no address");
        assert!(matches!(world.poll(&started).await, Poll::Redeemed(_)));
    }

    async fn a_browser_goes_nowhere_when_the_person_says_no(world) {
        let (started, ada) = (world.domain.start(goes_by()).await.unwrap(), world.person("ada").await);
        world.domain.open(&started.approval_id, &ada, &here()).await.unwrap();
        let decided = world.domain.deny(&started.approval_id, &ada, &here()).await.unwrap();
        assert!(matches!(decided.way_home, WayHome::Poll));
        assert!(matches!(world.poll(&started).await, Poll::Denied));
    }

    async fn a_credential_goes_home_itself_and_the_sign_in_is_over(world) {
        let (state, ada) = (verifier(), world.person("ada").await);
        let started = world.domain.start(legacy(&state)).await.unwrap();
        let view = world.domain.open(&started.approval_id, &ada, &here()).await.unwrap();
        assert_eq!(view.comparison, None, "the terminal shows none");
        let decided = world.domain.approve(&started.approval_id, &ada, None, &here()).await.unwrap();
        let WayHome::Legacy { redirect_uri, tokens, state: back } = &decided.way_home else { panic!() };
        assert_eq!((redirect_uri.as_str(), back.as_deref()), (REDIRECT, Some(state.expose())));
        assert!(!format!("{decided:?}").contains(tokens.access_token.expose()), "it is shown to nobody else");
        let verified = world.domain.verify(&tokens.access_token).await.unwrap().unwrap();
        assert_eq!((verified.app.as_str(), verified.from_sign_in), ("parcel", true));
        assert_eq!(verified.identity.account, ada.account.id);
        let row = world.domain.store.sign_in(started.sign_in).await.unwrap().unwrap();
        assert_eq!(row.state, State::Redeemed);
        let trail = world.trail(started.sign_in).await;
        assert_eq!(trail[1..], ["sign_in.opened", "sign_in.redeemed", "sign_in.approved"]);
        let again = world.domain.approve(&started.approval_id, &ada, None, &here()).await;
        assert!(again.is_err(), "once and not twice");
    }

    async fn a_tool_that_takes_the_credential_is_not_told_of_a_refusal(world) {
        let (state, ada) = (verifier(), world.person("ada").await);
        let started = world.domain.start(legacy(&state)).await.unwrap();
        world.domain.open(&started.approval_id, &ada, &here()).await.unwrap();
        let decided = world.domain.deny(&started.approval_id, &ada, &here()).await.unwrap();
        assert!(matches!(decided.way_home, WayHome::Poll));
        let row = world.domain.store.sign_in(started.sign_in).await.unwrap().unwrap();
        assert_eq!(row.state, State::Denied);
        let code = RedeemCode { app: "parcel", code: &state, code_verifier: None, state: Some(&state), redirect_uri: None };
        assert!(matches!(world.domain.redeem_code(code, &here()).await, Err(RedeemError::Invalid)));
    }

    async fn a_session_may_begin_with_nothing_secret(world) {
        let new = NewSignIn { app: "parcel".to_owned(), way: Way::Session, ..device("demo") };
        let (started, ada) = (world.domain.start(new).await.unwrap(), world.person("ada").await);
        assert_eq!(started.user_code, None, "nothing is typed");
        let view = world.domain.open(&started.approval_id, &ada, &here()).await.unwrap();
        assert!(view.comparison.is_some() && view.comparison == started.comparison);
        world.domain.approve(&started.approval_id, &ada, None, &here()).await.unwrap();
        let code = started.device_code.unwrap();
        let with_state = PollProof::State { session_code: code.clone(), state: verifier() };
        assert!(matches!(world.domain.poll("parcel", &with_state, &here()).await.unwrap(), Poll::Unknown));
        let proof = PollProof::DeviceSecret { device_code: code };
        assert!(matches!(world.domain.poll("parcel", &proof, &here()).await.unwrap(), Poll::Redeemed(_)));
    }
}
