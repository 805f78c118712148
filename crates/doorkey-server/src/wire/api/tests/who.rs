//! Who may call what: every operation of the table, called by everybody, in a world where there is something to call it
//! for. What each got stands in `docs/api.md`; an operation that isn't prepared here fails.

use std::{fmt::Write as _, fs, path::Path, time::Duration};

use doorkey_manifest::Secret;
use serde_json::{Value, json};

use super::{APP, asker};
use crate::{
    account::Session,
    asker::MANAGE_SCOPE,
    org::Role,
    testkit::here,
    token::{NewKey, NewToken},
    wire::{
        api::{operation::Operation, table::operations},
        testkit::Site,
    },
};

/// Everybody, those who may least first.
const CALLERS: [&str; 11] = [
    "nobody",
    "a revoked token",
    "an expired token",
    "a personal token",
    "a key",
    "an anonymous token",
    "the owner, without the scope",
    "another organization's owner",
    "a member",
    "an admin",
    "the owner",
];

/// Where a page shows them, from those who may most.
const SHOWN: [usize; 11] = [10, 9, 8, 7, 0, 6, 1, 2, 3, 4, 5];

struct People {
    owner: Session,
    admin: Session,
    member: Session,
    guest: Session,
    stranger: Session,
}

impl People {
    async fn new(site: &Site, batch: usize) -> Self {
        Self {
            owner: site.signs_up(&format!("owner{batch}")).await,
            admin: site.signs_up(&format!("admin{batch}")).await,
            member: site.signs_up(&format!("member{batch}")).await,
            guest: site.signs_up(&format!("guest{batch}")).await,
            stranger: site.signs_up(&format!("stranger{batch}")).await,
        }
    }
}

/// An organization with everything in it, and what everybody calls with.
struct Scene {
    org: String,
    guest: String,
    key: String,
    program: String,
    invitation: String,
    link: Secret,
    token: String,
    device: String,
    anonymous: Secret,
    tokens: Vec<String>,
}

impl Scene {
    async fn new(site: &Site, people: &People) -> Self {
        let domain = site.domain();
        let text = |secret: &Secret| secret.expose().to_owned();
        let expired = site.manages(&people.owner).await;
        site.clock.advance(Duration::from_mins(11));

        let (owner, admin, member, guest) =
            (asker(&people.owner), asker(&people.admin), asker(&people.member), asker(&people.guest));
        let org = site.makes_org(&owner, "Acme").await;
        site.lets_in(&owner, &org, &admin, Role::Admin).await;
        site.lets_in(&owner, &org, &member, Role::Member).await;
        site.lets_in(&owner, &org, &guest, Role::Member).await;
        let key = NewKey { app: APP, org: &org, name: "CI", ..NewKey::default() };
        let key = domain.create_key(&owner, key).await.unwrap();
        let program = domain.create_service_account(&owner, &org, "CI").await.unwrap().id.to_string();
        let (link, invitation) = domain.invite(&owner, &org, Role::Member, None).await.unwrap();
        let new = NewToken { app: APP, name: "laptop", ..NewToken::default() };
        let personal = domain.create_personal_token(&owner, new).await.unwrap();
        let device = site.tool(&people.owner, &[]).await.grant.to_string();
        let anonymous = domain.begin_anonymous(APP, &here()).await.unwrap().access_token;
        let other_anonymous = domain.begin_anonymous(APP, &here()).await.unwrap().access_token;
        let revoked = site.tool(&people.owner, &[MANAGE_SCOPE]).await;
        domain.end_device(&owner, &revoked.grant.to_string()).await.unwrap();

        let tokens = vec![
            String::new(),
            text(&revoked.access_token),
            expired,
            text(&personal.secret),
            text(&key.secret),
            text(&other_anonymous),
            text(&site.tool(&people.owner, &[]).await.access_token),
            site.manages(&people.stranger).await,
            site.manages(&people.member).await,
            site.manages(&people.admin).await,
            site.manages(&people.owner).await,
        ];
        Self {
            org,
            guest: people.guest.account.id.to_string(),
            key: key.token.id.to_string(),
            program,
            invitation: invitation.id.to_string(),
            link,
            token: personal.token.id.to_string(),
            device,
            anonymous,
            tokens,
        }
    }

