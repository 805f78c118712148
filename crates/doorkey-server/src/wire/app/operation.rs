//! What the operations do. Each takes the values that a request gave and answers with others.

use std::{sync::Arc, time::Duration};

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use doorkey_manifest::{Exchange, Meaning, Operation, Secret, Values};

use super::{Call, account, answer, values};
use crate::{
    audit::Origin,
    place::Place,
    products::Product,
    service::Service,
    sign_in::{NewProof, NewSignIn, Poll, PollProof, RedeemCode, RedeemError, StartError, Way},
    store::StoreError,
    token::{CheckError, Demand, NotGood, Refresh, RefreshError, RevokeError, Verified},
    wire::{
        held,
        oauth::Redirects,
        origin,
        poll::{self, Asking},
    },
};

/// The operations that are served. What is left is said by browsers and listeners, not to us.
pub(super) fn is_served(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::Metadata
            | Operation::Config
            | Operation::Authorize
            | Operation::Start
            | Operation::Poll
            | Operation::Redeem
            | Operation::Refresh
            | Operation::Revoke
            | Operation::WhoAmI
            | Operation::Check
            | Operation::Orgs
            | Operation::SwitchOrg
            | Operation::ListKeys
            | Operation::CreateKey
            | Operation::RotateKey
            | Operation::RevokeKey
            | Operation::Anonymous
            | Operation::Claim
            | Operation::Health
    )
}

/// Does what a request asks for.
pub(super) async fn run(service: Arc<Service>, call: Call) -> Response {
    let product = Arc::clone(&call.product);
    let Some(exchange) = product.manifest.own_exchange(call.operation) else { return answer::mistake() };
    match call.operation {
        Operation::Health => health(&service, &call, exchange).await,
        Operation::Metadata | Operation::Config => {
            let mut known = common(&service, &call);
            values::endpoints(&service, &call.product, call.place, &mut known);
            answer::success(exchange, Meaning::Ok, &known)
        }
        Operation::Authorize => authorize(&service, &call).await,
        Operation::Start => start(&service, &call, exchange).await,
        Operation::Poll => asked(service, call).await,
        Operation::Redeem => redeem(&service, &call, exchange).await,
        Operation::Refresh => refresh(&service, &call, exchange).await,
        Operation::Revoke => revoke(&service, &call, exchange).await,
        Operation::WhoAmI | Operation::Orgs => who_am_i(&service, &call, exchange).await,
        Operation::Check => check(&service, &call, exchange).await,
        Operation::SwitchOrg => either(account::switch_org(&service, &call, exchange).await),
        Operation::ListKeys => either(account::list_keys(&service, &call, exchange).await),
        Operation::CreateKey => either(account::create_key(&service, &call, exchange).await),
        Operation::RotateKey => either(account::rotate_key(&service, &call, exchange).await),
        Operation::RevokeKey => either(account::revoke_key(&service, &call, exchange).await),
        Operation::Anonymous => account::anonymous(&service, &call, exchange).await,
        Operation::Claim => either(account::claim(&service, &call, exchange).await),
        Operation::Callback => answer::mistake(),
    }
}

fn either(answer: account::Answer) -> Response {
    answer.unwrap_or_else(|refused| refused)
}

pub(super) fn origin(service: &Service, call: &Call) -> Origin {
    origin::of(service, &call.parts).host_name(call.values.text("host_name"))
}

pub(super) fn common(service: &Service, call: &Call) -> Values {
    values::common(service, &call.product, call.place, call.parts.uri.path())
}

/// Whether the service is there; and where a credential came along, whether that is good.
async fn health(service: &Service, call: &Call, exchange: &Exchange) -> Response {
    if call.values.get("token").is_some()
        && let Err(refused) = holder(service, call, exchange).await
    {
        return refused;
    }
    answer::success(exchange, Meaning::Ok, &common(service, call))
}

