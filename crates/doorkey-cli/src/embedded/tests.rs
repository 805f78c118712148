#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use clap::{Arg, ArgAction, Command};

use super::*;

fn embedded() -> Embedded {
    let demo = doorkey_manifest::builtin::source("demo").unwrap();
    Embedded::new(&demo.replace("name = \"demo\"", "name = \"acme\"")).unwrap()
}

fn names(command: &Command) -> Vec<&str> {
    command.get_subcommands().map(Command::get_name).collect()
}

fn matches(command: Command, words: &[&str]) -> ArgMatches {
    command.try_get_matches_from(words).unwrap()
}

#[test]
fn three_commands_are_added_to_the_tools_own() {
    let acme = embedded().add_to(Command::new("acme").subcommand(Command::new("sync")));
    assert_eq!(names(&acme), ["sync", "login", "logout", "whoami"]);
    acme.debug_assert();
}

#[test]
fn more_are_added_where_they_are_asked_for() {
    let acme = embedded().with(["token", "account", "token"]).unwrap().add_to(Command::new("acme"));
    assert_eq!(names(&acme), ["login", "logout", "whoami", "token", "account"]);
    acme.debug_assert();
}

#[test]
fn everything_that_there_is_can_be_added() {
    let all: Vec<String> = embedded().commands().map(|command| command.get_name().to_owned()).collect();
    let acme = embedded().with(all.iter().map(String::as_str)).unwrap().add_to(Command::new("acme"));
    assert_eq!(names(&acme).len(), all.len());
    acme.debug_assert();
}

#[test]
fn a_command_that_there_is_not_is_an_error_that_says_what_there_is() {
    for name in ["tokn", "app"] {
        let error = embedded().with([name]).unwrap_err();
        let said = error.to_string();
        assert!(said.contains(name) && said.contains("token, ") && !said.contains("app,"), "{said}");
    }
}

#[test]
fn what_is_not_ours_is_the_tools() {
    let embedded = embedded();
    let acme = embedded.add_to(Command::new("acme").subcommand(Command::new("status")));
    assert!(embedded.run(&matches(acme.clone(), &["acme", "status"])).is_none());
    assert!(embedded.run(&matches(acme, &["acme"])).is_none());
}

#[test]
fn every_command_has_our_options_and_they_are_read() {
    let acme = embedded().with(["tokens"]).unwrap().add_to(Command::new("acme"));
    let words = ["acme", "tokens", "list", "--api", "http://[::1]:1", "--json", "-v", "--credential", "x"];
    let global = globals::read(matches(acme, &words).subcommand().unwrap().1);
    assert_eq!(
        (global.api.as_deref(), global.credential.as_deref(), global.json, global.verbose),
        (Some("http://[::1]:1"), Some("x"), true, true)
    );
}

#[test]
fn the_tools_own_global_options_go_before_ours() {
    let verbose = Arg::new("loudness").long("verbose").short('v').action(ArgAction::Count).global(true);
    let json = Arg::new("json").long("json").action(ArgAction::SetTrue).global(true);
    let server = Arg::new("api").long("server").global(true).value_parser(clap::value_parser!(u16));
    let acme = embedded().add_to(Command::new("acme").args([verbose, json, server]));
    acme.clone().debug_assert();
    let whoami = |words: &[&str]| globals::read(matches(acme.clone(), words).subcommand().unwrap().1);
    let global = whoami(&["acme", "--json", "whoami", "-vv", "--server", "7"]);
    assert_eq!((global.json, global.verbose, global.api), (true, false, None));
    assert!(whoami(&["acme", "whoami", "--json"]).json);
    assert!(!whoami(&["acme", "whoami"]).json);
}

#[test]
fn a_counted_verbose_of_the_tools_is_ours_too() {
    let verbose = Arg::new("verbose").long("verbose").short('v').action(ArgAction::Count).global(true);
    let acme = embedded().add_to(Command::new("acme").arg(verbose));
    let read = |words: &[&str]| globals::read(matches(acme.clone(), words).subcommand().unwrap().1).verbose;
    assert_eq!((read(&["acme", "whoami", "-vv"]), read(&["acme", "whoami"])), (true, false));
}

#[test]
fn hints_say_how_the_tool_is_run() {
    let hint = |embedded: Embedded| embedded.client().revoked("https://acme.example").hint();
    assert_eq!(hint(embedded()).as_deref(), Some("Run `acme login`."));
    assert_eq!(hint(embedded().called("acme auth")).as_deref(), Some("Run `acme auth login`."));
}
