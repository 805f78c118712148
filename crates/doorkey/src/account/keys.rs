//! An organization's API keys.

use std::time::Duration;

use super::api::Call;
use super::tokens::{named, put, rotation};
use super::{Account, Created, Expires, Token};
use crate::cancel::Cancel;
use crate::error::Error;

/// A key to be made.
#[derive(Clone, Debug, Default)]
pub struct NewKey {
    /// What to call it.
    pub name: String,
    /// `live`, or what else the product has.
    pub kind: Option<String>,
    /// What it may do; without any, what the service usually gives.
    pub scopes: Vec<String>,
    /// How long it lasts; without it, as long as the service usually lets it.
    pub expires: Option<Expires>,
    /// How many requests it may make in a minute.
    pub rate_limit: Option<u64>,
    /// The networks that it may be used from, as `10.0.0.0/8`; without any, everywhere.
    pub allow: Vec<String>,
    /// The id of the service account that it acts as.
    pub service_account: Option<String>,
}

impl Account<'_> {
    /// The keys of an organization, which is named by id or short name.
    pub fn keys(&self, org: &str, cancel: &Cancel) -> Result<Vec<Token>, Error> {
        self.list(&["orgs", org, "keys"], "keys", cancel)
    }

    /// Makes a key. Needs [`MANAGE`](super::MANAGE).
    pub fn create_key(&self, org: &str, new: &NewKey, cancel: &Cancel) -> Result<Created, Error> {
        let mut body = named(&new.name, &new.scopes, new.expires);
        put(&mut body, "kind", new.kind.as_deref());
        put(&mut body, "rate_limit", new.rate_limit);
        put(&mut body, "allow", (!new.allow.is_empty()).then(|| new.allow.clone()));
        put(&mut body, "service_account", new.service_account.as_deref());
        self.ask(Call::new("POST", &["orgs", org, "keys"]).with(body.into()), cancel)
    }

    /// Replaces a key by a new one; the old one goes on working for `overlap`. Needs [`MANAGE`](super::MANAGE).
    pub fn rotate_key(
        &self,
        org: &str,
        id: &str,
        overlap: Duration,
        expires: Option<Expires>,
        cancel: &Cancel,
    ) -> Result<Created, Error> {
        let body = rotation(overlap, expires);
        self.ask(Call::new("POST", &["orgs", org, "keys", id, "rotate"]).with(body), cancel)
    }

    /// Ends a key at once.
    pub fn revoke_key(&self, org: &str, id: &str, cancel: &Cancel) -> Result<(), Error> {
        self.done(Call::new("DELETE", &["orgs", org, "keys", id]), cancel)
    }
}
