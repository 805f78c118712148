//! The names of all tests, as they stand in the source.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The names of all functions in the workspace that follow a `#[test]` or the like, or stand in a `proptest!`.
pub fn of_tests() -> BTreeSet<String> {
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
