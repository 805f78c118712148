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
        Operation::Metadata | Operation::Config | Operation::Health => {
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

/// The scopes that are asked for, as one text or as a list.
fn scopes(values: &Values) -> Vec<String> {
    match values.list("scopes") {
        Some(list) => list.iter().filter_map(|scope| scope.as_str().map(str::to_owned)).collect(),
        None => values.text("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
    }
}

async fn start(service: &Service, call: &Call, exchange: &Exchange) -> Response {
    let ways = &call.product.app().ways;
    // A session is proved with a state of the command's own, a device with the code alone.
    let (way, proof) = match call.values.secret("state").filter(|_| ways.contains(&Way::Session)) {
        Some(state) => (Way::Session, NewProof::State { state }),
        None => (Way::Device, NewProof::DeviceSecret),
    };
    let new = NewSignIn {
        app: call.product.name().to_owned(),
        way,
        proof,
        redirect_uri: None,
        client_state: None,
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
        Err(StartError::Store(error)) => answer::unavailable(exchange, &error),
        Err(error) => answer::failure(
            exchange,
            &[Meaning::BadRequest, Meaning::Invalid],
            Values::new(),
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
    if !Redirects::of(&call.product.manifest).allow(redirect_uri) {
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
    let failure = |means: &[Meaning], message: &str| answer::failure(exchange, means, Values::new(), message);
    match found {
        Ok(Poll::Redeemed(tokens)) => {
            let mut known = values::common(service, product, place, path);
            values::issued(&tokens, &mut known);
            answer::success(exchange, Meaning::Approved, &known)
        }
        Ok(Poll::Pending { .. }) => failure(&[Meaning::Pending], "nobody has decided yet"),
        Ok(Poll::SlowDown { .. }) => failure(&[Meaning::SlowDown, Meaning::Pending], "polled too often"),
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
        Err(error) => answer::unavailable(exchange, &error),
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
        Err(RedeemError::Store(error)) => answer::unavailable(exchange, &error),
        Err(error) => answer::failure(
            exchange,
            &[Meaning::Invalid, Meaning::BadRequest],
            Values::new(),
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
        Err(RefreshError::Store(error)) => answer::unavailable(exchange, &error),
        Err(error) => answer::failure(
            exchange,
            &[Meaning::Invalid, Meaning::BadRequest],
            Values::new(),
            &error.to_string(),
        ),
    }
}

async fn revoke(service: &Service, call: &Call, exchange: &Exchange) -> Response {
    let token = call.values.secret("token").or_else(|| call.values.secret("refresh_token"));
    let Some(token) = token else { return invalid(exchange) };
    match service.domain.revoke(call.product.name(), &token, &origin(service, call)).await {
        Ok(()) => answer::success(exchange, Meaning::Ok, &common(service, call)),
        Err(RevokeError::OtherApp) => invalid(exchange),
        Err(RevokeError::Store(error)) => answer::unavailable(exchange, &error),
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
        Ok(all) => values::orgs(&all, token.identity.org.as_ref(), &mut known),
        Err(error) => return answer::unavailable(exchange, &error),
    }
    answer::success(exchange, Meaning::Ok, &known)
}

/// Whether a credential may be used: like `/verify`, in the product's words.
async fn check(service: &Service, call: &Call, exchange: &Exchange) -> Response {
    let Some(token) = call.values.secret("token") else { return invalid(exchange) };
    let demand = Demand { app: Some(call.product.name()), ..Demand::default() };
    match service.domain.check(&token, &demand, &origin(service, call)).await {
        Ok(checked) => {
            let mut known = common(service, call);
            values::verified(&checked.token, &mut known);
            answer::success(exchange, Meaning::Ok, &known)
        }
        Err(CheckError::NotGood(NotGood::Expired)) => {
            let means = [Meaning::Expired, Meaning::Invalid, Meaning::Forbidden];
            answer::failure(exchange, &means, Values::new(), "the token has expired")
        }
        Err(CheckError::NotGood(why)) => {
            let means = [Meaning::Invalid, Meaning::Forbidden, Meaning::BadRequest];
            answer::failure(exchange, &means, Values::new(), &why.to_string())
        }
        Err(CheckError::Plan(needed)) => {
            let (message, billing) = values::plan_needed(service, &needed);
            let mut known = Values::new().with("plan", needed.plan.as_str());
            known.set("url", billing.unwrap_or_default());
            answer::failure(exchange, &[Meaning::NeedsPlan, Meaning::Forbidden], known, &message)
        }
        Err(CheckError::Limited(state)) => {
            let known = Values::new().with("retry_after", state.retry_after().as_secs());
            let mut response = answer::failure(exchange, &[Meaning::TryLater], known, "too many requests");
            let wait = HeaderValue::from(state.retry_after().as_secs());
            response.headers_mut().insert(header::RETRY_AFTER, wait);
            response
        }
        Err(CheckError::Store(error)) => answer::unavailable(exchange, &error),
        Err(error @ (CheckError::Address(_) | CheckError::Scope(_))) => answer::failure(
            exchange,
            &[Meaning::Forbidden, Meaning::Invalid],
            Values::new(),
            &error.to_string(),
        ),
    }
}

/// Whose the request is.
pub(super) async fn holder(
    service: &Service,
    call: &Call,
    exchange: &Exchange,
) -> Result<Verified, Response> {
    let token: Secret = call.values.secret("token").ok_or_else(|| invalid(exchange))?;
    let found = service.domain.verify(&token).await.map_err(|error| answer::unavailable(exchange, &error))?;
    found.filter(|token| token.app == call.product.name()).ok_or_else(|| invalid(exchange))
}

fn invalid(exchange: &Exchange) -> Response {
    let means = [Meaning::Invalid, Meaning::Forbidden, Meaning::BadRequest];
    answer::failure(exchange, &means, Values::new(), "the token is expired, revoked or was never issued here")
}
