//! Lengths of time as people write them: `90s`, `10m`, `1h`, `30d`.

use std::time::Duration;

use serde::Deserialize;

/// A length of time, written as a whole number and a unit: `ms`, `s`, `m`, `h` or `d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Period(Duration);

impl Period {
    /// So many seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// The same as a [`Duration`].
    pub const fn duration(self) -> Duration {
        self.0
    }

    /// In whole seconds, as they go over the wire.
    pub const fn as_secs(self) -> u64 {
        self.0.as_secs()
    }
}

/// A length of time that can't be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a length of time; write a whole number and a unit, such as `90s`, `10m`, `1h` or `30d`"
)]
pub struct PeriodProblem(String);

impl TryFrom<String> for Period {
    type Error = PeriodProblem;

    fn try_from(text: String) -> Result<Self, PeriodProblem> {
        text.parse()
    }
}

impl std::str::FromStr for Period {
    type Err = PeriodProblem;

    fn from_str(text: &str) -> Result<Self, PeriodProblem> {
        let problem = || PeriodProblem(text.to_owned());
        let unit_at = text.find(|character: char| !character.is_ascii_digit()).ok_or_else(problem)?;
        let (count, unit) = text.split_at(unit_at);
        let count: u64 = count.parse().map_err(|_| problem())?;
        let milliseconds = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(problem()),
        };
        let total = count.checked_mul(milliseconds).filter(|total| *total > 0).ok_or_else(problem)?;
        Ok(Self(Duration::from_millis(total)))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Period {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Period".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[0-9]+(ms|s|m|h|d)$",
            "description": "A length of time: a whole number and a unit (`ms`, `s`, `m`, `h`, `d`), such as `10m`."
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Period;

    #[test]
    fn periods_are_written_as_a_number_and_a_unit() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("1h", 3_600), ("30d", 2_592_000), ("2000ms", 2)] {
            assert_eq!(text.parse::<Period>().map(Period::duration), Ok(Duration::from_secs(seconds)));
        }
        for text in
            ["", "10", "m", "1.5h", "-1s", "1w", "0s", "1h30m", "99999999999999999999d", "10 m", "１s"]
        {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }
}
