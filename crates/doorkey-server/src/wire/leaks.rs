//! Leak reports: a code host that found something like a token of ours tells us, signed with a key that it publishes
//! (GitHub's secret scanning partner programme). What is really ours is revoked at once.
//!
//! Its public keys lie in a file of the configuration, because this service fetches nothing from anybody.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use doorkey_manifest::Secret;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{body, fallback::json_error, oauth, origin};
use crate::service::Service;

/// A P-256 key as it is published is a fixed head and then the point: 1 + 32 + 32 bytes.
const POINT: usize = 65;
const KEY_HEAD: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// How many findings one report may hold.
const MOST: usize = 500;

/// The keys of code hosts, by the names that they give them.
#[derive(Debug, Clone, Default)]
pub struct ReporterKeys(Vec<(String, Vec<u8>)>);

/// Why a file holds no keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReporterKeysError {
    /// It isn't what a code host publishes.
    #[error(
        "expected the JSON that the code host publishes: {{\"public_keys\": [{{\"key_identifier\", \"key\"}}]}}"
    )]
    Malformed,
    /// A key of another kind.
    #[error("the key {0} isn't a P-256 public key")]
    Key(String),
}

#[derive(Deserialize)]
struct Published {
    public_keys: Vec<PublishedKey>,
}

#[derive(Deserialize)]
struct PublishedKey {
    key_identifier: String,
    key: String,
}

/// Something that was found. What else a report says about it doesn't matter to us.
#[derive(Deserialize)]
struct Finding {
    token: Secret,
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    url: String,
}

impl ReporterKeys {
    /// Reads what a code host publishes.
    pub fn parse(text: &str) -> Result<Self, ReporterKeysError> {
        let published: Published = serde_json::from_str(text).map_err(|_| ReporterKeysError::Malformed)?;
        let read = |key: PublishedKey| match point(&key.key) {
            Some(point) => Ok((key.key_identifier, point)),
            None => Err(ReporterKeysError::Key(key.key_identifier)),
        };
        Ok(Self(published.public_keys.into_iter().map(read).collect::<Result<_, _>>()?))
    }

    /// Whether there are any.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the body was signed with the key that the request names.
    fn signed(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let name = header("github-public-key-identifier");
        let Ok(signature) = STANDARD.decode(header("github-public-key-signature")) else { return false };
        self.0.iter().filter(|(own, _)| own == name).any(|(_, point)| {
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(body, &signature).is_ok()
        })
    }
}

/// The point of a P-256 key in PEM.
fn point(pem: &str) -> Option<Vec<u8>> {
    let body: String = pem.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
    let key = STANDARD.decode(body).ok()?;
    let point = key.strip_prefix(KEY_HEAD)?;
    (point.len() == POINT).then(|| point.to_vec())
}

/// The route.
pub fn routes() -> Router<Arc<Service>> {
    Router::new().route("/webhooks/leaks", post(report))
}

