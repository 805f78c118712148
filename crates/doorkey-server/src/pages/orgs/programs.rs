//! The service accounts of an organization: its programs, each with keys of its own.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    http::StatusCode,
};

use super::shown;
use crate::{
    org::{Membership, Role},
    pages::{
        ask::Question,
        frame::{Frame, Head, OrgTab},
        listing::Search,
        problem,
        visit::{Alarm, Answer, Visit},
        words::When,
    },
    service::Service,
};

#[derive(Template)]
#[template(path = "orgs/programs.html")]
struct Page {
    frame: Frame,
    head: Head,
    search: Search,
    programs: Vec<Row>,
    alarm: Option<String>,
    form_token: String,
    action: String,
    name: String,
    admin: bool,
}

struct Row {
    name: String,
    created: When,
    by: Option<String>,
    keys: u32,
    new_key: Option<String>,
    end: Option<String>,
}

pub async fn programs(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let membership = shown::of(&visit).await?;
    show(&visit, &membership, None).await
}

pub async fn create_program(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::sending(&service, request).await?;
    let membership = shown::of(&visit).await?;
    let org = membership.org.id.to_string();
    let name = visit.sent.get("name").unwrap_or_default();
    match service.domain.create_service_account(&visit.asker, &org, name).await {
        Ok(_) => Ok(visit.done(&shown::path(&membership, "/service-accounts"), "made")),
        Err(refusal) => {
            let alarm = visit.alarm(&refusal)?;
            show(&visit, &membership, Some(alarm)).await
        }
    }
}

async fn show(visit: &Visit, membership: &Membership, alarm: Option<Alarm>) -> Answer {
    let list = shown::path(membership, "/service-accounts");
    let admin = membership.role >= Role::Admin;
    let all = visit.service.domain.service_accounts(&visit.asker, &membership.org.id.to_string()).await;
    let all = all.map_err(|refusal| visit.refused(&refusal, "/orgs"))?;
    let mut rows: Vec<Row> = all
        .into_iter()
        .map(|program| Row {
            created: When::of(program.created_at, visit.now),
            by: program.created_by.map(|(_, name)| name),
            keys: program.keys,
            new_key: admin.then(|| {
                visit.link(&shown::path(membership, &format!("/keys/new?service_account={}", program.id)))
            }),
            end: admin.then(|| visit.link(&format!("{list}/{}/end", program.id))),
            name: program.name,
        })
        .collect();
    let search = Search::over(visit, &list, &mut rows, |program| vec![program.name.clone()]);
    let mut head = shown::head(visit, "Service accounts");
    "A program of the organization, such as its CI. Its keys end with it, and with nobody who leaves."
        .clone_into(&mut head.lead);
    let status = alarm.as_ref().map_or(StatusCode::OK, |alarm| alarm.status);
    let page = Page {
        frame: shown::frame(visit, membership, OrgTab::ServiceAccounts),
        head,
        search,
        programs: rows,
        form_token: visit.form_token(),
        action: visit.link(&list),
        name: visit.sent.get("name").unwrap_or_default().chars().take(2_000).collect(),
        admin,
        alarm: alarm.map(|alarm| alarm.sentence),
    };
    Ok(visit.page_as(status, &page))
}

pub async fn ending_program(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let membership = shown::of(&visit).await?;
    let list = shown::path(&membership, "/service-accounts");
    let all = service.domain.service_accounts(&visit.asker, &membership.org.id.to_string()).await;
    let all = all.map_err(|refusal| visit.refused(&refusal, &list))?;
    let found = all.into_iter().find(|program| program.id.to_string() == visit.part(3));
    let program = found.ok_or_else(problem::not_found)?;
    visit.must_manage()?;
    let keys = match program.keys {
        0 => "It has no keys that work.".to_owned(),
        1 => "Its key stops working at once.".to_owned(),
        keys => format!("Its {keys} keys stop working at once."),
    };
    let question = Question {
        title: format!("End “{}”?", program.name),
        sentences: vec![keys, "This can't be undone.".to_owned()],
        action: visit.link(&format!("{list}/{}/end", program.id)),
        button: "End this service account".to_owned(),
        back: visit.link(&list),
    };
    Ok(question.show(&visit, shown::frame(&visit, &membership, OrgTab::ServiceAccounts)))
}

pub async fn end_program(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::sending(&service, request).await?;
    let membership = shown::of(&visit).await?;
    let list = shown::path(&membership, "/service-accounts");
    let id = visit.part(3).parse().map_err(|_| problem::not_found())?;
    let ended = service.domain.end_service_account(&visit.asker, &membership.org.id.to_string(), id).await;
    ended.map_err(|refusal| visit.refused(&refusal, &list))?;
    Ok(visit.done(&list, "ended"))
}
