//! What the tests stand on works itself: the browser does what a person would see.

use std::io::{Read, Write};
use std::net::TcpListener;

use doorkey_tests::browser::{Browser, Look};
use doorkey_tests::janitor::Folder;

/// Serves the same page to everybody, from a thread that ends with the run, and says where.
fn serve(page: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut asked = [0; 4096];
            let read = stream.read(&mut asked).unwrap_or(0);
            let asked = String::from_utf8_lossy(asked.get(..read).unwrap_or_default()).into_owned();
            let body = page.replace("METHOD", asked.split(' ').next().unwrap_or_default());
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}", body.len());
            let _ = write!(stream, "{head}\r\nConnection: close\r\n\r\n{body}");
        }
    });
    format!("http://{address}/")
}

const PAGE: &str = "<!doctype html><html lang=en><title>A page</title><h1>Asked by METHOD</h1>
    <noscript>Without scripts</noscript>
    <form method=post><label for=name>Your name</label><input id=name name=name><button>Send it</button></form>";

#[test]
fn a_browser_reads_fills_in_presses_and_goes_back() {
    let address = serve(PAGE);
    let person = Browser::shared().person();
    let page = person.tab();
    page.goto(&address);
    page.see("Asked by GET");
    page.fill("Your name", "Ada \"quoted\" Lovelace");
    page.press("Send it");
    page.see("Asked by POST");
    page.back();
    page.see("Asked by GET");
    assert_eq!(page.unnamed(), Vec::<String>::new(), "everything has a name");
    assert!(!page.shows("Without scripts"), "scripts are on");
}

#[test]
fn a_browser_without_scripts_is_still_a_browser() {
    let address = serve(PAGE);
    let person = Browser::shared().person();
    let page = person.tab();
    page.without_javascript();
    page.goto(&address);
    page.see("Without scripts");
    page.fill("Your name", "Ada");
    page.press("Send it");
    page.see("Asked by POST");
}

#[test]
fn pictures_are_taken_in_every_look() {
    let address = serve(PAGE);
    let person = Browser::shared().person();
    let page = person.tab();
    page.goto(&address);
    let folder = Folder::new("pictures");
    page.pictures(folder.path(), "page");
    for look in Look::ALL {
        let picture = std::fs::read(folder.join(format!("page-{}.png", look.name()))).expect("a picture");
        let width =
            picture.get(16..20).map(|bytes| bytes.iter().fold(0, |all, byte| all << 8 | u32::from(*byte)));
        assert_eq!(width, Some(look.width), "the picture is as wide as the window");
    }
}

#[test]
fn every_test_has_a_database_of_its_own() {
    let (one, two) = (doorkey_tests::postgres::database(), doorkey_tests::postgres::database());
    doorkey_tests::postgres::sql(&one, "CREATE TABLE here (n bigint)");
    let count = "SELECT count(*) FROM pg_tables WHERE tablename = 'here'";
    let found = [&one, &two].map(|url| doorkey_tests::postgres::sql(url, count).trim().to_owned());
    assert_eq!(found, ["1", "0"]);
}
