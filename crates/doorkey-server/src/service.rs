//! The service as a whole: what every handler reaches for, and the table of all routes.

#[cfg(test)]
mod who;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{Router, middleware};
use doorkey_manifest::Secret;

use crate::{
    Domain,
    issuer::Issuer,
    network::Network,
    pages::{self, brand::Dressed},
    products::Products,
    wire::{
        api, app, assets, edge, fallback, health,
        leaks::{self, ReporterKeys},
        oauth, verify, webhook,
    },
};

/// What every handler reaches for.
#[derive(Debug)]
pub struct Service {
    /// Where everything is decided.
    pub domain: Domain,
    /// The products that are served.
    pub products: Products,
    /// The public address.
    pub issuer: Issuer,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// The programs that may look into tokens.
    pub resource_servers: Vec<ResourceServer>,
    /// What a billing system signs its messages with, if there is one.
    pub billing_secret: Option<Secret>,
    /// The keys of code hosts that report leaked tokens.
    pub reporter_keys: ReporterKeys,
    /// Which forms counted already.
    pub forms: pages::once::FormBook,
    stopping: AtomicBool,
}

/// A program that may look into tokens (RFC 7662).
#[derive(Debug)]
pub struct ResourceServer {
    /// The name that it gives with HTTP Basic.
    pub id: String,
    /// Its password.
    pub secret: Secret,
}

impl Service {
    /// A service with nothing but a domain and its products.
    pub fn new(domain: Domain, products: Products, issuer: Issuer) -> Self {
        Self {
            domain,
            products,
            issuer,
            trusted_proxies: Vec::new(),
            resource_servers: Vec::new(),
            billing_secret: None,
            reporter_keys: ReporterKeys::default(),
            forms: pages::once::FormBook::default(),
            stopping: AtomicBool::new(false),
        }
    }

    /// All routes.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .merge(oauth::routes())
            .merge(pages::routes())
            .merge(api::routes())
            .merge(app::routes(Dressed::new(self)))
            .merge(verify::routes())
            .merge(webhook::routes())
            .merge(leaks::routes())
            .merge(health::routes())
            .merge(assets::routes())
            .method_not_allowed_fallback(fallback::method_not_allowed)
            .layer(middleware::from_fn(edge::note_route))
            .with_state(Arc::clone(self))
    }

    /// Ends held polls at once and takes no new ones.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.domain.stop_waiting();
    }

    /// Whether the service is about to end.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }
}
