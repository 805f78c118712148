//! When, from where and by what tokens were last used. It is noted in memory, so that using a token writes nothing, and
//! written down in batches.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::Use;
use crate::{
    Domain,
    audit::Origin,
    clock::Time,
    id::GrantId,
    store::{Seen, StoreError},
};

/// How many tokens' uses are noted until they are written down; beyond that the newest aren't.
const MOST: usize = 100_000;
/// How many are written down in one change, so that nothing waits long behind it.
const BATCH: usize = 500;

/// What was used and isn't written down yet.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<HashMap<GrantId, Use>>);

impl Uses {
    /// A token of this family was used.
    pub fn note(&self, grant: GrantId, origin: &Origin, now: Time) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() >= MOST && !noted.contains_key(&grant) {
            return;
        }
        // The same place within the same second is the same use: nothing has to be copied.
        if let Some(last) = noted.get_mut(&grant)
            && now.unix_seconds() == last.at.unix_seconds()
        {
            return;
        }
        let address = origin.address.to_string();
        noted.insert(grant, Use { at: now, address, agent: origin.user_agent.clone() });
    }

    fn take(&self) -> Vec<Seen> {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.drain().map(|(grant, last)| Seen { grant, last }).collect()
    }
}

impl Domain {
    /// Writes down what was used since the last time. Run it every ten seconds or so, and at the end.
    pub async fn write_uses(&self) -> Result<(), StoreError> {
        let uses = self.uses.take();
        for batch in uses.chunks(BATCH) {
            self.store.note_uses(batch).await?;
        }
        Ok(())
    }
}
