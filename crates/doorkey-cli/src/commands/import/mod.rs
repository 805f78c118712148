//! `import`: takes the token that another program has for this tool's server.
//!
//! One file per program reads what it keeps, in pure functions. What is found is shown without its secrets; one that is for
//! exactly this tool's server is saved as `login --token` saves one.

mod docker;
mod files;
mod found;
mod gh;
mod npm;
mod uv;
mod yaml;

use doorkey::{Client, Helper, Origin, Secret, System};
use doorkey_manifest::Values;
use serde_json::{Value, json};

pub use self::found::Damage;
use self::found::{Found, Kept, places_of};
use super::login;
use crate::arguments::{Import, ImportProgram};
use crate::catalogue::{Look, Word};
use crate::failure::{Failure, NotImported};
use crate::table::Table;
use crate::voice::Voice;

/// Without a tool: shows what there is.
pub fn list(wishes: &Import, system: &System, voice: &mut Voice) -> Result<u8, Failure> {
    let (path, found) = files::found(wishes, system)?;
    if voice.json() {
        voice.result(&json!({
            "program": wishes.program.name(), "path": path.display().to_string(), "found": shown(&found, &[]), "saved": null,
        }))?;
        return Ok(0);
    }
    show(&found, voice)?;
    voice.tell(Look::Plain, Word::ImportNoApp, &Values::new());
    Ok(0)
}

/// Shows what there is, and saves the one that is for the tool's server.
pub fn run(client: &Client, wishes: &Import, voice: &mut Voice) -> Result<u8, Failure> {
    let (path, found) = files::found(wishes, client.system())?;
    let own = client.origins_of_login(helper_of(wishes.program))?;
    if !voice.json() {
        show(&found, voice)?;
    }
    let one = the_one(wishes, &found, &own, client)?;
    let token = token_of(wishes.program, one, client)?;
    if wishes.dry_run {
        let values = Values::new().with("url", one.host.as_str());
        voice.tell(Look::Plain, Word::ImportWould, &values);
    } else if !voice.json() {
        return login::save_and_tell(client, token, voice);
    }
    let saved = if wishes.dry_run { Value::Null } else { saved(client, token, voice)? };
    voice.result_if_json(&json!({
        "program": wishes.program.name(),
        "path": path.display().to_string(),
        "found": shown(&found, &own),
        "chosen": one.host,
        "saved": saved,
    }))?;
    Ok(0)
}

/// Which program's hosts of the manifest go together with the tool's server.
fn helper_of(program: ImportProgram) -> Option<Helper> {
    match program {
        ImportProgram::Gh => Some(Helper::Git),
        ImportProgram::Npm => Some(Helper::Npm),
        ImportProgram::Docker => Some(Helper::Docker),
        ImportProgram::Uv => None,
    }
}

/// The one to save: for this tool's server, and for the host that was named.
fn the_one<'f>(
    wishes: &Import,
    found: &'f [Found],
    own: &[Origin],
    client: &Client,
) -> Result<&'f Found, Failure> {
    let none = |why| Failure::NotImported(Box::new(why));
    let fits: Vec<&Found> = found.iter().filter(|found| is_for(found, own)).collect();
    let fits = named(fits, wishes.host.as_deref());
    match fits.as_slice() {
        [one] => Ok(one),
        [] => Err(none(NotImported::NoMatch {
            app: client.app().title().to_owned(),
            own: own.iter().map(ToString::to_string).collect(),
            hosts: found.iter().map(|found| found.host.clone()).collect(),
        })),
        several => match several.iter().filter(|found| found.in_use).collect::<Vec<_>>().as_slice() {
            [one] => Ok(one),
            _ => Err(none(NotImported::Several {
                hosts: several.iter().map(|found| found.host.clone()).collect(),
            })),
        },
    }
}

fn is_for(found: &Found, own: &[Origin]) -> bool {
    found.places.iter().any(|place| own.contains(place))
}

/// Those that are for the host that was named: written exactly so, else the same host in other words.
fn named<'f>(fits: Vec<&'f Found>, host: Option<&str>) -> Vec<&'f Found> {
    let Some(host) = host else { return fits };
    let exactly: Vec<&Found> = fits.iter().copied().filter(|found| found.host == host).collect();
    if exactly.is_empty() {
        fits.into_iter().filter(|found| is_same_host(found, host)).collect()
    } else {
        exactly
    }
}

fn is_same_host(found: &Found, host: &str) -> bool {
    places_of(host).iter().any(|place| found.places.contains(place))
}

/// The token itself, or where it is instead and how it comes from there.
fn token_of(program: ImportProgram, one: &Found, client: &Client) -> Result<Secret, Failure> {
    let host = one.host.clone();
    let why = match &one.kept {
        Kept::Token(token) => return Ok(token.clone()),
        Kept::Variable(variable) => match client.system().variable(variable) {
            Some(token) => return Ok(Secret::from(token.trim())),
            None => NotImported::Variable { host, variable: variable.clone() },
        },
        Kept::Keyring => NotImported::Keyring { host, program: program.name(), user: one.user.clone() },
        Kept::Program(program) => NotImported::Program { host, program: program.clone() },
        Kept::Password => NotImported::Password { host },
    };
    Err(Failure::NotImported(Box::new(why)))
}

/// Saves it and says what came of it, for programs.
fn saved(client: &Client, token: Secret, voice: &mut Voice) -> Result<Value, Failure> {
    voice.begin_signing_in();
    let cancel = voice.cancel();
    let done = client.save_token(token, &mut login::Teller::new(voice), &cancel)?;
    Ok(login::as_json(client, &done))
}

fn show(found: &[Found], voice: &mut Voice) -> Result<(), Failure> {
    let plain = Values::new();
    let columns =
        [Word::ColumnHost, Word::ColumnActor, Word::ColumnKept].map(|word| voice.word(word, &plain));
    let mut table = Table::new(columns.to_vec());
    for one in found {
        let (word, values) = match &one.kept {
            Kept::Token(_) => (Word::KeptToken, Values::new()),
            Kept::Password => (Word::KeptPassword, Values::new()),
            Kept::Keyring => (Word::KeptKeyring, Values::new()),
            Kept::Program(program) => (Word::KeptProgram, Values::new().with("detail", program.as_str())),
            Kept::Variable(variable) => {
                (Word::KeptVariable, Values::new().with("variable", variable.as_str()))
            }
        };
        let kept = voice.word(word, &values);
        table.row(vec![one.host.clone(), one.user.clone().unwrap_or_default(), kept]);
    }
    voice.rows(&table)
}

/// What was found, for programs; nothing secret.
fn shown(found: &[Found], own: &[Origin]) -> Vec<Value> {
    let one = |found: &Found| {
        json!({
            "host": found.host, "user": found.user, "kept": found.kept.name(),
            "in_use": found.in_use, "fits": is_for(found, own),
        })
    };
    found.iter().map(one).collect()
}
