//! What the tests of the domain and the store stand on: a world with its own database, on SQLite and on PostgreSQL, a
//! clock that the test turns, and short words for what people and tools do.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::{
    net::{IpAddr, Ipv4Addr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorkey_manifest::{Secret, TokenFormat};
use sha2::{Digest, Sha256};
use sqlx::Connection;

use crate::{
    Domain,
    account::{Credentials, Session},
    app::{AnonymousRules, App, Apps, CredentialRules, LongLivedRules, RefreshRules},
    audit::Origin,
    clock::ManualClock,
    domain::Parts,
    entropy::{Entropy, OsEntropy},
    id::SignInId,
    keys::ServerKeys,
    sign_in::{NewProof, NewSignIn, Poll, PollProof, Started, Way, WayHome},
    store::{Location, Store},
    token::{IssuedTokens, TokenKind},
};

/// Runs each test once on SQLite and once on PostgreSQL.
macro_rules! on_both_engines {
    ($($(#[$doc:meta])* async fn $name:ident($world:ident) $body:block)*) => {$(
        $(#[$doc])*
        async fn $name($world: &crate::testkit::World) $body

        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(&crate::testkit::World::on_sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(&crate::testkit::World::on_postgres().await).await;
            }
        }
    )*};
}
pub(crate) use on_both_engines;

/// A password that is good enough.
pub(crate) const PASSWORD: &str = "a quiet little password";
/// Where the redirect of a loopback sign-in goes.
pub(crate) const REDIRECT: &str = "http://127.0.0.1:61023/callback";

/// A service with a database of its own.
pub(crate) struct World {
    pub domain: Arc<Domain>,
    pub clock: ManualClock,
    pub database: Database,
}

impl World {
    pub async fn on_sqlite() -> Self {
        Self::over(Database::sqlite()).await
    }

    pub async fn on_postgres() -> Self {
        Self::over(Database::postgres().await).await
    }

    async fn over(database: Database) -> Self {
        let clock = ManualClock::default();
        let domain = Arc::new(replica(&database.location, &clock).await);
        Self { domain, clock, database }
    }

    /// Another server over the same database.
    pub async fn replica(&self) -> Domain {
        replica(&self.database.location, &self.clock).await
    }

    /// A person signed in in a browser of their own.
    pub async fn person(&self, name: &str) -> Session {
        let new = Credentials { email: format!("{name}@example.com"), password: Secret::new(PASSWORD) };
        self.domain.sign_up(new, None, &here()).await.unwrap().session
    }

    /// The same person in another browser.
    pub async fn other_browser(&self, session: &Session) -> Session {
        let typed = Credentials { email: session.account.email.clone(), password: Secret::new(PASSWORD) };
        self.domain.authenticate(typed, None, &here()).await.unwrap().session
    }

    pub async fn start_device(&self) -> Started {
        self.domain.start(device("demo")).await.unwrap()
    }

    pub async fn start_loopback(&self) -> (Started, Secret) {
        let verifier = verifier();
        (self.domain.start(loopback(&verifier)).await.unwrap(), verifier)
    }

    pub async fn open_and_approve(&self, started: &Started, session: &Session) -> WayHome {
        self.domain.open(&started.approval_id, session, &here()).await.unwrap();
        self.domain.approve(&started.approval_id, session, None, &here()).await.unwrap().way_home
    }

    /// The authorization code of a loopback sign-in that a new person approved.
    pub async fn code(&self, started: &Started, session: &Session) -> Secret {
        match self.open_and_approve(started, session).await {
            WayHome::Redirect { code: Some(code), .. } => code,
            other => panic!("expected a code, got {other:?}"),
        }
    }

    /// The tokens that a device sign-in of a new person gives.
    pub async fn tokens(&self) -> IssuedTokens {
        let (started, person) = (self.start_device().await, self.person("ada").await);
        self.open_and_approve(&started, &person).await;
        match self.poll(&started).await {
            Poll::Redeemed(tokens) => *tokens,
            other => panic!("expected tokens, got {other:?}"),
        }
    }

    pub async fn poll(&self, started: &Started) -> Poll {
        self.domain.poll("demo", &device_proof(started), &here()).await.unwrap()
    }

    /// What happened to a sign-in.
    pub async fn trail(&self, sign_in: SignInId) -> Vec<String> {
        let events = self.domain.events_of_sign_in(sign_in).await.unwrap();
        events.into_iter().map(|e| e.action).collect()
    }
}

async fn replica(location: &Location, clock: &ManualClock) -> Domain {
    Domain::new(Parts {
        store: Store::open(location).await.unwrap(),
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(OsEntropy),
        keys: ServerKeys::new([42; 32]),
        apps: apps(),
        hash_at_once: 2,
    })
}

const PLANS: &str = r#"
order = ["free", "pro", "team"]
billing = "https://acme.example/billing"
scopes = { "notes:train" = "pro" }
"#;

/// Four apps: one with refresh tokens, another like it, one that gives long-lived keys, and one whose keys look the same.
pub(crate) fn apps() -> Apps {
    let oauth = |name: &str| App {
        name: name.to_owned(),
        title: name.to_owned(),
        ways: vec![Way::Loopback, Way::Device],
        scopes: ["profile:read", "notes:write", "notes:train"].map(str::to_owned).to_vec(),
        default_scopes: vec!["profile:read".to_owned(), "notes:write".to_owned()],
        sign_in_lifetime: Duration::from_mins(10),
        poll_interval: Duration::from_secs(1),
        credential: CredentialRules {
            kind: TokenKind::Access,
            format: TokenFormat::new(format!("{name}_at_")),
            lifetime: Some(Duration::from_hours(1)),
        },
        refresh: Some(RefreshRules {
            format: TokenFormat::new(format!("{name}_rt_")),
            idle: Duration::from_hours(24 * 30),
            lifetime: Duration::from_hours(24 * 90),
        }),
        personal: Some(LongLivedRules {
            format: TokenFormat::new(format!("{name}_pat_")),
            usual: Some(Duration::from_hours(24 * 30)),
            endless: false,
            longest: None,
        }),
        keys: ["live", "test"]
            .map(|kind| (kind.to_owned(), TokenFormat::new(format!("{name}_{kind}_"))))
            .to_vec(),
        key_rules: LongLivedRules {
            format: TokenFormat::new(format!("{name}_live_")),
            usual: None,
            endless: false,
            longest: None,
        },
        keys_of_people: false,
        anonymous: Some(AnonymousRules {
            format: TokenFormat::new(format!("{name}_anon_")),
            lifetime: Duration::from_hours(24 * 90),
        }),
        plans: Some(toml::from_str(PLANS).unwrap()),
    };
    let keys = App {
        ways: vec![Way::Session, Way::Loopback],
        credential: CredentialRules {
            kind: TokenKind::ApiKey,
            format: TokenFormat::new("parcel_"),
            lifetime: None,
        },
        refresh: None,
        keys: vec![("live".to_owned(), TokenFormat::new("parcel_"))],
        ..oauth("parcel")
    };
    let twin = App { name: "twin".to_owned(), title: "twin".to_owned(), ..keys.clone() };
    let twin = App { personal: None, anonymous: None, ..twin };
    Apps::new([oauth("demo"), oauth("other"), keys, twin]).unwrap()
}

/// Where everybody is unless the test says otherwise.
pub(crate) fn here() -> Origin {
    from(1)
}

/// Another place.
pub(crate) fn from(n: u8) -> Origin {
    Origin::of(IpAddr::V4(Ipv4Addr::new(192, 0, 2, n)))
}

pub(crate) fn verifier() -> Secret {
    crate::entropy::random_secret(&OsEntropy)
}

pub(crate) fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()))
}

