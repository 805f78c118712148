//! Tokens that were just looked up, so that a busy token is one hash and one look into memory.
//!
//! Nothing in it outlives a revocation on this node: whatever changes what a token stands for says so to [`Tx::forget`],
//! and forgets it here before anybody is told that it is done, even if the one who asked has gone away meanwhile.
//! Whatever is changed elsewhere is seen within [`FRESH`].
//!
//! [`Tx::forget`]: super::Tx::forget

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::TokenRow;
use crate::{
    clock::Time,
    id::{AccountId, GrantId, OrgId},
};

/// For how long what was looked up counts.
const FRESH: Duration = Duration::from_millis(900);

/// Into how many parts it is cut, so that many can look at once.
const SHARDS: usize = 16;

/// How many tokens a part keeps at most.
const MOST: usize = 4096;

/// What has changed, so that what was looked up of it doesn't count any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forget {
    /// One token.
    Token([u8; 32]),
    /// All of one family.
    Grant(GrantId),
    /// All that an account holds.
    Account(AccountId),
    /// All that act for an organization.
    Org(OrgId),
}

impl Forget {
    fn concerns(self, hash: &[u8; 32], row: &TokenRow) -> bool {
        match self {
            Self::Token(token) => token == *hash,
            Self::Grant(grant) => row.grant == grant,
            Self::Account(account) => row.identity.account == account,
            Self::Org(org) => row.identity.org.as_ref().is_some_and(|own| own.id == org),
        }
    }
}

struct Kept {
    row: Arc<TokenRow>,
    since: Time,
}

/// The tokens that were just looked up.
#[derive(Default)]
pub(crate) struct TokenCache {
    shards: [Mutex<HashMap<[u8; 32], Kept>>; SHARDS],
    /// Grows with every change.
    changes: AtomicU64,
}

/// How many changes there had been when a look-up began: what it found counts only if there were none since.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Begun(u64);

impl TokenCache {
    fn shard(&self, hash: &[u8; 32]) -> &Mutex<HashMap<[u8; 32], Kept>> {
        &self.shards[usize::from(hash[0]) % SHARDS]
    }

    /// What was found under this hash just now.
    pub fn get(&self, hash: &[u8; 32], now: Time) -> Option<Arc<TokenRow>> {
        let shard = self.shard(hash).lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back makes it neither younger nor older than it is.
        let fresh = |kept: &&Kept| kept.since <= now && kept.since.until(now) < FRESH;
        shard.get(hash).filter(fresh).map(|kept| Arc::clone(&kept.row))
    }

    /// A look-up begins.
    pub fn begin(&self) -> Begun {
        Begun(self.changes.load(Ordering::SeqCst))
    }

    /// Keeps what a look-up found, unless something has changed since it began.
    pub fn keep(&self, begun: Begun, hash: [u8; 32], row: &Arc<TokenRow>, now: Time) {
        let mut shard = self.shard(&hash).lock().unwrap_or_else(PoisonError::into_inner);
        // Asked under the lock: a change that comes now waits for it, and then finds what was kept.
        if self.changes.load(Ordering::SeqCst) != begun.0 {
            return;
        }
        if shard.len() >= MOST && !shard.contains_key(&hash) {
            shard.retain(|_, kept| kept.since <= now && kept.since.until(now) < FRESH);
            if shard.len() >= MOST {
                shard.clear();
            }
        }
        shard.insert(hash, Kept { row: Arc::clone(row), since: now });
    }

    /// Forgets what has changed.
    pub fn forget(&self, changed: &[Forget]) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.retain(|hash, kept| !changed.iter().any(|forget| forget.concerns(hash, &kept.row)));
        }
    }
}

/// What a change makes others forget, when it lasts or when it is dropped, whichever comes.
pub(super) struct Changed {
    cache: Arc<TokenCache>,
    what: Vec<Forget>,
}

impl Changed {
    pub fn new(cache: Arc<TokenCache>) -> Self {
        Self { cache, what: Vec::new() }
    }

    pub fn note(&mut self, forget: Forget) {
        self.what.push(forget);
    }

    pub fn is_empty(&self) -> bool {
        self.what.is_empty()
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        if !self.what.is_empty() {
            self.cache.forget(&self.what);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;
    use crate::{
        entropy::SeededEntropy,
        token::{Holder, Identity, TokenKind},
    };

    fn row(grant: GrantId) -> Arc<TokenRow> {
        let now = Time::from_unix_ms(0);
        let account = AccountId::fresh(now, &SeededEntropy::new(1));
        Arc::new(TokenRow {
            kind: TokenKind::Access,
            last_four: String::new(),
            scopes: Vec::new(),
            created_at: now,
            expires_at: None,
            rotated_at: None,
            revoked: false,
            grant,
            grant_expires_at: None,
            from_sign_in: true,
            name: None,
            app: "demo".to_owned(),
            identity: Identity {
                account,
                holder: Holder::Person,
                email: None,
                email_verified: false,
                name: String::new(),
                org: None,
            },
            plan: None,
            rate_limit: None,
            org_rate_limit: None,
            allow: Vec::new(),
        })
    }

    fn grant(n: u64) -> GrantId {
        GrantId::fresh(Time::from_unix_ms(0), &SeededEntropy::new(n))
    }

    #[test]
    fn what_was_looked_up_counts_for_less_than_a_second() {
        let (cache, now) = (TokenCache::default(), Time::from_unix_ms(1_000_000));
        cache.keep(cache.begin(), [1; 32], &row(grant(1)), now);
        assert!(cache.get(&[1; 32], now.plus(Duration::from_millis(899))).is_some());
        assert!(cache.get(&[1; 32], now.plus(FRESH)).is_none());
        assert!(cache.get(&[1; 32], now.minus(Duration::from_secs(1))).is_none(), "the clock was set back");
        assert!(cache.get(&[2; 32], now).is_none());
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let (cache, now) = (TokenCache::default(), Time::from_unix_ms(0));
        let begun = cache.begin();
        cache.forget(&[Forget::Grant(grant(1))]);
        cache.keep(begun, [1; 32], &row(grant(1)), now);
        assert!(cache.get(&[1; 32], now).is_none());
    }

    #[test]
    fn a_change_is_forgotten_when_it_is_dropped_and_only_what_it_concerns() {
        let (cache, now) = (Arc::new(TokenCache::default()), Time::from_unix_ms(0));
        let mut changed = Changed::new(Arc::clone(&cache));
        changed.note(Forget::Grant(grant(1)));
        cache.keep(cache.begin(), [1; 32], &row(grant(1)), now);
        cache.keep(cache.begin(), [2; 32], &row(grant(2)), now);
        drop(changed);
        assert!(cache.get(&[1; 32], now).is_none());
        assert!(cache.get(&[2; 32], now).is_some());
    }

    #[test]
    fn it_never_grows_beyond_its_bound() {
        let (cache, now) = (TokenCache::default(), Time::from_unix_ms(0));
        let row = row(grant(1));
        for n in 0..100_000_u32 {
            let mut hash = [0; 32];
            hash[1..5].copy_from_slice(&n.to_be_bytes());
            cache.keep(cache.begin(), hash, &row, now);
        }
        assert!(cache.shards.iter().all(|shard| shard.lock().unwrap().len() <= MOST));
    }
}
