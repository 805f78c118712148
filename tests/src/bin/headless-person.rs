//! The person of `cargo xtask demo --headless`: opens the link, makes an account, approves, looks around.
//!
//! It stands in `$BROWSER`, and so its words are heard by nobody: it leaves a report in the file `$PERSON_REPORT`, and a
//! picture of every page in the folder `$PERSON_FOLDER`.

#![expect(clippy::expect_used, reason = "a person who can't go on says why, in the report")]
#![expect(clippy::disallowed_methods, reason = "a program: this is where the environment is read")]

use std::path::PathBuf;

use doorkey_tests::browser::Browser;
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
    json!({ "email": EMAIL, "seen": sightseer.seen, "complaints": sightseer.complaints })
}
