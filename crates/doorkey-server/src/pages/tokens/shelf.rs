//! Whose tokens a page is about.

#![expect(clippy::result_large_err, reason = "what is refused is answered with a whole page")]

use axum::response::Response;

use super::form;
use crate::{
    asker::Refusal,
    org::{Membership, Role},
    pages::{
        brand::{Section, Words},
        frame::{Frame, Head, OrgTab, Step},
        once::Standing,
        orgs, problem,
        visit::Visit,
    },
    token::{Holder, LongLived},
};

/// The person's own tokens, or an organization's keys.
pub enum Shelf {
    Mine,
    Of(Box<Membership>),
}

impl Shelf {
    /// The shelf that a page's path names.
    pub async fn of(visit: &Visit) -> Result<Self, Response> {
        if visit.part(0) == "tokens" {
            return Ok(Self::Mine);
        }
        Ok(Self::Of(Box::new(orgs::of(visit).await?)))
    }

    /// Where the list is, as one of Doorkey's own paths.
    pub fn path(&self) -> String {
        match self {
            Self::Mine => "/tokens".to_owned(),
            Self::Of(membership) => orgs::path(membership, "/keys"),
        }
    }

    /// The part of the page's path that comes after the list's.
    pub fn item<'a>(&self, visit: &'a Visit) -> &'a str {
        visit.part(match self {
            Self::Mine => 1,
            Self::Of(_) => 3,
        })
    }

    pub const fn section(&self) -> Section {
        match self {
            Self::Mine => Section::Tokens,
            Self::Of(_) => Section::Keys,
        }
    }

    /// What one of them is called.
    pub const fn noun(&self) -> &'static str {
        match self {
            Self::Mine => "token",
            Self::Of(_) => "key",
        }
    }

    /// Whether the person may replace and end them, whoever's they are.
    pub fn may_change(&self) -> bool {
        match self {
            Self::Mine => true,
            Self::Of(membership) => membership.role >= Role::Admin,
        }
    }

    /// Whether the person may make some: who may change them, and for apps whose keys act for people, everybody.
    pub fn may_make(&self, visit: &Visit) -> bool {
        self.may_change() || form::apps(visit, self).next().is_some()
    }

    /// Whether the person may replace this one: its secret is shown to whoever does.
    pub fn may_replace(&self, visit: &Visit, token: &LongLived) -> bool {
        let own = token.kept_by.account == visit.asker.account;
        own || (self.may_change() && token.kept_by.holder != Holder::Person)
    }

    /// All of them that are shown here, the newest first.
    pub async fn all(&self, visit: &Visit) -> Result<Vec<LongLived>, Response> {
        let domain = &visit.service.domain;
        let all = match self {
            Self::Mine => domain.personal_tokens(&visit.asker).await,
            Self::Of(membership) => domain.keys(&visit.asker, &membership.org.id.to_string()).await,
        };
        let mut all = all.map_err(|refusal| visit.refused(&refusal, "/"))?;
        all.retain(|token| visit.shows(&token.app));
        Ok(all)
    }

    /// The one that the page's path names.
    pub async fn find(&self, visit: &Visit) -> Result<LongLived, Response> {
        let domain = &visit.service.domain;
        let id = self.item(visit).parse().map_err(|_| problem::not_found())?;
        let found = match self {
            Self::Mine => domain.personal_token(&visit.asker, id).await,
            Self::Of(membership) => domain.key(&visit.asker, membership, id).await,
        };
        let found = found.map_err(|refusal| visit.refused(&refusal, "/"))?;
        if visit.shows(&found.app) { Ok(found) } else { Err(problem::not_found()) }
    }

    /// Lets the form of a page count once. Gives what is given back where nothing came of it.
    pub fn once<'a>(&self, visit: &'a Visit, page: &str) -> Result<&'a str, Response> {
        let once = visit.sent.get("once").unwrap_or_default();
        match visit.service.forms.take(&visit.service, &visit.browser, once) {
            Standing::First => Ok(once),
            Standing::Again => Err(problem::already_made(self.noun(), &visit.link(&self.path()))),
            Standing::Stale => Err(problem::stale_form(&visit.link(&format!("{}/{page}", self.path())))),
        }
    }

    /// Refuses a member who may only look.
    pub fn must(&self, may: bool, visit: &Visit) -> Result<(), Response> {
        if may {
            return visit.must_manage();
        }
        Err(visit.refused(&Refusal::Role(Role::Admin), &self.path()))
    }

    pub fn words(&self, visit: &Visit) -> Words {
        visit.words(self.section())
    }

    pub fn frame(&self, visit: &Visit) -> Frame {
        let frame = visit.frame(self.section());
        match self {
            Self::Mine => frame,
            Self::Of(membership) => frame.in_org(visit, membership, OrgTab::Keys),
        }
    }

    /// The title of a page below the list.
    pub fn head(&self, visit: &Visit, title: String) -> Head {
        let words = self.words(visit);
        let mut trail: Vec<Step> = words.trail.iter().map(|step| Step::said(step)).collect();
        if trail.is_empty() {
            trail.push(Step::said(&words.short));
        }
        if let Some(last) = trail.last_mut() {
            last.href = Some(visit.link(&self.path()));
        }
        Head { trail, title, ..Head::default() }
    }
}
