//! The commands, one per file.

mod app;
mod desk;
mod doctor;
mod exec;
mod helper;
mod import;
mod keys;
pub mod login;
mod logout;
mod logs;
mod orgs;
mod product;
mod profiles;
mod setup;
mod status;
mod switch_org;
mod token;
mod tokens;
mod truth;
mod whoami;

use std::path::PathBuf;
use std::rc::Rc;

use clap::{ArgMatches, FromArgMatches as _};
use doorkey::{AccountError, App, Client, Error, Notice, Operation, Overrides, Secret, Source, System};
use doorkey_manifest::Values;
use doorkey_manifest::manifest::Event;

use self::desk::Desk;
pub use self::helper::InputProblem;
pub use self::import::Damage;
use self::product::Wish;
use crate::arguments::{self, AccountCommand, Command, Global, Keys, KeysCommand, Orgs, OrgsCommand};
use crate::catalogue::{Look, Word};
use crate::failure::Failure;
use crate::voice::Voice;

/// What is to be done: the words of the command line, and the tool that they are for.
pub struct Task {
    /// The name of the link that it was called by.
    pub link: Option<String>,
    /// What the parser understood.
    pub matches: ArgMatches,
    /// Of that, what every command takes.
    pub global: Global,
    /// The tool, or why there is none.
    pub app: Result<App, Failure>,
    /// The words that run this command again.
    pub spelled: String,
}

/// Runs the command and gives back what it exits with.
pub fn run(task: Task, system: System, voice: &mut Voice) -> Result<u8, Failure> {
    let global = task.global;
    let system = match global.ca_file.clone() {
        Some(file) => system.trusting(file),
        None => system,
    };
    let given = global.credential.as_deref().map(given_token).transpose()?;
    // For `login`, a token that is given is the one to save.
    let login = task.matches.subcommand_name() == Some("login");
    let overrides = |given: Option<Secret>| Overrides {
        server: global.api.clone(),
        frontend: global.frontend.clone(),
        profile: global.profile.clone(),
        token: given.filter(|_| !login),
    };
    let client = |app: App, overrides| Client::with(app, system.clone(), overrides).called(&task.spelled);
    if let Ok(app) = &task.app
        && let Some((name, matches)) = task.matches.subcommand()
    {
        let client = Rc::new(client(app.clone(), overrides(given.clone())));
        if let Some(own) = product::own_command(&client, name) {
            voice.speak_for(Rc::clone(&client), task.spelled.clone());
            return product::run(name, own, matches, &client, voice);
        }
    }
    let command = match Command::from_arg_matches(&task.matches).map_err(Failure::Arguments)? {
        Command::App(command) => return app::run(&command, global.api.as_deref(), &system, voice),
        // It looks at what there is, with or without a tool.
        Command::Doctor if matches!(task.app, Err(Failure::NoApp)) => {
            return doctor::run(None, &system, global.ca_file, voice);
        }
        Command::Completions(wishes) => {
            return setup::completions(wishes.shell, parser(&task.app, task.link), &system, voice);
        }
        Command::Man(wishes) => return setup::man(&wishes, parser(&task.app, task.link), voice),
        Command::Import(wishes) if matches!(task.app, Err(Failure::NoApp)) => {
            return import::list(&wishes, &system, voice);
        }
        other => other,
    };
    let client = Rc::new(client(task.app?, overrides(given.clone())));
    voice.speak_for(Rc::clone(&client), task.spelled);
    // A helper speaks a protocol, in which there is no room for what a server says about versions.
    let speaks = !matches!(command, Command::Helper(_));
    let result = run_for(command, given, global.ca_file, &client, voice);
    if voice.verbose()
        && let Some(skew) = client.clock_skew()
    {
        let detail = status::clock_in_words(skew, voice);
        voice.tell(Look::Warn, Word::ClockSkew, &Values::new().with("detail", detail));
    }
    let Some(notice) = client.notice().filter(|_| speaks) else { return result };
    // The last word, also after what went wrong.
    let exit = result.unwrap_or_else(|failure| voice.report(&failure));
    tell(&notice, &client, voice);
    Ok(exit)
}

/// The parser in the words of the tool, if there is one, as it was before it read anything.
fn parser(app: &Result<App, Failure>, link: Option<String>) -> clap::Command {
    arguments::command(link.as_deref(), app.as_ref().ok().map(App::manifest))
}

