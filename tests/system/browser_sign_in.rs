//! A person, a browser, a terminal: signing in over loopback.

use doorkey_tests::browser::{Browser, Page};
use doorkey_tests::http::{Ask, Connection, ask, query};
use doorkey_tests::person::{PASSWORD, create_account, sign_in};
use doorkey_tests::process::Running;
use doorkey_tests::tool::Tool;
use doorkey_tests::visitor::Visitor;

use crate::stage::{CREDENTIAL, code_in, manifest, mode, service, somebody};
use crate::tokens::is_token;

/// A login that waits, and the link it has opened.
#[track_caller]
fn login(tool: &Tool) -> (Running, String) {
    let mut login = tool.start(&["login", "--browser"]);
    let link = tool.opened(&mut login);
    (login, link)
}

/// Opens the link as somebody new, up to the page that asks.
#[track_caller]
fn arrive(page: &Page, link: &str) -> String {
    let email = somebody();
    page.goto(link);
    page.press("Create an account");
    create_account(page, &email);
    page.see("Only continue if you started this");
    email
}

#[test]
fn somebody_new_signs_up_approves_and_is_signed_in() {
    let tool = Tool::new("demo", &service().url);
    let (login, link) = login(&tool);
    let person = Browser::shared().person();
    let page = person.tab();
    let email = arrive(&page, &link);
    page.see("Read your name and e-mail address");
    let page_text = page.text();
    let code = code_in(&page_text).expect("the page shows a code to compare").to_owned();
    assert!(login.said().contains(&code), "the terminal shows {code}, too:\n{}", login.said());
    page.press("Approve");
    page.see("close this tab");

    let finished = login.wait().exits(0).says(&email);
    let kept = tool.json(CREDENTIAL).expect("a credential is kept");
    let token = kept["access_token"].as_str().expect("with an access token").to_owned();
    assert!(
        is_token("demo_at_", &token)
            && is_token("demo_rt_", kept["refresh_token"].as_str().unwrap_or_default())
    );
    assert!(!finished.stderr.contains(&token) && !finished.stdout.contains(&token), "no secret is shown");
    assert_eq!((mode(tool.path(CREDENTIAL)), mode(tool.path(".demo"))), (0o600, 0o700), "private");

    tool.run(&["whoami"]).exits(0).says(&email);
    let status = tool.run(&["status", "--json"]).exits(0);
    assert!(!status.stdout.contains(&token), "not there, either");
    assert_eq!(tool.run(&["token"]).exits(0).stdout.trim_end(), token, "the token alone");

    tool.run(&["logout", "--revoke", "--yes"]).exits(0);
    tool.run(&["whoami"]).exits(4);
    ask(&service().url, &Ask::get("/oauth2/userinfo").bearer(&token)).is(401);
}

#[test]
fn a_denial_reaches_the_terminal_and_nothing_is_kept() {
    let tool = Tool::new("demo", &service().url);
    let (login, link) = login(&tool);
    let person = Browser::shared().person();
    let page = person.tab();
    arrive(&page, &link);
    page.press("Deny");
    login.wait().exits(1).says("denied");
    assert_eq!(tool.json(CREDENTIAL), None, "nothing is kept");
    tool.run(&["whoami"]).exits(4);
}

#[test]
fn a_sign_in_that_waited_too_long_is_over_on_both_sides() {
    let tool = Tool::new(&manifest("brief"), &service().url);
    let login = tool.start(&["login", "--device"]);
    let person = Browser::shared().person();
    let page = person.tab();
    page.goto(&format!("{}/sign-up", service().url));
    create_account(&page, &somebody());
    page.goto(&crate::stage::shown_link(&login));
    if page.has("Continue") {
        page.press("Continue");
    }
    page.see("Only continue if you started this");
    login.wait().exits(1).says("expired");
    page.press("Approve");
    page.see("expired");
    assert!(!page.has("Approve"), "there is nothing left to approve");
    assert_eq!(tool.json(".brief/credentials.json"), None, "nothing is kept");
}

