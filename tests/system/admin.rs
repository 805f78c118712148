//! What whoever runs the service changes beside it: plans, and whether an account is in use.

use doorkey_tests::http::{Ask, ask};
use doorkey_tests::service::Service;

use crate::stage::{CREDENTIAL, apps, signed_in};

#[test]
fn a_plan_set_beside_a_running_service_counts_within_a_second() {
    let service = Service::dev().apps(apps()).start();
    let (tool, _) = signed_in("demo", &service);
    let credential = tool.json(CREDENTIAL).expect("signed in");
    let token = credential["access_token"].as_str().expect("a token");
    let email = credential["user"]["email"].as_str().expect("an address");
    let demanding = || ask(&service.url, &Ask::get("/apps/demo/verify?plan=pro").bearer(token));
    let refused = demanding().is(403).json();
    assert_eq!(refused["error"], "plan_required");
    assert_eq!(refused["billing_url"], "https://demo.example/plans");
    service.admin(&["plan", email, "pro"]).exits(0).says("has the plan pro now");
    std::thread::sleep(std::time::Duration::from_secs(1));
    let passed = demanding().is(200).json();
    assert_eq!(passed["plan"], "pro");
    service.admin(&["plan", email, "none"]).exits(0).says("has no plan now");
    service.admin(&["plan", email, "gold"]).exits(1).says("no app knows a plan `gold`");
    service.admin(&["plan", "nobody@example.com", "pro"]).exits(1).says("there is no such account");
}

#[test]
fn a_disabled_account_is_signed_out_within_a_second() {
    let service = Service::dev().apps(apps()).start();
    let (tool, _) = signed_in("demo", &service);
    let credential = tool.json(CREDENTIAL).expect("signed in");
    let email = credential["user"]["email"].as_str().expect("an address");
    service.admin(&["disable", email]).exits(0).says("all that it was signed in to has ended");
    std::thread::sleep(std::time::Duration::from_secs(1));
    let token = credential["access_token"].as_str().expect("a token");
    ask(&service.url, &Ask::get("/oauth2/userinfo").bearer(token)).is(401);
    service.admin(&["enable", email]).exits(0).says("can be signed in to again");
}
