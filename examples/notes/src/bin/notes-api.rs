//! `notes-api`: keeps everybody's notes in memory, and asks Doorkey's `/verify` whose request it is.

#![expect(clippy::print_stdout, reason = "a service says where it listens")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use clap::Parser;
use serde_json::{Value, json};

/// Keep everybody's notes in memory
#[derive(Parser)]
struct Arguments {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:7800")]
    listen: SocketAddr,
    /// Where `doorkeyd` is
    #[arg(long, default_value = "http://127.0.0.1:7700")]
    service: String,
}

/// What all requests share.
struct Api {
    verify: String,
    /// By account.
    notes: Mutex<BTreeMap<String, Vec<String>>>,
}

type Answer = Result<Json<Value>, (StatusCode, String)>;

#[tokio::main]
async fn main() -> Result<(), std::io::Error> {
    let arguments = Arguments::parse();
    let verify = format!("{}/apps/notes/verify", arguments.service);
    let api = Arc::new(Api { verify, notes: Mutex::default() });
    let listener = tokio::net::TcpListener::bind(arguments.listen).await?;
    println!("notes-api is listening on http://{}", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/notes", get(list).post(add)).with_state(api)).await
}

async fn list(State(api): State<Arc<Api>>, headers: HeaderMap) -> Answer {
    let account = account(&api, &headers, "notes:read").await?;
    let notes = api.notes.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Json(json!(notes.get(&account).cloned().unwrap_or_default())))
}

async fn add(State(api): State<Arc<Api>>, headers: HeaderMap, Json(note): Json<Value>) -> Answer {
    let account = account(&api, &headers, "notes:write").await?;
    let Some(text) = note["text"].as_str() else {
        return Err((StatusCode::UNPROCESSABLE_ENTITY, "a note has a `text`".to_owned()));
    };
    let mut notes = api.notes.lock().unwrap_or_else(PoisonError::into_inner);
    notes.entry(account).or_default().push(text.to_owned());
    Ok(Json(Value::Null))
}

/// Whose request it is, if the token allows it. What Doorkey answers instead is passed on.
async fn account(api: &Api, headers: &HeaderMap, scope: &str) -> Result<String, (StatusCode, String)> {
    let given = headers.get("authorization").and_then(|given| given.to_str().ok()).unwrap_or_default();
    let request = ureq::get(format!("{}?scope={scope}", api.verify)).header("Authorization", given);
    let request = request.config().http_status_as_error(false).build();
    let unreachable = |why: String| (StatusCode::SERVICE_UNAVAILABLE, why);
    let asked = tokio::task::spawn_blocking(|| request.call()).await;
    let asked = asked.map_err(|problem| unreachable(problem.to_string()))?;
    let mut answer = asked.map_err(|problem| unreachable(problem.to_string()))?;
    match answer.headers().get("x-doorkey-account").and_then(|account| account.to_str().ok()) {
        Some(account) if answer.status() == StatusCode::OK => Ok(account.to_owned()),
        _ => Err((answer.status(), answer.body_mut().read_to_string().unwrap_or_default())),
    }
}
