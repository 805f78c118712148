//! Profiles: an account, a server and an organization under a name, several side by side.
//!
//! The profile called `default` is the product's own credentials file, as its manifest has it. Every other one has a file
//! of the same shape of its own, so that two commands with different profiles never touch the same one.
//!
//! Which one counts: the one that is named, else the environment's, else the folder's, else the default that was set, else
//! `default`. Folders are bound in the person's own settings and never by a file that lies in them: what somebody clones
//! can't choose whose credential is used.

use std::borrow::Borrow;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::client::Client;
use crate::error::Error;
use crate::server::Server;
use crate::settings::{ProfileSettings, Settings, SettingsError, set};
use crate::store::StoreError;

/// Names the profile for every product; a manifest may name a variable of its own, which goes before it.
const VARIABLE: &str = "DOORKEY_PROFILE";

/// The profile that every product has.
pub const DEFAULT: &str = "default";

/// What a profile is called: letters, digits, `.`, `_` and `-`, at most 64, the first a letter or digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String")]
pub struct ProfileName(String);

/// Why something can't be what a profile is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "a profile's name has letters, digits, `.`, `_` and `-`, at most 64, and begins with a letter or digit"
)]
pub struct BadProfileName;

impl ProfileName {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the product's own credentials file.
    pub fn is_default(&self) -> bool {
        self.0 == DEFAULT
    }
}

impl Default for ProfileName {
    fn default() -> ProfileName {
        ProfileName(DEFAULT.to_owned())
    }
}

impl FromStr for ProfileName {
    type Err = BadProfileName;

    fn from_str(text: &str) -> Result<ProfileName, BadProfileName> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if begins && text.len() <= 64 && text.chars().all(allowed) {
            Ok(ProfileName(text.to_owned()))
        } else {
            Err(BadProfileName)
        }
    }
}

impl TryFrom<String> for ProfileName {
    type Error = BadProfileName;

    fn try_from(text: String) -> Result<ProfileName, BadProfileName> {
        text.parse()
    }
}

impl Borrow<str> for ProfileName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The profile that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: ProfileName,
    /// Which rule chose it.
    pub chosen_by: ChosenBy,
}

/// Which rule chose a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChosenBy {
    /// It was named explicitly.
    Explicit,
    /// An environment variable names it.
    Environment {
        /// The variable.
        variable: String,
    },
    /// A folder that this one is in, or is, is bound to it.
    Folder {
        /// That folder.
        folder: PathBuf,
    },
    /// It is the default that the person has set.
    Setting,
    /// Nothing says which: it is the product's own file.
    Nothing,
}

/// A profile as far as it is known on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownProfile {
    /// Its name.
    pub name: ProfileName,
    /// What is settled about it.
    pub settings: ProfileSettings,
    /// The folders that are bound to it.
    pub folders: Vec<PathBuf>,
    /// Whether it is the default that the person has set.
    pub is_set_as_default: bool,
}

/// Where a profile is to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Where {
    /// Wherever nothing else says which.
    Everywhere,
    /// In this folder and below it.
    Folder(PathBuf),
}

/// What is to change about a profile; `Some(None)` takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// The address of its server.
    pub server: Option<Option<String>>,
    /// The organization that commands act for.
    pub org: Option<Option<String>>,
}

impl Client {
    /// The profile that counts, and which rule chose it. Whether there is such a profile isn't asked.
    pub fn profile(&self) -> Result<Profile, Error> {
        if let Some(name) = self.overrides().profile.as_deref().filter(|name| !name.is_empty()) {
            return Ok(Profile { name: named(name, "--profile")?, chosen_by: ChosenBy::Explicit });
        }
        let variables = &self.manifest().environment.profile;
        let own = self.first_variable(variables);
        if let Some((variable, name)) = own.or_else(|| self.first_variable(&[VARIABLE.to_owned()])) {
            let name = named(&name, &variable)?;
            return Ok(Profile { name, chosen_by: ChosenBy::Environment { variable } });
        }
        let Some(settings) = self.settings_if_any()? else { return Ok(Profile::unchosen()) };
        if let Some((folder, name)) = self.bound_folder(&settings.folders) {
            return Ok(Profile { name: name.clone(), chosen_by: ChosenBy::Folder { folder } });
        }
        Ok(match &settings.profile {
            Some(name) => Profile { name: name.clone(), chosen_by: ChosenBy::Setting },
            None => Profile::unchosen(),
        })
    }

