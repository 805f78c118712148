//! The operations on what an account holds: organizations, keys, anonymous work. Each in the product's words.

use std::time::Duration;

use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use doorkey_manifest::{Exchange, Meaning, Values};

use super::{
    Call, answer,
    operation::{common, holder, origin},
    values,
};
use crate::{
    account::AnonymousError,
    asker::{Asker, Refusal},
    clock::Time,
    service::Service,
    token::{Lifetime, NewKey, Rotation, Verified},
};

/// An answer, whether it is what was asked for or the reason why not.
pub(super) type Answer = Result<Response, Response>;

/// Whoever asks, if they have signed in: a token that was made on purpose may not make or end others.
async fn asker(service: &Service, call: &Call, exchange: &Exchange) -> Result<(Verified, Asker), Response> {
    let token = holder(service, call, exchange).await?;
    asker_of(service, call, exchange, token)
}

#[expect(clippy::result_large_err, reason = "the error is the answer, and it is sent")]
fn asker_of(
    service: &Service,
    call: &Call,
    exchange: &Exchange,
    token: Verified,
) -> Result<(Verified, Asker), Response> {
    if !token.from_sign_in {
        let message = "this takes the credential of a sign-in; sign in again";
        let means = [Meaning::Forbidden, Meaning::Invalid];
        return Err(answer::failure(exchange, &means, common(service, call), message));
    }
    let asker = token.asker(origin(service, call));
    Ok((token, asker))
}

/// Whoever asks, also with a key of their own that they made on purpose: it may tell and end their keys, as they may.
async fn key_holder(
    service: &Service,
    call: &Call,
    exchange: &Exchange,
) -> Result<(Verified, Asker), Response> {
    let token = holder(service, call, exchange).await?;
    if token.is_own_key() {
        let asker = Asker { manages: false, ..token.asker(origin(service, call)) };
        return Ok((token, asker));
    }
    asker_of(service, call, exchange, token)
}

/// Why not, in the product's words.
fn refused(service: &Service, call: &Call, exchange: &Exchange, refusal: &Refusal) -> Response {
    let means = match refusal {
        Refusal::Store(error) => return answer::unavailable(exchange, common(service, call), error),
        Refusal::NotFound(_) | Refusal::Invitation(_) => [Meaning::NotFound, Meaning::BadRequest],
        Refusal::StepUp | Refusal::Role(_) => [Meaning::Forbidden, Meaning::Invalid],
        Refusal::Throttled(_) => [Meaning::TryLater, Meaning::BadRequest],
        Refusal::LastOwner | Refusal::Personal | Refusal::Invalid { .. } | Refusal::Conflict(_) => {
            [Meaning::BadRequest, Meaning::Forbidden]
        }
    };
    answer::failure(exchange, &means, common(service, call), &refusal.to_string())
}

/// The organization that a request is about: the one that it names, or the one that the token acts for.
fn org(call: &Call, token: &Verified) -> String {
    let named = ["org.wanted", "org.id", "org.slug", "key.org_id"];
    let named = named.iter().find_map(|name| call.values.text(name));
    let own = || token.identity.org.as_ref().map(|org| org.id.to_string()).unwrap_or_default();
    named.map_or_else(own, str::to_owned)
}

pub(super) async fn switch_org(service: &Service, call: &Call, exchange: &Exchange) -> Answer {
    let (token, asker) = asker(service, call, exchange).await?;
    let wanted = org(call, &token);
    // Some products' people call an organization by its name.
    let wanted = match service.domain.memberships(asker.account).await {
        Ok(all) => match all.iter().find(|membership| membership.org.name == wanted) {
            Some(named) => named.org.id.to_string(),
            None => wanted,
        },
        Err(error) => return Err(answer::unavailable(exchange, common(service, call), &error)),
    };
    if service.domain.gives_keys(&token.app) {
        let name = call.values.text("key.name");
        let given = service.domain.key_for_org(&asker, &token, &wanted, name).await;
        let (key, membership) = given.map_err(|refusal| refused(service, call, exchange, &refusal))?;
        let mut known = common(service, call);
        values::issued(&key, &mut known);
        values::org(&membership.org, &mut known);
        return Ok(answer::success(exchange, Meaning::Ok, &known));
    }
    let membership = service
        .domain
        .switch_org(&asker, &wanted)
        .await
        .map_err(|refusal| refused(service, call, exchange, &refusal))?;
    let mut known = common(service, call);
    values::verified(&token, &mut known);
    values::org(&membership.org, &mut known);
    // The credential stays what it is and acts for the other organization from now on.
    if let Some(secret) = call.values.secret("token") {
        known.set_secret("token", &secret);
        known.set_secret("key.secret", &secret);
    }
    Ok(answer::success(exchange, Meaning::Ok, &known))
}

