//! The kind of place that keeps the credential: whether it works here. A keyring is really asked, and has three seconds.

use super::{Finding, Patient};

const NAME: &str = "storage";

pub(super) fn check(patient: &Patient<'_>) -> Option<Finding> {
    let report = match patient.client?.storage() {
        Ok(report) => report,
        Err(error) => return Some(Finding::broken(NAME, error.to_string()).maybe_remedy(error.hint())),
    };
    let kind = report.choice.kind.name();
    if let Some(problem) = report.problem {
        return Some(Finding::broken(NAME, format!("{kind}: {problem}")).maybe_remedy(problem.hint()));
    }
    Some(match report.others.first() {
        Some((other, path)) => {
            let left = format!("{kind} works; {} still holds a credential that isn't used", path.display());
            Finding::note(NAME, left)
                .remedy(format!("Remove it, or use it again: `storage migrate --to {}`.", other.name()))
        }
        None => Finding::ok(NAME, format!("`{kind}`, which works here")),
    })
}
