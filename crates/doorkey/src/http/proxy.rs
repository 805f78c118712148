//! Which requests go through a proxy, as the environment says: `HTTPS_PROXY`, `ALL_PROXY`, `HTTP_PROXY`, and what
//! `NO_PROXY` takes out again.
//!
//! There is no standard for these variables. This follows what most programs agree on, and where they differ, what keeps
//! a person behind a proxy going: lower case goes first, a name stands for itself and everything below it, and a proxy for
//! http serves https, too, where no other is named. This machine itself is never asked through a proxy.

use std::fmt;
use std::net::IpAddr;

use thiserror::Error;
use url::{Host, Url};

use crate::system::{Environment, is_loopback};

/// Where a proxy may be named, the first one that is set counts. Whoever starts a CGI program doesn't choose
/// `HTTP_PROXY`: there it is a header of somebody's request.
const VARIABLES: [&str; 6] =
    ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY"];

/// Where exceptions may be named.
const EXCEPTIONS: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// How proxies are spoken to.
const SCHEMES: [&str; 7] = ["http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h"];

/// The way that a request takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Straight to the server.
    Direct(Direct),
    /// Through a proxy.
    Through(Proxy),
}

/// Why a request goes straight to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Direct {
    /// No proxy is named.
    NoProxy,
    /// The server is this machine.
    ThisMachine,
    /// The server is an exception.
    Exception {
        /// The variable that says so.
        variable: &'static str,
        /// What stands there.
        entry: String,
    },
}

/// A proxy that a variable names. Its user name and password are shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    variable: &'static str,
    address: Url,
}

impl Proxy {
    /// The variable that names it.
    pub fn variable(&self) -> &'static str {
        self.variable
    }

    /// Whether a user name or a password is known for it.
    pub fn has_credentials(&self) -> bool {
        !self.address.username().is_empty() || self.address.password().is_some()
    }

    /// With user name and password, for the transport.
    pub(super) fn address(&self) -> &Url {
        &self.address
    }
}

/// Scheme, host and port.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.address.host_str().unwrap_or_default();
        write!(f, "{}://{host}", self.address.scheme())?;
        self.address.port().map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self}, from {})", self.variable)
    }
}

/// What is wrong with a proxy. Says nothing of its user name and password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProxyProblem {
    /// The variable holds no address of a proxy.
    #[error("{variable} doesn't hold the address of a proxy")]
    Address {
        /// The variable.
        variable: &'static str,
    },
    /// There is no connection to it.
    #[error("there is no connection to the proxy {proxy} (from {variable}): {why}")]
    Unreachable {
        /// The proxy.
        proxy: String,
        /// The variable that names it.
        variable: &'static str,
        /// Why.
        why: String,
    },
    /// It asks who wants to use it, and nobody is named.
    #[error("the proxy {proxy} (from {variable}) asks for a user name and a password")]
    WantsPassword {
        /// The proxy.
        proxy: String,
        /// The variable that names it.
        variable: &'static str,
    },
    /// It doesn't accept the user name and password.
    #[error("the proxy {proxy} doesn't accept the user name and password in {variable}")]
    WrongPassword {
        /// The proxy.
        proxy: String,
        /// The variable that names it.
        variable: &'static str,
    },
    /// It doesn't connect to this server.
    #[error("the proxy {proxy} (from {variable}) doesn't connect to it{}", status.map(|status| format!(" (status {status})")).unwrap_or_default())]
    Refused {
        /// The proxy.
        proxy: String,
        /// The variable that names it.
        variable: &'static str,
        /// What it answers.
        status: Option<u16>,
    },
}

impl ProxyProblem {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            ProxyProblem::Address { variable } => {
                format!("Give it as http://HOST:PORT, or unset {variable} if there is no proxy.")
            }
            ProxyProblem::Unreachable { variable, .. } => format!(
                "Check {variable}. If the server is reached without a proxy, name its host in NO_PROXY."
            ),
            ProxyProblem::WantsPassword { variable, .. } => format!(
                "Put them into {variable} as http://USER:PASSWORD@HOST:PORT; write special characters as %40 for @, and so on."
            ),
            ProxyProblem::WrongPassword { .. } => {
                "Check both; special characters have to be written as %40 for @, and so on.".to_owned()
            }
            ProxyProblem::Refused { .. } => {
                "Ask whoever runs the proxy to let this server through, or name its host in NO_PROXY."
                    .to_owned()
            }
        }
    }
}

