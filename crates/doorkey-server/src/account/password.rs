//! Passwords are kept as Argon2id hashes (RFC 9106; 19 MiB, two passes, one lane, as OWASP advises).
//!
//! Hashing is slow on purpose, so it happens off the threads that serve requests, only so many at a time, and each in
//! memory that is used again: memory freed after every sign-in would come back to the process as an ever larger heap.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use doorkey_manifest::Secret;
use subtle::ConstantTimeEq;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::entropy::Entropy;

const MEMORY_KIB: u32 = Params::DEFAULT_M_COST;
const PASSES: u32 = Params::DEFAULT_T_COST;
const LANES: u32 = Params::DEFAULT_P_COST;
const HASH: usize = 32;
const SALT: usize = 16;
/// How many may wait for their turn; whoever comes then is told to come again.
const LONGEST_QUEUE: usize = 256;

/// Hashes passwords, a few at a time.
pub(crate) struct PasswordHasher {
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
    /// What a password is compared with where there is no account.
    nobody: String,
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHasher")
    }
}

/// Hashing can't be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many people are signing in at this moment; try again in a few seconds")]
pub struct HasherBusy;

impl PasswordHasher {
    /// Hashes at most `at_once` passwords at the same time.
    pub fn new(at_once: usize, entropy: &dyn Entropy) -> Self {
        let mut never = [0; SALT + HASH];
        entropy.fill(&mut never);
        Self {
            turns: Arc::new(Semaphore::new(at_once.max(1))),
            waiting: AtomicUsize::new(0),
            memory: Arc::default(),
            nobody: write_phc(&never[..SALT], &never[SALT..]),
        }
    }

    /// A hash that no password has and that takes as long to compare with as any.
    pub fn nobody(&self) -> &str {
        &self.nobody
    }

    /// Waits for a turn.
    pub async fn turn(&self) -> Result<Turn, HasherBusy> {
        let waiting = Waiting::enter(&self.waiting)?;
        let permit = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| HasherBusy)?;
        drop(waiting);
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(Turn {
            blocks: memory.unwrap_or_else(|| vec![Block::default(); MEMORY_KIB as usize]),
            returns_to: Arc::clone(&self.memory),
            _permit: permit,
        })
    }
}

/// One of those who wait, also when it breaks off.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(count: &'a AtomicUsize) -> Result<Self, HasherBusy> {
        if count.fetch_add(1, Ordering::Relaxed) >= LONGEST_QUEUE {
            count.fetch_sub(1, Ordering::Relaxed);
            return Err(HasherBusy);
        }
        Ok(Self(count))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The right to hash one password, with the memory for it. Nobody else hashes as long as it is held.
pub(crate) struct Turn {
    blocks: Vec<Block>,
    returns_to: Arc<Mutex<Vec<Vec<Block>>>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let blocks = std::mem::take(&mut self.blocks);
        self.returns_to.lock().unwrap_or_else(PoisonError::into_inner).push(blocks);
    }
}

impl Turn {
    /// What is kept of a new password.
    pub async fn hash(self, password: Secret, entropy: &dyn Entropy) -> Result<String, HasherBusy> {
        let mut salt = [0; SALT];
        entropy.fill(&mut salt);
        let done = self.compute(password, salt.to_vec(), (MEMORY_KIB, PASSES, LANES), HASH).await?;
        Ok(write_phc(&salt, &done.0))
    }

    /// Whether this is the password of which `phc` was kept. The turn goes on, so that whatever follows from a wrong
    /// password can be written down before the next is compared.
    pub async fn verify(self, password: Secret, phc: &str) -> Result<(bool, Self), HasherBusy> {
        let Some(kept) = Kept::read(phc) else { return Ok((false, self)) };
        let (hash, turn) = self.compute(password, kept.salt, kept.cost, kept.hash.len()).await?;
        Ok((hash.ct_eq(&kept.hash).into(), turn))
    }

    async fn compute(
        mut self,
        password: Secret,
        salt: Vec<u8>,
        (memory, passes, lanes): (u32, u32, u32),
        length: usize,
    ) -> Result<(Vec<u8>, Self), HasherBusy> {
        let work = move || {
            let params = Params::new(memory, passes, lanes, Some(length)).ok()?;
            if self.blocks.len() < params.block_count() {
                self.blocks.resize(params.block_count(), Block::default());
            }
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let mut hash = vec![0; length];
            argon2
                .hash_password_into_with_memory(
                    password.expose().as_bytes(),
                    &salt,
                    &mut hash,
                    &mut self.blocks,
                )
                .ok()?;
            Some((hash, self))
        };
        tokio::task::spawn_blocking(work).await.ok().flatten().ok_or(HasherBusy)
    }
}