    /// Where to call an operation, and with what.
    fn request(&self, operation: &Operation) -> (String, Option<Value>) {
        let id =
            match operation.path.split('/').nth_back(usize::from(operation.path.ends_with("/rotate")) + 1) {
                Some("tokens") => &self.token,
                Some("keys") => &self.key,
                Some("invitations") => &self.invitation,
                Some("service-accounts") => &self.program,
                Some("devices") => &self.device,
                _ => "",
            };
        let path = operation.path.replace("{org}", &self.org).replace("{account}", &self.guest);
        let body = match operation.id {
            "createToken" | "createKey" | "createOrg" | "createServiceAccount" => {
                Some(json!({ "name": "New" }))
            }
            "changeOrg" => Some(json!({ "rate_limit": 600 })),
            "transferOrg" => Some(json!({ "to": self.guest })),
            "changeMember" => Some(json!({ "role": "admin" })),
            "acceptInvitation" => Some(json!({ "token": self.link.expose() })),
            "claimAnonymous" => Some(json!({ "token": self.anonymous.expose() })),
            "beginAnonymous" => Some(json!({ "app": APP })),
            // These take a body and need none.
            "createInvitation" | "rotateToken" | "rotateKey" => None,
            _ => {
                assert!(operation.body.is_none(), "{}: say here what to call it with", operation.id);
                None
            }
        };
        let path = path.replace("{id}", id);
        assert!(
            !path.contains(['{', '}']) && !path.ends_with('/'),
            "{}: say here what to call it for",
            operation.id
        );
        (path, body)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_call_what() {
    let site = Site::open().await;
    let (mut scenes, mut people, mut signed_out) = (0, People::new(&site, 0).await, false);
    let mut table = String::from("| |");
    for caller in SHOWN {
        let _ = write!(table, " {} |", CALLERS[caller]);
    }
    let _ = writeln!(table, "\n|---|{}", "---|".repeat(CALLERS.len()));
    for operation in operations() {
        let mut scene: Option<Scene> = None;
        let mut got = Vec::new();
        for caller in 0..CALLERS.len() {
            let now = if let Some(scene) = scene.take() {
                scene
            } else {
                scenes += 1;
                // An account owns 50 organizations at most, and who was signed out everywhere can't approve.
                if scenes % 40 == 0 || signed_out {
                    signed_out = false;
                    people = People::new(&site, scenes).await;
                }
                Scene::new(&site, &people).await
            };
            let (path, body) = now.request(&operation);
            let body = body.map(|body| body.to_string());
            let token = now.tokens[caller].clone();
            let answer = site.call(operation.verb.as_str(), &path, &token, body.as_deref()).await;
            got.push(answer.status);
            signed_out |= operation.id == "signOutEverywhere" && answer.status == 200;
            let changed = answer.status < 300 && operation.verb.as_str() != "GET";
            scene = (!changed).then_some(now);
        }
        in_keeping(&operation, &got);
        let _ = write!(table, "| `{} {}` |", operation.verb.as_str(), operation.path);
        for caller in SHOWN {
            let _ = write!(table, " {} |", got[caller]);
        }
        table.push('\n');
    }
    compare(&table);
}

/// What the table of operations says about callers is what they got.
fn in_keeping(operation: &Operation, got: &[u16]) {
    use crate::wire::api::operation::Who;
    let id = operation.id;
    let of = |name: &str| got[CALLERS.iter().position(|caller| *caller == name).unwrap()];
    let done = |name: &str| (200..300).contains(&of(name));
    assert!(done("the owner") || matches!(id, "acceptInvitation"), "{id}: {got:?}");
    if operation.who == Who::Anybody {
        assert!(got.iter().all(|status| *status == 201), "{id}: {got:?}");
        return;
    }
    for nobody in ["nobody", "a revoked token", "an expired token"] {
        assert_eq!(of(nobody), 401, "{id}: {nobody}");
    }
    for other in ["a personal token", "a key", "an anonymous token"] {
        assert_eq!(of(other), if operation.who == Who::AnyToken { 200 } else { 403 }, "{id}: {other}");
    }
    assert_eq!(done("the owner, without the scope"), operation.who != Who::Manages, "{id}: {got:?}");
    if operation.path.contains("{org}") {
        assert_eq!(of("another organization's owner"), 404, "{id}");
        assert_eq!(done("a member"), operation.role.is_none(), "{id}: {got:?}");
        assert_eq!(done("an admin"), operation.role != Some(Role::Owner), "{id}: {got:?}");
    }
}

/// Compares with the page, or mends the page where that is asked for.
fn compare(table: &str) {
    const BEGIN: &str = "<!-- Generated by `cargo xtask generate`: callers -->\n";
    const END: &str = "<!-- end -->";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api.md");
    let page = fs::read_to_string(&file).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let fresh = format!("{before}{BEGIN}\n{table}\n{END}{after}");
    #[expect(clippy::disallowed_methods, reason = "this is where the tests' environment comes in")]
    let write = std::env::var_os("DOORKEY_WRITE_DOCS").is_some();
    if write && fresh != page {
        fs::write(&file, fresh).unwrap();
    } else {
        assert!(fresh == page, "docs/api.md isn't up to date; run `cargo xtask generate`:\n{table}");
    }
}
