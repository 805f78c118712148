//! `profiles`: several accounts, servers and organizations side by side.

use std::path::PathBuf;
use std::sync::Arc;

use doorkey::{
    ChosenBy, Client, KnownProfile, LogoutOptions, Profile, ProfileChange, ProfileName, Resolution, Where,
};
use doorkey_manifest::Values;
use serde_json::{Value, json};

use crate::arguments::{Profiles, ProfilesCommand, RemoveProfile, SetProfile, UseProfile};
use crate::catalogue::{Look, Word};
use crate::failure::{Failure, Question};
use crate::json;
use crate::prompt::{self, Asking};
use crate::table::Table;
use crate::voice::Voice;

const QUESTION: Question =
    Question { command: "profiles remove", does: "forgets a profile", verb: "forget", json: false };

pub fn run(wishes: Profiles, client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    match wishes.command {
        None | Some(ProfilesCommand::List) => list(client, voice),
        Some(ProfilesCommand::Use(wishes)) => use_profile(wishes, client, voice),
        Some(ProfilesCommand::Set(wishes)) => set(&wishes, client, voice),
        Some(ProfilesCommand::Remove(wishes)) => remove(&wishes, client, voice),
    }
}

/// The profile that counts and who chose it, in words.
pub fn in_words(profile: &Profile, voice: &Voice) -> String {
    let values = Values::new().with("profile", profile.name.as_str());
    match &profile.chosen_by {
        ChosenBy::Explicit => voice.word(Word::ProfileExplicit, &values),
        ChosenBy::Environment { variable } => {
            voice.word(Word::ProfileEnvironment, &values.with("variable", variable.as_str()))
        }
        ChosenBy::Folder { folder } => {
            voice.word(Word::ProfileFolder, &values.with("path", folder.display().to_string()))
        }
        ChosenBy::Setting => voice.word(Word::ProfileSetting, &values),
        ChosenBy::Nothing => voice.word(Word::ProfileNothing, &values),
    }
}

/// What is known about a profile on this machine, without asking any server.
struct Row {
    known: KnownProfile,
    account: String,
    server: Option<String>,
    org: Option<String>,
    signed_in: bool,
}

impl Row {
    fn of(known: KnownProfile, client: &Client, voice: &Voice) -> Row {
        let own = client.with_profile(&known.name);
        let none = |word| voice.word(word, &Values::new());
        let (account, server, org, signed_in) = match own.resolve() {
            Ok(Resolution::Found(found)) => {
                let org = found.identity.get("org.name").and_then(Value::as_str).map(str::to_owned);
                let who = super::who(&found.identity).unwrap_or_else(|| none(Word::SomeAccount));
                (who, Some(found.server.url.clone()), org, true)
            }
            Ok(Resolution::SignedOut) => (none(Word::TruthSignedOut), None, None, false),
            Err(error) => (error.to_string(), None, None, false),
        };
        let server = server.or_else(|| known.settings.server.clone());
        Row { account, server, org: known.settings.org.clone().or(org), signed_in, known }
    }

    fn as_json(&self, current: &Profile) -> Value {
        json!({
            "name": self.known.name.as_str(),
            "current": self.known.name == current.name,
            "default": self.known.is_set_as_default,
            "folders": self.known.folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>(),
            "signed_in": self.signed_in,
            "account": self.signed_in.then_some(&self.account),
            "server": self.server,
            "org": self.org,
        })
    }

    /// Where it is used, in words; the one that counts now first.
    fn used(&self, current: &Profile, voice: &Voice) -> String {
        let now = (self.known.name == current.name).then(|| voice.word(Word::ProfileNow, &Values::new()));
        let default =
            self.known.is_set_as_default.then(|| voice.word(Word::ProfileByDefault, &Values::new()));
        let folders = self.known.folders.iter().map(|folder| folder.display().to_string());
        now.into_iter().chain(default).chain(folders).collect::<Vec<_>>().join(", ")
    }
}

