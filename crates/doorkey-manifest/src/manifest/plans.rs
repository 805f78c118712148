//! The plans that a product sells, and what needs which.

use serde::Deserialize;

use super::ordered::Ordered;
use crate::Text;

/// The plans that the product sells, and what needs which.
///
/// A plan belongs to an organization. Doorkey sells none: it knows their order, asks for the one that is needed, and
/// shows the way to where it is bought.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Plans {
    /// The plans, from the least to the most. Who has none has the first.
    pub order: Vec<String>,
    /// The plan that using the product at all needs. Without it: the first is enough.
    #[serde(default)]
    pub needs: Option<String>,
    /// The address where a plan is bought: https, or http on this machine. It may hold placeholders such as
    /// `{frontend}`, and `{plan}` for the plan that is needed.
    pub billing: Text,
    /// What is said to somebody whose plan doesn't reach, instead of the usual words. `{plan}` is the plan that is
    /// needed.
    #[serde(default)]
    pub required: Option<Text>,
    /// The plans that single scopes need: scope = plan.
    #[serde(default)]
    pub scopes: Ordered<String>,
}

impl Plans {
    /// The names that may stand in `billing` and `required`: what is known about a product wherever it is spoken of, and
    /// the plan that is needed.
    pub const NAMES: &'static [&'static str] =
        &["app.name", "app.title", "version", "server", "frontend", "client_id", "plan"];

    /// Whether who has one plan may do what needs another. Who has none has the first, and so has who has one that the
    /// manifest doesn't name (any more); nobody has a needed plan that it doesn't name.
    pub fn reaches(&self, have: Option<&str>, needed: &str) -> bool {
        let have = have.and_then(|plan| self.place(plan)).unwrap_or(0);
        self.place(needed).is_some_and(|needed| have >= needed)
    }

    /// The plan that using the product with these scopes needs: the highest of what the product and the scopes need.
    /// `None` when they need none.
    pub fn needed_for<'a>(&self, scopes: impl Iterator<Item = &'a str>) -> Option<&str> {
        let single = scopes.filter_map(|scope| self.scopes.get(scope));
        self.needs.as_ref().into_iter().chain(single).max_by_key(|plan| self.place(plan)).map(String::as_str)
    }

    fn place(&self, plan: &str) -> Option<usize> {
        self.order.iter().position(|known| known == plan)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::Plans;

    fn plans(more: &str) -> Plans {
        let source = format!(
            "order = ['free', 'pro', 'team']\nbilling = 'https://acme.example/billing'\n{more}\n\
             [scopes]\n'models:train' = 'team'\n'models:run' = 'pro'\n'models:list' = 'free'\n"
        );
        toml::from_str(&source).unwrap()
    }

    #[test]
    fn a_plan_reaches_what_needs_it_or_less() {
        let plans = plans("");
        for (have, reached) in [
            (None, ["free"].as_slice()),
            (Some("free"), &["free"]),
            (Some("pro"), &["free", "pro"]),
            (Some("team"), &["free", "pro", "team"]),
            (Some("of old"), &["free"]),
        ] {
            for needed in ["free", "pro", "team", "unheard of"] {
                assert_eq!(plans.reaches(have, needed), reached.contains(&needed), "{have:?} {needed}");
            }
        }
    }

    #[test]
    fn the_highest_plan_of_all_that_is_wanted_is_needed() {
        let needed = |more: &str, scopes: &[&str]| {
            plans(more).needed_for(scopes.iter().copied()).map(str::to_owned).unwrap_or_default()
        };
        assert_eq!(needed("", &[]), "");
        assert_eq!(needed("", &["profile:read"]), "");
        assert_eq!(needed("", &["models:list"]), "free");
        assert_eq!(needed("", &["models:run", "models:train", "models:list"]), "team");
        assert_eq!(needed("needs = 'pro'", &[]), "pro");
        assert_eq!(needed("needs = 'pro'", &["models:list"]), "pro");
        assert_eq!(needed("needs = 'pro'", &["models:train"]), "team");
    }
}
