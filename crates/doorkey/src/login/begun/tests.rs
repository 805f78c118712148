#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use doorkey_tests::mangle::{Change, mangle};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::progress::Silent;
use crate::testing::{Oauth, Service, World};

const FILE: &str = ".demo/credentials.json";

fn begin(client: &Client) -> Begun {
    client.begin_login(&LoginOptions::default(), &mut Silent, &Cancel::never()).unwrap()
}

fn resume(client: &Client, id: Option<&str>, ask_once: bool) -> Result<Resumed, Error> {
    let resume = Resume { id: id.map(str::to_owned), ask_once };
    client.resume_login(&resume, &LoginOptions::default(), &mut Silent, &Cancel::never())
}

fn shelf(world: &World) -> PathBuf {
    world.home().join(".local/state/doorkey/sign-ins")
}

/// What lies there, without locks that are left.
fn kept(world: &World) -> Vec<String> {
    let entries = std::fs::read_dir(shelf(world)).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| name.rsplit('.').next() == Some("json")).collect()
}

/// A service where nobody has decided yet, and what decides.
fn undecided(oauth: &Oauth) -> Arc<AtomicBool> {
    let decided = Arc::new(AtomicBool::new(false));
    let own = decided.clone();
    oauth.script(move |seen| {
        let polls = seen.field("grant_type").is_some_and(|grant| grant.ends_with("device_code"));
        let pending = polls && !own.load(Ordering::SeqCst);
        pending.then(|| Service::json(400, &json!({ "error": "authorization_pending" })))
    });
    decided
}

#[test]
fn what_is_begun_is_finished_by_another_process_and_then_gone() {
    let (world, oauth) = (World::new(), Oauth::start());
    let mut shown = None;
    let mut progress = |event: Event<'_>| {
        if let Event::Page(page) = event {
            assert!(!page.opened && !page.comes_home && !page.can_switch);
            shown = page.user_code.map(str::to_owned);
        }
    };
    let client = world.demo(&oauth.url());
    let begun = client.begin_login(&LoginOptions::default(), &mut progress, &Cancel::never()).unwrap();
    assert_eq!(shown.as_deref(), Some("BCDF-GHJK"));
    assert_eq!(begun.left, Duration::from_mins(10));
    assert!(!world.home().join(FILE).exists());

    let Resumed::SignedIn(done) = resume(&world.demo(&oauth.url()), Some(&begun.id), false).unwrap() else {
        panic!("it is approved")
    };
    assert_eq!((done.identity.name(), done.way), (Some("Ada"), Some(Way::Device)));
    assert!(world.read(FILE).contains("demo_rt_"));
    assert!(kept(&world).is_empty());
    let again = resume(&client, Some(&begun.id), false).unwrap_err();
    assert_eq!((again.code(), again.exit().code()), ("resume.unknown", 1));
}

#[cfg(unix)]
#[test]
fn what_is_kept_is_private_and_one_that_others_can_read_is_not_believed() {
    use std::os::unix::fs::PermissionsExt as _;
    let (world, oauth) = (World::new(), Oauth::start());
    let client = world.demo(&oauth.url());
    let begun = begin(&client);
    let file = shelf(&world).join(format!("{}.json", begun.id));
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(&file), mode(&shelf(&world))), (0o600, 0o700));
    assert!(std::fs::read_to_string(&file).unwrap().contains("device-secret"));
    world.chmod(&file, 0o644);
    assert_eq!(resume(&client, Some(&begun.id), false).unwrap_err().code(), "store.readable_by_others");
}

#[test]
fn asking_once_says_that_nobody_has_decided_and_keeps_it() {
    let (world, oauth) = (World::new(), Oauth::start());
    let decided = undecided(&oauth);
    let client = world.demo(&oauth.url());
    let begun = begin(&client);
    world.advance(Duration::from_mins(1));
    let Resumed::Pending(pending) = resume(&client, None, true).unwrap() else { panic!("nobody decided") };
    assert_eq!((pending.id, pending.left), (begun.id, Duration::from_mins(9)));
    decided.store(true, Ordering::SeqCst);
    assert!(matches!(resume(&client, None, true).unwrap(), Resumed::SignedIn(_)));
}

#[test]
fn several_wait_side_by_side_and_then_one_has_to_be_named() {
    let (world, oauth) = (World::new(), Oauth::start());
    let client = world.demo(&oauth.url());
    assert_eq!(resume(&client, None, false).unwrap_err().code(), "resume.none");
    let mut ids = [begin(&client).id, begin(&client).id];
    ids.sort();
    let several = resume(&client, None, false).unwrap_err();
    assert_eq!(
        several.to_string(),
        format!("Several sign-ins to Doorkey demo wait to be finished: {}, {}.", ids[0], ids[1])
    );
    assert_eq!(several.exit().code(), 2);
    resume(&client, Some(&ids[1]), false).unwrap();
    resume(&client, None, false).unwrap();
}

#[test]
fn it_belongs_to_the_product_and_the_server_that_it_was_begun_for() {
    let (world, oauth, elsewhere) = (World::new(), Oauth::start(), Oauth::start());
    let id = begin(&world.demo(&oauth.url())).id;
    let other = resume(&world.demo(&elsewhere.url()), Some(&id), false).unwrap_err();
    assert_eq!((other.code(), other.exit().code()), ("resume.other_server", 2));
    let source = doorkey_manifest::builtin::source("demo").unwrap();
    let source = source.replace("name = \"demo\"", "name = \"other\"");
    let other = resume(&world.client_of(&source, &oauth.url()), Some(&id), false).unwrap_err();
    assert_eq!(other.hint().as_deref(), Some("Pass `--app demo`."));
    assert!(elsewhere.service.seen().is_empty() && oauth.service.seen().len() <= 2, "nobody was asked");

    let named_by_nobody = Client::new(crate::App::builtin("demo").unwrap(), world.system());
    assert!(resume(&named_by_nobody, Some(&id), false).is_ok(), "it knows its server itself");
}

