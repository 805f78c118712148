//! Who is in an organization, and who is invited.

use std::{sync::Arc, time::Duration};

use askama::Template;
use axum::extract::{Request, State};

use super::shown;
use crate::{
    asker::Refusal,
    id::AccountId,
    org::{Member, Membership, Role},
    pages::{
        ask::Question,
        frame::{Frame, Head, OrgTab},
        listing::Search,
        problem,
        visit::{Answer, Visit},
        words::When,
    },
    service::Service,
};

/// How long an invitation waits: what is offered, in days.
const DAYS: [u32; 3] = [1, 7, 30];

#[derive(Template)]
#[template(path = "orgs/members.html")]
struct Page {
    frame: Frame,
    head: Head,
    search: Search,
    members: Vec<MemberRow>,
    admin: bool,
    form_token: String,
    /// The roles that the person may give to others.
    roles: Vec<(&'static str, &'static str)>,
    invite: String,
    invitations: Vec<InvitationRow>,
}

struct MemberRow {
    name: String,
    email: String,
    role: &'static str,
    role_name: &'static str,
    joined: When,
    yourself: bool,
    /// Where the person can change something about them.
    change: Option<String>,
    remove: Option<String>,
}

struct InvitationRow {
    role: &'static str,
    by: String,
    created: When,
    expires: When,
    take_back: String,
}

#[derive(Template)]
#[template(path = "orgs/invited.html")]
struct Invited {
    frame: Frame,
    head: Head,
    link: String,
    org: String,
    role: &'static str,
    expires: When,
    back: String,
}

pub async fn members(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let membership = shown::of(&visit).await?;
    let org = membership.org.id.to_string();
    let list = shown::path(&membership, "/members");
    let refused = |refusal: Refusal| visit.refused(&refusal, "/orgs");
    let admin = membership.role >= Role::Admin && !membership.personal;
    let all = service.domain.members(&visit.asker, &org).await.map_err(refused)?;
    let mut members: Vec<MemberRow> = all.iter().map(|member| row(&visit, &membership, member)).collect();
    let search = Search::over(&visit, &list, &mut members, |member| {
        vec![member.name.clone(), member.email.clone(), member.role_name.to_owned()]
    });
    let open = if admin {
        service.domain.invitations(&visit.asker, &org).await.map_err(refused)?
    } else {
        Vec::new()
    };
    let invitations = open.into_iter().map(|invitation| InvitationRow {
        role: shown::role(invitation.role),
        by: invitation.created_by.1,
        created: When::of(invitation.created_at, visit.now),
        expires: When::of(invitation.expires_at, visit.now),
        take_back: visit.link(&shown::path(&membership, &format!("/invitations/{}/revoke", invitation.id))),
    });
    let mut head = shown::head(&visit, "Members");
    "Who acts for the organization, and what they may do in it.".clone_into(&mut head.lead);
    let page = Page {
        frame: shown::frame(&visit, &membership, OrgTab::Members),
        head,
        search,
        members,
        admin,
        form_token: visit.form_token(),
        roles: Role::ALL
            .into_iter()
            .filter(|role| *role <= membership.role)
            .map(|role| (role.as_str(), shown::role(role)))
            .collect(),
        invite: visit.link(&shown::path(&membership, "/invitations")),
        invitations: invitations.collect(),
    };
    Ok(visit.page(&page))
}

fn row(visit: &Visit, membership: &Membership, member: &Member) -> MemberRow {
    let yourself = member.account == visit.asker.account;
    // Only an owner decides about owners, and everybody leaves by themselves.
    let may = membership.role >= Role::Admin
        && !membership.personal
        && (member.role < Role::Owner || membership.role == Role::Owner);
    let at =
        |what: &str| visit.link(&shown::path(membership, &format!("/members/{}/{what}", member.account)));
    MemberRow {
        name: member.name.clone(),
        email: member.email.clone().unwrap_or_default(),
        role: member.role.as_str(),
        role_name: shown::role(member.role),
        joined: When::of(member.joined_at, visit.now),
        yourself,
        change: may.then(|| at("role")),
        remove: (may && !yourself).then(|| at("remove")),
    }
}

/// The member whom a page's path names.
async fn named(visit: &Visit, membership: &Membership) -> Result<Member, axum::response::Response> {
    let all = visit.service.domain.members(&visit.asker, &membership.org.id.to_string()).await;
    let all = all.map_err(|refusal| visit.refused(&refusal, "/orgs"))?;
    let wanted: AccountId = visit.part(3).parse().map_err(|_| problem::not_found())?;
    all.into_iter().find(|member| member.account == wanted).ok_or_else(problem::not_found)
}

