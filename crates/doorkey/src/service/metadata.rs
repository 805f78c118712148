//! Where the service's endpoints are: by the manifest's word, else by the service's own metadata or configuration.

use std::time::Duration;

use doorkey_manifest::names::{self, Group};
use doorkey_manifest::{Meaning, Operation, Values};
use url::Url;

use super::{Answer, Asking, ServiceError, shown, unfillable};
use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Error;
use crate::http::Limits;
use crate::server::Server;
use crate::system::page_url;

/// How long one document may take. A renewal may need two of them while others wait for its lock.
pub(crate) const LOOK_UP: Duration = Duration::from_secs(10);

impl Client {
    /// Where the service's endpoints are, where it isn't the manifest that says so.
    pub(crate) fn endpoints(&self, server: &Server, cancel: &Cancel) -> Result<Values, Error> {
        let manifest = self.manifest();
        let says_itself = manifest.own_exchange(Operation::Authorize).is_some()
            || manifest.oauth.endpoints.authorization.is_some();
        if let Some(known) = self.metadata.get() {
            Ok(known.clone())
        } else if says_itself && manifest.own_exchange(Operation::Config).is_none() {
            Ok(Values::new())
        } else {
            self.look_up_endpoints(server, cancel).cloned()
        }
    }

    /// Asks for what the endpoints are, and trusts nothing in the answer that could lead a secret astray. What the
    /// manifest names goes before it.
    pub(crate) fn look_up_endpoints(&self, server: &Server, cancel: &Cancel) -> Result<&Values, Error> {
        let base = self.base_values(server)?;
        let mut known = match self.manifest().own_exchange(Operation::Config) {
            Some(_) => self.stated(Operation::Config, &base, server, cancel)?.values,
            None => self.published(&base, server, cancel)?,
        };
        for (name, value) in known.iter() {
            let Some(entry) = names::lookup(name) else { continue };
            let is_address = matches!(entry.kind, names::Kind::Url);
            if is_address && entry.group == Group::Endpoint && value.as_str().and_then(page_url).is_none() {
                return Err(
                    ServiceError::UntrustedAddress { server: server.url.clone(), name: entry.name }.into()
                );
            }
        }
        for (_, name, _) in self.manifest().oauth.endpoints.iter() {
            if let Some(address) = base.get(name) {
                known.set(name, address.clone());
            }
        }
        Ok(self.metadata.get_or_init(|| known))
    }

    /// The service's metadata, which has to be its own (RFC 8414, section 3.3). There needn't be any where the manifest
    /// names the endpoint that all depends on.
    fn published(&self, base: &Values, server: &Server, cancel: &Cancel) -> Result<Values, Error> {
        let answer = match self.metadata(base, server, cancel) {
            Err(error) if is_absent(&error) && self.manifest().oauth.endpoints.token.is_some() => {
                return Ok(Values::new());
            }
            other => other?,
        };
        let expected = base.text("issuer").unwrap_or_default();
        let found = answer.values.text("issuer").unwrap_or_default();
        if expected == found {
            return Ok(answer.values);
        }
        let (expected, found) = (expected.to_owned(), shown(found));
        Err(ServiceError::WrongIssuer { server: server.url.clone(), expected, found }.into())
    }

    /// The metadata of OAuth; where there is none, that of `OpenID` Connect, which many services have alone.
    fn metadata(&self, base: &Values, server: &Server, cancel: &Cancel) -> Result<Answer, Error> {
        let first = self.stated(Operation::Metadata, base, server, cancel);
        let says_where = self.manifest().own_exchange(Operation::Metadata).is_some();
        let Some(address) = base.text("issuer").and_then(openid_url).filter(|_| !says_where) else {
            return first;
        };
        if !first.as_ref().is_err_and(is_absent) {
            return first;
        }
        let base = base.clone().with("metadata_url", address);
        match self.stated(Operation::Metadata, &base, server, cancel) {
            Ok(answer) => Ok(answer),
            Err(Error::Cancelled) => Err(Error::Cancelled),
            // What was wrong with the first says more about a service that has neither.
            Err(_) => first,
        }
    }

    /// What the service says about itself.
    fn stated(
        &self,
        operation: Operation,
        base: &Values,
        server: &Server,
        cancel: &Cancel,
    ) -> Result<Answer, Error> {
        let exchange = self.exchange(operation)?;
        let request = exchange.request(base).map_err(|source| unfillable(operation.name(), source))?;
        let asking = Asking { limits: Limits::within(LOOK_UP), ..Asking::simply(cancel) };
        let answer = self.exchange_with(operation, exchange, request, server, asking)?;
        match answer.means {
            Meaning::Ok => Ok(answer),
            _ => Err(Client::unexpected(operation, server, &answer).into()),
        }
    }
}

/// Whether the service has nothing of the kind there, rather than being unable to answer.
fn is_absent(error: &Error) -> bool {
    matches!(
        error,
        Error::Service(
            ServiceError::Unexpected { .. } | ServiceError::WebPage { .. } | ServiceError::Redirected { .. }
        )
    )
}

/// Where an issuer's metadata lies: the well-known path goes between host and path (RFC 8414, section 3.1).
pub(crate) fn metadata_url(issuer: &str) -> Option<String> {
    let mut url = Url::parse(issuer).ok()?;
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("/.well-known/oauth-authorization-server{path}"));
    Some(url.into())
}

/// Where `OpenID` Connect has it: the well-known path goes behind the issuer's (`OpenID` Connect Discovery, section 4).
fn openid_url(issuer: &str) -> Option<String> {
    let mut url = Url::parse(issuer).ok()?;
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("{path}/.well-known/openid-configuration"));
    Some(url.into())
}

#[cfg(test)]
mod tests;
