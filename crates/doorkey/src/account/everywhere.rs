//! Signing an account out of all terminals and browsers.

use std::time::Duration;

use serde::Deserialize;

use super::Account;
use super::api::Call;
use crate::cancel::Cancel;
use crate::error::Error;
use crate::http::Limits;

#[derive(Deserialize)]
struct SignedOut {
    ended: u64,
}

impl Account<'_> {
    /// Ends every sign-in of the account, the one that asks included, and says how many. Personal access tokens and keys
    /// stay. The service has `patience` for it.
    pub fn sign_out_everywhere(&self, patience: Duration, cancel: &Cancel) -> Result<u64, Error> {
        let call = Call { limits: Limits::within(patience), ..Call::new("POST", &["sign-out-everywhere"]) };
        Ok(self.ask::<SignedOut>(call, cancel)?.ended)
    }
}
