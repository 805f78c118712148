//! Which redirects a client may be sent to (RFC 8252, section 7.3; RFC 9700, section 2.1), and adding to one.

use doorkey_manifest::manifest::{LoopbackHost, Manifest};
use url::Url;

/// The longest query that a tool's own address may have.
const LONGEST_QUERY: usize = 1024;

/// The redirects that a product's manifest registers: one path at the loopback hosts, on any port.
#[derive(Debug, Clone)]
pub struct Redirects<'a> {
    path: &'a str,
    by_name: RegisteredHost,
}

/// Whether `localhost` is registered as well. It is resolved like any name, so only products that need it have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegisteredHost {
    /// The literal addresses alone.
    Literal,
    /// The name, too.
    LocalhostToo,
}

impl<'a> Redirects<'a> {
    /// The redirects of a product.
    pub fn of(manifest: &'a Manifest) -> Self {
        let loopback = &manifest.sign_in.loopback;
        let by_name = match loopback.host {
            LoopbackHost::Name => RegisteredHost::LocalhostToo,
            LoopbackHost::V4 | LoopbackHost::V6 => RegisteredHost::Literal,
        };
        Self { path: &loopback.path, by_name }
    }

    /// The same with `localhost`, for published tools that call it that.
    pub fn with_name(manifest: &'a Manifest) -> Self {
        Self { by_name: RegisteredHost::LocalhostToo, ..Self::of(manifest) }
    }

    /// Whether the redirect is registered, where a tool adds a query of its own that comes back as it is.
    pub fn allow_with_query(&self, redirect_uri: &str) -> bool {
        let (address, query) = redirect_uri.split_once('?').unwrap_or((redirect_uri, ""));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@/?".contains(&byte);
        self.allow(address) && query.len() <= LONGEST_QUERY && query.bytes().all(plain)
    }

    /// Whether the redirect is registered. Compared byte for byte, except that the port may be any.
    ///
    /// The address is taken apart by hand on purpose: what a URL library would tidy up (`127.1`, upper case, dots,
    /// user names) is exactly what must not pass.
    pub fn allow(&self, redirect_uri: &str) -> bool {
        let Some(rest) = redirect_uri.strip_prefix("http://") else { return false };
        let hosts = ["127.0.0.1", "[::1]", "localhost"];
        let hosts = if self.by_name == RegisteredHost::LocalhostToo { &hosts[..] } else { &hosts[..2] };
        hosts.iter().filter_map(|host| rest.strip_prefix(host)).any(|rest| match rest.strip_prefix(':') {
            None => rest == self.path,
            Some(rest) => {
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                let (port, path) = rest.split_at(digits);
                !port.starts_with('0') && port.parse::<u16>().is_ok() && path == self.path
            }
        })
    }
}

/// An address with parameters added to those that it may already have.
pub(crate) fn with_query(address: &str, parameters: &[(&str, &str)]) -> Option<String> {
    let mut url = Url::parse(address).ok()?;
    url.query_pairs_mut().extend_pairs(parameters);
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(redirect_uri: &str) -> bool {
        Redirects { path: "/callback", by_name: RegisteredHost::Literal }.allow(redirect_uri)
    }

    #[test]
    fn the_port_of_a_loopback_address_may_be_any() {
        for redirect_uri in [
            "http://127.0.0.1/callback",
            "http://127.0.0.1:61023/callback",
            "http://127.0.0.1:1/callback",
            "http://127.0.0.1:65535/callback",
            "http://[::1]/callback",
            "http://[::1]:61023/callback",
        ] {
            assert!(allowed(redirect_uri), "{redirect_uri}");
        }
    }

    #[test]
    fn nothing_else_may_differ() {
        for redirect_uri in [
            "http://127.0.0.1:61023/",
            "http://127.0.0.1:61023",
            "http://127.0.0.1:61023/Callback",
            "http://127.0.0.1:61023/callback/",
            "http://127.0.0.1:61023/callback?x=1",
            "http://127.0.0.1:61023/callback?",
            "http://127.0.0.1:61023/callback#x",
            "http://127.0.0.1:61023/callback#",
            "http://127.0.0.1:61023/x/../callback",
            "http://127.0.0.1:61023//callback",
            "http://127.0.0.1:61023/%63allback",
            "http://127.0.0.1:/callback",
            "http://127.0.0.1:0/callback",
            "http://127.0.0.1:080/callback",
            "http://127.0.0.1:65536/callback",
            "http://127.0.0.1:+80/callback",
            "http://127.0.0.1: 80/callback",
            "http://127.0.0.2:61023/callback",
            "http://127.1:61023/callback",
            "http://0x7f.1:61023/callback",
            "http://2130706433:61023/callback",
            "http://127.0.0.1.evil:61023/callback",
            "http://127.0.0.1.evil/callback",
            "http://127.0.0.1@evil/callback",
            "http://user@127.0.0.1:61023/callback",
            "http://user:pass@127.0.0.1/callback",
            "http://evil/127.0.0.1/callback",
            "http://localhost:61023/callback",
            "http://LOCALHOST/callback",
            "http://[::2]:61023/callback",
            "http://[0:0:0:0:0:0:0:1]/callback",
            "http://::1/callback",
            "https://127.0.0.1:61023/callback",
            "HTTP://127.0.0.1/callback",
            " http://127.0.0.1/callback",
            "http:///127.0.0.1/callback",
            "//127.0.0.1/callback",
            "javascript:alert(1)",
            "app://127.0.0.1/callback",
            "",
        ] {
            assert!(!allowed(redirect_uri), "{redirect_uri}");
        }
    }

    #[test]
    fn localhost_is_allowed_only_where_it_is_registered() {
        let redirects = Redirects { path: "/callback", by_name: RegisteredHost::LocalhostToo };
        assert!(redirects.allow("http://localhost:61023/callback"));
        assert!(redirects.allow("http://localhost/callback"));
        assert!(redirects.allow("http://127.0.0.1:61023/callback"));
        assert!(!redirects.allow("http://localhost.evil:61023/callback"));
        assert!(!redirects.allow("http://localhost:61023/other"));
    }

    #[test]
    fn a_tool_that_polls_may_bring_a_query_of_its_own() {
        let redirects = Redirects { path: "/callback", by_name: RegisteredHost::LocalhostToo };
        for good in ["http://localhost:4000/callback?state=f0", "http://127.0.0.1:4000/callback"] {
            assert!(redirects.allow_with_query(good), "{good}");
        }
        for bad in [
            "http://localhost:4000/other?state=f0",
            "http://evil.example/callback?state=f0",
            "http://localhost:4000/callback?state=f0#x",
            "http://localhost:4000/callback?state=f0\r\nx: y",
            "https://localhost:4000/callback?state=f0",
        ] {
            assert!(!redirects.allow_with_query(bad), "{bad}");
        }
    }

    #[test]
    fn parameters_are_added_to_those_that_are_there() {
        let back = with_query("http://127.0.0.1:61023/callback", &[("code", "a b"), ("state", "&=#")]);
        assert_eq!(back.as_deref(), Some("http://127.0.0.1:61023/callback?code=a+b&state=%26%3D%23"));
        let back = with_query("http://[::1]:61023/callback?x=1", &[("iss", "http://127.0.0.1:7700")]);
        assert_eq!(
            back.as_deref(),
            Some("http://[::1]:61023/callback?x=1&iss=http%3A%2F%2F127.0.0.1%3A7700")
        );
    }
}
