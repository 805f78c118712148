use super::{GOOD, Manifest, problems_with};
use crate::manifest::Helper;

const HELPERS: &str = r#"
[helpers.git]
origins = ["https://git.acme.example"]
user = "acme-token"
[helpers.docker]
origins = ["https://registry.acme.example:5000", "https://mirror.acme.example"]
[helpers.cargo]
bearer = true
"#;

/// What is said about a manifest with helpers, with something replaced.
fn helpers(right: &str, wrong: &str) -> String {
    assert!(HELPERS.contains(right), "the helpers have no `{right}`");
    problems_with(&HELPERS.replacen(right, wrong, 1))
}

/// What is said about this origin.
fn origin(address: &str) -> String {
    helpers("https://git.acme.example", address)
}

#[test]
fn a_manifest_names_the_origins_that_each_program_may_ask_for() {
    let manifest = Manifest::parse("acme.toml", &format!("{GOOD}{HELPERS}")).unwrap();
    let written = |helper| -> Vec<String> {
        manifest.helpers.origins(helper).iter().map(ToString::to_string).collect()
    };
    assert_eq!(written(Helper::Git), ["https://git.acme.example"]);
    assert_eq!(
        written(Helper::Docker),
        ["https://registry.acme.example:5000", "https://mirror.acme.example"]
    );
    assert_eq!(written(Helper::Npm), Vec::<String>::new());
    assert_eq!(
        (manifest.helpers.git.user(), manifest.helpers.docker.user(), manifest.helpers.cargo.bearer),
        ("acme-token", "oauth2", true)
    );
}

said! {
    a_wildcard: origin("https://*.acme.example"), @"acme.toml:24:11: `https://*.acme.example` can't be an origin: its host isn't a plain name or number";
    an_origin_in_the_clear: origin("http://git.acme.example"), @"acme.toml:24:11: `http://git.acme.example` can't be an origin: http sends secrets in the clear; only a server on this machine may use it";
    an_origin_with_a_path: origin("https://git.acme.example/acme"), @"acme.toml:24:11: `https://git.acme.example/acme` can't be an origin: it must end behind the host";
    an_origin_with_a_user: origin("https://ada@git.acme.example"), @"acme.toml:24:11: `https://ada@git.acme.example` can't be an origin: it must not hold a user name or password";
    a_host_without_a_scheme: origin("git.acme.example"), @"acme.toml:24:11: `git.acme.example` can't be an origin: it must begin with https://";
    an_origin_that_is_there_twice: helpers("mirror.acme.example", "registry.acme.example:5000"), @"acme.toml:27:50: `https://registry.acme.example:5000` is there twice";
    a_user_that_breaks_a_line: helpers("acme-token", "acme\\nhost=evil"), @r#"
acme.toml:25:8: `acme\nhost=evil` can't be the user name that goes with a token
  help: at most 64 letters, digits, `-`, `_` and `.`
"#;
    a_program_that_is_not_there: helpers("helpers.cargo", "helpers.pip"), @r#"
acme.toml:28:10: unknown key `pip`
  help: known here are `git`, `docker`, `cargo`, `kubectl`, `npm` and `bazel`
"#;
}
