//! `completions` and `man`: the parser as it is for this tool, in the form that shells and manuals read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap_complete::Shell;
use clap_mangen::Man;
use doorkey::{App, System};
use serde_json::json;

use crate::arguments;
use crate::failure::Failure;
use crate::voice::Voice;

/// Prints the script that completes this command in a shell.
pub fn completions(
    shell: Shell,
    parser: clap::Command,
    system: &System,
    voice: &mut Voice,
) -> Result<u8, Failure> {
    let name = parser.get_name().to_owned();
    // The names that there are now; a path is still taken, and typed by hand.
    let mut parser =
        parser.mut_arg("app", |app| app.value_parser(PossibleValuesParser::new(App::known_names(system))));
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut parser, name.as_str(), &mut script);
    let script = String::from_utf8_lossy(&script);
    if voice.json() {
        voice.result(&json!({ "shell": shell.to_string(), "command": name, "script": script }))?;
    } else {
        voice.data(script.trim_end_matches('\n'))?;
    }
    Ok(0)
}

/// Prints the command's page, or writes a page for each command into a folder.
pub fn man(wishes: &arguments::Man, mut parser: clap::Command, voice: &mut Voice) -> Result<u8, Failure> {
    parser.build();
    let source = format!("{} {}", parser.get_name(), parser.get_version().unwrap_or_default());
    let Some(folder) = &wishes.output else {
        let page = page(&parser, &source).map_err(Failure::Output)?;
        if voice.json() {
            voice.result(&json!({ "page": page }))?;
        } else {
            voice.data(page.trim_end_matches('\n'))?;
        }
        return Ok(0);
    };
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        move |source| Failure::FileUnwritable { path, source }
    };
    fs::create_dir_all(folder).map_err(unwritable(folder))?;
    let mut written = Vec::new();
    for command in with_inner(&parser) {
        let path = folder.join(format!("{}.1", title(command)));
        page(command, &source).and_then(|page| fs::write(&path, page)).map_err(unwritable(&path))?;
        written.push(path);
    }
    tell(&written, voice)
}

fn tell(written: &[PathBuf], voice: &mut Voice) -> Result<u8, Failure> {
    let paths: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
    if voice.json() {
        voice.result(&json!({ "written": paths }))?;
    } else {
        voice.data(&paths.join("\n"))?;
    }
    Ok(0)
}

/// The command and all that are in it, but for those that nobody is shown.
fn with_inner(command: &clap::Command) -> Vec<&clap::Command> {
    let inner = command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help");
    std::iter::once(command).chain(inner.flat_map(with_inner)).collect()
}

/// What the page is called: `doorkey-tokens-create`.
fn title(command: &clap::Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

fn page(command: &clap::Command, source: &str) -> io::Result<String> {
    let mut page = Vec::new();
    Man::new(command.clone()).source(source).render(&mut page)?;
    Ok(plain(&as_typed(&String::from_utf8_lossy(&page))))
}

/// What stands below the options is examples, or laid out by hand: no line of it is filled or broken, so that a command can
/// be copied.
fn as_typed(page: &str) -> String {
    let Some((before, extra)) = page.split_once(".SH EXTRA\n") else { return page.to_owned() };
    let (extra, after) = match extra.find("\n.SH ") {
        Some(end) => extra.split_at(end + 1),
        None => (extra, ""),
    };
    let (heading, extra) = match extra.strip_prefix("Examples:\n") {
        Some(examples) => ("EXAMPLES", examples),
        None => ("MORE", extra),
    };
    format!("{before}.SH {heading}\n.nf\n{}\n.fi\n{after}", extra.trim_end())
}

/// The page in ASCII, with roff's own names for everything else: which encoding a page has, nobody agrees on.
fn plain(page: &str) -> String {
    let named = |letter: char| {
        if letter.is_ascii() { letter.to_string() } else { format!("\\[u{:04X}]", u32::from(letter)) }
    };
    page.chars().map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::{as_typed, plain};

    #[test]
    fn examples_are_set_as_they_are_typed() {
        let page = ".SH EXTRA\nExamples:\n  demo login\n.SH VERSION\nv1\n";
        assert_eq!(as_typed(page), ".SH EXAMPLES\n.nf\n  demo login\n.fi\n.SH VERSION\nv1\n");
        assert_eq!(as_typed(".SH EXTRA\nCodes:\n  0  ok"), ".SH MORE\n.nf\nCodes:\n  0  ok\n.fi\n");
    }

    #[test]
    fn a_page_is_ascii() {
        assert_eq!(plain("30d … 雪 𝄞"), r"30d \[u2026] \[u96EA] \[u1D11E]");
    }
}
