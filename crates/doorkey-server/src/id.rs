//! Names of rows: 16 bytes that begin with the time they were made (the layout of UUID version 7), so that new rows
//! stand together in an index. Each kind of row has its own type, so that one can't be taken for another.

use std::{
    fmt,
    str::FromStr,
    sync::{Mutex, PoisonError},
};

use crate::{clock::Time, entropy::Entropy};

/// A text that isn't an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this isn't an id: 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12 were expected")]
pub struct IdError;

/// Sixteen bytes: 48 bits of milliseconds, then 74 random ones.
fn fresh(now: Time, entropy: &dyn Entropy) -> [u8; 16] {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes[6..]);
    bytes[..6].copy_from_slice(&now.unix_ms().to_be_bytes()[2..]);
    bytes[6] = bytes[6] & 0x0f | 0x70; // version 7
    bytes[8] = bytes[8] & 0x3f | 0x80; // RFC 9562's variant
    bytes
}

fn write_id(bytes: [u8; 16], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            f.write_str("-")?;
        }
        write!(f, "{byte:02x}")?;
    }
    Ok(())
}

fn read_id(text: &str) -> Result<[u8; 16], IdError> {
    let groups: Vec<&str> = text.split('-').collect();
    if !groups.iter().map(|g| g.len()).eq([8, 4, 4, 4, 12]) {
        return Err(IdError);
    }
    let digits = groups.concat();
    if !digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(IdError);
    }
    u128::from_str_radix(&digits, 16).map(u128::to_be_bytes).map_err(|_| IdError)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// A new id for a row that is made `now`.
            pub fn fresh(now: Time, entropy: &dyn Entropy) -> Self {
                Self(fresh(now, entropy))
            }

            /// The id with these bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The bytes, as the database keeps them.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_id(self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "("))?;
                write_id(self.0, f)?;
                f.write_str(")")
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                read_id(text).map(Self)
            }
        }

        impl TryFrom<Vec<u8>> for $name {
            type Error = IdError;

            fn try_from(bytes: Vec<u8>) -> Result<Self, IdError> {
                <[u8; 16]>::try_from(bytes).map(Self).map_err(|_| IdError)
            }
        }
    )*};
}

ids! {
    /// Names an account.
    AccountId;
    /// Names an organization.
    OrgId;
    /// Names a browser session. It stays the same when the session's secret changes.
    SessionId;
    /// Names a sign-in. It is neither what the browser sees nor what polls.
    SignInId;
    /// Names a grant: what one sign-in gave, with all the tokens that came of it.
    GrantId;
    /// Names an invitation to an organization. It isn't what the link holds.
    InvitationId;
    /// Names an audit event.
    EventId;
}

/// Draws the ids of events, each greater than the one before also within one millisecond or when the clock was set back
/// (RFC 9562, section 6.2): the trail is read in their order.
#[derive(Debug, Default)]
pub(crate) struct EventIds {
    last: Mutex<(i64, u32)>,
}

impl EventIds {
    /// The id of an event that happens `now`.
    pub fn next(&self, now: Time, entropy: &dyn Entropy) -> EventId {
        let (milliseconds, count) = {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            *last = if now.unix_ms() > last.0 { (now.unix_ms(), 0) } else { (last.0, last.1 + 1) };
            *last
        };
        let mut bytes = fresh(Time::from_unix_ms(milliseconds), entropy);
        // 26 bits of count stand where the first random bits would: more than anybody can do in a millisecond.
        let [_, _, _, low] = count.to_be_bytes();
        let [_, _, high, middle] = (count >> 14).to_be_bytes();
        bytes[6] = 0x70 | high & 0x0f;
        bytes[7] = middle;
        bytes[8] = 0x80 | (count >> 8).to_be_bytes()[3] & 0x3f;
        bytes[9] = low;
        EventId(bytes)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use std::time::Duration;

    use super::*;
    use crate::entropy::SeededEntropy;

    #[test]
    fn an_id_survives_being_written_and_read() {
        let id = AccountId::fresh(Time::from_unix_ms(1_767_225_600_000), &SeededEntropy::new(1));
        let text = id.to_string();
        assert_eq!(text.len(), 36);
        assert_eq!(&text[14..15], "7");
        assert_eq!(text.parse::<AccountId>().unwrap(), id);
        assert_eq!(AccountId::try_from(id.as_bytes().to_vec()).unwrap(), id);
    }

    #[test]
    fn a_later_id_sorts_after_an_earlier_one() {
        let (entropy, now) = (SeededEntropy::new(1), Time::from_unix_ms(1_767_225_600_000));
        let earlier = EventId::fresh(now, &entropy);
        assert!(earlier < EventId::fresh(now.plus(Duration::from_millis(1)), &entropy));
    }

    #[test]
    fn events_of_one_moment_keep_their_order() {
        let (ids, entropy) = (EventIds::default(), SeededEntropy::new(1));
        let now = Time::from_unix_ms(1_767_225_600_000);
        let mut last = ids.next(now, &entropy);
        for n in 0..70_000_u64 {
            // Now and then the clock is set back.
            let then = if n % 7 == 0 { now.minus(Duration::from_millis(n)) } else { now };
            let next = ids.next(then, &entropy);
            assert!(next > last, "{n}");
            last = next;
        }
        assert!(ids.next(now.plus(Duration::from_millis(1)), &entropy) > last);
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "x",
            "00000000-0000-7000-8000-00000000000",
            "0000000-00000-7000-8000-000000000000",
            "+0000000-0000-7000-8000-000000000000",
            "00000000-0000-7000-8000-00000000000G",
        ] {
            assert_eq!(text.parse::<OrgId>(), Err(IdError), "{text}");
        }
    }
}
