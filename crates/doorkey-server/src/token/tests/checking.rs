//! What an API's gateway asks for each request.

use std::{sync::Arc, time::Duration};

use doorkey_manifest::{Secret, TokenFormat};

use crate::{
    account::Session,
    asker::Asker,
    entropy::{Entropy, OsEntropy},
    org::NewOrg,
    plan::PlanHolder,
    store::OrgChange,
    testkit::{World, from, here, on_both_engines},
    token::{CheckError, Demand, Lifetime, NewKey, NewToken, NotGood, RevokeError},
};

impl World {
    async fn key(&self, asker: &Asker, new: NewKey<'_>) -> Secret {
        self.domain.create_key(asker, NewKey { app: "demo", name: "CI", ..new }).await.unwrap().secret
    }

    async fn acme(&self, session: &Session) -> (Asker, String) {
        let ada = self.asker(session);
        let org = self.domain.create_org(&ada, NewOrg { name: "Acme", slug: None }).await.unwrap();
        (ada, org.org.slug)
    }
}

fn demand<'a>(scopes: &[&'a str]) -> Demand<'a> {
    Demand { scopes: scopes.to_vec(), ..Demand::default() }
}

on_both_engines! {
    async fn a_good_token_passes_and_says_whose_it_is(world) {
        let (ada, org) = world.acme(&world.person("ada").await).await;
        let key = world.key(&ada, NewKey { org: &org, ..NewKey::default() }).await;
        let passed = world.domain.check(&key, &demand(&["notes:write"]), &here()).await.unwrap();
        assert_eq!((passed.name.as_deref(), passed.token.identity.name.as_str()), (Some("CI"), "Acme"));
        assert!(passed.rate.is_none(), "valid tokens have no limit unless somebody sets one");
        for _ in 0..2_000 {
            world.domain.check(&key, &Demand::default(), &here()).await.unwrap();
        }
    }

    async fn of_tokens_that_look_the_same_the_store_knows_whose_each_is(world) {
        let (ada, org) = world.acme(&world.person("ada").await).await;
        let new = |app| NewKey { app, org: &org, name: "CI", ..NewKey::default() };
        let one = world.domain.create_key(&ada, new("parcel")).await.unwrap().secret;
        let other = world.domain.create_key(&ada, new("twin")).await.unwrap().secret;
        let of = |app| Demand { app: Some(app), ..Demand::default() };
        for (token, app, foreign) in [(&one, "parcel", "twin"), (&other, "twin", "parcel")] {
            assert_eq!(world.domain.check(token, &of(app), &here()).await.unwrap().token.app, app);
            let refused = world.domain.check(token, &of(foreign), &here()).await.unwrap_err();
            assert!(matches!(refused, CheckError::NotGood(NotGood::Unknown)), "{refused}");
            let refused = world.domain.revoke(foreign, token, &here()).await.unwrap_err();
            assert!(matches!(refused, RevokeError::OtherApp), "{refused}");
        }
        world.domain.revoke("parcel", &one, &here()).await.unwrap();
        assert!(world.domain.report_leak(&other, "a gist", &here()).await.unwrap());
        for token in [&one, &other] {
            assert!(world.domain.verify(token).await.unwrap().is_none());
        }
    }

    async fn what_is_wrong_with_a_token_is_told_apart(world) {
        let (ada, org) = world.acme(&world.person("ada").await).await;
        let why = async |token: &Secret| match world.domain.check(token, &Demand::default(), &here()).await {
            Err(CheckError::NotGood(why)) => why,
            other => panic!("{other:?}"),
        };
        let never = TokenFormat::new("demo_live_").from_entropy(|bytes| OsEntropy.fill(bytes));
        assert_eq!(why(&never).await, NotGood::Unknown);
        assert_eq!(why(&Secret::new("demo_live_nonsense")).await, NotGood::Unknown);
        let lifetime = Lifetime::For(Duration::from_hours(1));
        let expired = world.key(&ada, NewKey { org: &org, lifetime, ..NewKey::default() }).await;
        let new = NewKey { app: "demo", org: &org, name: "CI", ..NewKey::default() };
        let revoked = world.domain.create_key(&ada, new).await.unwrap();
        world.domain.revoke_key(&ada, &org, revoked.token.id).await.unwrap();
        assert_eq!(why(&revoked.secret).await, NotGood::Revoked);
        world.clock.advance(Duration::from_hours(1));
        assert_eq!(why(&expired).await, NotGood::Expired);
        let refresh = world.tokens_of("cyd").await.refresh_token.unwrap();
        assert_eq!(why(&refresh).await, NotGood::Unknown, "a refresh token buys tokens and nothing else");
    }

    async fn scope_plan_address_and_app_are_demanded(world) {
        let (ada, org) = world.acme(&world.person("ada").await).await;
        let scopes = vec!["profile:read".to_owned(), "notes:train".to_owned()];
        let allow = vec!["192.0.2.0/29".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
        let key = world.key(&ada, NewKey { org: &org, scopes, allow, ..NewKey::default() }).await;
        let check = async |demand: Demand<'static>, n| world.domain.check(&key, &demand, &from(n)).await;
        assert!(check(demand(&["profile:read"]), 1).await.is_ok());
        assert!(matches!(check(demand(&["notes:write"]), 1).await, Err(CheckError::Scope(scope)) if scope == "notes:write"));
        assert!(matches!(check(Demand::default(), 8).await, Err(CheckError::Address(_))));
        let other = Demand { app: Some("other"), ..Demand::default() };
        assert!(matches!(check(other, 1).await, Err(CheckError::NotGood(NotGood::Unknown))));
        let Err(CheckError::Plan(needed)) = check(demand(&["notes:train"]), 1).await else { panic!("the plan doesn't reach") };
        assert_eq!((needed.app.as_str(), needed.plan.as_str()), ("demo", "pro"));

        world.domain.set_plan(PlanHolder::read(&org), Some("team"), None, &here()).await.unwrap();
        assert!(check(demand(&["notes:train"]), 1).await.is_ok(), "a plan counts on the next request");
        world.domain.set_plan(PlanHolder::read(&org), None, None, &here()).await.unwrap();
        assert!(check(demand(&["notes:train"]), 1).await.is_err());
        let gold = world.domain.set_plan(PlanHolder::read(&org), Some("gold"), None, &here()).await.unwrap_err();
        assert_eq!(gold.to_string(), "plan: no app knows a plan `gold`; known: free, pro, team");
        let nobody = world.domain.set_plan(PlanHolder::read("eve@example.com"), Some("pro"), None, &here()).await;
        assert!(nobody.is_err());
        world.domain.set_plan(PlanHolder::read("Ada@example.com"), Some("pro"), None, &here()).await.unwrap();
        let own = world.domain.memberships(ada.account).await.unwrap().remove(0);
        assert_eq!((own.personal, own.plan.as_deref()), (true, Some("pro")));
    }

    async fn a_billing_message_counts_once(world) {
        let (ada, org) = world.acme(&world.person("ada").await).await;
        let set = async |plan, id| world.domain.set_plan(PlanHolder::read(&org), plan, Some(id), &here()).await.unwrap();
        assert!(set(Some("pro"), "msg_1").await.is_some());
        assert!(set(None, "msg_2").await.is_some());
        assert!(set(Some("pro"), "msg_1").await.is_none(), "heard before");
        assert_eq!(world.domain.membership(&ada, &org).await.unwrap().plan, None);
    }

    async fn a_key_and_its_organization_have_limits_of_their_own(world) {
        let (ada, org) = world.acme(&world.person("ada").await).await;
        let own = world.key(&ada, NewKey { org: &org, rate_limit: Some(3), ..NewKey::default() }).await;
        let free = world.key(&ada, NewKey { org: &org, ..NewKey::default() }).await;
        for n in (0..3).rev() {
            let passed = world.domain.check(&own, &Demand::default(), &here()).await.unwrap();
            assert_eq!(passed.rate.unwrap().remaining, n);
        }
        let Err(CheckError::Limited(state)) = world.domain.check(&own, &Demand::default(), &here()).await else { panic!() };
        assert_eq!((state.limit, state.retry_after()), (3, Duration::from_secs(20)));
        assert!(world.domain.check(&free, &Demand::default(), &here()).await.is_ok());

        let change = OrgChange { rate_limit: Some(Some(2)), ..OrgChange::default() };
        world.domain.change_org(&ada, &org, change).await.unwrap();
        let new = NewToken { app: "demo", name: "x", org: Some(&org), ..NewToken::default() };
        let token = world.domain.create_personal_token(&ada, new).await.unwrap().secret;
        assert!(world.domain.check(&free, &Demand::default(), &here()).await.is_ok());
        assert!(world.domain.check(&token, &Demand::default(), &here()).await.is_ok());
        let third = world.domain.check(&free, &Demand::default(), &here()).await;
        assert!(matches!(third, Err(CheckError::Limited(state)) if state.limit == 2), "all of an organization's share it");
    }

    /// V3: whatever is verified while it is revoked, the request after the revocation is refused.
    async fn cve_2023_0091_a_revocation_is_seen_by_the_very_next_request(world) {
        let (ada, org) = world.acme(&world.person("ada").await).await;
        let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
        for _ in 0..40 {
            let new = NewKey { app: "demo", org: &org, name: "CI", ..NewKey::default() };
            let key = world.domain.create_key(&ada, new).await.unwrap();
            let readers: Vec<_> = (0..4).map(|_| {
                let (domain, secret, stop) = (Arc::clone(&world.domain), key.secret.clone(), Arc::clone(&stop));
                tokio::spawn(async move {
                    while !stop.load(std::sync::atomic::Ordering::SeqCst) {
                        domain.verify(&secret).await.unwrap();
                        // What was just looked up never waits; the others want to work, too.
                        tokio::task::yield_now().await;
                    }
                })
            }).collect();
            assert!(world.domain.verify(&key.secret).await.unwrap().is_some());
            world.domain.revoke_key(&ada, &org, key.token.id).await.unwrap();
            for _ in 0..20 {
                assert!(world.domain.verify(&key.secret).await.unwrap().is_none());
            }
            stop.store(true, std::sync::atomic::Ordering::SeqCst);
            for reader in readers {
                reader.await.unwrap();
            }
            stop.store(false, std::sync::atomic::Ordering::SeqCst);
        }
    }

    async fn another_replica_sees_a_revocation_within_a_second(world) {
        let (ada, org) = world.acme(&world.person("ada").await).await;
        let other = world.replica().await;
        let new = NewKey { app: "demo", org: &org, name: "CI", ..NewKey::default() };
        let key = world.domain.create_key(&ada, new).await.unwrap();
        assert!(other.verify(&key.secret).await.unwrap().is_some());
        world.domain.revoke_key(&ada, &org, key.token.id).await.unwrap();
        world.clock.advance(Duration::from_secs(1));
        assert!(other.verify(&key.secret).await.unwrap().is_none());
    }
}

impl World {
    /// The tokens that a device sign-in of this new person gives.
    async fn tokens_of(&self, name: &str) -> crate::token::IssuedTokens {
        let (started, person) = (self.start_device().await, self.person(name).await);
        self.open_and_approve(&started, &person).await;
        match self.poll(&started).await {
            crate::sign_in::Poll::Redeemed(tokens) => *tokens,
            other => panic!("expected tokens, got {other:?}"),
        }
    }
}
