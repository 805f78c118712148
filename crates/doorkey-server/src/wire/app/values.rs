//! The values that answers are made of: what the domain knows, under the names that manifests use.

use doorkey_manifest::{Meaning, Operation, Values};
use serde_json::{Value, json};

use super::Links;
use crate::{
    clock::Time,
    org::{Membership, Org},
    place::Place,
    plan::PlanNeeded,
    products::Product,
    service::Service,
    sign_in::{Decided, Started, Way, WayHome},
    token::{Identity, IssuedTokens, LongLived, Status, Verified},
};

/// What every answer may speak of.
pub(super) fn common(service: &Service, product: &Product, place: Place, path: &str) -> Values {
    let manifest = &product.manifest;
    Values::new()
        .with("app.name", manifest.app.name.as_str())
        .with("app.title", manifest.app.title.as_str())
        .with("version", manifest.app.version.as_str())
        .with("client_id", manifest.client_id())
        .with("issuer", service.issuer.as_str())
        .with("iss", service.issuer.as_str())
        .with("server", place.server(service, product))
        .with("frontend", place.frontend(service, product))
        .with("now", service.domain.now().unix_ms())
        .with("request_path", path)
}

/// What a product says to somebody whose plan doesn't reach, and where the one that does is bought.
pub fn plan_needed(service: &Service, needed: &PlanNeeded) -> (String, Option<String>) {
    let usual = || format!("This needs the plan {}", needed.plan);
    let Some(product) = service.products.get(&needed.app) else { return (usual(), None) };
    let Some(plans) = &product.manifest.plans else { return (usual(), None) };
    let values =
        common(service, product, Place::usual(service, product), "").with("plan", needed.plan.as_str());
    let filled = |text: &doorkey_manifest::Text| match text.fill(&values) {
        Ok(text) => Some(text),
        Err(error) => {
            tracing::error!(%error, app = product.name(), "a manifest's words about plans can't be filled in");
            None
        }
    };
    let message = plans.required.as_ref().and_then(filled).unwrap_or_else(usual);
    (message, filled(&plans.billing))
}

/// Where everything is, for products whose commands ask.
pub(super) fn endpoints(service: &Service, product: &Product, place: Place, values: &mut Values) {
    let issuer = &service.issuer;
    for (name, path) in [
        ("authorization_endpoint", "/oauth2/authorize"),
        ("token_endpoint", "/oauth2/token"),
        ("device_authorization_endpoint", "/oauth2/device_authorization"),
        ("revocation_endpoint", "/oauth2/revoke"),
        ("introspection_endpoint", "/oauth2/introspect"),
        ("userinfo_endpoint", "/oauth2/userinfo"),
    ] {
        values.set(name, issuer.join(path));
    }
    values.set("iss_supported", true);
    let configured = product.app().ways.contains(&Way::Loopback);
    values.set("configured", configured);
    values.set("callback_ports", product.manifest.sign_in.loopback.ports.clone());
    if configured {
        // Commands put paths behind it, so it may have one itself.
        let server = place.server(service, product);
        values.set("auth_domain", server.split_once("://").map_or(server.as_str(), |(_, rest)| rest));
        if let Some(audience) = &product.manifest.oauth.audience {
            values.set("audience", audience.as_str());
        }
    }
}

/// A sign-in that has begun.
pub(super) fn started(
    service: &Service,
    product: &Product,
    place: Place,
    way: Way,
    started: &Started,
    values: &mut Values,
) {
    if let Some(code) = &started.device_code {
        values.set_secret("sign_in", code);
        values.set_secret("device_code", code);
    }
    values.set("expires_in", started.expires_in.as_secs());
    values.set("expires_at", started.expires_at.unix_ms());
    values.set("interval", started.interval.as_secs().max(1));
    let links = Links::of(service, product, place, way, started, values);
    if let Some(user_code) = &started.user_code {
        values.set("user_code", user_code.as_str());
    }
    if let Some(comparison) = &started.comparison {
        values.set("comparison_code", comparison.as_str());
    }
    values.set("verification_uri", links.page);
    values.set("verification_uri_complete", links.complete);
}

/// What a sign-in gave.
pub(super) fn issued(tokens: &IssuedTokens, values: &mut Values) {
    values.set_secret("token", &tokens.access_token);
    values.set("token_type", "Bearer");
    values.set("kind", tokens.kind.as_str());
    if let Some(refresh_token) = &tokens.refresh_token {
        values.set_secret("refresh_token", refresh_token);
    }
    if let Some(at) = tokens.expires_at {
        values.set("expires_at", at.unix_ms());
        values.set("expires_in", tokens.expires_in(tokens.issued_at).unwrap_or_default());
    }
    if let Some(seconds) = tokens.refresh_expires_in() {
        values.set("refresh_expires_in", seconds);
    }
    if let Some(seconds) = tokens.session_expires_in() {
        values.set("session_expires_in", seconds);
    }
    scopes(&tokens.scopes, values);
    identity(&tokens.identity, values);
    if tokens.kind == crate::token::TokenKind::ApiKey {
        values.set_secret("key.secret", &tokens.access_token);
        values.set("key.created_at", tokens.issued_at.unix_ms());
        values.set("key.active", true);
    }
}

