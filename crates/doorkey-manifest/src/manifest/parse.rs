//! From source to manifest, with everything that is wrong on the way.
//!
//! serde stops at the first mistake. So what is wrong is noted, taken out, and the rest is read again, until it can be
//! read: then the rules are checked, too. All of that happens only when something is wrong; a good manifest is read
//! once.

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, Deserializer};

use super::Manifest;
use super::place::{find, line_and_column, locate, remove};
use super::rules::{self, Complaint, Complaints};
use crate::names::nearest;
use crate::template::Path;
use crate::wire::Wires;
use crate::{Problem, Problems};

/// More mistakes than this are not looked for: whoever made them has another kind of file.
const MOST: usize = 100;

pub(super) fn manifest(file_name: &str, source: &str) -> Result<Manifest, Problems> {
    parse(file_name, source, |manifest: &mut Manifest, complaints| {
        manifest.wire.connect();
        rules::check(manifest, complaints);
    })
}

/// Reads the wire alone: the standard one.
pub(crate) fn wires(file_name: &str, source: &str) -> Result<Wires, Problems> {
    parse(file_name, source, |wires: &mut Wires, complaints| {
        wires.connect();
        rules::check_wires(wires, &[], complaints);
    })
}

fn parse<T: DeserializeOwned>(
    file_name: &str,
    source: &str,
    check: impl Fn(&mut T, &mut Complaints),
) -> Result<T, Problems> {
    let (table, errors) = DeTable::parse_recoverable(source);
    if !errors.is_empty() {
        let problems = errors.iter().map(|error| syntax_problem(source, error)).collect();
        return Err(Problems::new(file_name, problems));
    }
    if let Ok(mut parsed) = T::deserialize(Deserializer::from(table.clone())) {
        let mut complaints = Complaints::default();
        check(&mut parsed, &mut complaints);
        if complaints.is_empty() {
            return Ok(parsed);
        }
        let problems = complaints.iter().map(|complaint| problem(source, &table, complaint)).collect();
        return Err(Problems::new(file_name, problems));
    }
    Err(Problems::new(file_name, all_problems(source, &table, check)))
}

/// Notes what can't be read, takes it out and reads the rest, until it can be read or there is nothing to take out.
fn all_problems<T: DeserializeOwned>(
    source: &str,
    table: &Spanned<DeTable<'_>>,
    check: impl Fn(&mut T, &mut Complaints),
) -> Vec<Problem> {
    let mut rest = table.clone();
    let mut removed: Vec<Path> = Vec::new();
    let mut misspelled: Vec<(Path, String)> = Vec::new();
    let mut missed: Vec<(Path, String, Problem)> = Vec::new();
    let mut problems = Vec::new();
    while problems.len() < MOST {
        let error = match T::deserialize(Deserializer::from(rest.clone())) {
            Ok(mut parsed) => {
                let mut complaints = Complaints::default();
                check(&mut parsed, &mut complaints);
                let unrelated = complaints.iter().filter(|complaint| !complaint.concerns(&removed));
                problems.extend(unrelated.map(|complaint| problem(source, table, complaint)));
                break;
            }
            Err(error) => error,
        };
        let span = error.span().unwrap_or(0..0);
        let path = find(rest.get_ref(), &span).unwrap_or_default();
        let missing = error.message().strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
        let is_consequence = missing.is_some_and(|missing| {
            removed.iter().any(|gone| {
                gone.len() == path.len() + 1
                    && gone.starts_with(&path)
                    && gone.ends_with(&[missing.to_owned()])
            })
        });
        if !is_consequence {
            let at = if path.is_empty() { span } else { place_of(&rest, &path, &span) };
            let problem = reading_problem(source, at.start, error.message(), &path);
            if let Some(missing) = missing {
                missed.push((path.clone(), missing.to_owned(), problem));
            } else {
                misspelled.extend(probably_meant(&problem, &path));
                problems.push(problem);
            }
        }
        if path.is_empty() {
            break;
        }
        remove(rest.get_mut(), &path);
        removed.push(path);
    }
    // A key that is misspelled is missing, too; one sentence about it is enough.
    let spelled = |missed: &(Path, String, Problem)| {
        !misspelled.iter().any(|(table, key)| (table, key) == (&missed.0, &missed.1))
    };
    problems.extend(missed.into_iter().filter(spelled).map(|(_, _, problem)| problem));
    problems
}

