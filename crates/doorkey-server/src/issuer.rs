//! The public address of the service, which is also its name: the issuer (RFC 8414, RFC 9207).

use std::fmt;

use url::{Host, Url};

/// A public address: a scheme and an authority, with no path and no slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    origin: String,
    https: bool,
}

/// Why an address can't be the service's own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// It isn't an address.
    #[error("`{0}` is not an address; write something like `https://sign-in.example.com`")]
    NotAnAddress(String),
    /// It has more than a scheme and a host.
    #[error("`{0}` must be a scheme and a host only, without a path, a query or a user name")]
    TooMuch(String),
    /// It isn't safe to send secrets to.
    #[error("`{0}` must begin with https://; http is for 127.0.0.1, [::1] and localhost only")]
    Insecure(String),
}

impl Issuer {
    /// Reads an address.
    pub fn parse(text: &str) -> Result<Self, IssuerError> {
        let url = Url::parse(text).map_err(|_| IssuerError::NotAnAddress(text.to_owned()))?;
        let https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(IssuerError::NotAnAddress(text.to_owned())),
        };
        let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() {
            return Err(IssuerError::TooMuch(text.to_owned()));
        }
        let loopback = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        if !https && !loopback {
            return Err(IssuerError::Insecure(text.to_owned()));
        }
        Ok(Self { origin: url.origin().ascii_serialization(), https })
    }

    /// As it stands in metadata and answers.
    pub fn as_str(&self) -> &str {
        &self.origin
    }

    /// Whether it is reached over TLS.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The host and the port, as a person reads it.
    pub fn host(&self) -> &str {
        self.origin.split_once("://").map_or(&self.origin, |(_, host)| host)
    }

    /// The address of a path, which begins with a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    #[test]
    fn an_issuer_is_a_scheme_and_a_host() {
        for (text, issuer) in [
            ("https://sign-in.example.com", "https://sign-in.example.com"),
            ("https://Sign-In.example.com:443/", "https://sign-in.example.com"),
            ("http://127.0.0.1:7700", "http://127.0.0.1:7700"),
            ("http://[::1]:7700/", "http://[::1]:7700"),
            ("http://localhost:80", "http://localhost"),
        ] {
            assert_eq!(Issuer::parse(text).unwrap().as_str(), issuer);
        }
        assert_eq!(
            Issuer::parse("http://127.0.0.1:7700").unwrap().join("/device"),
            "http://127.0.0.1:7700/device"
        );
    }

    #[test]
    fn what_could_lose_a_secret_is_refused() {
        for text in ["http://example.com", "http://127.0.0.1.example.com", "http://10.0.0.1"] {
            assert_eq!(Issuer::parse(text), Err(IssuerError::Insecure(text.to_owned())));
        }
        for text in
            ["https://a.example/path", "https://u:p@a.example", "https://a.example?x", "https://a.example#x"]
        {
            assert_eq!(Issuer::parse(text), Err(IssuerError::TooMuch(text.to_owned())));
        }
        for text in ["", "a.example", "ftp://a.example"] {
            assert_eq!(Issuer::parse(text), Err(IssuerError::NotAnAddress(text.to_owned())));
        }
    }
}