pub(crate) fn device(app: &str) -> NewSignIn {
    NewSignIn {
        app: app.to_owned(),
        way: Way::Device,
        proof: NewProof::DeviceSecret,
        redirect_uri: None,
        client_state: None,
        legacy: false,
        scopes: Vec::new(),
        org: None,
        origin: here().host_name(Some("laptop")),
    }
}

pub(crate) fn loopback(verifier: &Secret) -> NewSignIn {
    NewSignIn {
        way: Way::Loopback,
        proof: NewProof::Pkce { code_challenge: challenge(verifier) },
        redirect_uri: Some(REDIRECT.to_owned()),
        client_state: Some("as it came: %20+&".to_owned()),
        ..device("demo")
    }
}

pub(crate) fn device_proof(started: &Started) -> PollProof {
    PollProof::DeviceSecret { device_code: started.device_code.clone().unwrap() }
}

/// A database that is gone when the test is.
pub(crate) struct Database {
    pub location: Location,
    folder: Option<tempfile::TempDir>,
    admin: Option<(String, String)>,
}

impl Database {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::from(folder.path().join("doorkey.db").as_path());
        Self { location, folder: Some(folder), admin: None }
    }

    pub async fn postgres() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is where the tests' environment comes in")]
        let Ok(admin) = std::env::var("DOORKEY_TEST_POSTGRES") else {
            panic!("run `cargo xtask test`, which starts a private PostgreSQL")
        };
        let mut bytes = [0; 8];
        OsEntropy.fill(&mut bytes);
        let name = format!("doorkey_test_{:016x}", u64::from_be_bytes(bytes));
        run_as_admin(&admin, format!("CREATE DATABASE {name}")).await;
        let mut address = url::Url::parse(&admin).unwrap();
        address.set_path(&name);
        let location = address.as_str().parse().unwrap();
        Self { location, folder: None, admin: Some((admin, name)) }
    }

    /// The folder of the SQLite file.
    pub fn folder(&self) -> &Path {
        self.folder.as_ref().unwrap().path()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some((admin, name)) = self.admin.take() else { return };
        let remove = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(run_as_admin(&admin, format!("DROP DATABASE {name} WITH (FORCE)")));
        };
        // A runtime can't be started inside another, so this needs a thread of its own.
        let _ = std::thread::spawn(remove).join();
    }
}

async fn run_as_admin(address: &str, statement: String) {
    let mut connection = sqlx::PgConnection::connect(address).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
