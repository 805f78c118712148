//! The options that every command of ours takes, beside those that the tool has for all of its own.

use clap::{Arg, ArgMatches, Command};

use crate::arguments::Global;

/// The option that chooses between tools, which one tool has no use for.
const APP: &str = "app";

/// Ours for each of the commands, but those whose name the tool has taken for all of its commands. They get ids that the
/// tool can't have.
pub fn beside(ours: &Command, tool: &Command) -> Vec<Arg> {
    let taken = |arg: &&Arg| tool.get_arguments().any(|theirs| theirs.is_global_set() && clash(arg, theirs));
    let ours = ours.get_arguments().filter(|arg| arg.is_global_set() && arg.get_id() != APP);
    ours.filter(|arg| !taken(arg)).map(|arg| arg.clone().id(id(arg.get_id().as_str()))).collect()
}

/// What they say.
pub fn read(matches: &ArgMatches) -> Global {
    let text = |name: &str| matches.try_get_one::<String>(&id(name)).ok().flatten().cloned();
    let said = |name: &str| is_set(matches, &id(name));
    let theirs = wishes(matches);
    Global {
        app: None,
        api: text("api"),
        frontend: text("frontend"),
        credential: text("credential"),
        json: said("json") || theirs.json,
        verbose: said("verbose") || theirs.verbose,
    }
}

/// What the tool's own options of the same meaning say, wherever they stand.
pub fn wishes(matches: &ArgMatches) -> Global {
    let below = matches.subcommand().map(|(_, inner)| wishes(inner)).unwrap_or_default();
    Global {
        json: below.json || is_set(matches, "json"),
        verbose: below.verbose || is_set(matches, "verbose"),
        ..Global::default()
    }
}

fn id(name: &str) -> String {
    format!("doorkey.{name}")
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
