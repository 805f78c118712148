//! A service that speaks plain OAuth as far as a client needs it, with answers that a test can replace.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use doorkey_manifest::{Secret, TokenFormat};
use serde_json::json;

use super::{Seen, Service};

type Script = Box<dyn Fn(&Seen) -> Option<String> + Send + Sync>;

/// The service, and the tokens that it has given.
pub(crate) struct Oauth {
    pub service: Service,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    issuer: Mutex<String>,
    /// The access tokens that are good now.
    good: Mutex<Vec<String>>,
    /// Codes and the challenges they are bound to.
    codes: Mutex<HashMap<String, String>>,
    given: Mutex<u8>,
    script: Mutex<Option<Script>>,
}

impl Oauth {
    pub(crate) fn start() -> Oauth {
        let state = Arc::new(State::default());
        let own = state.clone();
        let service = Service::start(move |seen| own.answer(seen));
        *state.issuer.lock().unwrap() = service.url();
        Oauth { service, state }
    }

    pub(crate) fn url(&self) -> String {
        self.service.url()
    }

    /// Answers some requests otherwise.
    pub(crate) fn script(&self, script: impl Fn(&Seen) -> Option<String> + Send + Sync + 'static) {
        *self.state.script.lock().unwrap() = Some(Box::new(script));
    }

    /// An access token that is good now.
    pub(crate) fn good_token(&self) -> Secret {
        Secret::new(self.state.give("demo_at_"))
    }

    /// No token is good any more.
    pub(crate) fn revoke_all(&self) {
        self.state.good.lock().unwrap().clear();
    }

    /// What a person's approval brings home: the redirect address with a code, bound to the challenge of the link.
    pub(crate) fn approver(&self) -> impl Fn(&str) -> String + Send + Sync + 'static {
        let state = self.state.clone();
        move |link| {
            let link = url::Url::parse(link).unwrap();
            let get = |name: &str| link.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
            let code = format!("code-{}", state.codes.lock().unwrap().len());
            state.codes.lock().unwrap().insert(code.clone(), get("code_challenge"));
            let mut home = url::Url::parse(&get("redirect_uri")).unwrap();
            home.query_pairs_mut()
                .append_pair("code", &code)
                .append_pair("state", &get("state"))
                .append_pair("iss", &state.issuer.lock().unwrap());
            home.into()
        }
    }
}

impl State {
    fn give(&self, prefix: &str) -> String {
        let mut given = self.given.lock().unwrap();
        let mut next = *given;
        *given += 1;
        let token = TokenFormat::new(prefix).from_entropy(|bytes| {
            for byte in bytes {
                *byte = next;
                next = next.wrapping_mul(7).wrapping_add(3);
            }
        });
        self.good.lock().unwrap().push(token.expose().to_owned());
        token.expose().to_owned()
    }

    fn tokens(&self) -> String {
        Service::json(
            200,
            &json!({
                "access_token": self.give("demo_at_"), "token_type": "Bearer", "expires_in": 3600,
                "refresh_token": self.give("demo_rt_"), "scope": "profile:read",
            }),
        )
    }

    fn answer(&self, seen: &Seen) -> String {
        if let Some(script) = &*self.script.lock().unwrap()
            && let Some(answer) = script(seen)
        {
            return answer;
        }
        let issuer = self.issuer.lock().unwrap().clone();
        let error = |error: &str| Service::json(400, &json!({"error": error}));
        match (seen.method.as_str(), seen.path()) {
            ("GET", "/.well-known/oauth-authorization-server") => Service::json(
                200,
                &json!({
                    "issuer": issuer,
                    "authorization_endpoint": format!("{issuer}/oauth/authorize"),
                    "token_endpoint": format!("{issuer}/oauth/token"),
                    "device_authorization_endpoint": format!("{issuer}/oauth/device_authorization"),
                    "revocation_endpoint": format!("{issuer}/oauth/revoke"),
                    "userinfo_endpoint": format!("{issuer}/oauth/userinfo"),
                    "authorization_response_iss_parameter_supported": true,
                }),
            ),
            ("POST", "/oauth/device_authorization") => Service::json(
                200,
                &json!({
                    "device_code": "device-secret", "user_code": "BCDF-GHJK", "expires_in": 600, "interval": 1,
                    "verification_uri": format!("{issuer}/device"),
                    "verification_uri_complete": format!("{issuer}/device?user_code=BCDF-GHJK"),
                }),
            ),
            ("POST", "/oauth/token") => match seen.field("grant_type").unwrap_or_default().as_str() {
                "authorization_code" => {
                    let challenge = self.codes.lock().unwrap().remove(&seen.field("code").unwrap());
                    let verifier = Secret::new(seen.field("code_verifier").unwrap_or_default());
                    let proven = challenge.is_some_and(|challenge| challenge == s256(&verifier));
                    if proven { self.tokens() } else { error("invalid_grant") }
                }
                "refresh_token" | "urn:ietf:params:oauth:grant-type:device_code" => self.tokens(),
                _ => error("unsupported_grant_type"),
            },
            ("GET", "/oauth/userinfo") => {
                let token = seen.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
                if token.is_some_and(|token| self.good.lock().unwrap().iter().any(|good| good == token)) {
                    Service::json(200, &json!({"sub": "u1", "name": "Ada", "email": "ada@example.com"}))
                } else {
                    Service::json(401, &json!({"error": "invalid_token"}))
                }
            }
            ("POST", "/oauth/revoke") => Service::json(200, &json!({})),
            _ => Service::json(404, &json!({"error": "not_found"})),
        }
    }
}

fn s256(verifier: &Secret) -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(verifier.expose()))
}
