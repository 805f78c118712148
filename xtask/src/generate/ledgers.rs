//! The ledgers as pages: what has to hold, and the tests that show it.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use super::names;

/// The ledger of the standards: each requirement and the tests that show it.
pub fn standards() -> Result<String, String> {
    let file = PathBuf::from("docs/standards.toml");
    let ledger = read(&file)?;
    let tests = names::of_tests();
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
            let named = tests_of(requirement, &tests, &mut unknown);
            all += 1;
            shown += usize::from(!named.is_empty());
            let by = if named.is_empty() { "*open*".to_owned() } else { listed(&named) };
            let text = cell(field(requirement, "text"));
            let _ = writeln!(page, "| {} | {text} | {by} |", field(requirement, "id"));
        }
    }
    refuse_unknown(&file, &unknown)?;
    Ok(format!(
        "<!-- Generated from standards.toml by `cargo xtask generate`. -->\n\n# Standards\n\n\
         What the standards ask of Doorkey, in our own words, and the tests that show it: \
         {shown} of {all} requirements have one, the others are open.\n{page}"
    ))
}

/// The ledgers of the products: each behaviour that a product's document speaks of and the tests that show it, what isn't
/// there yet and why, and what the documents themselves got wrong. A behaviour with neither a test nor a reason is refused.
pub fn products() -> Result<String, String> {
    let folder = doorkey_tests::workspace().join("docs/products");
    let listing =
        fs::read_dir(&folder).map_err(|problem| format!("docs/products cannot be read: {problem}"))?;
    let mut files: Vec<PathBuf> = listing.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "toml"));
    files.sort();
    let tests = names::of_tests();
    let (mut contents, mut page, mut later, mut errata) =
        (String::new(), String::new(), String::new(), String::new());
    for path in files {
        let file = PathBuf::from("docs/products").join(path.file_name().unwrap_or_default());
        let ledger = read(&file)?;
        let title = field(&ledger, "title");
        let mut unknown = Vec::new();
        let mut shown = 0;
        let _ = write!(
            page,
            "\n## {title}\n\n{}\n\n| what the document says | shown by |\n|---|---|\n",
            field(&ledger, "document")
        );
        for behaviour in tables(&ledger, "behaviour") {
            let line = cell(field(behaviour, "line"));
            let reason = field(behaviour, "later");
            let named = tests_of(behaviour, &tests, &mut unknown);
            if !reason.is_empty() {
                let _ = writeln!(later, "| {title} | {line} | {} |", cell(reason));
            } else if named.is_empty() {
                return Err(format!("{}: nothing shows this: {line}", file.display()));
            } else {
                shown += 1;
                let _ = writeln!(page, "| {line} | {} |", listed(&named));
            }
        }
        refuse_unknown(&file, &unknown)?;
        for erratum in tables(&ledger, "erratum") {
            let (document, reading) = (field(erratum, "document"), field(erratum, "reading"));
            let _ = writeln!(errata, "| {title} | {} | {} |", cell(document), cell(reading));
        }
        let _ = writeln!(
            contents,
            "- [{title}](#{}): {shown} behaviours",
            title.to_lowercase().replace(' ', "-")
        );
    }
    Ok(format!(
        "<!-- Generated from products/*.toml by `cargo xtask generate`. -->\n\n# Products\n\n\
         Five published products are five files in `apps/`. This is what their documents say, in our own words, and the \
         tests that show it, on the side of the command and on the side of the service.\n\n{contents}\
         - [Not yet](#not-yet)\n- [Errata](#errata)\n{page}\n\
         ## Not yet\n\n| | what the document says | why not |\n|---|---|---|\n{later}\n\
         ## Errata\n\nWhere a document lost some of its markup, or shows something shortened.\n\n\
         | | what the document shows | what it stands for |\n|---|---|---|\n{errata}"
    ))
}

fn read(file: &PathBuf) -> Result<toml::Table, String> {
    let text = fs::read_to_string(doorkey_tests::workspace().join(file))
        .map_err(|problem| format!("{} cannot be read: {problem}", file.display()))?;
    toml::from_str(&text).map_err(|problem| format!("{}: {problem}", file.display()))
}

/// The tests that a row names; those that no source file has are noted.
fn tests_of<'a>(row: &'a toml::Table, known: &BTreeSet<String>, unknown: &mut Vec<String>) -> Vec<&'a str> {
    let named = row.get("tests").and_then(toml::Value::as_array);
    let named: Vec<&str> = named.into_iter().flatten().filter_map(toml::Value::as_str).collect();
    unknown.extend(named.iter().filter(|name| !known.contains(**name)).map(|name| format!("`{name}`")));
    named
}

fn refuse_unknown(file: &std::path::Path, unknown: &[String]) -> Result<(), String> {
    if unknown.is_empty() {
        return Ok(());
    }
    Err(format!("{} names tests that no source file has: {}", file.display(), unknown.join(", ")))
}

fn listed(tests: &[&str]) -> String {
    tests.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join("<br>")
}

/// A text as it can stand in a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn tables<'a>(table: &'a toml::Table, name: &str) -> impl Iterator<Item = &'a toml::Table> {
    table.get(name).and_then(toml::Value::as_array).into_iter().flatten().filter_map(toml::Value::as_table)
}

fn field<'a>(table: &'a toml::Table, name: &str) -> &'a str {
    table.get(name).and_then(toml::Value::as_str).unwrap_or_default().trim()
}
