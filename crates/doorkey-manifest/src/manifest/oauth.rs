//! What a product needs to say about plain OAuth.

use serde::Deserialize;

use crate::Text;

/// What the product's OAuth differs in from the usual.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Oauth {
    /// The client id. Without it: the app's name.
    pub client_id: Option<String>,
    /// The issuer, as it stands in its metadata (RFC 8414). Without it: the server's address. May hold `{server}`.
    pub issuer: Option<Text>,
    /// The audience that is asked for, where the server wants one.
    pub audience: Option<String>,
    /// Endpoints that the server's metadata doesn't name, or all that are needed where it has none.
    pub endpoints: Endpoints,
}

/// Addresses of endpoints. Each may hold `{server}`, and goes before what the server's metadata says.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Endpoints {
    /// Where the browser begins (RFC 6749, section 3.1).
    pub authorization: Option<Text>,
    /// Where codes are redeemed (RFC 6749, section 3.2).
    pub token: Option<Text>,
    /// Where a device sign-in begins (RFC 8628, section 3.1).
    pub device_authorization: Option<Text>,
    /// Where tokens are ended (RFC 7009).
    pub revocation: Option<Text>,
    /// Who the token belongs to (OIDC, section 5.3).
    pub userinfo: Option<Text>,
}

impl Endpoints {
    /// Those that are named: the key in the manifest, what templates call it, and the address.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'static str, &Text)> {
        [
            ("authorization", "authorization_endpoint", &self.authorization),
            ("token", "token_endpoint", &self.token),
            ("device_authorization", "device_authorization_endpoint", &self.device_authorization),
            ("revocation", "revocation_endpoint", &self.revocation),
            ("userinfo", "userinfo_endpoint", &self.userinfo),
        ]
        .into_iter()
        .filter_map(|(key, name, address)| Some((key, name, address.as_ref()?)))
    }
}
