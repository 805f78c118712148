//! The decision. Only the browser session that opened a sign-in decides it, and it decides once.

use doorkey_manifest::Secret;

use super::{CODE_LIFETIME, OpenError, REDEMPTION_TIME, WaitKey, Way, hash};
use crate::{
    Domain,
    account::Session,
    asker::{MANAGE_LIFETIME, MANAGE_SCOPE},
    audit::{Action, Actor, Event, Origin},
    entropy::random_secret,
    id::{OrgId, SignInId},
    store::{DecidedRow, SignInRow, StoreError, Tx},
    token::IssuedTokens,
};

/// A sign-in that was just decided.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The app that asked.
    pub app: String,
    /// Where the browser goes now.
    pub way_home: WayHome,
}

/// How a decision gets to the tool.
#[derive(Debug, Clone)]
pub enum WayHome {
    /// The browser carries it.
    Redirect {
        /// Where to. Parameters are added to what it already has.
        redirect_uri: String,
        /// The authorization code, if it was approved. Without one the answer is `access_denied`.
        code: Option<Secret>,
        /// What the tool wants to have back as it came.
        state: Option<String>,
    },
    /// The browser carries the credential itself, to a published tool that takes nothing else.
    Legacy {
        /// Where to. The credential goes into the fragment and nowhere else.
        redirect_uri: String,
        /// What the tool gets.
        tokens: Box<IssuedTokens>,
        /// What the tool wants to have back as it came.
        state: Option<String>,
    },
    /// The tool asks for it; the browser only goes by, so that the tool asks at once.
    GoBy {
        /// Where to, with nothing added.
        redirect_uri: String,
    },
    /// The tool asks for it; the browser has nothing to do.
    Poll,
}

/// Why a decision doesn't count.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// It can't be decided, or not here.
    #[error(transparent)]
    Open(OpenError),
    /// The person doesn't belong to the organization.
    #[error("this account doesn't belong to that organization")]
    Org,
    /// The tool wants to make and change things, and the person hasn't typed their password lately.
    #[error("this takes the password again")]
    StepUp,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a decision sends home.
enum Brings {
    Code(Secret),
    Tokens(Box<IssuedTokens>),
    Refusal,
}

fn way_home(row: &DecidedRow, brings: Brings) -> WayHome {
    let Some(redirect_uri) = row.redirect_uri.clone() else { return WayHome::Poll };
    let state = row.client_state.clone();
    match (row.way, brings) {
        (Way::Loopback, Brings::Tokens(tokens)) => WayHome::Legacy { redirect_uri, tokens, state },
        (Way::Loopback, Brings::Code(code)) => WayHome::Redirect { redirect_uri, code: Some(code), state },
        // A published tool that takes the credential can't be told that there is none.
        (Way::Loopback, Brings::Refusal) if row.legacy => WayHome::Poll,
        (Way::Loopback, Brings::Refusal) => WayHome::Redirect { redirect_uri, code: None, state },
        (Way::Device | Way::Session, Brings::Code(_)) => WayHome::GoBy { redirect_uri },
        (Way::Device | Way::Session, Brings::Tokens(_) | Brings::Refusal) => WayHome::Poll,
    }
}

impl Domain {
    /// Whether approving what asks for these scopes takes a password typed just now (ASVS 7.5.3): a session that somebody
    /// got hold of shall make no keys by way of a tool, either.
    pub fn takes_password(&self, scopes: &[String], session: &Session) -> bool {
        scopes.iter().any(|scope| scope == MANAGE_SCOPE)
            && session.authenticated_at.plus(MANAGE_LIFETIME) <= self.now()
    }

