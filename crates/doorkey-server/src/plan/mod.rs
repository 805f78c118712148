//! Plans: what an organization may use. The service knows their names and who has which; what needs which, an app's
//! manifest says. An account's plan is its personal organization's.

use std::collections::HashMap;

use serde_json::json;

use crate::{
    Domain,
    account::email::Email,
    asker::Refusal,
    audit::{Action, Actor, Event, Origin},
    id::OrgId,
    org::Org,
    store::StoreError,
};

/// What of an app needs which plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanRules {
    /// All plans, from the least to the most. Whoever has none has the first.
    pub order: Vec<String>,
    /// What using the app at all needs.
    pub needs: Option<String>,
    /// What single scopes need.
    pub scopes: HashMap<String, String>,
    /// Where a plan is bought.
    pub billing: Option<String>,
    /// How the app says that a plan doesn't reach.
    pub required: Option<String>,
}

/// A plan that doesn't reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanNeeded {
    /// The plan that would.
    pub plan: String,
    /// What to tell the person.
    pub message: String,
    /// Where it is bought.
    pub billing: Option<String>,
}

impl PlanRules {
    fn rank(&self, plan: &str) -> Option<usize> {
        self.order.iter().position(|known| known == plan)
    }

    /// Whether who has `have` has at least `needed`. An unknown plan reaches nothing but itself.
    pub fn reaches(&self, have: Option<&str>, needed: &str) -> bool {
        let have = have.or_else(|| self.order.first().map(String::as_str));
        match (have.and_then(|have| self.rank(have)), self.rank(needed)) {
            (Some(have), Some(needed)) => have >= needed,
            _ => have == Some(needed),
        }
    }

    /// What is missing for using these scopes with the plan `have`.
    pub fn missing<'a>(
        &self,
        have: Option<&str>,
        scopes: impl IntoIterator<Item = &'a str>,
        demanded: Option<&str>,
    ) -> Option<PlanNeeded> {
        let of_scopes = scopes.into_iter().filter_map(|scope| self.scopes.get(scope).map(String::as_str));
        let all = of_scopes.chain(self.needs.as_deref()).chain(demanded);
        let unmet = all.filter(|needed| !self.reaches(have, needed));
        let plan = unmet.max_by_key(|needed| self.rank(needed))?;
        Some(PlanNeeded {
            message: self.required.clone().unwrap_or_else(|| format!("This needs the plan {plan}")),
            billing: self.billing.clone(),
            plan: plan.to_owned(),
        })
    }
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
        for plan in self.apps.iter().flat_map(|app| &app.plans.order) {
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

    /// The plan that an organization has.
    pub async fn plan_of(&self, org: OrgId) -> Result<Option<String>, StoreError> {
        self.store.plan_of(org).await
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    fn rules() -> PlanRules {
        PlanRules {
            order: ["free", "pro", "team"].map(str::to_owned).to_vec(),
            needs: Some("pro".to_owned()),
            scopes: HashMap::from([("train".to_owned(), "team".to_owned())]),
            billing: Some("https://acme.example/billing".to_owned()),
            required: None,
        }
    }

    #[test]
    fn a_plan_reaches_itself_and_what_is_less() {
        let rules = rules();
        assert!(rules.reaches(Some("team"), "pro") && rules.reaches(Some("pro"), "pro"));
        assert!(!rules.reaches(Some("free"), "pro") && !rules.reaches(None, "pro"));
        assert!(rules.reaches(None, "free"), "whoever has none has the first");
        assert!(!rules.reaches(Some("of another age"), "pro"));
    }

    #[test]
    fn the_highest_plan_that_is_missing_is_named() {
        let rules = rules();
        assert_eq!(rules.missing(Some("team"), ["train"], None), None);
        assert_eq!(rules.missing(Some("free"), ["train"], None).unwrap().plan, "team");
        assert_eq!(rules.missing(Some("free"), ["other"], None).unwrap().plan, "pro");
        assert_eq!(rules.missing(Some("pro"), ["other"], Some("team")).unwrap().plan, "team");
        let none = PlanRules::default();
        assert_eq!(none.missing(None, ["train"], None), None, "an app without plans needs none");
    }
}
