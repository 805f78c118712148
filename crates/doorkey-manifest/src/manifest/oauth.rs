//! What a product needs to say about plain OAuth.

use serde::Deserialize;

/// What the product's OAuth differs in from the usual.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Oauth {
    /// The client id. Without it: the app's name.
    pub client_id: Option<String>,
    /// The issuer, as it stands in its metadata (RFC 8414). Without it: the server's address. May hold `{server}`.
    pub issuer: Option<crate::Text>,
    /// The audience that is asked for, where the server wants one.
    pub audience: Option<String>,
}