pub async fn set_role(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::sending(&service, request).await?;
    let membership = shown::of(&visit).await?;
    let list = shown::path(&membership, "/members");
    let member = named(&visit, &membership).await?;
    let role = visit.sent.get("role").and_then(Role::from_name).ok_or_else(problem::bad_form)?;
    let org = membership.org.id.to_string();
    match service.domain.set_role(&visit.asker, &org, member.account, role).await {
        Ok(_) => Ok(visit.done(&list, "role")),
        Err(refusal) => Err(visit.refused(&refusal, &list)),
    }
}

pub async fn removing(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let membership = shown::of(&visit).await?;
    let member = named(&visit, &membership).await?;
    visit.must_manage()?;
    let who = member.email.unwrap_or(member.name);
    let question = Question {
        title: format!("Remove {who}?"),
        sentences: vec![
            format!(
                "Their own tokens that act for “{}” stop working at once. The organization's keys go on, also those that they made.",
                membership.org.name
            ),
            "They can come back only with a new invitation.".to_owned(),
        ],
        action: visit.link(&shown::path(&membership, &format!("/members/{}/remove", member.account))),
        button: "Remove from the organization".to_owned(),
        back: visit.link(&shown::path(&membership, "/members")),
    };
    Ok(question.show(&visit, shown::frame(&visit, &membership, OrgTab::Members)))
}

pub async fn remove(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::sending(&service, request).await?;
    let membership = shown::of(&visit).await?;
    let list = shown::path(&membership, "/members");
    let member = named(&visit, &membership).await?;
    let org = membership.org.id.to_string();
    let removed = service.domain.remove_member(&visit.asker, &org, member.account).await;
    removed.map_err(|refusal| visit.refused(&refusal, &list))?;
    let gone = member.account == visit.asker.account;
    Ok(if gone { visit.done("/orgs", "left") } else { visit.done(&list, "removed") })
}

/// Makes an invitation. Its link is the answer, once; another one does no harm, so the form may be sent again.
pub async fn invite(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::sending(&service, request).await?;
    let membership = shown::of(&visit).await?;
    let list = shown::path(&membership, "/members");
    let refused = |refusal: Refusal| visit.refused(&refusal, &list);
    let role = visit.sent.get("role").and_then(Role::from_name).ok_or_else(problem::bad_form)?;
    let days = visit.sent.get("days").and_then(|days| days.parse::<u32>().ok());
    let days = days.filter(|days| DAYS.contains(days)).ok_or_else(problem::bad_form)?;
    let lifetime = Some(Duration::from_hours(24) * days);
    let org = membership.org.id.to_string();
    let (secret, invitation) =
        service.domain.invite(&visit.asker, &org, role, lifetime).await.map_err(refused)?;
    let page = Invited {
        frame: shown::frame(&visit, &membership, OrgTab::Members),
        head: shown::head(&visit, "Send this link"),
        link: service.issuer.join(&format!("/invite/{}", secret.expose())),
        org: membership.org.name.clone(),
        role: shown::role(invitation.role),
        expires: When::of(invitation.expires_at, visit.now),
        back: visit.link(&list),
    };
    Ok(visit.page_to_copy(&page))
}

pub async fn taking_back(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let membership = shown::of(&visit).await?;
    let list = shown::path(&membership, "/members");
    let all = service.domain.invitations(&visit.asker, &membership.org.id.to_string()).await;
    let all = all.map_err(|refusal| visit.refused(&refusal, &list))?;
    let found = all.into_iter().find(|invitation| invitation.id.to_string() == visit.part(3));
    let invitation = found.ok_or_else(problem::not_found)?;
    visit.must_manage()?;
    let question = Question {
        title: "Take this invitation back?".to_owned(),
        sentences: vec![format!(
            "{} invited somebody as {} {}. The link stops working at once.",
            invitation.created_by.1,
            shown::role(invitation.role).to_lowercase(),
            When::of(invitation.created_at, visit.now).words()
        )],
        action: visit.link(&shown::path(&membership, &format!("/invitations/{}/revoke", invitation.id))),
        button: "Take it back".to_owned(),
        back: visit.link(&list),
    };
    Ok(question.show(&visit, shown::frame(&visit, &membership, OrgTab::Members)))
}

pub async fn take_back(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::sending(&service, request).await?;
    let membership = shown::of(&visit).await?;
    let list = shown::path(&membership, "/members");
    let id = visit.part(3).parse().map_err(|_| problem::not_found())?;
    let org = membership.org.id.to_string();
    let taken = service.domain.revoke_invitation(&visit.asker, &org, id).await;
    taken.map_err(|refusal| visit.refused(&refusal, &list))?;
    Ok(visit.done(&list, "taken-back"))
}