/// The way to `url`, as the environment has it.
pub fn route(url: &Url, environment: &dyn Environment) -> Result<Route, ProxyProblem> {
    if is_loopback(url) {
        return Ok(Route::Direct(Direct::ThisMachine));
    }
    let set = |name: &str| environment.variable(name).filter(|value| !value.trim().is_empty());
    let is_cgi = set("REQUEST_METHOD").is_some();
    let named = VARIABLES
        .into_iter()
        .filter(|name| !(is_cgi && *name == "HTTP_PROXY"))
        .find_map(|name| Some((name, set(name)?)));
    let Some((variable, value)) = named else { return Ok(Route::Direct(Direct::NoProxy)) };
    let exceptions = EXCEPTIONS.into_iter().find_map(|name| Some((name, set(name)?)));
    if let Some((variable, list)) = exceptions
        && let Some(entry) = entries(&list).find(|entry| covers(entry, url))
    {
        return Ok(Route::Direct(Direct::Exception { variable, entry: entry.to_owned() }));
    }
    let address = parse(value.trim()).ok_or(ProxyProblem::Address { variable })?;
    Ok(Route::Through(Proxy { variable, address }))
}

/// A proxy's address; without a scheme it is spoken to over http.
fn parse(value: &str) -> Option<Url> {
    let address = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let address = Url::parse(&address).ok()?;
    let has_host = address.host_str().is_some_and(|host| !host.is_empty());
    (has_host && SCHEMES.contains(&address.scheme())).then_some(address)
}

fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', ' ', '\t', ';']).filter(|entry| !entry.is_empty())
}

/// Whether an entry of `NO_PROXY` speaks of this address: `*`, a name with everything below it, an address, a network
/// (`10.0.0.0/8`), each also with a port.
fn covers(entry: &str, url: &Url) -> bool {
    if entry == "*" {
        return true;
    }
    let (host, port) = without_port(entry);
    if port.is_some_and(|port| Some(port) != url.port_or_known_default()) {
        return false;
    }
    match url.host() {
        Some(Host::Domain(name)) => covers_name(host, name),
        Some(Host::Ipv4(address)) => covers_address(host, address.into()),
        Some(Host::Ipv6(address)) => covers_address(host, address.into()),
        None => false,
    }
}

