//! The manifest: everything that is a product's own.

mod app;
mod commands;
mod credentials;
mod helpers;
mod messages;
mod oauth;
mod one_or_many;
mod options;
mod ordered;
mod pages;
mod parse;
mod period;
mod place;
mod plans;
mod rules;
mod sign_in;
mod tokens;

use serde::Deserialize;

pub use app::{App, Environment, Place, Server};
pub use commands::{Column, Command, Commands, Confirm, File, List, Many, Program, Prune, Unasked};
pub use credentials::{Credentials, Indent, Location, Logout, Variant, expand};
pub use helpers::{CargoToken, Helper, Helpers, TokenAlone, UserAndToken};
pub use messages::{Event, Message, Messages, Stream};
pub use oauth::{Endpoints, Oauth};
pub(crate) use one_or_many::one_or_many;
#[cfg(feature = "schema")]
pub(crate) use one_or_many::one_or_many_schema;
pub use options::{Options, Unit, Words};
pub use ordered::Ordered;
pub use pages::{Page, Pages};
pub(crate) use parse::wires as parse_wires;
pub use period::{Period, PeriodProblem};
pub use plans::Plans;
pub use sign_in::{
    Device, ForeignState, Loopback, LoopbackHost, Paste, Proof, Session, SignIn, StateForm, Way,
};
pub use tokens::{ActsAs, Offered, Token, Tokens};

use crate::Problems;
use crate::wire::{Exchange, Operation, Wires};

/// What the service's own scopes begin with, such as `doorkey:manage`. A sign-in may ask for them with any product; no
/// manifest declares one.
pub const OWN_SCOPES: &str = "doorkey:";

/// Everything that is a product's own.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Who the product is.
    pub app: App,
    /// Where its server stands.
    pub server: Server,
    /// The environment variables that override what is stored.
    #[serde(default)]
    pub environment: Environment,
    /// What its tokens look like and how long they live.
    #[serde(default)]
    pub tokens: Tokens,
    /// What a credential can be allowed to do, each in the words that the person reads before they approve.
    #[serde(default)]
    pub scopes: Ordered<String>,
    /// The plans that it sells, and what needs which.
    #[serde(default)]
    pub plans: Option<Plans>,
    /// The ways of signing in that it offers.
    pub sign_in: SignIn,
    /// What its OAuth differs in from the usual.
    #[serde(default)]
    pub oauth: Oauth,
    /// What its command and its server say to each other. What isn't there is plain OAuth.
    #[serde(default)]
    pub wire: Wires,
    /// The file that the credential lives in.
    pub credentials: Credentials,
    /// To whom else the credential may go when git, docker, cargo and their like ask for it.
    #[serde(default)]
    pub helpers: Helpers,
    /// What the service's pages are called in the product's words, and where they stand.
    #[serde(default)]
    pub pages: Pages,
    /// What it calls its options.
    #[serde(default)]
    pub options: Options,
    /// What is its own about its commands, and the commands that only it has.
    #[serde(default)]
    pub commands: Commands,
    /// What its commands say instead of the usual texts.
    #[serde(default)]
    pub messages: Messages,
}

impl Manifest {
    /// Reads a manifest: its syntax, its types and every rule. What is wrong is told with line and column.
    pub fn parse(file_name: &str, source: &str) -> Result<Self, Problems> {
        parse::manifest(file_name, source)
    }

    /// The manifest of an app that is compiled in; `None` when there is none of that name.
    pub fn builtin(name: &str) -> Option<Result<Self, Problems>> {
        crate::builtin::source(name).map(|source| Self::parse(&format!("{name}.toml"), source))
    }

    /// How an operation goes over the wire: the manifest's own way, else plain OAuth where the product speaks that. `None`
    /// when it has none.
    pub fn exchange(&self, operation: Operation) -> Option<&Exchange> {
        self.own_exchange(operation).or_else(|| {
            // The way home of a browser is a redirect with a code, whoever sent it off.
            let standard = operation == Operation::Callback || self.speaks_oauth();
            crate::wire::standard().filter(|_| standard).and_then(|wires| wires.get(operation))
        })
    }

    /// Whether one of its ways of signing in is plain OAuth, so that its server has the endpoints that go with it.
    pub fn speaks_oauth(&self) -> bool {
        self.sign_in.ways.iter().any(|way| match way {
            Way::Loopback => self.own_exchange(Operation::Authorize).is_none(),
            Way::Device => self.own_exchange(Operation::Start).is_none(),
            Way::Session | Way::Paste | Way::Anonymous => false,
        })
    }

    /// The product's own exchange for an operation, if it says one: what the server serves under the app's routes.
    pub fn own_exchange(&self, operation: Operation) -> Option<&Exchange> {
        self.wire.get(operation)
    }

    /// The client id: the app's name unless the manifest says another.
    pub fn client_id(&self) -> &str {
        self.oauth.client_id.as_deref().unwrap_or(&self.app.name)
    }
}

#[cfg(test)]
mod tests;
