//! Giving up a claim. A person who opened a sign-in with the wrong account signs out and in again with the right one;
//! without this, the sign-in would stay the wrong account's.

use crate::{
    Domain,
    account::Session,
    audit::{Action, Actor, Event, Origin},
    store::{StoreError, Tx},
};

impl Domain {
    /// Lets go of what this browser has opened and not decided.
    pub(crate) async fn release(
        &self,
        tx: &mut Tx,
        session: &Session,
        origin: &Origin,
    ) -> Result<(), StoreError> {
        for (id, app) in tx.release_sign_ins(session.id, self.now()).await? {
            let event = Event::done(Action::SignInReleased, Actor::Account(session.account.id));
            let event = event.app(&app).account(session.account.id).subject("sign_in", id).from(origin);
            self.record(tx, event).await?;
        }
        Ok(())
    }
}
