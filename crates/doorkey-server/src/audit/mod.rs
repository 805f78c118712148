//! The trail: what happened, when, by whom, from where and how it ended. An event is written in the same transaction
//! as what it tells of, is never changed and never removed, and never holds a secret.

mod history;

use std::net::{IpAddr, Ipv4Addr};

pub use self::history::{MOST_EVENTS, Wanted};

use crate::{
    clock::Time,
    id::{AccountId, EventId, OrgId},
    text::disturbs,
};

/// The longest text from outside that is kept of one kind.
const LONGEST: usize = 200;

/// Where a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The address, as far as it can be trusted.
    pub address: IpAddr,
    /// What the program calls itself.
    pub user_agent: Option<String>,
    /// What the machine calls itself, where the client says so.
    pub host_name: Option<String>,
}

impl Origin {
    /// An origin of which only the address is known.
    pub const fn of(address: IpAddr) -> Self {
        Self { address: address.to_canonical(), user_agent: None, host_name: None }
    }

    /// The server itself.
    pub const fn ourselves() -> Self {
        Self::of(IpAddr::V4(Ipv4Addr::LOCALHOST))
    }

    /// With what the program calls itself, cleaned and cut to a decent length.
    #[must_use]
    pub fn user_agent(mut self, text: Option<&str>) -> Self {
        self.user_agent = text.and_then(clean);
        self
    }

    /// With what the machine calls itself, cleaned and cut to a decent length.
    #[must_use]
    pub fn host_name(mut self, text: Option<&str>) -> Self {
        self.host_name = text.and_then(clean);
        self
    }
}

