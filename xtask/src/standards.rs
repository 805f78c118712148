//! `docs/standards.md` from the ledger `docs/standards.toml`: every requirement beside the tests that show it.
//!
//! A requirement without a test shows as open, and a test that no source file has is refused, so the page can't promise
//! what nothing shows.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ledger {
    section: Vec<Section>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    title: String,
    from: String,
    requirement: Vec<Requirement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Requirement {
    id: String,
    text: String,
    tests: Vec<String>,
}

/// The page's text, or what is wrong with the ledger.
pub fn page(root: &Path) -> Result<String, String> {
    let source = fs::read_to_string(root.join("docs/standards.toml"))
        .map_err(|error| format!("docs/standards.toml can't be read: {error}"))?;
    let ledger: Ledger = toml::from_str(&source).map_err(|error| format!("docs/standards.toml: {error}"))?;
    let mut functions = BTreeSet::new();
    collect_functions(root, &mut functions)?;
    render(&ledger, &functions)
}

fn render(ledger: &Ledger, functions: &BTreeSet<String>) -> Result<String, String> {
    let requirements = || ledger.section.iter().flat_map(|section| &section.requirement);
    let missing: Vec<String> = requirements()
        .flat_map(|requirement| requirement.tests.iter().map(move |test| (requirement, test)))
        .filter(|(_, test)| !functions.contains(test.as_str()))
        .map(|(requirement, test)| {
            format!("{} names the test `{test}`, which no source file has", requirement.id)
        })
        .collect();
    if !missing.is_empty() {
        return Err(format!("docs/standards.toml:\n  {}", missing.join("\n  ")));
    }

    let shown = requirements().filter(|requirement| !requirement.tests.is_empty()).count();
    let total = requirements().count();
    let mut page = String::from(
        "<!-- Generated from docs/standards.toml by `cargo xtask generate`. -->\n\n# Standards\n\n",
    );
    let _ = writeln!(
        page,
        "What the standards ask of Doorkey, in our own words, and the tests that show it. \
         {shown} of {total} are shown; the others are open.\n"
    );
    for section in &ledger.section {
        let _ = writeln!(
            page,
            "## {}\n\n{}\n\n| id | requirement | shown by |\n|---|---|---|",
            section.title, section.from
        );
        for requirement in &section.requirement {
            let shown_by = match requirement.tests.as_slice() {
                [] => "open".to_owned(),
                tests => tests.iter().map(|test| format!("`{test}`")).collect::<Vec<_>>().join("<br>"),
            };
            let _ = writeln!(page, "| {} | {} | {shown_by} |", requirement.id, requirement.text);
        }
        page.push('\n');
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    Ok(page)
}

/// The names of all functions in the project's own Rust files.
fn collect_functions(folder: &Path, names: &mut BTreeSet<String>) -> Result<(), String> {
    let unreadable = |error| format!("{} can't be read: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                collect_functions(&path, names)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).map_err(unreadable)?;
            names.extend(source.lines().filter_map(function_name).map(str::to_owned));
        }
    }
    Ok(())
}

/// The name that a line declares: `fn name(`, or `name: …, @"…"` in a table of snapshots.
fn function_name(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("fn ").or_else(|| line.contains("problems").then_some(("", line.trim_start())))?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
    Some(&rest[..end]).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(tests: &[&str]) -> Ledger {
        let requirement = Requirement {
            id: "A1".into(),
            text: "It holds.".into(),
            tests: tests.iter().map(|test| (*test).to_owned()).collect(),
        };
        Ledger {
            section: vec![Section {
                title: "T".into(),
                from: "RFC 1".into(),
                requirement: vec![requirement],
            }],
        }
    }

    #[test]
    fn a_requirement_without_a_test_shows_as_open() {
        let page = render(&ledger(&[]), &BTreeSet::new());
        assert!(page.is_ok_and(|page| page.contains("| A1 | It holds. | open |") && page.contains("0 of 1")));
    }

    #[test]
    fn a_test_that_does_not_exist_is_refused() {
        let refusal = render(&ledger(&["no_such_test"]), &BTreeSet::new());
        assert!(refusal.is_err_and(|message| message.contains("A1 names the test `no_such_test`")));
    }

    #[test]
    fn a_test_is_found_by_its_name() {
        assert_eq!(function_name("    async fn one_winner() {"), Some("one_winner"));
        assert_eq!(function_name("// a comment"), None);
    }
}
