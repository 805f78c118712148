//! The operating system's keyring. Every call is over within three seconds: one that hangs is left behind.

use std::time::Duration;

use doorkey_manifest::Secret;
use thiserror::Error;

/// How long a keyring may take to answer.
pub const KEYRING_PATIENCE: Duration = Duration::from_secs(3);

/// Keeps small secrets, each under the name of an account.
pub trait Keyring: Send + Sync {
    /// The secret of this account. `None`: there is none.
    fn get(&self, account: &str) -> Result<Option<Secret>, KeyringFailure>;

    /// Keeps a secret, in place of the one that there was.
    fn set(&self, account: &str, secret: &Secret) -> Result<(), KeyringFailure>;

    /// Removes a secret. One that isn't there is removed.
    fn delete(&self, account: &str) -> Result<(), KeyringFailure>;
}

/// Why the keyring can't be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyringFailure {
    /// The program was built without.
    #[error("this program was built without it")]
    NotBuiltIn,
    /// There is none: no desktop session, a container.
    #[error("there is none here ({0})")]
    Absent(String),
    /// It is locked, and nobody unlocked it.
    #[error("it is locked, or access to it was denied")]
    Locked,
    /// It doesn't answer.
    #[error("it didn't answer within {} seconds", .0.as_secs())]
    TimedOut(Duration),
    /// Something else.
    #[error("it says: {0}")]
    Failed(String),
}

/// The operating system's own: the Secret Service on Linux, the keychain of macOS, the Credential Manager of Windows.
#[derive(Debug, Default)]
pub struct SystemKeyring {
    /// Since when it is known not to answer: a command that looks several times waits once.
    #[cfg(feature = "keyring")]
    silent_since: std::sync::Mutex<Option<std::time::Instant>>,
}

#[cfg(not(feature = "keyring"))]
impl Keyring for SystemKeyring {
    fn get(&self, _account: &str) -> Result<Option<Secret>, KeyringFailure> {
        Err(KeyringFailure::NotBuiltIn)
    }

    fn set(&self, _account: &str, _secret: &Secret) -> Result<(), KeyringFailure> {
        Err(KeyringFailure::NotBuiltIn)
    }

    fn delete(&self, _account: &str) -> Result<(), KeyringFailure> {
        Err(KeyringFailure::NotBuiltIn)
    }
}

#[cfg(feature = "keyring")]
mod native {
    use std::sync::PoisonError;
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use doorkey_manifest::Secret;
    use keyring_core::api::CredentialStoreApi;
    use keyring_core::{Entry, Error};

    use super::{KEYRING_PATIENCE, Keyring, KeyringFailure, SystemKeyring};

    /// What our entries are filed under.
    const SERVICE: &str = "doorkey";

    /// How long one that didn't answer isn't asked again.
    const REST: Duration = Duration::from_secs(30);

    impl SystemKeyring {
        /// Does something with an entry on a thread that is left behind when it takes too long.
        fn ask<T: Send + 'static>(
            &self,
            account: &str,
            work: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
        ) -> Result<T, KeyringFailure> {
            let mut silent_since = self.silent_since.lock().unwrap_or_else(PoisonError::into_inner);
            if silent_since.is_some_and(|since| since.elapsed() < REST) {
                return Err(KeyringFailure::TimedOut(KEYRING_PATIENCE));
            }
            let (sender, receiver) = mpsc::channel();
            let account = account.to_owned();
            let thread = std::thread::Builder::new().name("keyring".to_owned());
            let started = thread
                .spawn(move || sender.send(entry(&account).and_then(|entry| work(&entry).map_err(failure))));
            started.map_err(|error| KeyringFailure::Failed(error.to_string()))?;
            match receiver.recv_timeout(KEYRING_PATIENCE) {
                Ok(answer) => answer,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    *silent_since = Some(Instant::now());
                    Err(KeyringFailure::TimedOut(KEYRING_PATIENCE))
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    Err(KeyringFailure::Failed("its client has stopped".to_owned()))
                }
            }
        }
    }

    impl Keyring for SystemKeyring {
        fn get(&self, account: &str) -> Result<Option<Secret>, KeyringFailure> {
            self.ask(account, |entry| match entry.get_secret() {
                Ok(bytes) => Ok(String::from_utf8(bytes).ok().map(Secret::new)),
                Err(Error::NoEntry) => Ok(None),
                Err(error) => Err(error),
            })
        }

        fn set(&self, account: &str, secret: &Secret) -> Result<(), KeyringFailure> {
            let secret = secret.clone();
            self.ask(account, move |entry| entry.set_secret(secret.expose().as_bytes()))
        }

        fn delete(&self, account: &str) -> Result<(), KeyringFailure> {
            self.ask(account, |entry| match entry.delete_credential() {
                Err(Error::NoEntry) => Ok(()),
                other => other,
            })
        }
    }

    /// The entry of an account in the keyring of this system.
    fn entry(account: &str) -> Result<Entry, KeyringFailure> {
        #[cfg(target_os = "macos")]
        use apple_native_keyring_store::keychain::Store;
        #[cfg(windows)]
        use windows_native_keyring_store::Store;
        #[cfg(all(unix, not(target_os = "macos")))]
        use zbus_secret_service_keyring_store::Store;

        let store = Store::new().map_err(|error| match failure(error) {
            KeyringFailure::Failed(why) => KeyringFailure::Absent(why),
            other => other,
        })?;
        store.build(SERVICE, account, None).map_err(failure)
    }

    fn failure(error: Error) -> KeyringFailure {
        match error {
            Error::NoStorageAccess(_) => KeyringFailure::Locked,
            Error::PlatformFailure(why) => KeyringFailure::Failed(why.to_string()),
            // The debug text of some holds the secret; what is displayed doesn't.
            other => KeyringFailure::Failed(other.to_string()),
        }
    }
}
