//! Random sequences of what people, tools and time do, against a model that is too simple to be wrong.

use std::time::Duration;

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngSeed, TestRunner},
};

use crate::{
    account::Session,
    sign_in::{Poll, RedeemCode, Started, State},
    testkit::{REDIRECT, World, device_proof, here, on_both_engines},
};

/// How many sequences are tried on each engine.
const SEQUENCES: u32 = 48;

#[derive(Debug, Clone, Copy)]
enum Step {
    Open(usize),
    Approve(usize),
    Deny(usize),
    Poll,
    PollAsOther,
    Redeem,
    RedeemWrongly,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0_usize..3).prop_map(Step::Open),
        3 => (0_usize..3).prop_map(Step::Approve),
        1 => (0_usize..3).prop_map(Step::Deny),
        4 => Just(Step::Poll),
        1 => Just(Step::PollAsOther),
        3 => Just(Step::Redeem),
        1 => Just(Step::RedeemWrongly),
        2 => prop_oneof![Just(1_u64), Just(30), Just(61), Just(300), Just(601)].prop_map(Step::Wait),
    ]
}

/// What must be true of one sign-in.
#[derive(Debug)]
struct Model {
    state: State,
    owner: Option<usize>,
    expires_at: u64,
    now: u64,
    trail: Vec<&'static str>,
    alive: bool,
}

impl Model {
    fn new() -> Self {
        Self {
            state: State::Pending,
            owner: None,
            expires_at: 600,
            now: 0,
            trail: vec!["sign_in.started"],
            alive: false,
        }
    }

    fn over(&self) -> bool {
        self.now >= self.expires_at
    }

    /// Whoever looks at what ran out writes that down.
    fn notice(&mut self) {
        if self.over() && matches!(self.state, State::Pending | State::Approved) {
            self.state = State::Expired;
            self.trail.push("sign_in.expired");
        }
    }

    fn open(&mut self, who: usize) -> bool {
        if self.state == State::Pending {
            self.notice();
        }
        if self.state != State::Pending {
            return false;
        }
        if self.owner.is_none() {
            self.owner = Some(who);
            self.trail.push("sign_in.opened");
        }
        self.owner == Some(who)
    }

    fn decide(&mut self, who: usize, state: State, redirect: bool) -> bool {
        if self.state == State::Pending {
            self.notice();
        }
        if self.state != State::Pending || self.owner != Some(who) {
            return false;
        }
        self.state = state;
        self.trail.push(if state == State::Approved { "sign_in.approved" } else { "sign_in.denied" });
        if state == State::Approved {
            self.expires_at = if redirect { self.now + 60 } else { self.expires_at.max(self.now + 60) };
        }
        true
    }

    /// Whether the tool gets its tokens now.
    fn redeem(&mut self) -> bool {
        if self.state != State::Approved {
            return false;
        }
        self.notice();
        if self.state == State::Approved {
            self.state = State::Redeemed;
            self.trail.push("sign_in.redeemed");
            self.alive = true;
            return true;
        }
        false
    }
}

