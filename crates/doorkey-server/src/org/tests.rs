//! Organizations: who may do what, and that there is always an owner.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::time::Duration;

use super::{NewOrg, Role};
use crate::{
    account::Session,
    asker::{Asker, MANAGE_LIFETIME, Refusal},
    audit::Wanted,
    store::OrgChange,
    testkit::{World, from, here, on_both_engines},
    token::{Lifetime, NewKey, NewToken},
};

impl World {
    /// A person who has just typed their password.
    pub(crate) fn asker(&self, session: &Session) -> Asker {
        session.asker(&here(), self.domain.now())
    }

    /// An organization of its owner's.
    async fn org(&self, owner: &Asker, name: &str) -> String {
        let made = self.domain.create_org(owner, NewOrg { name, slug: None }).await.unwrap();
        made.org.id.to_string()
    }

    /// Lets somebody in.
    async fn join(&self, owner: &Asker, org: &str, newcomer: &Asker, role: Role) {
        let (secret, _) = self.domain.invite(owner, org, role, None).await.unwrap();
        self.domain.accept_invitation(newcomer, &secret).await.unwrap();
    }

    /// What the trail says was refused to an account.
    async fn refused(&self, asker: &Asker) -> Vec<String> {
        let wanted = Wanted { limit: 100, ..Wanted::default() };
        let all = self.domain.account_history(asker, &wanted).await.unwrap();
        all.into_iter().filter(|event| event.outcome == "refused").map(|event| event.action).collect()
    }
}

