//! `app init`: a manifest to start from. What it writes is valid, served and spoken as it stands.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use doorkey::Error;
use doorkey_manifest::{Manifest, Values};
use serde_json::json;

use crate::app_choice::shell_word;
use crate::arguments::Init;
use crate::catalogue::Word;
use crate::failure::Failure;
use crate::voice::Voice;

/// Where `doorkeyd dev` listens.
const DEV: &str = "http://127.0.0.1:7700";

pub fn run(wishes: &Init, server: Option<&str>, voice: &mut Voice) -> Result<u8, Failure> {
    let source = manifest(wishes, server);
    let path = wishes.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.toml", wishes.name)));
    // The name and the address are the person's: what is wrong with them is said before anything is written.
    Manifest::parse(&path.display().to_string(), &source).map_err(Error::from)?;
    if path == Path::new("-") {
        voice.data(source.trim_end())?;
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
    let quoted: Vec<String> = ways.iter().map(|way| format!("\"{way}\"")).collect();
    let plain = wishes.name.replace('-', "_");
    text.replace("VARIABLE", &plain.to_uppercase())
        .replace("PREFIX", &plain)
        .replace("WAYS", &quoted.join(", "))
        .replace("SERVER", server.unwrap_or(DEV))
        .replace("TITLE", &title(&wishes.name))
        .replace("NAME", &wishes.name)
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
        ErrorKind::AlreadyExists => Failure::FileExists { path: path.to_owned() },
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
            for left in ["NAME", "TITLE", "SERVER", "PREFIX", "VARIABLE", "WAYS"] {
                assert!(!source.contains(left), "{left} in {source}");
            }
        }
    }
}
