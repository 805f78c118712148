//! What a billing system tells: who has which plan. The messages are signed as the Standard Webhooks specification has it:
//! HMAC-SHA-256 over id, time and body. An old message, or one that was heard before, changes nothing.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use doorkey_manifest::Secret;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::json;
use sha2::Sha256;

use super::{body, fallback::json_error, oauth, origin};
use crate::{asker::Refusal, clock::Time, plan::PlanHolder, service::Service};

/// How far the time of a message may lie from ours.
const TOLERANCE: Duration = Duration::from_mins(5);

/// What begins a secret that is written in base64.
const SECRET_PREFIX: &str = "whsec_";

/// The longest id of a message.
const LONGEST_ID: usize = 200;

/// Who has which plan from now on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    /// An e-mail address, or the id or short name of an organization.
    holder: String,
    /// The plan; `null` takes it away.
    #[serde(deserialize_with = "Option::deserialize")]
    plan: Option<String>,
}

/// The route.
pub fn routes() -> Router<Arc<Service>> {
    Router::new().route("/webhooks/billing", post(billing))
}

async fn billing(State(service): State<Arc<Service>>, request: Request) -> Response {
    let Some(secret) = &service.billing_secret else {
        let message = "no billing system is configured; see `billing` in the configuration";
        return json_error(StatusCode::NOT_FOUND, "not_found", message);
    };
    let (parts, body) = request.into_parts();
    let bytes = match body::read(body).await {
        Ok(bytes) => bytes,
        Err(error) => return json_error(error.status(), "invalid_request", &error.to_string()),
    };
    let Some(id) = signed(secret, &parts.headers, &bytes, service.domain.now()) else {
        let message =
            "the signature is missing, wrong or too old; sign `id.time.body` with the shared secret";
        return json_error(StatusCode::UNAUTHORIZED, "invalid_signature", message);
    };
    let Ok(message) = serde_json::from_slice::<Message>(&bytes) else {
        let message = "send {\"holder\": an e-mail address or an organization, \"plan\": a name or null}";
        return json_error(StatusCode::BAD_REQUEST, "invalid_request", message);
    };
    let origin = origin::of(&service, &parts);
    let holder = PlanHolder::read(&message.holder);
    match service.domain.set_plan(holder, message.plan.as_deref(), Some(&id), &origin).await {
        Ok(Some(org)) => Json(json!({ "changed": true, "org": org.id.to_string() })).into_response(),
        Ok(None) => Json(json!({ "changed": false })).into_response(),
        Err(Refusal::Store(error)) => oauth::unavailable(&error),
        Err(error @ Refusal::NotFound(_)) => {
            json_error(StatusCode::NOT_FOUND, "not_found", &error.to_string())
        }
        Err(error) => json_error(StatusCode::BAD_REQUEST, "invalid_request", &error.to_string()),
    }
}

/// The id of a message whose signature is right and whose time is now.
fn signed(secret: &Secret, headers: &HeaderMap, body: &[u8], now: Time) -> Option<String> {
    let header = |name: &str| headers.get(name)?.to_str().ok();
    let (id, time) = (header("webhook-id")?, header("webhook-timestamp")?);
    let sent = Time::from_unix_ms(time.parse::<i64>().ok()?.checked_mul(1000)?);
    if id.is_empty() || id.len() > LONGEST_ID || sent.until(now) > TOLERANCE || now.until(sent) > TOLERANCE {
        return None;
    }
    let mut mac = mac(secret)?;
    for part in [id.as_bytes(), b".", time.as_bytes(), b".", body] {
        mac.update(part);
    }
    // While a secret is replaced there may be several signatures; one has to be right.
    let right = header("webhook-signature")?.split(' ').any(|signature| {
        let given = signature.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
        given.is_some_and(|given| mac.clone().verify_slice(&given).is_ok())
    });
    right.then(|| id.to_owned())
}

fn mac(secret: &Secret) -> Option<Hmac<Sha256>> {
    let key = match secret.expose().strip_prefix(SECRET_PREFIX) {
        Some(encoded) => STANDARD.decode(encoded).ok()?,
        None => secret.expose().as_bytes().to_vec(),
    };
    Hmac::new_from_slice(&key).ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use axum::{body::Body, http::header};

    use super::*;
    use crate::wire::testkit::{Answer, Site};

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn headers(id: &str, time: &str, signature: &str) -> HeaderMap {
        let pairs = [("webhook-id", id), ("webhook-timestamp", time), ("webhook-signature", signature)];
        pairs.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn the_specifications_own_example_is_accepted() {
        let (id, time) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330");
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let body = br#"{"test": 2432232314}"#;
        let now = Time::from_unix_ms(1_614_265_330_000);
        let check = |headers: HeaderMap, body: &[u8], now| signed(&Secret::new(SECRET), &headers, body, now);
        assert_eq!(check(headers(id, time, signature), body, now).as_deref(), Some(id));
        let both = format!("v1,AAAA {signature} v2,whatever");
        assert!(check(headers(id, time, &both), body, now).is_some());
        assert!(check(headers(id, time, signature), br#"{"test": 2432232315}"#, now).is_none());
        assert!(check(headers("msg_other", time, signature), body, now).is_none());
        assert!(check(headers(id, "1614265331", signature), body, now).is_none());
        assert!(check(headers(id, time, "v1,"), body, now).is_none());
        assert!(
            check(headers(id, time, signature), body, now.plus(Duration::from_secs(301))).is_none(),
            "too old"
        );
        assert!(check(headers(id, time, signature), body, now.minus(Duration::from_secs(301))).is_none());
    }

    async fn send(site: &Site, id: &str, body: &str) -> Answer {
        let now = site.service.domain.now().unix_seconds().to_string();
        let mut mac = mac(&Secret::new(SECRET)).unwrap();
        mac.update(format!("{id}.{now}.{body}").as_bytes());
        let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        let mut request = Request::post("/webhooks/billing").header(header::CONTENT_TYPE, "application/json");
        for (name, value) in &headers(id, &now, &signature) {
            request = request.header(name, value);
        }
        site.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    #[tokio::test]
    async fn a_signed_message_sets_a_plan_once() {
        let mut site = Site::open().await;
        assert_eq!(send(&site, "msg_0", "{}").await.status, 404, "no billing system is configured");
        site.service_mut().billing_secret = Some(Secret::new(SECRET));
        site.person("ada").await;
        let plan = r#"{"holder": "ada@example.com", "plan": "pro"}"#;
        let first = send(&site, "msg_1", plan).await;
        assert_eq!((first.status, first.json()["changed"].as_bool()), (200, Some(true)), "{}", first.body);
        let again = send(&site, "msg_1", plan).await;
        assert_eq!((again.status, again.json()["changed"].as_bool()), (200, Some(false)));
        for (body, status) in [
            (r#"{"holder": "eve@example.com", "plan": "pro"}"#, 404),
            (r#"{"holder": "ada@example.com", "plan": "gold"}"#, 400),
            (r#"{"holder": "ada@example.com", "plan": "pro", "admin": true}"#, 400),
            (r#"{"holder": "ada@example.com"}"#, 400),
            ("nonsense", 400),
            (r#"{"holder": "ada@example.com", "plan": null}"#, 200),
        ] {
            let answer = send(&site, &format!("msg {body}").replace(['"', ' '], ""), body).await;
            assert_eq!(answer.status, status, "{body}: {}", answer.body);
        }
        let request = Request::post("/webhooks/billing").body(Body::from(plan)).unwrap();
        assert_eq!(site.send(request).await.text("error"), "invalid_signature");
    }
}
