//! Every help text.

use crate::tool::Tool;

fn help(arguments: &[&str]) -> String {
    Tool::new().run(arguments)
}

#[test]
fn the_command_explains_itself() {
    insta::assert_snapshot!(help(&["--help"]), @"
    exit: 0
    --- stdout ---
    Sign in to command-line tools

    Usage: doorkey [OPTIONS] <COMMAND>

    Commands:
      login        Sign in, in the way that fits where this runs
      logout       Forget the credential on this machine
      whoami       Show who is signed in, at which server and from which source
      token        Print the token alone, for scripts; it is renewed first when it is about to expire
      exec         Run a command with the token in the variables that the tool's own programs read
      helper       Give the token to git, docker, cargo, kubectl, npm or Bazel, in their own protocols
      import       Take the token that gh, npm, uv or docker has for the tool's server
      doctor       Look for what keeps signing in from working, and say what to do about it
      status       Show where the credential comes from, until when it is good and what the server says
      storage      Show where the credential is kept and whether that works, or move it
      tokens       List, make, replace and revoke your personal access tokens
      keys         List, make, replace and revoke the API keys of an organization
      orgs         List, make, join and leave organizations, and see who is in them
      switch-org   Act for another organization from now on
      profiles     Keep several accounts, servers and organizations side by side
      logs         Show what happened to your account or to an organization
      account      The tool's commands for tokens, keys and organizations under Doorkey's own names
      app          Make and check manifests, and print their schema
      completions  Print what a shell needs to complete this command
      man          Print the manual's page of this command, or write those of all commands

    Options:
          --app <NAME|FILE>
              The tool to sign in to: a built-in name, or the path of a manifest (FILE.toml)

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

      -V, --version
              Print version

    Exit codes:
        0  it worked
        1  it failed
        2  it was asked for wrongly: an option, a manifest, an address
        3  it can't be told now: offline, or the server is broken or busy
        4  sign in first: signed out, expired or revoked
        5  signed in, but not allowed, or the plan doesn't include it
      130  cancelled with Ctrl-C
      A manifest may say other codes for its own app; with --json it is always these.

    Environment variables:
      DOORKEY_APP      the tool, where --app isn't given
      DOORKEY_APPS     folders of manifests, separated as in PATH, that go before the built-in ones
      DOORKEY_PROFILE  the profile, where --profile isn't given
      DOORKEY_STORAGE  where the credential is kept: file, keyring, encrypted, memory or command
      DOORKEY_CA_FILE  certificate authorities to trust besides the system's, as with --ca-file FILE
      SSL_CERT_FILE, SSL_CERT_DIR
                       certificate authorities to trust instead of the system's
      HTTPS_PROXY, ALL_PROXY, NO_PROXY
                       the proxy to use, and what is reached without it
      BROWSER          the program that opens links
      NO_COLOR         no colours
      ACCESSIBLE       nothing is overwritten on the terminal, for screen readers
      A manifest names its app's own variables for the token and the server.

    A link to this program works as its app: after `ln -s doorkey demo`, `demo login` is `doorkey --app
    demo login`.
    ");
}

#[test]
fn the_short_help_is_short() {
    insta::assert_snapshot!(help(&["-h"]), @"
    exit: 0
    --- stdout ---
    Sign in to command-line tools

    Usage: doorkey [OPTIONS] <COMMAND>

    Commands:
      login        Sign in, in the way that fits where this runs
      logout       Forget the credential on this machine
      whoami       Show who is signed in, at which server and from which source
      token        Print the token alone, for scripts; it is renewed first when it is about to expire
      exec         Run a command with the token in the variables that the tool's own programs read
      helper       Give the token to git, docker, cargo, kubectl, npm or Bazel, in their own protocols
      import       Take the token that gh, npm, uv or docker has for the tool's server
      doctor       Look for what keeps signing in from working, and say what to do about it
      status       Show where the credential comes from, until when it is good and what the server says
      storage      Show where the credential is kept and whether that works, or move it
      tokens       List, make, replace and revoke your personal access tokens
      keys         List, make, replace and revoke the API keys of an organization
      orgs         List, make, join and leave organizations, and see who is in them
      switch-org   Act for another organization from now on
      profiles     Keep several accounts, servers and organizations side by side
      logs         Show what happened to your account or to an organization
      account      The tool's commands for tokens, keys and organizations under Doorkey's own names
      app          Make and check manifests, and print their schema
      completions  Print what a shell needs to complete this command
      man          Print the manual's page of this command, or write those of all commands

    Options:
          --app <NAME|FILE>     The tool to sign in to: a built-in name, or the path of a manifest
                                (FILE.toml)
          --api <URL>           The address of the tool's server, instead of the manifest's [alias:
                                --server]
          --credential <TOKEN>  A token for this one command; `-` reads it from standard input (what
                                stands here stays in the shell's history)
          --profile <NAME>      The profile to use: an account, a server and an organization under a
                                name of yours
          --json                Print JSON instead of text
      -v, --verbose             Say more about what goes wrong
      -h, --help                Print help (see more with '--help')
      -V, --version             Print version
    ");
}

#[test]
fn without_a_command_it_shows_the_help_and_fails() {
    let shown = help(&[]);
    assert!(shown.starts_with("exit: 2\n--- stderr ---\nSign in to command-line tools\n"), "{shown}");
}

#[test]
fn login_explains_itself() {
    insta::assert_snapshot!(help(&["login", "--help"]), @"
    exit: 0
    --- stdout ---
    Sign in, in the way that fits where this runs

    Usage: doorkey login [OPTIONS]
           doorkey login <COMMAND>

    Commands:
      resume  Finish a sign-in that `login --no-wait` began

    Options:
          --browser
              Sign in with a browser on this machine

          --device
              Sign in with a code, in a browser on any device

          --no-browser
              Open no browser; print the link

          --token [<TOKEN>]
              Save this token instead of signing in with a browser; `-`, or no value, reads it from
              standard input
              
              A token that stands on the command line stays in the shell's history and is visible to
              others on this machine while the command runs. Pass it on standard input instead, with
              `--token - < FILE`. At a terminal it is asked for and not shown.

          --timeout <DURATION>
              How long to wait for you: `90s`, `5m`, `1h`, or a number of seconds

          --poll-interval <DURATION>
              How long to pause between two questions to the server, instead of what it asks for

          --scope <SCOPE>
              Ask for this scope; may be given several times

          --org <ORG>
              Act for this organization: its id or short name

          --storage <KIND>
              Where to keep the credential: `file`, `keyring`, `encrypted`, `memory` or `command`; kept
              to from now on

          --insecure-storage
              Keep the credential in a plain file that only you can read: the same as `--storage file`

          --browser-command <COMMAND>
              The program that opens the page, with its arguments; `%s` stands for the address

          --qr
              Show the link as a QR code, too, for the camera of a phone; signs in with a code

          --callback-port <PORT>
              The port on this machine that the browser comes back to

          --callback-host <HOST>
              What the address says that the browser comes back to: `localhost`, `127.0.0.1` or `[::1]`

          --no-wait
              Begin the sign-in and don't wait for you; `login resume` finishes it

          --app <NAME|FILE>
              The tool to sign in to: a built-in name, or the path of a manifest (FILE.toml)

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
    ");
}

#[test]
fn logout_explains_itself() {
    insta::assert_snapshot!(help(&["logout", "--help"]), @"
    exit: 0
    --- stdout ---
    Forget the credential on this machine

    Usage: doorkey logout [OPTIONS]

    Options:
      -y, --yes                 Don't ask
          --revoke              End the credential on the server, too; takes at most five seconds
          --all                 All profiles of this tool
          --everywhere          Sign the account out of all terminals and browsers; tokens and keys that
                                you made go on working
          --app <NAME|FILE>     The tool to sign in to: a built-in name, or the path of a manifest
                                (FILE.toml)
          --api <URL>           The address of the tool's server, instead of the manifest's [alias:
                                --server]
          --credential <TOKEN>  A token for this one command; `-` reads it from standard input (what
                                stands here stays in the shell's history)
          --profile <NAME>      The profile to use: an account, a server and an organization under a
                                name of yours
          --json                Print JSON instead of text
      -v, --verbose             Say more about what goes wrong
      -h, --help                Print help
    ");
}

#[test]
fn whoami_explains_itself() {
    insta::assert_snapshot!(help(&["whoami", "-h"]), @"
    exit: 0
    --- stdout ---
    Show who is signed in, at which server and from which source

    Usage: doorkey whoami [OPTIONS]

    Options:
          --app <NAME|FILE>     The tool to sign in to: a built-in name, or the path of a manifest
                                (FILE.toml)
          --api <URL>           The address of the tool's server, instead of the manifest's [alias:
                                --server]
          --credential <TOKEN>  A token for this one command; `-` reads it from standard input (what
                                stands here stays in the shell's history)
          --profile <NAME>      The profile to use: an account, a server and an organization under a
                                name of yours
          --json                Print JSON instead of text
      -v, --verbose             Say more about what goes wrong
      -h, --help                Print help
    ");
}

#[test]
fn token_explains_itself() {
    insta::assert_snapshot!(help(&["token", "-h"]), @"
    exit: 0
    --- stdout ---
    Print the token alone, for scripts; it is renewed first when it is about to expire

    Usage: doorkey token [OPTIONS]

    Options:
          --min-ttl <DURATION>  A token that is good for at least this long, or an error: `90s`, `5m`,
                                `1h`
          --no-refresh          Don't renew it and ask nobody: print what is stored, unless it is over
          --header              Print the whole header, `Authorization: Bearer …`
          --app <NAME|FILE>     The tool to sign in to: a built-in name, or the path of a manifest
                                (FILE.toml)
          --api <URL>           The address of the tool's server, instead of the manifest's [alias:
                                --server]
          --credential <TOKEN>  A token for this one command; `-` reads it from standard input (what
                                stands here stays in the shell's history)
          --profile <NAME>      The profile to use: an account, a server and an organization under a
                                name of yours
          --json                Print JSON instead of text
      -v, --verbose             Say more about what goes wrong
      -h, --help                Print help
    ");
}

#[test]
fn status_explains_itself() {
    insta::assert_snapshot!(help(&["status", "-h"]), @"
    exit: 0
    --- stdout ---
    Show where the credential comes from, until when it is good and what the server says

    Usage: doorkey status [OPTIONS]

    Options:
          --app <NAME|FILE>     The tool to sign in to: a built-in name, or the path of a manifest
                                (FILE.toml)
          --api <URL>           The address of the tool's server, instead of the manifest's [alias:
                                --server]
          --credential <TOKEN>  A token for this one command; `-` reads it from standard input (what
                                stands here stays in the shell's history)
          --profile <NAME>      The profile to use: an account, a server and an organization under a
                                name of yours
          --json                Print JSON instead of text
      -v, --verbose             Say more about what goes wrong
      -h, --help                Print help
    ");
}

#[test]
fn app_explains_itself() {
    insta::assert_snapshot!(help(&["app", "--help"]), @"
    exit: 0
    --- stdout ---
    Make and check manifests, and print their schema

    Usage: doorkey app [OPTIONS] <COMMAND>

    Commands:
      validate  Check manifests: what is wrong, on which line, and what would be right
      schema    Print the JSON Schema of manifests, for editors
      init      Write a manifest to start from
      add       Add a manifest to your own apps, so that its name is enough

    Options:
          --app <NAME|FILE>     The tool to sign in to: a built-in name, or the path of a manifest
                                (FILE.toml)
          --api <URL>           The address of the tool's server, instead of the manifest's [alias:
                                --server]
          --credential <TOKEN>  A token for this one command; `-` reads it from standard input (what
                                stands here stays in the shell's history)
          --profile <NAME>      The profile to use: an account, a server and an organization under a
                                name of yours
          --json                Print JSON instead of text
      -v, --verbose             Say more about what goes wrong
      -h, --help                Print help
    ");
}

#[test]
fn app_validate_explains_itself() {
    insta::assert_snapshot!(help(&["app", "validate", "-h"]), @"
    exit: 0
    --- stdout ---
    Check manifests: what is wrong, on which line, and what would be right

    Usage: doorkey app validate [OPTIONS] <FILE>...

    Arguments:
      <FILE>...  The manifests

    Options:
          --app <NAME|FILE>     The tool to sign in to: a built-in name, or the path of a manifest
                                (FILE.toml)
          --api <URL>           The address of the tool's server, instead of the manifest's [alias:
                                --server]
          --credential <TOKEN>  A token for this one command; `-` reads it from standard input (what
                                stands here stays in the shell's history)
          --profile <NAME>      The profile to use: an account, a server and an organization under a
                                name of yours
          --json                Print JSON instead of text
      -v, --verbose             Say more about what goes wrong
      -h, --help                Print help
    ");
}

#[test]
fn through_a_link_the_help_bears_the_links_name() {
    insta::assert_snapshot!(Tool::new().linked_as("demo").run(&["logout", "-h"]), @"
    exit: 0
    --- stdout ---
    Forget the credential on this machine

    Usage: demo logout [OPTIONS]

    Options:
      -y, --yes                 Don't ask
          --revoke              End the credential on the server, too; takes at most five seconds
          --all                 All profiles of this tool
          --everywhere          Sign the account out of all terminals and browsers; tokens and keys that
                                you made go on working
          --api <URL>           The address of the tool's server, instead of the manifest's [alias:
                                --server]
          --credential <TOKEN>  A token for this one command; `-` reads it from standard input (what
                                stands here stays in the shell's history)
          --profile <NAME>      The profile to use: an account, a server and an organization under a
                                name of yours
          --json                Print JSON instead of text
      -v, --verbose             Say more about what goes wrong
      -h, --help                Print help
    ");
}

#[test]
fn a_wrong_option_is_refused_with_the_one_that_was_meant() {
    insta::assert_snapshot!(help(&["logout", "--revok"]), @"
    exit: 2
    --- stderr ---
    error: unexpected argument '--revok' found

      tip: a similar argument exists: '--revoke'

    Usage: doorkey logout --revoke

    For more information, try '--help'.
    ");
}

#[test]
fn ways_that_exclude_each_other_are_refused() {
    insta::assert_snapshot!(help(&["--app", "demo", "login", "--browser", "--device"]), @"
    exit: 2
    --- stderr ---
    error: the argument '--browser' cannot be used with '--device'

    Usage: doorkey login --browser

    For more information, try '--help'.
    ");
}

#[test]
fn a_wait_that_makes_no_sense_is_refused() {
    insta::assert_snapshot!(help(&["--app", "demo", "login", "--timeout", "soon"]), @"
    exit: 2
    --- stderr ---
    error: invalid value 'soon' for '--timeout <DURATION>': write a whole number and a unit, such as `90s`, `5m` or `1h`, or a number of seconds above zero

    For more information, try '--help'.
    ");
}
