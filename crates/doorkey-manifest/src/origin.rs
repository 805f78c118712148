//! To whom a credential may go: scheme, host and port, compared exactly.
//!
//! Other programs name the place that they want a credential for, and some of what they name was written by whoever made
//! a repository or a link. So nothing is read with good will here: an address that could be understood in two ways isn't
//! understood at all. What a browser would make of `%2e`, of a full-width letter or of `127.1` doesn't matter.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use thiserror::Error;

/// More than any address has that somebody means.
const LONGEST: usize = 2048;

/// The longest name that DNS has.
const LONGEST_HOST: usize = 253;

/// Scheme, host and port of a service. Two are equal only if all three are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    scheme: Scheme,
    /// A name in lower case, or a number as it is written; an IPv6 address without its brackets.
    host: Host,
    port: u16,
}

/// How it is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Encrypted, to whoever can show the certificate.
    Https,
    /// In the clear: only within this machine.
    Http,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Host {
    Name(String),
    V6(std::net::Ipv6Addr),
}

/// Why something isn't an address that a credential may go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OriginProblem {
    /// It is longer than any address.
    #[error("it is too long")]
    Long,
    /// A line break, a NUL, a space or another character that no address has.
    #[error("it holds a character that no address has")]
    Character,
    /// It doesn't begin with `https://`, or with `http://` on this machine.
    #[error("it must begin with https://")]
    Scheme,
    /// `http` to another machine.
    #[error("http sends secrets in the clear; only a server on this machine may use it")]
    Clear,
    /// `user@`.
    #[error("it must not hold a user name or password")]
    User,
    /// Not one exact host.
    #[error("its host isn't a plain name or number")]
    Host,
    /// Not a port.
    #[error("its port isn't a number from 1 to 65535")]
    Port,
    /// More than scheme, host and port where only those may be.
    #[error("it must end behind the host")]
    More,
    /// A path that leads elsewhere than it says.
    #[error("its path has `..`, `%`, `\\`, `?` or `#` in it, or an empty part")]
    Path,
}

impl Scheme {
    /// As it stands before `://`.
    pub fn name(self) -> &'static str {
        match self {
            Scheme::Https => "https",
            Scheme::Http => "http",
        }
    }

    fn usual_port(self) -> u16 {
        match self {
            Scheme::Https => 443,
            Scheme::Http => 80,
        }
    }
}

impl FromStr for Scheme {
    type Err = OriginProblem;

    fn from_str(text: &str) -> Result<Scheme, OriginProblem> {
        match text {
            "https" => Ok(Scheme::Https),
            "http" => Ok(Scheme::Http),
            _ => Err(OriginProblem::Scheme),
        }
    }
}

impl Origin {
    /// The origin of `scheme` and `host` or `host:port`, as git names them.
    pub fn of(scheme: Scheme, authority: &str) -> Result<Origin, OriginProblem> {
        plain(authority)?;
        if authority.contains('@') {
            return Err(OriginProblem::User);
        }
        let (host, port) = match authority.rsplit_once(':') {
            // The colons of an IPv6 address stand within its brackets.
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let origin = Origin {
            scheme,
            host: Host::from_str(host)?,
            port: port.map_or(Ok(scheme.usual_port()), port_of)?,
        };
        match scheme {
            Scheme::Http if !origin.is_loopback() => Err(OriginProblem::Clear),
            _ => Ok(origin),
        }
    }

    /// The origin of an address, and its path, which begins with `/` or is empty and is what it looks like.
    pub fn with_path(address: &str) -> Result<(Origin, &str), OriginProblem> {
        let (origin, path) = Origin::split(address)?;
        plain_path(path)?;
        Ok((origin, path))
    }

    /// The origin of an address, whatever stands behind it.
    pub fn of_address(address: &str) -> Result<Origin, OriginProblem> {
        match Origin::split(address)? {
            // Some clients take a backslash for a slash, others for a part of the host.
            (_, behind) if behind.starts_with('\\') => Err(OriginProblem::Path),
            (origin, _) => Ok(origin),
        }
    }

    fn split(address: &str) -> Result<(Origin, &str), OriginProblem> {
        plain(address)?;
        let (scheme, rest) = address.split_once("://").ok_or(OriginProblem::Scheme)?;
        let scheme = scheme.parse()?;
        let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
        let (authority, behind) = rest.split_at(end);
        Ok((Origin::of(scheme, authority)?, behind))
    }

    /// Whether it can only be this machine.
    pub fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Name(name) => {
                name == "localhost"
                    || name.ends_with(".localhost")
                    || name.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
            }
            Host::V6(address) => address.is_loopback(),
        }
    }

    /// How it is spoken to.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Its host as it stands in an address.
    pub fn host(&self) -> String {
        self.host.to_string()
    }

    /// Its host as it stands in an address, and its port where that isn't the usual one.
    pub fn authority(&self) -> String {
        if self.port == self.scheme.usual_port() {
            self.host.to_string()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// `https://host`, with the port where it isn't the usual one.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.name(), self.authority())
    }
}

