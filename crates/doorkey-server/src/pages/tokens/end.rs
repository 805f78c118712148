//! Ending one, after saying what stops working.

use std::sync::Arc;

use axum::extract::{Request, State};

use super::{shelf::Shelf, view::TokenView};
use crate::{
    pages::{
        ask::Question,
        visit::{Answer, Visit},
    },
    service::Service,
};

pub async fn ending(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let shelf = Shelf::of(&visit).await?;
    let found = shelf.find(&visit).await?;
    let token = TokenView::of(&visit, &shelf, &found);
    let last = token.used.as_ref().map_or_else(
        || "It was never used.".to_owned(),
        |last| format!("It was last used {} from {}.", last.at.words(), last.address),
    );
    let question = Question {
        title: format!("Revoke “{}”?", token.name),
        sentences: vec![
            format!("{} {last}", token.shown),
            "Whatever uses it stops working at once. This can't be undone.".to_owned(),
        ],
        action: format!("{}/revoke", token.href),
        button: format!("Revoke this {}", shelf.noun()),
        back: token.href,
    };
    Ok(question.show(&visit, shelf.frame(&visit)))
}

pub async fn end(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::sending(&service, request).await?;
    let shelf = Shelf::of(&visit).await?;
    let found = shelf.find(&visit).await?;
    let ended = match &shelf {
        Shelf::Mine => service.domain.revoke_personal_token(&visit.asker, found.id).await,
        Shelf::Of(membership) => {
            service.domain.revoke_key(&visit.asker, &membership.org.id.to_string(), found.id).await
        }
    };
    ended.map_err(|refusal| visit.refused(&refusal, &format!("{}/{}", shelf.path(), found.id)))?;
    Ok(visit.done(&shelf.path(), "revoked"))
}
