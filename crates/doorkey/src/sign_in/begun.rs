//! A sign-in that one process has begun and another may finish: what is kept of it, for as long as it lives.
//!
//! The device code is in it, and whoever has that code gets the credential. So the file is private, bound to the product
//! and the server that it was begun for, and removed as soon as there is a decision or the time is over.

use std::path::PathBuf;
use std::time::Duration;

use doorkey_manifest::Values;
use doorkey_manifest::manifest::Way;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;
use zeroize::Zeroizing;

use super::poll::Started;
use crate::client::Client;
use crate::error::Error;
use crate::exit::Exit;
use crate::profile::ProfileName;
use crate::server::{Server, ServerSource};
use crate::store::{Lock, LockedFile, StoreError};
use crate::system::{Entropy, EntropyFailure};

/// What ids are made of: letters and digits that aren't taken for each other.
const LETTERS: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyz0";

/// How many of them an id has. It names a file and protects nothing.
const LENGTH: usize = 8;

/// Why there is nothing to go on with.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BegunError {
    /// No sign-in waits to be finished.
    #[error("No sign-in to {app} waits to be finished on this machine.")]
    None {
        /// The product.
        app: String,
    },
    /// Several do, and none was named.
    #[error("Several sign-ins to {app} wait to be finished: {}.", .ids.join(", "))]
    Several {
        /// The product.
        app: String,
        /// Their ids.
        ids: Vec<String>,
    },
    /// None with this id.
    #[error(
        "No sign-in `{id}` waits to be finished on this machine: it is finished, has expired or was never begun."
    )]
    Unknown {
        /// The id.
        id: String,
    },
    /// It was begun for another product.
    #[error("The sign-in `{id}` was begun for `{app}`.")]
    OtherApp {
        /// The id.
        id: String,
        /// The product that it was begun for.
        app: String,
    },
    /// It was begun at another server.
    #[error("The sign-in `{id}` was begun at {server}.")]
    OtherServer {
        /// The id.
        id: String,
        /// The server that it was begun at.
        server: String,
    },
    /// It was begun for another profile.
    #[error("The sign-in `{id}` was begun for the profile `{profile}`.")]
    OtherProfile {
        /// The id.
        id: String,
        /// The profile that it was begun for.
        profile: ProfileName,
    },
    /// Nobody decided in the time that the command waits; the sign-in itself goes on.
    #[error("Nobody approved the sign-in `{id}` within {} seconds.", after.as_secs())]
    StillOpen {
        /// The id.
        id: String,
        /// How long it was waited.
        after: Duration,
    },
    /// Another command waits for it.
    #[error("Another command waits for the sign-in `{id}` already.")]
    Taken {
        /// The id.
        id: String,
    },
    /// There is nowhere to keep it.
    #[error("There is no folder to keep a sign-in in that is finished later.")]
    NoFolder,
    /// Its way can't be left alone: a browser that comes back finds nobody.
    #[error("{app} has no way to sign in that can be finished later.")]
    NotOffered {
        /// The product.
        app: String,
    },
}

impl BegunError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            BegunError::None { .. } => "resume.none",
            BegunError::Several { .. } => "resume.several",
            BegunError::Unknown { .. } => "resume.unknown",
            BegunError::OtherApp { .. } => "resume.other_app",
            BegunError::OtherServer { .. } => "resume.other_server",
            BegunError::OtherProfile { .. } => "resume.other_profile",
            BegunError::StillOpen { .. } => "resume.timed_out",
            BegunError::Taken { .. } => "resume.taken",
            BegunError::NoFolder => "resume.no_folder",
            BegunError::NotOffered { .. } => "resume.not_offered",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            BegunError::None { .. } | BegunError::Unknown { .. } => {
                "Begin one with `login --no-wait`.".to_owned()
            }
            BegunError::Several { .. } => "Name one: `login resume ID`.".to_owned(),
            BegunError::OtherApp { app, .. } => format!("Pass `--app {app}`."),
            BegunError::OtherServer { server, .. } => format!("Pass `--api {server}`."),
            BegunError::OtherProfile { profile, .. } => format!("Pass `--profile {profile}`."),
            BegunError::StillOpen { id, .. } => format!("Go on with `login resume {id}`."),
            BegunError::Taken { .. } => "Let that one finish, or end it.".to_owned(),
            BegunError::NoFolder => "Set HOME to your home folder.".to_owned(),
            BegunError::NotOffered { .. } => "Leave `--no-wait` out.".to_owned(),
        })
    }

    /// What a command should exit with.
    pub fn exit(&self) -> Exit {
        match self {
            BegunError::Several { .. }
            | BegunError::OtherApp { .. }
            | BegunError::OtherServer { .. }
            | BegunError::OtherProfile { .. }
            | BegunError::NotOffered { .. } => Exit::Usage,
            _ => Exit::Failed,
        }
    }
}

/// As it lies in its file.
#[derive(Serialize, Deserialize)]
struct Record {
    app: String,
    /// The profile that is signed in to.
    #[serde(default)]
    profile: ProfileName,
    /// The organization that was asked for.
    #[serde(default)]
    org: Option<String>,
    server: String,
    frontend: Option<String>,
    way: Way,
    /// Milliseconds since 1970.
    expires_at: i64,
    interval_ms: u64,
    values: Map<String, Value>,
}

/// A sign-in that is kept.
pub(crate) struct Kept<'a> {
    pub id: String,
    file: LockedFile<'a>,
    pub app: String,
    pub profile: ProfileName,
    pub org: Option<String>,
    pub server: Server,
    pub expires_at: i64,
    pub started: Started,
}