/// An origin alone: an address with nothing, or `/`, behind the host.
impl FromStr for Origin {
    type Err = OriginProblem;

    fn from_str(address: &str) -> Result<Origin, OriginProblem> {
        match Origin::with_path(address)? {
            (origin, "" | "/") => Ok(origin),
            _ => Err(OriginProblem::More),
        }
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Origin, D::Error> {
        let address = String::deserialize(deserializer)?;
        address.parse().map_err(|problem| {
            serde::de::Error::custom(format_args!("`{}` can't be an origin: {problem}", shown(&address)))
        })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Origin {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Origin".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "`https://host` or `https://host:port`: one exact host, no wildcard and no path. http only on this machine.",
            "pattern": "^https?://[^/*@?#%]+/?$"
        })
    }
}

/// The address as it may be shown: short, and with nothing in it that moves a terminal's cursor.
fn shown(address: &str) -> String {
    address.chars().filter(|character| !character.is_control()).take(100).collect()
}

/// Printable ASCII, and not too much of it.
fn plain(address: &str) -> Result<(), OriginProblem> {
    if address.len() > LONGEST {
        return Err(OriginProblem::Long);
    }
    if address.bytes().all(|byte| byte.is_ascii_graphic()) { Ok(()) } else { Err(OriginProblem::Character) }
}

/// A path that is what it looks like.
fn plain_path(path: &str) -> Result<(), OriginProblem> {
    let Some(inside) = path.strip_prefix('/') else {
        return if path.is_empty() { Ok(()) } else { Err(OriginProblem::Path) };
    };
    if inside.contains(['%', '\\', '?', '#', ';']) {
        return Err(OriginProblem::Path);
    }
    if inside.is_empty() {
        return Ok(());
    }
    let inside = inside.strip_suffix('/').unwrap_or(inside);
    let good = |part: &str| !matches!(part, "" | "." | "..");
    if inside.split('/').all(good) { Ok(()) } else { Err(OriginProblem::Path) }
}

/// A port without a sign and without zeros before it.
fn port_of(text: &str) -> Result<u16, OriginProblem> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| plain).ok_or(OriginProblem::Port)
}

impl FromStr for Host {
    type Err = OriginProblem;

    fn from_str(text: &str) -> Result<Host, OriginProblem> {
        if let Some(inside) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return inside.parse().map(Host::V6).map_err(|_| OriginProblem::Host);
        }
        let label = |label: &str| {
            !label.is_empty()
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        // A name that ends in a number would be an address in one of many spellings; there is one that counts.
        let numeric = text.rsplit('.').next().is_some_and(is_number);
        let exact = !numeric || text.parse::<std::net::Ipv4Addr>().is_ok();
        if text.len() <= LONGEST_HOST && text.split('.').all(label) && exact {
            Ok(Host::Name(text.to_ascii_lowercase()))
        } else {
            Err(OriginProblem::Host)
        }
    }
}

