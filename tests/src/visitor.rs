//! Somebody at the pages without a browser: for storms and measurements, where a hundred Chromiums would be too many.

use std::collections::BTreeMap;

use crate::html::{self, Form};
use crate::http::{Answer, Ask, Connection, encode_form};

/// A visitor with cookies, on one connection.
pub struct Visitor {
    base: String,
    connection: Option<Connection>,
    cookies: BTreeMap<String, String>,
}

/// A page as it came.
#[derive(Clone, Debug)]
pub struct Visited {
    /// The path and query that it came from.
    pub path: String,
    /// The answer.
    pub answer: Answer,
}

impl Visited {
    /// What a person reads.
    pub fn text(&self) -> String {
        html::text(&self.answer.body)
    }

    /// Panics with the text of the page unless it says this.
    #[track_caller]
    pub fn says(self, part: &str) -> Self {
        let text = self.text();
        assert!(text.contains(part), "expected `{part}` at {}: {} {text}", self.path, self.answer.status);
        self
    }

    /// Where this answer sends the browser.
    pub fn leads_to(&self) -> Option<&str> {
        self.answer.header("location").filter(|_| (300..400).contains(&self.answer.status))
    }

    #[track_caller]
    fn form_with(&self, button: &str) -> (Form, html::Button) {
        for form in html::forms(&self.answer.body) {
            if let Some(found) = form.buttons.iter().find(|found| found.text.starts_with(button)) {
                let found = found.clone();
                return (form, found);
            }
        }
        panic!("no button `{button}` at {}: {} {}", self.path, self.answer.status, self.text());
    }
}

impl Visitor {
    /// A new visitor to the service at `base`.
    pub fn new(base: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), connection: None, cookies: BTreeMap::new() }
    }

    /// The same visitor's cookies on another connection, as another tab.
    #[must_use]
    pub fn tab(&self) -> Self {
        Self { base: self.base.clone(), connection: None, cookies: self.cookies.clone() }
    }

    /// One request, nothing followed.
    #[track_caller]
    pub fn ask(&mut self, ask: Ask) -> Answer {
        let mut ask = ask;
        if !self.cookies.is_empty() {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            ask = ask.header("Cookie", &cookies.join("; "));
        }
        let base = self.base.clone();
        let connection = self.connection.get_or_insert_with(|| Connection::open(&base));
        // A connection that the service closed meanwhile is opened again, as a browser does.
        let answer = match connection.send(&ask).and_then(|()| connection.receive()) {
            Ok(answer) => answer,
            Err(_) => self.connection.insert(Connection::open(&base)).ask(&ask),
        };
        if answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            self.connection = None;
        }
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
        answer
    }

    /// A path of the service from an address; none when it leads elsewhere.
    fn local(&self, address: &str) -> Option<String> {
        match address.strip_prefix(&self.base) {
            Some("") => Some("/".to_owned()),
            Some(path) => Some(path.to_owned()),
            None => address.starts_with('/').then(|| address.to_owned()),
        }
    }

    /// Follows redirects as long as they stay within the service.
    #[track_caller]
    fn follow(&mut self, path: String, answer: Answer) -> Visited {
        let mut visited = Visited { path, answer };
        for _ in 0..10 {
            let Some(next) = visited.leads_to().and_then(|address| self.local(address)) else {
                return visited;
            };
            let answer = self.ask(browsing(Ask::get(&next)));
            visited = Visited { path: next, answer };
        }
        panic!("redirected in a circle: {visited:?}");
    }

    /// Opens a page (a path or a whole address of the service).
    #[track_caller]
    pub fn open(&mut self, address: &str) -> Visited {
        let Some(path) = self.local(address) else { panic!("{address} is not at {}", self.base) };
        let answer = self.ask(browsing(Ask::get(&path)));
        self.follow(path, answer)
    }

    /// Presses a button of a form, with these fields filled in, and follows where it leads within the service.
    #[track_caller]
    pub fn press(&mut self, page: &Visited, button: &str, fill: &[(&str, &str)]) -> Visited {
        let (path, answer) = self.press_only(page, button, fill);
        self.follow(path, answer)
    }

    /// Presses a button of a form and follows nothing.
    #[track_caller]
    pub fn press_only(&mut self, page: &Visited, button: &str, fill: &[(&str, &str)]) -> (String, Answer) {
        let (path, ask) = self.pressing(page, button, fill);
        (path, self.ask(ask))
    }

    /// The request that pressing a button makes, not sent yet.
    #[track_caller]
    pub fn pressing(&self, page: &Visited, button: &str, fill: &[(&str, &str)]) -> (String, Ask) {
        let (form, button) = page.form_with(button);
        let action = button.action.unwrap_or(form.action);
        let path = if action.is_empty() { Some(page.path.clone()) } else { self.local(&action) };
        let Some(path) = path else { panic!("the form at {} leads elsewhere: {action}", page.path) };
        let mut fields: Vec<(String, String)> = form.fields;
        for (name, value) in fill {
            match fields.iter_mut().find(|(field, _)| field == name) {
                Some((_, old)) => (*value).clone_into(old),
                None => panic!("the form at {} has no field {name}: {fields:?}", page.path),
            }
        }
        fields.extend(button.field);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let ask = Ask::form(&path, &fields).header("Origin", &self.base);
        (path, browsing(ask))
    }

    /// Makes an account; the visitor is signed in afterwards.
    #[track_caller]
    pub fn sign_up(&mut self, email: &str) -> Visited {
        let page = self.open("/sign-up");
        self.press(&page, "Create account", &[("email", email), ("password", PASSWORD)])
    }

    /// The path of the page that a device's user code leads to.
    pub fn device_page(user_code: &str) -> String {
        format!("/device?{}", encode_form(&[("user_code", user_code)]))
    }
}

/// A password that nobody uses.
pub const PASSWORD: &str = "wade through quiet marigolds";

/// What a browser adds to a navigation.
fn browsing(ask: Ask) -> Ask {
    ask.header("Accept", "text/html")
        .header("Sec-Fetch-Site", "same-origin")
        .header("Sec-Fetch-Mode", "navigate")
}