fn list(client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    let current = client.profile()?;
    let rows: Vec<Row> = client.profiles()?.into_iter().map(|known| Row::of(known, client, voice)).collect();
    if voice.json() {
        let profiles: Vec<Value> = rows.iter().map(|row| row.as_json(&current)).collect();
        voice.result(&json!({ "profile": json::profile(&current), "profiles": profiles }))?;
        return Ok(0);
    }
    let columns = [
        Word::ColumnProfile,
        Word::StatusSignedIn,
        Word::StatusOrganization,
        Word::StatusServer,
        Word::ColumnUsed,
    ];
    let mut table = Table::new(columns.iter().map(|column| voice.word(*column, &Values::new())).collect());
    for row in &rows {
        table.row(vec![
            row.known.name.to_string(),
            row.account.clone(),
            row.org.clone().unwrap_or_default(),
            row.server.clone().unwrap_or_default(),
            row.used(&current, voice),
        ]);
    }
    voice.rows(&table)?;
    Ok(0)
}

fn use_profile(wishes: UseProfile, client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    let name = wishes.name.as_deref().map(name_of).transpose()?;
    let place = match (wishes.here, wishes.folder) {
        (true, _) => Where::Folder(client.system().environment.current_folder().ok_or(Failure::NoFolder)?),
        (false, Some(folder)) => Where::Folder(real(folder)?),
        (false, None) => Where::Everywhere,
    };
    client.use_profile(name.as_ref(), &place)?;
    let folder = match &place {
        Where::Everywhere => None,
        Where::Folder(folder) => Some(folder.display().to_string()),
    };
    if voice.json() {
        let name = name.as_ref().map(ProfileName::as_str);
        voice.result(&json!({ "status": "changed", "profile": name, "folder": folder }))?;
        return Ok(0);
    }
    let word = match (&name, &folder) {
        (Some(_), None) => Word::UsedEverywhere,
        (Some(_), Some(_)) => Word::UsedInFolder,
        (None, None) => Word::UnusedEverywhere,
        (None, Some(_)) => Word::UnusedInFolder,
    };
    let mut values = Values::new();
    if let Some(name) = &name {
        values.set("profile", name.as_str());
    }
    if let Some(folder) = folder {
        values.set("path", folder);
    }
    voice.tell(Look::Done, word, &values);
    Ok(0)
}

fn set(wishes: &SetProfile, client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    let name = name_of(&wishes.name)?;
    let server = client.overrides().server.clone().map(Some);
    let org = wishes.org.clone().map(|org| Some(org).filter(|org| org != "none"));
    if server.is_none() && org.is_none() {
        return Err(Failure::NothingToSet);
    }
    client.change_profile(&name, &ProfileChange { server, org })?;
    if voice.json() {
        voice.result(&json!({ "status": "changed", "profile": name.as_str() }))?;
    } else {
        voice.tell(Look::Done, Word::ChangedProfile, &Values::new().with("profile", name.as_str()));
    }
    Ok(0)
}

fn remove(wishes: &RemoveProfile, client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    let name = name_of(&wishes.name)?;
    if name.is_default() {
        return Err(Failure::DefaultStays);
    }
    let values = Values::new().with("profile", name.as_str());
    let own = client.with_profile(&name);
    let asking = Arc::new(Asking::default());
    let watch = voice.watch(&asking, voice.word(Word::Interrupted, &Values::new()));
    if !wishes.yes && own.may_log_out() {
        if voice.json() || !prompt::is_possible() {
            return Err(Failure::NobodyToAsk(Question { json: voice.json(), ..QUESTION }));
        }
        if !asking.confirm(&voice.word(Word::RemoveProfileConfirm, &values), false)? {
            voice.tell(Look::Plain, Word::NothingChanged, &Values::new());
            return Ok(0);
        }
    }
    let options = LogoutOptions { revoke: wishes.revoke, ..LogoutOptions::default() };
    let done = own.logout(&options, &watch.cancel)?;
    client.remove_profile(&name)?;
    if voice.json() {
        let logout = super::logout::result(&own, &done);
        voice.result(&json!({ "status": "removed", "profile": name.as_str(), "logout": logout }))?;
        return Ok(0);
    }
    voice.tell(Look::Done, Word::RemovedProfile, &values);
    super::logout::tell_revocation(&done, &values, voice)?;
    Ok(0)
}

fn name_of(text: &str) -> Result<ProfileName, Failure> {
    text.parse().map_err(|problem| {
        doorkey::Error::BadProfileName {
            name: crate::voice::clean(text).into_owned(),
            by: "NAME".to_owned(),
            problem,
        }
        .into()
    })
}

/// The folder as it is really called, since that is what is compared.
fn real(folder: PathBuf) -> Result<PathBuf, Failure> {
    folder.canonicalize().map_err(|source| Failure::FileUnreadable { path: folder, source })
}