/// A hash as it is kept.
struct Kept {
    cost: (u32, u32, u32),
    salt: Vec<u8>,
    hash: Vec<u8>,
}

fn write_phc(salt: &[u8], hash: &[u8]) -> String {
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${hash}")
}

impl Kept {
    /// Reads the PHC string format. Costs beyond reason are refused: whoever can write to the database could otherwise
    /// stop the server with one row.
    fn read(phc: &str) -> Option<Self> {
        let mut parts = phc.split('$');
        if parts.next() != Some("") || parts.next() != Some("argon2id") || parts.next() != Some("v=19") {
            return None;
        }
        let mut costs = parts.next()?.split(',');
        let mut cost = |name: &str| costs.next()?.strip_prefix(name)?.strip_prefix('=')?.parse().ok();
        let cost: (u32, u32, u32) = (cost("m")?, cost("t")?, cost("p")?);
        let (salt, hash) =
            (STANDARD_NO_PAD.decode(parts.next()?).ok()?, STANDARD_NO_PAD.decode(parts.next()?).ok()?);
        let sane = cost.0 <= 4 * MEMORY_KIB && cost.1 <= 16 && cost.2 <= 4 && (16..=64).contains(&hash.len());
        (parts.next().is_none() && sane).then_some(Self { cost, salt, hash })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;
    use crate::entropy::SeededEntropy;

    fn hasher(at_once: usize) -> PasswordHasher {
        PasswordHasher::new(at_once, &SeededEntropy::new(1))
    }

    async fn is_right(hasher: &PasswordHasher, password: &str, phc: &str) -> bool {
        hasher.turn().await.unwrap().verify(Secret::new(password), phc).await.unwrap().0
    }

    #[tokio::test]
    async fn the_right_password_and_no_other_is_recognized() {
        let hasher = hasher(1);
        let entropy = SeededEntropy::new(2);
        let phc = hasher.turn().await.unwrap().hash(Secret::new("correct horse"), &entropy).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(is_right(&hasher, "correct horse", &phc).await);
        assert!(!is_right(&hasher, "correct horsf", &phc).await);
        assert!(!is_right(&hasher, "", hasher.nobody()).await);
        let again = hasher.turn().await.unwrap().hash(Secret::new("correct horse"), &entropy).await.unwrap();
        assert_ne!(phc, again, "every hash has its own salt");
    }

    /// A vector of the reference implementation.
    #[tokio::test]
    async fn hashes_of_other_costs_are_understood() {
        let phc = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        assert!(is_right(&hasher(1), "password", phc).await);
        assert!(!is_right(&hasher(1), "passwore", phc).await);
    }

    #[tokio::test]
    async fn memory_is_used_again_and_no_more_hash_than_may() {
        let hasher = Arc::new(hasher(2));
        let phc = Arc::new(hasher.nobody().to_owned());
        let all: Vec<_> = (0..12)
            .map(|_| {
                let (hasher, phc) = (Arc::clone(&hasher), Arc::clone(&phc));
                tokio::spawn(async move { is_right(&hasher, "x", &phc).await })
            })
            .collect();
        for one in all {
            assert!(!one.await.unwrap());
        }
        assert!(hasher.memory.lock().unwrap().len() <= 2);
        assert_eq!(hasher.turns.available_permits(), 2);
    }

    #[tokio::test]
    async fn a_turn_that_breaks_off_is_given_back() {
        let hasher = hasher(1);
        let turn = hasher.turn().await.unwrap();
        let broken_off = tokio::time::timeout(std::time::Duration::from_millis(5), hasher.turn()).await;
        assert!(broken_off.is_err());
        assert_eq!(hasher.waiting.load(Ordering::Relaxed), 0);
        drop(turn);
        assert!(hasher.turn().await.is_ok());
    }

    #[test]
    fn what_is_no_hash_or_costs_too_much_is_refused() {
        let good = write_phc(&[1; SALT], &[2; HASH]);
        assert!(Kept::read(&good).is_some());
        for bad in [
            "",
            "$",
            "password",
            &good.replace("argon2id", "argon2i"),
            &good.replace("v=19", "v=16"),
            &good.replace("m=19456", "m=4294967295"),
            &good.replace("t=2", "t=2000"),
            &format!("{good}$x"),
        ] {
            assert!(Kept::read(bad).is_none(), "{bad}");
        }
    }
}
