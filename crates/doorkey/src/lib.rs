//! Sign-in for command-line tools: resolve a credential, keep it safe, sign in, refresh, and say who is signed in.
//!
//! A [`Client`] joins an [`App`] (the manifest of a product) with a [`System`] (everything that comes from outside) and
//! offers one method for each thing a tool wants to do. It blocks, prints nothing, has no global state, and starts
//! nothing before it needs it: finding a stored token reads one file.
//!
//! ```no_run
//! use doorkey::{App, Cancel, Client, Resolution, System};
//!
//! let client = Client::new(App::builtin("demo")?, System::real());
//! match client.resolve()? {
//!     Resolution::Found(credential) => println!("signed in at {}", credential.server.url),
//!     Resolution::SignedOut => println!("not signed in"),
//! }
//! let token = client.token(std::time::Duration::from_secs(60), &Cancel::never())?;
//! # let _ = token;
//! # Ok::<(), doorkey::Error>(())
//! ```

pub mod account;
mod anonymous;
mod app;
mod cancel;
mod client;
mod credential_for;
pub mod doctor;
mod error;
mod exit;
mod http;
mod identity;
mod login;
mod logout;
mod notice;
mod product;
mod profile;
mod progress;
mod refresh;
mod resolve;
mod server;
mod service;
mod settings;
pub mod sign_in;
mod skew;
mod status;
pub mod store;
pub mod system;
#[cfg(test)]
mod testing;
mod who_am_i;

pub use account::{Account, AccountError, MANAGE};
pub use app::App;
pub use cancel::Cancel;
pub use client::{Client, Overrides};
pub use doorkey_manifest::{
    Meaning, Operation, Origin, OriginProblem, Secret, Values,
    manifest::{Helper, Way},
    wire::Notice,
};
pub use error::{Error, Kind};
pub use exit::Exit;
pub use http::{
    Failure as HttpFailure, Http, Limits as HttpLimits, Proxy, ProxyProblem, TlsProblem, UreqHttp,
};
pub use identity::Identity;
pub use login::{Checked, LoginOptions, SignedIn};
pub use logout::{Everywhere, LoggedOut, LogoutOptions, Revocation};
pub use product::{Outcome, Refused, Switched};
pub use profile::{
    BadProfileName, ChosenBy, DEFAULT as DEFAULT_PROFILE, KnownProfile, Profile, ProfileChange, ProfileName,
    Where,
};
pub use progress::{Event, Page, Progress, Silent};
pub use resolve::{Credential, Resolution, Source};
pub use server::{Server, ServerSource};
pub use service::{ServiceError, Unserved};
pub use settings::{ProfileSettings, Settings, SettingsError};
pub use sign_in::{
    SignInError,
    choose::{Choice, Reason, Wish},
};
pub use skew::ClockSkew;
pub use status::Status;
pub use store::StoreError;
pub use system::System;
pub use who_am_i::{Truth, WhoAmI, WhyNot};