/// The scopes that are asked for, as one text or as a list.
fn scopes(values: &Values) -> Vec<String> {
    match values.list("scopes") {
        Some(list) => list.iter().filter_map(|scope| scope.as_str().map(str::to_owned)).collect(),
        None => values.text("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
    }
}

/// How a command begins that polls: with a state of its own, or with nothing but the code that it is given in return.
fn way_and_proof(product: &Product, values: &Values) -> (Way, NewProof) {
    let ways = &product.app().ways;
    match values.secret("state").filter(|_| ways.contains(&Way::Session)) {
        Some(state) => (Way::Session, NewProof::State { state }),
        None if ways.contains(&Way::Device) => (Way::Device, NewProof::DeviceSecret),
        None => (Way::Session, NewProof::DeviceSecret),
    }
}

/// Where the browser goes by when a command that polls also listens. What isn't such an address is passed over: the
/// command polls in any case.
fn goes_by(product: &Product, way: Way, values: &Values) -> Option<String> {
    let offered = way == Way::Device && product.manifest.sign_in.device.callback;
    let address = values.text("redirect_uri").filter(|_| offered)?;
    Redirects::of(&product.manifest).allow_with_query(address).then(|| address.to_owned())
}

async fn start(service: &Service, call: &Call, exchange: &Exchange) -> Response {
    let (way, proof) = way_and_proof(&call.product, &call.values);
    let new = NewSignIn {
        app: call.product.name().to_owned(),
        way,
        proof,
        redirect_uri: goes_by(&call.product, way, &call.values),
        client_state: None,
        legacy: false,
        scopes: scopes(&call.values),
        org: call.values.text("org.wanted").map(str::to_owned),
        origin: origin(service, call),
    };
    match service.domain.start(new).await {
        Ok(started) => {
            let mut known = common(service, call);
            known.add_missing(&call.values);
            values::started(service, &call.product, call.place, way, &started, &mut known);
            answer::success(exchange, Meaning::Started, &known)
        }
        Err(StartError::Store(error)) => answer::unavailable(exchange, common(service, call), &error),
        Err(error) => answer::failure(
            exchange,
            &[Meaning::BadRequest, Meaning::Invalid],
            common(service, call),
            &error.to_string(),
        ),
    }
}

/// The page of a loopback sign-in, as the product's commands open it.
async fn authorize(service: &Service, call: &Call) -> Response {
    use crate::pages::problem;
    let Some(redirect_uri) = call.values.text("redirect_uri") else {
        return problem::bad_link("The link doesn't say where to go back to.");
    };
    let manifest = &call.product.manifest;
    let legacy = manifest.sign_in.loopback.legacy && call.values.flag("legacy") == Some(true);
    let redirects = if legacy { Redirects::with_name(manifest) } else { Redirects::of(manifest) };
    if !redirects.allow(redirect_uri) {
        return problem::bad_link("The link leads back to an address that doesn't belong to the tool.");
    }
    let proof = match (call.values.text("code_challenge"), call.values.secret("state")) {
        (Some(challenge), _) => NewProof::Pkce { code_challenge: challenge.to_owned() },
        (None, Some(state)) => NewProof::State { state },
        (None, None) => {
            return problem::bad_link("The link has nothing by which the tool can prove that it is its own.");
        }
    };
    let new = NewSignIn {
        app: call.product.name().to_owned(),
        way: Way::Loopback,
        proof,
        redirect_uri: Some(redirect_uri.to_owned()),
        client_state: call.values.text("state").map(str::to_owned),
        legacy,
        scopes: scopes(&call.values),
        org: call.values.text("org.wanted").map(str::to_owned),
        origin: origin(service, call),
    };
    match service.domain.start(new).await {
        Ok(started) => Redirect::to(&format!("/approve/{}", started.approval_id)).into_response(),
        Err(StartError::Store(error)) => problem::unavailable(&error),
        Err(_) => problem::bad_link("The tool asks for something that it isn't registered for."),
    }
}

async fn asked(service: Arc<Service>, call: Call) -> Response {
    let code = call.values.secret("device_code").or_else(|| call.values.secret("sign_in"));
    let Some(code) = code else { return answer::mistake() };
    let session = call.product.app().ways.contains(&Way::Session);
    let proof = match call.values.secret("state").filter(|_| session) {
        Some(state) => PollProof::State { session_code: code, state },
        None => PollProof::DeviceSecret { device_code: code },
    };
    let interval = call.product.app().poll_interval.max(Duration::from_secs(1));
    let patience = held::patience(&call.parts.headers, interval);
    let place = call.place;
    let path: Box<str> = call.parts.uri.path().into();
    let asking = Asking { origin: origin(&service, &call), product: call.product, proof };
    let say =
        move |service: &Service, product: &Product, found| polled(service, product, place, &path, found);
    poll::poll(service, asking, patience, say).await
}

/// What a poll found, in the product's words. A product that has no word for something gets the next best.
fn polled(
    service: &Service,
    product: &Product,
    place: Place,
    path: &str,
    found: Result<Poll, StoreError>,
) -> Response {
    let Some(exchange) = product.manifest.own_exchange(Operation::Poll) else { return answer::mistake() };
    let known = || values::common(service, product, place, path);
    let failure = |means: &[Meaning], message: &str| answer::failure(exchange, means, known(), message);
    let waiting = |means: &[Meaning], interval: Duration, message: &str| {
        let known = known().with("interval", interval.as_secs().max(1));
        answer::failure(exchange, means, known, message)
    };
    match found {
        Ok(Poll::Redeemed(tokens)) => {
            let mut known = known();
            values::issued(&tokens, &mut known);
            answer::success(exchange, Meaning::Approved, &known)
        }
        Ok(Poll::Pending { interval, .. }) => {
            waiting(&[Meaning::Pending], interval, "nobody has decided yet")
        }
        Ok(Poll::SlowDown { interval }) => {
            waiting(&[Meaning::SlowDown, Meaning::Pending], interval, "polled too often")
        }
        Ok(Poll::Denied) => {
            failure(&[Meaning::Denied, Meaning::Forbidden, Meaning::Invalid], "the sign-in was denied")
        }
        Ok(Poll::Expired) => {
            failure(&[Meaning::Expired, Meaning::Invalid, Meaning::Denied], "the sign-in has expired")
        }
        Ok(Poll::Unknown) => failure(
            &[Meaning::Invalid, Meaning::Expired, Meaning::BadRequest],
            "there is no such sign-in, or it is over",
        ),
        Err(error) => answer::unavailable(exchange, known(), &error),
    }
}

async fn redeem(service: &Service, call: &Call, exchange: &Exchange) -> Response {
    let Some(code) = call.values.secret("code") else { return answer::mistake() };
    let (code_verifier, state) = (call.values.secret("code_verifier"), call.values.secret("state"));
    let redeem = RedeemCode {
        app: call.product.name(),
        code: &code,
        // Where the challenge is the proof, the state was only the browser's.
        state: state.as_ref().filter(|_| code_verifier.is_none()),
        code_verifier: code_verifier.as_ref(),
        redirect_uri: call.values.text("redirect_uri"),
    };
    match service.domain.redeem_code(redeem, &origin(service, call)).await {
        Ok(tokens) => {
            let mut known = common(service, call);
            values::issued(&tokens, &mut known);
            answer::success(exchange, Meaning::Approved, &known)
        }
        Err(RedeemError::Store(error)) => answer::unavailable(exchange, common(service, call), &error),
        Err(error) => answer::failure(
            exchange,
            &[Meaning::Invalid, Meaning::BadRequest],
            common(service, call),
            &error.to_string(),
        ),
    }
}

async fn refresh(service: &Service, call: &Call, exchange: &Exchange) -> Response {
    let Some(refresh_token) = call.values.secret("refresh_token") else { return answer::mistake() };
    let refresh = Refresh { app: call.product.name(), refresh_token: &refresh_token, scopes: None };
    match service.domain.refresh(refresh, &origin(service, call)).await {
        Ok(tokens) => {
            let mut known = common(service, call);
            values::issued(&tokens, &mut known);
            answer::success(exchange, Meaning::Ok, &known)
        }
        Err(RefreshError::Store(error)) => answer::unavailable(exchange, common(service, call), &error),
        Err(error) => answer::failure(
            exchange,
            &[Meaning::Invalid, Meaning::BadRequest],
            common(service, call),
            &error.to_string(),
        ),
    }
}

async fn revoke(service: &Service, call: &Call, exchange: &Exchange) -> Response {
    let token = call.values.secret("token").or_else(|| call.values.secret("refresh_token"));
    let Some(token) = token else { return invalid(service, call, exchange) };
    match service.domain.revoke(call.product.name(), &token, &origin(service, call)).await {
        Ok(()) => answer::success(exchange, Meaning::Ok, &common(service, call)),
        Err(RevokeError::OtherApp) => invalid(service, call, exchange),
        Err(RevokeError::Store(error)) => answer::unavailable(exchange, common(service, call), &error),
    }
}

async fn who_am_i(service: &Service, call: &Call, exchange: &Exchange) -> Response {
    let token = match holder(service, call, exchange).await {
        Ok(token) => token,
        Err(response) => return response,
    };
    let mut known = common(service, call);
    values::verified(&token, &mut known);
    match service.domain.memberships(token.identity.account).await {
        Ok(all) => values::memberships(&all, token.identity.org.as_ref(), &mut known),
        Err(error) => return answer::unavailable(exchange, common(service, call), &error),
    }
    answer::success(exchange, Meaning::Ok, &known)
}

/// Whether a credential may be used: like `/verify`, in the product's words.
async fn check(service: &Service, call: &Call, exchange: &Exchange) -> Response {
    let Some(token) = call.values.secret("token") else { return invalid(service, call, exchange) };
    let demand = Demand { app: Some(call.product.name()), ..Demand::default() };
    match service.domain.check(&token, &demand, &origin(service, call)).await {
        Ok(checked) => {
            let mut known = common(service, call);
            values::verified(&checked.token, &mut known);
            answer::success(exchange, Meaning::Ok, &known)
        }
        Err(CheckError::NotGood(why)) => not_good(service, call, exchange, why),
        Err(error) => not_passed(service, call, exchange, error),
    }
}

/// Why a credential that may be good doesn't pass.
fn not_passed(service: &Service, call: &Call, exchange: &Exchange, error: CheckError) -> Response {
    match error {
        CheckError::NotGood(_) => invalid(service, call, exchange),
        CheckError::Plan(needed) => {
            let (message, billing) = values::plan_needed(service, &needed);
            let mut known = common(service, call).with("plan", needed.plan.as_str());
            known.set("url", billing.unwrap_or_default());
            answer::failure(exchange, &[Meaning::NeedsPlan, Meaning::Forbidden], known, &message)
        }
        CheckError::Limited(state) => {
            let known = common(service, call).with("retry_after", state.retry_after().as_secs());
            let mut response = answer::failure(exchange, &[Meaning::TryLater], known, "too many requests");
            let wait = HeaderValue::from(state.retry_after().as_secs());
            response.headers_mut().insert(header::RETRY_AFTER, wait);
            response
        }
        CheckError::Store(error) => answer::unavailable(exchange, common(service, call), &error),
        CheckError::Address(_) | CheckError::Scope(_) => answer::failure(
            exchange,
            &[Meaning::Forbidden, Meaning::Invalid],
            common(service, call),
            &error.to_string(),
        ),
    }
}

/// Why a credential isn't good, for products that tell the reasons apart: an expired one by its own outcome, a revoked one
/// by the value `error`.
fn not_good(service: &Service, call: &Call, exchange: &Exchange, why: NotGood) -> Response {
    let means = [Meaning::Invalid, Meaning::Forbidden, Meaning::BadRequest];
    let tells_expired = exchange.outcome.iter().any(|outcome| outcome.means == Meaning::Expired);
    match why {
        NotGood::Expired if tells_expired => {
            answer::failure(exchange, &[Meaning::Expired], common(service, call), &why.to_string())
        }
        NotGood::Expired | NotGood::Revoked => answer::failure(
            exchange,
            &means,
            common(service, call).with("error", why.as_str()),
            &why.to_string(),
        ),
        NotGood::Unknown => {
            let known = common(service, call).with("error", Meaning::Invalid.name());
            answer::failure(exchange, &means, known, &why.to_string())
        }
    }
}

/// Whose the request is.
pub(super) async fn holder(
    service: &Service,
    call: &Call,
    exchange: &Exchange,
) -> Result<Verified, Response> {
    let token: Secret = call.values.secret("token").ok_or_else(|| invalid(service, call, exchange))?;
    let found = service.domain.holder(&token, call.product.name(), &origin(service, call)).await;
    found.map_err(|error| not_passed(service, call, exchange, error))
}

fn invalid(service: &Service, call: &Call, exchange: &Exchange) -> Response {
    let means = [Meaning::Invalid, Meaning::Forbidden, Meaning::BadRequest];
    let message = "the token is expired, revoked or was never issued here";
    // It tells no reason, so it mustn't get the words for one.
    let known = common(service, call).with("error", Meaning::Invalid.name());
    answer::failure(exchange, &means, known, message)
}
