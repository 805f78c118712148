//! The address on this machine that the page of a polled sign-in leads back to: a browser that comes there says that there
//! may be something to ask for. What else it brings isn't looked at.

use std::time::Duration;

use doorkey_manifest::{Secret, manifest::Loopback};
use url::form_urlencoded;

use super::head::Head;
use super::home;
use super::listener::{Listener, Reply};

/// The open port, and by what a browser is recognized.
pub(crate) struct Callback {
    listener: Listener,
    path: String,
    state: Secret,
    title: String,
    came: bool,
}

impl Callback {
    /// Opens a port. `None` where none can be opened: polling works without.
    pub(super) fn open(settings: &Loopback, state: Secret, title: &str) -> Option<Callback> {
        let listener = Listener::open(settings.host, &settings.ports).ok()?;
        Some(Callback { listener, path: settings.path.clone(), state, title: title.to_owned(), came: false })
    }

    /// The address to come to.
    pub(super) fn address(&self) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("state", self.state.expose())
            .finish();
        format!("{}{}?{query}", self.listener.origin(), self.path)
    }

    /// Whether the browser has been here.
    pub(super) fn came(&self) -> bool {
        self.came
    }

    /// Waits a moment for the browser and answers what came. Says whether it came just now, for the first time.
    pub(super) fn serve(&mut self, now: Duration) -> bool {
        let (path, state, title) = (&self.path, &self.state, &self.title);
        let came = self.listener.serve(now, |head| judge(&head, path, state, title)).is_some();
        came && !std::mem::replace(&mut self.came, true)
    }
}

fn judge(head: &Head<'_>, path: &str, state: &Secret, title: &str) -> (Reply, Option<()>) {
    if let Head::Request { opens: false, .. } = head {
        return (Reply::background(), None);
    }
    let Head::Request { method: "GET", path: asked, query, .. } = head else {
        return (Reply::plain(400, "This isn't a request that is answered here."), None);
    };
    if *asked != path {
        return (Reply::plain(404, "There is nothing here."), None);
    }
    let parameters: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    if home::is_ours(&parameters, state) {
        (Reply::page(200, home::done_page(title)), Some(()))
    } else {
        (Reply::plain(400, "This isn't an answer to the sign-in that is waiting here."), None)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    fn asked(method: &str, path: &str, query: &str) -> (u16, bool) {
        let head = Head::Request { method, path, query, opens: true };
        let (reply, came) = judge(&head, "/callback", &Secret::new("s3"), "Demo");
        (reply.status, came.is_some())
    }

    #[test]
    fn only_the_right_state_at_the_right_place_counts() {
        assert_eq!(asked("GET", "/callback", "state=s3"), (200, true));
        assert_eq!(asked("GET", "/callback", "state=s3&key=ak_live_of_somebody"), (200, true), "ignored");
        for (method, path, query) in [
            ("GET", "/callback", ""),
            ("GET", "/callback", "state=other"),
            ("GET", "/callback", "state=s3&state=s3"),
            ("POST", "/callback", "state=s3"),
            ("GET", "/", "state=s3"),
        ] {
            assert!(!asked(method, path, query).1, "{method} {path}?{query}");
        }
    }

    #[test]
    fn the_address_has_the_state_in_it() {
        let settings = Loopback::default();
        let callback = Callback::open(&settings, Secret::new("s3"), "Demo").unwrap();
        assert!(callback.address().ends_with("/callback?state=s3"), "{}", callback.address());
        assert!(!callback.came());
    }
}
