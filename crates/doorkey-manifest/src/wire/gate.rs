//! Which versions of the client are served.

use std::cmp::Ordering;

use serde::Deserialize;

use super::message::{Request, Response};
use super::operation::Operation;
use crate::manifest::Ordered;
use crate::{FillError, Template, Text, Values};

/// Which versions of the client are served: those that are too old get the status 426 and how to upgrade, those that
/// will be get a warning.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// The header that carries the version.
    pub header: String,
    /// What stands in it: text with `{version}`.
    pub value: Text,
    /// The oldest version that is served.
    #[serde(default)]
    pub minimum: Option<String>,
    /// The oldest version that is served without a warning.
    #[serde(default)]
    pub current: Option<String>,
    /// What the warning says.
    #[serde(default)]
    pub warning: Option<String>,
    /// Until when warned versions are served: an HTTP date.
    #[serde(default)]
    pub sunset: Option<String>,
    /// Whether a request without the header is let through.
    #[serde(default)]
    pub lenient: bool,
    /// The commands that bring the app up to date, by package manager; the first is the usual one.
    #[serde(default)]
    pub upgrade: Ordered<String>,
    /// The operations that need not pass.
    #[serde(default)]
    pub except: Vec<Operation>,
    /// The body of the refusal.
    pub body: Template,
}

/// What the gate says about a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It is served; the headers go with the answer (none, unless its version will not be served much longer).
    Served(Vec<(String, String)>),
    /// It isn't served, and this is the answer.
    Refused(Response),
}

/// The warning that a version will not be served much longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The server's words, if it has any.
    pub message: Option<String>,
    /// Until when, as the server writes it.
    pub sunset: Option<String>,
}

impl Gate {
    pub(super) fn header(&self, values: &Values) -> Result<(String, String), FillError> {
        Ok((self.header.clone(), self.value.fill(values)?))
    }

    /// Whether a request passes.
    pub fn check(&self, request: &Request) -> Result<Verdict, FillError> {
        let written = request.header(&self.header);
        let version = written.and_then(|value| self.value.read(value)).and_then(|values| {
            let version = values.text("version")?;
            numbers(version).is_some().then(|| version.to_owned())
        });
        let Some(version) = version else {
            if self.lenient {
                return Ok(Verdict::Served(Vec::new()));
            }
            let reason = if written.is_some() { "malformed" } else { "missing" };
            return self.refusal(None, Some(reason)).map(Verdict::Refused);
        };
        if self.minimum.as_deref().is_some_and(|minimum| older(&version, minimum)) {
            return self.refusal(Some(&version), None).map(Verdict::Refused);
        }
        if self.current.as_deref().is_some_and(|current| older(&version, current)) {
            return Ok(Verdict::Served(self.warnings()));
        }
        Ok(Verdict::Served(Vec::new()))
    }

    fn refusal(&self, version: Option<&str>, reason: Option<&str>) -> Result<Response, FillError> {
        let mut values = Values::new();
        if let Some(version) = version {
            values.set("version", version);
        }
        if let Some(reason) = reason {
            values.set("gate_reason", reason);
        }
        if let Some(minimum) = &self.minimum {
            values.set("supported_versions", format!(">={minimum}"));
        }
        if let Some((_, command)) = self.upgrade.iter().next() {
            values.set("upgrade_command", command.as_str());
        }
        Ok(Response::json(426, self.body.fill(&values)?))
    }

    fn warnings(&self) -> Vec<(String, String)> {
        let mut headers = vec![("Deprecation".to_owned(), "true".to_owned())];
        if let Some(warning) = &self.warning {
            headers.push(("Warning".to_owned(), format!("299 - \"{}\"", warning.replace('"', "'"))));
        }
        if let Some(sunset) = &self.sunset {
            headers.push(("Sunset".to_owned(), sunset.clone()));
        }
        headers
    }

    pub(super) fn read_refusal(&self, response: &Response) -> Option<Values> {
        (response.status == 426)
            .then(|| response.body_json().map(|body| self.body.read_leniently(body)).unwrap_or_default())
    }
}

impl Response {
    /// The warning that this version of the client will not be served much longer, if the answer has one.
    pub fn notice(&self) -> Option<Notice> {
        if self.header("deprecation") != Some("true") {
            return None;
        }
        let message = self.header("warning").map(|warning| {
            let quoted = warning.split_once('"').and_then(|(_, rest)| rest.rsplit_once('"'));
            quoted.map_or(warning, |(message, _)| message).to_owned()
        });
        Some(Notice { message, sunset: self.header("sunset").map(str::to_owned) })
    }
}

/// Whether one version comes before another: numbers compare as numbers, and a pre-release (`1.0.0-alpha.2`) comes
/// before its release.
fn older(version: &str, than: &str) -> bool {
    match (numbers(version), numbers(than)) {
        (Some((version, pre)), Some((than, than_pre))) => {
            let order = version.cmp(&than).then_with(|| match (pre, than_pre) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(a), Some(b)) => compare_pre_releases(a, b),
            });
            order == Ordering::Less
        }
        _ => false,
    }
}

/// The three numbers of a version, and its pre-release.
fn numbers(version: &str) -> Option<([u64; 3], Option<&str>)> {
    let version = version.split('+').next()?;
    let (release, pre) =
        version.split_once('-').map_or((version, None), |(release, pre)| (release, Some(pre)));
    let mut numbers = [0; 3];
    for (index, part) in release.split('.').enumerate() {
        *numbers.get_mut(index)? = part.parse().ok()?;
    }
    Some((numbers, pre))
}

fn compare_pre_releases(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::older;

    #[test]
    fn versions_compare_as_people_expect() {
        for (first, second) in [
            ("0.9.9", "0.10.0"),
            ("1.0.0-alpha.2", "1.0.0"),
            ("1.0.0-alpha.2", "1.0.0-alpha.10"),
            ("1.0", "1.0.1"),
        ] {
            assert!(older(first, second), "{first} < {second}");
            assert!(!older(second, first), "{second} > {first}");
        }
        assert!(!older("1.0.0", "1.0.0+build.5"));
    }
}
