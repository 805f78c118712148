//! Making one. Its secret is the answer, once.

#![expect(clippy::result_large_err, reason = "what is refused is answered with a whole page")]

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};

use super::{
    form::{self, Choice},
    shelf::Shelf,
    view::TokenView,
};
use crate::{
    asker::Refusal,
    network::Network,
    org::Membership,
    pages::{
        app_card::AppCard,
        brand::Words,
        frame::{Frame, Head},
        once::FormBook,
        problem,
        visit::{Alarm, Answer, Visit},
    },
    products::Product,
    service::Service,
    token::{HandedOut, NewKey, NewToken},
};

#[derive(Template)]
#[template(path = "tokens/new.html")]
struct Page {
    frame: Frame,
    head: Head,
    alarm: Option<String>,
    form_token: String,
    once: String,
    action: String,
    back: String,
    app: AppCard,
    noun: &'static str,
    name: String,
    kinds: Vec<Choice>,
    expiries: Vec<Choice>,
    date: String,
    first_day: String,
    last_day: Option<String>,
    longest: Option<String>,
    scopes: Vec<Choice>,
    orgs: Vec<Choice>,
    programs: Vec<Choice>,
    /// Whose it is if no program holds it.
    holder: &'static str,
    /// Whether the limits of keys can be set.
    limits: bool,
    rate_limit: String,
    allow: String,
}

#[derive(Template)]
#[template(path = "tokens/apps.html")]
struct Apps {
    frame: Frame,
    head: Head,
    choices: Vec<(String, AppCard)>,
}

#[derive(Template)]
#[template(path = "tokens/created.html")]
pub(super) struct Created {
    frame: Frame,
    head: Head,
    /// What is said beside it.
    sentence: String,
    secret: String,
    noun: &'static str,
    token: TokenView,
    back: String,
}

pub async fn new(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::looking(&service, request).await?;
    let shelf = Shelf::of(&visit).await?;
    shelf.must(shelf.may_make(&visit), &visit)?;
    match app(&visit, &shelf)? {
        Some(product) => show(&visit, &shelf, &product, None).await,
        None => Ok(choose(&visit, &shelf)),
    }
}

pub async fn create(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let visit = Visit::sending(&service, request).await?;
    let shelf = Shelf::of(&visit).await?;
    let product = app(&visit, &shelf)?.ok_or_else(problem::bad_form)?;
    let once = shelf.once(&visit, "new")?;
    match make(&visit, &shelf, &product).await {
        Ok(made) => {
            let words = Words::of(shelf.section(), Some(&product));
            Ok(show_secret(&visit, &shelf, words, &made, false))
        }
        Err(refusal) => {
            service.forms.give_back(once);
            let alarm = visit.alarm(&refusal)?;
            show(&visit, &shelf, &product, Some(alarm)).await
        }
    }
}

async fn make(visit: &Visit, shelf: &Shelf, product: &Product) -> Result<HandedOut, Refusal> {
    let sent = &visit.sent;
    let (domain, name) = (&visit.service.domain, sent.get("name").unwrap_or_default());
    // A step up comes before any complaint about what was typed: it brings the form back.
    visit.asker.must_manage()?;
    let scopes = form::chosen_scopes(product, sent)?;
    let lifetime = form::lifetime(sent, visit.now)?;
    match shelf {
        Shelf::Mine => {
            let new = NewToken { app: product.name(), name, scopes, lifetime, org: sent.get("org") };
            domain.create_personal_token(&visit.asker, new).await
        }
        Shelf::Of(membership) => {
            let org = membership.org.id.to_string();
            let rate_limit = sent.get("rate_limit").map(|text| {
                text.trim().parse::<u32>().map_err(|_| {
                    Refusal::invalid("rate_limit", "write a whole number, or nothing for no limit")
                })
            });
            let program = sent.get("service_account").map(|id| {
                id.parse().map_err(|_| Refusal::invalid("service_account", "choose one of the list"))
            });
            let new = NewKey {
                app: product.name(),
                org: &org,
                name,
                kind: sent.get("kind"),
                scopes,
                lifetime,
                rate_limit: rate_limit.transpose()?,
                allow: networks(sent.get("allow").unwrap_or_default())?,
                service_account: program.transpose()?,
            };
            domain.create_key(&visit.asker, new).await
        }
    }
}

/// The networks of an allow list: one a line, or with commas or spaces between them.
fn networks(text: &str) -> Result<Vec<Network>, Refusal> {
    text.split([',', ' ', '\t', '\r', '\n'])
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().map_err(|error| Refusal::invalid("allow", format!("{error}"))))
        .collect()
}

/// The app that it is for: the only one, or the one that was chosen.
fn app(visit: &Visit, shelf: &Shelf) -> Result<Option<Arc<Product>>, Response> {
    let mut all = form::apps(visit, shelf);
    if let Some(name) = visit.sent.get("app") {
        return all.find(|product| product.name() == name).cloned().map(Some).ok_or_else(problem::not_found);
    }
    match (all.next(), all.next()) {
        (None, _) => Err(problem::not_found()),
        (Some(only), None) => Ok(Some(Arc::clone(only))),
        (Some(_), Some(_)) => Ok(None),
    }
}

