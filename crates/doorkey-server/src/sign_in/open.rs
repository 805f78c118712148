//! The browser's first step: a signed-in person looks at a sign-in, and from then on it is theirs to decide.

use super::{State, Way};
use crate::{
    Domain,
    account::Session,
    audit::{Action, Actor, Event, Origin},
    clock::Time,
    id::SignInId,
    org::Org,
    store::{SignInRow, StoreError},
    throttle::{self, Throttled},
};

/// What a person sees of a sign-in that is theirs to decide.
#[derive(Debug, Clone)]
pub struct SignInView {
    /// Its name inside the server.
    pub sign_in: SignInId,
    /// Its name in the browser.
    pub approval_id: String,
    /// The app that asks.
    pub app: String,
    /// How the answer gets home.
    pub way: Way,
    /// What it wants to be allowed.
    pub scopes: Vec<String>,
    /// From which address the tool asked.
    pub address: String,
    /// What the tool's machine calls itself. Nobody has checked that.
    pub host_name: Option<String>,
    /// What the tool calls itself. Nobody has checked that either.
    pub user_agent: Option<String>,
    /// The code that the terminal shows too; a published tool that takes the credential itself shows none.
    pub comparison: Option<String>,
    /// When the tool asked.
    pub created_at: Time,
    /// Until when it can be decided.
    pub expires_at: Time,
    /// The organization that the tool wants to act for, by id or short name.
    pub org_wanted: Option<String>,
    /// The organizations that the person can let the tool act for, the personal one first.
    pub orgs: Vec<Org>,
}

