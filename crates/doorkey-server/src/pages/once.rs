//! Forms that count once. A page with a new secret is the answer to a form, and loading it again sends the form again;
//! that must not make a second token.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use doorkey_manifest::Secret;
use subtle::ConstantTimeEq as _;

use super::browser::Browser;
use crate::{clock::Time, service::Service};

/// For how long a form counts. The page with it asked for the password a little while before.
const LIFETIME: Duration = Duration::from_hours(1);
/// How many are remembered until the old ones are looked through.
const MANY: usize = 1_000;

/// Which forms counted already.
#[derive(Debug, Default)]
pub struct FormBook(Mutex<HashMap<String, Time>>);

/// Whether a form counts.
#[derive(Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does, and from now on no more.
    First,
    /// It counted before.
    Again,
    /// It isn't a form of ours, or one of long ago.
    Stale,
}

impl FormBook {
    /// The value that makes a form count once. It is tied to the browser.
    pub fn draw(service: &Service, browser: &Browser) -> String {
        let mut bytes = [0; 12];
        service.domain.entropy.fill(&mut bytes);
        let value = format!("{}.{}", service.domain.now().unix_seconds(), URL_SAFE_NO_PAD.encode(bytes));
        format!("{value}.{}", seal(service, browser, &value))
    }

    /// Whether a form with this value counts.
    pub fn take(&self, service: &Service, browser: &Browser, value: &str) -> Standing {
        let now = service.domain.now();
        let Some((unsealed, presented)) = value.rsplit_once('.') else { return Standing::Stale };
        let right: bool = seal(service, browser, unsealed).as_bytes().ct_eq(presented.as_bytes()).into();
        let made = unsealed.split('.').next().and_then(|seconds| seconds.parse::<i64>().ok());
        let Some(made) = made.filter(|_| right).map(|seconds| Time::from_unix_ms(seconds * 1000)) else {
            return Standing::Stale;
        };
        if made.plus(LIFETIME) <= now {
            return Standing::Stale;
        }
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.len() >= MANY {
            taken.retain(|_, until| *until > now);
        }
        match taken.insert(value.to_owned(), made.plus(LIFETIME)) {
            None => Standing::First,
            Some(_) => Standing::Again,
        }
    }

    /// Nothing came of the form, so it may be sent again.
    pub fn give_back(&self, value: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(value);
    }
}

fn seal(service: &Service, browser: &Browser, value: &str) -> String {
    service.domain.form_token(&Secret::new(format!("once {value} {}", browser.cookie().expose())))
}
