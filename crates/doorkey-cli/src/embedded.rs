//! `login`, `logout` and `whoami` inside another command-line tool, under its own name and in its own words.

mod globals;
mod offer;

use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use clap::{ArgMatches, Command};
use doorkey::{App, Cancel, Client, Error, Overrides, Secret, System};
use doorkey_manifest::manifest::Event;
use thiserror::Error as ThisError;

use self::globals::Switches;
use self::offer::Stop;
use crate::arguments;
use crate::commands::{self, Task};
use crate::interrupt::Interrupts;
use crate::voice::Voice;

/// The commands that a tool gets without asking for more.
const USUAL: [&str; 3] = ["login", "logout", "whoami"];

/// Where they stand in the help: after the tool's own.
const AFTER_THE_TOOLS: usize = 1000;

/// What only makes sense in a program that serves many tools, or speaks of the whole parser, which is the tool's.
const NEVER: [&str; 3] = ["app", "completions", "man"];

/// Doorkey's commands for a tool that uses clap.
///
/// ```no_run
/// # use std::process::ExitCode;
/// # use std::time::Duration;
/// use clap::{Parser, Subcommand, CommandFactory as _, FromArgMatches as _};
/// use doorkey_cli::Embedded;
///
/// #[derive(Parser)]
/// struct Cli {
///     #[command(subcommand)]
///     command: Own,
/// }
///
/// #[derive(Subcommand)]
/// enum Own {
///     Sync,
/// }
///
/// fn acme(manifest: &str) -> Result<ExitCode, Box<dyn std::error::Error>> {
///     let doorkey = Embedded::new(manifest)?;
///     let matches = doorkey.add_to(Cli::command()).get_matches();
///     if let Some(code) = doorkey.run(&matches) {
///         return Ok(code);
///     }
///     let token = match doorkey.token_or_login(&matches, Duration::from_mins(1)) {
///         Ok(token) => token,
///         Err(code) => return Ok(code),
///     };
///     # let _ = token;
///     let Own::Sync = Cli::from_arg_matches(&matches)?.command;
///     Ok(ExitCode::SUCCESS)
/// }
/// ```
///
/// It installs no panic hook. Ctrl-C is watched only while a person is waited for or asked, and does afterwards what it
/// does by default; a tool that handles it itself says so with [`interrupted_by`](Embedded::interrupted_by).
#[derive(Clone, Debug)]
pub struct Embedded {
    app: App,
    system: System,
    /// The words that run the tool.
    command: String,
    /// The commands that it has.
    offered: Vec<String>,
    interrupts: Interrupts,
}

/// A command that there isn't.
#[derive(Clone, Debug, ThisError)]
#[error("Doorkey has no command `{name}` for {app}; there are {}.", known.join(", "))]
pub struct NoSuchCommand {
    /// What was asked for.
    pub name: String,
    /// The product.
    pub app: String,
    /// What there is.
    pub known: Vec<String>,
}

impl Embedded {
    /// For the product of this manifest, which is usually compiled in with `include_str!`.
    pub fn new(manifest: &str) -> Result<Embedded, Error> {
        Ok(Embedded::of(App::from_source("the manifest", manifest)?))
    }

    /// For this product.
    pub fn of(app: App) -> Embedded {
        let command = app.name().to_owned();
        let offered = USUAL.map(str::to_owned).to_vec();
        Embedded { app, system: System::real(), command, offered, interrupts: Interrupts::default() }
    }

    /// In a world of one's own, which tests have.
    #[must_use]
    pub fn on(mut self, system: System) -> Embedded {
        self.system = system;
        self
    }

    /// The words that run the command that [`add_to`](Embedded::add_to) is given, where they aren't the name in the
    /// manifest: `acme auth`, for example. Hints say them.
    #[must_use]
    pub fn called(mut self, command: impl Into<String>) -> Embedded {
        self.command = command.into();
        self
    }

