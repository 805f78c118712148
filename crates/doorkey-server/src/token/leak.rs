//! A token was found where everybody can read it: it ends, and its owner is told in the trail.

use doorkey_manifest::Secret;
use serde_json::json;

use super::refresh::event_of;
use crate::{
    Domain,
    audit::{Action, Actor, Event, Origin},
    sign_in::hash,
    store::StoreError,
};

/// The longest address of a finding that is kept.
const LONGEST_PLACE: usize = 500;

impl Domain {
    /// Ends a token that somebody found at `place`, with all its family. Says whether it was one of ours that worked.
    pub async fn report_leak(
        &self,
        token: &Secret,
        place: &str,
        origin: &Origin,
    ) -> Result<bool, StoreError> {
        if self.apps.recognize(token.expose()).is_empty() {
            return Ok(false);
        }
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let Some(row) = tx.token(hash(token)).await? else {
            tx.rollback().await?;
            return Ok(false);
        };
        let worked = row.standing(now).is_ok();
        if tx.revoke_grant(row.grant, now).await? {
            let place: String = place.chars().filter(|c| !c.is_control()).take(LONGEST_PLACE).collect();
            // The place may itself hold the token.
            let place = place.replace(token.expose(), "…");
            let detail = json!({ "kind": row.kind.as_str(), "last_four": row.last_four, "found_at": place });
            let event = event_of(Event::done(Action::TokenLeaked, Actor::Server), &row);
            self.record(&mut tx, event.from(origin).detail(detail)).await?;
        }
        tx.commit().await?;
        Ok(worked)
    }
}
