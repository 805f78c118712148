//! A product is data: no Rust file outside of tests names one.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Outcome;

/// The product that the project itself is tried with.
const OWN: &str = "demo";

/// Fails if a source file outside a `tests` folder names a product of `apps/`, as a word or as a part of an identifier.
pub fn check() -> Outcome {
    let root = doorkey_tests::workspace();
    let products: Vec<String> = manifests(&root.join("apps"))
        .iter()
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .filter(|name| name != OWN)
        .collect();
    let mut found = Vec::new();
    for folder in ["crates", "xtask"] {
        look(&root.join(folder), &products, &mut found);
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(format!("a product is named in Rust, where it has to be in its manifest:\n  {}", found.join("\n  ")))
}

fn manifests(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect()
}

fn look(folder: &Path, products: &[String], found: &mut Vec<String>) {
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() && !path.ends_with("tests") && !path.ends_with("target") {
            look(&path, products, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let source = fs::read_to_string(&path).unwrap_or_default();
            for (index, line) in source.lines().enumerate() {
                if let Some(name) = products.iter().find(|name| names(line, name)) {
                    let place = path.strip_prefix(doorkey_tests::workspace()).unwrap_or(&path);
                    found.push(format!("{}:{}: {name}", place.display(), index + 1));
                }
            }
        }
    }
}

/// Whether a line holds a name as a word, or as a part of an identifier such as `NAME_TOKEN`.
fn names(line: &str, name: &str) -> bool {
    let line = line.to_lowercase();
    let ends = |edge: Option<char>| edge.is_none_or(|edge| !edge.is_alphanumeric());
    line.match_indices(name)
        .any(|(at, _)| ends(line[..at].chars().next_back()) && ends(line[at + name.len()..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_name_is_found_as_a_word_and_in_an_identifier() {
        for line in ["// for acme alone", "const ACME_TOKEN: &str", "acme::run()", "\"Acme\""] {
            assert!(names(line, "acme"), "{line}");
        }
        for line in ["acmeology", "macme", "// a company"] {
            assert!(!names(line, "acme"), "{line}");
        }
    }
}
