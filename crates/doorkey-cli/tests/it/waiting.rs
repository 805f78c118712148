//! What a person can do at the terminal while the command waits for their browser.

use crate::service::{Service, come_home_address};
use crate::terminal::Session;
use crate::tool::Tool;

const LOGIN: [&str; 5] = ["--app", "demo", "login", "--browser", "--no-browser"];

fn tool(service: &Service) -> Tool {
    Tool::with(service).set("NO_COLOR", "1").set("TERM", "xterm")
}

/// A login that waits for a browser, and the link that it shows.
fn waiting(tool: &Tool, arguments: &[&str]) -> (Session, String) {
    let mut session = Session::start(tool, arguments);
    session.expect("Waiting");
    let link = session.shown().lines().find(|line| line.starts_with("http")).unwrap().trim_end().to_owned();
    (session, link)
}

#[test]
fn a_key_goes_on_with_a_code() {
    let service = Service::start();
    service.approves();
    let tool = tool(&service);
    let (mut session, link) = waiting(&tool, &LOGIN);
    assert!(session.modes().is_empty(), "keys come one by one and aren't shown");
    session.press("c");
    let shown = session.end(&tool);
    assert!(shown.starts_with("exit: Some(0)"), "{shown}");
    for text in [
        "Is your browser on another device? Press c for a code, or paste the address that it ends up at.\n",
        "Signing in to Doorkey demo with a code. You asked for a code instead.\n",
        "\n[server]/device?user_code=BCDF-GHJK\n",
        "✓ Signed in to Doorkey demo as Ada Lovelace (ada@example.com).\n",
    ] {
        assert!(shown.contains(text), "`{text}` in {shown}");
    }
    let port = crate::login::parameter(&link, "redirect_uri");
    let authority = port.strip_prefix("http://").unwrap().split_once('/').unwrap().0.to_owned();
    assert!(std::net::TcpStream::connect(authority).is_err(), "the listener is closed");
}

#[test]
fn an_address_is_pasted_and_nothing_of_it_is_shown() {
    for ending in ["\n", "\r", ""] {
        let service = Service::start();
        service.approves();
        let tool = tool(&service);
        let (mut session, link) = waiting(&tool, &LOGIN);
        session.press(&format!("{}{ending}", come_home_address(&link, &service.url(), "a-code")));
        let shown = session.end(&tool);
        assert!(shown.starts_with("exit: Some(0)"), "{shown}");
        assert!(!shown.contains("a-code"), "{shown}");
        let redeemed = &service.requests("POST /oauth/token")[0].body;
        assert!(redeemed.contains("code=a-code") && redeemed.contains("code_verifier="), "{redeemed}");
    }
}

#[test]
fn an_address_of_another_sign_in_is_refused_and_the_wait_goes_on() {
    let service = Service::start();
    service.approves();
    let tool = tool(&service);
    let (mut session, link) = waiting(&tool, &LOGIN);
    let home = come_home_address(&link, &service.url(), "a-code");
    session.press(&format!("{}\n", home.replace("state=", "state=x")));
    session.expect("⚠ This isn't an answer to the sign-in that is waiting here. The command still waits.");
    session.press("https://example.com/?code=stolen\n");
    session.expect("This isn't the address that the browser comes back to (http://127.0.0.1:");
    assert!(service.requests("POST /oauth/token").is_empty());
    session.press(&format!("{home}\n"));
    let shown = session.end(&tool);
    assert!(shown.starts_with("exit: Some(0)") && !shown.contains("stolen"), "{shown}");
}

#[test]
fn ctrl_c_still_ends_it_and_the_terminal_is_as_it_was() {
    let service = Service::start();
    let tool = tool(&service);
    let (session, _) = waiting(&tool, &LOGIN);
    session.interrupt();
    let shown = session.end(&tool);
    assert!(
        shown.starts_with("exit: Some(130)") && shown.ends_with("✗ Cancelled. Nothing was changed.\n"),
        "{shown}"
    );
}

#[test]
fn a_narrow_terminal_says_less_and_no_line_of_ours_is_broken() {
    let service = Service::start();
    let tool = tool(&service);
    let mut session = Session::start_wide(&tool, &LOGIN, 40);
    session.expect("◓ Waiting, ");
    session.interrupt();
    let shown = session.end(&tool);
    let link = shown.lines().find(|line| line.starts_with("[server]")).unwrap();
    assert!(link.contains("code_challenge=") && link.contains("redirect_uri="), "whole, in one line: {link}");
    for piece in shown.split("[start of line]").skip(1) {
        let written = piece.split('\n').next().unwrap().replace("[esc][K", "");
        assert!(written.chars().count() < 40, "{written}");
    }
}

#[test]
fn somebody_who_listens_to_the_screen_hears_the_wait_once() {
    let service = Service::start();
    for variable in [("TERM", "dumb"), ("ACCESSIBLE", "1")] {
        let tool = tool(&service).set(variable.0, variable.1);
        let (mut session, _) = waiting(&tool, &[&LOGIN[..], &["--timeout", "2"]].concat());
        session.expect("error: Nobody approved");
        assert_eq!(session.shown().matches("Waiting").count(), 1, "{}", session.shown());
        let shown = session.end(&tool);
        assert!(!shown.contains("[esc]") && !shown.contains("[start of line]"), "{shown}");
    }
}

#[test]
fn a_qr_code_is_drawn_where_it_fits_and_else_a_sentence_says_why_not() {
    let service = Service::start();
    service.approves();
    let tool = tool(&service);
    let login = ["--app", "demo", "login", "--qr"];
    let wide = Session::start_wide(&tool, &login, 100).end(&tool);
    assert!(wide.contains("with a code") && wide.contains("█▀"), "{wide}");
    let narrow = Session::start_wide(&tool, &login, 20).end(&tool);
    assert!(narrow.contains("too narrow for the QR code, which takes") && !narrow.contains('█'), "{narrow}");
    let piped = tool.run(&login);
    assert!(piped.contains("A QR code is drawn on terminals only.") && !piped.contains('█'), "{piped}");
    let colours = tool.unset("NO_COLOR");
    let coloured = Session::start_wide(&colours, &login, 100).end(&colours);
    assert!(coloured.contains("[esc][38;5;16;48;5;231m"), "black on white on every terminal: {coloured}");
}
