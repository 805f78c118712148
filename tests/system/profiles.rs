//! Two accounts side by side, at the real service.

use std::thread;

use doorkey_tests::process::Finished;
use doorkey_tests::service::Service;
use doorkey_tests::tool::Tool;
use serde_json::Value;

use crate::stage::{apps, open_approval, shown_link, visitor};

/// Signs somebody new in to a profile.
#[track_caller]
fn sign_in(tool: &Tool, service: &Service, profile: &str) {
    let mut person = visitor(service);
    let login = tool.start(&["login", "--device", "--profile", profile]);
    let page = open_approval(&mut person, &shown_link(&login));
    person.press(&page, "Approve", &[]);
    login.wait().exits(0);
}

#[track_caller]
fn json(finished: &Finished) -> Value {
    serde_json::from_str(&finished.stdout).expect("JSON")
}

#[test]
fn two_profiles_are_two_people_and_stay_so_when_they_are_used_at_once() {
    let service = Service::dev().apps(apps()).start();
    let tool = Tool::new("demo", &service.url);
    for profile in ["default", "work"] {
        sign_in(&tool, &service, profile);
    }
    let who = |profile: &str| {
        let found = tool.run(&["whoami", "--json", "--profile", profile]).exits(0);
        json(&found)["user"]["email"].as_str().expect("an address").to_owned()
    };
    let (home, work) = (who("default"), who("work"));
    assert_ne!(home, work);
    thread::scope(|scope| {
        for (profile, expected) in [("default", &home), ("work", &work)] {
            scope.spawn(move || (0..10).for_each(|_| assert_eq!(who(profile), *expected)));
        }
    });
    tool.run(&["logout", "--yes", "--revoke", "--profile", "work"]).exits(0);
    assert_eq!(who("default"), home, "one leaves, the other stays");
    tool.run(&["whoami", "--profile", "work"]).exits(4);
}

#[test]
fn signing_out_everywhere_ends_the_sign_in_of_the_other_machine() {
    let service = Service::dev().apps(apps()).start();
    let (laptop, desktop) = (Tool::new("demo", &service.url), Tool::new("demo", &service.url));
    let mut person = visitor(&service);
    for tool in [&laptop, &desktop] {
        let login = tool.start(&["login", "--device"]);
        let page = open_approval(&mut person, &shown_link(&login));
        person.press(&page, "Approve", &[]);
        login.wait().exits(0);
    }
    desktop.run(&["whoami"]).exits(0);
    laptop.run(&["logout", "--everywhere", "--yes"]).exits(0).says("signed out everywhere");
    desktop.run(&["whoami"]).exits(4);
}
