//! Services that answer anything: to every operation of every product something comes back, in words, and no secret is
//! among them.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;

use doorkey_manifest::{Request, Response, Secret, builtin};
use doorkey_tests::mangle::{Change, mangle};
use proptest::prelude::*;
use serde_json::json;

use crate::http::{Failure, Http, Limits, body_of};
use crate::progress::Silent;
use crate::system::System;
use crate::testing::{SECRET, START_MS, World, full_credential};
use crate::{App, Cancel, Client, Error, LoginOptions, LogoutOptions, Overrides, Wish};

const SERVER: &str = "https://example.com";

/// Answers the same to everything.
struct Liar {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Http for Liar {
    fn send(&self, _request: &Request, _limits: &Limits) -> Result<Response, Failure> {
        let body = body_of(self.body.clone());
        Ok(Response { status: self.status, headers: self.headers.clone(), body })
    }
}

/// An answer that holds something for every operation, so that a broken one gets far.
fn rich() -> Vec<u8> {
    json!({
        "access_token": "topsecret-given", "token": "topsecret-given", "refresh_token": "topsecret-renewed",
        "token_type": "Bearer", "expires_in": 3600, "scope": "a b", "status": "pending", "error": "slow_down",
        "error_description": "Not so fast", "message": "Not yet", "device_code": "topsecret-device",
        "user_code": "BCDF-GHJK", "verification_uri": "https://example.com/device", "interval": 5,
        "verification_uri_complete": "https://example.com/device?user_code=BCDF-GHJK", "id": "1", "sub": "1",
        "user": { "id": "1", "email": "ada@example.com", "name": "Ada" }, "email": "ada@example.com",
        "issuer": SERVER, "token_endpoint": "https://example.com/token", "orgs": [{ "id": "o", "slug": "acme" }],
        "device_authorization_endpoint": "https://example.com/device", "userinfo_endpoint": "https://example.com/me",
        "authorization_endpoint": "https://example.com/authorize", "revocation_endpoint": "https://example.com/revoke",
    })
    .to_string()
    .into_bytes()
}

fn client(name: &str, system: &System) -> Client {
    let overrides = Overrides { server: Some(SERVER.to_owned()), ..Overrides::default() };
    Client::with(App::builtin(name).unwrap(), system.clone(), overrides)
}

/// Signed in, and about to be renewed.
fn sign_in(client: &Client) {
    let values = full_credential(SERVER, START_MS + 10_000);
    let store = client.store().unwrap();
    let lock = store.lock(&Cancel::never()).unwrap();
    store.write(&lock, &values, &mut Silent).unwrap();
}

/// What went wrong is said in full, and without a secret.
fn is_told<T>(done: Result<T, Error>) {
    let Err(error) = done else { return };
    let told = format!("{error} {:?} {} {:?}", error.hint(), error.code(), error.exit());
    assert!(!told.contains(SECRET), "{told}");
    assert!(!format!("{error:?}").contains(SECRET), "{error:?}");
    assert!(told.len() < 20_000, "it is said in short: {} bytes", told.len());
}

fn ask_everything(client: &Client) {
    let never = Cancel::never();
    let wait = std::time::Duration::from_secs(20);
    is_told(client.who_am_i(&never).inspect(|found| assert!(!format!("{found:?}").contains(SECRET))));
    is_told(client.status(&never));
    is_told(client.token(std::time::Duration::from_mins(1), &never));
    is_told(client.account(&never).and_then(|account| account.me(&never)));
    is_told(client.own_orgs(&never));
    is_told(client.own_keys(&never));
    is_told(client.end_own_key("k", &never));
    let options = LoginOptions {
        wish: Wish::Device,
        open_browser: false,
        timeout: Some(wait),
        poll_interval: Some(wait / 4),
        ..LoginOptions::default()
    };
    is_told(client.login(&options, &mut Silent, &never));
    is_told(client.save_token(Secret::from("topsecret-pasted"), &mut Silent, &never));
    let _ = client.notice();
    is_told(client.logout(&LogoutOptions { revoke: true, ..LogoutOptions::default() }, &never));
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn whatever_a_service_answers_is_understood_or_told(
        status in prop::sample::select(vec![200_u16, 201, 204, 301, 302, 400, 401, 402, 403, 404, 409, 410, 426, 429, 500, 502, 503, 999]),
        changes in prop::collection::vec(any::<Change>(), 0..6),
        header in "[ -~]{0,40}",
    ) {
        let headers = ["retry-after", "location", "content-type", "date", "sunset", "deprecation", "www-authenticate"];
        let headers = headers.map(|name| (name.to_owned(), header.clone())).to_vec();
        let world = World::new();
        let mut system = world.system();
        system.http = Arc::new(Liar { status, headers, body: mangle(&rich(), &changes) });
        for name in builtin::names() {
            let client = client(name, &system);
            sign_in(&client);
            ask_everything(&client);
        }
    }
}
