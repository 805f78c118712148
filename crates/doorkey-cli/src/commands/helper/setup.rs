//! How another program is told to ask Doorkey: the exact lines of its configuration.

use doorkey_manifest::Values;

use super::{Work, bazel, docker, git, kubectl, npm};
use crate::arguments::HelperProgram;
use crate::catalogue::Word;
use crate::failure::Failure;

/// What to write where.
pub fn text(program: HelperProgram, work: &Work<'_>) -> Result<String, Failure> {
    let command = work.voice.command();
    let name = work.client.app().name();
    let origins = work.origins()?;
    let mut values = Values::new();
    // A registry is where the manifest says, else at the server.
    let registry = origins.get(1).or(origins.first());
    if let Some(origin) = registry {
        values.set("url", origin.to_string());
    }
    let (text, detail) = match program {
        HelperProgram::Git => (Word::HelperSetupGit, git::setup(&origins, command)),
        HelperProgram::Docker => (Word::HelperSetupDocker, docker::setup(&origins, name)),
        HelperProgram::Cargo => (Word::HelperSetupCargo, String::new()),
        HelperProgram::Kubectl => (Word::HelperSetupKubectl, kubectl::setup(name, &words(command))),
        HelperProgram::Npm => {
            let variable = super::variable_of(work.client)?;
            let lines = registry.map(|origin| npm::lines(origin, "/", &variable)).unwrap_or_default();
            (Word::HelperSetupNpm, lines.trim_end().to_owned())
        }
        HelperProgram::Bazel => (Word::HelperSetupBazel, bazel::setup(&origins, name)),
        HelperProgram::Aws => return Err(super::aws::run(work)),
    };
    values.set("detail", detail);
    Ok(work.voice.word(text, &values))
}

/// The words of a command as it is typed, with single quotes around those that need them.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            '\\' if !quoted => word.get_or_insert_default().extend(letters.next()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::app_choice::spelled;

    #[test]
    fn a_command_has_the_words_that_it_was_made_of() {
        for app in ["demo", "./my tools/a.toml", "it's.toml", "'", ""] {
            assert_eq!(words(&spelled(Some(app), None)), ["doorkey", "--app", app]);
        }
        assert_eq!(words("demo"), ["demo"]);
    }
}
