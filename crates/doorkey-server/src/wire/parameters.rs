//! Request parameters as OAuth reads them (RFC 6749, section 3.1): an empty one counts as left out, none may come
//! twice, and unknown ones are ignored.

use std::fmt;

/// The parameters of a query or a form.
#[derive(Clone, Default)]
pub struct Parameters {
    all: Vec<(String, String)>,
}

/// Why a set of parameters is refused. The texts go into `error_description`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// One came twice.
    #[error("the parameter `{0}` was sent more than once")]
    Repeated(String),
    /// One has a character that no parameter can have.
    #[error("the parameter `{0}` holds a character that is not text")]
    NotText(String),
}

impl Parameters {
    /// Takes a query or the body of a form apart.
    pub fn parse(encoded: &[u8]) -> Self {
        Self { all: url::form_urlencoded::parse(encoded).into_owned().collect() }
    }

    /// The value of a parameter; `None` when it is missing or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// All of them, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// How often a parameter was sent.
    pub fn count(&self, name: &str) -> usize {
        self.all.iter().filter(|(other, _)| other == name).count()
    }

    /// Refuses repeated parameters, and such that hold NUL or bytes that are no text.
    pub fn check(&self) -> Result<(), ParameterError> {
        for (at, (name, value)) in self.all.iter().enumerate() {
            if self.all[..at].iter().any(|(other, _)| other == name) {
                return Err(ParameterError::Repeated(plain(name)));
            }
            if value.contains(['\0', char::REPLACEMENT_CHARACTER]) {
                return Err(ParameterError::NotText(plain(name)));
            }
        }
        Ok(())
    }
}

/// Names only: a value may be a secret.
impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all.iter().map(|(name, _)| name)).finish()
    }
}

/// A parameter's name as it may stand in an `error_description` (RFC 6749, section 5.2, bounds the characters).
fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(*letter)).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_parameter_counts_as_left_out_and_unknown_ones_do_no_harm() {
        let parameters = Parameters::parse(b"scope=&client_id=demo&what=ever&state=a+b%2Bc");
        assert_eq!(parameters.get("scope"), None);
        assert_eq!(parameters.get("client_id"), Some("demo"));
        assert_eq!(parameters.get("state"), Some("a b+c"));
        assert_eq!(parameters.check(), Ok(()));
    }

    #[test]
    fn a_parameter_that_comes_twice_is_refused_even_when_both_agree() {
        let parameters = Parameters::parse(b"client_id=demo&code=x&client_id=demo");
        assert_eq!(parameters.check(), Err(ParameterError::Repeated("client_id".to_owned())));
        assert_eq!(Parameters::parse(b"a=&a=").check(), Err(ParameterError::Repeated("a".to_owned())));
    }

    #[test]
    fn what_is_not_text_is_refused() {
        for encoded in [&b"state=a%00b"[..], b"state=%ff%fe"] {
            assert_eq!(Parameters::parse(encoded).check(), Err(ParameterError::NotText("state".to_owned())));
        }
    }

    #[test]
    fn debug_shows_no_values() {
        assert_eq!(format!("{:?}", Parameters::parse(b"code=hunter2")), r#"["code"]"#);
    }
}
