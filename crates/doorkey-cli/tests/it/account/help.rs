//! Every help text of these commands.

use crate::tool::Tool;

fn help(arguments: &[&str]) -> String {
    Tool::new().run(arguments)
}

#[test]
fn tokens_explains_itself() {
    insta::assert_snapshot!(help(&["tokens", "--help"]), @"
    exit: 0
    --- stdout ---
    List, make, replace and revoke your personal access tokens

    A personal access token is a password for programs: it acts as you, with the scopes that it was
    given. Making and replacing one takes a sign-in of its own in the browser, which is used once and
    ended. Listing and revoking don't.

    Usage: doorkey tokens [OPTIONS] [COMMAND]

    Commands:
      list    List your tokens, the newest first (what `tokens` alone does)
      create  Make a token; it alone is printed on standard output
      rotate  Replace a token by a new one; the old one goes on working for a while
      revoke  End a token at once

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

    Examples:
      doorkey tokens
      doorkey tokens create CI --scope notes:write --expires 30d
      TOKEN=$(doorkey tokens create deploy --expires 12h)
      doorkey tokens rotate CI --overlap 1h
      doorkey tokens revoke x9Qz
    ");
}

#[test]
fn tokens_create_explains_itself() {
    insta::assert_snapshot!(help(&["tokens", "create", "--help"]), @r#"
    exit: 0
    --- stdout ---
    Make a token; it alone is printed on standard output

    Usage: doorkey tokens create [OPTIONS] <NAME>

    Arguments:
      <NAME>
              What to call it

    Options:
          --scope <SCOPE>
              What it may do; may be given several times

          --expires <DURATION>
              How long it works: `12h`, `30d` …, or `never`

          --org <ORG>
              The organization that it acts for: its id or short name

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

    Examples:
      doorkey tokens create CI
      doorkey tokens create CI --scope profile:read --scope notes:write --expires 90d
      doorkey tokens create deploy --org acme --expires never
      gh secret set TOKEN --body "$(doorkey tokens create CI)"
    "#);
}

#[test]
fn tokens_rotate_explains_itself() {
    insta::assert_snapshot!(help(&["tokens", "rotate", "-h"]), @"
    exit: 0
    --- stdout ---
    Replace a token by a new one; the old one goes on working for a while

    Usage: doorkey tokens rotate [OPTIONS] <ID>

    Arguments:
      <ID>  Which one: its id, the beginning of the id, its name or its last four characters

    Options:
          --overlap <DURATION>  How long the old one goes on working: `1h`, `7d` …, or `0` [default: 1h]
          --expires <DURATION>  How long the new one works: `12h`, `30d` …, or `never`
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
    ");
}

#[test]
fn keys_explains_itself() {
    insta::assert_snapshot!(help(&["keys", "--help"]), @"
    exit: 0
    --- stdout ---
    List, make, replace and revoke the API keys of an organization

    A key belongs to the organization and not to a person: it goes on working when whoever made it
    leaves. Making and replacing one takes a sign-in of its own in the browser, which is used once and
    ended. Listing and revoking don't.

    Usage: doorkey keys [OPTIONS] [COMMAND]

    Commands:
      list    List the keys (what `keys` alone does)
      create  Make a key; it alone is printed on standard output
      rotate  Replace a key by a new one; the old one goes on working for a while
      revoke  End a key at once

    Options:
          --org <ORG>
              The organization: its id or short name; without it, the one that you act for

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

    Examples:
      doorkey keys
      doorkey keys --org acme
      doorkey keys create backend --kind live --rate-limit 600 --allow 10.0.0.0/8
      KEY=$(doorkey keys create worker --service-account 7c1e0f7a-3b0e-4a53-9d0b-2f6c8a1e5d44)
      doorkey keys revoke x9Qz --org acme
    ");
}

#[test]
fn keys_create_explains_itself() {
    insta::assert_snapshot!(help(&["keys", "create", "-h"]), @"
    exit: 0
    --- stdout ---
    Make a key; it alone is printed on standard output

    Usage: doorkey keys create [OPTIONS] <NAME>

    Arguments:
      <NAME>  What to call it

    Options:
          --kind <KIND>           What kind of key: `live`, or what else the tool has
          --scope <SCOPE>         What it may do; may be given several times
          --expires <DURATION>    How long it works: `12h`, `30d` …, or `never`
          --rate-limit <N>        How many requests it may make in a minute
          --allow <CIDR>          The network that it may be used from, such as `10.0.0.0/8`; may be
                                  given several times
          --service-account <ID>  The id of the service account that it acts as
          --org <ORG>             The organization: its id or short name; without it, the one that you
                                  act for
          --app <NAME|FILE>       The tool to sign in to: a built-in name, or the path of a manifest
                                  (FILE.toml)
          --api <URL>             The address of the tool's server, instead of the manifest's [alias:
                                  --server]
          --credential <TOKEN>    A token for this one command; `-` reads it from standard input (what
                                  stands here stays in the shell's history)
          --profile <NAME>        The profile to use: an account, a server and an organization under a
                                  name of yours
          --json                  Print JSON instead of text
      -v, --verbose               Say more about what goes wrong
      -h, --help                  Print help (see more with '--help')
    ");
}

#[test]
fn orgs_explains_itself() {
    insta::assert_snapshot!(help(&["orgs", "--help"]), @r#"
    exit: 0
    --- stdout ---
    List, make, join and leave organizations, and see who is in them

    Whatever changes something takes a sign-in of its own in the browser, which is used once and ended.

    Usage: doorkey orgs [OPTIONS] [COMMAND]

    Commands:
      list                 List the organizations that you are in (what `orgs` alone does)
      create               Make an organization; you own it
      members              Show who is in an organization
      invite               Make a link with which one person can join; it alone is printed on standard
                           output
      join                 Join an organization with the link of an invitation
      set-role             Give a member another role
      remove               Take a member out; their tokens for the organization end, its keys go on
      transfer             Make another member the owner; you are an admin afterwards
      set                  Change an organization's name or limits
      service-accounts     List the service accounts of an organization: programs that hold keys
      add-service-account  Make a service account; `keys create --service-account` gives it a key
      end-service-account  End a service account, and its keys with it
      leave                Leave an organization

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

    Examples:
      doorkey orgs
      doorkey orgs create "Acme Ltd" --slug acme
      doorkey orgs members acme
      doorkey orgs invite acme --role admin
      doorkey orgs join https://accounts.example/join/8sHk…
      doorkey orgs leave acme
    "#);
}

#[test]
fn orgs_invite_explains_itself() {
    insta::assert_snapshot!(help(&["orgs", "invite", "-h"]), @"
    exit: 0
    --- stdout ---
    Make a link with which one person can join; it alone is printed on standard output

    Usage: doorkey orgs invite [OPTIONS] [ORG]

    Arguments:
      [ORG]  The organization: its id or short name; without it, the one that you act for

    Options:
          --role <ROLE>         What whoever joins will be: `owner`, `admin` or `member` [default:
                                member]
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
    ");
}

#[test]
fn switch_org_explains_itself() {
    insta::assert_snapshot!(help(&["switch-org", "--help"]), @r#"
    exit: 0
    --- stdout ---
    Act for another organization from now on

    The credential stays the same; the server lets it act for the other organization at once, for every
    program that uses it.

    Usage: doorkey switch-org [OPTIONS] <ORG>

    Arguments:
      <ORG>
              The organization: its id, short name or name

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

    Examples:
      doorkey switch-org acme
      doorkey orgs && doorkey switch-org "Acme Ltd"
    "#);
}

#[test]
fn logs_explains_itself() {
    insta::assert_snapshot!(help(&["logs", "--help"]), @"
    exit: 0
    --- stdout ---
    Show what happened to your account or to an organization

    An organization's events are for its admins and owners.

    Usage: doorkey logs [OPTIONS]

    Options:
          --org <ORG>
              An organization's events instead of your own: its id or short name

          --limit <N>
              How many events, the latest first
              
              [default: 30]

          --search <TEXT>
              Only events that mention this

          --export <FORMAT>
              Print all events as a file: `csv` or `jsonl`

          --follow
              Go on and show what happens, until Ctrl-C

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

    Examples:
      doorkey logs
      doorkey logs --limit 100 --search token
      doorkey logs --org acme --follow
      doorkey logs --org acme --export csv > acme.csv
      doorkey logs --follow --json | jq .action
    ");
}

#[test]
fn through_a_link_the_examples_bear_the_links_name() {
    let shown = Tool::new().linked_as("demo").run(&["tokens", "create", "--help"]);
    assert!(shown.contains("\n  demo tokens create CI\n") && !shown.contains("doorkey tokens"), "{shown}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let refused = |arguments: &[&str]| {
        let shown = help(arguments);
        assert!(shown.starts_with("exit: 2\n"), "{shown}");
        shown.lines().nth(2).unwrap().to_owned()
    };
    insta::assert_snapshot!(refused(&["tokens", "create", "CI", "--expires", "soon"]), @"error: invalid value 'soon' for '--expires <DURATION>': write a whole number and a unit, such as `12h` or `30d`, or `never`");
    insta::assert_snapshot!(refused(&["tokens", "rotate", "CI", "--overlap", "1w"]), @"error: invalid value '1w' for '--overlap <DURATION>': write a whole number and a unit, such as `1h` or `7d`, or `0` to end the old one at once");
    insta::assert_snapshot!(refused(&["keys", "create", "x", "--allow", "10.0.0.0/40"]), @"error: invalid value '10.0.0.0/40' for '--allow <CIDR>': write a network such as `10.0.0.0/8` or `2001:db8::/32`");
    insta::assert_snapshot!(refused(&["keys", "create", "x", "--rate-limit", "0"]), @"error: invalid value '0' for '--rate-limit <N>': write a whole number above zero");
    insta::assert_snapshot!(refused(&["logs", "--limit", "0"]), @"error: invalid value '0' for '--limit <N>': write a number from 1 to 10000");
    insta::assert_snapshot!(refused(&["logs", "--export", "xml"]), @"error: invalid value 'xml' for '--export <FORMAT>'");
    let told = Tool::new().linked_as("demo").json(&["logs", "--export", "csv", "--json"]);
    assert_eq!(told["error"]["code"], "command.arguments");
    assert_eq!(told["error"]["message"], "the argument '--export <FORMAT>' cannot be used with '--json'.");
    insta::assert_snapshot!(refused(&["logs", "--export", "csv", "--follow"]), @"error: the argument '--export <FORMAT>' cannot be used with '--follow'");
}