/// A text from outside without what could disturb a log or a page: control characters and the marks that turn the
/// direction of writing are dropped, and it is cut to a decent length.
fn clean(text: &str) -> Option<String> {
    let cleaned: String = text.chars().filter(|c| !disturbs(*c)).take(LONGEST).collect();
    let cleaned = cleaned.trim();
    (!cleaned.is_empty()).then(|| cleaned.to_owned())
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What happened. The closed list of all events.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[$doc])* $name,)*
        }

        impl Action {
            /// All actions.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name in the trail.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

actions! {
    /// A tool began a sign-in.
    SignInStarted = "sign_in.started",
    /// A signed-in person opened it; from now on it is theirs to decide.
    SignInOpened = "sign_in.opened",
    /// The browser that had opened it signed out, so that another may open it.
    SignInReleased = "sign_in.released",
    /// It was approved.
    SignInApproved = "sign_in.approved",
    /// It was denied.
    SignInDenied = "sign_in.denied",
    /// The tool got its credential.
    SignInRedeemed = "sign_in.redeemed",
    /// Its time ran out.
    SignInExpired = "sign_in.expired",
    /// An authorization code was validly redeemed a second time, so what the first gave was revoked.
    CodeReused = "authorization_code.reused",
    /// Somebody typed a user code that there isn't.
    UserCodeRefused = "user_code.refused",
    /// A refresh token was exchanged for its successors.
    TokenRefreshed = "token.refreshed",
    /// A refresh token was used after its successor, so its family was revoked.
    TokenReused = "refresh_token.reused",
    /// A token was revoked.
    TokenRevoked = "token.revoked",
    /// A token was found where everybody can read it, so it was revoked.
    TokenLeaked = "token.leaked",
    /// All that came of one sign-in was revoked.
    GrantRevoked = "grant.revoked",
    /// An account was made.
    AccountCreated = "account.created",
    /// A person signed in in a browser.
    SessionStarted = "session.started",
    /// A person didn't get in.
    SessionRefused = "session.refused",
    /// A browser session ended.
    SessionEnded = "session.ended",
    /// An account was taken out of use.
    AccountDisabled = "account.disabled",
    /// An account was given back.
    AccountEnabled = "account.enabled",
    /// Everything that was signed in with an account was signed out.
    SignedOutEverywhere = "account.signed_out_everywhere",
    /// Somebody began to work without an account.
    AnonymousStarted = "anonymous.started",
    /// What was done anonymously became an account's.
    AnonymousClaimed = "anonymous.claimed",
    /// Nobody claimed what was done anonymously, so it ended.
    AnonymousExpired = "anonymous.expired",
    /// A personal access token was made.
    TokenCreated = "token.created",
    /// A personal access token got a successor.
    TokenRotated = "token.rotated",
    /// An organization's key was made.
    KeyCreated = "key.created",
    /// An organization's key got a successor.
    KeyRotated = "key.rotated",
    /// An organization's key was revoked.
    KeyRevoked = "key.revoked",
    /// A service account was made.
    ServiceAccountCreated = "service_account.created",
    /// A service account ended, and its keys with it.
    ServiceAccountEnded = "service_account.ended",
    /// An organization was made.
    OrgCreated = "org.created",
    /// An organization's name or limits were changed.
    OrgChanged = "org.changed",
    /// An organization got another plan.
    PlanChanged = "org.plan_changed",
    /// A tool was told to act for another organization.
    OrgSwitched = "org.switched",
    /// Somebody looked at what isn't theirs to see.
    OrgRead = "org.read",
    /// An invitation was made.
    InvitationCreated = "invitation.created",
    /// An invitation was taken back.
    InvitationRevoked = "invitation.revoked",
    /// An invitation was accepted.
    InvitationAccepted = "invitation.accepted",
    /// A member got another role.
    RoleChanged = "member.role_changed",
    /// A member was removed, or left.
    MemberRemoved = "member.removed",
    /// An organization got another owner.
    OrgTransferred = "org.transferred",
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
}

impl Outcome {
    /// Its name in the trail.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A person, signed in.
    Account(AccountId),
    /// The tool, which nobody has vouched for.
    Client,
    /// Somebody who isn't signed in.
    Anyone,
    /// The server, because time passed or a rule demanded it.
    Server,
}

impl Actor {
    /// Who it was, as the trail writes it.
    pub fn describe(self) -> String {
        match self {
            Self::Account(id) => format!("account:{id}"),
            Self::Client => "client".to_owned(),
            Self::Anyone => "anyone".to_owned(),
            Self::Server => "server".to_owned(),
        }
    }
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct Event {
    /// What.
    pub action: Action,
    /// How it ended.
    pub outcome: Outcome,
    /// Who did it.
    pub actor: Actor,
    /// To which app it belongs.
    pub app: Option<String>,
    /// Whose account it concerns.
    pub account: Option<AccountId>,
    /// Whose organization it concerns.
    pub org: Option<OrgId>,
    /// What it was done to, such as `sign_in:…`.
    pub subject: Option<String>,
    /// From where.
    pub origin: Option<Origin>,
    /// More of it, as a JSON object.
    pub detail: Option<serde_json::Value>,
}

impl Event {
    /// Something that `actor` did.
    pub const fn done(action: Action, actor: Actor) -> Self {
        Self {
            action,
            outcome: Outcome::Done,
            actor,
            app: None,
            account: None,
            org: None,
            subject: None,
            origin: None,
            detail: None,
        }
    }

    /// Something that `actor` tried and that was refused.
    pub fn refused(action: Action, actor: Actor) -> Self {
        Self { outcome: Outcome::Refused, ..Self::done(action, actor) }
    }

    /// In this app.
    #[must_use]
    pub fn app(mut self, app: &str) -> Self {
        self.app = Some(app.to_owned());
        self
    }

    /// Concerning this account.
    #[must_use]
    pub fn account(mut self, account: impl Into<Option<AccountId>>) -> Self {
        self.account = account.into();
        self
    }

    /// Concerning this organization.
    #[must_use]
    pub fn org(mut self, org: impl Into<Option<OrgId>>) -> Self {
        self.org = org.into();
        self
    }

    /// Done to this.
    #[must_use]
    pub fn subject(mut self, kind: &str, id: impl std::fmt::Display) -> Self {
        self.subject = Some(format!("{kind}:{id}"));
        self
    }

    /// From there.
    #[must_use]
    pub fn from(mut self, origin: &Origin) -> Self {
        self.origin = Some(origin.clone());
        self
    }

    /// With this to add.
    #[must_use]
    pub fn detail(mut self, detail: serde_json::Value) -> Self {
        self.detail = Some(detail);
        self
    }
}

/// An event as the trail has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its name.
    pub id: EventId,
    /// When it was.
    pub at: Time,
    /// What it was: the name of an [`Action`].
    pub action: String,
    /// How it ended: the name of an [`Outcome`].
    pub outcome: String,
    /// Who did it.
    pub actor: String,
    /// To which app it belongs.
    pub app: Option<String>,
    /// Whose account it concerns.
    pub account: Option<AccountId>,
    /// Whose organization it concerns.
    pub org: Option<OrgId>,
    /// What it was done to.
    pub subject: Option<String>,
    /// From which address.
    pub address: Option<String>,
    /// By which program.
    pub user_agent: Option<String>,
    /// More of it, as JSON.
    pub detail: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_from_outside_are_cleaned_and_cut() {
        let origin =
            Origin::ourselves().host_name(Some(" lap\u{202e}top\r\n\u{0} ")).user_agent(Some("\u{1b}\t "));
        assert_eq!(origin.host_name.as_deref(), Some("laptop"));
        assert_eq!(origin.user_agent, None);
        let long = Origin::ourselves().user_agent(Some(&"ü".repeat(5_000)));
        assert_eq!(long.user_agent.map(|t| t.chars().count()), Some(200));
    }

    #[test]
    fn every_action_has_its_own_name() {
        let mut names: Vec<_> = Action::ALL.iter().map(|a| a.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Action::ALL.len());
    }
}
