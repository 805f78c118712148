//! Everything about the credential at a glance, and nothing secret.

use std::path::PathBuf;
use std::time::Duration;

use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Error;
use crate::profile::Profile;
use crate::resolve::Resolution;
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
    /// When the sign-in itself ends, as far as the service has said.
    pub session: Session,
}

/// When a sign-in ends that renews its credential by itself, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// However much it is used.
    pub ends_at: Option<i64>,
    /// If it isn't used until then.
    pub unused_until: Option<i64>,
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
            session: self.session(),
        })
    }

    /// When the sign-in that is stored ends. Where another credential goes before it, nothing is known.
    fn session(&self) -> Session {
        match self.resolve() {
            Ok(Resolution::Found(found)) => Session {
                ends_at: found.values.number("session_expires_at"),
                unused_until: found.values.number("refresh_expires_at"),
            },
            _ => Session::default(),
        }
    }
}
