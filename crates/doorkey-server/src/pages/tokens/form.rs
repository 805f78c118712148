//! The form for a new token or key: what can be chosen, and what was.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::shelf::Shelf;
use crate::{
    app::LongLivedRules,
    asker::Refusal,
    clock::Time,
    org::Membership,
    pages::{visit::Visit, words},
    products::Product,
    token::Lifetime,
    wire::parameters::Parameters,
};

/// The lifetimes that are offered, in days.
const DAYS: [u64; 4] = [7, 30, 60, 90];
/// What is chosen first where nothing says otherwise.
const FIRST: u64 = 30;
const DAY: Duration = Duration::from_hours(24);

/// Something to choose.
pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
    /// What there is to know about it.
    pub hint: Option<String>,
}

/// The apps for which this person could make one.
pub fn apps<'a>(visit: &'a Visit, shelf: &'a Shelf) -> impl Iterator<Item = &'a Arc<Product>> {
    visit.service.products.iter().filter(|product| visit.shows(product.name())).filter(move |product| {
        match shelf {
            Shelf::Mine => product.app().personal.is_some(),
            Shelf::Of(_) => {
                let app = product.app();
                !app.keys.is_empty() && (shelf.may_change() || app.keys_of_people)
            }
        }
    })
}

/// What holds for the lifetime of one.
pub fn rules<'a>(product: &'a Product, shelf: &Shelf) -> Option<&'a LongLivedRules> {
    match shelf {
        Shelf::Mine => product.app().personal.as_ref(),
        Shelf::Of(_) => Some(&product.app().key_rules),
    }
}

/// What can be chosen for the end of one, within what the app and all of these organizations allow.
pub fn expiries(
    rules: &LongLivedRules,
    orgs: &[Membership],
    sent: &Parameters,
    now: Time,
) -> (Vec<Choice>, Option<Duration>) {
    // With several organizations the one with the most room counts; the domain holds the chosen one's limit.
    let of_orgs = orgs.iter().map(|membership| membership.longest_token);
    let of_orgs = of_orgs.reduce(|a, b| Some(a?.max(b?))).flatten();
    let longest = [rules.longest, of_orgs].into_iter().flatten().min();
    let fits =
        |days: u64| longest.is_none_or(|longest| DAY * u32::try_from(days).unwrap_or(u32::MAX) <= longest);
    let usual = rules.usual.map_or(FIRST, |usual| (usual.as_secs() / DAY.as_secs()).max(1));
    let mut days: Vec<u64> = DAYS.into_iter().chain([usual]).filter(|days| fits(*days)).collect();
    days.sort_unstable();
    days.dedup();
    let first = days.iter().rev().find(|days| **days <= usual).or(days.first()).copied();
    let first_choice = match first {
        _ if rules.endless && longest.is_none() => "never".to_owned(),
        Some(days) => days.to_string(),
        None => "longest".to_owned(),
    };
    let wanted = sent.get("expires").map_or(first_choice, str::to_owned);
    let all: Vec<Choice> = days
        .into_iter()
        .map(|days| {
            let end = now.plus(DAY * u32::try_from(days).unwrap_or(u32::MAX));
            (
                days.to_string(),
                format!("{days} day{}", if days == 1 { "" } else { "s" }),
                Some(words::day(end)),
            )
        })
        .chain((first.is_none()).then(|| {
            let longest = longest.unwrap_or(DAY);
            ("longest".to_owned(), words::duration(longest), None)
        }))
        .chain(
            (longest.is_none())
                .then(|| ("never".to_owned(), "Never".to_owned(), Some("until it is revoked".to_owned()))),
        )
        // The last: the field for the day stands below.
        .chain([("date".to_owned(), "On a day that I choose".to_owned(), None)])
        .map(|(value, label, hint)| Choice { chosen: value == wanted, value, label, hint })
        .collect();
    (all, longest)
}