/// The table of a key that isn't known, and the key that was probably meant.
fn probably_meant(problem: &Problem, path: &[String]) -> Option<(Path, String)> {
    let meant = problem.help.as_deref()?.strip_prefix("did you mean `")?.strip_suffix("`?")?;
    let (_, table) = path.split_last()?;
    Some((table.to_vec(), meant.to_owned()))
}

/// The place to point at: where the error is, unless that is a whole table, which is pointed at by its name.
fn place_of(
    table: &Spanned<DeTable<'_>>,
    path: &[String],
    span: &std::ops::Range<usize>,
) -> std::ops::Range<usize> {
    let named = locate(table, path);
    if span.start <= named.start && named.end <= span.end { named } else { span.clone() }
}

fn problem(source: &str, table: &Spanned<DeTable<'_>>, complaint: &Complaint) -> Problem {
    let (line, column) = line_and_column(source, locate(table, &complaint.path).start);
    Problem { line, column, message: complaint.message.clone(), help: complaint.help.clone() }
}

fn syntax_problem(source: &str, error: &toml::de::Error) -> Problem {
    let (line, column) = line_and_column(source, error.span().unwrap_or(0..0).start);
    Problem { line, column, message: format!("this isn't TOML: {}", error.message()), help: None }
}

/// serde's sentence in ours, with what was probably meant.
fn reading_problem(source: &str, offset: usize, message: &str, path: &[String]) -> Problem {
    let (line, column) = line_and_column(source, offset);
    let (message, help) = reworded(message, path);
    Problem { line, column, message, help }
}

fn reworded(message: &str, path: &[String]) -> (String, Option<String>) {
    if let Some((wrong, known)) = unknown(message, "unknown field `") {
        return (format!("unknown key `{wrong}`"), suggestion(wrong, &known));
    }
    if let Some((wrong, known)) = unknown(message, "unknown variant `") {
        return (format!("`{wrong}` can't stand here"), suggestion(wrong, &known));
    }
    if let Some(missing) = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        return match path.last() {
            Some(table) if table.parse::<usize>().is_err() => {
                (format!("`{missing}` is missing in `{table}`"), None)
            }
            _ => (format!("`{missing}` is missing"), None),
        };
    }
    if let Some((found, expected)) =
        message.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "))
    {
        return (
            format!("this is {}, but it has to be {}", with_article(found), with_article(expected)),
            None,
        );
    }
    (message.to_owned(), None)
}

/// The wrong word and the right ones of a sentence such as "unknown field `a`, expected one of `b`, `c`".
fn unknown<'a>(message: &'a str, beginning: &str) -> Option<(&'a str, Vec<&'a str>)> {
    let (wrong, rest) = message.strip_prefix(beginning)?.split_once('`')?;
    Some((wrong, rest.split('`').skip(1).step_by(2).collect()))
}

fn suggestion(wrong: &str, known: &[&str]) -> Option<String> {
    if let Some(nearest) = nearest(wrong, known.iter().copied()) {
        return Some(format!("did you mean `{nearest}`?"));
    }
    match known {
        [] => None,
        [only] => Some(format!("the only one here is `{only}`")),
        [most @ .., last] => {
            let most: Vec<_> = most.iter().map(|word| format!("`{word}`")).collect();
            Some(format!("known here are {} and `{last}`", most.join(", ")))
        }
    }
}

/// "a string", "an integer `5`", "a table" from serde's words.
fn with_article(words: &str) -> String {
    let words = match words.split(' ').next() {
        Some("map" | "struct") => "table",
        Some("sequence") => "list",
        _ => words,
    };
    if words.starts_with("a ") || words.starts_with("an ") || words.starts_with("one ") {
        return words.to_owned();
    }
    let article = if words.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {words}")
}
