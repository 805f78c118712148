//! Who gets what at every route of the service that isn't the JSON interface's (which has a table of its own): each asked
//! by everybody, in a world where there is something to ask for. What each got stands in `docs/routes.md`.
//!
//! The routes are those that the router itself knows. One that isn't prepared here fails.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path, time::Duration};

use axum::{body::Body, http::Request};
use doorkey_manifest::Secret;

use crate::{
    account::Session,
    asker::Asker,
    audit::Origin,
    org::{NewOrg, Role},
    service::Service,
    testkit::device,
    token::{NewKey, NewToken},
    wire::testkit::{Site, Visitor},
};

/// Everybody with a browser, those who may least first.
const CALLERS: [&str; 5] = ["nobody", "another organization's owner", "a member", "an admin", "the owner"];

/// What the router knows, in order. axum shows the paths of its routes and has no other way to ask for them.
fn paths(service: &std::sync::Arc<Service>) -> BTreeSet<String> {
    let shown = format!("{:?}", service.router());
    let quoted = shown.split('"').skip(1).step_by(2);
    // What is no route is the root product's, or nothing: that is shown elsewhere.
    let routes = quoted.filter(|text| text.starts_with('/') && !text.contains("fallback"));
    routes.map(str::to_owned).collect()
}

/// A world with an organization and everything in it.
struct Scene<'a> {
    site: &'a Site,
    people: Vec<Visitor<'a>>,
    ids: Vec<(&'static str, String)>,
}

async fn session(site: &Site, person: &Visitor<'_>) -> Session {
    let cookie = person.cookie.as_deref().unwrap().split_once('=').unwrap().1;
    site.service.domain.session(&Secret::new(cookie)).await.unwrap().unwrap()
}

async fn asker(site: &Site, person: &Visitor<'_>) -> Asker {
    session(site, person).await.asker(&Origin::ourselves(), site.service.domain.now())
}

impl<'a> Scene<'a> {
    async fn new(site: &'a Site, n: usize) -> Self {
        let domain = &site.service.domain;
        // New accounts from one address are limited.
        site.clock.advance(Duration::from_mins(1));
        let mut people = vec![site.visitor()];
        people[0].get("/sign-in").await;
        for name in ["eve", "cyd", "bob", "ada"] {
            people.push(site.person(&format!("{name}{n}")).await);
        }
        let [_, _, cyd, bob, ada] = &people[..] else { panic!() };
        let (cyd, bob, ada) = (asker(site, cyd).await, asker(site, bob).await, asker(site, ada).await);
        let org = domain.create_org(&ada, NewOrg { name: "Acme", slug: None }).await.unwrap().org.slug;
        for (newcomer, role) in [(&cyd, Role::Member), (&bob, Role::Admin)] {
            let (link, _) = domain.invite(&ada, &org, role, None).await.unwrap();
            domain.accept_invitation(newcomer, &link).await.unwrap();
        }
        let key = NewKey { app: "demo", org: &org, name: "CI", ..NewKey::default() };
        let key = domain.create_key(&ada, key).await.unwrap().token.id.to_string();
        let new = NewToken { app: "demo", name: "laptop", ..NewToken::default() };
        let token = domain.create_personal_token(&ada, new).await.unwrap().token.id.to_string();
        let program = domain.create_service_account(&ada, &org, "CI").await.unwrap().id.to_string();
        let (link, invitation) = domain.invite(&ada, &org, Role::Member, None).await.unwrap();
        let started = domain.start(device("demo")).await.unwrap();
        let device = domain.devices(&ada).await.unwrap().remove(0).id.to_string();
        let ids = vec![
            ("{approval_id}", started.approval_id),
            ("{secret}", link.expose().to_owned()),
            ("{account}", cyd.account.to_string()),
            ("{name}", "demo".to_owned()),
            ("{*path}", "nothing".to_owned()),
            ("/tokens/{id}", format!("/tokens/{token}")),
            ("/keys/{id}", format!("/keys/{key}")),
            ("/service-accounts/{id}", format!("/service-accounts/{program}")),
            ("/invitations/{id}", format!("/invitations/{}", invitation.id)),
            ("/devices/{id}", format!("/devices/{device}")),
            ("{org}", org),
        ];
        Self { site, people, ids }
    }