    /// The nearest folder above this one, or this one, that is bound.
    fn bound_folder<'a>(
        &self,
        folders: &'a std::collections::BTreeMap<PathBuf, ProfileName>,
    ) -> Option<(PathBuf, &'a ProfileName)> {
        if folders.is_empty() {
            return None;
        }
        let here = self.system().environment.current_folder()?;
        here.ancestors().find_map(|folder| Some((folder.to_owned(), folders.get(folder)?)))
    }

    /// What is settled about the profile that counts.
    pub(crate) fn profile_settings(&self) -> Result<ProfileSettings, Error> {
        let profile = self.profile()?;
        let settled = self.settings_if_any()?.and_then(|settings| settings.profiles.get(&profile.name));
        Ok(settled.cloned().unwrap_or_default())
    }

    /// The person's settings. Without a home folder nothing was settled.
    fn settings_if_any(&self) -> Result<Option<&Settings>, Error> {
        match self.settings() {
            Err(Error::Settings(SettingsError::NoFolder)) => Ok(None),
            other => other.map(Some),
        }
    }

    /// The organization that the profile acts for, where it was settled.
    pub fn profile_org(&self) -> Result<Option<String>, Error> {
        Ok(self.profile_settings()?.org)
    }

    /// Refuses a profile that nobody has ever signed in to or made.
    pub(crate) fn known_profile(&self) -> Result<Profile, Error> {
        let profile = self.profile()?;
        if profile.name.is_default()
            || self.settings()?.profiles.contains_key(&profile.name)
            || self.path_of_profile(&profile.name)?.exists()
        {
            return Ok(profile);
        }
        Err(unknown(profile, self.profiles()?))
    }

    /// The profiles of this product, `default` first.
    pub fn profiles(&self) -> Result<Vec<KnownProfile>, Error> {
        let settings = self.settings()?;
        let others = settings.profiles.keys().filter(|name| !name.is_default()).cloned();
        let names = std::iter::once(ProfileName::default()).chain(others);
        let known = names.map(|name| KnownProfile {
            settings: settings.profiles.get(&name).cloned().unwrap_or_default(),
            folders: settings
                .folders
                .iter()
                .filter(|(_, bound)| **bound == name)
                .map(|(folder, _)| folder.clone())
                .collect(),
            is_set_as_default: settings.profile.as_ref() == Some(&name),
            name,
        });
        Ok(known.collect())
    }

    /// Where the credential of a profile lies.
    pub(crate) fn path_of_profile(&self, name: &ProfileName) -> Result<PathBuf, Error> {
        let path = if name.is_default() {
            self.manifest().credentials.path.on(std::env::consts::OS).to_owned()
        } else {
            format!("{{config}}/doorkey/profiles/{}/{name}.json", self.app().name())
        };
        Ok(self.system().own_path(&path).ok_or(StoreError::NoHome { path })?)
    }

    /// From now on the profile is used there; without a profile, whatever is said elsewhere holds again.
    pub fn use_profile(&self, name: Option<&ProfileName>, place: &Where) -> Result<(), Error> {
        if let Some(name) = name {
            self.must_know(name)?;
        }
        let name = name.map(ProfileName::as_str);
        self.change_settings(|document| match place {
            Where::Everywhere => set(document, &["profile"], name),
            Where::Folder(folder) => set(document, &["folders", &folder.display().to_string()], name),
        })
    }

    /// Changes what is settled about a profile, which is made if it isn't there.
    pub fn change_profile(&self, name: &ProfileName, change: &ProfileChange) -> Result<(), Error> {
        let server =
            change.server.clone().map(|server| server.map(|url| crate::server::checked(&url)).transpose());
        let server = server.transpose()?;
        self.change_settings(|document| {
            // A profile is there as soon as it has a heading.
            for (key, to) in [("server", &server), ("org", &change.org)] {
                if let Some(to) = to {
                    set(document, &["profiles", name.as_str(), key], to.as_deref());
                }
            }
        })
    }

    /// Forgets what is settled about a profile and where it is used. Its credential has to be gone before.
    pub fn remove_profile(&self, name: &ProfileName) -> Result<(), Error> {
        self.must_know(name)?;
        let settings = self.settings()?.clone();
        self.change_settings(|document| {
            set(document, &["profiles", name.as_str()], None);
            if settings.profile.as_ref() == Some(name) {
                set(document, &["profile"], None);
            }
            for (folder, bound) in &settings.folders {
                if bound == name {
                    set(document, &["folders", &folder.display().to_string()], None);
                }
            }
        })
    }

    /// After a sign-in: the profile is there, and for this server.
    pub(crate) fn settle_profile(&self, server: &Server) -> Result<(), Error> {
        let name = self.profile()?.name;
        if name.is_default() {
            return Ok(());
        }
        self.change_settings(|document| {
            let mut place =
                |key: &str, to: Option<&str>| set(document, &["profiles", name.as_str(), key], to);
            place("server", Some(&server.url));
            place("frontend", server.frontend.as_deref());
        })
    }

    /// The organization that a profile of the person's own acts for from now on.
    pub(crate) fn settle_profile_org(&self, org: &str) -> Result<(), Error> {
        let name = self.profile()?.name;
        if name.is_default() {
            return Ok(());
        }
        self.change_settings(|document| set(document, &["profiles", name.as_str(), "org"], Some(org)))
    }

    /// The credential acts for another organization from now on: a profile that has one settled follows.
    pub(crate) fn move_profile_org(&self, org: &str) -> Result<(), Error> {
        if self.profile_org()?.is_none() {
            return Ok(());
        }
        let name = self.profile()?.name;
        self.change_settings(|document| set(document, &["profiles", name.as_str(), "org"], Some(org)))
    }

    fn must_know(&self, name: &ProfileName) -> Result<(), Error> {
        let known = self.profiles()?;
        if known.iter().any(|known| known.name == *name) {
            return Ok(());
        }
        Err(unknown(Profile { name: name.clone(), chosen_by: ChosenBy::Explicit }, known))
    }
}

impl Profile {
    fn unchosen() -> Profile {
        Profile { name: ProfileName::default(), chosen_by: ChosenBy::Nothing }
    }
}

fn unknown(profile: Profile, known: Vec<KnownProfile>) -> Error {
    let known = known.into_iter().map(|known| known.name).collect();
    Error::UnknownProfile { name: profile.name, chosen_by: profile.chosen_by, known }
}

fn named(name: &str, by: &str) -> Result<ProfileName, Error> {
    name.parse().map_err(|problem| Error::BadProfileName {
        name: crate::service::shown(name),
        by: by.to_owned(),
        problem,
    })
}

#[cfg(test)]
mod tests;