/// An entry apart from its port. A bare IPv6 address has colons of its own.
fn without_port(entry: &str) -> (&str, Option<u16>) {
    if let Some((address, rest)) = entry.strip_prefix('[').and_then(|entry| entry.split_once(']')) {
        return (address, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match entry.split_once(':') {
        Some((host, port)) if !port.contains(':') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

fn covers_name(entry: &str, name: &str) -> bool {
    let entry = entry.strip_prefix('*').unwrap_or(entry);
    let entry = entry.trim_start_matches('.').trim_end_matches('.').to_ascii_lowercase();
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let above = name.strip_suffix(&entry);
    !entry.is_empty() && above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

fn covers_address(entry: &str, address: IpAddr) -> bool {
    let Some((network, length)) = entry.split_once('/') else {
        return entry.parse::<IpAddr>().is_ok_and(|entry| entry == address);
    };
    let (Ok(network), Ok(length)) = (network.parse::<IpAddr>(), length.parse::<u32>()) else { return false };
    let same_start = |bits: u32, one: u128, other: u128| {
        length <= bits && (length == 0 || one >> (bits - length) == other >> (bits - length))
    };
    match (network, address) {
        (IpAddr::V4(one), IpAddr::V4(other)) => same_start(32, one.to_bits().into(), other.to_bits().into()),
        (IpAddr::V6(one), IpAddr::V6(other)) => same_start(128, one.to_bits(), other.to_bits()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use proptest::prelude::*;

    use super::*;
    use crate::testing::World;

    fn routed(url: &str, variables: &[(&str, &str)]) -> Result<Route, ProxyProblem> {
        let world = World::new();
        for (name, value) in variables {
            world.set(name, value);
        }
        route(&Url::parse(url).unwrap(), &world)
    }

    fn through(url: &str, variables: &[(&str, &str)]) -> Option<String> {
        match routed(url, variables).unwrap() {
            Route::Through(proxy) => Some(format!("{proxy} from {}", proxy.variable())),
            Route::Direct(_) => None,
        }
    }

    #[test]
    fn the_first_variable_that_is_set_names_the_proxy() {
        let url = "https://id.example";
        let all = [("https_proxy", "http://a:1"), ("HTTPS_PROXY", "http://b:2"), ("all_proxy", "http://c:3")];
        let more = [("ALL_PROXY", "http://d:4"), ("http_proxy", "http://e:5"), ("HTTP_PROXY", "http://f:6")];
        let all = [all, more].concat();
        for (index, (name, _)) in all.iter().enumerate() {
            let found = through(url, &all[index..]).unwrap();
            assert!(found.ends_with(&format!("from {name}")), "{found}");
        }
        assert_eq!(through(url, &[]), None);
        assert_eq!(through(url, &[("HTTPS_PROXY", " ")]), None, "an empty one counts as unset");
    }

    #[test]
    fn a_header_of_a_web_request_is_no_proxy() {
        let variables = [("HTTP_PROXY", "http://evil:1"), ("REQUEST_METHOD", "GET")];
        assert_eq!(through("https://id.example", &variables), None);
    }

    #[test]
    fn this_machine_is_never_asked_through_a_proxy() {
        for url in ["http://127.0.0.1:7700", "https://[::1]:1", "http://localhost:80", "https://x.localhost"]
        {
            let route = routed(url, &[("HTTPS_PROXY", "http://a:1"), ("NO_PROXY", "")]).unwrap();
            assert_eq!(route, Route::Direct(Direct::ThisMachine), "{url}");
        }
    }

    #[test]
    fn proxies_are_named_in_many_ways() {
        for (value, shown) in [
            ("proxy.corp:3128", "http://proxy.corp:3128"),
            ("http://proxy.corp", "http://proxy.corp"),
            ("https://proxy.corp:8443", "https://proxy.corp:8443"),
            ("socks5h://127.0.0.1:1080", "socks5h://127.0.0.1:1080"),
            ("http://ada:p%40ss@proxy.corp:3128/", "http://proxy.corp:3128"),
            ("ada:secret@proxy.corp:3128", "http://proxy.corp:3128"),
            ("http://[fd00::1]:3128", "http://[fd00::1]:3128"),
        ] {
            let found = through("https://id.example", &[("HTTPS_PROXY", value)]).unwrap();
            assert_eq!(found, format!("{shown} from HTTPS_PROXY"), "{value}");
        }
        for value in ["ftp://proxy", "http://", "http://a b", "://", "http://host:port"] {
            let problem = routed("https://id.example", &[("HTTPS_PROXY", value)]).unwrap_err();
            assert_eq!(problem, ProxyProblem::Address { variable: "HTTPS_PROXY" }, "{value}");
        }
    }

    #[test]
    fn exceptions_are_names_addresses_networks_and_ports() {
        for (entry, url, direct) in [
            ("*", "https://id.example", true),
            ("id.example", "https://id.example", true),
            ("ID.Example.", "https://id.example", true),
            ("example", "https://id.example", true),
            (".example", "https://id.example", true),
            ("*.example", "https://id.example", true),
            ("id.example", "https://other.example", false),
            ("d.example", "https://id.example", false),
            ("id.example.com", "https://id.example", false),
            (".", "https://id.example", false),
            ("id.example:443", "https://id.example", true),
            ("id.example:8443", "https://id.example", false),
            ("id.example:8443", "https://id.example:8443", true),
            (".example:8443", "https://id.example:8443", true),
            ("10.1.2.3", "https://10.1.2.3", true),
            ("10.1.2.3:443", "https://10.1.2.3", true),
            ("10.1.2.3:1", "https://10.1.2.3", false),
            ("10.0.0.0/8", "https://10.1.2.3", true),
            ("10.0.0.0/8", "https://11.1.2.3", false),
            ("10.1.2.0/23", "https://10.1.3.3", true),
            ("10.1.2.0/24", "https://10.1.3.3", false),
            ("0.0.0.0/0", "https://10.1.3.3", true),
            ("10.0.0.0/33", "https://10.1.3.3", false),
            ("fd00::/8", "https://[fd12::1]", true),
            ("fd00::/8", "https://[fe80::1]", false),
            ("fd12::1", "https://[fd12::1]", true),
            ("[fd12::1]:443", "https://[fd12::1]", true),
            ("[fd12::1]:444", "https://[fd12::1]", false),
            ("10.0.0.0/8", "https://id.example", false),
            ("other.example, ,id.example", "https://id.example", true),
            ("other.example id.example", "https://id.example", true),
        ] {
            for name in EXCEPTIONS {
                let variables = [("HTTPS_PROXY", "http://proxy:1"), (name, entry)];
                assert_eq!(through(url, &variables).is_none(), direct, "{name}={entry} for {url}");
            }
        }
    }

    #[test]
    fn a_password_of_a_proxy_is_shown_nowhere() {
        let variables = [("HTTPS_PROXY", "http://ada:hunter2@proxy.corp:3128")];
        let route = routed("https://id.example", &variables).unwrap();
        let proxy = match &route {
            Route::Through(proxy) => Some(proxy),
            Route::Direct(_) => None,
        };
        let proxy = proxy.unwrap();
        assert!(proxy.has_credentials());
        let problem = ProxyProblem::WrongPassword { proxy: proxy.to_string(), variable: proxy.variable() };
        for text in [format!("{proxy}"), format!("{proxy:?}"), problem.to_string(), problem.hint()] {
            assert!(!text.contains("hunter2") && !text.contains("ada"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_network_covers_exactly_what_begins_like_it(network: u32, address: u32, length in 0_u32..=32) {
            let entry = format!("{}/{length}", std::net::Ipv4Addr::from(network));
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            let covered = covers_address(&entry, std::net::Ipv4Addr::from(address).into());
            prop_assert_eq!(covered, network & mask == address & mask);
        }

        #[test]
        fn no_list_of_exceptions_makes_it_fall_over(list in ".{0,80}") {
            let _ = routed("https://id.example", &[("HTTPS_PROXY", "http://a:1"), ("NO_PROXY", &list)]);
            let _ = routed("https://10.1.2.3", &[("HTTPS_PROXY", &list)]);
        }
    }
}
