//! The parser in a product's own words: what it calls its options, what its help says, and commands that only it has.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};
use doorkey_manifest::Manifest;
use doorkey_manifest::manifest::{self, Unit, Way, Words};
use doorkey_manifest::wire::Operation;

/// The commands whose question `--yes` answers.
const ASKING: [&str; 2] = ["login", "logout"];

/// The same parser, as the product has it.
pub fn dress(command: Command, manifest: &Manifest) -> Command {
    let options = &manifest.options;
    let command = command
        .mut_arg("api", |api| named(api, &options.server))
        .mut_arg("frontend", |frontend| named(frontend, &options.frontend))
        .mut_arg("credential", |credential| given(credential, &options.token))
        .mut_subcommand("login", |login| dress_login(login, manifest))
        .mut_subcommand("switch-org", |switch| {
            switch.mut_arg("key_name", |name| named(name, &options.key_name))
        });
    let command = ASKING.into_iter().fold(command, |command, asking| {
        command.mut_subcommand(asking, |asking| asking.mut_arg("yes", |yes| named(yes, &options.yes)))
    });
    let command = show_what_is_offered(command, manifest);
    manifest.commands.iter().fold(command, |command, (name, own)| dress_command(command, name, own))
}

/// Names beside Doorkey's own, and the product's words about it.
fn named(arg: Arg, words: &Words) -> Arg {
    let arg = words.names.iter().fold(arg, |arg, name| alias(arg, name));
    match &words.about {
        Some(about) => arg.help(about.clone()).long_help(about.clone()),
        None => arg,
    }
}

fn alias(arg: Arg, name: &str) -> Arg {
    let mut letters = name.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => arg.visible_short_alias(letter),
        // What Doorkey calls it, too, isn't another name.
        _ if arg.get_long() == Some(name) => arg,
        _ if arg.get_all_aliases().is_some_and(|known| known.contains(&name)) => arg,
        _ => arg.visible_alias(name.to_owned()),
    }
}

/// A token for one command: under the product's name first, where it has one.
fn given(arg: Arg, words: &Words) -> Arg {
    match words.names.split_first() {
        None => arg,
        Some((first, others)) => {
            let arg = arg.long(first.clone()).alias("credential");
            let others = Words { names: others.to_vec(), about: words.about.clone(), ..Words::default() };
            named(arg, &others)
        }
    }
}

fn dress_login(login: Command, manifest: &Manifest) -> Command {
    let options = &manifest.options;
    let login = login
        .mut_arg("browser", |browser| named(browser, &options.browser))
        .mut_arg("anonymous", |anonymous| named(anonymous, &options.anonymous))
        .mut_arg("org", |org| named(org, &options.organization))
        .mut_arg("product", |product| named(product, &options.product))
        .mut_arg("timeout", |timeout| timed(timeout, &options.timeout))
        .mut_arg("poll_interval", |interval| timed(interval, &options.poll_interval));
    // The name is taken by the token for one command; for `login`, both mean the token to save.
    if options.token.names.iter().any(|name| name == "token") {
        login.mut_arg("token", |token| token.long("save-token").hide(true))
    } else {
        login
    }
}

/// A length of time, counted as the product counts.
fn timed(arg: Arg, words: &Words) -> Arg {
    let arg = named(arg, words);
    match words.unit {
        Unit::Seconds => arg,
        Unit::Milliseconds => arg.value_parser(crate::time::parse_milliseconds).value_name("MILLISECONDS"),
    }
}

/// Options that are of use for this product alone are shown for it.
fn show_what_is_offered(command: Command, manifest: &Manifest) -> Command {
    let offers = |way: Way| manifest.sign_in.ways.contains(&way);
    let names_product = manifest.wire.iter().any(|(_, exchange)| {
        exchange.body.iter().chain(&exchange.accepts).any(|body| body.names().any(|name| name == "product"))
    });
    let polls = offers(Way::Device) || offers(Way::Session);
    let names_key = manifest
        .own_exchange(Operation::SwitchOrg)
        .is_some_and(|switch| switch.body.iter().any(|body| body.names().any(|name| name == "key.name")));
    let prunes = manifest.commands.get("keys").is_some_and(|keys| keys.prune.is_some());
    let shown = |show: bool| move |arg: Arg| arg.hide(!show);
    command
        .mut_arg("frontend", shown(manifest.server.frontend.is_some()))
        .mut_subcommand("login", |login| {
            login
                .mut_arg("anonymous", shown(offers(Way::Anonymous)))
                .mut_arg("yes", shown(offers(Way::Anonymous)))
                .mut_arg("product", shown(names_product))
                .mut_arg("browser", shown(offers(Way::Loopback) || offers(Way::Session)))
                .mut_arg("device", shown(polls))
                .mut_arg("poll_interval", shown(polls))
                .mut_arg("callback_port", shown(offers(Way::Loopback)))
                .mut_arg("callback_host", shown(offers(Way::Loopback)))
                .mut_arg("qr", shown(polls))
                .mut_arg("no_wait", shown(polls))
                .mut_subcommand("resume", |resume| resume.hide(!polls))
        })
        .mut_subcommand("switch-org", |switch| switch.mut_arg("key_name", shown(names_key)))
        .mut_subcommand("keys", |keys| keys.mut_subcommand("prune", |prune| prune.hide(!prunes)))
}

/// A command in the product's words; one that only the product has is added, or takes the place of Doorkey's.
fn dress_command(command: Command, name: &str, own: &manifest::Command) -> Command {
    let replaces = own.program.is_some() || own.file.is_some();
    let known = command.find_subcommand(name).is_some();
    let dressed = |inner: Command| match &own.about {
        Some(about) => inner.about(first_sentence(about)).long_about(about.clone()),
        None => inner,
    };
    match (replaces, known) {
        (false, true) => command.mut_subcommand(name, dressed),
        (false, false) => command,
        (true, true) => command.mut_subcommand(name, |_| dressed(new_command(name, own))),
        (true, false) => command.subcommand(dressed(new_command(name, own))),
    }
}

/// What stands in a list of commands; a command's own help says the rest, too.
fn first_sentence(about: &str) -> String {
    about.split_once(". ").map_or(about, |(first, _)| first).to_owned()
}

fn new_command(name: &str, own: &manifest::Command) -> Command {
    let command = Command::new(name.to_owned());
    if own.program.is_some() {
        // Everything that follows is the program's, its help included.
        let all = Arg::new("arguments")
            .num_args(0..)
            .trailing_var_arg(true)
            .allow_hyphen_values(true)
            .value_name("ARGUMENTS")
            .help("What the program is told")
            .value_parser(clap::value_parser!(OsString));
        return command.disable_help_flag(true).arg(all);
    }
    if own.file.as_ref().is_some_and(|file| file.lines) {
        let follow = Arg::new("follow")
            .long("follow")
            .action(ArgAction::SetTrue)
            .help("Go on and show what is added, until Ctrl-C (what a terminal gets)");
        let stop = Arg::new("no_follow")
            .long("no-follow")
            .action(ArgAction::SetTrue)
            .conflicts_with("follow")
            .help("Stop at the end");
        return command.arg(follow).arg(stop);
    }
    command
}