/// What a token that came with a request stands for.
pub(super) fn verified(token: &Verified, values: &mut Values) {
    values.set("kind", token.kind.as_str());
    if let Some(at) = token.expires_at {
        values.set("expires_at", at.unix_ms());
    }
    if let Some(plan) = &token.plan {
        values.set("plan", plan.as_str());
    }
    scopes(&token.scopes, values);
    identity(&token.identity, values);
}

fn scopes(scopes: &[String], values: &mut Values) {
    values.set("scope", scopes.join(" "));
    values.set("scopes", scopes.to_vec());
}

fn identity(identity: &Identity, values: &mut Values) {
    let id = identity.account.to_string();
    values.set("user", json!({ "id": id, "name": identity.name, "email": identity.email }));
    values.set("user.id", id);
    values.set("user.name", identity.name.as_str());
    if let Some(email) = &identity.email {
        values.set("user.email", email.as_str());
    }
    values.set("user.email_verified", identity.email_verified);
    if let Some(own) = &identity.org {
        org(own, values);
    }
}

/// An organization.
pub(super) fn org(org: &Org, values: &mut Values) {
    values.set("org", json!({ "id": org.id.to_string(), "slug": org.slug, "name": org.name }));
    values.set("org.id", org.id.to_string());
    values.set("org.slug", org.slug.as_str());
    values.set("org.name", org.name.as_str());
}

/// A key, without its secret.
pub(super) fn key(key: &LongLived, values: &mut Values) {
    if let Value::Object(fields) = item(key) {
        for (name, value) in fields {
            values.set(&format!("key.{name}"), value);
        }
    }
}

/// The keys that are listed.
pub(super) fn keys(all: &[LongLived], values: &mut Values) {
    values.set("keys", all.iter().map(item).collect::<Vec<_>>());
}

fn item(key: &LongLived) -> Value {
    json!({
        "id": key.id.to_string(),
        "name": key.name,
        "kind": key.key_kind,
        "prefix": key.start,
        "status": key.status.as_str(),
        "active": key.status == Status::Active,
        "scopes": key.scopes,
        "created_at": key.created_at.unix_ms(),
        "last_used_at": key.last_used.as_ref().map(|used| used.at.unix_ms()),
        "expires_at": key.expires_at.map(Time::unix_ms),
        "org_id": key.org.as_ref().map(|org| org.id.to_string()),
    })
}

/// The organizations that a person can reach, and what the person is in the one that the token acts for.
pub(super) fn memberships(all: &[Membership], active: Option<&Org>, values: &mut Values) {
    orgs(all, active, values);
    let own = all.iter().find(|own| active.is_some_and(|active| active.id == own.org.id));
    if let Some(own) = own {
        values.set("org.role", own.role.as_str());
        values.set("org.members", own.members);
        values.set("org.personal", own.personal);
        values.set("org.joined_at", own.joined_at.unix_ms());
        values.set("org.active", true);
    }
}

/// The organizations that a person can reach; the one that the token acts for is the active one.
fn orgs(all: &[Membership], active: Option<&Org>, values: &mut Values) {
    let items: Vec<Value> = all
        .iter()
        .map(|membership| {
            json!({
                "id": membership.org.id.to_string(),
                "slug": membership.org.slug,
                "name": membership.org.name,
                "role": membership.role.as_str(),
                "members": membership.members,
                "personal": membership.personal,
                "joined_at": membership.joined_at.unix_ms(),
                "active": active.is_some_and(|active| active.id == membership.org.id),
            })
        })
        .collect();
    values.set("orgs", items);
}

/// The way home of a loopback sign-in, where the product has its own words for it.
pub fn way_home(service: &Service, decided: &Decided) -> Option<String> {
    let product = service.products.get(&decided.app)?;
    let exchange = product.manifest.own_exchange(Operation::Callback)?;
    let mut values = Values::new()
        .with("app.name", product.name())
        .with("iss", service.issuer.as_str())
        .with("issuer", service.issuer.as_str())
        .with("now", service.domain.now().unix_ms());
    let (means, redirect_uri, state) = match &decided.way_home {
        WayHome::Redirect { redirect_uri, code: Some(code), state } => {
            values.set_secret("code", code);
            (Meaning::Approved, redirect_uri, state)
        }
        WayHome::Redirect { redirect_uri, code: None, state } => {
            values.set("error", "access_denied");
            values.set("message", "the sign-in was denied");
            (Meaning::Denied, redirect_uri, state)
        }
        WayHome::Legacy { redirect_uri, tokens, state } => {
            issued(tokens, &mut values);
            (Meaning::Approved, redirect_uri, state)
        }
        WayHome::GoBy { .. } | WayHome::Poll => return None,
    };
    values.set("redirect_uri", redirect_uri.as_str());
    if let Some(state) = state {
        values.set("state", state.as_str());
    }
    match exchange.way_home(means, &values) {
        Ok(address) => Some(address),
        Err(error) => {
            tracing::error!(%error, app = product.name(), "a manifest's way home can't be made");
            None
        }
    }
}
