//! Where a product's routes and pages stand, as whoever asks sees it.

use doorkey_manifest::manifest;
use url::Url;

use crate::{products::Product, service::Service};

/// Where a product's routes and pages stand, as whoever asks sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Below `/apps/NAME` of the service's own address.
    Below,
    /// At the root of the service's own address.
    Root,
    /// At the root of an address that its manifest names: the usual one (0), or an environment's, in their order.
    Named(usize),
}

impl Place {
    /// Where a product stands when nobody has asked: at the root if it is the root product.
    pub fn usual(service: &Service, product: &Product) -> Self {
        let root = service.products.root().is_some_and(|root| root.name() == product.name());
        if root { Self::Root } else { Self::Below }
    }

    /// The place of a product at the host that a request names, if the product's manifest names it, too: somebody
    /// brought that name here, by its DNS or by a line in `/etc/hosts`. Only what a manifest names counts, and nothing that
    /// goes over the wire is made of what the request says.
    pub fn named(service: &Service, product: &Product, host: &str) -> Option<Self> {
        if host == service.issuer.host() {
            return None;
        }
        let known = |(url, frontend): (&str, &str)| [url, frontend].into_iter().any(|url| is_at(url, host));
        addresses(&product.manifest).position(known).map(Self::Named)
    }

    /// What stands before the product's own paths.
    pub fn prefix(self, product: &Product) -> String {
        match self {
            Self::Below => format!("/apps/{}", product.name()),
            Self::Root | Self::Named(_) => String::new(),
        }
    }

    /// The address that the product's requests go to.
    pub fn server(self, service: &Service, product: &Product) -> String {
        match self {
            Self::Named(at) => addresses(&product.manifest)
                .nth(at)
                .map_or_else(|| service.issuer.as_str().to_owned(), |(url, _)| trimmed(url)),
            Self::Below | Self::Root => service.issuer.join(&self.prefix(product)),
        }
    }

    /// The address of the product's pages.
    pub fn frontend(self, service: &Service, product: &Product) -> String {
        match self {
            Self::Named(at) => addresses(&product.manifest)
                .nth(at)
                .map_or_else(|| service.issuer.as_str().to_owned(), |(_, frontend)| trimmed(frontend)),
            Self::Below | Self::Root => self.server(service, product),
        }
    }
}

fn trimmed(address: &str) -> String {
    address.trim_end_matches('/').to_owned()
}

/// The addresses that a manifest names: those of requests and pages, the usual ones first.
fn addresses(manifest: &manifest::Manifest) -> impl Iterator<Item = (&str, &str)> {
    let server = &manifest.server;
    let usual = (server.url.as_str(), server.frontend.as_deref().unwrap_or(&server.url));
    let others = server
        .environments
        .iter()
        .map(|(_, place)| (place.url.as_str(), place.frontend.as_deref().unwrap_or(&place.url)));
    std::iter::once(usual).chain(others)
}

/// Whether an address is the root of this host, which comes with its port where that isn't the usual one.
fn is_at(address: &str, host: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let authority = url.host_str().map(|name| match url.port() {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    });
    url.path() == "/" && authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::is_at;

    #[test]
    fn a_host_is_at_an_address_that_has_no_path() {
        assert!(is_at("https://api.example.com", "api.example.com"));
        assert!(is_at("https://api.example.com/", "API.example.com"));
        assert!(is_at("http://localhost:5173", "localhost:5173"));
        for (address, host) in [
            ("https://api.example.com", "example.com"),
            ("https://api.example.com", "api.example.com:8443"),
            ("https://api.example.com/app", "api.example.com"),
            ("https://api.example.com", ""),
            ("nonsense", "nonsense"),
        ] {
            assert!(!is_at(address, host), "{address} {host}");
        }
    }
}