/// Why there is nothing to decide.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no such sign-in.
    #[error("there is no such sign-in")]
    Unknown,
    /// Its time ran out.
    #[error("this sign-in has expired")]
    Expired,
    /// It has been decided: approved (or already redeemed), or denied.
    #[error("this sign-in has already been decided")]
    Decided(State),
    /// Another browser has opened it, signed in with the same account.
    #[error("this sign-in was opened in another browser")]
    OtherBrowser,
    /// Another account has opened it.
    #[error("this sign-in was opened with another account")]
    OtherAccount,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a user code leads nowhere.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// No sign-in that can be decided has this code.
    #[error("no sign-in has this code; look at the terminal and type it again")]
    Unknown,
    /// Too many wrong codes.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// The sign-in can't be decided here.
    #[error(transparent)]
    Open(OpenError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Domain {
    /// Opens a sign-in for the person in this browser: the first that opens it is the one who decides it. Opening it
    /// again in the same browser shows it again.
    pub async fn open(
        &self,
        approval_id: &str,
        session: &Session,
        origin: &Origin,
    ) -> Result<SignInView, OpenError> {
        let id = self.keys.read_approval_id(approval_id).ok_or(OpenError::Unknown)?;
        let row = self.store.sign_in(id).await?.ok_or(OpenError::Unknown)?;
        let row = self.claim(row, session, origin).await?;
        Ok(self.view(row, session).await?)
    }

    async fn view(&self, row: SignInRow, session: &Session) -> Result<SignInView, StoreError> {
        let id = row.id;
        Ok(SignInView {
            sign_in: id,
            approval_id: self.keys.approval_id(id),
            comparison: (!row.legacy).then(|| row.comparison.unwrap_or_else(|| self.keys.user_code(id))),
            app: row.app,
            way: row.way,
            scopes: row.scopes,
            org_wanted: row.org_wanted,
            address: row.address,
            host_name: row.host_name,
            user_agent: row.user_agent,
            created_at: row.created_at,
            expires_at: row.expires_at,
            orgs: self.orgs(session.account.id).await?,
        })
    }

    /// The name in the browser of the sign-in whose user code a signed-in person typed, which is theirs to decide from
    /// then on (RFC 8628, section 5.1).
    ///
    /// Wrong codes are counted per account, per address and over all. When there were too many over all, somebody is
    /// guessing; then a code is good only at the address that the tool asked from, so that nobody is locked out.
    pub async fn by_user_code(
        &self,
        typed: &str,
        session: &Session,
        origin: &Origin,
    ) -> Result<String, CodeError> {
        let row = self.find_by_user_code(typed, session, origin).await?;
        let row = self.claim(row, session, origin).await.map_err(CodeError::Open)?;
        Ok(self.keys.approval_id(row.id))
    }

    /// What a signed-in person sees of the sign-in whose user code a link brought. It claims nothing: a link can be sent by
    /// anybody. Wrong codes count as if they were typed.
    pub async fn look_by_user_code(
        &self,
        code: &str,
        session: &Session,
        origin: &Origin,
    ) -> Result<SignInView, CodeError> {
        let row = self.find_by_user_code(code, session, origin).await?;
        if row.session.is_some() {
            self.check_open(&row, session).await.map_err(CodeError::Open)?;
        }
        Ok(self.view(row, session).await?)
    }

    /// The sign-in that can be decided and has this code, if whoever asks may ask still.
    async fn find_by_user_code(
        &self,
        typed: &str,
        session: &Session,
        origin: &Origin,
    ) -> Result<SignInRow, CodeError> {
        let charges = throttle::user_code(&self.keys, session.account.id, origin.address);
        if let Some(throttled) = self.charge(&charges.personal).await? {
            return Err(throttled.into());
        }
        let calm = self.charge(&charges.overall).await?.is_none();
        let found = match doorkey_manifest::code::normalize(typed) {
            Some(code) => {
                self.store.sign_in_by_user_code(self.keys.user_code_hash(&code), self.now()).await?
            }
            None => None,
        };
        let found = found.filter(|row| calm || row.address == origin.address.to_string());
        let Some(row) = found else {
            let event = Event::refused(Action::UserCodeRefused, Actor::Account(session.account.id));
            self.record_alone(event.account(session.account.id).from(origin)).await?;
            return Err(CodeError::Unknown);
        };
        self.refund(&charges.personal).await?;
        if calm {
            self.refund(&charges.overall).await?;
        }
        Ok(row)
    }

    /// Which app began a sign-in, for the page on which its person signs in first. It claims nothing.
    pub async fn app_of(&self, approval_id: &str) -> Result<Option<String>, StoreError> {
        let Some(id) = self.keys.read_approval_id(approval_id) else { return Ok(None) };
        Ok(self.store.sign_in(id).await?.map(|row| row.app))
    }

    /// Makes a sign-in that nobody has opened this browser's. Gives it as it stands then, if it can be decided here.
    async fn claim(
        &self,
        row: SignInRow,
        session: &Session,
        origin: &Origin,
    ) -> Result<SignInRow, OpenError> {
        let id = row.id;
        if row.state != State::Pending || row.session.is_some() {
            self.check_open(&row, session).await?;
            return Ok(row);
        }
        let mut tx = self.store.begin().await?;
        if tx.claim_sign_in(id, session.id, session.account.id, self.now()).await? {
            let event = Event::done(Action::SignInOpened, Actor::Account(session.account.id));
            let event = event.app(&row.app).account(session.account.id).subject("sign_in", id).from(origin);
            self.record(&mut tx, event).await?;
            tx.commit().await?;
        } else {
            tx.rollback().await?;
        }
        let row = self.store.sign_in(id).await?.ok_or(OpenError::Unknown)?;
        self.check_open(&row, session).await?;
        Ok(row)
    }

    /// Whether the person in this browser can decide it, and if not, why.
    pub(super) async fn check_open(&self, row: &SignInRow, session: &Session) -> Result<(), OpenError> {
        match row.state {
            State::Approved | State::Redeemed | State::Denied => {
                return Err(if row.account == Some(session.account.id) {
                    OpenError::Decided(row.state)
                } else {
                    OpenError::OtherAccount
                });
            }
            State::Expired => return Err(OpenError::Expired),
            State::Pending if row.expires_at <= self.now() => {
                self.expire(row.id).await?;
                return Err(OpenError::Expired);
            }
            State::Pending => {}
        }
        match (row.session, row.account) {
            (Some(claimed), _) if claimed == session.id => Ok(()),
            (_, Some(account)) if account == session.account.id => Err(OpenError::OtherBrowser),
            (Some(_), _) => Err(OpenError::OtherAccount),
            // Nobody has opened it, and this browser just couldn't: its session has ended meanwhile.
            (None, _) => Err(OpenError::Unknown),
        }
    }
}
