//! What a product's command and its server say to each other.
//!
//! An [`Exchange`] is one request and the outcomes it may have, written once: the client sends the request and takes
//! the first outcome that matches the answer; the server reads the request and gives the answer that means what it
//! means. No HTTP library is needed for either: [`Request`] and [`Response`] are plain values.

mod address;
mod auth;
mod encoding;
mod envelope;
mod errors;
mod exchange;
mod gate;
mod matching;
mod message;
mod operation;
mod outcome;
mod standard;

pub(crate) use address::Address;
pub use auth::Auth;
pub use encoding::Encoding;
pub use envelope::Envelope;
pub use errors::{ErrorRow, Errors, Table};
pub use exchange::{Exchange, RequestProblem};
pub use gate::{Gate, Notice, Verdict};
pub use matching::{Match, Status};
pub use message::{Body, Request, Response, ResponseBody};
pub use operation::{Meaning, Operation, Wires};
pub use outcome::{Emit, Outcome};
pub(crate) use standard::standard;

use std::sync::Arc;

use crate::Text;
use crate::manifest::Ordered;

/// Header names with the texts that make their values.
pub type Headers = Ordered<Text>;

/// What all of an app's exchanges share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shared {
    pub envelope: Option<Envelope>,
    pub errors: Option<Errors>,
    pub gate: Option<Gate>,
    pub headers: Headers,
}

impl Wires {
    /// Tells every exchange which operation it is and what it shares with the others.
    pub(crate) fn connect(&mut self) {
        let shared = Arc::new(Shared {
            envelope: self.envelope.clone(),
            errors: self.errors.clone(),
            gate: self.gate.clone(),
            headers: self.headers.clone(),
        });
        for operation in Operation::ALL {
            if let Some(exchange) = self.get_mut(*operation) {
                exchange.connect(*operation, &shared);
            }
        }
    }

    /// The exchanges that the manifest says something of its own about.
    pub fn iter(&self) -> impl Iterator<Item = (Operation, &Exchange)> {
        Operation::ALL
            .iter()
            .filter_map(|operation| self.get(*operation).map(|exchange| (*operation, exchange)))
    }
}

#[cfg(test)]
mod tests;
