//! Personal access tokens and keys: made, shown once, replaced with an overlap, ended.

use std::time::Duration;

use doorkey_manifest::Secret;

use crate::{
    asker::{Asker, Refusal},
    org::NewOrg,
    store::OrgChange,
    testkit::{World, from, on_both_engines},
    token::{Demand, HandedOut, Lifetime, NewKey, NewToken, Rotation, Status, TokenKind},
};

const DAY: Duration = Duration::from_hours(24);

impl World {
    async fn token(&self, asker: &Asker, lifetime: Lifetime) -> HandedOut {
        let new = NewToken { app: "demo", name: "CI / CD", lifetime, ..NewToken::default() };
        self.domain.create_personal_token(asker, new).await.unwrap()
    }

    async fn works(&self, token: &Secret) -> bool {
        self.domain.verify(token).await.unwrap().is_some()
    }
}

on_both_engines! {
    async fn a_token_is_shown_once_and_kept_as_a_hash(world) {
        let ada = world.asker(&world.person("ada").await);
        let made = world.token(&ada, Lifetime::Usual).await;
        let secret = made.secret.expose().to_owned();
        assert!(secret.starts_with("demo_pat_"));
        assert_eq!((made.token.start.as_str(), made.token.last_four.as_str()), (&secret[..13], &secret[secret.len() - 4..]));
        assert_eq!(made.token.expires_at, Some(world.domain.now().plus(30 * DAY)));
        assert_eq!((made.token.kind, made.token.status), (TokenKind::Personal, Status::Active));
        assert_eq!(world.domain.personal_tokens(&ada).await.unwrap(), std::slice::from_ref(&made.token));
        assert!(!format!("{made:?}").contains(&secret));
        let found = world.domain.verify(&made.secret).await.unwrap().unwrap();
        assert_eq!((found.identity.account, found.kind), (ada.account, TokenKind::Personal));
        assert_eq!(found.scopes, ["profile:read", "notes:write"]);
        let trail = format!("{:?}", world.domain.events_of(ada.account, 50).await.unwrap());
        assert!(trail.contains("token.created") && !trail.contains(&secret));
    }

    async fn a_revoked_token_is_refused_at_once_and_for_good(world) {
        let ada = world.asker(&world.person("ada").await);
        let made = world.token(&ada, Lifetime::Unending).await;
        assert!(world.works(&made.secret).await);
        world.domain.revoke_personal_token(&ada, made.token.id).await.unwrap();
        assert!(!world.works(&made.secret).await);
        let rotated = world.domain.rotate_personal_token(&ada, made.token.id, Rotation::default()).await;
        assert!(matches!(rotated, Err(Refusal::Conflict(_))), "{rotated:?}");
        world.domain.revoke_personal_token(&ada, made.token.id).await.unwrap();
        let statuses: Vec<_> = world.domain.personal_tokens(&ada).await.unwrap().into_iter().map(|t| t.status).collect();
        assert_eq!(statuses, [Status::Revoked]);
    }

    async fn a_replaced_token_works_until_its_overlap_ends(world) {
        let ada = world.asker(&world.person("ada").await);
        let old = world.token(&ada, Lifetime::For(10 * DAY)).await;
        world.clock.advance(Duration::from_mins(5));
        let rotation = Rotation { overlap: Duration::from_hours(1), lifetime: Lifetime::Usual };
        let new = world.domain.rotate_personal_token(&ada, old.token.id, rotation).await.unwrap();
        assert_eq!((new.token.id, new.token.name.as_str()), (old.token.id, "CI / CD"));
        assert_eq!(new.token.expires_at, Some(world.domain.now().plus(10 * DAY)), "as long as the old one");
        assert_eq!(new.token.overlap_ends_at, Some(world.domain.now().plus(Duration::from_hours(1))));
        assert!(world.works(&old.secret).await && world.works(&new.secret).await);
        world.clock.advance(Duration::from_hours(1));
        assert!(!world.works(&old.secret).await && world.works(&new.secret).await);
        assert_eq!(world.domain.personal_tokens(&ada).await.unwrap()[0].overlap_ends_at, None);
        let last = world.domain.rotate_personal_token(&ada, old.token.id, Rotation::default()).await.unwrap();
        assert!(!world.works(&new.secret).await && world.works(&last.secret).await);
        world.domain.revoke_personal_token(&ada, old.token.id).await.unwrap();
        assert!(!world.works(&last.secret).await);
    }

    async fn revoking_ends_what_still_overlaps(world) {
        let ada = world.asker(&world.person("ada").await);
        let old = world.token(&ada, Lifetime::Unending).await;
        let rotation = Rotation { overlap: DAY, ..Rotation::default() };
        let new = world.domain.rotate_personal_token(&ada, old.token.id, rotation).await.unwrap();
        world.domain.revoke_personal_token(&ada, old.token.id).await.unwrap();
        assert!(!world.works(&old.secret).await && !world.works(&new.secret).await);
    }

    async fn a_token_lives_no_longer_than_its_organization_allows(world) {
        let ada = world.asker(&world.person("ada").await);
        let org = world.domain.create_org(&ada, NewOrg { name: "Acme", slug: None }).await.unwrap().org.slug;
        let change = OrgChange { longest_token: Some(Some(7 * DAY)), ..OrgChange::default() };
        world.domain.change_org(&ada, &org, change).await.unwrap();
        let new = |lifetime| NewToken { app: "demo", name: "x", org: Some(&org), lifetime, ..NewToken::default() };
        for lifetime in [Lifetime::Unending, Lifetime::For(8 * DAY)] {
            let refused = world.domain.create_personal_token(&ada, new(lifetime)).await.unwrap_err();
            assert_eq!(refused.to_string(), "expires_in: it must end within 7 days");
        }
        let made = world.domain.create_personal_token(&ada, new(Lifetime::Usual)).await.unwrap();
        assert_eq!(made.token.expires_at, Some(world.domain.now().plus(7 * DAY)));
        let longer = Rotation { lifetime: Lifetime::Unending, ..Rotation::default() };
        assert!(world.domain.rotate_personal_token(&ada, made.token.id, longer).await.is_err());
        assert!(world.works(&made.secret).await, "nothing was replaced");
        world.clock.advance(7 * DAY);
        assert!(!world.works(&made.secret).await);
        assert_eq!(world.domain.personal_tokens(&ada).await.unwrap()[0].status, Status::Expired);
    }

    async fn what_can_not_be_made_is_refused_and_named(world) {
        let ada = world.asker(&world.person("ada").await);
        let new = NewToken { app: "demo", name: "x", ..NewToken::default() };
        let cases = [
            (NewToken { app: "nothing", ..new.clone() }, "there is no such app"),
            (NewToken { name: " ", ..new.clone() }, "name: give it a name"),
            (NewToken { scopes: vec!["doorkey:manage".to_owned()], ..new.clone() }, "scopes: demo has no scope `doorkey:manage`; it has: profile:read, notes:write, notes:train"),
            (NewToken { lifetime: Lifetime::For(Duration::from_secs(59)), ..new.clone() }, "expires_in: a token lives for a minute at least"),
            (NewToken { org: Some("nowhere"), ..new.clone() }, "there is no such organization"),
        ];
        for (new, message) in cases {
            assert_eq!(world.domain.create_personal_token(&ada, new).await.unwrap_err().to_string(), message);
        }
        let long = Rotation { overlap: 31 * DAY, ..Rotation::default() };
        let made = world.token(&ada, Lifetime::Unending).await;
        let refused = world.domain.rotate_personal_token(&ada, made.token.id, long).await.unwrap_err();
        assert_eq!(refused.to_string(), "overlap: the old one may work on for 30 days at most");
    }

    async fn keys_have_kinds_and_belong_to_the_organization_or_its_programs(world) {
        let ada = world.asker(&world.person("ada").await);
        let org = world.domain.create_org(&ada, NewOrg { name: "Acme", slug: None }).await.unwrap().org.slug;
        let program = world.domain.create_service_account(&ada, &org, "deployer").await.unwrap();
        let new = NewKey { app: "demo", org: &org, name: "CI", ..NewKey::default() };
        let live = world.domain.create_key(&ada, new.clone()).await.unwrap();
        let test = world.domain.create_key(&ada, NewKey { kind: Some("test"), ..new.clone() }).await.unwrap();
        let theirs = world.domain.create_key(&ada, NewKey { service_account: Some(program.id), ..new.clone() }).await.unwrap();
        assert!(live.secret.expose().starts_with("demo_live_") && test.secret.expose().starts_with("demo_test_"));
        assert_eq!((live.token.kept_by.name.as_str(), theirs.token.kept_by.name.as_str()), ("Acme", "deployer"));
        assert_eq!(test.token.key_kind.as_deref(), Some("test"));
        assert_eq!(world.domain.service_accounts(&ada, &org).await.unwrap()[0].keys, 1);
        let other = world.domain.create_key(&ada, NewKey { kind: Some("gold"), ..new }).await.unwrap_err();
        assert_eq!(other.to_string(), "kind: demo has these kinds of keys: live, test");
        let found = world.domain.verify(&theirs.secret).await.unwrap().unwrap();
        assert_eq!((found.identity.account, found.identity.email), (program.id, None));
        world.domain.end_service_account(&ada, &org, program.id).await.unwrap();
        assert!(!world.works(&theirs.secret).await && world.works(&live.secret).await);
        world.domain.revoke_key(&ada, &org, live.token.id).await.unwrap();
        assert!(!world.works(&live.secret).await && world.works(&test.secret).await);
        let rotated = world.domain.rotate_key(&ada, &org, test.token.id, Rotation::default()).await.unwrap();
        assert!(rotated.secret.expose().starts_with("demo_test_") && !world.works(&test.secret).await);
    }

    /// What was used is written down in batches; using a token writes nothing.
    async fn f7_a_token_knows_when_and_from_where_it_was_last_used(world) {
        let ada = world.asker(&world.person("ada").await);
        let made = world.token(&ada, Lifetime::Unending).await;
        world.clock.advance(Duration::from_mins(1));
        let origin = from(9).user_agent(Some("curl/8"));
        world.domain.check(&made.secret, &Demand::default(), &origin).await.unwrap();
        assert_eq!(world.domain.personal_tokens(&ada).await.unwrap()[0].last_used, None);
        world.domain.write_uses().await.unwrap();
        let last = world.domain.personal_tokens(&ada).await.unwrap().remove(0).last_used.unwrap();
        assert_eq!((last.at, last.address.as_str(), last.agent.as_deref()), (world.domain.now(), "192.0.2.9", Some("curl/8")));
    }

    async fn a_sign_in_that_may_manage_lasts_ten_minutes_and_can_not_be_renewed(world) {
        let ada = world.person("ada").await;
        let new = crate::sign_in::NewSignIn { scopes: vec!["doorkey:manage".to_owned()], ..crate::testkit::device("demo") };
        let started = world.domain.start(new).await.unwrap();
        world.open_and_approve(&started, &ada).await;
        let crate::sign_in::Poll::Redeemed(tokens) = world.poll(&started).await else { unreachable!() };
        assert!(tokens.refresh_token.is_none());
        assert_eq!(tokens.expires_at, Some(world.domain.now().plus(crate::asker::MANAGE_LIFETIME)));
        assert!(world.works(&tokens.access_token).await);
        world.clock.advance(crate::asker::MANAGE_LIFETIME);
        assert!(!world.works(&tokens.access_token).await);
    }
}