/// A token on the command line, or for `-` the one on standard input.
fn given_token(given: &str) -> Result<Secret, Failure> {
    if given == "-" { crate::prompt::piped() } else { Ok(Secret::from(given)) }
}

/// The server won't serve this version for ever: that is said once, at the end.
fn tell(notice: &Notice, client: &Client, voice: &mut Voice) {
    let app = client.app();
    let usual = format!("{} {} is deprecated", app.title(), app.manifest().app.version);
    let mut values = Values::new().with("detail", usual);
    if let Some(message) = &notice.message {
        values.set("message", message.as_str());
    }
    if let Some(sunset) = &notice.sunset {
        values.set("sunset", sunset.as_str());
    }
    // What was asked for has been done or not; this changes nothing about it.
    let _ = voice.say(Event::Deprecated, &values);
}

fn run_for(
    command: Command,
    given: Option<Secret>,
    ca_file: Option<PathBuf>,
    client: &Client,
    voice: &mut Voice,
) -> Result<u8, Failure> {
    match command {
        Command::Login(wishes) => login::run(client, wishes, given, voice),
        Command::Logout(wishes) => logout::run(client, &wishes, voice),
        Command::Whoami => whoami::run(client, voice),
        Command::Token(wishes) => token::run(client, &wishes, voice),
        Command::Exec(wishes) => exec::run(client, &wishes, voice),
        Command::Helper(wishes) => Ok(helper::run(client, &wishes, voice)),
        Command::Import(wishes) => import::run(client, &wishes, voice),
        Command::Doctor => doctor::run(Some(client), client.system(), ca_file, voice),
        Command::Usual(command) => usual(command, client, voice),
        Command::Account(command) => manage(command, client, voice),
        // What needs no tool has been done before one was looked for.
        Command::App(_) | Command::Completions(_) | Command::Man(_) => Ok(0),
    }
}

/// The commands of an account, by the product's own routes where it has some.
fn usual(command: AccountCommand, client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    let own_orgs = client.has_own(Operation::Orgs);
    match command {
        AccountCommand::Orgs(Orgs { command: None | Some(OrgsCommand::List) }) if own_orgs => {
            voice.needs(Event::CredentialNeeded);
            product::orgs(client, voice)
        }
        AccountCommand::SwitchOrg(wishes) if client.has_own(Operation::SwitchOrg) => {
            voice.needs(Event::CredentialNeeded);
            product::switch_org(&wishes, client, voice)
        }
        AccountCommand::Keys(wishes) => own_keys(wishes, client, voice),
        command => manage(command, client, voice),
    }
}

/// Keys are listed and ended by the product's own routes where it has some.
fn own_keys(wishes: Keys, client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    let lists = client.has_own(Operation::ListKeys);
    let ends = client.has_own(Operation::RevokeKey);
    let wish = match &wishes.command {
        None | Some(KeysCommand::List) if lists => Wish::List,
        Some(KeysCommand::Revoke(revocation)) if ends => Wish::Revoke(revocation),
        Some(KeysCommand::Prune { yes }) => Wish::Prune { yes: *yes },
        _ => return manage(AccountCommand::Keys(wishes), client, voice),
    };
    voice.needs(Event::CredentialNeeded);
    product::keys(&wish, client, voice)
}

/// The commands of an account as Doorkey means them.
fn manage(command: AccountCommand, client: &Client, voice: &mut Voice) -> Result<u8, Failure> {
    match command {
        AccountCommand::Status => status::run(client, voice),
        AccountCommand::Profiles(wishes) => profiles::run(wishes, client, voice),
        AccountCommand::Tokens(wishes) => at_desk(client, voice, |desk| tokens::run(desk, wishes)),
        AccountCommand::Keys(wishes) => at_desk(client, voice, |desk| keys::run(desk, wishes)),
        AccountCommand::Orgs(wishes) => at_desk(client, voice, |desk| orgs::run(desk, wishes)),
        AccountCommand::SwitchOrg(wishes) => at_desk(client, voice, |desk| switch_org::run(desk, &wishes)),
        AccountCommand::Logs(wishes) => at_desk(client, voice, |desk| logs::run(desk, &wishes)),
    }
}

/// Work that asks the account API.
fn at_desk(
    client: &Client,
    voice: &mut Voice,
    work: impl FnOnce(&mut Desk<'_>) -> Result<u8, Failure>,
) -> Result<u8, Failure> {
    voice.needs(Event::CredentialNeeded);
    Desk::open(client, voice).and_then(|mut desk| work(&mut desk)).map_err(|failure| limited(failure, client))
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
