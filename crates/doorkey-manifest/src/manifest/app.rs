//! Who the product is and where its server stands.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
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
    /// Other names that its commands go by: a link of such a name works as this app.
    #[serde(default)]
    pub aliases: Vec<String>,
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
    /// A square picture: `data:image/svg+xml;base64,…` or `data:image/png;base64,…` of at most 64 KiB, or an https
    /// address. The service's pages show only a picture that stands here itself: they load nothing from elsewhere.
    #[serde(default)]
    pub logo: Option<String>,
    /// The product's colour, as `#rrggbb`.
    #[serde(default)]
    pub color: Option<String>,
    /// The product's colour on a dark page, where `color` is too dark for it.
    #[serde(default)]
    pub color_dark: Option<String>,
}

impl App {
    /// Media type and bytes of the logo, where the picture itself stands in the manifest.
    ///
    /// An SVG can hold scripts. They don't run where it is an `<img>`; whoever serves it at an address of its own has to
    /// forbid them.
    pub fn logo_data(&self) -> Option<(&'static str, Vec<u8>)> {
        picture(self.logo.as_deref()?).ok()
    }
}

/// The largest logo that may stand in a manifest, in bytes.
const LARGEST_LOGO: usize = 64 * 1024;

/// What is wrong with a logo that stands in the manifest itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PictureProblem {
    #[error("this isn't a picture in base64")]
    Form,
    #[error("the logo has {0} bytes; at most 65536 may stand in a manifest")]
    Size(usize),
    #[error("the logo isn't what its media type says")]
    Type,
}

/// Media type and bytes of a picture that is written as an address of its own.
pub(super) fn picture(address: &str) -> Result<(&'static str, Vec<u8>), PictureProblem> {
    let forms = [("image/svg+xml", "data:image/svg+xml;base64,"), ("image/png", "data:image/png;base64,")];
    let (media_type, encoded) = forms
        .iter()
        .find_map(|(media_type, beginning)| Some((*media_type, address.strip_prefix(beginning)?)))
        .ok_or(PictureProblem::Form)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| PictureProblem::Form)?;
    if bytes.len() > LARGEST_LOGO {
        return Err(PictureProblem::Size(bytes.len()));
    }
    let is_one = match media_type {
        "image/png" => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
        _ => std::str::from_utf8(&bytes).is_ok_and(|text| text.contains("<svg")),
    };
    if is_one { Ok((media_type, bytes)) } else { Err(PictureProblem::Type) }
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
    /// Holds the server's address where nothing is stored: what is stored goes before it.
    #[serde(deserialize_with = "super::one_or_many::one_or_many")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "super::one_or_many::one_or_many_schema::<String>")
    )]
    pub default_server: Vec<String>,
    /// Holds the command that opens pages, before `BROWSER`.
    #[serde(deserialize_with = "super::one_or_many::one_or_many")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "super::one_or_many::one_or_many_schema::<String>")
    )]
    pub browser: Vec<String>,
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
    /// Holds which of a family of tools a sign-in is for.
    #[serde(deserialize_with = "super::one_or_many::one_or_many")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "super::one_or_many::one_or_many_schema::<String>")
    )]
    pub product: Vec<String>,
    /// Holds the name of the profile to use.
    #[serde(deserialize_with = "super::one_or_many::one_or_many")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "super::one_or_many::one_or_many_schema::<String>")
    )]
    pub profile: Vec<String>,
}
