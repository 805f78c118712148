//! Every way to say no, in one place: which status, which code, which words, which headers.

use std::time::Duration;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    asker::{MANAGE_SCOPE, Refusal},
    service::Service,
    store::StoreError,
    token::{CheckError, RateState},
    wire::{app, body::BodyError, oauth, parameters::ParameterError},
};

/// Why there is no answer of the wanted kind.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    /// No token was sent.
    #[error("send a token: `Authorization: Bearer TOKEN`")]
    NoToken,
    /// The token isn't good.
    #[error("the token is expired, revoked or was never issued here")]
    InvalidToken,
    /// The token may only look.
    #[error("this takes a token with the scope `{MANAGE_SCOPE}`, which a sign-in gets that asks for it")]
    Scope,
    /// The token is of a kind that may do nothing here but say whose it is.
    #[error("a token of this kind may only call GET {}/me; sign in instead", super::BASE)]
    Kind,
    /// The token may not be used from here.
    #[error("this token may not be used from this address")]
    Address,
    /// The plan doesn't reach.
    #[error("{message}")]
    Plan {
        /// The one that would.
        plan: String,
        /// What the app says to that.
        message: String,
        /// Where it is bought.
        billing: Option<String>,
    },
    /// What was asked for isn't there.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The app can't be used without an account.
    #[error("there is no such app, or one has to sign in to it")]
    NotOffered,
    /// Something that was sent can't be.
    #[error("{0}")]
    Invalid(String),
    /// The body isn't JSON, by its own words.
    #[error("send JSON: `Content-Type: application/json`")]
    MediaType,
    /// The body wasn't read.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// Too often.
    #[error("too many requests; try again in {} seconds", .0.as_secs())]
    Limited(Duration),
    /// The domain says no.
    #[error(transparent)]
    Refused(Refusal),
    /// The store can't serve now.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The codes that programs tell errors apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Code {
    InvalidRequest,
    InvalidToken,
    InsufficientScope,
    Forbidden,
    PlanRequired,
    NotFound,
    Conflict,
    RateLimited,
    TemporarilyUnavailable,
}

/// Why it wasn't done.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Error")]
pub(super) struct ErrorBody {
    /// For programs.
    error: Code,
    /// For people.
    error_description: String,
    /// With `insufficient_scope`: the scope that it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// With `plan_required`: the plan that would reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<String>,
    /// With `plan_required`: where a plan is bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_url: Option<String>,
}

impl ApiError {
    /// Something that was sent can't be.
    pub(super) fn invalid(what: impl Into<String>) -> Self {
        Self::Invalid(what.into())
    }

    fn kind(&self) -> (StatusCode, Code) {
        match self {
            Self::NoToken | Self::InvalidToken => (StatusCode::UNAUTHORIZED, Code::InvalidToken),
            Self::Scope => (StatusCode::FORBIDDEN, Code::InsufficientScope),
            Self::Kind | Self::Address => (StatusCode::FORBIDDEN, Code::Forbidden),
            Self::Plan { .. } => (StatusCode::FORBIDDEN, Code::PlanRequired),
            Self::NotFound(_) | Self::NotOffered => (StatusCode::NOT_FOUND, Code::NotFound),
            Self::Invalid(_) => (StatusCode::BAD_REQUEST, Code::InvalidRequest),
            Self::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::InvalidRequest),
            Self::Body(error) => (error.status(), Code::InvalidRequest),
            Self::Limited(_) => (StatusCode::TOO_MANY_REQUESTS, Code::RateLimited),
            Self::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, Code::TemporarilyUnavailable),
            Self::Refused(refusal) => of_refusal(refusal),
        }
    }

    /// What of it stands in headers: how to come by a better token, when to come again.
    fn headers(&self, response: &mut Response) {
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let challenge = match self {
            // Without a token there is no error code in the challenge (RFC 6750, section 3.1).
            Self::NoToken => Some(HeaderValue::from_static("Bearer")),
            Self::InvalidToken => Some(HeaderValue::from_static(r#"Bearer error="invalid_token""#)),
            Self::Scope | Self::Refused(Refusal::StepUp) => {
                HeaderValue::try_from(format!(r#"Bearer error="insufficient_scope", scope="{MANAGE_SCOPE}""#))
                    .ok()
            }
            _ => None,
        };
        if let Some(challenge) = challenge {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        let wait = match self {
            Self::Limited(wait) => Some(*wait),
            Self::Refused(Refusal::Throttled(throttled)) => Some(throttled.retry_after),
            _ => None,
        };
        if let Some(wait) = wait {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
    }
}

/// What the domain's refusals are in HTTP.
fn of_refusal(refusal: &Refusal) -> (StatusCode, Code) {
    match refusal {
        Refusal::StepUp => (StatusCode::FORBIDDEN, Code::InsufficientScope),
        Refusal::NotFound(_) => (StatusCode::NOT_FOUND, Code::NotFound),
        Refusal::Role(_) => (StatusCode::FORBIDDEN, Code::Forbidden),
        Refusal::LastOwner | Refusal::Personal | Refusal::Conflict(_) | Refusal::Invitation(_) => {
            (StatusCode::CONFLICT, Code::Conflict)
        }
        Refusal::Invalid { .. } => (StatusCode::BAD_REQUEST, Code::InvalidRequest),
        Refusal::Throttled(_) => (StatusCode::TOO_MANY_REQUESTS, Code::RateLimited),
        Refusal::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, Code::TemporarilyUnavailable),
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Store(error) => Self::Store(error),
            other => Self::Refused(other),
        }
    }
}

impl ApiError {
    /// A token that may not be used here.
    pub(super) fn of_check(service: &Service, error: CheckError) -> Self {
        match error {
            CheckError::NotGood(_) => Self::InvalidToken,
            CheckError::Address(_) => Self::Address,
            CheckError::Scope(_) => Self::Scope,
            CheckError::Plan(needed) => {
                let (message, billing) = app::plan_needed(service, &needed);
                Self::Plan { plan: needed.plan, message, billing }
            }
            CheckError::Limited(state) => state.into(),
            CheckError::Store(error) => Self::Store(error),
        }
    }
}

impl From<RateState> for ApiError {
    fn from(state: RateState) -> Self {
        Self::Limited(state.retry_after())
    }
}

impl From<ParameterError> for ApiError {
    fn from(error: ParameterError) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Store(error) = &self {
            return oauth::unavailable(error);
        }
        let (status, error) = self.kind();
        let mut body = ErrorBody {
            error,
            error_description: self.to_string(),
            scope: (error == Code::InsufficientScope).then(|| MANAGE_SCOPE.to_owned()),
            plan: None,
            billing_url: None,
        };
        if let Self::Plan { plan, billing, .. } = &self {
            body.plan = Some(plan.clone());
            body.billing_url.clone_from(billing);
        }
        let mut response = (status, Json(body)).into_response();
        self.headers(&mut response);
        response
    }
}
