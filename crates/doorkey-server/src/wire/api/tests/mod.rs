//! The interface as tools meet it: each operation, what its bodies may hold, and who may call what.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod bodies;
mod routes;
mod who;

use axum::{
    body::Body,
    http::{Request, header},
};
use doorkey_manifest::Secret;
use serde_json::Value;

use crate::{
    Domain,
    account::{Credentials, Session},
    asker::{Asker, MANAGE_SCOPE},
    org::{NewOrg, Role},
    sign_in::{NewSignIn, Poll},
    testkit::{PASSWORD, device, device_proof, here},
    token::IssuedTokens,
    wire::testkit::{Answer, Site},
};

/// The app that has every kind of token.
const APP: &str = "demo";

impl Site {
    fn domain(&self) -> &Domain {
        &self.service.domain
    }

    async fn signs_up(&self, name: &str) -> Session {
        let new = Credentials { email: format!("{name}@example.com"), password: Secret::new(PASSWORD) };
        self.domain().sign_up(new, None, &here()).await.unwrap().session
    }

    /// Signs a tool in, with these scopes.
    async fn tool(&self, session: &Session, scopes: &[&str]) -> IssuedTokens {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let started = self.domain().start(NewSignIn { scopes, ..device(APP) }).await.unwrap();
        // The clock may have gone far since the password was typed.
        let session = &Session { authenticated_at: self.domain().now(), ..session.clone() };
        self.domain().open(&started.approval_id, session, &here()).await.unwrap();
        self.domain().approve(&started.approval_id, session, None, &here()).await.unwrap();
        match self.domain().poll(APP, &device_proof(&started), &here()).await.unwrap() {
            Poll::Redeemed(tokens) => *tokens,
            other => panic!("expected tokens, got {other:?}"),
        }
    }

    /// A token that may make and change things.
    async fn manages(&self, session: &Session) -> String {
        self.tool(session, &[MANAGE_SCOPE]).await.access_token.expose().to_owned()
    }

    /// A call. A body is JSON.
    async fn call(&self, method: &str, path: &str, token: &str, body: Option<&str>) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        self.send(request.body(Body::from(body.unwrap_or_default().to_owned())).unwrap()).await
    }

    /// A call that goes well, and its answer.
    async fn done(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> Value {
        let body = body.map(|body| body.to_string());
        let answer = self.call(method, path, token, body.as_deref()).await;
        assert!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.body);
        assert_eq!(answer.header("cache-control"), "no-store");
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }

    /// A call that is refused, and how.
    async fn refused(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> (u16, String) {
        let body = body.map(|body| body.to_string());
        let answer = self.call(method, path, token, body.as_deref()).await;
        (answer.status, answer.error())
    }

    async fn lets_in(&self, owner: &Asker, org: &str, newcomer: &Asker, role: Role) {
        let (secret, _) = self.domain().invite(owner, org, role, None).await.unwrap();
        self.domain().accept_invitation(newcomer, &secret).await.unwrap();
    }

    async fn makes_org(&self, owner: &Asker, name: &str) -> String {
        self.domain().create_org(owner, NewOrg { name, slug: None }).await.unwrap().org.id.to_string()
    }
}

/// Somebody who has just typed their password, however long ago that was.
fn asker(session: &Session) -> Asker {
    Asker { account: session.account.id, manages: true, grant: None, session: None, origin: here() }
}
