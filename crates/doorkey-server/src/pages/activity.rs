//! What happened to an account or an organization, in words.

use std::{collections::HashMap, sync::Arc};

use askama::Template;
use axum::{
    extract::{Request, State},
    response::Response,
};

use super::{
    brand::Section,
    frame::{Frame, Head, OrgTab, Step},
    orgs,
    visit::{Answer, Visit},
    words::{self, When},
};
use crate::{
    audit::{Recorded, Wanted},
    id::AccountId,
    service::Service,
};

/// How many are on a page.
const PAGE: usize = 50;
/// The longest name that is shown whole.
const LONGEST: usize = 60;

#[derive(Template)]
#[template(path = "activity.html")]
struct Page {
    frame: Frame,
    head: Head,
    events: Vec<Row>,
    action: String,
    query: String,
    /// The way to the earlier ones.
    earlier: Option<String>,
    /// The way to the latest, where the page doesn't begin with them.
    latest: Option<String>,
    /// Whether it is told who did it: in an organization it may be anybody.
    actors: bool,
}

struct Row {
    what: String,
    /// The name of what it was done to.
    name: Option<String>,
    refused: bool,
    reason: Option<String>,
    actor: String,
    app: Option<String>,
    address: Option<String>,
    agent: Option<String>,
    at: When,
}

pub async fn mine(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let wanted = wanted(&visit);
    let events = service.domain.account_history(&visit.asker, &wanted).await;
    let events = events.map_err(|refusal| visit.refused(&refusal, "/"))?;
    let words = visit.words(Section::Activity);
    let head = Head {
        trail: words.trail.iter().map(|step| Step::said(step)).collect(),
        title: words.title,
        lead: words.lead,
        ..Head::default()
    };
    show(&visit, visit.frame(Section::Activity), head, "/activity", events, false).await
}

pub async fn of_org(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let membership = orgs::of(&visit).await?;
    let path = orgs::path(&membership, "/activity");
    let wanted = wanted(&visit);
    let events = service.domain.org_history(&visit.asker, &membership.org.id.to_string(), &wanted).await;
    let events = events.map_err(|refusal| visit.refused(&refusal, &orgs::path(&membership, "")))?;
    let mut head = orgs::head(&visit, "Activity");
    "What happened in the organization, the latest first.".clone_into(&mut head.lead);
    show(&visit, orgs::frame(&visit, &membership, OrgTab::Activity), head, &path, events, true).await
}

/// One more than a page has, so that it is known whether there are earlier ones.
fn wanted(visit: &Visit) -> Wanted<'_> {
    Wanted {
        before: visit.sent.get("before").and_then(|id| id.parse().ok()),
        search: visit.sent.get("q").map(str::trim).filter(|text| !text.is_empty() && text.len() <= 200),
        limit: u32::try_from(PAGE + 1).unwrap_or(u32::MAX),
    }
}

async fn show(
    visit: &Visit,
    frame: Frame,
    head: Head,
    path: &str,
    mut events: Vec<Recorded>,
    actors: bool,
) -> Result<Response, Response> {
    let more = events.len() > PAGE;
    events.truncate(PAGE);
    let query: String = visit.sent.get("q").unwrap_or_default().chars().take(200).collect();
    let page_at = |before: Option<String>| {
        let mut parameters = url::form_urlencoded::Serializer::new(String::new());
        if let Some(before) = before {
            parameters.append_pair("before", &before);
        }
        if !query.is_empty() {
            parameters.append_pair("q", &query);
        }
        match parameters.finish() {
            parameters if parameters.is_empty() => visit.link(path),
            parameters => visit.link(&format!("{path}?{parameters}")),
        }
    };
    let earlier = events.last().filter(|_| more).map(|last| page_at(Some(last.id.to_string())));
    let latest = visit.sent.get("before").map(|_| page_at(None));
    let mut names: HashMap<AccountId, String> = HashMap::new();
    let mut rows = Vec::new();
    // In a product's name, what belongs to another app isn't shown.
    for event in events.iter().filter(|event| event.app.as_ref().is_none_or(|app| visit.shows(app))) {
        let actor = actor(visit, event, &mut names).await;
        rows.push(row(visit, event, actor));
    }
    let action = visit.link(path);
    Ok(visit.page(&Page { frame, head, events: rows, action, query, earlier, latest, actors }))
}

