//! Who calls, and with what: the token of the header, the parameters of the path and the query.

use std::{str::FromStr, sync::Arc};

use axum::{body::Bytes, extract::RawPathParams, http::HeaderMap};

use super::{
    error::ApiError,
    operation::{Parameter, Who},
};
use crate::{
    Domain,
    asker::Asker,
    audit::Origin,
    service::Service,
    token::{Demand, Holder, Verified},
    wire::{oauth, parameters::Parameters},
};

/// Whoever calls, as the token says it. Nothing of it comes from what was sent beside the token.
pub(super) struct Caller {
    pub asker: Asker,
    pub token: Verified,
    signed_in: bool,
}

/// Reads the token. It counts in the header only.
pub(super) async fn read(
    service: &Service,
    headers: &HeaderMap,
    origin: &Origin,
) -> Result<Caller, ApiError> {
    let secret = oauth::bearer(headers).ok_or(ApiError::NoToken)?;
    let token = service.domain.verify(&secret).await?.ok_or(ApiError::InvalidToken)?;
    let signed_in = token.from_sign_in && token.identity.holder == Holder::Person;
    if !signed_in {
        // What programs hold is bound to addresses and rates also where it only asks whose it is.
        let checked = service.domain.check(&secret, &Demand::default(), origin).await;
        checked.map_err(|error| ApiError::of_check(service, error))?;
    }
    let mut asker = token.asker(origin.clone());
    asker.manages &= signed_in;
    Ok(Caller { asker, token, signed_in })
}

impl Caller {
    /// Whether the token is of the kind that the operation takes.
    pub(super) fn may(&self, who: Who) -> Result<(), ApiError> {
        match who {
            Who::Anybody | Who::AnyToken => Ok(()),
            _ if !self.signed_in => Err(ApiError::Kind),
            Who::Manages if !self.asker.manages => Err(ApiError::Scope),
            Who::SignedIn | Who::Manages => Ok(()),
        }
    }
}

/// The parameters of the path, decoded.
pub(super) fn path(path: Option<&RawPathParams>) -> Result<Vec<(String, String)>, ApiError> {
    // What isn't text names nothing.
    let path = path.ok_or(ApiError::NotFound("thing"))?;
    if path.iter().any(|(_, value)| value.contains(char::is_control)) {
        return Err(ApiError::NotFound("thing"));
    }
    Ok(path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// The parameters of the query: known ones only, each once.
pub(super) fn query(query: Option<&str>, known: &[Parameter]) -> Result<Vec<(String, String)>, ApiError> {
    let query = query.unwrap_or_default().as_bytes();
    Parameters::parse(query).check()?;
    let all: Vec<(String, String)> = url::form_urlencoded::parse(query).into_owned().collect();
    if all.iter().any(|(name, _)| !known.iter().any(|parameter| parameter.name == name)) {
        let known: Vec<&str> = known.iter().map(|parameter| parameter.name).collect();
        return Err(ApiError::invalid(if known.is_empty() {
            "this address takes no query".to_owned()
        } else {
            format!("the query has a parameter that isn't known here; there are: {}", known.join(", "))
        }));
    }
    Ok(all)
}

/// A call that got this far.
pub(super) struct Call {
    service: Arc<Service>,
    pub origin: Origin,
    caller: Option<Caller>,
    path: Vec<(String, String)>,
    query: Vec<(String, String)>,
    body: Bytes,
}

impl Call {
    pub(super) fn new(
        service: Arc<Service>,
        origin: Origin,
        caller: Option<Caller>,
        path: Vec<(String, String)>,
        query: Vec<(String, String)>,
        body: Bytes,
    ) -> Self {
        Self { service, origin, caller, path, query, body }
    }

    pub(super) fn domain(&self) -> &Domain {
        &self.service.domain
    }

    pub(super) fn issuer(&self) -> &str {
        self.service.issuer.as_str()
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    /// What the token stands for.
    pub(super) fn token(&self) -> Result<&Verified, ApiError> {
        self.caller.as_ref().map(|caller| &caller.token).ok_or(ApiError::NoToken)
    }

    /// Whoever asks.
    pub(super) fn asker(&self) -> Result<&Asker, ApiError> {
        self.caller.as_ref().map(|caller| &caller.asker).ok_or(ApiError::NoToken)
    }

    /// Counts a change; accounts that make very many wait.
    pub(super) fn count_change(&self) -> Result<(), ApiError> {
        match &self.caller {
            Some(caller) => Ok(self.domain().count_change(caller.asker.account)?),
            // Whoever has no account is counted by address, in the domain.
            None => Ok(()),
        }
    }

    fn named(&self, name: &str) -> &str {
        self.path.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    /// The organization of the path: its id or its slug.
    pub(super) fn org(&self) -> &str {
        self.named("org")
    }

    /// A text of the path.
    pub(super) fn text(&self, name: &str) -> &str {
        self.named(name)
    }

    /// An id of the path. What can't be one names nothing.
    pub(super) fn id<T: FromStr>(&self, name: &str, what: &'static str) -> Result<T, ApiError> {
        self.named(name).parse().map_err(|_| ApiError::NotFound(what))
    }

    /// A parameter of the query.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}
