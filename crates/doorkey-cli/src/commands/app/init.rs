//! `app init`: a manifest to start from. What it writes is valid, served and spoken as it stands.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use doorkey::Error;
use doorkey_manifest::{Manifest, Values};
use serde_json::{Value, json};

use crate::app_choice::shell_word;
use crate::arguments::Init;
use crate::catalogue::Word;
use crate::failure::Failure;
use crate::voice::Voice;

/// Where `doorkeyd dev` listens.
const DEV: &str = "http://127.0.0.1:7700";

pub fn run(wishes: &Init, server: Option<&str>, voice: &mut Voice) -> Result<u8, Failure> {
    // The name and the address are the person's: what is wrong with them is said before anything is written, and as the
    // person gave them, not as lines of a file that isn't there.
    about_name(&wishes.name)?;
    if let Some(server) = server {
        about_server(server)?;
    }
    let source = manifest(wishes, server);
    let path = wishes.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.toml", wishes.name)));
    Manifest::parse(&path.display().to_string(), &source).map_err(Error::from)?;
    if path == Path::new("-") {
        if voice.json() {
            voice.result(&json!({ "status": "printed", "app": wishes.name, "manifest": source }))?;
        } else {
            voice.data(source.trim_end())?;
        }
        return Ok(0);
    }
    write(&path, &source)?;
    if voice.json() {
        voice.result(&json!({ "status": "written", "path": path.display().to_string() }))?;
        return Ok(0);
    }
    // A path without a folder would be taken for the name of a built-in app.
    let values = Values::new().with("path", shell_word(&path.display().to_string()));
    voice.tell(crate::catalogue::Look::Done, Word::WroteManifest, &values);
    Ok(0)
}

/// Refuses a name before it stands in many places of a manifest.
fn about_name(name: &str) -> Result<(), Failure> {
    let refused = |help: &str| Failure::NoManifestWith {
        what: format!("{name:?} can't be a tool's name"),
        help: Some(help.to_owned()),
    };
    // A link that is called so is Doorkey itself, whichever manifest there is.
    if name.starts_with("doorkey") {
        return Err(refused("Names that begin with `doorkey` are Doorkey's own."));
    }
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
    if !begins || name.len() > 40 || !name.chars().all(plain) {
        return Err(refused(
            "A name is lower-case letters, digits and `-`, begins with a letter and has at most 40 characters.",
        ));
    }
    Ok(())
}

/// Refuses an address that no manifest takes, in the words in which it is refused there.
fn about_server(server: &str) -> Result<(), Failure> {
    let wishes = Init { name: "tool".to_owned(), ways: Vec::new(), output: None };
    let Err(problems) = Manifest::parse("tool.toml", &manifest(&wishes, Some(server))) else { return Ok(()) };
    let problem = problems.iter().next().cloned();
    let what = problem.as_ref().map_or_else(|| problems.to_string(), |problem| problem.message.clone());
    let help = problem.and_then(|problem| problem.help).map(|help| format!("A server is {help}."));
    Err(Failure::NoManifestWith { what, help })
}

/// A text as TOML has it, whatever is in it: like a JSON string, but that TOML doesn't take a bare DEL.
fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// The whole text: what every tool has, and what its ways of signing in need.
fn manifest(wishes: &Init, server: Option<&str>) -> String {
    let ways: Vec<&str> = match wishes.ways.as_slice() {
        [] => vec!["loopback", "device"],
        ways => ways.iter().map(String::as_str).collect(),
    };
    let has = |way: &str| ways.contains(&way);
    let speaks_oauth = has("loopback") || has("device");
    let mut text = include_str!("base.toml").to_owned();
    for (wanted, part) in [
        (has("session"), include_str!("session.toml")),
        (has("paste"), include_str!("paste.toml")),
        (has("paste") && !speaks_oauth && !has("session"), include_str!("check.toml")),
        (has("anonymous"), include_str!("anonymous.toml")),
    ] {
        if wanted {
            text.push_str(part);
        }
    }
    if has("anonymous") {
        let user = "user = { id";
        text = text.replacen(user, &format!("guest = \"{{anonymous_id?}}\"\n{user}"), 1);
    }
    let names: Vec<String> = ways.iter().map(|way| format!("\"{way}\"")).collect();
    let plain = wishes.name.replace('-', "_");
    text.replace("VARIABLE", &plain.to_uppercase())
        .replace("PREFIX", &plain)
        .replace("WAYS", &names.join(", "))
        .replace("QUOTED_TITLE", &quoted(&title(&wishes.name)))
        .replace("TITLE", &title(&wishes.name))
        .replace("NAME", &wishes.name)
        // The last: what the person wrote is nothing to replace anything in.
        .replace("QUOTED_SERVER", &quoted(server.unwrap_or(DEV)))
}

/// `my-tool` as people write it: `My tool`.
fn title(name: &str) -> String {
    let words = name.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Writes a new file; one that is there stays as it is.
fn write(path: &Path, source: &str) -> Result<(), Failure> {
    let opened = OpenOptions::new().write(true).create_new(true).open(path);
    let written = opened.and_then(|mut file| file.write_all(source.as_bytes()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::FileExists { path: path.to_owned() },
        _ => Failure::FileUnwritable { path: path.to_owned(), source: error },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_asked_for_is_valid() {
        let all = ["loopback", "device", "session", "paste", "anonymous"];
        for ways in 0..1_u32 << all.len() {
            let ways: Vec<String> = all
                .iter()
                .enumerate()
                .filter(|(index, _)| ways & (1 << index) != 0)
                .map(|(_, way)| (*way).to_owned())
                .collect();
            let wishes = Init { name: "my-tool".to_owned(), ways: ways.clone(), output: None };
            let source = manifest(&wishes, None);
            let parsed = Manifest::parse("my-tool.toml", &source);
            assert!(
                parsed.is_ok(),
                "{ways:?}: {}\n{source}",
                parsed.err().map_or_else(String::new, |p| p.to_string())
            );
            for left in ["NAME", "TITLE", "SERVER", "PREFIX", "VARIABLE", "WAYS", "QUOTED"] {
                assert!(!source.contains(left), "{left} in {source}");
            }
        }
    }

    #[test]
    fn a_name_is_refused_before_it_stands_anywhere() {
        for name in
            ["", "Bad", "a b", "1st", "a\"b", "a\nb", "doorkey", "doorkeyd", "doorkey-cli", &"a".repeat(41)]
        {
            let said = about_name(name).map_err(|failure| failure.to_string());
            assert_eq!(said, Err(format!("{name:?} can't be a tool's name.")));
        }
        for name in ["acme", "my-tool", "a1", "door", &"a".repeat(40)] {
            assert!(about_name(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn an_address_is_a_text_of_the_manifest_and_writes_nothing_else_in_it() {
        let wishes = Init { name: "acme".to_owned(), ways: Vec::new(), output: None };
        for server in [
            "https://TITLE.example/NAME?WAYS",
            "https://a.example\"\n[messages]\nlink = \"x",
            "del \u{7f}, it's \"both\" 'ways'",
        ] {
            let source = manifest(&wishes, Some(server));
            let table = toml::from_str::<toml::Table>(&source).unwrap_or_default();
            let url =
                table.get("server").and_then(|section| section.get("url")).and_then(toml::Value::as_str);
            assert_eq!(url, Some(server), "{source}");
            assert!(!table.contains_key("messages"));
        }
        assert!(about_server("https://api.acme.example").is_ok());
        let said = about_server("http://acme.example").map_err(|failure| failure.to_string());
        assert_eq!(said, Err("`http://acme.example` would send credentials unencrypted.".to_owned()));
    }
}
