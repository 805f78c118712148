//! A moment as the API writes it.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment: RFC 3339 in UTC on the wire, milliseconds since 1970 here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

impl Moment {
    /// The moment of so many milliseconds since 1970.
    pub const fn from_ms(ms: i64) -> Moment {
        Moment(ms)
    }

    /// Milliseconds since 1970.
    pub const fn ms(self) -> i64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time: Timestamp = text.parse().map_err(|_| serde::de::Error::custom("it isn't a time"))?;
        Ok(Moment(time.as_millisecond()))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = Timestamp::from_millisecond(self.0);
        time.map_err(|_| serde::ser::Error::custom("it is no time"))?.to_string().serialize(serializer)
    }
}
