//! Everything about the credential at a glance, and nothing secret.

use std::path::PathBuf;
use std::time::Duration;

use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Error;
use crate::profile::Profile;
use crate::storage::StorageChoice;
use crate::who_am_i::WhoAmI;

/// Where the credential comes from, until when it is good, and what the service says about it.
#[derive(Clone, Debug)]
pub struct Status {
    /// Who it is, whether it is accepted, and by whom.
    pub who: WhoAmI,
    /// Which profile counts, and why.
    pub profile: Profile,
    /// The credentials file of this product, whether it is there or not.
    pub path: PathBuf,
    /// The kind of place that it is, and who chose it.
    pub storage: StorageChoice,
    /// How long the credential is still good for by this machine's clock, where that is known.
    pub time_left: Option<Duration>,
    /// The environment variable whose token is used instead of the stored one.
    pub overridden_by: Option<String>,
}

impl Client {
    /// What [`who_am_i`](Client::who_am_i) says, and where all of it comes from.
    pub fn status(&self, cancel: &Cancel) -> Result<Status, Error> {
        let who = self.who_am_i(cancel)?;
        let now = self.system().clock.now_ms();
        let time_left =
            who.expires_at.map(|end| Duration::from_millis(u64::try_from(end - now).unwrap_or(0)));
        Ok(Status {
            who,
            profile: self.profile()?,
            path: self.credentials_path()?,
            storage: self.storage_choice()?,
            time_left,
            overridden_by: self.overriding_variable(),
        })
    }
}
