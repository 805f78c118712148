//! Taking an account out of use, and giving it back: for whoever runs the service.

use crate::{
    Domain,
    account::email::Email,
    asker::Refusal,
    audit::{Action, Actor, Event, Origin},
    id::AccountId,
    store::Tx,
};

impl Domain {
    /// Nobody signs in to this account any more, and everything that it holds ends at once: browsers, tools, tokens. The
    /// keys of its organizations go on.
    pub async fn disable_account(&self, email: &str, origin: &Origin) -> Result<(), Refusal> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let account = with_address(&mut tx, email).await?;
        if !tx.end_account(account, now).await? {
            tx.rollback().await?;
            return Err(Refusal::Conflict("this account is disabled already".to_owned()));
        }
        tx.end_sessions_of(account, now).await?;
        tx.revoke_grants_of(account, now).await?;
        let event = Event::done(Action::AccountDisabled, Actor::Server).account(account);
        self.record(&mut tx, event.subject("account", account).from(origin)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The account can be signed in to again. What ended stays ended.
    pub async fn enable_account(&self, email: &str, origin: &Origin) -> Result<(), Refusal> {
        let mut tx = self.store.begin().await?;
        let account = with_address(&mut tx, email).await?;
        tx.enable_account(account).await?;
        let event = Event::done(Action::AccountEnabled, Actor::Server).account(account);
        self.record(&mut tx, event.subject("account", account).from(origin)).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The account with this address. When there is none, the change goes with the refusal.
async fn with_address(tx: &mut Tx, email: &str) -> Result<AccountId, Refusal> {
    let Some(email) = Email::parse(email) else { return Err(Refusal::NotFound("account")) };
    tx.account_with(&email.key).await?.ok_or(Refusal::NotFound("account"))
}
