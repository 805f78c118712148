//! Limits on guessing. Each counts failures of one kind for one subject in one row, so that all replicas share them.
//!
//! A row holds one moment: until when the failures have been paid off. Every failure adds its price; when the moment
//! lies more than the whole allowance ahead, nothing more is allowed. Whom a row is about can't be read from it.

use std::{net::IpAddr, time::Duration};

use crate::{
    Domain,
    clock::{Time, millis},
    id::AccountId,
    keys::ServerKeys,
    store::StoreError,
};

/// How many failures there may be at once, and how long until one of them is forgotten.
#[derive(Debug, Clone, Copy)]
struct Limit {
    failures: u32,
    each: Duration,
}

/// Wrong passwords for one account from one address: what a person with a bad memory needs.
const PASSWORD_PAIR: Limit = Limit { failures: 10, each: Duration::from_mins(1) };
/// Wrong passwords for one account from anywhere.
const PASSWORD_ACCOUNT: Limit = Limit { failures: 100, each: Duration::from_secs(30) };
/// Wrong passwords from one address for any account. Wide, because whole offices share an address.
const PASSWORD_ADDRESS: Limit = Limit { failures: 120, each: Duration::from_secs(5) };
/// New accounts from one address.
const SIGN_UP_ADDRESS: Limit = Limit { failures: 60, each: Duration::from_secs(10) };
/// Accounts for somebody anonymous from one address.
const ANONYMOUS_ADDRESS: Limit = Limit { failures: 30, each: Duration::from_mins(2) };
/// Wrong user codes by one account or from one address: five in the life of a code (RFC 8628, section 5.1).
const USER_CODE: Limit = Limit { failures: 5, each: Duration::from_mins(10) };
/// Wrong user codes over all.
const USER_CODE_OVERALL: Limit = Limit { failures: 30, each: Duration::from_secs(20) };

/// Too many failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there were too many failed attempts; try again in {} seconds", .retry_after.as_secs())]
pub struct Throttled {
    /// How long until the next attempt is allowed. At least a second.
    pub retry_after: Duration,
}

/// One count that an attempt goes to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Charge {
    /// Whom it is about.
    pub key: [u8; 32],
    limit: Limit,
}

impl Charge {
    fn new(keys: &ServerKeys, limit: Limit, parts: &[&str]) -> Self {
        Self { key: keys.throttle_key(parts), limit }
    }

    /// What one failure costs.
    pub fn price(&self) -> i64 {
        millis(self.limit.each)
    }

    /// How far the row's moment may lie ahead before another failure.
    pub fn allowance(&self) -> i64 {
        self.price() * i64::from(self.limit.failures - 1)
    }

    /// How long the row with this moment still allows nothing.
    fn blocked(&self, until: Time, now: Time) -> Option<Throttled> {
        let free = until.unix_ms() - self.allowance();
        let wait = u64::try_from(free - now.unix_ms()).ok().filter(|ms| *ms > 0)?;
        Some(Throttled { retry_after: Duration::from_secs(wait.div_ceil(1000)) })
    }
}

/// The counts of an attempt to sign in with a password.
pub(crate) struct PasswordCharges {
    /// Those that concern the address.
    pub address: [Charge; 2],
    /// The one that concerns the account alone. It doesn't count where the account has been signed in before: nobody
    /// shall lock its owner out.
    pub account: [Charge; 1],
}

pub(crate) fn password(keys: &ServerKeys, email_key: &str, address: IpAddr) -> PasswordCharges {
    let network = network(address);
    PasswordCharges {
        address: [
            Charge::new(keys, PASSWORD_PAIR, &["password", "pair", email_key, &network]),
            Charge::new(keys, PASSWORD_ADDRESS, &["password", "address", &network]),
        ],
        account: [Charge::new(keys, PASSWORD_ACCOUNT, &["password", "account", email_key])],
    }
}

/// The count of new accounts.
pub(crate) fn sign_up(keys: &ServerKeys, address: IpAddr) -> Vec<Charge> {
    vec![Charge::new(keys, SIGN_UP_ADDRESS, &["sign-up", &network(address)])]
}

/// The count of accounts for somebody anonymous.
pub(crate) fn anonymous(keys: &ServerKeys, address: IpAddr) -> Vec<Charge> {
    vec![Charge::new(keys, ANONYMOUS_ADDRESS, &["anonymous", &network(address)])]
}

/// The counts of an attempt to enter a user code.
pub(crate) struct UserCodeCharges {
    /// Those that refuse.
    pub personal: Vec<Charge>,
    /// The one that says somebody is guessing.
    pub overall: Vec<Charge>,
}

pub(crate) fn user_code(keys: &ServerKeys, account: AccountId, address: IpAddr) -> UserCodeCharges {
    UserCodeCharges {
        personal: vec![
            Charge::new(keys, USER_CODE, &["user-code", "account", &account.to_string()]),
            Charge::new(keys, USER_CODE, &["user-code", "address", &network(address)]),
        ],
        overall: vec![Charge::new(keys, USER_CODE_OVERALL, &["user-code", "overall"])],
    }
}

/// What counts as one address: with IPv6 a whole /64, which is what one customer gets.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let s = v6.segments();
            format!("{:x}:{:x}:{:x}:{:x}::/64", s[0], s[1], s[2], s[3])
        }
    }
}

impl Domain {
    /// Counts a failure everywhere, or nowhere when one of the counts is exhausted; then says so.
    pub(crate) async fn charge(&self, charges: &[Charge]) -> Result<Option<Throttled>, StoreError> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        for charge in charges {
            if !tx.charge(charge, now).await? {
                tx.rollback().await?;
                return self
                    .throttled(charges)
                    .await
                    .map(|t| t.or(Some(Throttled { retry_after: charge.limit.each })));
            }
        }
        tx.commit().await?;
        Ok(None)
    }

    /// Takes a failure back that wasn't one.
    pub(crate) async fn refund(&self, charges: &[Charge]) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        for charge in charges {
            tx.refund(charge).await?;
        }
        tx.commit().await
    }

    /// Whether one of the counts is exhausted.
    pub(crate) async fn throttled(&self, charges: &[Charge]) -> Result<Option<Throttled>, StoreError> {
        let now = self.now();
        let mut longest: Option<Throttled> = None;
        for charge in charges {
            let until = self.store.throttled_until(charge.key).await?;
            if let Some(blocked) = until.and_then(|until| charge.blocked(until, now)) {
                longest = Some(
                    longest
                        .map_or(blocked, |l| if l.retry_after < blocked.retry_after { blocked } else { l }),
                );
            }
        }
        Ok(longest)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    #[test]
    fn one_customer_is_one_network() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }

    #[test]
    fn it_is_blocked_until_one_failure_is_forgotten() {
        let charge = Charge::new(&ServerKeys::new([1; 32]), USER_CODE, &["x"]);
        let now = Time::from_unix_ms(1_767_225_600_000);
        let after_four = now.plus(USER_CODE.each * 4);
        assert_eq!(charge.blocked(after_four, now), None);
        let wait = Some(Throttled { retry_after: USER_CODE.each });
        assert_eq!(charge.blocked(now.plus(USER_CODE.each * 5), now), wait);
    }
}
