//! Looking for something in a list: what was typed, how much of how much fits.

use super::visit::Visit;

/// A search over a list.
pub struct Search {
    /// Where the form goes.
    pub action: String,
    /// What was typed.
    pub query: String,
    pub shown: usize,
    pub total: usize,
    /// Which organization the list is of, where the address doesn't say.
    pub org: Option<String>,
}

impl Search {
    /// Leaves in the list what fits, and counts.
    pub fn over<T>(visit: &Visit, path: &str, all: &mut Vec<T>, texts: impl Fn(&T) -> Vec<String>) -> Self {
        let query: String = visit.sent.get("q").unwrap_or_default().trim().chars().take(100).collect();
        let total = all.len();
        let wanted: Vec<String> = query.to_lowercase().split_whitespace().map(str::to_owned).collect();
        all.retain(|item| {
            let text = texts(item).join(" ").to_lowercase();
            wanted.iter().all(|word| text.contains(word.as_str()))
        });
        Self { action: visit.link(path), query, shown: all.len(), total, org: None }
    }

    /// Whether there is something to look through. Three are seen at a glance.
    pub fn is_useful(&self) -> bool {
        self.total > 3 || !self.query.is_empty()
    }
}