    fn address(&self, route: &str) -> String {
        let filled = self.ids.iter().fold(route.to_owned(), |path, (name, value)| path.replace(name, value));
        assert!(!filled.contains(['{', '}']), "{route}: say here what to ask for");
        filled
    }

    /// What somebody gets who opens this, or who sends its form with nothing in it but what makes it ours.
    async fn ask(&mut self, caller: usize, method: &str, route: &str) -> u16 {
        let address = self.address(route);
        let person = &mut self.people[caller];
        if method == "GET" {
            return person.get(&address).await.status;
        }
        let page = if caller == 0 { "/sign-in" } else { "/device" };
        let token = person.get(page).await.form_token();
        person.post(&address, &[("form_token", &token)], &[("sec-fetch-site", "same-origin")]).await.status
    }

    /// The methods that a route takes.
    async fn methods(&self, route: &str) -> Vec<&'static str> {
        let request = Request::builder().method("TRACE").uri(self.address(route));
        let answer = self.site.send(request.body(Body::empty()).unwrap()).await;
        let allowed: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
        // What takes any method is asked with one.
        let all = ["GET", "POST"].into_iter().filter(|method| allowed.contains(method)).collect::<Vec<_>>();
        if all.is_empty() { vec!["GET"] } else { all }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_gets_what_at_every_route() {
    let site = Site::open().await;
    let mut scene = Scene::new(&site, 0).await;
    let mut table = format!("| | {} |\n|---|{}\n", CALLERS.join(" | "), "---|".repeat(CALLERS.len()));
    let routes = paths(&site.service);
    assert!(routes.len() > 60, "the router tells its routes: {routes:?}");
    let mut scenes = 0;
    for route in routes.iter().filter(|route| !route.starts_with("/api/v1/")) {
        for method in scene.methods(route).await {
            let mut got = Vec::new();
            for caller in 0..CALLERS.len() {
                got.push(scene.ask(caller, method, route).await);
            }
            let got: Vec<String> = got.iter().map(ToString::to_string).collect();
            assert!(!got.iter().any(|status| status.starts_with('5')), "{method} {route}: {got:?}");
            if route.starts_with("/orgs/{org}") {
                assert_eq!((got[0].as_str(), got[1].as_str()), ("303", "404"), "{method} {route}");
            }
            let _ = writeln!(table, "| `{method} {route}` | {} |", got.join(" | "));
            // Whatever a form changed, and whoever opened something, must not matter to the next.
            if method == "POST" || route.contains("approval_id") {
                scenes += 1;
                scene = Scene::new(&site, scenes).await;
            }
        }
    }
    compare(&table);
}

/// Compares with the page, or writes it where that is asked for.
fn compare(table: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/routes.md");
    let fresh = format!(
        "<!-- Generated by `cargo xtask generate`. -->\n\n# Who gets what\n\n\
         What each route really answered to a person in a browser, found by asking: GET as a page is opened, POST with a form that\n\
         holds nothing but what makes it ours, in an organization that has a member, an admin and an owner. 303 leads to the\n\
         sign-in page, to typing the password again, or on after something was done; 422 and 400 are forms that lack something;\n\
         404 is also what belongs to somebody else. `demo` stands for an app. The interface for programs has its own table in\n\
         [api.md](api.md).\n\n{table}"
    );
    let page = fs::read_to_string(&file).unwrap_or_default();
    #[expect(clippy::disallowed_methods, reason = "this is where the tests' environment comes in")]
    let write = std::env::var_os("DOORKEY_WRITE_DOCS").is_some();
    if write && fresh != page {
        fs::write(&file, fresh).unwrap();
    } else {
        assert!(fresh == page, "docs/routes.md isn't up to date; run `cargo xtask generate`:\n{table}");
    }
}
