//! Which tool it is about: the one that is named, else the link's name, else `$DOORKEY_APP`.

use std::ffi::OsString;
use std::path::Path;

use doorkey::{App, System};

use crate::failure::Failure;

/// The variable that names the tool.
pub const VARIABLE: &str = "DOORKEY_APP";

/// What other programs look for in front of the name of a helper: `docker-credential-demo` is `helper docker` for the tool
/// `demo`.
const HELPERS: &[(&str, &str)] = &[
    ("git-credential-", "git"),
    ("docker-credential-", "docker"),
    ("cargo-credential-", "cargo"),
    ("bazel-credential-", "bazel"),
];

/// How the program was called, when that isn't by its own name.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Called {
    /// The tool: a link named `demo` works as the tool `demo`.
    pub name: Option<String>,
    /// The program that it answers as, for a link that is named like one of its helpers.
    pub helper: Option<&'static str>,
}

/// What the name says that the program was called by.
pub fn called(program: Option<&OsString>) -> Called {
    let name = program.and_then(|program| Path::new(program).file_stem()?.to_str()).unwrap_or_default();
    let found = HELPERS.iter().find_map(|(prefix, helper)| Some((name.strip_prefix(prefix)?, *helper)));
    let (name, helper) = found.map_or((name, None), |(name, helper)| (name, Some(helper)));
    let name = (!name.starts_with("doorkey") && !name.is_empty()).then(|| name.to_owned());
    Called { name, helper }
}

/// The tool, and whether it was named by the link: then its own name is the command.
pub fn choose(given: Option<&str>, link: Option<&str>, system: &System) -> Result<App, Failure> {
    if let Some(named) = given {
        return load(named, system);
    }
    if let Some(link) = link {
        return Ok(App::named(link, system)?);
    }
    match system.variable(VARIABLE) {
        Some(named) => load(&named, system),
        None => Err(Failure::NoApp),
    }
}

/// The words that run this command again, for sentences such as "run `demo login`".
pub fn spelled(given: Option<&str>, link: Option<&str>) -> String {
    match (given, link) {
        (Some(named), link) => format!("{} --app {}", link.unwrap_or("doorkey"), shell_word(named)),
        (None, Some(link)) => link.to_owned(),
        (None, None) => "doorkey".to_owned(),
    }
}

fn load(named: &str, system: &System) -> Result<App, Failure> {
    let is_file =
        named.contains(['/', '\\']) || Path::new(named).extension().is_some_and(|end| end == "toml");
    Ok(if is_file { App::from_file(Path::new(named))? } else { App::named(named, system)? })
}

/// A word as it can be pasted into a shell.
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%=:,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::{called, spelled};

    #[test]
    fn only_another_name_makes_a_link() {
        let name = |program: &str| called(Some(&program.into())).name;
        assert_eq!(name("/usr/local/bin/acme").as_deref(), Some("acme"));
        assert_eq!(name("acme.exe").as_deref(), Some("acme"));
        for own in ["doorkey", "/usr/bin/doorkey", "doorkey.exe", "doorkey-0.1", ""] {
            assert_eq!(name(own), None, "{own}");
        }
        assert_eq!(called(None), super::Called::default());
    }

    #[test]
    fn a_link_that_is_named_like_a_helper_is_one() {
        let parts = |program: &str| {
            let called = called(Some(&program.into()));
            (called.helper.unwrap_or_default(), called.name.unwrap_or_default())
        };
        let demo = || "demo".to_owned();
        assert_eq!(parts("/usr/bin/docker-credential-demo"), ("docker", demo()));
        assert_eq!(parts("git-credential-demo.exe"), ("git", demo()));
        assert_eq!(parts("cargo-credential-demo"), ("cargo", demo()));
        assert_eq!(parts("bazel-credential-doorkey"), ("bazel", String::new()));
        assert_eq!(parts("docker-credential-"), ("docker", String::new()));
        assert_eq!(parts("docker-credentials"), ("", "docker-credentials".to_owned()));
    }

    #[test]
    fn the_command_is_spelled_as_it_was_called() {
        assert_eq!(spelled(Some("demo"), None), "doorkey --app demo");
        assert_eq!(spelled(Some("my tools/a.toml"), None), "doorkey --app 'my tools/a.toml'");
        assert_eq!(spelled(None, Some("acme")), "acme");
        assert_eq!(spelled(None, None), "doorkey");
    }
}