async fn actor(visit: &Visit, event: &Recorded, names: &mut HashMap<AccountId, String>) -> String {
    match event.actor_account() {
        Some(account) if account == visit.asker.account => "You".to_owned(),
        Some(account) => {
            if let Some(known) = names.get(&account) {
                return known.clone();
            }
            let name = visit.service.domain.name_of(account).await.ok().flatten();
            let name = name.unwrap_or_else(|| "Somebody who is gone".to_owned());
            names.insert(account, name.clone());
            name
        }
        None => match event.actor.as_str() {
            "client" => "A tool".to_owned(),
            "server" => "The service".to_owned(),
            _ => "Somebody".to_owned(),
        },
    }
}

fn row(visit: &Visit, event: &Recorded, actor: String) -> Row {
    let detail = event.detail_json();
    let text = |name: &str| {
        let text = detail.as_ref()?.get(name)?.as_str()?;
        Some(words::shown(text, LONGEST)).filter(|text| !text.is_empty())
    };
    let refused = event.outcome == "refused";
    let role = text("role").filter(|_| !refused).map(|role| format!("as {role}"));
    Row {
        what: what(&event.action).map_or_else(|| event.action.clone(), str::to_owned),
        name: text("name").or(role),
        refused,
        reason: text("reason").filter(|_| refused).filter(|reason| reason != "password"),
        actor,
        app: event.app.as_deref().map(|app| {
            visit
                .service
                .products
                .get(app)
                .map_or_else(|| app.to_owned(), |product| product.title().to_owned())
        }),
        address: event.address.clone(),
        agent: event.user_agent.as_deref().map(words::agent),
        at: When::of(event.at, visit.now),
    }
}

/// What an action is called on the page.
fn what(action: &str) -> Option<&'static str> {
    Some(match action {
        "sign_in.started" => "A tool asked to sign in",
        "sign_in.opened" => "Sign-in opened",
        "sign_in.released" => "Sign-in let go",
        "sign_in.approved" => "Sign-in approved",
        "sign_in.denied" => "Sign-in denied",
        "sign_in.redeemed" => "Terminal signed in",
        "sign_in.expired" => "Sign-in expired",
        "authorization_code.reused" => "A sign-in's code was used twice; its tokens were revoked",
        "user_code.refused" => "Wrong code typed",
        "token.refreshed" => "Terminal went on",
        "refresh_token.reused" => "An old refresh token was used; its terminal was signed out",
        "token.revoked" => "Token revoked",
        "token.leaked" => "Token found in public and revoked",
        "grant.revoked" => "Terminal signed out",
        "account.created" => "Account made",
        "account.disabled" => "Account disabled",
        "account.enabled" => "Account enabled",
        "session.started" => "Signed in in a browser",
        "session.refused" => "Wrong password typed",
        "session.ended" => "Signed out in a browser",
        "account.signed_out_everywhere" => "Signed out everywhere",
        "anonymous.started" => "Began to work without an account",
        "anonymous.claimed" => "Anonymous work brought along",
        "anonymous.expired" => "Anonymous work ended",
        "token.created" => "Token made",
        "token.rotated" => "Token replaced",
        "key.created" => "Key made",
        "key.rotated" => "Key replaced",
        "key.revoked" => "Key revoked",
        "service_account.created" => "Service account made",
        "service_account.ended" => "Service account ended",
        "org.created" => "Organization made",
        "org.changed" => "Organization changed",
        "org.plan_changed" => "Plan changed",
        "org.switched" => "Terminal switched to another organization",
        "org.read" => "Organization looked at",
        "invitation.created" => "Invitation made",
        "invitation.revoked" => "Invitation taken back",
        "invitation.accepted" => "Invitation accepted",
        "member.role_changed" => "Role changed",
        "member.removed" => "Member removed",
        "org.transferred" => "Owner changed",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Action;

    #[test]
    fn there_are_words_for_every_action() {
        for action in Action::ALL {
            assert!(what(action.as_str()).is_some(), "{}", action.as_str());
        }
    }
}
