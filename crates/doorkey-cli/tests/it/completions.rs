//! The scripts, in the real shells: what is typed halfway becomes whole when TAB is pressed.

use std::process::Command;

use crate::terminal::Session;
use crate::tool::Tool;

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "powershell", "elvish"];

/// The script for a shell, as this tool prints it.
fn script(tool: &Tool, shell: &str) -> String {
    let output = tool.command(&["completions", shell]).output().unwrap();
    assert!(output.status.success(), "{}", tool.shown(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// A shell on a terminal, with nothing in it but what the test says.
struct Shell {
    session: Session,
}

impl Shell {
    fn start(tool: &Tool, shell: &str, options: &[&str], prepare: &str) -> Shell {
        let mut command = Command::new(shell);
        command.args(options).env_clear().env("HOME", tool.path("home")).env("PATH", "/usr/bin:/bin");
        command.env("TERM", "dumb").current_dir(tool.path("home"));
        let mut session = Session::start_other(command);
        // Said in two halves, so that the echo of what is typed isn't taken for the answer.
        session.press(&format!("{prepare}; printf 'rea''dy\\n'\n"));
        session.expect("ready");
        Shell { session }
    }

    /// Presses the keys and TAB, and waits until the line shows what it should be now.
    fn completes(&mut self, typed: &str, whole: &str) {
        self.session.press(&format!("{typed}\t"));
        self.session.expect(whole);
        // Control-U: the line goes, and nothing is run.
        self.session.press("\u{15}");
    }
}

fn bash(tool: &Tool, name: &str) -> Shell {
    let file = tool.write("completions/it.bash", &script(tool, "bash"), 0o644);
    let prepare = format!("source {}; complete -p {name}", file.display());
    Shell::start(tool, "bash", &["--norc", "--noprofile", "-i"], &prepare)
}

fn zsh(tool: &Tool, name: &str) -> Shell {
    let file = tool.write(&format!("completions/_{name}"), &script(tool, "zsh"), 0o644);
    let folder = file.parent().unwrap().display().to_string();
    let prepare = format!("fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -D");
    Shell::start(tool, "zsh", &["-f", "-i"], &prepare)
}

/// What fish offers for a line.
fn fish(tool: &Tool, line: &str) -> String {
    let file = tool.write("completions/it.fish", &script(tool, "fish"), 0o644);
    let mut command = Command::new("fish");
    command.args(["--no-config", "-c", &format!("source {}; complete -C '{line}'", file.display())]);
    command.env_clear().env("HOME", tool.path("home")).env("PATH", "/usr/bin:/bin");
    let output = command.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", tool.shown(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn bash_completes_commands_and_options_under_the_links_name() {
    let tool = Tool::called("demo");
    let mut bash = bash(&tool, "demo");
    bash.completes("demo whoa", "demo whoami");
    bash.completes("demo login --no-b", "demo login --no-browser");
    bash.completes("demo tokens cre", "demo tokens create");
}

#[test]
fn zsh_completes_commands_and_options_under_the_links_name() {
    let tool = Tool::called("demo");
    let mut zsh = zsh(&tool, "demo");
    zsh.completes("demo whoa", "demo whoami");
    zsh.completes("demo login --no-b", "demo login --no-browser");
    zsh.completes("demo tokens cre", "demo tokens create");
}

#[test]
fn fish_completes_commands_and_options_under_the_links_name() {
    let tool = Tool::called("demo");
    assert!(fish(&tool, "demo whoa").starts_with("whoami\t"), "{}", fish(&tool, "demo whoa"));
    assert!(fish(&tool, "demo login --no-b").starts_with("--no-browser\t"));
    assert!(fish(&tool, "demo tokens cre").starts_with("create\t"));
}

#[test]
fn a_products_own_commands_and_options_are_completed() {
    let armoriq = Tool::called("armoriq");
    bash(&armoriq, "armoriq").completes("armoriq regi", "armoriq register");
    zsh(&armoriq, "armoriq").completes("armoriq regi", "armoriq register");
    assert!(fish(&armoriq, "armoriq regi").starts_with("register\t"));
    let arkor = Tool::called("arkor");
    bash(&arkor, "arkor").completes("arkor login --oau", "arkor login --oauth");
    assert!(fish(&arkor, "arkor login --oau").starts_with("--oauth\t"));
}

#[test]
fn under_its_own_name_it_completes_the_apps_that_there_are() {
    let tool = Tool::new();
    let demo = doorkey_manifest::builtin::source("demo").unwrap();
    tool.write("home/.config/doorkey/apps/acme.toml", &demo.replace("\"demo\"", "\"acme\""), 0o600);
    bash(&tool, "doorkey").completes("doorkey --app acm", "doorkey --app acme");
    bash(&tool, "doorkey").completes("doorkey login --app acm", "doorkey login --app acme");
    assert_eq!(fish(&tool, "doorkey login --app=ac").trim_end(), "--app=acme");
}

#[test]
fn every_shell_gets_a_script_for_the_name_that_was_called() {
    let tool = Tool::called("demo");
    for shell in SHELLS {
        let script = script(&tool, shell);
        assert!(script.contains("demo") && script.contains("whoami"), "{shell}: {script}");
        assert!(!script.contains("doorkey;") && !script.contains("'doorkey'"), "{shell}: {script}");
    }
}

#[test]
fn for_programs_the_script_is_json() {
    let tool = Tool::called("demo");
    let output = tool.command(&["completions", "fish", "--json"]).output().unwrap();
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&said["shell"], &said["command"]), (&"fish".into(), &"demo".into()));
    assert_eq!(said["script"].as_str().unwrap().trim_end(), script(&tool, "fish").trim_end());
}

#[test]
fn a_shell_that_is_not_known_is_a_question_of_usage() {
    insta::assert_snapshot!(Tool::called("demo").run(&["completions", "tcsh"]), @"
    exit: 2
    --- stderr ---
    error: invalid value 'tcsh' for '<SHELL>'
      [possible values: bash, elvish, fish, powershell, zsh]

      tip: a similar value exists: 'zsh'

    For more information, try '--help'.
    ");
}

#[test]
fn it_says_where_the_script_goes() {
    insta::assert_snapshot!(Tool::called("demo").run(&["completions", "--help"]), @"
    exit: 0
    --- stdout ---
    Print what a shell needs to complete this command

    The script knows the tool's own commands and options. Where it goes depends on the shell.

    Usage: demo completions [OPTIONS] <SHELL>

    Arguments:
      <SHELL>
              The shell
              
              [possible values: bash, elvish, fish, powershell, zsh]

    Options:
          --api <URL>
              The address of the tool's server, instead of the manifest's
              
              [alias: --server]

          --credential <TOKEN>
              A token for this one command; `-` reads it from standard input (what stands here stays in
              the shell's history)

          --profile <NAME>
              The profile to use: an account, a server and an organization under a name of yours

          --json
              Print JSON instead of text

      -v, --verbose
              Say more about what goes wrong

      -h, --help
              Print help (see a summary with '-h')

    Examples:
      demo completions bash > ~/.local/share/bash-completion/completions/demo
      demo completions zsh > ~/.zfunc/_demo    # in ~/.zshrc, before compinit: fpath+=~/.zfunc
      demo completions fish > ~/.config/fish/completions/demo.fish
      demo completions powershell >> $PROFILE
      demo completions elvish >> ~/.config/elvish/rc.elv
    ");
}
