//! Where the account is signed in, and signing out from afar.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    response::{IntoResponse, Redirect},
};

use super::{
    ask::Question,
    brand::Section,
    browser,
    frame::{Frame, Head, Step},
    listing::Search,
    problem,
    visit::{Answer, Visit},
    words::{self, When},
};
use crate::{
    account::{Device, DeviceId},
    service::Service,
};

#[derive(Template)]
#[template(path = "devices.html")]
struct Page {
    frame: Frame,
    head: Head,
    search: Search,
    devices: Vec<Row>,
    everywhere: String,
}

struct Row {
    name: String,
    kind: &'static str,
    app: Option<String>,
    org: Option<String>,
    created: When,
    used: Option<(When, String)>,
    current: bool,
    end: String,
}

/// The longest name of a machine that is shown whole.
const LONGEST_NAME: usize = 64;

async fn all(visit: &Visit) -> Result<Vec<Device>, axum::response::Response> {
    let all = visit.service.domain.devices(&visit.asker).await;
    let mut all = all.map_err(|refusal| visit.refused(&refusal, "/"))?;
    // In a product's name, its own terminals and all browsers are shown.
    all.retain(|device| device.app.as_ref().is_none_or(|app| visit.shows(app)));
    Ok(all)
}

pub async fn devices(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let mut rows: Vec<Row> = all(&visit).await?.into_iter().map(|device| row(&visit, device)).collect();
    let search = Search::over(&visit, "/devices", &mut rows, |device| {
        let mut texts = vec![device.name.clone(), device.kind.to_owned()];
        texts.extend(device.app.clone());
        texts.extend(device.used.as_ref().map(|(_, address)| address.clone()));
        texts
    });
    let words = visit.words(Section::Devices);
    let head = Head {
        trail: words.trail.iter().map(|step| Step::said(step)).collect(),
        title: words.title,
        lead: words.lead,
        action: None,
        notice: visit.notice(),
    };
    let everywhere = visit.link("/devices/sign-out-everywhere");
    Ok(visit.page(&Page { frame: visit.frame(Section::Devices), head, search, devices: rows, everywhere }))
}

fn row(visit: &Visit, device: Device) -> Row {
    let app = device.app.as_deref().map(|app| {
        visit.service.products.get(app).map_or_else(|| app.to_owned(), |product| product.title().to_owned())
    });
    let name = words::shown(&device.name, LONGEST_NAME);
    Row {
        kind: match device.id {
            DeviceId::Browser(_) => "Browser",
            DeviceId::Terminal(_) => "Terminal",
        },
        name: if name.is_empty() { "A terminal".to_owned() } else { name },
        app,
        org: device.org.map(|org| org.name),
        created: When::of(device.created_at, visit.now),
        used: device.last_used.map(|last| (When::of(last.at, visit.now), last.address)),
        current: device.current,
        end: visit.link(&format!("/devices/{}/sign-out", device.id)),
    }
}

pub async fn ending(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let found = all(&visit).await?.into_iter().find(|device| device.id.to_string() == visit.part(1));
    let device = row(&visit, found.ok_or_else(problem::not_found)?);
    let used = device.used.as_ref().map_or_else(
        || format!("It was signed in {} and not used since.", device.created.words()),
        |(at, address)| format!("It was last used {} from {address}.", at.words()),
    );
    let what = if device.current {
        "This is the browser that you are looking at: you will be signed out here."
    } else {
        "It has to be signed in again before it can act as you."
    };
    let question = Question {
        title: format!("Sign “{}” out?", device.name),
        sentences: vec![used, what.to_owned()],
        action: device.end,
        button: "Sign it out".to_owned(),
        back: visit.link("/devices"),
    };
    Ok(question.show(&visit, visit.frame(Section::Devices)))
}

pub async fn end(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::sending(&service, request).await?;
    let ended = service.domain.end_device(&visit.asker, visit.part(1)).await;
    let device = ended.map_err(|refusal| visit.refused(&refusal, "/devices"))?;
    if device.current {
        return Ok(browser::sign_out(&service, Redirect::to("/").into_response()));
    }
    Ok(visit.done("/devices", "signed-out"))
}

pub async fn ending_all(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let question = Question {
        title: "Sign out everywhere?".to_owned(),
        sentences: vec![
            "All browsers are signed out, this one too, and all terminals that you signed in, of all apps.".to_owned(),
            "Personal access tokens and keys that you made on purpose go on working. Revoke those by themselves."
                .to_owned(),
        ],
        action: visit.link("/devices/sign-out-everywhere"),
        button: "Sign out everywhere".to_owned(),
        back: visit.link("/devices"),
    };
    Ok(question.show(&visit, visit.frame(Section::Devices)))
}

pub async fn end_all(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::sending(&service, request).await?;
    let ended = service.domain.sign_out_everywhere(&visit.asker).await;
    ended.map_err(|refusal| visit.refused(&refusal, "/devices"))?;
    Ok(browser::sign_out(&service, Redirect::to("/sign-in").into_response()))
}
