//! `/healthz`: the process runs. `/readyz`: it can also serve, because its database answers.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;

use crate::service::Service;

/// How long the database may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(3);

/// Both routes.
pub fn routes() -> Router<Arc<Service>> {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready))
}

async fn alive() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

async fn ready(State(service): State<Arc<Service>>) -> Response {
    if service.is_stopping() {
        return unready("the server is stopping");
    }
    match tokio::time::timeout(PATIENCE, service.domain.is_ready()).await {
        Ok(Ok(())) => Json(json!({ "status": "ok", "database": "ok" })).into_response(),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the database does not answer");
            unready("the database does not answer")
        }
        Err(_) => {
            tracing::warn!("the database does not answer in time");
            unready("the database does not answer in time")
        }
    }
}

fn unready(reason: &str) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "unready", "reason": reason }))).into_response()
}