fn sequences() -> Vec<Vec<Step>> {
    let config = Config { rng_seed: RngSeed::Fixed(0x00d0_0123), ..Config::default() };
    let mut runner = TestRunner::new(config);
    let strategy = proptest::collection::vec(step(), 1..24);
    (0..SEQUENCES).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

on_both_engines! {
    async fn a_device_sign_in_is_what_the_model_says(world) {
        let people = people(world).await;
        for steps in sequences() {
            let started = world.start_device().await;
            let mut model = Model::new();
            for (at, step) in steps.iter().enumerate() {
                device_step(world, &people, &started, &mut model, *step).await;
                check(world, &started, &model, &steps[..=at]).await;
            }
        }
    }

    async fn a_loopback_sign_in_is_what_the_model_says(world) {
        let people = people(world).await;
        for steps in sequences() {
            let (started, verifier) = world.start_loopback().await;
            let (mut model, mut code, mut tokens) = (Model::new(), None, None);
            for (at, step) in steps.iter().enumerate() {
                match *step {
                    Step::Redeem => {
                        let Some(code) = &code else { continue };
                        let redeem = RedeemCode {
                            app: "demo", code, code_verifier: Some(&verifier), state: None, redirect_uri: Some(REDIRECT),
                        };
                        if model.state == State::Redeemed && model.alive {
                            model.alive = false;
                            model.trail.push("authorization_code.reused");
                        }
                        let got = world.domain.redeem_code(redeem, &here()).await;
                        assert_eq!(got.is_ok(), model.redeem(), "{steps:?}");
                        tokens = tokens.or(got.ok());
                    }
                    Step::RedeemWrongly => {
                        let Some(code) = &code else { continue };
                        let wrong = crate::testkit::verifier();
                        let redeem = RedeemCode {
                            app: "demo", code, code_verifier: Some(&wrong), state: None, redirect_uri: Some(REDIRECT),
                        };
                        assert!(world.domain.redeem_code(redeem, &here()).await.is_err());
                    }
                    Step::Approve(who) => {
                        let approved = world.domain.approve(&started.approval_id, &people[who], None, &here()).await;
                        assert_eq!(approved.is_ok(), model.decide(who, State::Approved, true), "{steps:?}");
                        if let Ok(decided) = approved
                            && let crate::sign_in::WayHome::Redirect { code: given, .. } = decided.way_home
                        {
                            code = given;
                        }
                    }
                    Step::Poll | Step::PollAsOther => {}
                    other => device_step(world, &people, &started, &mut model, other).await,
                }
                check(world, &started, &model, &steps[..=at]).await;
                if let Some(tokens) = &tokens
                    && model.now < 3_600
                {
                    let good = world.domain.verify(&tokens.access_token).await.unwrap().is_some();
                    assert!(good == model.alive || !good && tokens.expires_at <= Some(world.domain.now()), "{steps:?}");
                }
            }
        }
    }
}

async fn people(world: &World) -> [Session; 3] {
    let ada = world.person("ada").await;
    // The second is the same person in another browser, the third is somebody else.
    [ada.clone(), world.other_browser(&ada).await, world.person("eve").await]
}

async fn device_step(world: &World, people: &[Session; 3], started: &Started, model: &mut Model, step: Step) {
    match step {
        Step::Open(who) => {
            let opened = world.domain.open(&started.approval_id, &people[who], &here()).await;
            assert_eq!(opened.is_ok(), model.open(who), "{step:?} {model:?}");
        }
        Step::Approve(who) => {
            let approved = world.domain.approve(&started.approval_id, &people[who], None, &here()).await;
            assert_eq!(approved.is_ok(), model.decide(who, State::Approved, false), "{step:?} {model:?}");
        }
        Step::Deny(who) => {
            let denied = world.domain.deny(&started.approval_id, &people[who], &here()).await;
            assert_eq!(denied.is_ok(), model.decide(who, State::Denied, false), "{step:?} {model:?}");
        }
        Step::Poll => {
            let before = model.state;
            if before == State::Pending {
                model.notice();
            }
            let redeems = model.redeem();
            match world.poll(started).await {
                Poll::Redeemed(_) => assert!(redeems, "{model:?}"),
                Poll::Pending { .. } | Poll::SlowDown { .. } => assert_eq!(model.state, State::Pending),
                Poll::Denied => assert_eq!(model.state, State::Denied),
                Poll::Expired => assert_eq!(model.state, State::Expired),
                Poll::Unknown => assert!(before == State::Redeemed, "{model:?}"),
            }
        }
        Step::PollAsOther => {
            let found = world.domain.poll("other", &device_proof(started), &here()).await.unwrap();
            assert!(matches!(found, Poll::Unknown));
        }
        Step::Wait(seconds) => {
            world.clock.advance(Duration::from_secs(seconds));
            model.now += seconds;
        }
        Step::Redeem | Step::RedeemWrongly => {}
    }
}

async fn check(world: &World, started: &Started, model: &Model, steps: &[Step]) {
    let row = world.domain.store.sign_in(started.sign_in).await.unwrap().unwrap();
    assert_eq!(row.state, model.state, "{steps:?}");
    let trail = world.trail(started.sign_in).await;
    // The browser sessions of the test end after days of waiting, which the model doesn't know; it never waits so long.
    assert_eq!(trail, model.trail, "{steps:?}");
}
