//! Accounts, passwords and browser sessions, each on both engines.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::{sync::Arc, time::Duration};

use doorkey_manifest::Secret;

use super::{AuthenticateError, Credentials, SESSION_IDLE, SESSION_LIFETIME, SignUpError};
use crate::testkit::{PASSWORD, from, here, on_both_engines};

fn typed(email: &str, password: &str) -> Credentials {
    Credentials { email: email.to_owned(), password: Secret::new(password) }
}

on_both_engines! {
    async fn a_new_account_is_signed_in_and_has_an_organization(world) {
        let signed_in = world.domain.sign_up(typed(" Ada@Example.com ", PASSWORD), None, &here()).await.unwrap();
        let account = &signed_in.session.account;
        assert_eq!(account.email, "Ada@Example.com");
        assert_eq!(account.name, "Ada");
        assert!(!account.email_verified);
        assert_eq!(world.domain.session(&signed_in.cookie).await.unwrap().as_ref(), Some(&signed_in.session));
        let orgs = world.domain.orgs(account.id).await.unwrap();
        assert_eq!(orgs.iter().map(|o| o.slug.as_str()).collect::<Vec<_>>(), ["ada"]);
        let actions: Vec<_> =
            world.domain.events_of(account.id, 10).await.unwrap().into_iter().map(|e| e.action).collect();
        assert!(actions.contains(&"account.created".to_owned()) && actions.contains(&"session.started".to_owned()));
    }

    async fn namesakes_get_organizations_of_their_own(world) {
        let one = world.domain.sign_up(typed("ada@example.com", PASSWORD), None, &here()).await.unwrap();
        let two = world.domain.sign_up(typed("ada@example.org", PASSWORD), None, &here()).await.unwrap();
        let slug = async |id| world.domain.orgs(id).await.unwrap()[0].slug.clone();
        assert_eq!(slug(one.session.account.id).await, "ada");
        assert!(slug(two.session.account.id).await.starts_with("ada-"));
    }

    async fn an_address_has_one_account_however_it_is_written(world) {
        world.person("ada").await;
        let again = world.domain.sign_up(typed("ADA@example.com", PASSWORD), None, &here()).await;
        assert!(matches!(again, Err(SignUpError::Taken)));
    }

    async fn of_many_that_sign_up_at_once_one_has_the_address(world) {
        let all: Vec<_> = (0..6).map(|_| {
            let domain = Arc::clone(&world.domain);
            tokio::spawn(async move { domain.sign_up(typed("ada@example.com", PASSWORD), None, &here()).await.is_ok() })
        }).collect();
        let mut made = 0;
        for one in all {
            made += usize::from(one.await.unwrap());
        }
        assert_eq!(made, 1);
    }

    async fn weak_passwords_and_impossible_addresses_are_refused(world) {
        let sign_up = async |email: &str, password: &str| {
            world.domain.sign_up(typed(email, password), None, &here()).await.unwrap_err()
        };
        assert!(matches!(sign_up("ada", PASSWORD).await, SignUpError::Email));
        assert!(matches!(sign_up("ada@example.com", "seven c").await, SignUpError::PasswordTooShort));
        assert!(matches!(sign_up("ada@example.com", &"ab".repeat(129)).await, SignUpError::PasswordTooLong));
        assert!(matches!(sign_up("ada@example.com", "Password123").await, SignUpError::PasswordCommon));
        assert!(matches!(sign_up("ada@example.com", "ADA@example.com").await, SignUpError::PasswordCommon));
        assert!(matches!(sign_up("ada.lovelace@example.com", "ada.lovelace").await, SignUpError::PasswordCommon));
        assert!(world.domain.sign_up(typed("ada@example.com", &"äb".repeat(128)), None, &here()).await.is_ok());
    }

    async fn nobody_learns_who_has_an_account(world) {
        world.person("ada").await;
        let answer = async |email: &str, password: &str| {
            world.domain.authenticate(typed(email, password), None, &here()).await.unwrap_err().to_string()
        };
        let wrong = answer("ada@example.com", "not her password").await;
        assert_eq!(wrong, answer("nobody@example.com", PASSWORD).await);
        assert_eq!(wrong, answer("not an address", PASSWORD).await);
        assert_eq!(wrong, answer("ada@example.com", &"x".repeat(100_000)).await);
        assert_eq!(wrong, answer("ada@example.com", "").await);
    }

    async fn the_right_password_signs_in_in_any_case_of_the_address(world) {
        let ada = world.person("ada").await;
        let signed_in = world.domain.authenticate(typed("ADA@EXAMPLE.COM", PASSWORD), None, &here()).await.unwrap();
        assert_eq!(signed_in.session.account, ada.account);
        assert_ne!(signed_in.session.id, ada.id);
    }

    async fn wrong_passwords_are_throttled_per_account_and_address(world) {
        world.person("ada").await;
        for n in 0..10 {
            let wrong = world.domain.authenticate(typed("ada@example.com", "wrong wrong"), None, &from(7)).await;
            assert!(matches!(wrong, Err(AuthenticateError::Wrong)), "{n}");
        }
        let blocked = world.domain.authenticate(typed("ada@example.com", PASSWORD), None, &from(7)).await;
        let Err(AuthenticateError::Throttled(throttled)) = blocked else { panic!("{blocked:?}") };
        assert!(throttled.retry_after > Duration::ZERO && throttled.retry_after <= Duration::from_mins(1));
        // The owner, somewhere else, isn't locked out.
        assert!(world.domain.authenticate(typed("ada@example.com", PASSWORD), None, &from(8)).await.is_ok());
        world.clock.advance(throttled.retry_after);
        assert!(world.domain.authenticate(typed("ada@example.com", PASSWORD), None, &from(7)).await.is_ok());
    }

    async fn nobody_locks_the_owner_out(world) {
        world.person("ada").await;
        let charges = crate::throttle::password(&world.domain.keys, "ada@example.com", from(7).address);
        while world.domain.charge(&charges.account).await.unwrap().is_none() {}
        let stranger = world.domain.authenticate(typed("ada@example.com", PASSWORD), None, &from(7)).await;
        assert!(matches!(stranger, Err(AuthenticateError::Throttled(_))));
        assert!(world.domain.authenticate(typed("ada@example.com", PASSWORD), None, &here()).await.is_ok());
    }

    async fn many_guesses_at_once_are_counted_too(world) {
        world.person("ada").await;
        let guesses: Vec<_> = (0..30).map(|_| {
            let domain = Arc::clone(&world.domain);
            tokio::spawn(async move { domain.authenticate(typed("ada@example.com", "wrong wrong"), None, &from(7)).await })
        }).collect();
        let mut compared = 0;
        for guess in guesses {
            compared += usize::from(matches!(guess.await.unwrap(), Err(AuthenticateError::Wrong)));
        }
        assert!((10..=11).contains(&compared), "{compared}: as many as are allowed, and one more that hashed meanwhile");
    }

    async fn sixty_sign_ins_a_minute_from_one_address_always_pass(world) {
        world.person("ada").await;
        let all: Vec<_> = (0..60).map(|_| {
            let domain = Arc::clone(&world.domain);
            tokio::spawn(async move { domain.authenticate(typed("ada@example.com", PASSWORD), None, &here()).await.is_ok() })
        }).collect();
        for one in all {
            assert!(one.await.unwrap());
        }
    }

    async fn new_accounts_from_one_address_are_throttled(world) {
        let charges = crate::throttle::sign_up(&world.domain.keys, here().address);
        while world.domain.charge(&charges).await.unwrap().is_none() {}
        let blocked = world.domain.sign_up(typed("ada@example.com", PASSWORD), None, &here()).await;
        assert!(matches!(blocked, Err(SignUpError::Throttled(_))));
        assert!(world.domain.sign_up(typed("ada@example.com", PASSWORD), None, &from(2)).await.is_ok());
    }

    async fn w1_a_session_gets_a_new_secret_at_every_sign_in(world) {
        let first = world.domain.sign_up(typed("ada@example.com", PASSWORD), None, &here()).await.unwrap();
        let again = typed("ada@example.com", PASSWORD);
        let second = world.domain.authenticate(again, Some(&first.session), &here()).await.unwrap();
        assert_eq!(first.session.id, second.session.id);
        assert_ne!(first.cookie, second.cookie);
        assert!(world.domain.session(&first.cookie).await.unwrap().is_none());
        assert!(world.domain.session(&second.cookie).await.unwrap().is_some());
    }

    async fn a_session_ends_when_it_is_not_used_and_for_good(world) {
        let idle = world.domain.sign_up(typed("ada@example.com", PASSWORD), None, &here()).await.unwrap();
        let used = world.domain.authenticate(typed("ada@example.com", PASSWORD), None, &here()).await.unwrap();
        let days = SESSION_LIFETIME.as_secs() / 86_400;
        for _ in 0..days - 1 {
            world.clock.advance(Duration::from_hours(24));
            assert!(world.domain.session(&used.cookie).await.unwrap().is_some());
        }
        assert!(SESSION_IDLE < SESSION_LIFETIME);
        assert!(world.domain.session(&idle.cookie).await.unwrap().is_none());
        world.clock.advance(Duration::from_hours(24));
        assert!(world.domain.session(&used.cookie).await.unwrap().is_none());
    }

    async fn sessions_are_listed_and_ended_by_their_owner_only(world) {
        let ada = world.person("ada").await;
        let other = world.other_browser(&ada).await;
        let eve = world.person("eve").await;
        let listed: Vec<_> = world.domain.sessions(ada.account.id).await.unwrap().iter().map(|s| s.id).collect();
        assert_eq!(listed.len(), 2);
        assert!(listed.contains(&ada.id) && listed.contains(&other.id));
        assert!(!world.domain.end_session(eve.account.id, other.id, &here()).await.unwrap());
        assert!(world.domain.end_session(ada.account.id, other.id, &here()).await.unwrap());
        assert_eq!(world.domain.sessions(ada.account.id).await.unwrap().len(), 1);
    }

    async fn forms_are_tied_to_the_browser_with_and_without_an_account(world) {
        let visitor = world.domain.visitor_cookie();
        let token = world.domain.form_token(&visitor);
        assert!(world.domain.is_form_token(&visitor, &token));
        assert!(!world.domain.is_form_token(&world.domain.visitor_cookie(), &token));
        assert!(world.domain.session(&visitor).await.unwrap().is_none());
    }
}