#[test]
fn another_account_cannot_decide_what_somebody_else_opened() {
    let tool = Tool::new("demo", &service().url);
    let (login, link) = login(&tool);
    let person = Browser::shared().person();
    let page = person.tab();
    arrive(&page, &link);
    let approval = page.address();

    let stranger = Browser::shared().person();
    let other = stranger.tab();
    other.goto(&format!("{}/sign-up", service().url));
    create_account(&other, &somebody());
    other.goto(&approval);
    assert!(!other.has("Approve") && !other.has("Deny"), "nothing to decide here:\n{}", other.text());

    // And not by a request of one's own making, with a form token that is right for this session (CVE-2026-45337).
    let mut forger = Visitor::new(&service().url);
    forger.sign_up(&somebody());
    let own = forger.open("/");
    let (_, out) = forger.pressing(&own, "Sign out", &[]);
    let path = approval.strip_prefix(&service().url).expect("the approval is at the service");
    let form_token = form_token(&own.answer.body);
    drop(out);
    for decision in ["approve", "deny"] {
        let attempt = Ask::form(path, &[("form_token", &form_token), ("decision", decision)])
            .header("Origin", &service().url)
            .header("Sec-Fetch-Site", "same-origin");
        let answer = forger.ask(attempt);
        assert!(answer.status >= 400, "refused: {answer:?}");
    }

    page.press("Approve");
    login.wait().exits(0);
}

fn form_token(html: &str) -> String {
    let forms = doorkey_tests::html::forms(html);
    let field = forms.iter().flat_map(|form| &form.fields).find(|(name, _)| name == "form_token");
    field.map(|(_, value)| value.clone()).expect("a form token")
}

#[test]
fn going_back_after_the_decision_shows_that_it_is_made() {
    let tool = Tool::new("demo", &service().url);
    let (login, link) = login(&tool);
    let person = Browser::shared().person();
    let page = person.tab();
    arrive(&page, &link);
    page.press("Approve");
    login.wait().exits(0);
    page.back();
    // The browser may show the page from its memory; then pressing the button says it.
    if page.has("Approve") {
        page.press("Approve");
    }
    page.see("already");
    assert!(!page.has("Approve") && !page.has("Deny"), "nothing is left to decide:\n{}", page.text());
    tool.run(&["whoami"]).exits(0);
}

#[test]
fn of_two_tabs_the_first_decides_and_the_second_says_so() {
    let tool = Tool::new("demo", &service().url);
    let (login, link) = login(&tool);
    let person = Browser::shared().person();
    let first = person.tab();
    arrive(&first, &link);
    let second = person.tab();
    second.goto(&first.address());
    second.see("Only continue if you started this");
    first.press("Approve");
    second.press("Deny");
    second.see("already");
    login.wait().exits(0);
    tool.run(&["whoami"]).exits(0);
}

#[test]
fn two_sign_ins_in_two_tabs_do_not_get_in_each_others_way() {
    let (one, two) = (Tool::new("demo", &service().url), Tool::new("demo", &service().url));
    let ((first_login, first_link), (second_login, second_link)) = (login(&one), login(&two));
    let person = Browser::shared().person();
    let (first, second) = (person.tab(), person.tab());
    arrive(&first, &first_link);
    second.goto(&second_link);
    second.see("Only continue if you started this");
    second.press("Deny");
    first.press("Approve");
    first_login.wait().exits(0);
    second_login.wait().exits(1);
}

#[test]
fn everything_works_with_scripts_turned_off() {
    let tool = Tool::new("demo", &service().url);
    let (login, link) = login(&tool);
    let person = Browser::shared().person();
    let page = person.tab();
    page.without_javascript();
    let email = arrive(&page, &link);
    page.press("Approve");
    page.see("close this tab");
    login.wait().exits(0).says(&email);
}

#[test]
fn everything_works_with_the_keyboard_alone() {
    let tool = Tool::new("demo", &service().url);
    let (login, link) = login(&tool);
    let person = Browser::shared().person();
    let page = person.tab();
    let email = arrive(&page, &link);
    for _ in 0..20 {
        if page.focused() == "Approve" {
            break;
        }
        page.key("Tab");
    }
    assert_eq!(page.focused(), "Approve", "the button can be reached");
    page.key_to_next_page("Enter");
    login.wait().exits(0).says(&email);
}

#[test]
fn a_wrong_password_does_not_lose_the_sign_in_that_waits() {
    let email = somebody();
    Visitor::new(&service().url).sign_up(&email);
    let tool = Tool::new("demo", &service().url);
    let (login, link) = login(&tool);
    let person = Browser::shared().person();
    let page = person.tab();
    page.goto(&link);
    sign_in(&page, &email, "not the right one at all");
    assert!(page.has("Sign in") && !page.has("Approve"), "still to sign in:\n{}", page.text());
    sign_in(&page, &email, PASSWORD);
    page.see(&email);
    page.press("Approve");
    login.wait().exits(0).says(&email);
}

