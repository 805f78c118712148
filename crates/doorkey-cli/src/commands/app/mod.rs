//! `app …`: for those who write manifests.

mod add;
mod init;

use std::path::Path;

use doorkey::System;
use doorkey_manifest::{Manifest, Problems, Values};
use serde_json::{Value, json};

use crate::arguments::App;
use crate::catalogue::Word;
use crate::failure::Failure;
use crate::voice::Voice;

/// `server` is the address that was given, if one was.
pub fn run(command: &App, server: Option<&str>, system: &System, voice: &mut Voice) -> Result<u8, Failure> {
    match command {
        App::Schema => {
            voice.result(&doorkey_manifest::schema::schema())?;
            Ok(0)
        }
        App::Validate { files } => validate(files, voice),
        App::Init(wishes) => init::run(wishes, server, voice),
        App::Add { file } => add::run(file, system, voice),
    }
}

/// Checks every file, also after one that is wrong.
fn validate(files: &[std::path::PathBuf], voice: &mut Voice) -> Result<u8, Failure> {
    let mut reports = Vec::new();
    let mut wrong = false;
    for file in files {
        let checked = check(file)?;
        wrong |= checked.is_err();
        if voice.json() {
            reports.push(report(file, checked.err().as_ref()));
            continue;
        }
        match checked {
            Ok(()) => {
                let values = Values::new().with("path", file.display().to_string());
                let line = voice.word(Word::ValidManifest, &values);
                voice.data(&line)?;
            }
            Err(problems) => voice.talk(&problems.to_string()),
        }
    }
    if voice.json() {
        voice.result(&json!({ "valid": !wrong, "files": reports }))?;
    }
    Ok(u8::from(wrong))
}

fn check(file: &Path) -> Result<Result<(), Problems>, Failure> {
    let source = doorkey::App::read_source(file)
        .map_err(|source| Failure::Unreadable { path: file.to_owned(), source })?;
    Ok(Manifest::parse(&file.display().to_string(), &source).map(|_| ()))
}

fn report(file: &Path, problems: Option<&Problems>) -> Value {
    let list: Vec<Value> = problems
        .into_iter()
        .flatten()
        .map(|problem| {
            json!({
                "line": problem.line,
                "column": problem.column,
                "message": problem.message,
                "help": problem.help,
            })
        })
        .collect();
    json!({ "file": file.display().to_string(), "valid": problems.is_none(), "problems": list })
}
