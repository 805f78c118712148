//! The account behind a credential: its tokens, its organizations, their keys, and what happened to them.
//!
//! This is the JSON API that every service of ours has under `/api/v1`, whatever the product's own wire looks like. A
//! sign-in may read and end things with it; to make or change something it needs the scope [`MANAGE`], which
//! [`Account::managing`] gets from the person for one change.

mod api;
mod error;
mod events;
mod everywhere;
mod keys;
mod moment;
mod orgs;
mod origin;
mod pick;
mod step_up;
mod tokens;

use std::time::Duration;

use doorkey_manifest::Secret;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use error::{AccountError, Match};
pub use events::{Event, EventPage, EventQuery, Export, Watch};
pub use keys::NewKey;
pub use moment::Moment;
pub use orgs::{Invitation, Invited, Member, Org, OrgChange, Person, ServiceAccount};
pub use pick::pick;
pub use tokens::{Created, Expires, Holder, LastUse, NewToken, Status, Token, TokenKind};

use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Error;
use crate::resolve::{Credential, Source};
use crate::server::Server;

/// The scope that making and changing things needs. A sign-in has it for ten minutes and only when it asks for it.
pub const MANAGE: &str = "doorkey:manage";

/// A credential that ends sooner than this is renewed before it is used.
const GOOD_FOR: Duration = Duration::from_secs(30);

/// The account of a credential, as the service's API shows it.
#[derive(Debug)]
pub struct Account<'a> {
    client: &'a Client,
    server: Server,
    /// Where the API is: the origin of the issuer.
    origin: String,
    /// The token of a sign-in that is for one change only; else the client's credential is used.
    token: Option<Secret>,
}

/// Whom a credential acts for and what it may do.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Me {
    /// The person; none for a program.
    pub account: Option<Person>,
    /// The organization that it acts for.
    pub org: Option<Named>,
    /// The app that it is for.
    #[serde(default)]
    pub app: Value,
    /// What kind of credential it is.
    #[serde(default)]
    pub kind: Value,
    /// What it may do.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// When it ends.
    #[serde(default)]
    pub expires_at: Option<Moment>,
    /// The plan of the organization.
    #[serde(default)]
    pub plan: Value,
}

/// An organization as far as others mention it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its short name.
    pub slug: Option<String>,
    /// Its name.
    pub name: Option<String>,
}

impl Me {
    /// Whether things can be made and changed with this credential.
    pub fn may_manage(&self) -> bool {
        self.scopes.iter().any(|scope| scope == MANAGE)
    }
}

/// What to call something that the API mentions: the text itself, or the name, e-mail address, short name or id of an
/// object.
pub fn label(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(fields) => {
            ["name", "title", "email", "slug", "id"].iter().find_map(|field| label(fields.get(*field)?))
        }
        _ => None,
    }
}

impl Client {
    /// The account of the credential that counts. Asks for the service's metadata where the server's address doesn't say
    /// where the API is.
    pub fn account(&self, cancel: &Cancel) -> Result<Account<'_>, Error> {
        let credential = self.credential(GOOD_FOR, cancel)?;
        let origin = self.api_origin(&credential.server, cancel)?;
        Ok(Account { client: self, server: credential.server, origin, token: None })
    }
}

impl Account<'_> {
    /// Whom the credential acts for and what it may do.
    pub fn me(&self, cancel: &Cancel) -> Result<Me, Error> {
        self.get(&["me"], cancel)
    }

    /// Where the API is, such as `https://example.com`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The service.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The credential to send. A stored one may have been renewed or replaced since the last call; one for another
    /// server isn't sent to this one.
    fn credential(&self, cancel: &Cancel) -> Result<Credential, Error> {
        if let Some(token) = &self.token {
            return Ok(Credential {
                token: token.clone(),
                source: Source::Explicit,
                server: self.server.clone(),
                expires_at: None,
                refreshable: false,
                identity: crate::Identity::default(),
                values: doorkey_manifest::Values::new(),
            });
        }
        let found = self.client.credential(GOOD_FOR, cancel)?;
        if self.server.is_same(&found.server.url) { Ok(found) } else { Err(self.client.signed_out()) }
    }
}

#[cfg(test)]
mod tests;