    /// Approves a sign-in that this browser opened, to act for `org` (the personal organization if none is given).
    pub async fn approve(
        &self,
        approval_id: &str,
        session: &Session,
        org: Option<OrgId>,
        origin: &Origin,
    ) -> Result<Decided, DecideError> {
        let id = self.known(approval_id)?;
        // What a sign-in asks for never changes after its start.
        let asked = self.store.sign_in(id).await?;
        if asked.as_ref().is_some_and(|row| self.takes_password(&row.scopes, session)) {
            return Err(DecideError::StepUp);
        }
        let orgs = self.orgs(session.account.id).await?;
        let org = match org {
            Some(wanted) => orgs.iter().find(|o| o.id == wanted).ok_or(DecideError::Org)?.id,
            None => orgs.first().ok_or(DecideError::Org)?.id,
        };
        let code = random_secret(&*self.entropy);
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let row = tx
            .approve_sign_in(crate::store::Approval {
                id,
                session: session.id,
                account: session.account.id,
                org,
                code_hash: hash(&code),
                code_until: now.plus(CODE_LIFETIME),
                poll_until: now.plus(REDEMPTION_TIME),
                now,
            })
            .await?;
        let Some(row) = row else { return Err(self.why_not(tx, id, session).await) };
        let tokens = match asked.filter(|_| row.legacy) {
            Some(asked) => {
                let asked = SignInRow { account: Some(session.account.id), org: Some(org), ..asked };
                Some(self.hand_over(&mut tx, &asked, origin).await?)
            }
            None => None,
        };
        let brings = tokens.map_or(Brings::Code(code), |tokens| Brings::Tokens(Box::new(tokens)));
        let event = Event::done(Action::SignInApproved, Actor::Account(session.account.id)).org(org);
        self.decided(tx, id, session, row, brings, event.from(origin)).await
    }

    /// approved → redeemed at once, for a tool that can't redeem: what it is given goes home with the browser.
    async fn hand_over(
        &self,
        tx: &mut Tx,
        row: &SignInRow,
        origin: &Origin,
    ) -> Result<IssuedTokens, StoreError> {
        if !tx.redeem_sign_in(row.id, self.now()).await? {
            return Err(StoreError::Corrupt("a sign-in that was just approved can't be redeemed"));
        }
        self.give(tx, row, origin).await
    }

    /// Denies a sign-in that this browser opened.
    pub async fn deny(
        &self,
        approval_id: &str,
        session: &Session,
        origin: &Origin,
    ) -> Result<Decided, DecideError> {
        let id = self.known(approval_id)?;
        let mut tx = self.store.begin().await?;
        let row = tx.deny_sign_in(id, session.id, session.account.id, self.now()).await?;
        let Some(row) = row else { return Err(self.why_not(tx, id, session).await) };
        let event = Event::done(Action::SignInDenied, Actor::Account(session.account.id));
        self.decided(tx, id, session, row, Brings::Refusal, event.from(origin)).await
    }

    fn known(&self, approval_id: &str) -> Result<SignInId, DecideError> {
        self.keys.read_approval_id(approval_id).ok_or(DecideError::Open(OpenError::Unknown))
    }

    /// Makes the decision last and wakes the polls that wait for it, here and on the other replicas.
    async fn decided(
        &self,
        mut tx: Tx,
        id: SignInId,
        session: &Session,
        row: DecidedRow,
        brings: Brings,
        event: Event,
    ) -> Result<Decided, DecideError> {
        let event = event.app(&row.app).account(session.account.id).subject("sign_in", id);
        self.record(&mut tx, event).await?;
        let key = row.poll_hash.map(WaitKey::of_hash);
        if let Some(key) = key {
            tx.announce(key).await?;
        }
        tx.commit().await?;
        if let Some(key) = key {
            self.waiting.wake(key);
        }
        Ok(Decided { way_home: way_home(&row, brings), app: row.app })
    }

    async fn why_not(&self, tx: Tx, id: SignInId, session: &Session) -> DecideError {
        // The writer is given back first: looking may write down that the time ran out.
        if let Err(error) = tx.rollback().await {
            return error.into();
        }
        match self.store.sign_in(id).await {
            Err(error) => error.into(),
            Ok(None) => DecideError::Open(OpenError::Unknown),
            Ok(Some(row)) => match self.check_open(&row, session).await {
                Err(OpenError::Store(error)) => error.into(),
                Err(error) => DecideError::Open(error),
                // It can be decided and yet it couldn't: this browser's session has ended meanwhile.
                Ok(()) => DecideError::Open(OpenError::OtherBrowser),
            },
        }
    }
}
