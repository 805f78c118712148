//! What one operation is: its place, who may call it, what it takes, what it answers, and what it does.
//!
//! What it takes and what it answers are types. The same type reads the body and describes it, and the same type makes
//! the answer and describes it.

use std::{collections::BTreeSet, pin::Pin, sync::Arc};

use axum::{
    Json,
    extract::{RawPathParams, Request},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::MethodFilter,
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    body,
    caller::{self, Call},
    error::ApiError,
};
use crate::{org::Role, service::Service, wire::origin};

/// The methods that operations have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Post,
    Patch,
    Delete,
}

impl Verb {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    pub(super) const fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

/// Who may call an operation, as far as the token decides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Anybody; no token is looked at.
    Anybody,
    /// Whoever has any good token.
    AnyToken,
    /// Whoever has a token that a sign-in gave.
    SignedIn,
    /// Whoever has a token of a sign-in that asked for the scope to make and change things.
    Manages,
}

/// A parameter of the query.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter {
    pub name: &'static str,
    pub summary: &'static str,
    pub schema: fn() -> serde_json::Value,
}

/// What a body is described as.
pub(super) struct BodyDescription {
    pub required: bool,
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

/// What the answer is described as.
pub(super) struct AnswerDescription {
    pub status: StatusCode,
    pub content: fn(&mut SchemaGenerator) -> Content,
}

/// What an answer holds.
pub(super) enum Content {
    Nothing,
    Json(Schema),
    /// A file in one of these media types.
    File(&'static [&'static str]),
}

type Coming = Pin<Box<dyn Future<Output = Result<Response, ApiError>> + Send>>;

/// One operation.
pub(super) struct Operation {
    /// Its name for programs that are made from the document.
    pub id: &'static str,
    pub verb: Verb,
    /// Below [`super::BASE`].
    pub path: &'static str,
    pub summary: &'static str,
    pub who: Who,
    /// The role that it takes in the organization. The domain enforces it; here it is told.
    pub role: Option<Role>,
    pub query: &'static [Parameter],
    pub body: Option<BodyDescription>,
    pub answer: AnswerDescription,
    /// What else than the usual can go wrong.
    conflicts: bool,
    misses: bool,
    run: Box<dyn Fn(Call) -> Coming + Send + Sync>,
}

/// The beginning of an operation.
pub(super) struct Draft {
    id: &'static str,
    verb: Verb,
    path: &'static str,
    summary: &'static str,
    who: Who,
}

pub(super) const fn operation(
    who: Who,
    verb: Verb,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
) -> Draft {
    Draft { id, verb, path, summary, who }
}

impl Draft {
    /// Takes nothing.
    pub(super) fn runs<A, F, Fut>(self, run: F) -> Operation
    where
        A: Answers,
        F: Fn(Call) -> Fut + Copy + Send + Sync + 'static,
        Fut: Future<Output = Result<A, ApiError>> + Send + 'static,
    {
        let changes = self.verb != Verb::Get;
        let run = move |call: Call| -> Coming {
            Box::pin(async move {
                if changes {
                    call.count_change()?;
                }
                Ok(run(call).await?.respond())
            })
        };
        self.finish::<A>(None, Box::new(run))
    }

    /// Takes a body.
    pub(super) fn takes<B, A, F, Fut>(self, run: F) -> Operation
    where
        B: DeserializeOwned + JsonSchema + Send + 'static,
        A: Answers,
        F: Fn(Call, B) -> Fut + Copy + Send + Sync + 'static,
        Fut: Future<Output = Result<A, ApiError>> + Send + 'static,
    {
        let description =
            BodyDescription { required: true, schema: |generator| generator.subschema_for::<B>() };
        let run = move |call: Call| -> Coming {
            Box::pin(async move {
                let body: B = body::parse(call.body())?;
                call.count_change()?;
                Ok(run(call, body).await?.respond())
            })
        };
        self.finish::<A>(Some(description), Box::new(run))
    }

    /// Takes a body all of whose fields may be missing, so that it may be missing, too.
    pub(super) fn may_take<B, A, F, Fut>(self, run: F) -> Operation
    where
        B: DeserializeOwned + JsonSchema + Send + 'static,
        A: Answers,
        F: Fn(Call, B) -> Fut + Copy + Send + Sync + 'static,
        Fut: Future<Output = Result<A, ApiError>> + Send + 'static,
    {
        let mut operation = self.takes::<B, A, F, Fut>(run);
        if let Some(body) = &mut operation.body {
            body.required = false;
        }
        operation
    }

