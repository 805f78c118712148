//! What the service's pages are called, and where they stand.

use super::super::{Manifest, Page, Pages};
use super::Rules;
use super::paths::answers;
use crate::Template;
use crate::names::{self, Group};

impl Rules<'_> {
    pub(super) fn pages(&mut self, manifest: &Manifest) {
        let mut taken: Vec<(&str, &str)> = Vec::new();
        for (name, page) in manifest.pages.iter() {
            self.page(name, page);
        }
        let all = manifest.pages.iter().flat_map(|(name, page)| {
            let own = page.path.iter().map(move |path| (name, "path", path));
            own.chain(page.also.iter().map(move |path| (name, "also", path)))
        });
        for (name, key, path) in all {
            let at = ["pages", name, key];
            if !is_plain(path) {
                self.report(
                    &at,
                    format!("`{path}` can't be the path of a page"),
                    "a path begins with `/` and is plain words without placeholders, such as `/settings/tokens`"
                        .to_owned(),
                );
                continue;
            }
            self.free(&at, path);
            if let Some((_, other)) = taken.iter().find(|(other, _)| other == path) {
                self.report(
                    &at,
                    format!("`{path}` is the path of the page `{other}` already"),
                    "give each page a path of its own".to_owned(),
                );
            }
            let route = manifest.wire.iter().find_map(|(operation, exchange)| {
                let (method, route) = exchange.route()?;
                (method == "GET" && answers(route, path)).then_some((operation, route))
            });
            if let Some((operation, route)) = route {
                self.report(
                    &at,
                    format!("`{path}` is answered by `{}` already: `GET {route}`", operation.name()),
                    "give the page another path".to_owned(),
                );
            }
            taken.push((path, name));
        }
    }

    /// A link says which sign-in it is about, and nothing secret.
    fn link(&mut self, name: &str, link: &Template) {
        let at = ["pages", name, "link"];
        self.template(&at, link);
        let groups = [Group::Always, Group::Start, Group::SignIn, Group::Org, Group::Extra];
        self.known(&at, link.names(), &groups, "a link");
        if let Some(secret) = link.names().find(|name| names::lookup(name).is_some_and(|name| name.secret)) {
            self.secret_in_address(&at, secret);
        }
        let needed = needed_in_link(name);
        if !link.names().any(|name| name == needed) {
            self.report(
                &at,
                format!("the link doesn't say `{{{needed}}}`"),
                format!(
                    "write it as {{ \"$url\" = \"{{frontend}}/…\", query = {{ … = \"{{{needed}}}\" }} }}"
                ),
            );
        }
    }

    /// A page has the settings that it has a place for, and no empty words.
    fn page(&mut self, name: &str, page: &Page) {
        let Page { path, also, link, trail, title, lead, create, created, approve, deny } = page;
        let texts = [
            ("title", title),
            ("lead", lead),
            ("create", create),
            ("created", created),
            ("approve", approve),
            ("deny", deny),
        ];
        let given = texts.iter().filter(|(_, text)| text.is_some()).map(|(key, _)| *key);
        let given = given
            .chain(path.as_ref().map(|_| "path"))
            .chain((!also.is_empty()).then_some("also"))
            .chain(link.as_ref().map(|_| "link"))
            .chain((!trail.is_empty()).then_some("trail"));
        let known = Pages::settings_of(name);
        for key in given.filter(|key| !known.contains(key)) {
            let known: Vec<_> = known.iter().map(|key| format!("`{key}`")).collect();
            self.report(
                &["pages", name, key],
                format!("the page `{name}` has no `{key}`"),
                format!("it has {}", known.join(", ")),
            );
        }
        if let Some(link) = link {
            self.link(name, link);
        }
        let empty = |text: &str| text.trim().is_empty();
        for (key, _) in texts.iter().filter(|(_, text)| text.as_deref().is_some_and(empty)) {
            self.report(&["pages", name, key], format!("`{key}` is empty"), leave_out(key));
        }
        for (index, _) in trail.iter().enumerate().filter(|(_, step)| empty(step)) {
            self.report(
                &["pages", name, "trail", &index.to_string()],
                "a step is empty",
                "leave it out".to_owned(),
            );
        }
    }
}

/// The name that a link can't do without.
fn needed_in_link(page: &str) -> &'static str {
    if page == "device" { "user_code" } else { "approval_id" }
}

fn leave_out(what: &str) -> String {
    format!("without `{what}`, the page has the usual words")
}

/// Whether it is a path of plain words: `/settings/access-tokens`.
fn is_plain(path: &str) -> bool {
    let word = |word: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
        !matches!(word, "" | "." | "..") && word.bytes().all(plain)
    };
    path.strip_prefix('/').is_some_and(|path| path.split('/').all(word))
}
