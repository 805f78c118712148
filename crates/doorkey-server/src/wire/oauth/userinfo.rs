//! The userinfo endpoint: whose token is this? The token comes in the header and nowhere else (RFC 6750; OAuth 2.1,
//! section 5).

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{OauthError, client};
use crate::{service::Service, token::Identity};

pub async fn get(State(service): State<Arc<Service>>, request: Request) -> Result<Response, OauthError> {
    let token = client::bearer(request.headers()).ok_or(OauthError::NoToken)?;
    let verified = service.domain.verify(&token).await?.ok_or(OauthError::InvalidToken)?;
    Ok(Json(claims(&verified.identity)).into_response())
}

fn claims(identity: &Identity) -> Value {
    json!({
        "sub": identity.account.to_string(),
        "email": identity.email,
        "email_verified": identity.email_verified,
        "name": identity.name,
        "org": identity.org.as_ref().map(|org| json!({
            "id": org.id.to_string(),
            "slug": org.slug,
            "name": org.name,
        })),
    })
}
