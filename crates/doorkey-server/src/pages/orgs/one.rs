//! One organization: its plan and its limits, and for those who may, its settings, its next owner, and the way out.

use std::{sync::Arc, time::Duration};

use askama::Template;
use axum::{
    extract::{Request, State},
    http::StatusCode,
};
use doorkey_manifest::Values;

use super::shown;
use crate::{
    asker::Refusal,
    org::{Membership, Role},
    pages::{
        ask::Question,
        frame::{Frame, Head, OrgTab},
        visit::{Alarm, Answer, Visit},
        words::{self, When},
    },
    products::Product,
    service::Service,
    store::OrgChange,
    wire::parameters::Parameters,
};

const DAY: Duration = Duration::from_hours(24);

#[derive(Template)]
#[template(path = "orgs/one.html")]
struct Page {
    frame: Frame,
    head: Head,
    alarm: Option<String>,
    form_token: String,
    id: String,
    slug: String,
    role: &'static str,
    plan: Option<String>,
    /// Where a plan is bought: the app and the address.
    billing: Vec<(String, String)>,
    members: u32,
    members_link: Option<String>,
    joined: When,
    longest: Option<String>,
    rate: Option<u32>,
    admin: bool,
    /// Where another owner is chosen.
    transfer: Option<String>,
    leave: Option<String>,
    settings: String,
    name: String,
    longest_days: String,
    rate_limit: String,
}

pub async fn one(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let membership = shown::of(&visit).await?;
    Ok(show(&visit, &membership, None))
}

pub async fn save(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::sending(&service, request).await?;
    let membership = shown::of(&visit).await?;
    let changed = match change(&visit.sent) {
        Ok(change) => {
            service.domain.change_org(&visit.asker, &membership.org.id.to_string(), change).await.map(drop)
        }
        Err(refusal) => Err(refusal),
    };
    match changed {
        Ok(()) => Ok(visit.done(&shown::path(&membership, ""), "saved")),
        Err(Refusal::StepUp) => Err(visit.to_confirm(&shown::path(&membership, ""))),
        Err(refusal @ Refusal::Role(_)) => Err(visit.refused(&refusal, &shown::path(&membership, ""))),
        Err(refusal) => {
            let alarm = visit.alarm(&refusal)?;
            Ok(show(&visit, &membership, Some(alarm)))
        }
    }
}

/// What the form for the settings says: an empty field takes a limit away.
fn change(sent: &Parameters) -> Result<OrgChange, Refusal> {
    let number = |name: &'static str| {
        let text = sent.get(name).map(str::trim).filter(|text| !text.is_empty());
        text.map(|text| {
            text.parse::<u32>()
                .map_err(|_| Refusal::invalid(name, "write a whole number, or nothing for no limit"))
        })
        .transpose()
    };
    let longest = number("longest_token")?.map(|days| DAY * days.min(36_500));
    Ok(OrgChange {
        name: Some(sent.get("name").unwrap_or_default().to_owned()),
        longest_token: Some(longest),
        rate_limit: Some(number("rate_limit")?),
    })
}

fn show(visit: &Visit, membership: &Membership, alarm: Option<Alarm>) -> axum::response::Response {
    let typed = |name: &str, saved: String| match &alarm {
        Some(_) => visit.sent.get(name).unwrap_or_default().chars().take(2_000).collect(),
        None => visit.sent.get(name).map_or(saved, |text| text.chars().take(2_000).collect()),
    };
    let (admin, owner) = (membership.role >= Role::Admin, membership.role == Role::Owner);
    let link = |rest: &str| visit.link(&shown::path(membership, rest));
    let head = shown::head(visit, "Overview");
    let number = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
    let status = alarm.as_ref().map_or(StatusCode::OK, |alarm| alarm.status);
    let page = Page {
        frame: shown::frame(visit, membership, OrgTab::Overview),
        form_token: visit.form_token(),
        id: membership.org.id.to_string(),
        slug: membership.org.slug.clone(),
        role: shown::role(membership.role),
        plan: membership.plan.clone(),
        billing: if admin { billing(visit) } else { Vec::new() },
        members: membership.members,
        members_link: (!membership.personal).then(|| link("/members")),
        joined: When::of(membership.joined_at, visit.now),
        longest: membership.longest_token.map(words::duration),
        rate: membership.rate_limit,
        admin,
        transfer: (owner && !membership.personal && membership.members > 1).then(|| link("/transfer")),
        leave: (!membership.personal).then(|| link("/leave")),
        settings: link("/settings"),
        name: typed("name", membership.org.name.clone()),
        longest_days: typed(
            "longest_token",
            number(membership.longest_token.map(|longest| longest.as_secs().div_ceil(DAY.as_secs()))),
        ),
        rate_limit: typed("rate_limit", number(membership.rate_limit.map(u64::from))),
        head,
        alarm: alarm.map(|alarm| alarm.sentence),
    };
    visit.page_as(status, &page)
}

