//! A person, a browser, and what they hand out: tokens, invitations, devices.

use doorkey_tests::browser::{Browser, Look, Page};
use doorkey_tests::http::{Ask, ask};
use doorkey_tests::person::{PASSWORD, create_account, sign_in};
use doorkey_tests::tool::Tool;

use crate::stage::{service, somebody};
use crate::tokens::is_token;

/// Somebody new, signed in, and their address.
#[track_caller]
fn arrive(page: &Page) -> String {
    let email = somebody();
    page.goto(&format!("{}/sign-up", service().url));
    create_account(page, &email);
    page.see("You are signed in");
    email
}

/// Makes a token for the demo and reads it where it is shown.
#[track_caller]
fn make_token(page: &Page, name: &str) -> String {
    page.goto(&format!("{}/tokens/new?app=demo", service().url));
    page.fill("Name", name);
    page.press("Create token");
    page.see("Copy your token now");
    let token = page.evaluate("document.getElementById('secret').value");
    token.as_str().expect("a field with the token").to_owned()
}

fn is_good(token: &str) -> bool {
    ask(&service().url, &Ask::get("/oauth2/userinfo").bearer(token)).status == 200
}

#[test]
fn a_token_is_made_copied_used_and_revoked() {
    let person = Browser::shared().person();
    let page = person.tab();
    arrive(&page);
    page.press("Tokens");
    page.see("There are no tokens yet");
    page.press("Create token");
    page.see("Which app is the token for?");
    page.goto(&format!("{}/tokens/new?app=demo", service().url));
    page.fill("Name", "CI / CD");
    page.press("Create token");
    page.see("Copy your token now - it won't be shown again!");
    let token = page.evaluate("document.getElementById('secret').value");
    let token = token.as_str().expect("a field with the token").to_owned();
    assert!(is_token("demo_pat_", &token), "{token}");
    // The button takes what is in the field, and says so.
    page.click("Copy token");
    page.see("Copied");
    assert!(is_good(&token));

    // Loading the page again shows the token to nobody and makes no second one.
    page.reload();
    page.see("Already made");
    assert!(!page.shows(&token));
    page.press("Go to the list");
    page.see("CI / CD");
    assert_eq!(page.text().matches("demo_pat_").count(), 1, "{}", page.text());

    page.press("CI / CD");
    page.press("Revoke…");
    page.see("Whatever uses it stops working at once");
    page.press("Revoke this token");
    page.see("It was revoked");
    assert!(!is_good(&token));
}

#[test]
fn without_javascript_everything_is_there_but_the_button_that_copies() {
    let person = Browser::shared().person();
    let page = person.tab();
    page.without_javascript();
    arrive(&page);
    let token = make_token(&page, "Script");
    assert!(!page.has("Copy token") && is_good(&token));
    page.press("Done");
    page.press("Script");
    page.press("Replace…");
    page.press("Replace it");
    page.see("Your token was replaced");
    let next = page.evaluate("document.getElementById('secret').value");
    let next = next.as_str().expect("a field with the token");
    assert!(next != token && is_good(next) && is_good(&token), "both work for a day");
}

#[test]
fn somebody_is_invited_and_joins_with_another_browser() {
    let person = Browser::shared().person();
    let page = person.tab();
    arrive(&page);
    page.press("Organizations");
    page.press("Create organization");
    page.fill("Name", "Analytical Engines");
    page.press("Create organization");
    page.see("It was made");
    page.press("Members");
    page.press("Make a link");
    let link = page.evaluate("document.getElementById('link').value");
    let link = link.as_str().expect("a field with the link").to_owned();

    let colleague = Browser::shared().person();
    let tab = colleague.tab();
    tab.goto(&link);
    tab.press("Create an account");
    let email = somebody();
    create_account(&tab, &email);
    tab.see("invites you as member");
    tab.press("Join");
    tab.see("Welcome! You are a member now.");
    assert!(!tab.shows("Settings"), "a member changes nothing");

    page.press("Done");
    page.see(&email);
    assert!(page.shows("Nobody is invited at the moment"), "it works once:\n{}", page.text());
    tab.goto(&link);
    tab.see("has been accepted already");
}

#[test]
fn signing_out_everywhere_ends_browsers_and_terminals() {
    let person = Browser::shared().person();
    let page = person.tab();
    let email = arrive(&page);
    let token = make_token(&page, "Goes on");

    let tool = Tool::new("demo", &service().url);
    let mut login = tool.start(&["login", "--browser"]);
    let link = tool.opened(&mut login);
    page.goto(&link);
    page.press("Approve");
    page.see("close this tab");
    login.wait().exits(0);
    tool.run(&["whoami"]).exits(0).says(&email);

    let elsewhere = Browser::shared().person();
    let other = elsewhere.tab();
    other.goto(&format!("{}/sign-in", service().url));
    sign_in(&other, &email, PASSWORD);
    other.see("You are signed in");

    page.goto(&format!("{}/devices", service().url));
    page.see("Terminal");
    page.see("this one");
    page.press("Sign out everywhere…");
    page.see("this one too");
    page.press("Sign out everywhere");
    page.see("Sign in");
    other.reload();
    other.see("Create an account");
    tool.run(&["whoami"]).exits(4);
    assert!(is_good(&token), "what was made on purpose goes on");
}

#[test]
fn every_page_is_named_throughout_and_fits_a_phone() {
    let person = Browser::shared().person();
    let page = person.tab();
    arrive(&page);
    let long = "W".repeat(100);
    make_token(&page, &long);
    make_token(&page, "مفتاح الخادم");
    page.goto(&format!("{}/orgs/new", service().url));
    let slug = format!("long-{}", somebody().split('@').next().unwrap_or_default());
    page.fill("Name", &long);
    page.fill("Short name", &slug);
    page.press("Create organization");
    let org = format!("/orgs/{slug}");
    let pages = [
        "/",
        "/tokens",
        "/tokens/new",
        "/tokens/new?app=demo",
        "/orgs",
        "/orgs/new",
        &org,
        &format!("{org}/members"),
        &format!("{org}/keys"),
        &format!("{org}/keys/new?app=demo"),
        &format!("{org}/service-accounts"),
        &format!("{org}/activity"),
        &format!("{org}/leave"),
        "/keys",
        "/devices",
        "/devices/sign-out-everywhere",
        "/activity",
        "/claim",
        "/confirm",
        "/apps/parcel/app/me/settings/tokens",
        "/apps/parcel/app/shop/keys",
        "/apps/parcel/app/shops",
    ];
    for path in pages {
        page.goto(&format!("{}{path}", service().url));
        for look in [Look { width: 390, dark: false }, Look { width: 760, dark: false }, Look::DESKTOP] {
            page.look(look);
            assert_eq!(page.overflow(), 0, "{path} at {} pixels", look.width);
        }
        assert_eq!(page.unnamed(), Vec::<String>::new(), "{path}");
    }
}
