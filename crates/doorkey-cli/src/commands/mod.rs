//! The commands, one per file.

mod app;
mod desk;
mod keys;
mod login;
mod logout;
mod logs;
mod orgs;
mod status;
mod switch_org;
mod token;
mod tokens;
mod truth;
mod whoami;

use doorkey::{AccountError, Client, Error, Overrides, Source, System};
use doorkey_manifest::Values;

use self::desk::Desk;
use crate::app_choice;
use crate::arguments::{Arguments, Command};
use crate::catalogue::Word;
use crate::failure::Failure;
use crate::voice::Voice;

/// Runs the command and gives back what it exits with.
pub fn run(
    arguments: Arguments,
    link: Option<&str>,
    system: System,
    voice: &mut Voice,
) -> Result<u8, Failure> {
    let Arguments { global, command } = arguments;
    let command = match command {
        Command::App(app) => return app::run(&app, voice),
        other => other,
    };
    let app = app_choice::choose(global.app.as_deref(), link, &system)?;
    voice.speak_for(app.clone(), app_choice::spelled(global.app.as_deref(), link));
    let overrides = Overrides { server: global.api, ..Overrides::default() };
    let client = Client::with(app, system, overrides);
    match command {
        Command::Login(wishes) => login::run(&client, wishes, voice),
        Command::Logout(wishes) => logout::run(&client, &wishes, voice),
        Command::Whoami => whoami::run(&client, voice),
        Command::Token => token::run(&client, voice),
        Command::Status => status::run(&client, voice),
        command @ (Command::Tokens(_)
        | Command::Keys(_)
        | Command::Orgs(_)
        | Command::SwitchOrg(_)
        | Command::Logs(_)) => manage(command, &client, voice).map_err(|failure| limited(failure, &client)),
        Command::App(app) => app::run(&app, voice),
    }
}

/// The commands that ask the account API.
fn manage(command: Command, client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    let mut desk = Desk::open(client, voice)?;
    match command {
        Command::Tokens(wishes) => tokens::run(&mut desk, wishes),
        Command::Keys(wishes) => keys::run(&mut desk, wishes),
        Command::Orgs(wishes) => orgs::run(&mut desk, wishes),
        Command::SwitchOrg(wishes) => switch_org::run(&mut desk, &wishes),
        Command::Logs(wishes) => logs::run(&mut desk, &wishes),
        _ => Ok(0),
    }
}

/// A token from the environment that isn't a sign-in explains itself by its variable.
fn limited(failure: Failure, client: &Client) -> Failure {
    match (failure, client.overriding_variable()) {
        (
            Failure::Library(error @ Error::Account(AccountError::NeedsManage { managing: false, .. })),
            Some(variable),
        ) => Failure::Limited { variable, source: error },
        (failure, _) => failure,
    }
}

/// What people call somebody in one line: `Ada Lovelace (ada@example.com)`.
fn who(identity: &doorkey::Identity) -> Option<String> {
    match (identity.name(), identity.email()) {
        (Some(name), Some(email)) if name != email => Some(format!("{name} ({email})")),
        (name, email) => name.or(email).map(str::to_owned),
    }
}

/// What is known about somebody, for texts.
fn identity_values(identity: &doorkey::Identity) -> Values {
    let mut values = identity.values().clone();
    if let Some(who) = who(identity) {
        values.set("who", who);
    }
    values
}

/// Where the credential comes from, in words.
fn source_in_words(source: &Source, voice: &Voice) -> String {
    let (word, values) = match source {
        Source::Explicit => (Word::SourceExplicit, Values::new()),
        Source::Environment { variable } => {
            (Word::SourceEnvironment, Values::new().with("variable", variable.as_str()))
        }
        Source::Stored { path } => {
            (Word::SourceStored, Values::new().with("path", path.display().to_string()))
        }
    };
    voice.word(word, &values)
}
