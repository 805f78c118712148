//! The commands that ask the account API.

mod errors;
mod help;
mod keys;
mod logs;
mod orgs;
mod step_up;
mod tokens;

use serde_json::{Value, json};

use crate::service::Service;
use crate::tool::{Tool, in_minutes};

pub const DAY: i64 = 24 * 60;

pub const CI: &str = "3f2a91c0-5b7d-4c1e-8a66-0d2f4e6a8b10";
pub const DEPLOY: &str = "90ab12ef-1c2d-4e3f-9a8b-7c6d5e4f3a21";

/// Whom the credential acts for, and what it may do.
pub fn me(scopes: &[&str]) -> Value {
    json!({
        "account": { "id": "u_1", "name": "Ada Lovelace", "email": "ada@example.com" },
        "org": { "id": "o_1", "slug": "ada", "name": "Ada" },
        "app": "demo", "kind": "sign_in", "scopes": scopes, "expires_at": in_minutes(50), "plan": "free",
    })
}

/// A token as the API shows it.
pub fn token(id: &str, name: &str, last_four: &str) -> Value {
    json!({
        "id": id, "app": "demo", "name": name, "kind": "personal", "key_kind": null, "start": "demo_pat_Kd8s",
        "last_four": last_four, "scopes": ["profile:read", "notes:write"],
        "org": { "id": "o_1", "slug": "ada", "name": "Ada" },
        "holder": { "id": "u_1", "name": "Ada Lovelace", "kind": "person" },
        "created_at": "2026-01-01T00:00:00Z", "created_by": { "id": "u_1", "name": "Ada Lovelace" },
        "expires_at": in_minutes(29 * DAY + 60),
        "last_used": { "at": in_minutes(-130), "address": "192.0.2.1", "agent": "curl/8" },
        "status": "active", "overlap_ends_at": null, "rate_limit": null, "allow": [],
    })
}

/// The same with some fields otherwise.
pub fn but(mut token: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        token[name] = value.clone();
    }
    token
}

pub fn org(id: &str, slug: &str, name: &str) -> Value {
    json!({
        "id": id, "slug": slug, "name": name, "role": "owner", "plan": "team", "personal": false, "active": false,
        "members": 3, "joined_at": in_minutes(-3 * DAY), "longest_token": null, "rate_limit": null,
    })
}

/// A service that knows Ada, and Ada signed in with these scopes.
pub fn signed_in(scopes: &[&str]) -> (Service, Tool) {
    let service = Service::start();
    service.on("GET /api/v1/me", 200, &me(scopes));
    let tool = Tool::with(&service).signed_in(&service.url());
    (service, tool)
}

/// The same with the two tokens CI and deploy.
pub fn with_tokens(scopes: &[&str]) -> (Service, Tool) {
    let (service, tool) = signed_in(scopes);
    let deploy =
        but(token(DEPLOY, "deploy", "AAAA"), json!({ "expires_at": null, "last_used": null, "scopes": [] }));
    service.on("GET /api/v1/tokens", 200, &json!({ "tokens": [token(CI, "CI", "x9Qz"), deploy] }));
    (service, tool)
}

pub const MANAGE: &str = "doorkey:manage";