    fn finish<A: Answers>(
        self,
        body: Option<BodyDescription>,
        run: Box<dyn Fn(Call) -> Coming + Send + Sync>,
    ) -> Operation {
        let Self { id, verb, path, summary, who } = self;
        Operation {
            id,
            verb,
            path,
            summary,
            who,
            role: None,
            query: &[],
            body,
            answer: AnswerDescription { status: A::STATUS, content: A::content },
            conflicts: false,
            misses: path.contains('{'),
            run,
        }
    }
}

impl Operation {
    /// It takes a role in the organization.
    pub(super) fn role(mut self, role: Role) -> Self {
        self.role = Some(role);
        self
    }

    /// It reads these parameters of the query.
    pub(super) fn reads(mut self, query: &'static [Parameter]) -> Self {
        self.query = query;
        self
    }

    /// It may not go together with what there is.
    pub(super) fn conflicts(mut self) -> Self {
        self.conflicts = true;
        self
    }

    /// What its body names may not be there.
    pub(super) fn misses(mut self) -> Self {
        self.misses = true;
        self
    }

    /// Every status that something going wrong can have.
    pub(super) fn failures(&self) -> BTreeSet<u16> {
        let mut all = BTreeSet::from([400, 405, 503]);
        if self.who != Who::Anybody {
            all.extend([401, 403]);
        }
        if self.misses {
            all.insert(404);
        }
        if self.conflicts {
            all.insert(409);
        }
        if self.body.is_some() {
            all.extend([408, 413, 415]);
        }
        if self.verb != Verb::Get || self.who == Who::AnyToken {
            all.insert(429);
        }
        all
    }

    /// Answers a request: who asks, with what, and then whatever the operation does.
    pub(super) async fn answer(
        &self,
        service: Arc<Service>,
        path: Option<RawPathParams>,
        request: Request,
    ) -> Result<Response, ApiError> {
        let (parts, body) = request.into_parts();
        let origin = origin::of(&service, &parts);
        let caller = match self.who {
            Who::Anybody => None,
            _ => Some(caller::read(&service, &parts.headers, &origin).await?),
        };
        if let Some(caller) = &caller {
            caller.may(self.who)?;
        }
        let query = caller::query(parts.uri.query(), self.query)?;
        let path = caller::path(path.as_ref())?;
        let body = match &self.body {
            Some(description) => body::read(&parts.headers, body, description.required).await?,
            None => axum::body::Bytes::new(),
        };
        (self.run)(Call::new(service, origin, caller, path, query, body)).await
    }
}

/// What an operation answers when it went well.
pub(super) trait Answers: Send + 'static {
    const STATUS: StatusCode;
    fn content(generator: &mut SchemaGenerator) -> Content;
    fn respond(self) -> Response;
}

/// Something to look at.
pub(super) struct Shown<T>(pub T);

/// Something that was made.
pub(super) struct Made<T>(pub T);

/// It is done, and there is nothing to say.
pub(super) struct Done;

impl<T: Serialize + JsonSchema + Send + 'static> Answers for Shown<T> {
    const STATUS: StatusCode = StatusCode::OK;

    fn content(generator: &mut SchemaGenerator) -> Content {
        Content::Json(generator.subschema_for::<T>())
    }

    fn respond(self) -> Response {
        Json(self.0).into_response()
    }
}

impl<T: Serialize + JsonSchema + Send + 'static> Answers for Made<T> {
    const STATUS: StatusCode = StatusCode::CREATED;

    fn content(generator: &mut SchemaGenerator) -> Content {
        Content::Json(generator.subschema_for::<T>())
    }

    fn respond(self) -> Response {
        (Self::STATUS, Json(self.0)).into_response()
    }
}

impl Answers for Done {
    const STATUS: StatusCode = StatusCode::NO_CONTENT;

    fn content(_: &mut SchemaGenerator) -> Content {
        Content::Nothing
    }

    fn respond(self) -> Response {
        Self::STATUS.into_response()
    }
}
