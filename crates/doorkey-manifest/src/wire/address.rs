//! Where a request goes: `POST /api/start`, `GET {userinfo_endpoint}`, `POST https://{auth_domain}/oauth/token`.

use serde::Deserialize;

use crate::template::{Part, Text};
use crate::{FillError, Values};

/// A method and an address.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Address {
    method: String,
    whole: Text,
    /// The path as a template, for whoever serves it: what follows the server in the address.
    path: String,
    /// The parts of that path.
    parts: Vec<Part>,
}

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressProblem {
    #[error("a request is a method and an address with a space between them, such as `POST /api/start`")]
    Form,
    #[error("`{0}` is not a method; use GET, POST, PUT, PATCH or DELETE")]
    Method(String),
    #[error(
        "the address of a request begins with `/`, `https://` or a placeholder such as `{{token_endpoint}}`"
    )]
    Beginning,
    #[error("the parameters of a request stand in `query`, not in its address")]
    Query,
}

impl TryFrom<String> for Address {
    type Error = AddressProblem;

    fn try_from(source: String) -> Result<Self, AddressProblem> {
        let (method, address) = source.split_once(' ').ok_or(AddressProblem::Form)?;
        if !["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method) {
            return Err(AddressProblem::Method(method.to_owned()));
        }
        if address.contains(['?', '#', ' ']) {
            return Err(AddressProblem::Query);
        }
        if !(address.starts_with(['/', '{']) || address.starts_with("https://")) {
            return Err(AddressProblem::Beginning);
        }
        let path_at = match address.split_once("://") {
            Some((scheme, rest)) => rest.find('/').map(|at| scheme.len() + 3 + at),
            None if address.starts_with('/') => Some(0),
            None => address.find("}/").map(|at| at + 1),
        };
        let path = path_at.map_or("", |at| &address[at..]);
        let address_text = lenient(address).map_err(|_| AddressProblem::Form)?;
        let parts = lenient(path).map_err(|_| AddressProblem::Form)?.parts().to_vec();
        Ok(Self { method: method.to_owned(), path: path.to_owned(), whole: address_text, parts })
    }
}

/// A text that keeps what is wrong with it, to be reported with everything else.
fn lenient(source: &str) -> Result<Text, serde::de::value::Error> {
    Text::deserialize(serde::de::value::StrDeserializer::new(source))
}

impl Address {
    pub fn method(&self) -> &str {
        &self.method
    }

    pub fn text(&self) -> &Text {
        &self.whole
    }

    /// The path as a template; empty where the address is wherever a discovered endpoint is.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole address. What begins with `/` is below the server's.
    pub fn fill(&self, values: &Values) -> Result<String, FillError> {
        let address = self.whole.fill_address(values)?;
        if !address.starts_with('/') {
            return Ok(address);
        }
        let server = values.text("server").ok_or_else(|| FillError::Missing("server".to_owned()))?;
        Ok(format!("{}{address}", server.trim_end_matches('/')))
    }

    /// The values that stand in the path of a request; `None` when it goes elsewhere.
    pub fn read(&self, path: &str) -> Option<Values> {
        if self.path.is_empty() {
            return Some(Values::new());
        }
        Text::read_path(&self.parts, path)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Address {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Request".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A method and an address, such as `POST /api/start`.",
            "type": "string",
            "pattern": "^(GET|POST|PUT|PATCH|DELETE) (/|https://|\\{)[^ ?#]*$"
        })
    }
}