/// Where the apps that have plans sell them.
fn billing(visit: &Visit) -> Vec<(String, String)> {
    let all = visit.service.products.iter().filter(|product| visit.shows(product.name()));
    all.filter_map(|product| Some((product.title().to_owned(), address(visit, product)?))).collect()
}

fn address(visit: &Visit, product: &Product) -> Option<String> {
    let plans = product.manifest.plans.as_ref()?;
    let issuer = visit.service.issuer.as_str();
    let values = Values::new()
        .with("app.name", product.name())
        .with("app.title", product.title())
        .with("version", product.manifest.app.version.as_str())
        .with("client_id", product.manifest.client_id())
        .with("server", format!("{issuer}/apps/{}", product.name()))
        .with("frontend", issuer)
        .with("plan", plans.order.last().map(String::as_str).unwrap_or_default());
    plans.billing.fill(&values).ok().filter(|address| address.starts_with("http"))
}

pub async fn leaving(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let membership = shown::of(&visit).await?;
    visit.must_manage()?;
    let question = Question {
        title: format!("Leave “{}”?", membership.org.name),
        sentences: vec![
            "Your own tokens that act for this organization stop working at once; its keys go on.".to_owned(),
            "You can come back only if somebody invites you again.".to_owned(),
        ],
        action: visit.link(&shown::path(&membership, "/leave")),
        button: "Leave".to_owned(),
        back: visit.link(&shown::path(&membership, "")),
    };
    Ok(question.show(&visit, shown::frame(&visit, &membership, OrgTab::Overview)))
}

pub async fn leave(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::sending(&service, request).await?;
    let membership = shown::of(&visit).await?;
    let org = membership.org.id.to_string();
    let left = service.domain.remove_member(&visit.asker, &org, visit.asker.account).await;
    left.map_err(|refusal| visit.refused(&refusal, &shown::path(&membership, "")))?;
    Ok(visit.done("/orgs", "left"))
}

#[derive(Template)]
#[template(path = "orgs/transfer.html")]
struct Transfer {
    frame: Frame,
    head: Head,
    form_token: String,
    action: String,
    back: String,
    /// Account, name and address of those who can be the owner.
    members: Vec<(String, String, String)>,
}

pub async fn transferring(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let membership = shown::of(&visit).await?;
    let back = shown::path(&membership, "");
    if membership.role < Role::Owner {
        return Err(visit.refused(&Refusal::Role(Role::Owner), &back));
    }
    visit.must_manage()?;
    let all = service.domain.members(&visit.asker, &membership.org.id.to_string()).await;
    let members = all.map_err(|refusal| visit.refused(&refusal, &back))?.into_iter();
    let members = members
        .filter(|member| member.account != visit.asker.account)
        .map(|member| (member.account.to_string(), member.name, member.email.unwrap_or_default()));
    let head = shown::head(&visit, "Make somebody else the owner");
    let page = Transfer {
        frame: shown::frame(&visit, &membership, OrgTab::Overview),
        head,
        form_token: visit.form_token(),
        action: visit.link(&shown::path(&membership, "/transfer")),
        back: visit.link(&back),
        members: members.collect(),
    };
    Ok(visit.page(&page))
}

pub async fn transfer(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::sending(&service, request).await?;
    let membership = shown::of(&visit).await?;
    let back = shown::path(&membership, "");
    let to = visit.sent.get("to").and_then(|id| id.parse().ok());
    let refused = |refusal: Refusal| visit.refused(&refusal, &back);
    let to = to.ok_or_else(|| refused(Refusal::invalid("to", "choose a member")))?;
    let done = service.domain.transfer_org(&visit.asker, &membership.org.id.to_string(), to).await;
    done.map_err(refused)?;
    Ok(visit.done(&back, "transferred"))
}
