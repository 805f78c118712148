//! How another program is set up to ask: with `--setup`, and for a person who calls what programs call.

use crate::terminal::Session;
use crate::tool::Tool;

#[test]
fn every_program_has_its_lines() {
    let tool = Tool::new().set("DEMO_URL", "https://acme.example");
    let setup = |program: &str| tool.run(&["--app", "demo", "helper", program, "--setup"]);
    insta::assert_snapshot!(setup("git"), @r#"
    exit: 0
    --- stdout ---
    # In ~/.gitconfig, or in the file .git/config of one repository:
    [credential "https://acme.example"]
    	helper =
    	helper = !doorkey --app demo helper git
    "#);
    insta::assert_snapshot!(setup("docker"), @r#"
    exit: 0
    --- stdout ---
    # Once, in a shell; docker finds its helpers by their names:
    ln -s "$(command -v doorkey)" ~/.local/bin/docker-credential-demo

    # In ~/.docker/config.json; podman and skopeo read it, too:
    {
      "credHelpers": {
        "acme.example": "demo"
      }
    }
    "#);
    insta::assert_snapshot!(setup("cargo"), @r#"
    exit: 0
    --- stdout ---
    # Once, in a shell:
    ln -s "$(command -v doorkey)" ~/.local/bin/cargo-credential-demo

    # In ~/.cargo/config.toml, with your registry's own path:
    [registries.demo]
    index = "sparse+https://acme.example/"
    credential-provider = ["cargo-credential-demo"]
    "#);
    insta::assert_snapshot!(setup("kubectl"), @r#"
    exit: 0
    --- stdout ---
    # In ~/.kube/config:
    users:
    - name: "demo"
      user:
        exec:
          apiVersion: client.authentication.k8s.io/v1
          command: "doorkey"
          args: ["--app", "demo", "helper", "kubectl"]
          interactiveMode: Never
          provideClusterInfo: true
    "#);
    insta::assert_snapshot!(setup("npm"), @"
    exit: 0
    --- stdout ---
    # In ~/.npmrc; `doorkey --app demo helper npm URL` prints these lines for a registry with a path:
    registry=https://acme.example/
    //acme.example/:_authToken=${DEMO_TOKEN}

    # Then, in a shell:
    doorkey --app demo exec -- npm install
    ");
    insta::assert_snapshot!(setup("bazel"), @r#"
    exit: 0
    --- stdout ---
    # Once, in a shell, in a folder of your PATH:
    ln -s "$(command -v doorkey)" ~/.local/bin/bazel-credential-demo

    # In ~/.bazelrc:
    common --credential_helper=acme.example=bazel-credential-demo
    "#);
    insta::assert_snapshot!(setup("aws"), @"
    exit: 2
    --- stderr ---
    error: AWS takes no bearer tokens: its requests are signed with keys, and Doorkey demo gives none.
    hint: Where a role trusts these tokens, write one to a private file with `doorkey --app demo token` and name it in AWS_WEB_IDENTITY_TOKEN_FILE.
    ");
}

#[test]
fn through_a_link_the_lines_have_the_links_name() {
    let tool = Tool::new().set("DEMO_URL", "https://acme.example").linked_as("demo");
    insta::assert_snapshot!(tool.run(&["helper", "git", "--setup"]), @r#"
    exit: 0
    --- stdout ---
    # In ~/.gitconfig, or in the file .git/config of one repository:
    [credential "https://acme.example"]
    	helper =
    	helper = !demo helper git
    "#);
}

#[test]
fn a_person_at_a_terminal_is_shown_them() {
    let tool = Tool::new().set("DEMO_URL", "https://acme.example");
    let session = Session::start(&tool, &["--app", "demo", "helper", "git", "get"]);
    insta::assert_snapshot!(session.end(&tool), @r#"
    exit: Some(2)
    error: This is for git to call, and nobody says anything on standard input. Set it up like this:

    # In ~/.gitconfig, or in the file .git/config of one repository:
    [credential "https://acme.example"]
    	helper =
    	helper = !doorkey --app demo helper git
    "#);
}

#[test]
fn the_commands_for_other_programs_explain_themselves() {
    let help = |command: &str| Tool::new().run(&[command, "-h"]);
    insta::assert_snapshot!(help("exec"), @"
    exit: 0
    --- stdout ---
    Run a command with the token in the variables that the tool's own programs read

    Usage: doorkey exec [OPTIONS] -- <COMMAND>...

    Arguments:
      <COMMAND>...  The command and its arguments

    Options:
          --env <NAME>          Set this variable to the token, too; may be given several times
          --min-ttl <DURATION>  With a token that is good for at least this long, or not at all: `90s`,
                                `5m`, `1h`
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
    insta::assert_snapshot!(help("helper"), @"
    exit: 0
    --- stdout ---
    Give the token to git, docker, cargo, kubectl, npm or Bazel, in their own protocols

    Usage: doorkey helper [OPTIONS] <PROGRAM> [ACTION]

    Arguments:
      <PROGRAM>  The program that asks [possible values: git, docker, cargo, kubectl, npm, bazel, aws]
      [ACTION]   What it asks for, such as `get`; for npm, the registry's address

    Options:
          --setup               Print the lines of the program's configuration that make it ask
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
    insta::assert_snapshot!(help("import"), @"
    exit: 0
    --- stdout ---
    Take the token that gh, npm, uv or docker has for the tool's server

    Usage: doorkey import [OPTIONS] <PROGRAM>

    Arguments:
      <PROGRAM>  The program whose credentials are read [possible values: gh, npm, uv, docker]

    Options:
          --host <HOST>         The host whose token is taken, where several fit
          --file <FILE>         Its file, where that isn't in the usual place
          --dry-run             Only show what would be done
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
