//! Personal access tokens.

use std::time::Duration;

use doorkey_manifest::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::api::Call;
use super::{Account, Moment, Named};
use crate::cancel::Cancel;
use crate::error::Error;

/// A personal access token or a key, without its secret.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Token {
    /// Its id.
    pub id: String,
    /// The app that it is for.
    #[serde(default)]
    pub app: Value,
    /// What its owner calls it.
    pub name: String,
    /// What it is.
    pub kind: TokenKind,
    /// For a key: `live` and what else the product has.
    #[serde(default)]
    pub key_kind: Option<String>,
    /// What it begins with, as far as that may be shown.
    #[serde(default)]
    pub start: String,
    /// What it ends with.
    #[serde(default)]
    pub last_four: String,
    /// What it may do.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The organization that it acts for.
    #[serde(default)]
    pub org: Option<Named>,
    /// Whom it acts as.
    #[serde(default)]
    pub holder: Option<Holder>,
    /// Since when it is there.
    pub created_at: Moment,
    /// Who made it.
    #[serde(default)]
    pub created_by: Option<Holder>,
    /// When it ends; never, where there is nothing.
    #[serde(default)]
    pub expires_at: Option<Moment>,
    /// Its latest use.
    #[serde(default)]
    pub last_used: Option<LastUse>,
    /// Whether it works.
    pub status: Status,
    /// It was replaced, and works until then.
    #[serde(default)]
    pub overlap_ends_at: Option<Moment>,
    /// How many requests it may make in a minute.
    #[serde(default)]
    pub rate_limit: Option<u64>,
    /// The networks that it may be used from; everywhere, where there are none.
    #[serde(default)]
    pub allow: Vec<String>,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// A person's.
    Personal,
    /// An organization's.
    ApiKey,
    /// Something that newer services have.
    #[serde(other)]
    Other,
}

/// Whether a token works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It does.
    Active,
    /// It has run out.
    Expired,
    /// It was ended.
    Revoked,
    /// Something that newer services have.
    #[serde(other)]
    Other,
}

/// Whom a token acts as, or who made it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Holder {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// `person`, `service` or `organization`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// The latest use of a token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct LastUse {
    /// When.
    pub at: Moment,
    /// From which address.
    #[serde(default)]
    pub address: Option<String>,
    /// By which program.
    #[serde(default)]
    pub agent: Option<String>,
}

/// A token that was just made. Its secret is never told again.
#[derive(Clone, Debug, Deserialize)]
pub struct Created {
    /// The token itself.
    pub secret: Secret,
    /// What is known about it.
    pub token: Token,
}

/// How long something is to last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expires {
    /// For so long from now.
    After(Duration),
    /// Until somebody ends it, where the organization allows that.
    Never,
}

/// A personal access token to be made.
#[derive(Clone, Debug, Default)]
pub struct NewToken {
    /// What to call it.
    pub name: String,
    /// What it may do; without any, what the service usually gives.
    pub scopes: Vec<String>,
    /// How long it lasts; without it, as long as the service usually lets it.
    pub expires: Option<Expires>,
    /// The organization that it acts for, by id or short name.
    pub org: Option<String>,
}

impl Account<'_> {
    /// The account's personal access tokens, the newest first.
    pub fn tokens(&self, cancel: &Cancel) -> Result<Vec<Token>, Error> {
        self.list(&["tokens"], "tokens", cancel)
    }

    /// Makes a personal access token. Needs [`MANAGE`](super::MANAGE).
    pub fn create_token(&self, new: &NewToken, cancel: &Cancel) -> Result<Created, Error> {
        let mut body = named(&new.name, &new.scopes, new.expires);
        put(&mut body, "org", new.org.as_deref());
        self.ask(Call::new("POST", &["tokens"]).with(body.into()), cancel)
    }

    /// Replaces a personal access token by a new one; the old one goes on working for `overlap`. Needs
    /// [`MANAGE`](super::MANAGE).
    pub fn rotate_token(
        &self,
        id: &str,
        overlap: Duration,
        expires: Option<Expires>,
        cancel: &Cancel,
    ) -> Result<Created, Error> {
        let body = rotation(overlap, expires);
        self.ask(Call::new("POST", &["tokens", id, "rotate"]).with(body), cancel)
    }

    /// Ends a personal access token at once.
    pub fn revoke_token(&self, id: &str, cancel: &Cancel) -> Result<(), Error> {
        self.done(Call::new("DELETE", &["tokens", id]), cancel)
    }
}

/// What the bodies for new tokens and new keys have in common.
pub(super) fn named(name: &str, scopes: &[String], expires: Option<Expires>) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("name".to_owned(), name.into());
    if !scopes.is_empty() {
        body.insert("scopes".to_owned(), scopes.to_vec().into());
    }
    put_expires(&mut body, expires);
    body
}

pub(super) fn rotation(overlap: Duration, expires: Option<Expires>) -> Value {
    let mut body = Map::new();
    body.insert("overlap".to_owned(), overlap.as_secs().into());
    put_expires(&mut body, expires);
    body.into()
}

/// `null` is what never ends; a field that isn't there leaves it to the service.
fn put_expires(body: &mut Map<String, Value>, expires: Option<Expires>) {
    let seconds = match expires {
        None => return,
        Some(Expires::Never) => Value::Null,
        Some(Expires::After(time)) => time.as_secs().into(),
    };
    body.insert("expires_in".to_owned(), seconds);
}

pub(super) fn put(body: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        body.insert(name.to_owned(), value.into());
    }
}
