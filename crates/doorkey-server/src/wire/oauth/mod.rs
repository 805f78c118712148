//! Standard OAuth 2.1 as a native app needs it, one file for each endpoint.
//!
//! What is standard is strict: what the RFCs forbid is refused, in the words that they have for it.

mod authorize;
mod client;
mod device_authorization;
mod error;
mod introspect;
mod metadata;
mod redirect;
mod revoke;
mod token;
mod userinfo;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

pub(crate) use self::{client::bearer, redirect::with_query};
pub use self::{
    error::{OauthError, RETRY_AFTER, unavailable},
    redirect::{Redirects, RegisteredHost},
};
use crate::service::Service;

/// Where each endpoint is, as the metadata says it.
mod path {
    pub(super) const METADATA: &str = "/.well-known/oauth-authorization-server";
    pub(super) const AUTHORIZE: &str = "/oauth2/authorize";
    pub(super) const TOKEN: &str = "/oauth2/token";
    pub(super) const DEVICE_AUTHORIZATION: &str = "/oauth2/device_authorization";
    pub(super) const REVOKE: &str = "/oauth2/revoke";
    pub(super) const INTROSPECT: &str = "/oauth2/introspect";
    pub(super) const USERINFO: &str = "/oauth2/userinfo";
}

/// The routes of all endpoints.
pub fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route(path::METADATA, get(metadata::get))
        .route(path::AUTHORIZE, get(authorize::get))
        .route(path::TOKEN, post(token::post))
        .route(path::DEVICE_AUTHORIZATION, post(device_authorization::post))
        .route(path::REVOKE, post(revoke::post))
        .route(path::INTROSPECT, post(introspect::post))
        .route(path::USERINFO, get(userinfo::get).post(userinfo::get))
}