on_both_engines! {
    async fn an_organization_is_made_with_a_free_short_name(world) {
        let ada = world.asker(&world.person("ada").await);
        let one = world.domain.create_org(&ada, NewOrg { name: " Acme GmbH ", slug: None }).await.unwrap();
        assert_eq!((one.org.name.as_str(), one.org.slug.as_str(), one.role), ("Acme GmbH", "acme-gmbh", Role::Owner));
        let two = world.domain.create_org(&ada, NewOrg { name: "Acme GmbH", slug: None }).await.unwrap();
        assert_ne!(two.org.slug, "acme-gmbh");
        let taken = world.domain.create_org(&ada, NewOrg { name: "x", slug: Some("acme-gmbh") }).await;
        assert!(matches!(taken, Err(Refusal::Conflict(_))));
        for slug in ["", "x", "Acme", "a--b", "-a", "a b", "ü", &"a".repeat(41)] {
            let wrong = world.domain.create_org(&ada, NewOrg { name: "x", slug: Some(slug) }).await;
            assert!(matches!(wrong, Err(Refusal::Invalid { field: "slug", .. })), "{slug}");
        }
        for name in ["", &"x".repeat(10_000), "a\u{202e}b"] {
            let wrong = world.domain.create_org(&ada, NewOrg { name, slug: None }).await;
            assert!(matches!(wrong, Err(Refusal::Invalid { field: "name", .. })), "{name}");
        }
    }

    async fn an_invitation_lets_one_person_in_once(world) {
        let (ada, bob, eve) = (world.person("ada").await, world.person("bob").await, world.person("eve").await);
        let (ada, bob, eve) = (world.asker(&ada), world.asker(&bob), world.asker(&eve));
        let org = world.org(&ada, "Acme").await;
        let (secret, invitation) = world.domain.invite(&ada, &org, Role::Member, None).await.unwrap();
        let view = world.domain.look_at_invitation(&secret).await.unwrap().unwrap();
        assert_eq!((view.org.name.as_str(), view.invited_by.as_str(), view.over), ("Acme", "ada", None));
        assert_eq!(world.domain.invitations(&ada, &org).await.unwrap(), [invitation]);
        let joined = world.domain.accept_invitation(&bob, &secret).await.unwrap();
        assert_eq!((joined.role, joined.members), (Role::Member, 2));
        let again = world.domain.accept_invitation(&eve, &secret).await.unwrap_err();
        assert_eq!(again.to_string(), "this invitation has been accepted already; ask for a new one");
        assert_eq!(world.refused(&eve).await, ["invitation.accepted"]);

        let (late, _) = world.domain.invite(&ada, &org, Role::Member, Some(Duration::from_hours(1))).await.unwrap();
        let (taken_back, open) = world.domain.invite(&ada, &org, Role::Member, None).await.unwrap();
        world.domain.revoke_invitation(&ada, &org, open.id).await.unwrap();
        world.clock.advance(Duration::from_hours(1));
        let expired = world.domain.accept_invitation(&eve, &late).await.unwrap_err();
        assert_eq!(expired.to_string(), "this invitation has expired; ask for a new one");
        let revoked = world.domain.accept_invitation(&eve, &taken_back).await.unwrap_err();
        assert_eq!(revoked.to_string(), "this invitation was taken back; ask for a new one");
        let unknown = world.domain.accept_invitation(&eve, &doorkey_manifest::Secret::new("x")).await;
        assert!(matches!(unknown, Err(Refusal::NotFound("invitation"))));
        let member = world.domain.accept_invitation(&bob, &secret).await;
        assert!(matches!(member, Err(Refusal::Invitation(_))));
    }

    async fn of_many_who_accept_one_invitation_at_once_one_gets_in(world) {
        let ada = world.asker(&world.person("ada").await);
        let org = world.org(&ada, "Acme").await;
        let (secret, _) = world.domain.invite(&ada, &org, Role::Member, None).await.unwrap();
        let mut all = Vec::new();
        for n in 0..8 {
            all.push(world.asker(&world.person(&format!("p{n}")).await));
        }
        let mut tasks = Vec::new();
        for asker in all {
            let (domain, secret) = (std::sync::Arc::clone(&world.domain), secret.clone());
            tasks.push(tokio::spawn(async move { domain.accept_invitation(&asker, &secret).await.is_ok() }));
        }
        let mut won = 0;
        for task in tasks {
            won += usize::from(task.await.unwrap());
        }
        assert_eq!(won, 1);
        assert_eq!(world.domain.members(&ada, &org).await.unwrap().len(), 2);
    }

    async fn a_role_is_what_its_holder_may(world) {
        let (ada, bob, cyd) = (world.person("ada").await, world.person("bob").await, world.person("cyd").await);
        let (ada, bob, cyd) = (world.asker(&ada), world.asker(&bob), world.asker(&cyd));
        let org = world.org(&ada, "Acme").await;
        world.join(&ada, &org, &bob, Role::Admin).await;
        world.join(&bob, &org, &cyd, Role::Member).await;

        let refused = |found: Refusal, role| assert!(matches!(found, Refusal::Role(needed) if needed == role), "{found}");
        refused(world.domain.invite(&cyd, &org, Role::Member, None).await.unwrap_err(), Role::Admin);
        refused(world.domain.invite(&bob, &org, Role::Owner, None).await.unwrap_err(), Role::Owner);
        refused(world.domain.set_role(&bob, &org, cyd.account, Role::Owner).await.unwrap_err(), Role::Owner);
        refused(world.domain.set_role(&bob, &org, ada.account, Role::Member).await.unwrap_err(), Role::Owner);
        refused(world.domain.remove_member(&bob, &org, ada.account).await.unwrap_err(), Role::Owner);
        refused(world.domain.remove_member(&cyd, &org, bob.account).await.unwrap_err(), Role::Admin);
        refused(world.domain.transfer_org(&bob, &org, bob.account).await.unwrap_err(), Role::Owner);
        refused(world.domain.change_org(&cyd, &org, OrgChange::default()).await.unwrap_err(), Role::Admin);
        refused(world.domain.create_service_account(&cyd, &org, "CI").await.unwrap_err(), Role::Admin);
        refused(world.domain.invitations(&cyd, &org).await.unwrap_err(), Role::Admin);
        let wanted = Wanted { limit: 10, ..Wanted::default() };
        refused(world.domain.org_history(&cyd, &org, &wanted).await.unwrap_err(), Role::Admin);
        let key = NewKey { app: "demo", org: &org, name: "CI", ..NewKey::default() };
        refused(world.domain.create_key(&cyd, key).await.unwrap_err(), Role::Admin);
        assert_eq!(world.refused(&cyd).await.len(), 7, "{:?}", world.refused(&cyd).await);

        assert_eq!(world.domain.set_role(&bob, &org, cyd.account, Role::Admin).await.unwrap().role, Role::Admin);
    }

    async fn an_organization_always_has_an_owner(world) {
        let (ada, bob) = (world.asker(&world.person("ada").await), world.asker(&world.person("bob").await));
        let org = world.org(&ada, "Acme").await;
        world.join(&ada, &org, &bob, Role::Admin).await;
        assert!(matches!(world.domain.set_role(&ada, &org, ada.account, Role::Admin).await, Err(Refusal::LastOwner)));
        assert!(matches!(world.domain.remove_member(&ada, &org, ada.account).await, Err(Refusal::LastOwner)));
        let after = world.domain.transfer_org(&ada, &org, bob.account).await.unwrap();
        assert_eq!(after.role, Role::Admin);
        world.domain.remove_member(&ada, &org, ada.account).await.unwrap();
        let left: Vec<_> = world.domain.members(&bob, &org).await.unwrap().into_iter().map(|m| m.role).collect();
        assert_eq!(left, [Role::Owner]);
    }

    async fn two_owners_who_leave_at_once_leave_one(world) {
        for _ in 0..5 {
            let (ada, bob) = (world.person_of_many().await, world.person_of_many().await);
            let org = world.org(&ada, "Acme").await;
            world.join(&ada, &org, &bob, Role::Owner).await;
            let (one, two) = tokio::join!(
                world.domain.remove_member(&ada, &org, ada.account),
                world.domain.remove_member(&bob, &org, bob.account),
            );
            assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        }
    }

    async fn nobody_joins_a_personal_organization(world) {
        let ada = world.asker(&world.person("ada").await);
        let own = world.domain.memberships(ada.account).await.unwrap().remove(0);
        assert!(own.personal);
        let org = own.org.slug;
        assert!(matches!(world.domain.invite(&ada, &org, Role::Member, None).await, Err(Refusal::Personal)));
        assert!(matches!(world.domain.remove_member(&ada, &org, ada.account).await, Err(Refusal::Personal)));
        assert!(matches!(world.domain.transfer_org(&ada, &org, ada.account).await, Err(Refusal::Personal)));
    }

    /// Broken object level authorization (ASVS 8.4.1): another organization's id leads nowhere.
    async fn w8_another_organizations_id_is_refused_everywhere(world) {
        let (ada, eve) = (world.asker(&world.person("ada").await), world.asker(&world.person("eve").await));
        let (org, own) = (world.org(&ada, "Acme").await, world.org(&eve, "Evil").await);
        let key = NewKey { app: "demo", org: &org, name: "CI", ..NewKey::default() };
        let key = world.domain.create_key(&ada, key).await.unwrap().token.id;
        let program = world.domain.create_service_account(&ada, &org, "CI").await.unwrap().id;
        let (_, invitation) = world.domain.invite(&ada, &org, Role::Member, None).await.unwrap();
        let token = NewToken { app: "demo", name: "mine", ..NewToken::default() };
        let token = world.domain.create_personal_token(&ada, token).await.unwrap().token.id;
        let wanted = Wanted { limit: 10, ..Wanted::default() };

        let d = &world.domain;
        let all = [
            d.membership(&eve, &org).await.err(),
            d.members(&eve, &org).await.err(),
            d.keys(&eve, &org).await.err(),
            d.service_accounts(&eve, &org).await.err(),
            d.invitations(&eve, &org).await.err(),
            d.org_history(&eve, &org, &wanted).await.err(),
            d.change_org(&eve, &org, OrgChange::default()).await.err(),
            d.invite(&eve, &org, Role::Member, None).await.err(),
            d.set_role(&eve, &org, ada.account, Role::Member).await.err(),
            d.remove_member(&eve, &org, ada.account).await.err(),
            d.transfer_org(&eve, &org, eve.account).await.err(),
            d.create_service_account(&eve, &org, "x").await.err(),
            d.create_key(&eve, NewKey { app: "demo", org: &org, name: "x", ..NewKey::default() }).await.err(),
            d.create_personal_token(&eve, NewToken { app: "demo", name: "x", org: Some(&org), ..NewToken::default() }).await.err(),
            // Her own organization with things of the other's.
            d.revoke_key(&eve, &own, key).await.err(),
            d.rotate_key(&eve, &own, key, crate::token::Rotation::default()).await.err(),
            d.end_service_account(&eve, &own, program).await.err(),
            d.revoke_invitation(&eve, &own, invitation.id).await.err(),
            d.remove_member(&eve, &own, ada.account).await.err(),
            d.create_key(&eve, NewKey { app: "demo", org: &own, name: "x", service_account: Some(program), ..NewKey::default() }).await.err(),
            d.revoke_personal_token(&eve, token).await.err(),
            d.rotate_personal_token(&eve, token, crate::token::Rotation::default()).await.err(),
        ];
        for (n, refusal) in all.iter().enumerate() {
            assert!(matches!(refusal, Some(Refusal::NotFound(_))), "{n}: {refusal:?}");
        }
        assert!(world.refused(&eve).await.len() >= all.len() - 1);
        assert_eq!(d.keys(&ada, &org).await.unwrap().len(), 1);
        assert_eq!(d.personal_tokens(&ada).await.unwrap()[0].status, crate::token::Status::Active);
    }

    async fn w7_changing_anything_takes_a_password_typed_just_now(world) {
        let session = world.person("ada").await;
        let fresh = world.asker(&session);
        let org = world.org(&fresh, "Acme").await;
        world.clock.advance(MANAGE_LIFETIME);
        let stale = session.asker(&from(7), world.domain.now());
        let step_up = |found: Option<Refusal>| assert!(matches!(found, Some(Refusal::StepUp)), "{found:?}");
        step_up(world.domain.create_org(&stale, NewOrg { name: "x", slug: None }).await.err());
        step_up(world.domain.change_org(&stale, &org, OrgChange::default()).await.err());
        step_up(world.domain.invite(&stale, &org, Role::Member, None).await.err());
        step_up(world.domain.create_service_account(&stale, &org, "x").await.err());
        step_up(world.domain.create_key(&stale, NewKey { app: "demo", org: &org, name: "x", ..NewKey::default() }).await.err());
        step_up(world.domain.create_personal_token(&stale, NewToken { app: "demo", name: "x", ..NewToken::default() }).await.err());
        assert!(world.domain.members(&stale, &org).await.is_ok(), "looking is allowed");
    }

    async fn a_removed_members_tokens_end_and_the_organizations_keys_go_on(world) {
        let (ada, bob) = (world.asker(&world.person("ada").await), world.asker(&world.person("bob").await));
        let org = world.org(&ada, "Acme").await;
        world.join(&ada, &org, &bob, Role::Admin).await;
        let key = NewKey { app: "demo", org: &org, name: "CI", ..NewKey::default() };
        let key = world.domain.create_key(&bob, key).await.unwrap().secret;
        let token = |org| NewToken { app: "demo", name: "laptop", org, lifetime: Lifetime::Unending, ..NewToken::default() };
        let theirs = world.domain.create_personal_token(&bob, token(Some(&org))).await.unwrap().secret;
        let own = world.domain.create_personal_token(&bob, token(None)).await.unwrap().secret;
        assert!(world.domain.verify(&theirs).await.unwrap().is_some());
        world.domain.remove_member(&ada, &org, bob.account).await.unwrap();
        assert!(world.domain.verify(&theirs).await.unwrap().is_none(), "R5: at once");
        assert!(world.domain.verify(&own).await.unwrap().is_some());
        let found = world.domain.verify(&key).await.unwrap().unwrap();
        assert_eq!(found.identity.name, "Acme");
        assert!(matches!(world.domain.keys(&bob, &org).await, Err(Refusal::NotFound(_))));
    }

    async fn a_tool_can_switch_to_another_organization(world) {
        let (tokens, ada) = {
            let (started, person) = (world.start_device().await, world.person("ada").await);
            world.open_and_approve(&started, &person).await;
            let crate::sign_in::Poll::Redeemed(tokens) = world.poll(&started).await else { unreachable!() };
            (tokens, world.asker(&person))
        };
        let org = world.org(&ada, "Acme").await;
        let tool = Asker { grant: Some(tokens.grant), manages: false, ..ada.clone() };
        assert_eq!(world.domain.verify(&tokens.access_token).await.unwrap().unwrap().identity.org.unwrap().name, "ada");
        world.domain.switch_org(&tool, "acme").await.unwrap();
        let after = world.domain.verify(&tokens.access_token).await.unwrap().unwrap();
        assert_eq!(after.identity.org.unwrap().id.to_string(), org);
        let eve = world.asker(&world.person("eve").await);
        let theirs = world.org(&eve, "Evil").await;
        assert!(matches!(world.domain.switch_org(&tool, &theirs).await, Err(Refusal::NotFound(_))));
    }
}

impl World {
    /// Somebody whose name nobody else has.
    async fn person_of_many(&self) -> Asker {
        let name = format!("p{}", self.domain.random_number());
        self.asker(&self.person(&name).await)
    }
}