/// What a resolver may take for a number: decimal, or hexadecimal.
fn is_number(label: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits(label) || label.get(..2).is_some_and(|start| matches!(start, "0x" | "0X") && hex(&label[2..]))
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::V6(address) => write!(f, "[{address}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(address: &str) -> Result<String, OriginProblem> {
        address.parse::<Origin>().map(|origin| origin.to_string())
    }

    #[test]
    fn an_origin_has_one_spelling() {
        for (address, same) in [
            ("https://example.com", "https://example.com"),
            ("https://Example.COM:443/", "https://example.com"),
            ("https://example.com:8443", "https://example.com:8443"),
            ("http://127.0.0.1:7700/", "http://127.0.0.1:7700"),
            ("http://localhost", "http://localhost"),
            ("http://[::1]:80", "http://[::1]"),
            ("https://[2001:DB8:0::1]", "https://[2001:db8::1]"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(written(address).as_deref(), Ok(same), "{address}");
        }
    }

    #[test]
    fn whatever_could_be_understood_in_two_ways_is_refused() {
        use OriginProblem::{Character, Clear, Host, More, Path, Port, Scheme, User};
        for (address, problem) in [
            ("", Scheme),
            ("example.com", Scheme),
            ("HTTPS://example.com", Scheme),
            ("ssh://example.com", Scheme),
            ("http://example.com", Clear),
            ("http://127.0.0.1.example.com", Clear),
            ("http://localhost.example.com", Clear),
            ("http://10.0.0.1", Clear),
            ("https://user@example.com", User),
            ("https://example.com@evil.example", User),
            ("https://example.com:443@evil.example", User),
            ("https://evil.example\\@example.com", Path),
            ("https://", Host),
            ("https://*.example.com", Host),
            ("https://example.com.", Host),
            ("https://.example.com", Host),
            ("https://example..com", Host),
            ("https://-example.com", Host),
            ("https://exa%6dple.com", Host),
            ("https://127.1", Host),
            ("https://2130706433", Host),
            ("https://0x7f000001", Host),
            ("https://127.0.0.0x1", Host),
            ("https://0177.0.0.1", Host),
            ("https://[::1", Host),
            ("https://::1", Host),
            ("https://[fe80::1%25eth0]", Host),
            ("https://example.com:", Port),
            ("https://example.com:0", Port),
            ("https://example.com:0443", Port),
            ("https://example.com:+443", Port),
            ("https://example.com:65536", Port),
            ("https://example.com:443:443", Host),
            ("https://example.com/x", More),
            ("https://example.com//", Path),
            ("https://example.com?x", Path),
            ("https://example.com#x", Path),
            ("https://example.com\n", Character),
            ("https://example.com\rhost=evil.example", Character),
            ("https://exa\0mple.com", Character),
            (" https://example.com", Character),
            ("https://ｅxample.com", Character),
            ("https://éxample.com", Character),
        ] {
            assert_eq!(written(address), Err(problem), "{address:?}");
        }
        assert_eq!(written(&format!("https://{}", "a".repeat(5_000))), Err(OriginProblem::Long));
        assert_eq!(written(&format!("https://{}.com", "a".repeat(300))), Err(Host));
    }

    #[test]
    fn a_path_is_what_it_looks_like() {
        let path = |address: &str| Origin::with_path(address).map(|(_, path)| path.to_owned());
        for good in ["", "/", "/v2/", "/team/index.git", "/@scope/name"] {
            assert_eq!(path(&format!("https://example.com{good}")), Ok(good.to_owned()), "{good}");
        }
        for bad in
            ["/..", "/../x", "/a/../b", "/./a", "//a", "/a//b", "/%2e%2e", "/a%0ab", "/a\\b", "/a;b", "/a?b"]
        {
            assert_eq!(path(&format!("https://example.com{bad}")), Err(OriginProblem::Path), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_read_reads_back(text in "\\PC{0,60}", scheme in prop_oneof!["https://", "http://", ""]) {
            if let Ok(origin) = format!("{scheme}{text}").parse::<Origin>() {
                prop_assert_eq!(origin.to_string().parse::<Origin>(), Ok(origin));
            }
        }

        #[test]
        fn what_is_read_goes_where_a_client_goes(host in "[a-zA-Z0-9._\\[\\]:%@*-]{1,30}", port in prop::option::of(any::<u16>())) {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            let address = format!("https://{host}{port}/");
            if let Ok(origin) = address.parse::<Origin>() {
                let url = url::Url::parse(&address);
                let seen = url.map(|url| url.origin().ascii_serialization());
                prop_assert_eq!(seen, Ok(origin.to_string()));
            }
        }
    }
}
