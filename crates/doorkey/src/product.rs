//! What a product's own routes say about organizations and keys, for products whose manifest has such routes.

use doorkey_manifest::{Meaning, Operation, Values};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Error;
use crate::resolve::Credential;
use crate::service::{Answer, Asking};

/// A credential that ends sooner than this is renewed before it is used.
const GOOD_FOR: Duration = Duration::from_secs(30);

/// Why a product's own route didn't do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What the answer means.
    pub means: Meaning,
    /// The HTTP status.
    pub status: u16,
    /// What the service says about it.
    pub message: Option<String>,
    /// Its address.
    pub server: String,
}

/// What a product's own route gave, or why it didn't.
pub type Outcome<T> = Result<Result<T, Refused>, Error>;

/// Another organization, and what went with the one before.
#[derive(Clone, Debug)]
pub struct Switched {
    /// The organization, under the names that manifests use (`org.id`, `org.name` …). No secret is among them.
    pub organization: Values,
    /// Whether the service gave another credential for it.
    pub new_credential: bool,
    /// Files about the organization before that were removed.
    pub removed: Vec<PathBuf>,
}

impl Client {
    /// Whether the product has a route of its own for this.
    pub fn has_own(&self, operation: Operation) -> bool {
        self.manifest().own_exchange(operation).is_some()
    }

    /// The organizations that the credential can reach, each an object with the fields of `org`.
    pub fn own_orgs(&self, cancel: &Cancel) -> Outcome<Vec<Value>> {
        self.own_list(Operation::Orgs, "orgs", cancel)
    }

    /// The keys that the credential can see, each an object with the fields of `key`.
    pub fn own_keys(&self, cancel: &Cancel) -> Outcome<Vec<Value>> {
        self.own_list(Operation::ListKeys, "keys", cancel)
    }

    /// Ends a key by its id.
    pub fn end_own_key(&self, id: &str, cancel: &Cancel) -> Outcome<()> {
        let credential = self.credential(GOOD_FOR, cancel)?;
        let values = Values::new().with("key.id", id);
        let answer = self.ask_own(Operation::RevokeKey, &credential, values, cancel)?;
        Ok(accepted(&credential, answer).map(drop))
    }

    /// Acts for another organization, by id or name. Where the service gives another credential for that, it takes the
    /// stored one's place, with what is known about the person.
    pub fn switch_own_org(&self, wanted: &str, key_name: Option<&str>, cancel: &Cancel) -> Outcome<Switched> {
        let credential = self.credential(GOOD_FOR, cancel)?;
        let mut values = Values::new().with("org.wanted", wanted);
        if let Some(name) = key_name {
            values.set("key.name", name);
        }
        let answer = self.ask_own(Operation::SwitchOrg, &credential, values, cancel)?;
        let answer = match accepted(&credential, answer) {
            Ok(answer) => answer,
            Err(refused) => return Ok(Err(refused)),
        };
        let given = self.received(answer);
        let mut organization = crate::identity::Identity::from_values(&given).values().clone();
        if organization.get("org.name").is_none() {
            organization.set("org.name", wanted);
        }
        let new_credential = given.text("token").is_some();
        self.keep_switched(&credential, &given)?;
        self.move_profile_org(wanted)?;
        let removed = self.remove_org_files();
        Ok(Ok(Switched { organization, new_credential, removed }))
    }

    fn own_list(&self, operation: Operation, name: &str, cancel: &Cancel) -> Outcome<Vec<Value>> {
        let credential = self.credential(GOOD_FOR, cancel)?;
        let answer = self.ask_own(operation, &credential, Values::new(), cancel)?;
        Ok(accepted(&credential, answer)
            .map(|answer| answer.values.list(name).map(<[Value]>::to_vec).unwrap_or_default()))
    }

    fn ask_own(
        &self,
        operation: Operation,
        credential: &Credential,
        more: Values,
        cancel: &Cancel,
    ) -> Result<Answer, Error> {
        let mut values = credential.values.clone();
        values.set_secret("token", &credential.token);
        values.merge(more);
        self.ask(operation, &credential.server, &values, Asking::simply(cancel))
    }

    /// Writes what came with another organization, if the stored credential is still the one that asked.
    fn keep_switched(&self, asked: &Credential, given: &Values) -> Result<(), Error> {
        let store = self.store()?;
        if !matches!(asked.source, crate::resolve::Source::Stored { .. }) {
            return Ok(());
        }
        let lock = store.lock(&Cancel::never())?;
        let Some(stored) = store.read()? else { return Ok(()) };
        if stored.values.secret("token").as_ref() == Some(&asked.token) {
            let mut values = stored.values.clone();
            values.merge(given.clone());
            store.update(&lock, &stored, &values)?;
        }
        Ok(())
    }

    /// Removes what the manifest calls the files of one organization. Those that aren't there don't matter.
    fn remove_org_files(&self) -> Vec<PathBuf> {
        let Some(command) = self.manifest().commands.get("switch-org") else { return Vec::new() };
        let paths = command.removes.iter().filter_map(|path| self.system().own_path(path));
        paths.filter(|path| std::fs::remove_file(path).is_ok()).collect()
    }
}

/// The answer, if it is what was asked for.
fn accepted(credential: &Credential, answer: Answer) -> Result<Answer, Refused> {
    if answer.means == Meaning::Ok {
        return Ok(answer);
    }
    Err(Refused {
        means: answer.means,
        status: answer.status,
        message: crate::service::message_of(&answer.values),
        server: credential.server.url.clone(),
    })
}
