//! Who the product is and where its server stands.

use serde::Deserialize;

use super::ordered::Ordered;

/// Who the product is.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct App {
    /// The name of the command, the client id and the name of the manifest's file: lower-case letters, digits and
    /// `-`.
    pub name: String,
    /// What people call the product; shown on the approval page.
    pub title: String,
    /// What it is, in one sentence.
    #[serde(default)]
    pub description: Option<String>,
    /// The version that `{version}` stands for in headers and texts.
    #[serde(default = "first_version")]
    pub version: String,
    /// The product's own web page.
    #[serde(default)]
    pub homepage: Option<String>,
    /// The https address of a square picture, shown on the approval page.
    #[serde(default)]
    pub logo: Option<String>,
    /// The product's colour, as `#rrggbb`.
    #[serde(default)]
    pub color: Option<String>,
}

fn first_version() -> String {
    "0.0.0".to_owned()
}

/// Where the product's server stands.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The address that requests go to when nothing else is said. https, or http on this machine.
    pub url: String,
    /// The address of the web pages, where it differs from `url`.
    #[serde(default)]
    pub frontend: Option<String>,
    /// Other servers by name (`staging`, `local`), chosen by the variable in `environment.select`.
    #[serde(default)]
    pub environments: Ordered<Place>,
}

/// One of a product's servers.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The address that requests go to.
    pub url: String,
    /// The address of the web pages, where it differs from `url`.
    #[serde(default)]
    pub frontend: Option<String>,
}

/// The environment variables that override what is stored. Each setting takes one name or a list of them, of which
/// the first that is set and not empty counts.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Environment {
    /// Holds a token, which then is used instead of the stored one.
    #[serde(deserialize_with = "super::one_or_many::one_or_many")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "super::one_or_many::one_or_many_schema::<String>")
    )]
    pub token: Vec<String>,
    /// Holds the server's address.
    #[serde(deserialize_with = "super::one_or_many::one_or_many")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "super::one_or_many::one_or_many_schema::<String>")
    )]
    pub server: Vec<String>,
    /// Holds the address of the web pages.
    #[serde(deserialize_with = "super::one_or_many::one_or_many")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "super::one_or_many::one_or_many_schema::<String>")
    )]
    pub frontend: Vec<String>,
    /// Holds the name of one of `server.environments`.
    #[serde(deserialize_with = "super::one_or_many::one_or_many")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "super::one_or_many::one_or_many_schema::<String>")
    )]
    pub select: Vec<String>,
    /// Holds the name of the profile to use.
    #[serde(deserialize_with = "super::one_or_many::one_or_many")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "super::one_or_many::one_or_many_schema::<String>")
    )]
    pub profile: Vec<String>,
}