fn choose(visit: &Visit, shelf: &Shelf) -> Response {
    let mut head = shelf.head(visit, shelf.words(visit).create);
    head.lead = format!("Which app is the {} for?", shelf.noun());
    let choices = form::apps(visit, shelf).map(|product| {
        (visit.link(&format!("{}/new?app={}", shelf.path(), product.name())), AppCard::of(product))
    });
    let choices = choices.collect();
    visit.page(&Apps { frame: shelf.frame(visit), head, choices })
}

/// The form, as new or with what was typed.
async fn show(visit: &Visit, shelf: &Shelf, product: &Product, alarm: Option<Alarm>) -> Answer {
    let service = &visit.service;
    let sent = &visit.sent;
    let text = |name: &str| sent.get(name).unwrap_or_default().chars().take(2_000).collect::<String>();
    let mut programs = Vec::new();
    let orgs: Vec<Membership> = match shelf {
        Shelf::Mine => {
            let all = service.domain.memberships(visit.asker.account).await;
            all.map_err(|error| problem::unavailable(&error))?
        }
        Shelf::Of(membership) => {
            let all = service.domain.service_accounts(&visit.asker, &membership.org.slug).await;
            let all = all.map_err(|refusal| visit.refused(&refusal, &shelf.path()))?;
            // What programs hold is the admins' business.
            programs = all
                .into_iter()
                .filter(|_| shelf.may_change())
                .map(|program| Choice {
                    chosen: sent.get("service_account") == Some(program.id.to_string().as_str()),
                    value: program.id.to_string(),
                    label: program.name,
                    hint: None,
                })
                .collect();
            vec![Membership::clone(membership)]
        }
    };
    let Some(rules) = form::rules(product, shelf) else { return Err(problem::not_found()) };
    let (expiries, longest) = form::expiries(rules, &orgs, sent, visit.now);
    let words = shelf.words(visit);
    let mut head = shelf.head(visit, words.create.clone());
    head.lead = words.lead;
    let card = AppCard::of(product);
    let kinds = match shelf {
        Shelf::Of(_) if product.app().keys.len() > 1 => {
            let first = product.app().keys.first().map(|(name, _)| name.as_str());
            let wanted = sent.get("kind").or(first);
            let kinds = product.app().keys.iter().map(|(name, format)| Choice {
                value: name.clone(),
                label: name.clone(),
                chosen: wanted == Some(name),
                hint: Some(format!("begins with {}", format.prefix())),
            });
            kinds.collect()
        }
        _ => Vec::new(),
    };
    let org_choices = |membership: Membership| Choice {
        chosen: sent
            .get("org")
            .is_some_and(|wanted| wanted == membership.org.slug || wanted == membership.org.id.to_string()),
        value: membership.org.id.to_string(),
        label: membership.org.name,
        hint: membership
            .longest_token
            .map(|longest| format!("at most {}", crate::pages::words::duration(longest))),
    };
    let several = matches!(shelf, Shelf::Mine) && orgs.len() > 1;
    let status = alarm.as_ref().map_or(StatusCode::OK, |alarm| alarm.status);
    let day = crate::pages::words::date;
    let page = Page {
        frame: shelf.frame(visit).dressed(Some(&card)),
        head,
        form_token: visit.form_token(),
        once: FormBook::draw(service, &visit.browser),
        action: visit.link(&format!("{}/new", shelf.path())),
        back: visit.link(&shelf.path()),
        noun: shelf.noun(),
        name: text("name"),
        kinds,
        expiries,
        date: text("date"),
        first_day: day(visit.now),
        last_day: longest.map(|longest| day(visit.now.plus(longest))),
        longest: longest.map(crate::pages::words::duration),
        scopes: form::scopes(product, sent, alarm.is_some()),
        orgs: if several { orgs.into_iter().map(org_choices).collect() } else { Vec::new() },
        programs,
        holder: if product.app().keys_of_people { "You" } else { "The organization itself" },
        limits: matches!(shelf, Shelf::Of(_)),
        rate_limit: text("rate_limit"),
        allow: text("allow"),
        app: card,
        alarm: alarm.map(|alarm| alarm.sentence),
    };
    Ok(visit.page_as(status, &page))
}

/// The page that shows a secret, the only time that anybody sees it.
pub(super) fn show_secret(
    visit: &Visit,
    shelf: &Shelf,
    words: Words,
    made: &HandedOut,
    replaced: bool,
) -> Response {
    let token = TokenView::of(visit, shelf, &made.token);
    let what = if replaced { "was replaced" } else { "is ready" };
    let page = Created {
        frame: shelf.frame(visit),
        head: shelf.head(visit, format!("Your {} {what}", shelf.noun())),
        sentence: words.created,
        secret: made.secret.expose().to_owned(),
        noun: shelf.noun(),
        token,
        back: visit.link(&shelf.path()),
    };
    visit.page_to_copy(&page)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    #[test]
    fn networks_are_written_one_a_line_or_with_commas() {
        assert_eq!(networks("10.0.0.0/8, 192.168.1.1\r\nfd00::/8\n\n").unwrap().len(), 3);
        assert_eq!(networks("").unwrap().len(), 0);
        assert!(matches!(networks("10.0.0.0/33"), Err(Refusal::Invalid { field: "allow", .. })));
    }
}