/// Time tells nobody who has an account, either: the same work is done. Compared by what takes the time, on a machine
/// that may be busy, so only a missing hash (tens of milliseconds) would show.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_address_takes_as_long_as_a_wrong_password() {
    let world = crate::testkit::World::on_sqlite().await;
    world.person("ada").await;
    let fastest = async |email: &str| {
        let mut fastest = Duration::MAX;
        for n in 0..5 {
            let begun = std::time::Instant::now();
            let _ = world.domain.authenticate(typed(email, "wrong wrong"), None, &from(n)).await;
            fastest = fastest.min(begun.elapsed());
        }
        fastest
    };
    let (known, unknown) = (fastest("ada@example.com").await, fastest("nobody@example.com").await);
    assert!(unknown > known / 2, "{unknown:?} where {known:?} was expected");
    assert!(known > unknown / 2, "{known:?} where {unknown:?} was expected");
}

on_both_engines! {
    async fn anonymous_work_becomes_an_accounts_work_under_the_same_id(world) {
        let begun = world.domain.begin_anonymous("demo", &here()).await.unwrap();
        let org = begun.identity.org.clone().unwrap();
        assert!(begun.access_token.expose().starts_with("demo_anon_") && org.slug.starts_with("anon-"));
        assert_eq!(begun.identity.email, None);
        let ada = world.asker(&world.person("ada").await);
        let claimed = world.domain.claim_anonymous(&ada, &begun.access_token).await.unwrap();
        assert_eq!((claimed.org.id, claimed.role, claimed.personal), (org.id, crate::org::Role::Owner, false));
        let token = world.domain.verify(&begun.access_token).await.unwrap().unwrap();
        assert_eq!((token.identity.account, token.identity.org.unwrap().id), (ada.account, org.id), "the token works on");
        let wanted = crate::audit::Wanted { limit: 50, ..Default::default() };
        let trail = world.domain.account_history(&ada, &wanted).await.unwrap();
        assert!(trail.iter().any(|e| e.action == "anonymous.started"), "the trail is kept");
        let own = world.domain.org_history(&ada, &org.slug, &wanted).await.unwrap();
        assert_eq!(own.iter().map(|e| e.action.as_str()).collect::<Vec<_>>(), ["anonymous.claimed", "anonymous.started"]);
        let eve = world.asker(&world.person("eve").await);
        assert!(world.domain.claim_anonymous(&eve, &begun.access_token).await.is_err(), "once");
    }

    async fn of_many_who_claim_the_same_work_at_once_one_gets_it(world) {
        let begun = world.domain.begin_anonymous("demo", &here()).await.unwrap();
        let (ada, bob) = (world.asker(&world.person("ada").await), world.asker(&world.person("bob").await));
        let (one, two) = tokio::join!(
            world.domain.claim_anonymous(&ada, &begun.access_token),
            world.domain.claim_anonymous(&bob, &begun.access_token),
        );
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    }

    async fn what_nobody_claims_ends(world) {
        let begun = world.domain.begin_anonymous("demo", &here()).await.unwrap();
        world.clock.advance(Duration::from_hours(24 * 90));
        assert!(world.domain.verify(&begun.access_token).await.unwrap().is_none());
        world.domain.sweep().await.unwrap();
        let trail = world.domain.events_of(begun.identity.account, 10).await.unwrap();
        assert_eq!(trail[0].action, "anonymous.expired");
        let ada = world.asker(&world.person("ada").await);
        assert!(world.domain.claim_anonymous(&ada, &begun.access_token).await.is_err());
        assert_eq!(world.domain.sweep().await.unwrap(), world.domain.sweep().await.unwrap(), "it ends once");
    }

    async fn anonymous_accounts_are_limited_by_address(world) {
        let mut refused = None;
        for _ in 0..40 {
            match world.domain.begin_anonymous("demo", &here()).await {
                Ok(_) => {}
                Err(crate::account::AnonymousError::Throttled(throttled)) => refused = Some(throttled),
                Err(other) => panic!("{other}"),
            }
        }
        assert!(refused.unwrap().retry_after <= Duration::from_mins(2));
        assert!(world.domain.begin_anonymous("demo", &from(9)).await.is_ok());
    }

    async fn nobody_signs_in_to_an_account_that_is_no_persons(world) {
        let begun = world.domain.begin_anonymous("demo", &here()).await.unwrap();
        for email in [format!("anonymous:{}", begun.identity.account), String::new()] {
            let typed = Credentials { email, password: Secret::new("") };
            assert!(matches!(world.domain.authenticate(typed, None, &here()).await, Err(AuthenticateError::Wrong)));
        }
    }

    async fn devices_are_listed_and_signed_out_everywhere_at_once(world) {
        let person = world.person("ada").await;
        let other = world.other_browser(&person).await;
        let started = world.start_device().await;
        world.open_and_approve(&started, &person).await;
        let crate::sign_in::Poll::Redeemed(tokens) = world.poll(&started).await else { panic!() };
        let ada = world.asker(&person);
        let new = crate::token::NewToken { app: "demo", name: "kept", ..Default::default() };
        let kept = world.domain.create_personal_token(&ada, new).await.unwrap().secret;
        let devices = world.domain.devices(&ada).await.unwrap();
        assert_eq!(devices.len(), 3);
        assert_eq!(devices.iter().filter(|d| d.current).count(), 1);
        let terminal = devices.iter().find(|d| d.app.is_some()).unwrap();
        assert_eq!((terminal.name.as_str(), terminal.app.as_deref()), ("laptop", Some("demo")));
        let eve = world.asker(&world.person("eve").await);
        assert!(world.domain.end_device(&eve, &terminal.id.to_string()).await.is_err());
        assert_eq!(world.domain.sign_out_everywhere(&ada).await.unwrap(), 3);
        assert!(world.domain.sessions(person.account.id).await.unwrap().is_empty() && other.id != person.id);
        assert!(world.domain.verify(&tokens.access_token).await.unwrap().is_none());
        assert!(world.domain.verify(&kept).await.unwrap().is_some(), "what was made on purpose goes on");
    }

    async fn the_trail_is_searched_and_paged(world) {
        let ada = world.asker(&world.person("ada").await);
        for n in 0..5 {
            let name = format!("100% _{n}!");
            let new = crate::token::NewToken { app: "demo", name: &name, ..Default::default() };
            world.domain.create_personal_token(&ada, new).await.unwrap();
        }
        let wanted = |before, search| crate::audit::Wanted { before, search, limit: 2 };
        let find = async |before, search| world.domain.account_history(&ada, &wanted(before, search)).await.unwrap();
        assert_eq!(find(None, Some("100% _3!")).await.len(), 1, "wildcards are letters");
        assert_eq!(find(None, Some("TOKEN.CREATED")).await.len(), 2);
        let first = find(None, Some("token.created")).await;
        let second = find(Some(first[1].id), Some("token.created")).await;
        let third = find(Some(second[1].id), Some("token.created")).await;
        assert_eq!((second.len(), third.len()), (2, 1));
        assert!(find(None, Some("nothing like it")).await.is_empty());
    }
}

