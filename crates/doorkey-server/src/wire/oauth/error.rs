//! The errors that the RFCs name, all in one place: which status, which code, which words.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    store::StoreError,
    wire::{body::BodyError, parameters::ParameterError},
};

/// An error as a program reads it (RFC 6749, section 5.2; RFC 8628, section 3.5; RFC 6750, section 3.1).
///
/// Descriptions are for whoever writes the client. They never repeat a value that was sent.
#[derive(Debug, thiserror::Error)]
pub enum OauthError {
    /// Something is missing, doubled or malformed.
    #[error("{0}")]
    InvalidRequest(String),
    /// The client is unknown.
    #[error("there is no client of this id; a command's client id is the name of its manifest")]
    UnknownClient,
    /// The client was named twice over, or tried to prove more than it can.
    #[error("clients here are public: send `client_id` in the form and no client authentication")]
    ClientAuthentication,
    /// HTTP Basic was needed and was missing or wrong.
    #[error("this endpoint needs HTTP Basic with the name and the password of a configured resource server")]
    Unauthorized,
    /// What was shown isn't good.
    #[error("{0}")]
    InvalidGrant(String),
    /// This client may not use this grant.
    #[error("this client may not sign in this way")]
    UnauthorizedClient,
    /// There is no such grant here.
    #[error("this grant type is not supported; the metadata lists those that are")]
    UnsupportedGrantType,
    /// There is no such response type here.
    #[error("only `response_type=code` is supported")]
    UnsupportedResponseType,
    /// A scope that the client doesn't have.
    #[error("this client has no scope `{0}`")]
    InvalidScope(String),
    /// Nobody has decided.
    #[error("nobody has decided yet; poll again after the interval")]
    AuthorizationPending,
    /// Nobody has decided, and the client is too fast.
    #[error("polled too often; the interval is now {0} seconds")]
    SlowDown(u64),
    /// The person said no.
    #[error("the sign-in was denied")]
    AccessDenied,
    /// Nobody decided in time.
    #[error("the sign-in has expired; start again")]
    ExpiredToken,
    /// No token was sent.
    #[error("a Bearer token is needed")]
    NoToken,
    /// The token isn't good.
    #[error("the token is expired, revoked or was never issued here")]
    InvalidToken,
    /// The body wasn't read.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The store can't serve now.
    #[error("the server can't answer now; try again soon")]
    Unavailable(#[from] StoreError),
}

impl OauthError {
    /// A request that is missing, doubles or garbles something.
    pub fn invalid_request(what: impl Into<String>) -> Self {
        Self::InvalidRequest(what.into())
    }

    /// The code that the RFCs have for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) | Self::ClientAuthentication | Self::NoToken | Self::Body(_) => {
                "invalid_request"
            }
            Self::UnknownClient | Self::Unauthorized => "invalid_client",
            Self::InvalidGrant(_) => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope(_) => "invalid_scope",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown(_) => "slow_down",
            Self::AccessDenied => "access_denied",
            Self::ExpiredToken => "expired_token",
            Self::InvalidToken => "invalid_token",
            Self::Unavailable(_) => "temporarily_unavailable",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::UnknownClient | Self::Unauthorized | Self::NoToken | Self::InvalidToken => {
                StatusCode::UNAUTHORIZED
            }
            Self::Body(error) => error.status(),
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// How whoever asked is to authenticate, where that is the trouble.
    fn challenge(&self) -> Option<HeaderValue> {
        match self {
            Self::Unauthorized => {
                Some(HeaderValue::from_static(r#"Basic realm="introspection", charset="UTF-8""#))
            }
            // Without a token there is no error code in the challenge (RFC 6750, section 3.1).
            Self::NoToken => Some(HeaderValue::from_static("Bearer")),
            Self::InvalidToken => Some(HeaderValue::from_static(r#"Bearer error="invalid_token""#)),
            _ => None,
        }
    }
}

impl From<ParameterError> for OauthError {
    fn from(error: ParameterError) -> Self {
        Self::InvalidRequest(error.to_string())
    }
}

impl IntoResponse for OauthError {
    fn into_response(self) -> Response {
        if let Self::Unavailable(error) = &self {
            return unavailable(error);
        }
        let body = Json(
            json!({ "error": self.code(), "error_description": self.to_string().replace(['"', '\\'], "") }),
        );
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = self.challenge() {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// How soon a client may try again when the database was busy.
pub const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

/// The store can't serve: the log says why, the client learns when to come back.
pub fn unavailable(error: &StoreError) -> Response {
    tracing::error!(%error, "the store can't serve a request");
    let body = Json(json!({
        "error": "temporarily_unavailable",
        "error_description": "the server can't answer now; try again soon",
    }));
    let headers =
        [(header::RETRY_AFTER, RETRY_AFTER), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (StatusCode::SERVICE_UNAVAILABLE, headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_the_status_and_the_challenge_of_their_rfc() {
        let cases = [
            (OauthError::invalid_request("x"), 400, "invalid_request", None),
            (OauthError::UnknownClient, 401, "invalid_client", None),
            (OauthError::AuthorizationPending, 400, "authorization_pending", None),
            (OauthError::SlowDown(6), 400, "slow_down", None),
            (OauthError::AccessDenied, 400, "access_denied", None),
            (OauthError::ExpiredToken, 400, "expired_token", None),
            (OauthError::NoToken, 401, "invalid_request", Some("Bearer")),
            (OauthError::InvalidToken, 401, "invalid_token", Some(r#"Bearer error="invalid_token""#)),
            (OauthError::Body(BodyError::TooLong), 413, "invalid_request", None),
        ];
        for (error, status, code, challenge) in cases {
            assert_eq!(error.code(), code);
            let response = error.into_response();
            assert_eq!(response.status().as_u16(), status, "{code}");
            assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
            let found = response.headers().get(header::WWW_AUTHENTICATE).map(HeaderValue::as_bytes);
            assert_eq!(found, challenge.map(str::as_bytes));
        }
    }
}