#[test]
fn a_denied_and_an_expired_one_are_gone_and_a_broken_server_changes_nothing() {
    let (world, oauth) = (World::new(), Oauth::start());
    let client = world.demo(&oauth.url());
    let polls = |answer: fn() -> String| {
        oauth.script(move |seen| {
            seen.field("grant_type").is_some_and(|grant| grant.ends_with("device_code")).then(answer)
        });
    };
    begin(&client);
    polls(|| Service::json(503, &json!({})));
    assert_eq!(resume(&client, None, true).unwrap_err().exit(), Exit::CannotCheck);
    assert_eq!(kept(&world).len(), 1);
    polls(|| Service::json(400, &json!({ "error": "access_denied" })));
    assert_eq!(resume(&client, None, false).unwrap_err().code(), "sign_in.denied");
    assert!(kept(&world).is_empty());

    begin(&client);
    polls(|| Service::json(400, &json!({ "error": "expired_token" })));
    assert_eq!(resume(&client, None, true).unwrap_err().code(), "sign_in.expired");
    assert!(kept(&world).is_empty());

    let id = begin(&client).id;
    world.advance(Duration::from_mins(10));
    assert_eq!(resume(&client, Some(&id), false).unwrap_err().code(), "sign_in.expired");
    begin(&client);
    world.advance(Duration::from_mins(10));
    begin(&client);
    assert_eq!(kept(&world).len(), 1, "whoever begins removes what is over");
}

#[test]
fn a_wait_that_runs_out_leaves_it_open_and_says_how_to_go_on() {
    let (world, oauth) = (World::new(), Oauth::start());
    let decided = undecided(&oauth);
    let client = world.demo(&oauth.url());
    let id = begin(&client).id;
    let options = LoginOptions { timeout: Some(Duration::from_secs(30)), ..LoginOptions::default() };
    let only = Resume::default();
    let error = client.resume_login(&only, &options, &mut Silent, &Cancel::never()).unwrap_err();
    assert_eq!(error.code(), "resume.timed_out");
    assert_eq!(error.hint(), Some(format!("Go on with `login resume {id}`.")));
    decided.store(true, Ordering::SeqCst);
    assert!(matches!(resume(&client, Some(&id), false).unwrap(), Resumed::SignedIn(_)));
}

#[test]
fn it_belongs_to_the_profile_that_it_was_begun_for_and_no_other_is_written_to() {
    let (world, oauth) = (World::new(), Oauth::start());
    let begun = begin(&world.demo(&oauth.url()).with_profile(&"work".parse().unwrap()));
    let other = world.demo(&oauth.url()).with_profile(&"home".parse().unwrap());
    assert_eq!(resume(&other, Some(&begun.id), false).unwrap_err().code(), "resume.other_profile");
    let Resumed::SignedIn(done) = resume(&world.demo(&oauth.url()), Some(&begun.id), false).unwrap() else {
        panic!("it is approved")
    };
    assert_eq!(done.profile.as_str(), "work");
    assert!(world.read(".config/doorkey/profiles/demo/work.json").contains("demo_rt_"));
    assert!(!world.home().join(FILE).exists(), "the product's own file isn't touched");
}

#[test]
fn two_do_not_wait_for_the_same_one() {
    let (world, oauth) = (World::new(), Oauth::start());
    let client = world.demo(&oauth.url());
    let id = begin(&client).id;
    let held = Shelf::of(&client).unwrap().find(Some(&id)).unwrap();
    let lock = held.lock().unwrap();
    assert_eq!(resume(&client, Some(&id), false).unwrap_err().code(), "resume.taken");
    drop(lock);
    resume(&client, Some(&id), false).unwrap();
}

#[test]
fn an_id_is_never_part_of_a_path_and_a_product_without_a_code_has_none() {
    let (world, oauth) = (World::new(), Oauth::start());
    let client = world.demo(&oauth.url());
    for id in ["../../.demo/credentials", "", "abc", "/etc/passwd", "aaaaaaaa"] {
        assert_eq!(resume(&client, Some(id), false).unwrap_err().code(), "resume.unknown", "{id}");
    }
    let source = doorkey_manifest::builtin::source("demo").unwrap();
    let source = source.replace("[\"loopback\", \"device\"]", "[\"loopback\"]");
    let client = world.client_of(&source, &oauth.url());
    let error = client.begin_login(&LoginOptions::default(), &mut Silent, &Cancel::never()).unwrap_err();
    assert_eq!((error.code(), error.exit().code()), ("resume.not_offered", 2));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_broken_file_of_a_sign_in_is_refused_or_finishes_it_and_shows_nothing(
        changes in prop::collection::vec(any::<Change>(), 1..6),
    ) {
        let (world, oauth) = (World::new(), Oauth::start());
        undecided(&oauth);
        let client = world.demo(&oauth.url());
        let begun = begin(&client);
        let path = shelf(&world).join(kept(&world).first().unwrap());
        let whole = std::fs::read(&path).unwrap();
        let code = serde_json::from_slice::<serde_json::Value>(&whole).unwrap()["values"]["device_code"].clone();
        let code = code.as_str().unwrap();
        std::fs::write(&path, mangle(&whole, &changes)).unwrap();
        let told = match resume(&client, Some(&begun.id), true) {
            Ok(resumed) => format!("{resumed:?}"),
            Err(error) => format!("{error} {:?} {error:?}", error.hint()),
        };
        prop_assert!(!told.contains(code), "{}", told);
    }
}