#[test]
fn no_page_is_wider_than_a_phone_and_everything_on_it_has_a_name() {
    let tool = Tool::new("demo", &service().url);
    let (mut login, link) = login(&tool);
    let person = Browser::shared().person();
    let page = person.tab();
    let look = |name: &str| {
        page.look(doorkey_tests::browser::Look { width: 360, dark: false });
        assert_eq!(page.overflow(), 0, "{name} fits a phone");
        assert_eq!(page.unnamed(), Vec::<String>::new(), "{name} can be heard");
        page.look(doorkey_tests::browser::Look::DESKTOP);
    };
    page.goto(&service().url);
    look("welcome");
    page.goto(&link);
    look("sign in");
    page.press("Create an account");
    look("sign up");
    create_account(&page, &somebody());
    page.see("Only continue if you started this");
    look("approve");
    for path in ["/", "/device", "/sign-out", "/approve/nothing", "/nothing"] {
        page.goto(&format!("{}{path}", service().url));
        look(path);
    }
    login.kill();
}

#[test]
fn stray_requests_to_the_listener_are_answered_and_the_wait_goes_on() {
    let tool = Tool::new("demo", &service().url);
    let (mut login, link) = login(&tool);
    let home = query(&link, "redirect_uri").expect("the link says where it leads home");
    let base = home.trim_end_matches("/callback");
    assert!(base.starts_with("http://127.0.0.1:"), "a literal address: {home}");

    let state = query(&link, "state").expect("the link carries a state");
    for (stray, status) in [
        (Ask::get("/callback?code=forged&state=not-the-right-one-0000000000000000"), 400),
        (Ask::get("/callback?code=forged"), 400),
        (Ask::get("/callback?error=access_denied&state=wrong"), 400),
        (Ask::get("/favicon.ico"), 404),
        (Ask::get(&format!("/elsewhere?code=forged&state={state}")), 404),
    ] {
        let answer = ask(base, &stray).is(status);
        assert!(!answer.body.contains("forged"), "nothing of the request comes back");
    }
    let post = ask(base, &Ask::form(&format!("/callback?code=forged&state={state}"), &[]));
    assert!(matches!(post.status, 404 | 405), "only GET is a navigation: {post:?}");
    // A connection that says nothing holds up nobody.
    let silent = Connection::open(base);
    assert!(login.is_running(), "it goes on waiting:\n{}", login.said());

    let person = Browser::shared().person();
    let page = person.tab();
    let email = arrive(&page, &link);
    page.press("Approve");
    page.see("close this tab");
    login.wait().exits(0).says(&email);
    drop(silent);
    assert!(Connection::try_open(base).is_err(), "the port is closed again");
}

/// Serves a page of somebody else's on this machine, without any policy of its own. It ends with the process.
fn foreign_page() -> String {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let page = "<!doctype html><title>Elsewhere</title>Elsewhere";
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n";
            let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{page}", page.len());
        }
    });
    format!("http://{address}/")
}

/// Asks in every way that a page has without opening anything. Gives back what came of each.
const ASK_IN_THE_BACKGROUND: &str = "(async () => {
    const [home, query] = ['HOME', 'QUERY'];
    const frame = document.createElement('iframe');
    const tries = [
        () => fetch(`${home}?${query}`, { mode: 'no-cors' }).then((answer) => answer.type),
        () => fetch(`${home}?${query}`),
        () => fetch(`${home}?${query}`, { method: 'POST', mode: 'no-cors', body: query }).then((answer) => answer.type),
        () => fetch(home, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }),
        () => new Promise((done, failed) => {
            const image = new Image();
            image.onload = done;
            image.onerror = failed;
            image.src = `${home}?${query}`;
        }),
        () => new Promise((done) => {
            frame.onload = () => done('framed');
            frame.src = `${home}?${query}`;
            document.body.append(frame);
        }),
    ];
    const came = [];
    for (const one of tries) {
        came.push(await one().catch(() => 'failed'));
    }
    return came;
})()";

#[test]
fn a_page_that_asks_the_listener_in_the_background_is_never_believed() {
    let tool = Tool::new("demo", &service().url);
    let (mut login, link) = login(&tool);
    let home = query(&link, "redirect_uri").expect("the link says where the browser comes back to");
    let state = query(&link, "state").expect("and with what");
    // Not even a page that knows the state: somebody may have looked over the person's shoulder.
    let answer = format!("state={state}&error=access_denied");
    let person = Browser::shared().person();
    let page = person.tab();
    page.goto(&foreign_page());
    let script = ASK_IN_THE_BACKGROUND.replace("HOME", &home).replace("QUERY", &answer);
    let came = page.evaluate(&script);
    assert_eq!(came[0], "opaque", "the request did come to the listener: {came}");
    assert!(login.is_running(), "and it still waits ({came}): {}", login.said());
    page.goto(&format!("{home}?{answer}&iss={}", service().url));
    login.wait().exits(1).says("denied");
}
