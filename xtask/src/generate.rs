//! Files in `docs/` that are made from something else, so that they can't say anything else.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::run::{output, run_cargo};

struct Generated {
    path: &'static str,
    content: String,
}

fn files() -> Result<Vec<Generated>, String> {
    Ok(vec![
        Generated { path: "docs/manifest.schema.json", content: schema()? },
        Generated { path: "docs/standards.md", content: standards()? },
    ])
}

/// Writes those that are not as they should be.
pub fn write() -> Outcome {
    run_cargo(&["build", "--quiet", "--package", "doorkey-cli"])?;
    for Generated { path, content } in files()? {
        let file = doorkey_tests::workspace().join(path);
        if fs::read_to_string(&file).is_ok_and(|old| old == content) {
            println!("{path} is up to date");
        } else {
            fs::write(&file, content).map_err(|problem| format!("{path} cannot be written: {problem}"))?;
            println!("{path} written");
        }
    }
    Ok(())
}

/// Fails if one of them is not as it should be; the programs are built already.
pub fn check() -> Outcome {
    let stale: Vec<&str> = files()?
        .into_iter()
        .filter(|Generated { path, content }| {
            !fs::read_to_string(doorkey_tests::workspace().join(path)).is_ok_and(|old| &old == content)
        })
        .map(|generated| generated.path)
        .collect();
    if stale.is_empty() {
        return Ok(());
    }
    Err(format!("not up to date: {}; run `cargo xtask generate` and commit the result", stale.join(", ")))
}

/// The manifest's JSON Schema, as the command itself gives it.
fn schema() -> Result<String, String> {
    let mut command = Command::new(doorkey_tests::binary("doorkey", false));
    command.args(["app", "schema"]);
    let text = output(command)?;
    Ok(format!("{}\n", text.trim_end()))
}

/// The ledger of the standards as a page: each requirement and the tests that show it.
fn standards() -> Result<String, String> {
    let ledger = "docs/standards.toml";
    let text = fs::read_to_string(doorkey_tests::workspace().join(ledger))
        .map_err(|problem| format!("{ledger} cannot be read: {problem}"))?;
    let ledger: toml::Table = toml::from_str(&text).map_err(|problem| format!("{ledger}: {problem}"))?;
    let tests = test_names();

    let mut page = String::new();
    let mut unknown = Vec::new();
    let (mut all, mut shown) = (0, 0);
    for section in tables(&ledger, "section") {
        let _ = write!(page, "\n## {}\n\n", field(section, "title"));
        if !field(section, "from").is_empty() {
            let _ = write!(page, "From: {}\n\n", field(section, "from"));
        }
        page.push_str("| | what has to hold | shown by |\n|---|---|---|\n");
        for requirement in tables(section, "requirement") {
            let named = requirement.get("tests").and_then(toml::Value::as_array);
            let named: Vec<&str> = named.into_iter().flatten().filter_map(toml::Value::as_str).collect();
            unknown
                .extend(named.iter().filter(|name| !tests.contains(**name)).map(|name| format!("`{name}`")));
            all += 1;
            shown += usize::from(!named.is_empty());
            let by = match named.as_slice() {
                [] => "*open*".to_owned(),
                named => named.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join("<br>"),
            };
            let text = field(requirement, "text").replace('|', "\\|");
            let _ = writeln!(page, "| {} | {text} | {by} |", field(requirement, "id"));
        }
    }
    if !unknown.is_empty() {
        return Err(format!(
            "docs/standards.toml names tests that no source file has: {}",
            unknown.join(", ")
        ));
    }
    Ok(format!(
        "<!-- Generated from standards.toml by `cargo xtask generate`. -->\n\n# Standards\n\n\
         What the standards ask of Doorkey, in our own words, and the tests that show it: \
         {shown} of {all} requirements have one, the others are open.\n{page}"
    ))
}

fn tables<'a>(table: &'a toml::Table, name: &str) -> impl Iterator<Item = &'a toml::Table> {
    table.get(name).and_then(toml::Value::as_array).into_iter().flatten().filter_map(toml::Value::as_table)
}

fn field<'a>(table: &'a toml::Table, name: &str) -> &'a str {
    table.get(name).and_then(toml::Value::as_str).unwrap_or_default().trim()
}

/// The names of all functions in the workspace that follow a `#[test]` or the like, or stand in a `proptest!`.
fn test_names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["crates", "tests"] {
        collect(&doorkey_tests::workspace().join(folder), &mut names);
    }
    names
}

fn collect(folder: &Path, names: &mut BTreeSet<String>) {
    let entries: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    for path in entries {
        if path.is_dir() {
            collect(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).unwrap_or_default();
            let mut after_attribute = false;
            for line in source.lines().map(str::trim) {
                let function = line.split_once("fn ").map(|(_, rest)| rest);
                if let Some(rest) = function.filter(|_| after_attribute) {
                    names.extend(rest.split(['(', '<']).next().map(|name| name.trim().to_owned()));
                }
                // Other attributes and comments may stand between `#[test]` and its function.
                after_attribute = line.starts_with("#[") && (line.contains("test") || after_attribute)
                    || after_attribute && line.starts_with("//");
            }
            // A macro that runs one body on both engines names its tests inside of itself.
            for line in source.lines().map(str::trim) {
                if let Some((_, rest)) = line.split_once("async fn ") {
                    names.extend(rest.split(['(', '<']).next().map(|name| name.trim().to_owned()));
                }
            }
        }
    }
}
