//! What a person does at the pages, in a real browser, from the link to the end.

use std::path::PathBuf;

use crate::browser::{Look, Page};
pub use crate::visitor::PASSWORD;

/// Somebody who looks at every page before going on.
pub struct Sightseer<'a> {
    page: &'a Page,
    folder: Option<PathBuf>,
    /// The names of the pages seen, in order.
    pub seen: Vec<String>,
    /// What was wrong with how they looked, a sentence each.
    pub complaints: Vec<String>,
}

impl<'a> Sightseer<'a> {
    /// With a folder, pictures of every page are put there.
    pub fn new(page: &'a Page, folder: Option<PathBuf>) -> Self {
        Self { page, folder, seen: Vec::new(), complaints: Vec::new() }
    }

    /// Looks at the page that is open now.
    pub fn look(&mut self, name: &str) {
        for thing in self.page.unnamed() {
            self.complaints.push(format!("{name}: nothing names {thing}"));
        }
        self.page.look(Look { width: 390, dark: false });
        if self.page.overflow() > 0 {
            self.complaints.push(format!("{name}: wider than a phone by {} pixels", self.page.overflow()));
        }
        self.page.look(Look::DESKTOP);
        if let Some(folder) = &self.folder {
            self.page.pictures(folder, name);
        }
        self.seen.push(name.to_owned());
    }
}

/// Makes an account at the sign-up page that is open.
#[track_caller]
pub fn create_account(page: &Page, email: &str) {
    page.fill("E-mail", email);
    page.fill("Password", PASSWORD);
    page.press("Create account");
}

/// Signs in at the sign-in page that is open.
#[track_caller]
pub fn sign_in(page: &Page, email: &str, password: &str) {
    page.fill("E-mail", email);
    page.fill("Password", password);
    page.press("Sign in");
}