impl Kept<'_> {
    /// How long the service still keeps it, by this machine's clock.
    pub(crate) fn left(&self, now_ms: i64) -> Duration {
        Duration::from_millis(u64::try_from(self.expires_at.saturating_sub(now_ms)).unwrap_or(0))
    }

    /// Lets no other command wait for it meanwhile.
    pub(crate) fn lock(&self) -> Result<Lock, Error> {
        self.file.lock().map_err(|error| match error {
            Error::Store(StoreError::Busy { .. }) => taken(&self.id),
            other => other,
        })
    }

    /// There is a decision, or there won't be one any more.
    pub(crate) fn remove(self) {
        self.file.remove();
    }
}

fn taken(id: &str) -> Error {
    super::SignInError::from(BegunError::Taken { id: id.to_owned() }).into()
}

/// Where such sign-ins are kept.
pub(crate) struct Shelf<'a> {
    folder: PathBuf,
    client: &'a Client,
}

impl<'a> Shelf<'a> {
    pub(crate) fn of(client: &'a Client) -> Result<Shelf<'a>, super::SignInError> {
        let state = client.system().state_folder().ok_or(BegunError::NoFolder)?;
        Ok(Shelf { folder: state.join("doorkey").join("sign-ins"), client })
    }

    /// Keeps a sign-in that has just begun, and gives back its id and when it ends.
    pub(crate) fn keep(
        &self,
        server: &Server,
        org: Option<&str>,
        started: &Started,
    ) -> Result<(String, i64), Error> {
        let id = new_id(&*self.client.system().entropy)?;
        let lives = i64::try_from(started.lives.as_millis()).unwrap_or(i64::MAX);
        let expires_at = self.client.system().clock.now_ms().saturating_add(lives);
        let record = Record {
            app: self.client.app().name().to_owned(),
            profile: self.client.profile()?.name,
            org: org.map(str::to_owned),
            server: server.url.clone(),
            frontend: server.frontend.clone(),
            way: started.way,
            expires_at,
            interval_ms: u64::try_from(started.interval.as_millis()).unwrap_or(u64::MAX),
            values: started.values.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect(),
        };
        let text = Zeroizing::new(serde_json::to_vec_pretty(&record).unwrap_or_default());
        let file = self.file(&id);
        let lock = file.lock()?;
        file.write(&lock, &text)?;
        Ok((id, expires_at))
    }

    /// The one with this id, or without an id the only one of the client's product.
    pub(crate) fn find(&self, id: Option<&str>) -> Result<Kept<'a>, Error> {
        let app = self.client.app();
        let failed = |error: BegunError| Err(super::SignInError::from(error).into());
        if let Some(id) = id {
            let unknown = BegunError::Unknown { id: crate::service::shown(id) };
            return match self.open(id)? {
                Some(kept) if kept.app == app.name() => Ok(kept),
                Some(kept) => failed(BegunError::OtherApp { id: kept.id, app: kept.app }),
                None => failed(unknown),
            };
        }
        let mut own = self.all().into_iter().filter(|kept| kept.app == app.name());
        match (own.next(), own.next()) {
            (None, _) => failed(BegunError::None { app: app.title().to_owned() }),
            (Some(only), None) => Ok(only),
            (Some(first), Some(second)) => {
                let ids = [first, second].into_iter().chain(own).map(|kept| kept.id).collect();
                failed(BegunError::Several { app: app.title().to_owned(), ids })
            }
        }
    }

    /// Removes what nobody can finish any more.
    pub(crate) fn sweep(&self) {
        let now = self.client.system().clock.now_ms();
        for kept in self.all() {
            if kept.left(now).is_zero() && kept.lock().is_ok() {
                kept.remove();
            }
        }
    }

    fn all(&self) -> Vec<Kept<'a>> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut ids: Vec<_> =
            names.filter_map(|name| name.strip_suffix(".json").map(str::to_owned)).collect();
        ids.sort();
        // One that can't be read is in nobody's way.
        ids.iter().filter_map(|id| self.open(id).ok().flatten()).collect()
    }

    fn open(&self, id: &str) -> Result<Option<Kept<'a>>, Error> {
        if !is_id(id) {
            return Ok(None);
        }
        let file = self.file(id);
        let Some(content) = file.read()? else { return Ok(None) };
        // One that is damaged can't be finished: that is as good as none.
        let Ok(record) = serde_json::from_slice::<Record>(&content) else { return Ok(None) };
        let values: Values = record.values.into_iter().collect();
        let server = Server { url: record.server, frontend: record.frontend, source: ServerSource::Stored };
        let interval = Duration::from_millis(record.interval_ms);
        let started =
            Started { way: record.way, values, patience: Duration::ZERO, lives: Duration::ZERO, interval };
        let Record { app, profile, org, expires_at, .. } = record;
        Ok(Some(Kept { id: id.to_owned(), file, app, profile, org, server, expires_at, started }))
    }

    fn file(&self, id: &str) -> LockedFile<'a> {
        LockedFile::new(self.folder.join(format!("{id}.json")), self.client.system())
    }
}

/// Whether this can be an id: nothing else becomes part of a path.
fn is_id(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|byte| LETTERS.contains(&byte))
}

fn new_id(entropy: &dyn Entropy) -> Result<String, EntropyFailure> {
    let mut bytes = [0_u8; LENGTH];
    entropy.fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}
