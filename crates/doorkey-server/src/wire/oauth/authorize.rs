//! The authorization endpoint (RFC 6749, section 4.1.1; RFC 7636; RFC 9207): a tool sends the browser here, and here
//! the sign-in begins. The person decides it on the approval page.
//!
//! As long as client and redirect aren't known to be good, a mistake is told to the person on a page. Afterwards it is
//! told to the tool, by the redirect.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Redirect, Response},
};

use super::{OauthError, Redirects, client::scopes, with_query};
use crate::{
    pages::problem,
    products::Product,
    service::Service,
    sign_in::{NewProof, NewSignIn, StartError, Way},
    wire::{origin, parameters::Parameters},
};

/// The longest `state` that is brought back. Everything a redirect carries has to fit into a request line.
const LONGEST_STATE: usize = 2048;

pub async fn get(State(service): State<Arc<Service>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let parameters = Parameters::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let (product, redirect_uri) = match trusted(&service, &parameters) {
        Ok(trusted) => trusted,
        Err(sentence) => return problem::bad_link(sentence),
    };
    let state = (parameters.count("state") == 1).then(|| parameters.get("state")).flatten();
    let origin = origin::of(&service, &parts).host_name(parameters.get("host_name"));
    let new = match wanted(product, redirect_uri, &parameters) {
        Ok(new) => NewSignIn { origin, ..new },
        Err(error) => return back(&service, redirect_uri, state, &error),
    };
    match service.domain.start(new).await {
        Ok(started) => Redirect::to(&format!("/approve/{}", started.approval_id)).into_response(),
        Err(StartError::Store(error)) => problem::unavailable(&error),
        Err(error) => back(&service, redirect_uri, state, &refused(error)),
    }
}

/// The client and its redirect; without both, nobody is sent anywhere (RFC 6749, section 4.1.2.1).
fn trusted<'a>(
    service: &'a Service,
    parameters: &'a Parameters,
) -> Result<(&'a Arc<Product>, &'a str), &'static str> {
    if parameters.count("client_id") > 1 || parameters.count("redirect_uri") > 1 {
        return Err("The link names its tool or its way back more than once.");
    }
    let client_id = parameters.get("client_id").ok_or("The link doesn't say which tool it comes from.")?;
    let product = service
        .products
        .by_client_id(client_id)
        .ok_or("The link comes from a tool that isn't known here.")?;
    let redirect_uri = parameters.get("redirect_uri").ok_or("The link doesn't say where to go back to.")?;
    if !Redirects::of(&product.manifest).allow(redirect_uri) {
        return Err("The link leads back to an address that doesn't belong to the tool.");
    }
    Ok((product, redirect_uri))
}

/// What the tool asks for, if it asks properly.
fn wanted(product: &Product, redirect_uri: &str, parameters: &Parameters) -> Result<NewSignIn, OauthError> {
    parameters.check()?;
    match parameters.get("response_type") {
        Some("code") => {}
        Some(_) => return Err(OauthError::UnsupportedResponseType),
        None => return Err(OauthError::invalid_request("the parameter `response_type` is missing")),
    }
    for refused in ["request", "request_uri"] {
        if parameters.get(refused).is_some() {
            return Err(OauthError::invalid_request(format!("the parameter `{refused}` is not supported")));
        }
    }
    if parameters.get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(OauthError::invalid_request("only `response_mode=query` is supported"));
    }
    // The person is always asked, so what may not ask can't succeed.
    if parameters.get("prompt").is_some_and(|prompt| prompt.split(' ').any(|word| word == "none")) {
        return Err(OauthError::invalid_request(
            "`prompt=none` is not supported: the person is always asked",
        ));
    }
    if parameters.get("state").is_some_and(|state| state.len() > LONGEST_STATE) {
        return Err(OauthError::invalid_request("the parameter `state` is too long"));
    }
    let code_challenge = parameters
        .get("code_challenge")
        .ok_or_else(|| OauthError::invalid_request("the parameter `code_challenge` is missing"))?;
    if parameters.get("code_challenge_method") != Some("S256") {
        return Err(OauthError::invalid_request("only `code_challenge_method=S256` is supported"));
    }
    Ok(NewSignIn {
        app: product.name().to_owned(),
        way: Way::Loopback,
        proof: NewProof::Pkce { code_challenge: code_challenge.to_owned() },
        redirect_uri: Some(redirect_uri.to_owned()),
        client_state: parameters.get("state").map(str::to_owned),
        legacy: false,
        scopes: scopes(parameters),
        org: parameters.get("org").map(str::to_owned),
        origin: crate::audit::Origin::ourselves(),
    })
}

/// The RFCs' word for why a sign-in doesn't begin.
pub(super) fn refused(error: StartError) -> OauthError {
    match error {
        StartError::UnknownApp => OauthError::UnknownClient,
        StartError::Way(_) => OauthError::UnauthorizedClient,
        StartError::Challenge | StartError::Proof => OauthError::invalid_request(error.to_string()),
        StartError::Scope(scope) => OauthError::InvalidScope(scope),
        StartError::Store(error) => OauthError::Unavailable(error),
    }
}

/// Tells the tool what is wrong, and who says so (RFC 9207).
fn back(service: &Service, redirect_uri: &str, state: Option<&str>, error: &OauthError) -> Response {
    let description = error.to_string().replace(['"', '\\', '`'], "");
    let mut parameters = vec![("error", error.code()), ("error_description", description.as_str())];
    parameters.extend(state.map(|state| ("state", state)));
    parameters.push(("iss", service.issuer.as_str()));
    match with_query(redirect_uri, &parameters) {
        Some(address) => Redirect::to(&address).into_response(),
        None => problem::bad_link("The link leads back to an address that doesn't belong to the tool."),
    }
}
