//! Paths and addresses: which are taken, and which may be spoken to.

/// Where Doorkey's own routes live; a product that is served at the root of a host can't have them.
///
/// Published tools have routes under `/api` and `/api/v1`, so of those only what Doorkey's own API has is taken.
pub(super) const RESERVED: &[&str] = &[
    "/.well-known",
    "/account",
    "/activity",
    "/api/v1/anonymous",
    "/api/v1/claim",
    "/api/v1/devices",
    "/api/v1/events",
    "/api/v1/invitations",
    "/api/v1/me",
    "/api/v1/orgs",
    "/api/v1/sign-out-everywhere",
    "/api/v1/tokens",
    "/approve",
    "/apps",
    "/assets",
    "/claim",
    "/confirm",
    "/device",
    "/devices",
    "/done",
    "/healthz",
    "/invite",
    "/keys",
    "/oauth2",
    "/openapi.json",
    "/orgs",
    "/readyz",
    "/sign-in",
    "/sign-out",
    "/sign-up",
    "/tokens",
    "/verify",
    "/webhooks",
];

/// Which of Doorkey's own routes a path belongs to.
pub(super) fn reserved(path: &str) -> Option<&'static str> {
    RESERVED
        .iter()
        .copied()
        .find(|own| path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// A path with every placeholder the same, so that two routes can be compared.
pub(super) fn shape(path: &str) -> String {
    let mut shape = String::new();
    let mut inside = false;
    for character in path.chars() {
        match character {
            '{' => {
                inside = true;
                shape.push_str("{}");
            }
            '}' => inside = false,
            _ if inside => {}
            _ => shape.push(character),
        }
    }
    shape
}

/// Whether a request for a plain path goes to a route, whose parts may be placeholders.
pub(super) fn answers(route: &str, path: &str) -> bool {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let mut wanted = route.split('/').filter(|part| !part.is_empty());
    loop {
        match (parts.next(), wanted.next()) {
            (None, None) => return true,
            (Some(part), Some(wanted)) if part == wanted || wanted.contains('{') => {}
            _ => return false,
        }
    }
}

/// An address at which nobody on the way reads what is sent: https, or http on this machine. What is wrong with any other.
pub(super) fn private_address(address: &str, sent: &str) -> Result<url::Url, String> {
    let parsed =
        url::Url::parse(address).map_err(|error| format!("`{address}` isn't an address: {error}"))?;
    let loopback = match parsed.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    match parsed.scheme() {
        "https" => Ok(parsed),
        "http" if loopback => Ok(parsed),
        "http" => Err(format!("`{address}` would send {sent} unencrypted")),
        _ => Err(format!("`{address}` isn't a web address")),
    }
}

#[cfg(test)]
mod tests {
    use super::{RESERVED, answers, reserved};

    #[test]
    fn what_is_reserved_is_sorted_and_taken_with_all_below_it() {
        assert!(RESERVED.is_sorted());
        for taken in ["/tokens", "/tokens/new", "/api/v1/orgs/acme/keys", "/.well-known/x"] {
            assert!(reserved(taken).is_some(), "{taken}");
        }
        for free in ["/", "/tokens-of-old", "/api/v1/auth/whoami", "/api/shops", "/v1/account"] {
            assert_eq!(reserved(free), None, "{free}");
        }
    }

    #[test]
    fn a_route_answers_every_path_of_its_shape() {
        assert!(answers("/people/{user.id}/card", "/people/me/card"));
        assert!(answers("/people", "/people"));
        for path in ["/people/me", "/people/me/card/x", "/persons/me/card", "/"] {
            assert!(!answers("/people/{user.id}/card", path), "{path}");
        }
    }
}
