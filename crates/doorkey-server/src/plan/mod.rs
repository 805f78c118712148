//! Plans: what an organization may use. The service knows their names and who has which; what needs which, an app's
//! manifest says. An account's plan is its personal organization's.

use serde_json::json;

use crate::{
    Domain,
    account::email::Email,
    app::App,
    asker::Refusal,
    audit::{Action, Actor, Event, Origin},
    id::OrgId,
    org::Org,
};

/// A plan that doesn't reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanNeeded {
    /// The app that needs more.
    pub app: String,
    /// The plan that would reach.
    pub plan: String,
}

/// What is missing for using an app with these scopes, with the plan `have`; `demanded` is what somebody asks for beyond
/// what the app needs anyway.
pub(crate) fn missing<'a>(
    app: &App,
    have: Option<&str>,
    scopes: impl Iterator<Item = &'a str>,
    demanded: Option<&str>,
) -> Option<PlanNeeded> {
    let needed = |plan: &str| PlanNeeded { app: app.name.clone(), plan: plan.to_owned() };
    let Some(plans) = &app.plans else {
        // An app without plans reaches none that somebody asks for.
        return demanded.filter(|demanded| have != Some(*demanded)).map(needed);
    };
    let all = plans.needed_for(scopes).into_iter().chain(demanded);
    let unmet = all.filter(|plan| !plans.reaches(have, plan));
    // The higher of the two: whoever has that, has the other.
    unmet.reduce(|one, other| if plans.reaches(Some(other), one) { other } else { one }).map(needed)
}

/// Whose plan it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanHolder<'a> {
    /// The account with this e-mail address: its personal organization.
    Account(&'a str),
    /// The organization with this id or slug.
    Org(&'a str),
}

impl<'a> PlanHolder<'a> {
    /// What has an `@` is an e-mail address, and all else an organization.
    pub fn read(text: &'a str) -> Self {
        if text.contains('@') { Self::Account(text) } else { Self::Org(text) }
    }
}

impl Domain {
    /// All plans that the manifests of the served apps name, each once.
    pub fn plans(&self) -> Vec<&str> {
        let mut all: Vec<&str> = Vec::new();
        let named = self.apps.iter().filter_map(|app| app.plans.as_ref()).flat_map(|plans| &plans.order);
        for plan in named {
            if !all.contains(&plan.as_str()) {
                all.push(plan);
            }
        }
        all
    }

    /// Gives an organization a plan, or takes it away. A message of a billing system counts once: `delivery` is its id,
    /// and none comes back for one that was heard before.
    pub async fn set_plan(
        &self,
        holder: PlanHolder<'_>,
        plan: Option<&str>,
        delivery: Option<&str>,
        origin: &Origin,
    ) -> Result<Option<Org>, Refusal> {
        let known = self.plans();
        if let Some(unknown) = plan.filter(|plan| !known.contains(plan)) {
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(Refusal::invalid("plan", format!("no app knows a plan `{unknown}`; known: {known}")));
        }
        let now = self.now();
        let mut tx = self.store.begin().await?;
        if let Some(delivery) = delivery
            && !tx.insert_delivery(delivery, now).await?
        {
            tx.rollback().await?;
            return Ok(None);
        }
        let found = match holder {
            PlanHolder::Account(email) => match Email::parse(email) {
                Some(email) => tx.personal_org_of(&email.key).await?,
                None => None,
            },
            PlanHolder::Org(text) => tx.org(text.parse::<OrgId>().ok(), text).await?,
        };
        let Some(org) = found else {
            tx.rollback().await?;
            return Err(Refusal::NotFound("account or organization"));
        };
        tx.set_plan(org.id, plan).await?;
        let event = Event::done(Action::PlanChanged, Actor::Server).org(org.id).subject("org", org.id);
        self.record(&mut tx, event.from(origin).detail(json!({ "plan": plan }))).await?;
        tx.commit().await?;
        Ok(Some(org))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;
    use crate::testkit;

    #[test]
    fn the_highest_plan_that_is_missing_is_named() {
        let apps = testkit::apps();
        let demo = apps.get("demo").unwrap();
        let missing = |have, scopes: &[&str], demanded| {
            missing(demo, have, scopes.iter().copied(), demanded).map(|needed| needed.plan)
        };
        assert_eq!(missing(Some("team"), &["notes:train"], None), None);
        assert_eq!(missing(None, &["notes:train"], None).as_deref(), Some("pro"));
        assert_eq!(missing(None, &["notes:train"], Some("team")).as_deref(), Some("team"));
        assert_eq!(missing(Some("pro"), &["notes:train"], Some("free")), None);
        assert_eq!(missing(None, &["profile:read"], None), None);
        assert_eq!(missing(Some("team"), &[], Some("unheard of")).as_deref(), Some("unheard of"));
    }

    #[test]
    fn an_app_without_plans_needs_none() {
        let apps = testkit::apps();
        let mut app = App::clone(apps.get("demo").unwrap());
        app.plans = None;
        assert_eq!(missing(&app, None, ["notes:train"].into_iter(), None), None);
        assert!(missing(&app, None, std::iter::empty(), Some("pro")).is_some());
        assert!(missing(&app, Some("pro"), std::iter::empty(), Some("pro")).is_none());
    }
}