async fn report(State(service): State<Arc<Service>>, request: Request) -> Response {
    if service.reporter_keys.is_empty() {
        let message = "no code host is configured; see `leak_reporter_keys` in the configuration";
        return json_error(StatusCode::NOT_FOUND, "not_found", message);
    }
    let (parts, body) = request.into_parts();
    let bytes = match body::read(body).await {
        Ok(bytes) => bytes,
        Err(error) => return json_error(error.status(), "invalid_request", &error.to_string()),
    };
    if !service.reporter_keys.signed(&parts.headers, &bytes) {
        let message = "the signature is missing or wrong, or its key isn't known here";
        return json_error(StatusCode::UNAUTHORIZED, "invalid_signature", message);
    }
    let Ok(findings) = serde_json::from_slice::<Vec<Finding>>(&bytes) else {
        return json_error(StatusCode::BAD_REQUEST, "invalid_request", "send a list of findings");
    };
    let origin = origin::of(&service, &parts);
    let mut labels = Vec::new();
    for finding in findings.iter().take(MOST) {
        let ours = match service.domain.report_leak(&finding.token, &finding.url, &origin).await {
            Ok(ours) => ours,
            Err(error) => return oauth::unavailable(&error),
        };
        // The answer names a finding by its hash: no token is said twice.
        labels.push(json!({
            "token_hash": STANDARD.encode(Sha256::digest(finding.token.expose())),
            "token_type": finding.r#type,
            "label": if ours { "true_positive" } else { "false_positive" },
        }));
    }
    Json(labels).into_response()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use axum::body::Body;
    use ring::{
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
    };

    use super::*;
    use crate::wire::testkit::Site;

    /// As published in the documentation of the programme.
    const NAME: &str = "f9525bf080f75b3506ca1ead061add62b8633a346606dc5fe544e29231c6ee0d";
    const KEY: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsz9ugWDj5jK5ELBK42ynytbo38gP\n\
        HzZFI03Exwz8Lh/tCfL3YxwMdLjB+bMznsanlhK0RwcGP3IDb34kQDIo3Q==\n-----END PUBLIC KEY-----\n";
    const SIGNATURE: &str =
        "MEUCIFLZzeK++IhS+y276SRk2Pe5LfDrfvTXu6iwKKcFGCrvAiEAhHN2kDOhy2I6eGkOFmxNkOJ+L2y8oQ9A2T9GGJo6WJY=";
    const BODY: &str =
        r#"[{"token":"some_token","type":"some_type","url":"some_url","source":"some_source"}]"#;

    fn keys(name: &str, key: &str) -> ReporterKeys {
        let published =
            json!({ "public_keys": [{ "key_identifier": name, "key": key, "is_current": true }] });
        ReporterKeys::parse(&published.to_string()).unwrap()
    }

    fn headers(name: &str, signature: &str) -> HeaderMap {
        let pairs = [("github-public-key-identifier", name), ("github-public-key-signature", signature)];
        pairs.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn f5_the_published_example_is_accepted_and_nothing_like_it() {
        let keys = keys(NAME, KEY);
        assert!(keys.signed(&headers(NAME, SIGNATURE), BODY.as_bytes()));
        assert!(!keys.signed(&headers(NAME, SIGNATURE), b"[]"));
        assert!(!keys.signed(&headers("another", SIGNATURE), BODY.as_bytes()));
        assert!(!keys.signed(&headers(NAME, "AAAA"), BODY.as_bytes()));
        assert!(!keys.signed(&HeaderMap::new(), BODY.as_bytes()));
        assert_eq!(ReporterKeys::parse("{}").unwrap_err(), ReporterKeysError::Malformed);
        let other = json!({ "public_keys": [{ "key_identifier": "x", "key": "MFkw" }] });
        assert_eq!(
            ReporterKeys::parse(&other.to_string()).unwrap_err(),
            ReporterKeysError::Key("x".to_owned())
        );
    }

    #[tokio::test]
    async fn f5_a_leaked_token_is_revoked_and_its_owner_learns_where_it_was_found() {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pair.as_ref(), &random).unwrap();
        let key = STANDARD.encode([KEY_HEAD, pair.public_key().as_ref()].concat());
        let mut site = Site::open().await;
        site.service_mut().reporter_keys = keys("host", &key);
        let begun = site.service.domain.begin_anonymous("demo", &crate::testkit::here()).await.unwrap();
        let token = begun.access_token.expose();
        let body = json!([
            { "token": token, "type": "doorkey", "url": format!("https://code.example/{token}"), "source": "commit" },
            { "token": "demo_at_nonsense", "type": "doorkey", "url": "", "source": "commit" },
        ])
        .to_string();
        let signature = STANDARD.encode(pair.sign(&random, body.as_bytes()).unwrap());
        let send = async |signature: &str| {
            let mut request = Request::post("/webhooks/leaks");
            for (name, value) in &headers("host", signature) {
                request = request.header(name, value);
            }
            site.send(request.body(Body::from(body.clone())).unwrap()).await
        };
        assert_eq!(send("AAAA").await.status, 401);
        assert!(site.service.domain.verify(&begun.access_token).await.unwrap().is_some());
        let answer = send(&signature).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let labels: Vec<_> = answer.json().as_array().unwrap().iter().map(|l| l["label"].clone()).collect();
        assert_eq!(labels, ["true_positive", "false_positive"]);
        assert!(!answer.body.contains(token));
        assert!(site.service.domain.verify(&begun.access_token).await.unwrap().is_none());
        let trail = site.service.domain.events_of(begun.identity.account, 10).await.unwrap();
        assert_eq!(trail[0].action, "token.leaked");
        assert!(trail[0].detail.as_ref().unwrap().contains("https://code.example/…"), "{:?}", trail[0]);
    }
}
