//! The person of `cargo xtask demo --headless`: opens the link, makes an account, approves, looks around.
//!
//! It stands in `$BROWSER`, and so its words are heard by nobody: it leaves a report in the file `$PERSON_REPORT`, and a
//! picture of every page in the folder `$PERSON_FOLDER`.

#![expect(clippy::expect_used, reason = "a person who can't go on says why, in the report")]
#![expect(clippy::disallowed_methods, reason = "a program: this is where the environment is read")]

use std::path::PathBuf;

use doorkey_tests::browser::Browser;
use doorkey_tests::browser::Page;
use doorkey_tests::http::{Ask, ask};
use doorkey_tests::person::{Sightseer, create_account};
use serde_json::{Value, json};

const EMAIL: &str = "ada@example.com";

fn main() {
    let link = std::env::args().nth(1).expect("the link to open is the first argument");
    let report =
        std::env::var_os("PERSON_REPORT").map(PathBuf::from).expect("PERSON_REPORT names the report's file");
    let folder = std::env::var_os("PERSON_FOLDER").map(PathBuf::from);

    let place = report.clone();
    std::panic::set_hook(Box::new(move |panic| {
        let problem = panic.payload_as_str().unwrap_or("for no reason that can be told").to_owned();
        write(&place, &json!({ "problem": problem }));
    }));
    let told = visit(&link, folder);
    write(&report, &told);
}

/// Whole or not at all: somebody is waiting for it.
fn write(report: &std::path::Path, told: &Value) {
    let new = report.with_extension("new");
    let written = std::fs::write(&new, told.to_string()).and_then(|()| std::fs::rename(&new, report));
    written.expect("the report can be written");
}

fn visit(link: &str, folder: Option<PathBuf>) -> Value {
    let browser = Browser::start(&[]);
    let person = browser.person();
    let page = person.tab();
    page.goto(link);
    let mut sightseer = Sightseer::new(&page, folder);
    sightseer.look("sign-in");
    page.press("Create an account");
    sightseer.look("sign-up");
    create_account(&page, EMAIL);
    page.see("Approve");
    sightseer.look("approve");
    page.press("Approve");
    page.see("close this tab");
    sightseer.look("done");

    let origin: String = link.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    for (path, name) in [("/", "home"), ("/device", "device"), ("/approve/nothing-here", "error")] {
        page.goto(&format!("{origin}{path}"));
        sightseer.look(name);
    }
    look_around(&browser, &page, &mut sightseer, &origin);
    json!({ "email": EMAIL, "seen": sightseer.seen, "complaints": sightseer.complaints })
}

/// What somebody who hands out tokens and keys sees. The list of tokens comes last: by then it is known what was used.
fn look_around(browser: &Browser, page: &Page, sightseer: &mut Sightseer<'_>, origin: &str) {
    for name in ["Backup of the notes", "Website deploy", "CI / CD"] {
        page.goto(&format!("{origin}/tokens/new?app=demo"));
        page.fill("Name", name);
        page.press("Create token");
        page.see("Copy your token now");
        let token = page.evaluate("document.getElementById('secret').value");
        if name != "Website deploy" {
            ask(origin, &Ask::get("/apps/demo/verify").bearer(token.as_str().unwrap_or_default()));
        }
    }
    sightseer.look("token-created");

    page.goto(&format!("{origin}/orgs/new"));
    page.fill("Name", "Analytical Engines");
    page.press("Create organization");
    page.see("It was made");
    page.press("Members");
    page.press("Make a link");
    let link = page.evaluate("document.getElementById('link').value");
    let colleague = browser.person();
    let tab = colleague.tab();
    tab.goto(link.as_str().unwrap_or_default());
    tab.press("Create an account");
    create_account(&tab, "grace@example.com");
    tab.press("Join");
    tab.see("Welcome!");
    page.press("Done");
    page.press("Make a link");
    page.press("Done");
    sightseer.look("members");

    for (path, name) in [("/activity", "activity"), ("/devices", "devices"), ("/tokens", "tokens")] {
        page.goto(&format!("{origin}{path}"));
        sightseer.look(name);
    }
}
