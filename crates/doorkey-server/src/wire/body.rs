//! Reading a request's body: never more than a bound, never for longer than a bound.

use std::time::Duration;

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, StatusCode, header},
};

/// No request of ours is longer than a few hundred bytes; a manifest's own may be a little more.
pub const LIMIT: usize = 64 * 1024;

/// How long a client may take to send its body.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a body wasn't read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is longer than [`LIMIT`], or the client went away in the middle.
    #[error("the request's body is longer than 64 KiB or broke off")]
    TooLong,
    /// It didn't come in time.
    #[error("the request's body did not arrive within 10 seconds")]
    TooSlow,
}

impl BodyError {
    /// The status that says so.
    pub fn status(self) -> StatusCode {
        match self {
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
        }
    }
}

/// Reads the whole body.
pub async fn read(body: Body) -> Result<Bytes, BodyError> {
    match tokio::time::timeout(PATIENCE, to_bytes(body, LIMIT)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(BodyError::TooLong),
        Err(_) => Err(BodyError::TooSlow),
    }
}

/// The media type of the body, without its parameters and in small letters.
pub fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[tokio::test]
    async fn a_body_over_the_bound_is_not_read() {
        assert_eq!(read(Body::from(vec![0; LIMIT])).await.map(|bytes| bytes.len()), Ok(LIMIT));
        assert_eq!(read(Body::from(vec![0; LIMIT + 1])).await, Err(BodyError::TooLong));
    }

    #[test]
    fn a_media_type_is_read_without_its_parameters() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("Application/JSON; charset=utf-8"));
        assert_eq!(media_type(&headers).as_deref(), Some("application/json"));
        assert_eq!(media_type(&HeaderMap::new()), None);
    }
}