    /// With more of Doorkey's commands than `login`, `logout` and `whoami`: `token`, `status`, `account` and whatever
    /// else `doorkey --help` shows for the product.
    pub fn with<'a>(
        mut self,
        commands: impl IntoIterator<Item = &'a str>,
    ) -> Result<Embedded, NoSuchCommand> {
        let known: Vec<String> = self.commands().map(|command| command.get_name().to_owned()).collect();
        for name in commands {
            if !known.iter().any(|known| known == name) {
                return Err(NoSuchCommand { name: name.to_owned(), app: self.app.title().to_owned(), known });
            }
            if !self.offers(name) {
                self.offered.push(name.to_owned());
            }
        }
        Ok(self)
    }

    /// For a tool that handles Ctrl-C itself: no signal is watched, and every wait ends when `cancel` says so.
    #[must_use]
    pub fn interrupted_by(mut self, cancel: Cancel) -> Embedded {
        self.interrupts = Interrupts::Elsewhere(cancel);
        self
    }

    /// The tool's parser with the commands. A global option of the tool's own goes before Doorkey's of the same name; its
    /// `--json` and `--verbose` are Doorkey's, too.
    pub fn add_to(&self, command: Command) -> Command {
        let globals = globals::beside(&self.parser(), &command);
        let all: Vec<Command> = self.commands().collect();
        let named = |name: &String| all.iter().find(|own| own.get_name() == name).cloned();
        self.offered.iter().filter_map(named).enumerate().fold(command, |command, (index, own)| {
            let own = globals.iter().cloned().fold(own, Command::arg);
            command.subcommand(own.display_order(AFTER_THE_TOOLS + index))
        })
    }

    /// Runs the command, if it is one of those that were added, and gives back what to exit with. `matches` are those of
    /// the command that [`add_to`](Embedded::add_to) was given.
    pub fn run(&self, matches: &ArgMatches) -> Option<ExitCode> {
        let (name, own) = matches.subcommand()?;
        if !self.offers(name) {
            return None;
        }
        let global = globals::read(own);
        let mut voice = self.voice(Switches { json: global.json, verbose: global.verbose });
        let task = Task {
            link: None,
            matches: matches.clone(),
            global,
            app: Ok(self.app.clone()),
            spelled: self.command.clone(),
        };
        let done = commands::run(task, self.system.clone(), &mut voice);
        Some(ExitCode::from(done.unwrap_or_else(|failure| voice.report(&failure))))
    }

    /// Sign-in for this product, for whatever the tool does itself.
    pub fn client(&self) -> Client {
        Client::with(self.app.clone(), self.system.clone(), Overrides::default()).called(&self.command)
    }

    /// A token that is good for at least `min_ttl`. Somebody who isn't signed in is asked at a terminal whether to sign
    /// in right there; without one they are told, and the code to exit with comes back.
    pub fn token_or_login(&self, matches: &ArgMatches, min_ttl: Duration) -> Result<Secret, ExitCode> {
        self.speak(matches, |client, voice| {
            voice.needs(Event::CredentialNeeded);
            offer::token(client, min_ttl, voice)
        })
    }

    /// Tells the person about an error as the commands would, and gives back what to exit with.
    pub fn report(&self, matches: &ArgMatches, error: Error) -> ExitCode {
        self.speak(matches, |_, voice| {
            voice.needs(Event::CredentialNeeded);
            Err::<(), _>(error.into())
        })
        .err()
        .unwrap_or(ExitCode::FAILURE)
    }

    /// Work of the tool's own, in the voice of the commands.
    fn speak<T>(
        &self,
        matches: &ArgMatches,
        work: impl FnOnce(&Client, &mut Voice) -> Result<T, Stop>,
    ) -> Result<T, ExitCode> {
        let client = Rc::new(self.client());
        let mut voice = self.voice(Switches::of(matches));
        voice.speak_for(Rc::clone(&client), self.command.clone());
        work(&client, &mut voice).map_err(|stop| match stop {
            Stop::Failed(failure) => ExitCode::from(voice.report(&failure)),
            Stop::Told(code) => ExitCode::from(code),
        })
    }

    fn voice(&self, switches: Switches) -> Voice {
        let mut voice = Voice::new(switches.json, switches.verbose, crate::is_dumb(&self.system));
        voice.interrupted_by(self.interrupts.clone());
        voice
    }

    fn offers(&self, name: &str) -> bool {
        self.offered.iter().any(|offered| offered == name)
    }

    /// Doorkey's own parser, in the product's words and under the tool's name.
    fn parser(&self) -> Command {
        arguments::command(Some(&self.command), Some(self.app.manifest()))
    }

    /// Every command that there is for a tool like this.
    fn commands(&self) -> impl Iterator<Item = Command> {
        let all: Vec<Command> = self.parser().get_subcommands().cloned().collect();
        all.into_iter().filter(|command| !NEVER.contains(&command.get_name()))
    }
}

#[cfg(test)]
mod tests;
