//! Where the account API is: at the origin of the issuer, never below an app's own path.

use doorkey_manifest::{Body, Request};
use url::Url;

use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Error;
use crate::server::Server;
use crate::service::{Asking, ServiceError, metadata_url};
use crate::system::page_url;

impl Client {
    /// The origin of the service's issuer. A server whose address has a path may be one app among others, so its
    /// metadata is asked who the issuer is.
    pub(super) fn api_origin(&self, server: &Server, cancel: &Cancel) -> Result<String, Error> {
        let untrusted = || ServiceError::UntrustedAddress { server: server.url.clone(), name: "issuer" };
        let base = self.base_values(server)?;
        let issuer = page_url(base.text("issuer").unwrap_or(&server.url)).ok_or_else(untrusted)?;
        if self.manifest().oauth.issuer.is_some() || issuer.path() == "/" {
            return Ok(issuer.origin().ascii_serialization());
        }
        let origin = issuer.origin().ascii_serialization();
        for place in [issuer.as_str().trim_end_matches('/'), origin.as_str()] {
            if let Some(said) = self.issuer_at(place, server, cancel)? {
                let said = page_url(&said).ok_or_else(untrusted)?;
                return Ok(said.origin().ascii_serialization());
            }
        }
        Ok(origin)
    }

    /// The issuer that the metadata for an address names, where there is metadata.
    fn issuer_at(&self, place: &str, server: &Server, cancel: &Cancel) -> Result<Option<String>, Error> {
        let Some(url) = metadata_url(place).filter(|url| Url::parse(url).is_ok()) else { return Ok(None) };
        let request =
            Request { method: "GET".to_owned(), url, headers: vec![self.user_agent()], body: Body::None };
        let response = self.send(request, server, Asking::simply(cancel))?;
        let issuer = response.body_json().and_then(|body| body.get("issuer")?.as_str());
        Ok(issuer.filter(|_| response.status == 200).map(str::to_owned))
    }

    pub(crate) fn user_agent(&self) -> (String, String) {
        let app = &self.manifest().app;
        ("User-Agent".to_owned(), format!("{}/{}", app.name, app.version))
    }
}
