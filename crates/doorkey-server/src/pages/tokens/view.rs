//! A token as a page shows it.

use super::shelf::Shelf;
use crate::{
    network::Network,
    pages::{
        visit::Visit,
        words::{self, When},
    },
    token::{Holder, LongLived, Status},
};

/// A token as a page shows it.
pub struct TokenView {
    pub href: String,
    /// Where it is revoked, where this person may.
    pub revoke: Option<String>,
    pub name: String,
    /// Its beginning and its end.
    pub shown: String,
    pub app: String,
    pub kind: Option<String>,
    pub org: Option<String>,
    /// The program or the other person that holds it.
    pub held_by: Option<String>,
    /// Whether the person who looks holds it.
    pub own: bool,
    pub from_sign_in: bool,
    pub created: When,
    pub created_by: Option<String>,
    pub expires: Option<When>,
    /// Whether that is within a week.
    pub soon: bool,
    pub used: Option<UseView>,
    pub status: &'static str,
    pub active: bool,
    pub overlap: Option<When>,
    pub issued: Option<When>,
    /// What it may do, in words.
    pub may: Vec<String>,
    pub rate_limit: Option<u32>,
    pub allow: Vec<String>,
}

/// When and from where it was last used.
pub struct UseView {
    pub at: When,
    pub address: String,
    pub agent: Option<String>,
}

/// What is soon.
const SOON: std::time::Duration = std::time::Duration::from_hours(24 * 7);

impl TokenView {
    pub fn of(visit: &Visit, shelf: &Shelf, token: &LongLived) -> Self {
        let href = visit.link(&format!("{}/{}", shelf.path(), token.id));
        let may_revoke = shelf.may_change() || token.kept_by.account == visit.asker.account;
        let product = visit.service.products.get(&token.app);
        let now = visit.now;
        let several = product.is_some_and(|product| product.app().keys.len() > 1);
        Self {
            revoke: (may_revoke && token.status == Status::Active).then(|| format!("{href}/revoke")),
            href,
            name: if token.name.is_empty() { "Sign-in".to_owned() } else { token.name.clone() },
            shown: format!("{}…{}", token.start, token.last_four),
            app: product.map_or_else(|| token.app.clone(), |product| product.title().to_owned()),
            kind: token.key_kind.clone().filter(|_| several),
            org: token.org.as_ref().map(|org| org.name.clone()),
            held_by: (token.kept_by.account != visit.asker.account
                && token.kept_by.holder != Holder::Organization)
                .then(|| token.kept_by.name.clone()),
            own: token.kept_by.account == visit.asker.account,
            from_sign_in: token.from_sign_in,
            created: When::of(token.created_at, now),
            created_by: token.created_by.as_ref().map(|(_, name)| name.clone()),
            expires: token.expires_at.map(|at| When::of(at, now)),
            soon: token.status == Status::Active && token.expires_at.is_some_and(|at| now.until(at) < SOON),
            used: token.last_used.as_ref().map(|last| UseView {
                at: When::of(last.at, now),
                address: last.address.clone(),
                agent: last.agent.as_deref().map(words::agent),
            }),
            status: match token.status {
                Status::Active => "Active",
                Status::Expired => "Expired",
                Status::Revoked => "Revoked",
            },
            active: token.status == Status::Active,
            overlap: token.overlap_ends_at.filter(|at| *at > now).map(|at| When::of(at, now)),
            issued: (token.issued_at != token.created_at).then(|| When::of(token.issued_at, now)),
            may: token
                .scopes
                .iter()
                .map(|scope| {
                    product.map_or(scope.as_str(), |product| product.scope_in_words(scope)).to_owned()
                })
                .collect(),
            rate_limit: token.rate_limit,
            allow: token.allow.iter().map(Network::to_string).collect(),
        }
    }

    /// What a search looks through.
    pub fn texts(&self) -> Vec<String> {
        let mut texts = vec![self.name.clone(), self.shown.clone(), self.app.clone(), self.status.to_owned()];
        texts.extend([&self.kind, &self.org, &self.held_by, &self.created_by].into_iter().flatten().cloned());
        texts.extend(self.used.iter().map(|last| last.address.clone()));
        texts
    }
}
