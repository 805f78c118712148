//! The options that every command of ours takes, beside those that the tool has for all of its own.

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::arguments::Global;

/// The option that chooses between tools, which one tool has no use for.
const APP: &str = "app";

/// Ours for each of the commands. The name of one that the tool has for all of its commands stays the tool's.
pub fn beside(ours: &Command, tool: &Command) -> Vec<Arg> {
    let theirs = |arg: &Arg, found: fn(&Arg, &Arg) -> bool| {
        tool.get_arguments().any(|theirs| theirs.is_global_set() && found(arg, theirs))
    };
    let ours = ours.get_arguments().filter(|arg| arg.is_global_set() && arg.get_id() != APP);
    ours.map(|arg| arg.clone().id(id(arg)))
        .filter(|arg| !theirs(arg, |ours, theirs| ours.get_id() == theirs.get_id()))
        .map(|arg| if theirs(&arg, clash) { nameless(arg.get_id().as_str()) } else { arg })
        .collect()
}

/// A switch means the same for the tool; a value needn't, so it has an id that the tool can't have.
fn id(arg: &Arg) -> String {
    let name = arg.get_id().as_str();
    if arg.get_action().takes_values() { own_id(name) } else { name.to_owned() }
}

fn own_id(name: &str) -> String {
    format!("doorkey.{name}")
}

/// One that nobody can give, for the options that speak of it.
fn nameless(id: &str) -> Arg {
    let name = format!("doorkey-{}", id.trim_start_matches("doorkey."));
    Arg::new(id.to_owned()).long(name).action(ArgAction::SetTrue).hide(true).global(true)
}

/// What they say.
pub fn read(matches: &ArgMatches) -> Global {
    let text = |name: &str| matches.try_get_one::<String>(&own_id(name)).ok().flatten().cloned();
    let Switches { json, verbose } = Switches::of(matches);
    // Every field by its name: a new option has to be read here, too.
    Global {
        app: None,
        api: text("api"),
        frontend: text("frontend"),
        credential: text("credential"),
        profile: text("profile"),
        ca_file: matches.try_get_one::<std::path::PathBuf>(&own_id("ca_file")).ok().flatten().cloned(),
        json,
        verbose,
    }
}

/// What the switches say, ours and the tool's own of the same meaning, wherever they stand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Switches {
    pub json: bool,
    pub verbose: bool,
}

impl Switches {
    pub fn of(matches: &ArgMatches) -> Switches {
        let below = matches.subcommand().map(|(_, inner)| Switches::of(inner)).unwrap_or_default();
        Switches {
            json: below.json || is_set(matches, "json"),
            verbose: below.verbose || is_set(matches, "verbose"),
        }
    }
}

/// Whether a switch is on, be it a switch or one that counts. Anything else of this name isn't one.
fn is_set(matches: &ArgMatches, id: &str) -> bool {
    let counted = || matches.try_get_one::<u8>(id).ok().flatten().is_some_and(|count| *count > 0);
    matches.try_get_one::<bool>(id).ok().flatten().copied().unwrap_or_else(counted)
}

fn clash(ours: &Arg, theirs: &Arg) -> bool {
    let long = |arg: &Arg| arg.get_long_and_visible_aliases().unwrap_or_default().join(" ");
    let short = |arg: &Arg| arg.get_short_and_visible_aliases().unwrap_or_default();
    let words = long(theirs);
    long(ours).split(' ').any(|name| words.split(' ').any(|taken| taken == name && !name.is_empty()))
        || short(ours).iter().any(|letter| short(theirs).contains(letter))
}