on_both_engines! {
    /// R5, W10: what an account holds is dead as soon as the account is.
    async fn cve_2023_22492_refresh_tokens_of_a_disabled_account_are_dead(world) {
        let person = world.person("ada").await;
        let started = world.start_device().await;
        world.open_and_approve(&started, &person).await;
        let crate::sign_in::Poll::Redeemed(tokens) = world.poll(&started).await else { panic!() };
        let ada = world.asker(&person);
        let new = crate::token::NewToken { app: "demo", name: "CI", ..Default::default() };
        let personal = world.domain.create_personal_token(&ada, new).await.unwrap().secret;
        assert!(world.domain.verify(&tokens.access_token).await.unwrap().is_some());
        world.domain.disable_account("ADA@example.com", &here()).await.unwrap();
        let refresh_token = tokens.refresh_token.as_ref().unwrap();
        let refresh = crate::token::Refresh { app: "demo", refresh_token, scopes: None };
        assert!(world.domain.refresh(refresh, &here()).await.is_err());
        for token in [&tokens.access_token, &personal] {
            assert!(world.domain.verify(token).await.unwrap().is_none());
        }
        assert!(world.domain.sessions(person.account.id).await.unwrap().is_empty());
        let again = || typed("ada@example.com", PASSWORD);
        assert!(matches!(world.domain.authenticate(again(), None, &here()).await, Err(AuthenticateError::Wrong)));
        let twice = world.domain.disable_account("ada@example.com", &here()).await;
        assert!(matches!(twice, Err(crate::asker::Refusal::Conflict(_))));
        world.domain.enable_account("ada@example.com", &here()).await.unwrap();
        assert!(world.domain.authenticate(again(), None, &here()).await.is_ok());
        assert!(world.domain.verify(&personal).await.unwrap().is_none(), "what ended stays ended");
    }
}