/// The lifetime that was chosen.
pub fn lifetime(sent: &Parameters, now: Time) -> Result<Lifetime, Refusal> {
    let wrong = |message: &str| Refusal::invalid("expires_in", message);
    match sent.get("expires") {
        None | Some("longest") => Ok(Lifetime::Usual),
        Some("never") => Ok(Lifetime::Unending),
        Some("date") => {
            let day = sent.get("date").ok_or_else(|| wrong("choose the day"))?;
            let day: Date = day.parse().map_err(|_| wrong("write the day as 2026-12-31"))?;
            let end = end_of(day).ok_or_else(|| wrong("choose a day in the future"))?;
            if end <= now {
                return Err(wrong("choose a day in the future"));
            }
            Ok(Lifetime::For(now.until(end)))
        }
        Some(days) => {
            let days: u32 = days.parse().map_err(|_| wrong("choose one of the list"))?;
            if days > 36_500 {
                return Err(wrong("choose one of the list"));
            }
            Ok(Lifetime::For(DAY * days))
        }
    }
}

/// The last moment of a day, in UTC: the server doesn't know where the person is.
fn end_of(day: Date) -> Option<Time> {
    let next = day.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(Time::from_unix_ms(Timestamp::from(next).as_millisecond() - 1000))
}

/// What the app's tokens can be allowed to do.
pub fn scopes(product: &Product, sent: &Parameters, again: bool) -> Vec<Choice> {
    let app = product.app();
    let typed = again || sent.iter().any(|(name, _)| name.starts_with("scope."));
    app.scopes
        .iter()
        .map(|scope| {
            let value = format!("scope.{scope}");
            let chosen = if typed { sent.get(&value).is_some() } else { app.default_scopes.contains(scope) };
            let plan = app.plans.as_ref().and_then(|plans| plans.scopes.get(scope));
            let hint = plan.map(|plan| format!("needs the plan {plan}"));
            Choice { value, label: product.scope_in_words(scope).to_owned(), chosen, hint }
        })
        .collect()
}

/// What was allowed.
pub fn chosen_scopes(product: &Product, sent: &Parameters) -> Result<Vec<String>, Refusal> {
    let known = &product.app().scopes;
    let chosen: Vec<String> =
        known.iter().filter(|scope| sent.get(&format!("scope.{scope}")).is_some()).cloned().collect();
    if chosen.is_empty() && !known.is_empty() {
        return Err(Refusal::invalid("scopes", "choose at least one thing"));
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use doorkey_manifest::TokenFormat;

    use super::*;

    fn offered(usual: Option<u64>, longest: Option<u64>) -> (Vec<String>, String) {
        let period = |days: Option<u64>| days.map(|days| DAY * u32::try_from(days).unwrap());
        let rules = LongLivedRules {
            format: TokenFormat::new("x_"),
            usual: period(usual),
            endless: false,
            longest: period(longest),
        };
        chosen_of(&rules)
    }

    fn chosen_of(rules: &LongLivedRules) -> (Vec<String>, String) {
        let (all, _) = expiries(rules, &[], &Parameters::default(), Time::from_unix_ms(0));
        let chosen = all.iter().find(|choice| choice.chosen).unwrap().value.clone();
        (all.into_iter().map(|choice| choice.value).collect(), chosen)
    }

    #[test]
    fn only_what_is_allowed_is_offered() {
        assert_eq!(
            offered(None, None),
            (["7", "30", "60", "90", "never", "date"].map(str::to_owned).to_vec(), "30".to_owned())
        );
        assert_eq!(offered(Some(14), Some(40)).0, ["7", "14", "30", "date"]);
        assert_eq!(offered(Some(90), Some(60)).1, "60");
        assert_eq!(offered(None, Some(3)).0, ["longest", "date"]);
    }

    #[test]
    fn where_tokens_usually_have_no_end_that_is_chosen_first() {
        let endless =
            LongLivedRules { format: TokenFormat::new("x_"), usual: None, endless: true, longest: None };
        assert_eq!(chosen_of(&endless).1, "never");
        let bounded = LongLivedRules { longest: Some(DAY * 60), ..endless };
        assert_eq!(chosen_of(&bounded).1, "30", "an organization's limit goes before");
    }

    #[test]
    fn a_day_ends_when_it_is_over() {
        let now = Time::from_unix_ms(1_767_225_600_000);
        let of = |day| lifetime(&Parameters::parse(format!("expires=date&date={day}").as_bytes()), now);
        assert_eq!(of("2026-01-01").unwrap(), Lifetime::For(Duration::from_secs(86_399)));
        for day in ["2025-12-31", "nonsense", "2026-02-30", "9999-12-31x"] {
            assert!(matches!(of(day), Err(Refusal::Invalid { field: "expires_in", .. })), "{day}");
        }
        assert!(lifetime(&Parameters::parse(b"expires=99999999999"), now).is_err());
    }
}
