//! Asking whether a sign-in has been decided, and waiting for it. The standard endpoint and the products' own routes
//! share this; they differ in how they say what was found.

use std::{pin::Pin, sync::Arc, time::Duration};

use axum::response::{IntoResponse, Response};
use tokio::time::{Instant, sleep_until};

use super::held::Held;
use crate::{
    audit::Origin,
    clock::Time,
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
    let (Ok(Poll::Pending { expires_at, interval }), Some(watch)) = (&found, watch) else {
        return say(&service, &asking.product, found);
    };
    let left = service.domain.now().until(*expires_at);
    let waiting = Waiting {
        asking: Box::new(asking),
        until: Instant::now() + patience.min(left),
        // When the sign-in itself ends first, that is the answer, and somebody has to write it down.
        outlasted: left > patience,
        expires_at: *expires_at,
        interval: *interval,
    };
    Held::new(wait(service, waiting, watch, say)).into_response()
}

/// What a held poll keeps.
struct Waiting {
    asking: Box<Asking>,
    until: Instant,
    /// Whether the sign-in lives longer than this poll.
    outlasted: bool,
    expires_at: Time,
    interval: Duration,
}

/// In a box, so that the room that looking takes is there only while it looks.
fn look_again<'a>(
    service: &'a Service,
    asking: &'a Asking,
) -> Pin<Box<dyn Future<Output = Result<Poll, StoreError>> + Send + 'a>> {
    Box::pin(service.domain.poll_again(asking.product.name(), &asking.proof, &asking.origin))
}

async fn wait(
    service: Arc<Service>,
    waiting: Waiting,
    mut watch: Watch,
    say: impl Fn(&Service, &Product, Result<Poll, StoreError>) -> Response,
) -> Response {
    let asking = &waiting.asking;
    loop {
        let woken = tokio::select! {
            () = &mut watch => true,
            () = sleep_until(waiting.until) => false,
        };
        if !woken && waiting.outlasted {
            // A decision would have woken us, so there is nothing to look at: a thousand polls that end together
            // don't ask the database anything.
            let pending = Poll::Pending { expires_at: waiting.expires_at, interval: waiting.interval };
            return say(&service, &asking.product, Ok(pending));
        }
        // Whoever wakes us may have woken everybody, for good measure. Then the wait goes on, if there is time left.
        let next = (Instant::now() < waiting.until).then(|| service.domain.watch(&asking.proof)).flatten();
        let found = look_again(&service, asking).await;
        match (&found, next) {
            (Ok(Poll::Pending { .. }), Some(next)) => watch = next,
            _ => return say(&service, &asking.product, found),
        }
    }
}
