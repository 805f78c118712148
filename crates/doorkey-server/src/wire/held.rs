//! A poll that is held open until the decision, for next to nothing.
//!
//! A hundred thousand terminals may wait at once, so a waiting poll must hold only what it waits for. The handler of a
//! poll therefore doesn't wait. It decides everything that can be decided at once, and when the answer is "still
//! pending" it returns a [`Held`]: an answer that has yet to come. The whole of routing, extracting and parsing is
//! finished and freed by then; the edge keeps only the small future inside.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

/// The longest that a poll is held, whatever the client would like.
const LONGEST: Duration = Duration::from_secs(30);

/// A future that gives the answer in the end.
pub type Coming = Pin<Box<dyn Future<Output = Response> + Send>>;

/// An answer that has yet to come. It travels in the extensions of a response that stands in for it.
#[derive(Clone)]
pub struct Held(Arc<Mutex<Option<Coming>>>);

impl Held {
    /// Says that the answer comes later.
    pub fn new(answer: impl Future<Output = Response> + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Some(Box::pin(answer)))))
    }

    /// Takes what was held out of a response, if it stands in for such a one.
    pub fn take(response: &mut Response) -> Option<Coming> {
        let held: Self = response.extensions_mut().remove()?;
        held.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}

impl IntoResponse for Held {
    fn into_response(self) -> Response {
        let mut response = StatusCode::NO_CONTENT.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// How long a poll is held: as long as the client says that it would wait (`Prefer: wait=20`, RFC 7240, section 4.3),
/// or else for one interval, since a client that doesn't say so may give up soon.
pub fn patience(headers: &HeaderMap, interval: Duration) -> Duration {
    asked_for(headers).unwrap_or(interval).min(LONGEST)
}

fn asked_for(headers: &HeaderMap) -> Option<Duration> {
    let preferences = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    preferences.flat_map(|line| line.split(',')).find_map(|preference| {
        let (name, value) = preference.split(';').next()?.split_once('=')?;
        if !name.trim().eq_ignore_ascii_case("wait") {
            return None;
        }
        value.trim().trim_matches('"').parse().ok().map(Duration::from_secs)
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    fn seconds(prefer: &[&'static str]) -> u64 {
        let mut headers = HeaderMap::new();
        for line in prefer {
            headers.append("prefer", line.parse().unwrap());
        }
        patience(&headers, Duration::from_secs(1)).as_secs()
    }

    #[test]
    fn a_poll_is_held_as_long_as_the_client_says() {
        assert_eq!(seconds(&["wait=20"]), 20);
        assert_eq!(seconds(&["respond-async, Wait = \"7\""]), 7);
        assert_eq!(seconds(&["return=minimal", "wait=3; x=y"]), 3);
        assert_eq!(seconds(&["wait=0"]), 0);
    }

    #[test]
    fn never_longer_than_the_bound_and_else_for_one_interval() {
        assert_eq!(seconds(&["wait=86400"]), 30);
        for prefer in [&[][..], &["wait=soon"], &["wait=-1"], &["wait"], &["waiting=20"]] {
            assert_eq!(seconds(prefer), 1, "{prefer:?}");
        }
    }

    #[tokio::test]
    async fn what_is_held_is_taken_once() {
        let mut response = Held::new(async { StatusCode::IM_A_TEAPOT.into_response() }).into_response();
        let answer = Held::take(&mut response).unwrap().await;
        assert_eq!(answer.status(), StatusCode::IM_A_TEAPOT);
        assert!(Held::take(&mut response).is_none());
        assert!(Held::take(&mut StatusCode::OK.into_response()).is_none());
    }
}
