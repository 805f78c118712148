//! Asking whether a sign-in has been decided, and waiting for it. The standard endpoint and the products' own routes
//! share this; they differ in how they say what was found.

use std::{sync::Arc, time::Duration};

use axum::response::{IntoResponse, Response};
use tokio::time::{Instant, sleep_until};

use super::held::Held;
use crate::{
    audit::Origin,
    products::Product,
    service::Service,
    sign_in::{Poll, PollProof, Watch},
    store::StoreError,
};

/// A tool that asks.
pub struct Asking {
    /// Which product it says it is.
    pub product: Arc<Product>,
    /// What it shows.
    pub proof: PollProof,
    /// Where it asks from.
    pub origin: Origin,
}

/// Looks, and if nobody has decided, waits for as long as the client would.
///
/// The subscription comes before the look, so no decision is missed between the two. What waits holds the question, a
/// subscription and a timer, and nothing of the request.
pub async fn poll(
    service: Arc<Service>,
    asking: Asking,
    patience: Duration,
    say: impl Fn(&Service, &Product, Result<Poll, StoreError>) -> Response + Send + 'static,
) -> Response {
    let watch = service.domain.watch(&asking.proof);
    let found = service.domain.poll(asking.product.name(), &asking.proof, &asking.origin).await;
    let (Ok(Poll::Pending { expires_at, .. }), Some(watch)) = (&found, watch) else {
        return say(&service, &asking.product, found);
    };
    let left = service.domain.now().until(*expires_at);
    let until = Instant::now() + patience.min(left);
    Held::new(wait(service, Box::new(asking), watch, until, say)).into_response()
}

async fn wait(
    service: Arc<Service>,
    asking: Box<Asking>,
    mut watch: Watch,
    until: Instant,
    say: impl Fn(&Service, &Product, Result<Poll, StoreError>) -> Response,
) -> Response {
    loop {
        tokio::select! {
            () = &mut watch => {}
            () = sleep_until(until) => {}
        }
        // Whoever wakes us may have woken everybody, for good measure. Then the wait goes on, if there is time left.
        let next = (Instant::now() < until).then(|| service.domain.watch(&asking.proof)).flatten();
        let look = service.domain.poll_again(asking.product.name(), &asking.proof, &asking.origin);
        // In a box, so that the room that looking takes is there only while it looks.
        let found = Box::pin(look).await;
        match (&found, next) {
            (Ok(Poll::Pending { .. }), Some(next)) => watch = next,
            _ => return say(&service, &asking.product, found),
        }
    }
}