pub(super) async fn list_keys(service: &Service, call: &Call, exchange: &Exchange) -> Answer {
    let (token, asker) = key_holder(service, call, exchange).await?;
    let all = service
        .domain
        .keys_of_app(&asker, &org(call, &token), call.product.name())
        .await
        .map_err(|refusal| refused(service, call, exchange, &refusal))?;
    let mut known = common(service, call);
    values::keys(&all, &mut known);
    Ok(answer::success(exchange, Meaning::Ok, &known))
}

pub(super) async fn create_key(service: &Service, call: &Call, exchange: &Exchange) -> Answer {
    let (token, asker) = asker(service, call, exchange).await?;
    let org = org(call, &token);
    let new = NewKey {
        app: call.product.name(),
        org: &org,
        name: call.values.text("key.name").unwrap_or("A key"),
        kind: call.values.text("key.kind"),
        scopes: texts(&call.values, "key.scopes"),
        lifetime: lifetime(&call.values, service.domain.now()),
        ..NewKey::default()
    };
    let made = service
        .domain
        .create_key(&asker, new)
        .await
        .map_err(|refusal| refused(service, call, exchange, &refusal))?;
    let mut known = common(service, call);
    values::key(&made.token, &mut known);
    known.set_secret("key.secret", &made.secret);
    Ok(answer::success(exchange, Meaning::Ok, &known))
}

pub(super) async fn rotate_key(service: &Service, call: &Call, exchange: &Exchange) -> Answer {
    let (token, asker) = asker(service, call, exchange).await?;
    let Some(id) = call.values.text("key.id").and_then(|id| id.parse().ok()) else {
        return Err(refused(service, call, exchange, &Refusal::NotFound("key")));
    };
    let overlap = call.values.number("key.overlap").and_then(|seconds| u64::try_from(seconds).ok());
    let rotation = Rotation {
        overlap: overlap.map_or(Duration::ZERO, Duration::from_secs),
        lifetime: lifetime(&call.values, service.domain.now()),
    };
    let made = service
        .domain
        .rotate_key(&asker, &org(call, &token), id, rotation)
        .await
        .map_err(|refusal| refused(service, call, exchange, &refusal))?;
    let mut known = common(service, call);
    values::key(&made.token, &mut known);
    known.set_secret("key.secret", &made.secret);
    Ok(answer::success(exchange, Meaning::Ok, &known))
}

pub(super) async fn revoke_key(service: &Service, call: &Call, exchange: &Exchange) -> Answer {
    let (token, asker) = key_holder(service, call, exchange).await?;
    let Some(id) = call.values.text("key.id").and_then(|id| id.parse().ok()) else {
        return Err(refused(service, call, exchange, &Refusal::NotFound("key")));
    };
    service
        .domain
        .revoke_key(&asker, &org(call, &token), id)
        .await
        .map_err(|refusal| refused(service, call, exchange, &refusal))?;
    Ok(answer::success(exchange, Meaning::Ok, &common(service, call)))
}

pub(super) async fn anonymous(service: &Service, call: &Call, exchange: &Exchange) -> Response {
    match service.domain.begin_anonymous(call.product.name(), &origin(service, call)).await {
        Ok(tokens) => {
            let mut known = common(service, call);
            known.add_missing(&call.values);
            values::issued(&tokens, &mut known);
            known.set("anonymous_id", tokens.identity.account.to_string());
            answer::success(exchange, Meaning::Ok, &known)
        }
        Err(AnonymousError::Store(error)) => answer::unavailable(exchange, common(service, call), &error),
        Err(AnonymousError::Throttled(throttled)) => {
            let seconds = throttled.retry_after.as_secs();
            let known = common(service, call).with("retry_after", seconds);
            let mut response = answer::failure(exchange, &[Meaning::TryLater], known, &throttled.to_string());
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
        Err(error @ AnonymousError::NotOffered) => {
            let means = [Meaning::Forbidden, Meaning::Invalid];
            answer::failure(exchange, &means, common(service, call), &error.to_string())
        }
    }
}

pub(super) async fn claim(service: &Service, call: &Call, exchange: &Exchange) -> Answer {
    let (_, asker) = asker(service, call, exchange).await?;
    let Some(token) = call.values.secret("anonymous_token") else {
        return Err(refused(service, call, exchange, &Refusal::NotFound("anonymous work")));
    };
    let membership = service
        .domain
        .claim_anonymous(&asker, &token)
        .await
        .map_err(|refusal| refused(service, call, exchange, &refusal))?;
    let mut known = common(service, call);
    values::org(&membership.org, &mut known);
    Ok(answer::success(exchange, Meaning::Ok, &known))
}

/// A list of words, or a text of words with spaces between them.
fn texts(values: &Values, name: &str) -> Vec<String> {
    match values.list(name) {
        Some(list) => list.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        None => values.text(name).unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
    }
}

/// How long a key shall live: until a moment, or as is usual.
fn lifetime(values: &Values, now: Time) -> Lifetime {
    match values.number("key.expires_at") {
        Some(at) => Lifetime::For(now.until(Time::from_unix_ms(at))),
        None => Lifetime::Usual,
    }
}
